"""``check`` proves the books; every thing that is broken by hand is named, and nothing is repaired."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from factories import NOW, TODAY, Place, make_elder, make_menu, make_order, make_staff
from flask import Flask
from sqlalchemy import Connection, func, select, text
from sqlalchemy.orm import Session

from canteen.base.db import database, reading
from canteen.books.models.ledger import Balance, NormUse, Posting
from canteen.books.models.servings import Serving
from canteen.check import proving
from canteen.check.helpers import snapshot
from canteen.check.report import MOST_OF_A_KIND
from canteen.counter.requests import Served
from canteen.deliveries.marking import service as marking
from canteen.deliveries.marking.requests import MarkRequest
from canteen.deliveries.requests import NewStop, RouteChange, RunRequest
from canteen.deliveries.service import routes, runs
from tests.trail import KNOWN_TO_THE_TRAIL

from .conftest import Serve


@pytest.fixture
def day(serve: Serve, void: Callable[[Served], None], site: Place) -> dict[str, int]:
    """Two elders and a guest ate; one more lunch was voided; a dinner was handed over at a door. Ids by name."""
    wang, li = make_elder("王秀兰", site=site), make_elder("李桂英", site=site)
    first, guest, undone = serve(wang), serve(), serve(li)
    void(undone)
    second = serve(li)
    manager = make_staff("manager", site=site).actor
    route_id = routes.keep_route(
        RouteChange(site_id=site.id, route_id=None, name="东线", staff_id=None), actor=manager, now=NOW
    )
    routes.add_stop(NewStop(route_id=route_id, elder_id=wang), actor=manager, now=NOW)
    make_order(wang, site, slot="dinner", way="delivery")
    run = runs.plan_run(RunRequest(route_id=route_id, day=TODAY, slot="dinner"), actor=manager, now=NOW)
    [view] = runs.open_runs(site_id=site.id, day=TODAY, actor=manager, now=NOW)
    drop = view.doors[0].id
    door = marking.record_drop(
        drop, MarkRequest(outcome="handed_over", key="a-tap-at-the-door"), now=NOW, actor=manager
    )
    assert door.serving_id is not None
    return {
        "wang": wang,
        "li": li,
        "first": first.id,
        "guest": guest.id,
        "undone": undone.id,
        "second": second.id,
        "door": door.serving_id,
        "drop": drop,
        "run": run.run_id,
    }


def tamper(*statements: str, **values: object) -> None:
    """Change rows behind the program's back: constraints that would stop it are taken away first."""
    with database.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("pragma defer_foreign_keys=on")
            connection.exec_driver_sql("pragma ignore_check_constraints=on")
        for statement in statements:
            connection.execute(text(statement), values)


@pytest.fixture(autouse=True)
def _checks_back_on(app: Flask):
    """``ignore_check_constraints`` stays with a connection: drop it, so that the next test starts clean."""
    yield
    database.session.remove()
    database.engine.dispose()


def codes() -> list[str]:
    """What does not hold, beside that the trail knows it."""
    return [code for problem in proving.prove().problems if (code := problem.split(":")[0]) not in KNOWN_TO_THE_TRAIL]


def test_books_of_an_honest_day_hold(day: dict[str, int]) -> None:
    report = proving.prove()

    assert (report.ok, report.problems) == (True, [])
    assert (report.servings, report.entries, report.tickets) == (5, 6, 5)


def test_books_without_anything_hold(app: Flask) -> None:
    report = proving.prove()

    assert (report.ok, report.servings, report.entries, report.tickets) == (True, 0, 0, 0)


