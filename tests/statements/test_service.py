"""Closed months take nothing, corrections need two people, and the books say both."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from factories import NOW, TODAY, Person, Place, make_elder, make_menu, make_site, make_staff
from flask import Flask
from sqlalchemy import select

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import database, reading
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.books.models.ledger import Entry
from canteen.books.models.servings import Serving
from canteen.check import proving
from canteen.places.queries import sites_of
from canteen.statements import journal, queries, service
from canteen.statements.requests import NewCorrection
from canteen.statements.rules import StatementRequest

from .conftest import Serve

#: The third of December, noon in China: November is over.
DECEMBER = datetime(2026, 12, 3, 4, 0, tzinfo=UTC)
LATE = date(2026, 11, 30)


def correction(site: Place, **changes: object) -> NewCorrection:
    plain: dict[str, object] = {
        "key": "correction-1",
        "site_id": site.id,
        "day": TODAY,
        "from_account": "due-from:jinxi:public",
        "to_account": "own:cash",
        "amount_fen": 500,
        "number": "",
        "serving_day": None,
        "reason": "测试:重复享受",
    }
    return NewCorrection(**(plain | changes))  # type: ignore[arg-type]


def close(month: date = date(2026, 11, 1), now: datetime = DECEMBER) -> int:
    return service.close_months(sites_of(COMMAND), month=month, actor=COMMAND, now=now, confirmed=clock.day_of(now))


def held(site: Place) -> dict[str, int]:
    asked = StatementRequest(subject="site", site_ids=(site.id,), first=date(2026, 1, 1), last=date(2026, 12, 31))
    return {f"{one.account.side}:{one.account.payer}": one.closing_fen for one in queries.statement(asked).accounts}


def test_a_closed_month_refuses_a_late_meal_and_a_late_void(
    site: Place, serve: Serve, void: Callable[..., None]
) -> None:
    make_menu(site, day=LATE)
    wang = make_elder(site=site)
    keyed_late = serve(day=LATE, at=DECEMBER)
    assert close() == 1

    with pytest.raises(Refusal) as late:
        serve(wang, day=LATE, at=DECEMBER)
    with pytest.raises(Refusal) as undone:
        void(keyed_late, at=DECEMBER)

    assert (late.value.code, undone.value.code) == ("month_closed", "month_closed")
    assert "更正" in late.value.next_step
    with reading() as session:
        assert len(session.scalars(select(Serving)).all()) == 1, "nothing half-written"
    assert proving.prove().problems == []


def test_other_months_and_other_sites_go_on(site: Place, serve: Serve) -> None:
    make_menu(site, day=date(2026, 12, 3))
    serve()
    close()
    other = make_site("石门村助餐点", path="金溪县/石门乡/石门村")
    make_menu(other, day=LATE)

    serve(day=date(2026, 12, 3), at=DECEMBER)
    serve(where=other, day=LATE, at=DECEMBER)
    assert proving.prove().problems == []


@pytest.mark.parametrize("month", [date(2026, 12, 1), date(2027, 1, 1)])
def test_a_month_that_is_not_over_is_not_closed(site: Place, month: date) -> None:
    with pytest.raises(Refusal) as refused:
        close(month)
    assert refused.value.code == "month_not_over"


def test_closing_twice_closes_once(site: Place, serve: Serve, manager: Person) -> None:
    serve()
    assert (close(), close()) == (1, 0)
    [line] = journal.months({site.id: site.name}, now=DECEMBER)
    assert (line.month, line.earned_fen, line.closed_on, line.may_close) == (
        date(2026, 11, 1),
        1000,
        date(2026, 12, 3),
        False,
    )


def test_a_till_that_is_writing_while_the_month_closes(app: Flask, site: Place, serve: Serve) -> None:
    """Whichever comes first: the meal is in the month that was closed, or it is refused."""
    for at in range(4):
        make_menu(site, day=LATE - timedelta(days=at))
    said: list[str] = []

    def till(day: date) -> None:
        with app.app_context():
            try:
                serve(day=day, at=DECEMBER)
                said.append("served")
            except Refusal as refusal:
                said.append(refusal.code)
            database.session.remove()

    tills = [threading.Thread(target=till, args=(LATE - timedelta(days=at),)) for at in range(4)]
    for one in tills:
        one.start()
    close()
    for one in tills:
        one.join()

    assert set(said) <= {"served", "month_closed"}
    assert proving.prove().problems == []


def test_a_correction_is_made_by_one_and_posted_by_another(
    site: Place, serve: Serve, manager: Person, second: Person
) -> None:
    served = serve(make_elder(site=site))
    number = correction(site, number=served.number, serving_day=TODAY)
    proposal = service.propose_correction(number, actor=manager.actor, now=NOW)
    assert service.propose_correction(number, actor=manager.actor, now=NOW) == proposal
    assert held(site) == {"due-from:public": 500, "own:cash": 500}, "nothing is posted yet"

    with pytest.raises(Refusal) as own:
        service.check_correction(proposal, accept=True, answer="", actor=manager.actor, now=NOW)
    service.check_correction(proposal, accept=True, answer="", actor=second.actor, now=NOW)
    service.check_correction(proposal, accept=True, answer="", actor=second.actor, now=NOW)

    assert own.value.code == "own_correction"
    assert held(site) == {"own:cash": 1000}
    [line] = journal.corrections([site.id], actor=manager.actor)
    assert (line.state, line.made_by, line.checked_by, line.number) == ("posted", "测试站长", "测试会计", served.number)
    with reading() as session:
        assert list(session.scalars(select(Entry.kind).order_by(Entry.id))) == ["serving", "correction"]
    assert proving.prove().problems == []


def test_a_correction_sent_back_posts_nothing(site: Place, serve: Serve, manager: Person, second: Person) -> None:
    serve(make_elder(site=site))
    proposal = service.propose_correction(correction(site), actor=manager.actor, now=NOW)
    with pytest.raises(BadInput):
        service.check_correction(proposal, accept=False, answer="", actor=second.actor, now=NOW)
    service.check_correction(proposal, accept=False, answer="测试:金额不对", actor=second.actor, now=NOW)
    with pytest.raises(Refusal) as twice:
        service.check_correction(proposal, accept=True, answer="", actor=second.actor, now=NOW)

    assert twice.value.code == "already_checked"
    assert held(site) == {"due-from:public": 500, "own:cash": 500}


def test_a_mistake_of_a_closed_month_is_corrected_in_an_open_one(
    site: Place, serve: Serve, manager: Person, second: Person
) -> None:
    served = serve(make_elder(site=site))
    close()
    with pytest.raises(Refusal) as closed:
        service.propose_correction(correction(site), actor=manager.actor, now=DECEMBER)
    later = correction(site, key="correction-2", day=date(2026, 12, 3), number=served.number, serving_day=TODAY)
    proposal = service.propose_correction(later, actor=manager.actor, now=DECEMBER)
    service.check_correction(proposal, accept=True, answer="", actor=second.actor, now=DECEMBER)

    assert closed.value.code == "month_closed"
    assert held(site) == {"own:cash": 1000}
    assert proving.prove().problems == []


def test_a_proposal_waits_too_long_and_its_month_is_closed(
    site: Place, serve: Serve, manager: Person, second: Person
) -> None:
    serve(make_elder(site=site))
    proposal = service.propose_correction(correction(site), actor=manager.actor, now=NOW)
    close()
    with pytest.raises(Refusal) as refused:
        service.check_correction(proposal, accept=True, answer="", actor=second.actor, now=DECEMBER)
    assert refused.value.code == "month_closed"
    assert proving.prove().problems == []


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"day": TODAY + timedelta(days=1)}, id="a day to come"),
        pytest.param({"to_account": "due-from:jinxi:public"}, id="one account"),
        pytest.param({"number": "1121-999", "serving_day": TODAY}, id="a number nobody got"),
    ],
)
def test_corrections_that_mean_nothing(site: Place, manager: Person, changes: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        service.propose_correction(correction(site, **changes), actor=manager.actor, now=NOW)


def test_nobody_corrects_or_closes_elsewhere(site: Place, serve: Serve) -> None:
    serve()
    other = make_site("石门村助餐点", path="金溪县/石门乡/石门村")
    stranger = make_staff("manager", site=other).actor
    with pytest.raises(NotFound):
        service.propose_correction(correction(site), actor=stranger, now=NOW)
    with pytest.raises(NotFound):
        service.close_months(
            sites_of(COMMAND), month=date(2026, 10, 1), actor=stranger, now=NOW, confirmed=clock.day_of(NOW)
        )
    with pytest.raises(Refusal) as machine:
        service.propose_correction(correction(site), actor=COMMAND, now=NOW)
    assert machine.value.code == "needs_a_person"


def test_two_who_check_at_once_post_once(
    app: Flask, site: Place, serve: Serve, manager: Person, second: Person
) -> None:
    serve(make_elder(site=site))
    proposal = service.propose_correction(correction(site), actor=manager.actor, now=NOW)
    third = make_staff("civil_affairs")
    said: list[str] = []

    def check(person: Person) -> None:
        with app.app_context():
            try:
                service.check_correction(proposal, accept=True, answer="", actor=person.actor, now=NOW)
                said.append("posted")
            except Refusal as refusal:
                said.append(refusal.code)
            database.session.remove()

    people = [threading.Thread(target=check, args=(person,)) for person in (second, third)]
    for one in people:
        one.start()
    for one in people:
        one.join()

    assert sorted(said) == ["already_checked", "posted"]
    assert held(site) == {"own:cash": 1000}


def test_the_command_closes(app: Flask, site: Place, serve: Serve) -> None:
    serve()
    runner = app.test_cli_runner()
    nonsense = runner.invoke(args=["close-month", "2026-13"])
    later = runner.invoke(args=["close-month", "2999-01"])

    assert (nonsense.exit_code, later.exit_code) == (1, 1)
    assert "不是月份" in nonsense.stderr
