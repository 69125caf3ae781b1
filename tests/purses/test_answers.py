"""One answer for all of whom the same is known: never another than the engine gives each of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canteen.purses.credits.elders import Roll
from canteen.purses.credits.month import Answers, granted
from canteen.purses.credits.schemes import PurseSchemes, SwitchedOn
from canteen.schemes.builtin import builtin_schemes
from canteen.schemes.deciding.credits import Credit, credits
from canteen.schemes.language.conditions import (
    AbilityIn,
    Age,
    All,
    AllStatuses,
    AnyOf,
    AnyStatus,
    Condition,
    InArea,
    Months,
    Not,
    OneOf,
)
from canteen.schemes.language.scheme import load_scheme

MONTH = date(2026, 11, 1)
PATHS = {1: "金溪县/云溪镇/枫林村", 2: "金溪县/云溪镇/柳树村", 3: "呈贡区/斗南街道/示例村", 4: "江都区/示例镇/示例村"}
EVERYTHING = """
id = "all"
version = "1"
name = "测试"
stack_group = "all"
choose = "highest"
eligible = { not = { residence = { in = ["金溪县/云溪镇/柳树村"] } } }
[[classes]]
code = "甲"
when = { age = { from = 73 }, any_status = ["dibao", "empty_nest"], ability = ["semi_disabled", "disabled"] }
credit = { yuan = { urban = 90, rural = 60 } }
[[classes]]
code = "乙"
when = { any = [{ age = { from = 61, to = 67 }, sex = ["female"] }, { resident_months = { from = 6 }, all_status = ["hardship"] }] }
credit = { hours = 10, rate_yuan = 8 }
[[classes]]
code = "丙"
when = { age = { from = 84, to = 85, on = "year" } }
credit = { yuan = 11 }
[[classes]]
code = "丁"
when = { age = { from = 92, to = 93, on = "year_end" } }
credit = { yuan = 12 }
[[classes]]
code = "戊"
when = { age = { from = 96, to = 97, on = "month" } }
credit = { yuan = 13 }
[purse]
expires = "year_end"
age_on = "last"
pays_for = ["services"]
"""


@dataclass(frozen=True)
class Row:
    """An elder as the roll reads one."""

    id: int
    birth_day: date
    sex: str
    hukou_area_id: int | None
    residence_area_id: int
    settlement: str


def schemes() -> PurseSchemes:
    texts = [EVERYTHING, *(text for text in builtin_schemes().values())]
    loaded = [scheme for scheme in map(load_scheme, texts) if scheme.purse]
    assert len(loaded) > 3
    return PurseSchemes(
        [SwitchedOn(area, date(2026, 1, 1), scheme) for scheme in loaded for area in ("金溪县", "呈贡区", "江都区")],
        MONTH,
        "",
    )


SCHEMES = schemes()
ANSWERS = Answers(MONTH, SCHEMES, made_in=MONTH)
rows = st.builds(
    Row,
    id=st.just(1),
    birth_day=st.dates(date(1930, 1, 1), date(1970, 12, 31))
    | st.sampled_from(
        [
            date(1956, 11, 1),
            date(1956, 11, 2),
            date(1956, 11, 30),
            date(1956, 12, 1),
            date(1956, 2, 29),
            date(1946, 12, 31),
        ]
    ),
    sex=st.sampled_from(["", "male", "female"]),
    hukou_area_id=st.sampled_from([None, 1, 3, 4]),
    residence_area_id=st.sampled_from([1, 2, 3, 4]),
    settlement=st.sampled_from(["", "urban", "rural"]),
)
personal = st.fixed_dictionaries(
    {},
    optional={
        "living": st.sampled_from(["", "living_alone", "empty_nest"]),
        "ability": st.sampled_from(["", "able", "disabled"]),
        "permit": st.sampled_from(["", "residence"]),
        "resident_since": st.sampled_from([None, "2026-01-31", "2026-10-01"]),
        "waived": st.sampled_from(
            [
                [{"scheme": one, "from_day": "2026-01-01", "to_day": None, "reason": "", "end_reason": ""}]
                for one in ("all", "jiangdu")
            ]
        ),
    },
)
kinds = st.sets(st.sampled_from(["dibao", "tekun", "hardship", "sanwu", "disability", "model_worker"]), max_size=3)


def is_the_engines_own(answers: Answers, roll: Roll, row: Any, approved: frozenset[str] | None) -> None:
    """One answer, compared with what the engine says of this very person."""
    shared = answers.of(roll, row, approved)

    person = roll.person_on(row, MONTH, approved)
    here = SCHEMES.of(person.residence, person.hukou)
    own = credits(person, MONTH, here)
    lines = {one.scheme: one for one in shared.granted}
    assert set(lines) == {key for key, one in own.items() if isinstance(one, Credit)}
    for scheme in here:
        if scheme.id in lines:
            should = granted(own[scheme.id], scheme, made_in=MONTH)
            assert all(getattr(lines[scheme.id], name) == getattr(should, name) for name in should.__slots__)
    assert sorted(shared.codes) == sorted(one.code for one in own.values() if not isinstance(one, Credit))


@settings(max_examples=150, deadline=None)
@given(
    row=rows, facts=personal, held=kinds, approved=st.sampled_from([None, frozenset(), frozenset({"all", "jiangdu"})])
)
def test_the_shared_answer_is_the_engines_own(
    row: Any, facts: dict[str, Any], held: set[str], approved: frozenset[str] | None
):
    roll = Roll(
        elders=[row],
        statuses={1: [(kind, date(2020, 1, 1), None) for kind in held]},
        gone={},
        personal={1: facts},
        paths=PATHS,
    )

    is_the_engines_own(ANSWERS, roll, row, approved)


@pytest.mark.parametrize("step", [1, -1])
def test_of_each_age_the_answer_is_its_own_whoever_was_asked_before(step: int):
    answers = Answers(MONTH, SCHEMES, made_in=MONTH)
    birthdays = [(1, 1), (1, 2), (10, 31), (11, 1), (11, 2), (11, 29), (11, 30), (12, 1), (12, 31)][::step]
    for age in range(57, 104)[::step]:
        for month, day in birthdays:
            for home in (1, 3, 4):
                row = Row(1, date(2026 - age, month, day), "female", home, home, "urban")
                roll = Roll(elders=[row], statuses={}, gone={}, personal={1: {"ability": "disabled"}}, paths=PATHS)
                is_the_engines_own(answers, roll, row, frozenset({"all", "jiangdu"}))


def test_every_condition_there_is_was_thought_of():
    """A new kind of condition asks for something: say in ``answers.Asked`` what, then add it here."""
    assert set(get_args(Condition)) == {Age, Months, InArea, OneOf, AbilityIn, AnyStatus, AllStatuses, All, AnyOf, Not}


@pytest.mark.parametrize("year", [1780, 2026])
def test_impossible_ages_have_a_band(year):
    row = Row(1, date(year, 12, 31), "", 1, 1, "rural")
    roll = Roll(elders=[row], statuses={}, gone={}, personal={1: {}}, paths=PATHS)

    assert ANSWERS.of(roll, row, None).has_schemes