ENTRY = "(select id from entry where serving_id = :first)"


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        pytest.param(
            [f"update posting set amount_fen = amount_fen + 1 where entry_id = {ENTRY} and account = 'meals'"],
            {"entry_unbalanced", "entry_shares", "balance"},
            id="a posting changed",
        ),
        pytest.param(
            [f"delete from posting where entry_id = {ENTRY}"],
            {"entry_empty", "entry_shares", "balance"},
            id="postings gone",
        ),
        pytest.param(
            [f"update posting set account = 'own:code' where entry_id = {ENTRY} and account = 'own:cash'"],
            {"entry_shares", "balance"},
            id="a posting on another account",
        ),
        pytest.param(
            [f"delete from posting where entry_id = {ENTRY}", "delete from entry where serving_id = :first"],
            {"serving_entry", "balance"},
            id="an entry gone",
        ),
        pytest.param(
            [
                "insert into entry (kind, serving_id, site_id, day, recorded_at)"
                " select kind, serving_id, site_id, day, recorded_at from entry where serving_id = :first"
            ],
            {"entry_empty", "serving_entry"},
            id="an entry twice",
        ),
        pytest.param(
            ["update entry set day = '2026-10-21' where serving_id = :first"],
            {"entry_place", "balance"},
            id="an entry of another day and month",
        ),
        pytest.param(
            [
                "insert into entry (kind, site_id, day, recorded_at)"
                " select 'serving', site_id, day, recorded_at from entry where serving_id = :first"
            ],
            {"entry_empty", "entry_kind"},
            id="a serving entry of no serving",
        ),
        pytest.param(
            ["update serving_share set amount_fen = amount_fen + 5 where serving_id = :first and payer = 'own'"],
            {"shares_sum", "own_share", "entry_shares"},
            id="a share changed",
        ),
        pytest.param(
            ["delete from serving_share where serving_id = :first"],
            {"shares_sum", "own_share", "entry_shares"},
            id="shares gone",
        ),
        pytest.param(["update serving set own_fen = 0 where id = :first"], {"own_share"}, id="another own part"),
        pytest.param(["update serving set price_fen = 1200 where id = :first"], {"shares_sum"}, id="another price"),
        pytest.param(
            ["update serving set voided_at = served_at, void_reason = 'x' where id = :guest"],
            {"reversal", "ticket"},
            id="voided without a reversal",
        ),
        pytest.param(
            [
                "update serving set voided_at = null, void_reason = '', elder_id = :wang, second_portion = true"
                " where id = :undone"
            ],
            {"reversal", "ticket", "norm_use"},
            id="a void undone",
        ),
        pytest.param(
            [
                "update posting set amount_fen = 2 * amount_fen where entry_id in"
                " (select id from entry where serving_id = :undone and kind = 'reversal')"
            ],
            {"mirror", "balance"},
            id="a reversal that is no mirror",
        ),
        pytest.param(
            ["update balance set amount_fen = amount_fen + 1 where account = 'own:cash'"],
            {"balance"},
            id="a running balance changed",
        ),
        pytest.param(["delete from balance where account = 'meals'"], {"balance"}, id="a running balance gone"),
        pytest.param(
            [
                "insert into balance (site_id, month, account, amount_fen) select site_id, '2026-10', account, 7"
                " from balance where account = 'meals'"
            ],
            {"balance"},
            id="a running balance of nothing",
        ),
        pytest.param(
            ["update norm_use set meals = meals + 1 where elder_id = :wang and period = '2026-11'"],
            {"norm_use"},
            id="a use changed",
        ),
        pytest.param(["delete from norm_use where elder_id = :wang"], {"norm_use"}, id="uses gone"),
        pytest.param(["update serving set sequence = 9 where id = :door"], {"sequence"}, id="a gap in the numbers"),
        pytest.param(["delete from site_day"], {"sequence"}, id="the day's last number gone"),
        pytest.param(["update site_day set last_sequence = 8"], {"sequence"}, id="numbers given and not used"),
        pytest.param(
            ["insert into site_day (site_id, day, last_sequence) select site_id, '2026-11-20', 3 from site_day"],
            {"sequence"},
            id="numbers of a day without servings",
        ),
        pytest.param(["delete from print_job where serving_id = :first"], {"ticket"}, id="a ticket gone"),
        pytest.param(
            ["delete from print_job where serving_id = :undone and kind = 'void_ticket'"],
            {"ticket"},
            id="a void ticket gone",
        ),
        pytest.param(
            ["update print_job set kind = 'ticket' where serving_id = :guest"], {"ticket"}, id="a wrong kind of ticket"
        ),
        pytest.param(
            ["update drop_point set elder_id = :li where id = :drop"], {"drop"}, id="a door of another person"
        ),
        pytest.param(["update run set slot = 'lunch' where id = :run"], {"drop"}, id="a run of another slot"),
        pytest.param(
            ["update audit set detail = '{}' where action = 'serve' and subject = 'serving:' || :first"],
            {"audit"},
            id="an audit row changed",
        ),
        pytest.param(["delete from audit where action = 'serve'"], {"audit"}, id="audit rows gone"),
    ],
)
def test_what_is_broken_is_named(day: dict[str, int], statements: list[str], found: set[str]) -> None:
    used = {name: value for name, value in day.items() if any(f":{name}" in one for one in statements)}
    if any("|| :first" in one for one in statements):
        used["first"] = str(used["first"])  # type: ignore[assignment]
    tamper(*statements, **used)

    assert set(codes()) == found


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        pytest.param(
            [
                "update serving set elder_id = :li, second_portion = false where id = :undone",
                "update serving set voided_at = null, void_reason = '' where id = :undone",
            ],
            "two_first_portions",
            id="two first portions",
        ),
        pytest.param(
            ["update norm_use set settled_fen = -1 where elder_id = :wang"], "use_below_zero", id="a use below zero"
        ),
        pytest.param(
            ["update drop_point set serving_id = null where id = :drop"], "drop", id="handed over without a serving"
        ),
        pytest.param(["update drop_point set state = 'planned' where id = :drop"], "drop", id="planned with a serving"),
    ],
)
def test_what_a_constraint_forbids_is_named_too(
    app: Flask, day: dict[str, int], statements: list[str], found: str
) -> None:
    used = {name: value for name, value in day.items() if any(f":{name}" in one for one in statements)}
    with database.engine.begin() as connection:
        _take_constraints_away(connection)
        for statement in statements:
            connection.execute(text(statement), used)
        problems = proving.prove_in(Session(connection)).problems
        connection.rollback()

    assert found in {problem.split(":")[0] for problem in problems}


