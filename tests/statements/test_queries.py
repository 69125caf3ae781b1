"""Statements: opening, lines with reasons and running balances, closing; paging and streaming give the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from factories import TODAY, Place, make_elder, make_menu, make_site
from sqlalchemy import text

from canteen.base.db import reading
from canteen.books.accounts import LedgerAccount, account_parts
from canteen.statements import queries, sheets
from canteen.statements.explaining import StatementLine
from canteen.statements.rules import LinePlace, StatementRequest
from tests.sent import statements

from .conftest import Serve

YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def days(site: Place, serve: Serve, void: Callable[..., None]) -> dict[str, int]:
    """Yesterday Wang ate; today Wang, Li (voided, then again) and a guest."""
    make_menu(site, day=YESTERDAY)
    wang, li = make_elder("王秀兰", site=site), make_elder("李桂英", site=site, birth_day=date(1990, 1, 1))
    serve(wang, day=YESTERDAY)
    serve(wang)
    undone = serve(li)
    void(undone)
    serve(li)
    serve()
    return {"wang": wang, "li": li}


def asked(site: Place, **changes: object) -> StatementRequest:
    plain: dict[str, object] = {"subject": "site", "site_ids": (site.id,), "first": TODAY, "last": TODAY}
    return StatementRequest(**(plain | changes))  # type: ignore[arg-type]


def all_lines(ask: StatementRequest, *, size: int = 100) -> list[StatementLine]:
    found: list[StatementLine] = []
    after = None
    while True:
        page = queries.lines(ask, after=after, size=size)
        if page.lines:
            assert page.carried_fen + page.lines[0].amount_fen == page.lines[0].balance_fen
        found += page.lines
        after = page.after
        if after is None:
            return found


def test_a_site_from_opening_to_closing(site: Place, days: dict[str, int]) -> None:
    frame, lines = queries.statement(asked(site)), all_lines(asked(site))

    assert [
        (one.account.side, one.account.payer, one.opening_fen, one.change_fen, one.closing_fen)
        for one in frame.accounts
    ] == [("due-from", "public", 500, 500, 1000), ("own", "cash", 500, 2500, 3000)]
    assert (frame.opening_fen, frame.closing_fen) == (1000, 4000)
    assert lines[-1].balance_fen == frame.closing_fen
    assert [(line.kind, line.name, line.account.side, line.amount_fen) for line in lines] == [
        ("serving", "王*兰", "due-from", 500),
        ("serving", "王*兰", "own", 500),
        ("serving", "李*英", "own", 1000),
        ("reversal", "李*英", "own", -1000),
        ("serving", "李*英", "own", 1000),
        ("serving", "", "own", 1000),
    ]
    assert [line.note for line in lines if line.kind == "reversal"] == ["测试刷错卡"]
    assert {line.reason.code for line in lines if line.reason} >= {"own_rest"}
    assert lines[-1].guest_kind == "villager"


@pytest.mark.parametrize(
    ("changes", "opening", "amounts"),
    [
        pytest.param({"subject": "scheme", "scheme": "jinxi"}, 500, [500], id="a scheme"),
        pytest.param({"subject": "scheme", "scheme": "jin"}, 0, [], id="no scheme of this name"),
        pytest.param({"subject": "source", "payer": "public"}, 500, [500], id="a source"),
        pytest.param({"subject": "source", "payer": "own"}, 500, [500, 1000, -1000, 1000, 1000], id="the own part"),
        pytest.param({"subject": "source", "payer": "%"}, 0, [], id="a sign that means something to LIKE"),
        pytest.param(
            {"first": date(2026, 1, 1), "last": date(2026, 12, 31), "subject": "source", "payer": "public"},
            0,
            [500, 500],
            id="a year",
        ),
        pytest.param({"first": date(2026, 12, 1), "last": date(2026, 12, 31)}, 4000, [], id="a month without meals"),
    ],
)
def test_statements_of_others(
    site: Place, days: dict[str, int], changes: dict[str, object], opening: int, amounts: list[int]
) -> None:
    ask = asked(site, **changes)
    frame = queries.statement(ask)

    assert (frame.opening_fen, [line.amount_fen for line in all_lines(ask)]) == (opening, amounts)
    assert frame.closing_fen == opening + sum(amounts)


def test_an_elder_with_name_in_full_or_masked(site: Place, days: dict[str, int]) -> None:
    ask = asked(site, subject="elder", elder_id=days["wang"])
    frame, lines = queries.statement(ask), all_lines(ask)

    assert (frame.opening_fen, frame.closing_fen) == (1000, 2000)
    assert [(line.account.side, line.amount_fen, line.balance_fen) for line in lines] == [
        ("due-from", 500, 1500),
        ("own", 500, 2000),
    ]
    assert {line.name for line in lines} == {"王*兰"}
    assert {line.name for line in all_lines(replace(ask, full_names=True))} == {"王秀兰"}
    assert all_lines(replace(ask, site_ids=())) == [], "meals at sites out of reach are not shown"


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("subject", ["site", "elder"])
def test_pages_are_the_whole_cut_up(site: Place, days: dict[str, int], serve: Serve, size: int, subject: str) -> None:
    other = make_site("石门村助餐点", path="金溪县/石门乡/石门村")
    make_menu(other)
    serve(where=other)
    ask = asked(site, subject=subject, site_ids=(site.id, other.id), first=YESTERDAY, elder_id=days["li"])

    assert all_lines(ask, size=size) == all_lines(ask) == list(queries.stream(ask))
    assert [line.place.text().count(".") for line in all_lines(ask)][:1] == [3]
    if subject == "site":
        frame = queries.statement(ask)
        assert [(one.site_name, one.change_fen) for one in frame.sites] == [(site.name, 4000), (other.name, 1000)]
        assert all_lines(ask)[-1].balance_fen == frame.closing_fen


def test_a_page_costs_a_handful_of_statements(site: Place, days: dict[str, int]) -> None:
    with statements() as sent:
        queries.lines(asked(site), after=None, size=100)
    assert len(sent) <= 8


def test_a_site_is_read_along_its_index(app, site: Place, days: dict[str, int]) -> None:
    """A county's year behind one site's page must not be read."""
    with reading() as session:
        if session.get_bind().dialect.name != "sqlite":
            return
        statement = queries.postings(asked(site), (site.id,), LinePlace(site.id, TODAY, 1, 0)).limit(100)
        compiled = statement.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        plan = " / ".join(row[3] for row in session.execute(text(f"explain query plan {compiled}")))
    assert "SCAN" not in plan and "ix_entry_site_day" in plan


def test_words_of_a_file(app, site: Place, days: dict[str, int]) -> None:
    ask = asked(site)
    rows = list(sheets.rows(queries.statement(ask), queries.stream(ask)))

    assert (rows[0][4], rows[0][-1].amount) == ("期初", 1000)
    assert (rows[-1][4], rows[-1][-1].amount) == ("期末", 4000)
    assert rows[1][3:6] == ["王*兰", "午餐 A套餐", "政府补助(金溪县老年助餐)"]
    assert rows[4][6] == "测试刷错卡"
    assert len(rows[0]) == len(sheets.columns()) == len(rows[2])


@pytest.mark.parametrize(
    ("account", "parts"),
    [
        ("own:cash", LedgerAccount("own", "", "cash")),
        ("due-from:jinxi:public", LedgerAccount("due-from", "jinxi", "public")),
        ("paid-off:a:b:c", LedgerAccount("paid-off", "a", "b:c")),
        ("received:gift", LedgerAccount("received", "", "gift")),
        ("meals", LedgerAccount("meals", "", "")),
    ],
)
def test_accounts_come_apart(account: str, parts: LedgerAccount) -> None:
    assert account_parts(account) == parts
