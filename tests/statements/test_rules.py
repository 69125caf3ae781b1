"""What the books remember of a statement, and where a page of lines ended."""

from __future__ import annotations

from datetime import date

import pytest

from canteen.statements.rules import LinePlace, StatementRequest

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)


@pytest.mark.parametrize(
    ("subject", "label"), [("site", "site"), ("source", "source"), ("elder", "elder:17"), ("scheme", "scheme:jinxi")]
)
def test_the_trail_names_what_a_statement_is_of(subject: str, label: str) -> None:
    asked = StatementRequest(subject=subject, site_ids=(1,), first=FIRST, last=LAST, scheme="jinxi", elder_id=17)

    assert asked.label == label


def test_a_place_is_carried_by_an_address() -> None:
    assert LinePlace(3, date(2026, 11, 21), 55, 2).text() == "3.2026-11-21.55.2"
