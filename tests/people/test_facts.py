"""A registered elder reaches the engine through one function, and with everything a scheme may ask for."""

from __future__ import annotations

import ast
from dataclasses import fields
from datetime import date
from pathlib import Path
from types import SimpleNamespace

from canteen.people.facts import Personal, person_on
from canteen.people.rules import Waiver
from canteen.schemes.facts import Person

ROOT = Path(__file__).parents[2] / "canteen"
DAY = date(2026, 11, 21)
#: Rights, not facts on file: who decides a meal or a service adds them (``pricing.pricing_for``).
RIGHTS = {"approved", "started"}
#: Where a ``Person`` is made: of a register, and of what somebody invents.
MADE_IN = {"people/facts.py", "schemes/trial/invented.py", "desk/forms.py"}


def test_every_fact_a_scheme_may_ask_for_is_filled():
    row = SimpleNamespace(birth_day=date(1944, 3, 1), sex="female", settlement="rural")
    personal = Personal(
        ability="moderate",
        living="empty_nest",
        resident_since=date(2020, 3, 1),
        permit="residence",
        waived=(Waiver("jinxi", date(2026, 1, 1), "本人提出"),),
    )

    person = person_on(row, personal, {"hardship"}, DAY, hukou="金溪县", residence="金溪县/云溪镇")

    unknown = {"", None, frozenset(), ()}
    assert {field.name for field in fields(Person) if getattr(person, field.name) in unknown} == RIGHTS
    assert person.statuses == {"hardship", "empty_nest"} and person.waived == {"jinxi"}


def test_nobody_else_makes_one_of_the_register():
    """A second builder forgets the next fact. (``replace`` adds rights to one that was made here.)"""
    made = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Person"
    }

    assert made == MADE_IN
