"""The faults of the drill are planted where they are meant, the same ones each time, and every one still is Python."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

from tests.drills.mutants import chosen, left_over, mutants_of

SOURCE = '''
def refuse(age, most, *, days=3):
    """Words that are left alone: 7."""
    if age < 60 and not most:
        raise ValueError("太年轻")
    left(most, age, day=1)
    return most - days if age else None
'''


def test_every_usual_kind_of_fault_is_planted() -> None:
    found = {(one.kind, one.before, one.after) for one in mutants_of("rules.py", SOURCE)}

    assert found >= {
        ("comparison", "age < 60", "(age <= 60)"),
        ("and/or", "age < 60 and not most", "(age < 60 or not most)"),
        ("condition dropped", "age < 60 and not most", "(age < 60)"),
        ("not dropped", "not most", "most"),
        ("constant", "60", "61"),
        ("constant", "60", "59"),
        ("constant", "3", "4"),
        ("text", '"太年轻"', "'太年轻?'"),
        ("statement dropped", "left(most, age, day=1)", "pass"),
        ("swapped", "left(most, age, day=1)", "left(age, most, day=1)"),
        ("argument dropped", "left(most, age, day=1)", "left(most, age)"),
        ("sum", "most - days", "(most + days)"),
        ("returns None", "return most - days if age else None", "return None"),
    }
    assert not [one for one in mutants_of("rules.py", SOURCE) if "Words" in one.before]


def test_a_planted_fault_changes_its_place_alone_and_is_python() -> None:
    for one in mutants_of("rules.py", SOURCE):
        planted = one.apply(SOURCE.encode()).decode()
        assert planted != SOURCE
        assert len(ast.parse(planted).body) == 1, one.key


def test_a_seed_plants_the_same_faults_again_and_another_seed_others() -> None:
    first, again, other = (chosen(seed, 4, ["pricing"]) for seed in (1, 1, 2))

    assert first == again != other
    assert {room: len(found) for room, found in first.items()} == {"pricing": 4}


def test_what_is_called_alike_has_a_reason_and_what_is_gone_is_told() -> None:
    alike = tomllib.loads((Path(__file__).parent / "alike.toml").read_text("utf-8"))
    gone = "canteen/pricing/pricing.py::nobody: 1 -> 2"

    assert all(isinstance(reason, str) and reason for reason in alike.values())
    assert gone in left_over([*alike, gone])
