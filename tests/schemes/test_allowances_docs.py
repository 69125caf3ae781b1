"""Every example of ``docs/allowances.md`` is run, and the page tells every key the language knows."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from canteen.base.money import parse_yuan
from canteen.base.words import SERVICES
from canteen.schemes.builtin import builtin_schemes
from canteen.schemes.language.purse import WARES
from canteen.schemes.language.scheme import Scheme, SchemeError, load_scheme
from canteen.schemes.trial.trial import read_file, try_schemes

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "allowances.md").read_text("utf-8")
BLOCKS = re.findall(r"```toml\n(.*?)```(?:\n\n```text\n(.*?)```)?", PAGE, re.DOTALL)
HEAD = "\n".join(BLOCKS[0][0].splitlines()[:4]) + "\n"
VILLAGE = "金溪县/云溪镇/枫林村"
ELDER = {
    "birth_day": "1950-03-01",
    "hukou": VILLAGE,
    "residence": VILLAGE,
    "settlement": "rural",
    "statuses": ["dibao", "hardship", "living_alone"],
    "ability": "semi_disabled",
}
SLOTS = ("breakfast", "lunch", "dinner")
SPENT = re.compile(r"(\S+) (\w+)(?: (\d+) min)?(?: ([\d.]+))? -> own ([\d.]+), subsidy ([\d.]+)(?:: (.*))?")


def lines_of(text: str) -> list[tuple[str, str]]:
    """What happens, and what is told about it ("" when nothing is)."""
    return [tuple((line.split(" -> ") + [""])[:2]) for line in text.splitlines()]  # type: ignore[misc]


def event_of(happens: str) -> dict[str, Any] | None:
    """The event of a cases file for a line of the page; None for a line that is no event."""
    words = happens.split()
    if words[0] in ("credit", "month_end"):
        late = {"made_in": words[3]} if len(words) == 4 else {}
        return {"event": words[0], "month": words[1], **late}
    if words[0] == "frequency":
        return {"event": "frequency", "day": words[1]}
    if words[0] in ("balance", "site", "settled", "sample"):
        return None
    if words[1] in ("hospital_in", "hospital_out", "died", "moved"):
        return {"event": words[1], "day": words[0]}
    if words[1] == "end_statuses":
        return {"event": "facts", "day": words[0], "end_statuses": words[2:]}
    event: dict[str, Any] = {"day": words[0]}
    event |= {"price": words[-1]} if words[-1] != "min" else {}
    if words[1] in SLOTS:
        return event | {"event": "meal", "slot": words[1]}
    minutes = {"minutes": int(words[2])} if "min" in words else {}
    return event | {"event": "service", "kind": words[1], **minutes}


def told(result: dict[str, Any]) -> str:
    """An event's result as the page writes it."""
    if result["event"] == "credit":
        (credit,) = result["credits"]
        if not credit["amount_fen"]:
            return f"nothing: {credit['words'].split(':')[-1]}"
        return yuan(credit["amount_fen"]) + (f" until {credit['expires_on']}" if credit["expires_on"] else "")
    if result["event"] == "month_end":
        return f"expired {yuan(sum(one['amount_fen'] for one in result['expired']))}"
    if result["event"] == "frequency":
        return ", ".join(f"{period(one)} {one['short']}" for one in result["frequency"])
    if "own_fen" not in result:
        return ""
    payers = ", ".join(f"{share['payer']} {yuan(share['amount_fen'])}" for share in result["shares"][:-1])
    shown = f": {payers}" if payers and not payers.startswith("public") else ""
    return f"own {yuan(result['own_fen'])}, subsidy {yuan(result['public_fen'])}{shown}"


def period(one: dict[str, Any]) -> str:
    return one["first"][:7] if one["first"][:7] == one["last"][:7] else one["first"][:4]


def yuan(fen: int) -> str:
    return f"{fen / 100:.2f}"


@pytest.mark.parametrize(
    ("toml", "text"),
    [block for block in BLOCKS if block[1]],
    ids=[toml.splitlines()[0] for toml, text in BLOCKS if text],
)
def test_examples_of_the_page(toml, text):
    scheme = load_scheme(toml if toml.startswith("id") else HEAD + toml)
    lines = lines_of(text)
    expected = [says for happens, says in lines if event_of(happens) is not None]
    events = [event for happens, _ in lines if (event := event_of(happens)) is not None]
    openings = [line.split() for line, _ in lines if line.startswith("balance")]
    case = {"person": ELDER, "site_area": VILLAGE, "events": events} | (
        {"purses": [{"scheme": "example", "balance": words[2]} for words in openings]} if openings else {}
    )
    if events:
        (result,) = try_schemes([scheme], read_file(json.dumps({"cases": [case]})).cases)
        assert [told(one) for one in result["events"]] == expected
    for happens, says in lines:
        if happens.startswith("site"):
            assert site_told(scheme, happens.removeprefix("site ")) == says
        elif happens.startswith("settled"):
            assert scheme.settlement
            assert scheme.settlement.due(date.fromisoformat(f"{happens.split()[1]}-01")) == date.fromisoformat(says)
        elif happens.startswith("sample"):
            assert scheme.supervision[0].sample(int(happens.split()[1])) == int(says)


