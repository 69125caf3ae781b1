"""Serving and voiding on real databases: what is written, what is refused, and what a race leaves."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from factories import NOW, TODAY, Person, Place, make_elder, make_life_event, make_menu, make_site, make_staff
from flask import Flask
from sqlalchemy import func, select

from canteen.audit.models import Audit
from canteen.base.db import reading
from canteen.base.errors import CanteenError, NotFound, Refusal
from canteen.books.models.ledger import Balance, Entry, NormUse, Posting
from canteen.books.models.servings import Serving, ServingShare
from canteen.counter.queries import served_for
from canteen.counter.requests import Served, ServeRequest, VoidRequest
from canteen.counter.service import serve_meal, void_serving
from canteen.printing.models import PrintJob
from tests.trail import broken_chains

_keys = itertools.count(1)


def key() -> str:
    return f"test-key-{next(_keys):06d}"


def ask(site: Place, elder_id: int | None = None, **changes: Any) -> ServeRequest:
    return ServeRequest(**{"key": key(), "site_id": site.id, "elder_id": elder_id} | changes)


def serve(site: Place, clerk: Person, elder_id: int | None, *, now: datetime = NOW, **changes: Any) -> Served:
    return serve_meal(ask(site, elder_id, **changes), actor=clerk.actor, now=now)


def count(model: Any) -> int:
    with reading() as session:
        return session.execute(select(func.count()).select_from(model)).scalar_one()


def refusal_of(work: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        work()
    return caught.value.code


TABLES = (Serving, ServingShare, Entry, Posting, Balance, NormUse, PrintJob)


def rows_written() -> dict[str, int]:
    return {model.__tablename__: count(model) for model in TABLES}


def test_one_transaction_writes_everything_a_meal_means(site: Place, clerk: Person) -> None:
    elder = make_elder("王秀兰", card="000007", site=site)

    served = serve(site, clerk, None, card="007")

    assert (served.price_fen, served.own_fen, served.number) == (1000, 500, "1121-001")
    assert [(share.payer, share.scheme, share.amount_fen) for share in served.shares] == [
        ("public", "jinxi", 500),
        ("own", "", 500),
    ]
    assert served.elder_id == elder
    with reading() as session:
        postings = dict(session.execute(select(Posting.account, Posting.amount_fen)).all())
        balances = dict(session.execute(select(Balance.account, Balance.amount_fen)).all())
        use = session.execute(
            select(NormUse.settled_fen, NormUse.public_fen, NormUse.meals).where(NormUse.period == "2026-11")
        ).one()
        job = session.scalars(select(PrintJob)).one()
        row = session.scalars(select(Serving)).one()
        actions = session.scalars(select(Audit.action).where(Audit.subject == f"serving:{served.id}")).all()
    assert postings == {"own:cash": 500, "due-from:jinxi:public": 500, "meals": -1000} == balances
    assert tuple(use) == (1000, 500, 1)
    assert (job.kind, job.state, job.serving_id) == ("ticket", "queued", served.id)
    assert (served.decision.class_code, row.outside_hours, row.day, row.slot) == ("六类", False, TODAY, "lunch")
    assert actions == ["serve"]


def test_the_frozen_shares_carry_reason_scheme_and_version(site: Place, clerk: Person) -> None:
    served = serve(site, clerk, make_elder(site=site))

    with reading() as session:
        public, own = session.scalars(select(ServingShare).order_by(ServingShare.position)).all()
        kept = served_for(session, served.id)
    assert (public.scheme, public.version) == ("jinxi", "1")
    assert (own.payer, own.amount_fen) == ("own", 500)
    words = "六类:标准每月 400.00,已用 0.00,本次计入 10.00,自付一半 5.00"
    assert [one.reason.words() for one in kept.shares] == [words, "餐价 10.00,补助 5.00,自付 5.00"]
    assert kept.decision.verdicts[0]["reason"] == words
    assert kept == served


def test_the_same_key_is_the_same_serving(site: Place, clerk: Person) -> None:
    request = ask(site, make_elder(site=site))
    first = serve_meal(request, actor=clerk.actor, now=NOW)
    written = rows_written()

    again = serve_meal(request, actor=clerk.actor, now=NOW + timedelta(minutes=3))

    assert replace(again, is_repeat=False) == first
    assert again.is_repeat
    assert rows_written() == written


def test_the_same_key_for_somebody_else_is_refused(site: Place, clerk: Person) -> None:
    request = ask(site, make_elder(site=site))
    serve_meal(request, actor=clerk.actor, now=NOW)
    other = replace(request, elder_id=make_elder("李福", site=site))
    written = rows_written()

    assert refusal_of(lambda: serve_meal(other, actor=clerk.actor, now=NOW)) == "key_reused"
    assert rows_written() == written


def test_the_norm_is_used_to_the_last_fen_and_then_the_elder_pays(site: Place, clerk: Person) -> None:
    """Meals at 15.00 against 400.00: 26 take 390.00, the 27th shares the last 10.00, the 28th is all own."""
    elder = make_elder(site=site)
    sittings = [(day, slot) for day in range(1, 15) for slot in ("lunch", "dinner")]
    paid = []
    for day, slot in sittings:
        when = date(2026, 11, day)
        make_menu(site, day=when, slot=slot, price_fen=1500, sets=("A套餐",))
        paid.append(serve(site, clerk, elder, day=when, slot=slot).own_fen)

    assert paid == [750] * 26 + [1000, 1500]


def test_a_second_lunch_is_refused_whatever_the_site_and_says_where_the_first_was(site: Place, clerk: Person) -> None:
    elder = make_elder("王秀兰", site=site)
    other = make_site("上湖村助餐点", path="金溪县/云溪镇/上湖村")
    make_menu(other)
    other_clerk = make_staff("clerk", site=other)
    serve(site, clerk, elder, till="2号台")
    written = rows_written()

    with pytest.raises(Refusal) as caught:
        serve(other, other_clerk, elder)

    assert caught.value.code == "already_served"
    assert "11:42" in str(caught.value) and "枫林村助餐点(2号台)" in str(caught.value)
    assert rows_written() == written


def test_a_second_portion_is_all_own_and_leaves_the_norm(site: Place, clerk: Person) -> None:
    elder = make_elder(site=site)
    serve(site, clerk, elder)

    second = serve(site, clerk, elder, second_portion=True)

    assert (second.own_fen, second.number) == (1000, "1121-002")
    with reading() as session:
        used = session.execute(select(NormUse.settled_fen).where(NormUse.period == "2026-11")).scalar_one()
    assert used == 1000


def test_a_guest_is_counted_and_pays_the_price(site: Place, clerk: Person) -> None:
    served = serve(site, clerk, None, guest_kind="villager")

    assert (served.own_fen, served.elder_id) == (1000, None)
    with reading() as session:
        assert session.scalars(select(PrintJob.kind)).one() == "guest_ticket"
        assert dict(session.execute(select(Posting.account, Posting.amount_fen)).all()) == {
            "own:cash": 1000,
            "meals": -1000,
        }


@pytest.mark.parametrize(
    ("kind", "until", "code"),
    [
        pytest.param("paused", date(2026, 11, 30), "elder_paused", id="paused"),
        pytest.param("moved", None, "elder_moved", id="moved"),
        pytest.param("died", None, "elder_died", id="died"),
    ],
)
def test_who_is_paused_moved_or_dead_is_refused_and_nothing_is_written(
    site: Place, clerk: Person, kind: str, until: date | None, code: str
) -> None:
    elder = make_elder(site=site)
    make_life_event(elder, kind, date(2026, 11, 10), until)
    before = rows_written()

    assert refusal_of(lambda: serve(site, clerk, elder)) == code
    assert rows_written() == before


def test_a_pause_that_is_over_does_not_refuse(site: Place, clerk: Person) -> None:
    elder = make_elder(site=site)
    make_life_event(elder, "paused", date(2026, 11, 1), date(2026, 11, 20))

    assert serve(site, clerk, elder).own_fen == 500


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"card": "999"}, "unknown_card", id="a card nobody holds"),
        pytest.param({"elder_id": 999999}, "unknown_elder", id="no such elder"),
        pytest.param(
            {"guest_kind": "child", "slot": "breakfast"}, "slot_not_served", id="a slot the site does not serve"
        ),
        pytest.param({"guest_kind": "child", "slot": "dinner"}, "no_menu", id="a sitting without a menu"),
        pytest.param({"guest_kind": "child", "set_name": "Z"}, "unknown_set", id="a set that is not on the menu"),
        pytest.param({"guest_kind": "child", "day": date(2026, 11, 22)}, "day_in_future", id="tomorrow"),
    ],
)
def test_refusals_leave_nothing(site: Place, clerk: Person, changes: dict[str, Any], code: str) -> None:
    before = rows_written()

    request = ask(site, **changes)

    assert refusal_of(lambda: serve_meal(request, actor=clerk.actor, now=NOW)) == code
    assert rows_written() == before


def test_the_last_cooked_portion_is_served_and_the_next_refused(site: Place, clerk: Person) -> None:
    make_menu(site, slot="dinner", sets=("A套餐",), prepared=2)
    for _ in range(2):
        serve(site, clerk, None, guest_kind="child", slot="dinner")

    assert refusal_of(lambda: serve(site, clerk, None, guest_kind="child", slot="dinner")) == "sold_out"


def test_another_sites_clerk_does_not_find_this_site(site: Place) -> None:
    stranger = make_staff("clerk", site=make_site("外县助餐点", path="别县/别镇/别村"))

    with pytest.raises(NotFound):
        serve(site, stranger, None, guest_kind="child")


def test_an_elder_of_another_county_is_not_known_here(site: Place, clerk: Person) -> None:
    elder = make_elder(path="别县/别镇/别村")

    assert refusal_of(lambda: serve(site, clerk, elder)) == "unknown_elder"


@pytest.mark.parametrize(
    ("now", "day", "slot", "outside"),
    [
        pytest.param(
            datetime(2026, 11, 20, 22, 30, tzinfo=UTC),
            date(2026, 11, 21),
            "lunch",
            True,
            id="06:30 in China is still yesterday in UTC",
        ),
        pytest.param(datetime(2026, 11, 21, 4, 31, tzinfo=UTC), TODAY, "lunch", True, id="a minute after closing"),
        pytest.param(datetime(2026, 11, 21, 4, 30, tzinfo=UTC), TODAY, "lunch", False, id="the minute of closing"),
        pytest.param(datetime(2026, 11, 21, 9, 0, tzinfo=UTC), TODAY, "dinner", False, id="dinner opens"),
    ],
)
def test_the_canteen_day_and_slot_come_from_the_wall_clock_in_china(
    site: Place, clerk: Person, now: datetime, day: date, slot: str, outside: bool
) -> None:
    make_menu(site, slot="dinner")

    served = serve(site, clerk, None, guest_kind="child", now=now)

    assert (served.day, served.slot, served.outside_hours) == (day, slot, outside)


def void(served: Served, clerk: Person, *, now: datetime = NOW, **changes: Any) -> Any:
    request = replace(VoidRequest(serving_id=served.id, key=key(), reason="刷错了卡"), **changes)
    return void_serving(request, actor=clerk.actor, now=now)


def test_a_void_mirrors_the_entry_gives_the_quota_back_and_prints(site: Place, clerk: Person) -> None:
    elder = make_elder(site=site)
    served = serve(site, clerk, elder)

    void(served, clerk)

    with reading() as session:
        assert set(session.scalars(select(Balance.amount_fen))) == {0}
        assert set(session.execute(select(NormUse.settled_fen, NormUse.public_fen, NormUse.meals)).all()) == {(0, 0, 0)}
        kinds = session.scalars(select(PrintJob.kind).order_by(PrintJob.id)).all()
        reversal = session.scalars(select(Entry).where(Entry.kind == "reversal")).one()
    assert kinds == ["ticket", "void_ticket"]
    assert reversal.serving_id == served.id
    assert serve(site, clerk, elder).own_fen == 500, "the place in the sitting is free again"


def test_voiding_again_under_the_same_key_answers_the_same(site: Place, clerk: Person) -> None:
    served = serve(site, clerk, make_elder(site=site))
    request = VoidRequest(serving_id=served.id, key=key(), reason="刷错了卡")
    first = void_serving(request, actor=clerk.actor, now=NOW)
    written = rows_written()

    again = void_serving(request, actor=clerk.actor, now=NOW + timedelta(minutes=1))

    assert replace(again, is_repeat=False) == first
    assert rows_written() == written


def test_a_void_is_refused_the_second_time_and_the_next_day(site: Place, clerk: Person) -> None:
    served = serve(site, clerk, make_elder(site=site))
    late = NOW + timedelta(days=1)

    assert refusal_of(lambda: void(served, clerk, now=late)) == "void_too_late"
    void(served, clerk)
    assert refusal_of(lambda: void(served, clerk)) == "already_voided"


def test_a_stranger_cannot_void(site: Place, clerk: Person) -> None:
    served = serve(site, clerk, make_elder(site=site))
    stranger = make_staff("clerk", site=make_site("外县助餐点", path="别县/别镇/别村"))

    with pytest.raises(NotFound):
        void(served, stranger)


def together(app: Flask, works: list[Callable[[], object]]) -> list[object]:
    """Run all at once, each in its own thread and application context; exceptions of ours are results."""

    def run(work: Callable[[], object]) -> object:
        with app.app_context():
            try:
                return work()
            except CanteenError as error:
                return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_clerks_serving_one_elder_in_the_same_instant_make_one_serving(app: Flask, site: Place, clerk: Person) -> None:
    for _round in range(5):
        elder = make_elder(f"王第{_round}", site=site)
        written = count(Serving)

        answers = together(app, [lambda e=elder: serve(site, clerk, e) for _ in range(6)])  # type: ignore[misc]

        assert sorted(type(answer).__name__ for answer in answers) == ["Refusal"] * 5 + ["Served"]
        assert {answer.code for answer in answers if isinstance(answer, Refusal)} == {"already_served"}
        assert count(Serving) == written + 1


@pytest.mark.parametrize("who", ["elder", "guest"])
def test_one_key_sent_at_once_by_many_makes_one_serving(app: Flask, site: Place, clerk: Person, who: str) -> None:
    for _round in range(5):
        request = (
            ask(site, make_elder(f"李第{_round}", site=site)) if who == "elder" else ask(site, None, guest_kind="child")
        )

        answers = together(app, [lambda r=request: serve_meal(r, actor=clerk.actor, now=NOW) for _ in range(6)])  # type: ignore[misc]

        assert {answer.id for answer in answers if isinstance(answer, Served)} == {answers[0].id}  # type: ignore[attr-defined]
        assert sorted(answer.is_repeat for answer in answers) == [False] + [True] * 5  # type: ignore[attr-defined]


def test_many_at_once_leave_numbers_without_gaps_and_an_unbroken_trail(app: Flask, site: Place, clerk: Person) -> None:
    elders = [make_elder(f"赵第{number}", site=site) for number in range(12)]

    together(app, [lambda e=elder: serve(site, clerk, e) for elder in elders])  # type: ignore[misc]

    with reading() as session:
        assert session.scalars(select(Serving.sequence).order_by(Serving.sequence)).all() == list(range(1, 13))
        assert sum(session.scalars(select(Posting.amount_fen))) == 0
        assert session.scalar(select(Balance.amount_fen).where(Balance.account == "meals")) == -12000
        assert list(broken_chains(session)) == []


def test_two_clerks_and_one_last_portion(app: Flask, site: Place, clerk: Person) -> None:
    make_menu(site, slot="dinner", sets=("A套餐",), prepared=1)
    elders = [make_elder(f"钱第{number}", site=site) for number in range(4)]

    answers = together(app, [lambda e=elder: serve(site, clerk, e, slot="dinner") for elder in elders])  # type: ignore[misc]

    assert sorted(type(answer).__name__ for answer in answers) == ["Refusal"] * 3 + ["Served"]


def test_two_voids_at_once_reverse_once(app: Flask, site: Place, clerk: Person) -> None:
    served = serve(site, clerk, make_elder(site=site))

    together(app, [lambda: void(served, clerk) for _ in range(4)])

    assert count(Entry) == 2
