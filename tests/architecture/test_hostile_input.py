"""Numbers no database keeps, and JSON no parser reads, in every address, form and body: refused, never error 500."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from canteen.base import clock
from canteen.base.access import ALLOWED, COMMAND
from canteen.base.db import reading
from canteen.base.errors import BadInput
from canteen.base.incoming import LONGEST_JSON
from canteen.staff import service
from tests.architecture.test_routes import EXPECTED, SAMPLES, Knock, knocks, routes
from tests.factories import make_site

SOURCES = Path(__file__).parents[2] / "canteen"
#: Beyond what a column keeps (only PostgreSQL minds), beyond what either takes, beyond what Python itself reads; on
#: which database. Every address, form and link with each: some 2,000 requests.
NUMBERS = {
    "33 bits": ("postgresql", str(2**32)),
    "64 bits": ("postgresql", str(2**63)),
    "64 bits for SQLite": ("sqlite", str(2**63)),
    "5,000 digits": ("sqlite", "9" * 5000),
}
#: Every name a form, a link or a page's reader knows.
NAMES = sorted(
    {name for file in SOURCES.rglob("*.html") for name in re.findall(r'name="(\w+)"', file.read_text("utf-8"))}
    | {
        name
        for file in SOURCES.rglob("*.py")
        for name in re.findall(r'(?:args|form|query|values)\.get\("(\w+)"', file.read_text("utf-8"))
    }
    | {"before", "after", "page", "site", "elder", "elder_id", "area_id", "served", "revision"}
)
#: What is no number is written so that the reading gets as far as the numbers.
RIGHT = {"key": "k" * 16, "day": "2026-11-21", "first": "2026-11-21", "last": "2026-11-21", "month": "2026-11"}
#: They end what the walk needs.
ENDS = {"staff.sign_out"}
NO_JSON = {
    "deep lists": b"[" * 50_000,
    "deep objects": b'{"a":' * 12_000,
    "deep and whole": b'{"key":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "5,000 digits": b'{"elder_id": ' + b"9" * 5000 + b"}",
    "cut off": b'{"key": "',
    "no text": b"\xff\xfe\x00",
    "long": b"[" + b"[]," * LONGEST_JSON + b"[]]",
}


def everybody(app: Flask) -> dict[str, Knock]:
    """Everybody who might knock, the print agent of a site too."""
    site = make_site()
    agent = service.add_token(COMMAND, name="打印机", site_id=site.id, role="print_agent", now=clock.now())
    return knocks(app, site) | {"agent": Knock(app.test_client(), {}, {"Authorization": f"Bearer {agent}"})}


@pytest.mark.parametrize(("backend", "number"), NUMBERS.values(), ids=NUMBERS, indirect=["backend"])
def test_no_number_is_error_500(app: Flask, number: str) -> None:
    callers = everybody(app)
    typed = dict.fromkeys(NAMES, number) | RIGHT
    seen: dict[str, int] = {}
    for endpoint, rules in routes(app).items():
        allowed = ALLOWED.get(EXPECTED[endpoint], ("nobody",))
        knock = callers[next((caller for caller in callers if caller in allowed), "agent")]
        for rule in rules:
            with app.test_request_context():
                here = rule.rule
            parts = {name: number if "<int" in here else SAMPLES.get(name, number) for name in rule.arguments}
            for given in (parts, {name: str(SAMPLES.get(name, 1)) for name in rule.arguments}):
                path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found, given=given: given[found[1]], here)
                for method in sorted((rule.methods or set()) & {"GET", "POST"} if endpoint not in ENDS else ()):
                    form: dict[str, Any] = {"data": knock.form | typed} if method == "POST" else {"query_string": typed}
                    answer = knock.client.open(path, method=method, headers=knock.headers, **form)
                    seen[f"{method} {path[:80]}"] = answer.status_code

    assert {where: status for where, status in seen.items() if status >= 500} == {}
    assert len(seen) > 200


@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON)
def test_no_json_is_error_500(app: Flask, body: bytes) -> None:
    callers = everybody(app)
    posts = [rule for rules in routes(app).values() for rule in rules if "POST" in (rule.methods or ())]
    seen = {}
    for rule in posts:
        if rule.rule.startswith("/api/"):
            knock = callers["terminal" if "print" not in rule.rule else "agent"]
            path = re.sub(r"<[^>]+>", "1", rule.rule)
            answer = knock.client.post(path, data=body, headers=knock.headers)
            seen[path] = (answer.status_code, sorted(json.loads(answer.data)))

    assert len(seen) >= 5
    assert {path: told for path, told in seen.items() if told[0] not in (404, 413, 422)} == {}
    assert all(names == ["code", "message", "next_step"] for _, names in seen.values())


def test_a_number_beyond_the_database_is_bad_input_where_no_form_knew_better(app: Flask) -> None:
    with pytest.raises(BadInput), reading() as session:
        session.execute(text("SELECT CAST(:number AS BIGINT)"), {"number": 2**70}).all()