def site_told(scheme: Scheme, facts: str) -> str:
    """What a site is due, as the page writes it; its volumes all in one month."""
    site, month = site_of(facts)
    case = {"year": 2026, "site": site, "months": [month]}
    (result,) = try_schemes([scheme], read_file(json.dumps({"cases": [case]})).cases)
    said = []
    for one in result["site_money"]:
        payers = ", ".join(f"{share['payer']} {yuan(share['amount_fen'])}" for share in one["shares"])
        shown = f": {payers}" if payers and not payers.startswith("public") else ""
        said.append(f"{one['code']} {yuan(one['amount_fen'])}{shown}")
    return "; ".join(said)


def site_of(facts: str) -> tuple[dict[str, Any], dict[str, Any]]:
    site: dict[str, Any] = {"days_with": {}, "received": []}
    month: dict[str, Any] = {"month": "2026-09"}
    for word in facts.split(", "):
        key, _, value = word.partition("=")
        if key in ("meals", "subsidised_meals", "person_days", "service_days"):
            month[key] = int(value)
        elif key == "ages":
            month[key] = {pair.split(":")[0]: int(pair.split(":")[1]) for pair in value.split("/")}
        elif key == "decided":
            site["decided"] = [{"code": scheme_code, "amount": value, "why": "示例"} for scheme_code in ("建设补助",)]
        elif key.startswith("with"):
            site["days_with"][key[4:]] = int(value)
        else:
            site |= FACTS.get(key, lambda value, key=key: {key: value})(value)
    return site, month


FACTS: dict[str, Any] = {
    **{one: lambda _, one=one: {"settlement": one} for one in ("urban", "rural")},
    **{one: lambda _, one=one: {"ownership": one} for one in ("private", "public")},
    **{one: lambda _, one=one: {"premises": one} for one in ("rented", "new_build")},
    **{one: lambda _, one=one: {"assessment": one} for one in ("passed", "failed")},
    **{one: lambda _, one=one: {one: True} for one in ("accepted", "serves_meals")},
    "planned": lambda value: {"planned_days": int(value)},
    "opened": lambda value: {"opened_on": value},
    "beds": lambda value: {"beds": int(value)},
    "grade": lambda value: {"assessment": value},
    "received": lambda value: {"received": [value]},
}


def test_cases_of_the_page():
    text = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert text
    found = read_file(text[1])
    schemes = [load_scheme(builtin_schemes()[name]) for name in ("jinxi", *found.schemes)]

    person, site = try_schemes(schemes, found.cases)

    meal, service, died = (person["events"][number] for number in (1, 2, 6))
    assert (meal["own_fen"], service["own_fen"], service["draws"][0]["amount_fen"]) == (500, 1000, 5000)
    assert died["look_back"] == [1, 2]
    assert [(one["code"], one["amount_fen"]) for one in site["site_money"]] == [
        ("运营补贴", 2000000),
        ("建设补助", 8000000),
    ]


def known(text: str, place: str) -> set[str]:
    """The keys a table may have, as the error about an unknown one tells them."""
    with pytest.raises(SchemeError) as raised:
        load_scheme(HEAD + text)
    line = next(line for line in raised.value.problems if line.startswith(f"{place}:不认识的键"))
    return set(line.split("这里可以用:")[1].split("、")) - {"source"}


@pytest.mark.parametrize(
    ("heading", "text", "place"),
    [
        ("key of `[purse]`", "purse = { nonsense = 1 }", "purse"),
        ("key of `[[services]]`", "services = [{ nonsense = 1 }]", "services[1]"),
        ("key of `[[frequency]]`", "frequency = [{ nonsense = 1 }]", "frequency[1]"),
        ("key of `[[site_money]]`", 'site_money = [{ nonsense = 1, basis = "decided" }]', "site_money[1]"),
        ("key of `[[site_money]]`", 'site_money = [{ nonsense = 1, basis = "investment" }]', "site_money[1]"),
    ],
)
def test_every_key_is_on_the_page(heading, text, place):
    table = PAGE.split(f"| {heading}")[1].split("\n\n")[0]
    told = set(re.findall(r"`(\w+)`", " ".join(row.split("|")[1] for row in table.splitlines()[2:])))

    assert known(text, place) <= told | {"size_of"}


def test_every_service_is_on_the_page():
    assert [
        f"`{kind}` {words}"
        for kind, words in (SERVICES | WARES).items()
        if f"`{kind}` {words}" not in " ".join(PAGE.split())
    ] == []


def test_every_amount_of_the_page_is_run():
    assert len(re.findall(r"^.+ -> .+$", PAGE, re.MULTILINE)) == sum(
        " -> " in line for _, text in BLOCKS for line in text.splitlines()
    )
    assert parse_yuan("0.01") == 1
