"""The examples of docs/schemes.md, run: the page cannot say what the language does not do."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from canteen.base.money import parse_yuan
from canteen.base.words import ABILITIES, PERMITS, STATUSES
from canteen.schemes.builtin import builtin_schemes
from canteen.schemes.deciding.answer import Share
from canteen.schemes.deciding.decide import decide, used_after
from canteen.schemes.facts import Meal, Person, Use
from canteen.schemes.language.amounts import KINDS
from canteen.schemes.language.conditions import ON
from canteen.schemes.language.rates import NAMED
from canteen.schemes.language.scheme import Scheme, SchemeError, load_scheme
from canteen.schemes.trial.trial import read_cases, try_scheme

VILLAGE = "金溪县/云溪镇/枫林村"
DOCS = (Path(__file__).parents[2] / "docs" / "schemes.md").read_text("utf-8")
BLOCKS = re.findall(r"```toml\n(.*?)```(?:\n\n```text\n(.*?)```)?", DOCS, re.DOTALL)
HEAD = "\n".join(BLOCKS[0][0].splitlines()[:4]) + "\n"
LINE = re.compile(
    r"(?P<day>\S+) (?P<slot>\w+) (?P<price>[\d.]+)(?: at (?P<site>\S+))?(?: \((?P<facts>.*)\))?"
    r" -> own (?P<own>[\d.]+), subsidy (?P<public>[\d.]+)(?:, fee own (?P<fee>[\d.]+))?(?:: (?P<payers>.*))?"
)
ELDER = Person(
    date(1950, 3, 1), VILLAGE, VILLAGE, "rural", frozenset({"dibao", "hardship", "living_alone"}), "semi_disabled"
)


class Example:
    """One line of an example: the meal, the person, the purses and budgets it is decided with."""

    def __init__(self, line: re.Match[str]) -> None:
        self.person = ELDER
        self.meal = Meal(
            date.fromisoformat(line["day"]), line["slot"], parse_yuan(line["price"]), "dine_in", line["site"] or VILLAGE
        )
        self.purses: dict[str, int] = {}
        self.budgets: dict[tuple[str, str, str], int] = {}
        for fact in (line["facts"] or "").split(", "):
            if fact:
                self._take(*fact.split(" ", 1))

    def _take(self, name: str, value: str) -> None:
        about_person = {
            "born": lambda: {"birth_day": date.fromisoformat(value)},
            "since": lambda: {"resident_since": date.fromisoformat(value)},
            "started": lambda: {"started": (("example", date.fromisoformat(value)),)},
            "statuses": lambda: {"statuses": frozenset(value.split())},
            "waived": lambda: {"waived": frozenset(value.split())},
        }
        about_meal = {
            "way": lambda: {"way": value},
            "fee": lambda: {"fee_fen": parse_yuan(value)},
            "net": lambda: {"net_price_fen": parse_yuan(value)},
            "set": lambda: {"set_meal": value == "yes"},
            "working": lambda: {"working_day": value == "yes"},
            "booked": lambda: {"booked_on": date.fromisoformat(value[:10]), "booked_time": value[11:]},
        }
        if name == "purse":
            scheme, yuan = value.split()
            self.purses[scheme] = parse_yuan(yuan)
        elif name == "left":
            _, payer, yuan = value.split()
            for period in ("2026", "2026-11"):
                self.budgets["example", payer, period] = parse_yuan(yuan)
        elif name in about_meal:
            self.meal = replace(self.meal, **about_meal[name]())
        else:
            self.person = replace(self.person, **about_person.get(name, lambda: {name: value})())


def schemes_of(toml: str) -> list[Scheme]:
    parts = toml.split("# ----\n")
    return [load_scheme(part if part.startswith("id") else HEAD + part) for part in parts]


@pytest.mark.parametrize(
    ("toml", "meals"), BLOCKS, ids=[f"{n}-{toml.splitlines()[0]}" for n, (toml, _) in enumerate(BLOCKS)]
)
def test_examples(toml, meals):
    schemes = schemes_of(toml)

    assert any(scheme.incomplete for scheme in schemes) == ('"?"' in toml)
    used: dict[tuple[str, str], Use] = {}
    for text in meals.splitlines():
        line = LINE.fullmatch(text)
        assert line, text
        one = Example(line)
        decision = decide(one.person, one.meal, schemes, used, purses=one.purses, budgets=one.budgets)
        used = used_after(used, decision.uses)
        assert (decision.own_fen, decision.public_fen) == (parse_yuan(line["own"]), parse_yuan(line["public"])), text
        assert sum(share.amount_fen for share in decision.shares) == one.meal.price_fen
        assert (line["fee"] is None) == (not one.meal.fee_fen), text
        assert decision.own_fee_fen == parse_yuan(line["fee"] or "0"), text
        assert line["payers"] is None or line["payers"] == payers(decision.shares), text
        assert all(verdict.reason.words() for verdict in decision.verdicts)


def payers(shares: tuple[Share, ...]) -> str:
    return ", ".join(f"{share.payer} {share.amount_fen / 100:.2f}" for share in shares[:-1])


def test_every_amount_is_tried():
    told = re.findall(r"^\S+ \w+ [\d.]+.* -> ", DOCS, re.MULTILINE)

    assert len(told) == sum(len(meals.splitlines()) for _, meals in BLOCKS) > 100


def test_the_cases():
    text = re.search(r"```json\n(.*?)```", DOCS, re.DOTALL)
    assert text

    result = try_scheme(load_scheme(builtin_schemes()["jinxi"]), read_cases(text[1]))[0]

    assert [meal["own_fen"] for meal in result["meals"]] == [500, 500, 999, 600]


def test_the_table_of_keys_is_that_of_the_language():
    with pytest.raises(SchemeError) as raised:
        load_scheme("nonsense = 1")
    known = raised.value.problems[-1].split(":")[-1].split("、")

    assert told_in("## The whole file", "## Who") == set(known)


@pytest.mark.parametrize(
    ("words", "begins", "ends"),
    [
        (KINDS, "## How much: amounts", "### Numbers that differ"),
        (NAMED, "### Numbers that differ", "### Monthly norm"),
        (STATUSES, "Statuses:", "### Age"),
        (PERMITS, "## Who: conditions", "Statuses:"),
        (ABILITIES, "### Ability", "### What is not known"),
        (ON[1:], "### Age", "### Length of residence"),
    ],
    ids=["kinds", "tables", "statuses", "permits", "abilities", "days of age"],
)
def test_every_word_is_told(words, begins, ends):
    text = DOCS.split(begins, 1)[1].split(ends)[0]

    assert [word for word in words if not re.search(rf"\b{word}\b", text)] == []


def told_in(begins: str, ends: str) -> set[str]:
    rows = [row.split("|")[1] for row in DOCS.split(begins)[1].split(ends)[0].splitlines() if row.startswith("| `")]
    return set(re.findall(r"`\[*(\w+)\]*`", " ".join(rows)))