def _take_constraints_away(connection: Connection) -> None:
    connection.exec_driver_sql("drop index uq_serving_elder_sitting")
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("pragma ignore_check_constraints=on")
        return
    for table, name in (("norm_use", "not_below_zero"), ("drop_point", "serving")):
        connection.exec_driver_sql(f"alter table {table} drop constraint ck_{table}_{name}")


def test_stray_rows_are_named(app: Flask, day: dict[str, int]) -> None:
    if database.engine.dialect.name == "postgresql":
        with database.engine.begin() as connection:
            connection.exec_driver_sql("set local session_replication_role = replica")
            for table in ("serving_share", "entry", "print_job"):
                connection.execute(
                    text(f"update {table} set serving_id = 4711 where serving_id = :guest"), {"guest": day["guest"]}
                )
        assert {"stray"} < set(codes())
        return
    with database.engine.connect() as connection:
        raw = connection.connection.driver_connection
        raw.execute("pragma foreign_keys=off")
        for table in ("serving_share", "entry", "print_job"):
            raw.execute(f"update {table} set serving_id = 4711 where serving_id = ?", (day["guest"],))

    assert {"stray"} < set(codes())


def test_check_repairs_nothing(day: dict[str, int]) -> None:
    tamper("update balance set amount_fen = 0", "delete from norm_use")
    before = _rows()

    proving.prove()

    assert _rows() == before


def _rows() -> list[int]:
    with reading() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in (NormUse, Posting)] + [
            session.scalar(select(func.sum(Balance.amount_fen))) or 0
        ]


def test_many_problems_of_a_kind_are_counted_not_listed(serve: Serve) -> None:
    for _ in range(MOST_OF_A_KIND + 3):
        serve()
    tamper("delete from print_job")

    problems = [one for one in proving.prove().problems if one.split(":")[0] not in KNOWN_TO_THE_TRAIL]

    assert len(problems) == MOST_OF_A_KIND + 1
    assert problems[-1] == "ticket: and 3 more"


def test_check_reads_one_moment(serve: Serve) -> None:
    """Meals served while the check runs are not half seen."""
    serve()

    with snapshot() as session:
        session.execute(select(func.count()).select_from(Serving)).one()
        serve()
        during = proving.prove_in(session)

    assert (during.problems, during.servings) == ([], 1)
    assert proving.prove().servings == 2


def test_the_command_says_json_and_exit_status(app: Flask, day: dict[str, int]) -> None:
    runner = app.test_cli_runner()

    good = runner.invoke(args=["check", "--json"])
    tamper("delete from site_day")
    bad = runner.invoke(args=["check", "--json"])

    assert (good.exit_code, bad.exit_code) == (0, 1)
    assert json.loads(good.stdout) == {"ok": True, "servings": 5, "entries": 6, "tickets": 5, "problems": []}
    found = json.loads(bad.stdout)
    assert (found["ok"], [problem.split(":")[0] for problem in found["problems"]]) == (False, ["sequence"])


def test_the_command_speaks_plainly(app: Flask, day: dict[str, int]) -> None:
    runner = app.test_cli_runner()

    good = runner.invoke(args=["check"])
    tamper("delete from site_day")
    bad = runner.invoke(args=["check"])

    assert good.stdout.startswith("账本无误")
    assert bad.stdout.startswith("有 1 处问题")
    assert bad.stderr.startswith("sequence: ")


def test_a_paper_sheet_and_a_second_portion_keep_the_books(serve: Serve, site: Place) -> None:
    wang = make_elder("王秀兰", site=site)
    make_menu(site, day=TODAY - timedelta(days=1))
    serve(wang)
    serve(wang, second_portion=True)
    serve(wang, day=TODAY - timedelta(days=1))

    assert codes() == []
