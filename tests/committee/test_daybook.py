"""A day in sums, and the paper that goes with its money."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from factories import NOW, TODAY, Person, Place, csrf, make_elder, make_menu, make_site, make_staff, sign_in
from flask.testing import FlaskClient
from sqlalchemy import select

from canteen.audit.signing import prove_signed
from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import reading
from canteen.base.errors import NotFound, Refusal
from canteen.closing.daybook import DayBook, day_book_of
from canteen.closing.service import print_closing
from canteen.counter.requests import Served
from canteen.orders.rules import OrderRequest
from canteen.orders.service import place_order
from canteen.places.queries import site_for
from canteen.printing.models import JOB
from canteen.printing.papers.sealing import opened
from canteen.staff.trail.service import export_trail
from tests.printing.records import make_printer
from tests.sent import statements

from .conftest import Serve

EARLY = NOW.replace(hour=1, minute=10)
one_database = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


def book(site: Place) -> DayBook:
    return day_book_of(site_for(COMMAND, site.id), TODAY)


@pytest.fixture
def day(site: Place, serve: Serve, void: Callable[[Served], None]) -> dict[str, Served]:
    """Wang ordered and came, Li ordered and did not; two guests, one of them by code; one void; a second portion."""
    wang, li = make_elder("王秀兰", site=site), make_elder("李桂英", site=site)
    for elder in (wang, li):
        place_order(OrderRequest(site_id=site.id, elder_id=elder, day=TODAY, slot="lunch"), actor=COMMAND, now=EARLY)
    served = {
        "wang": serve(wang),
        "guest": serve(),
        "code": serve(pay_way="code", way="take_away"),
        "second": serve(wang, second_portion=True),
        "dinner": serve(slot="dinner", at=NOW + timedelta(hours=6)),
        "void": serve(),
    }
    void(served["void"])
    return served


def test_a_day_in_sums(site: Place, day: dict[str, Served]) -> None:
    found = book(site)

    live = [one for name, one in day.items() if name != "void"]
    assert [(slot, sums.ordered, sums.not_come, sums.served, sums.guests) for slot, sums in found.slots] == [
        ("lunch", 2, 1, 4, 2),
        ("dinner", 0, 0, 1, 1),
    ]
    assert {count.name: count.meals for count in found.ways} == {"堂食": 4, "自取": 1}
    assert (found.served, found.voided, found.second_portions) == (5, 1, 1)
    assert found.price_fen == sum(one.price_fen for one in live)
    assert found.own_fen == sum(one.own_fen for one in live) == sum(taking.amount_fen for taking in found.takings)
    assert found.cash_fen == found.own_fen - day["code"].own_fen
    assert sum(payer.amount_fen for payer in found.payers) == found.price_fen - found.own_fen > 0


def test_the_closing_paper_says_the_same_and_is_printed_once(
    site: Place, day: dict[str, Served], clerk: Person
) -> None:
    make_printer(site)
    at = site_for(COMMAND, site.id)

    job_id = print_closing(at, TODAY, key="abcdefgh", actor=clerk.actor, now=NOW)

    assert print_closing(at, TODAY, key="abcdefgh", actor=clerk.actor, now=NOW + timedelta(hours=1)) == job_id
    with reading() as session:
        job = session.execute(select(JOB.c.sealed, JOB.c.key).where(JOB.c.id == job_id)).one()
        facts = opened(job.sealed, key=job.key)
    found = book(site)
    assert (facts["own_fen"], facts["price_fen"], facts["voided"]) == (found.own_fen, found.price_fen, 1)
    assert [slot["served"] for slot in facts["slots"]] == [4, 1]
    assert facts["takings"][0] == {"pay_way": "现金", "meals": found.takings[0].meals, "amount_fen": found.cash_fen}
    with export_trail(COMMAND, TODAY, TODAY, now=NOW) as file:
        assert prove_signed(file, facts["fingerprint"]).rows > 0


@one_database
def test_a_day_without_meals_is_zeros(site: Place) -> None:
    found = book(site)

    assert [(slot, sums.ordered, sums.served) for slot, sums in found.slots] == [("lunch", 0, 0), ("dinner", 0, 0)]
    assert (found.cash_fen, found.takings, found.payers) == (0, (), ())


@one_database
def test_more_people_are_no_more_statements(site: Place, serve: Serve) -> None:
    def asked() -> int:
        with statements() as found:
            book(site)
        return len(found)

    serve(make_elder("王秀兰", site=site))
    few = asked()
    for number in range(5):
        serve(make_elder(f"测试{number}", site=site))

    assert asked() == few


@one_database
def test_no_paper_without_a_printer_or_for_another_sites_clerk(site: Place, clerk: Person) -> None:
    at = site_for(COMMAND, site.id)
    stranger = make_staff("clerk", site=make_site("柳溪村助餐点", path="金溪县/云溪镇/柳溪村"))

    with pytest.raises(Refusal) as refusal:
        print_closing(at, TODAY, key="abcdefgh", actor=clerk.actor, now=NOW)
    assert refusal.value.code == "no_printer"
    with pytest.raises(NotFound):
        print_closing(at, TODAY, key="abcdefgh", actor=stranger.actor, now=NOW)


@one_database
def test_the_page_shows_and_prints_the_day(client: FlaskClient, site: Place, clerk: Person, serve: Serve) -> None:
    make_printer(site)
    today = clock.today()
    if today != TODAY:
        make_menu(site, day=today)
    served = serve(at=clock.now(), day=today)
    sign_in(client, clerk)

    page = client.get("/day").get_data(as_text=True)
    assert f"¥{served.own_fen / 100:.2f}" in page
    data = {"csrf_token": csrf(client, "/day"), "site_id": str(site.id), "day": today.isoformat(), "key": "abcdefgh"}
    assert client.post("/day/closing", data=data).status_code == 303

    with reading() as session:
        assert "closing_summary" in session.scalars(select(JOB.c.kind)).all()


@one_database
@pytest.mark.parametrize("changed", [{"key": "?"}, {"site_id": "999999"}, {"day": "2999-01-01"}, {"day": "x"}])
def test_odd_requests_print_nothing(client: FlaskClient, site: Place, clerk: Person, changed: dict[str, str]) -> None:
    make_printer(site)
    sign_in(client, clerk)
    data = {"csrf_token": csrf(client, "/day"), "site_id": str(site.id), "day": "2026-01-05", "key": "abcdefgh"}

    assert client.post("/day/closing", data=data | changed).status_code in (404, 422)
    with reading() as session:
        assert session.execute(select(JOB.c.id)).all() == []


@one_database
def test_the_drawer_opens_from_the_page_where_there_is_one(client: FlaskClient, site: Place, clerk: Person) -> None:
    sign_in(client, clerk)
    assert "开钱箱" not in client.get("/day").get_data(as_text=True)
    make_printer(site, has_drawer=True)
    assert "开钱箱" in client.get("/day").get_data(as_text=True)
    data = {"csrf_token": csrf(client, "/day"), "site_id": str(site.id), "key": "abcdefgh", "reason": "盘点现金"}

    for _press in range(2):
        assert client.post("/day/drawer", data=data).status_code == 303
    assert client.post("/day/drawer", data=data | {"key": "otherkey", "reason": "没事"}).status_code == 422

    with reading() as session:
        assert session.scalars(select(JOB.c.kind)).all() == ["drawer"]
