"""Crediting, spending, lapsing, own money: what stands in the tables afterwards, and that the books hold."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from factories import NOW, TODAY, make_elder, make_life_event
from sqlalchemy import select

from canteen.audit.models import Audit
from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import LostRace, reading, transaction
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.books import ledger
from canteen.check import rebuilding
from canteen.check.purses import purse_problems
from canteen.people.models import LifeEvent
from canteen.purses import drawing, queries, service
from canteen.purses.credits import run as crediting
from canteen.purses.credits.board import run_of
from canteen.purses.credits.run import Job
from canteen.purses.credits.service import credit_month
from canteen.purses.lines import LINE, LOT, YEAR
from canteen.purses.requests import FreezeRequest, PurseCorrection, Refund, TopUp
from canteen.schemes.deciding.answer import Draw, Share
from canteen.schemes.reasons import Reason
from tests.factories import sealed_answer
from tests.purses.conftest import CARRIED, MONTHLY, in_force

NOVEMBER = Job(date(2026, 11, 1))


@pytest.fixture(autouse=True)
def _books_hold_at_the_end(app):
    """Whatever a test did, every line, lot and entry agrees."""
    yield
    with transaction() as session:
        assert list(purse_problems(session)) == []


def lines(elder):
    with transaction() as session:
        rows = session.execute(select(LINE).where(LINE.c.elder_id == elder).order_by(LINE.c.id))
        return [(row.kind, row.scheme, row.amount_fen) for row in rows]


def spendable(elder, day=TODAY):
    with transaction() as session:
        return drawing.balances(session, elder_id=elder, day=day)


def spend(elder, fen, day=TODAY, scheme="care", *, care_id=None):
    care_id = care_id or make_care(elder, day, fen, scheme)
    with transaction() as session:
        drawing.draw(
            session, elder_id=elder, draws=[Draw(scheme, fen)], day=day, at=NOW, actor=COMMAND, care_id=care_id
        )
    return care_id


def make_care(elder, day, fen, scheme):
    """A recorded service, so that a draw has something to point at."""
    from canteen.books.models.services import CareService, CareShare
    from canteen.care.models import Provider
    from canteen.places.models import Site

    with transaction() as session:
        site = session.scalars(select(Site)).first()
        provider = session.scalars(select(Provider)).first()
        if provider is None:
            provider = Provider(
                area_id=site.area_id,
                name="测试服务队",
                kind="business",
                phone="",
                licence="",
                services=[],
                created_at=NOW,
            )
            session.add(provider)
            session.flush()
        care = CareService(
            key=f"care-{elder}-{day}-{fen}-{scheme}",
            asked="",
            site_id=site.id,
            elder_id=elder,
            provider_id=provider.id,
            kind="cleaning",
            day=day,
            minutes=60,
            price_fen=fen,
            own_fen=0,
            pay_way="cash",
            confirmed_by="elder",
            confirmer="",
            worker="",
            note="",
            sealed=sealed_answer(CareService, f"care-{elder}-{day}-{fen}-{scheme}"),
            recorded_at=NOW,
            void_reason="",
        )
        session.add(care)
        session.flush()
        session.add(CareShare(care_id=care.id, position=0, payer="public", scheme=scheme, version="1", amount_fen=fen))
        session.flush()
        share = Share("public", scheme, "1", fen, Reason("x", {}))
        ledger.post_shares(
            session, care_id=care.id, site_id=site.id, day=day, shares=[share], pay_way="cash", staff_id=None, at=NOW
        )
        return care.id


def credit(job=NOVEMBER, now=NOW):
    credit_month(job, actor=COMMAND, now=now, confirmed=clock.day_of(now))
    with reading():
        return run_of(job)


def test_a_month_is_credited_once_however_often_it_is_run(site):
    elder = make_elder(site=site)
    young = make_elder("李年轻", birth_day=date(1960, 1, 1), site=site)

    first, second = credit(), credit()

    assert lines(elder) == [("credit", "care", 10000)] and lines(young) == []
    assert (first.credited, first.amount_fen, first.reasons) == (1, 10000, {"age_month": 1})
    assert (second.credited, second.before, second.passes) == (0, 1, 2)
    assert spendable(elder) == {"care": 10000}
    assert spendable(elder, date(2026, 12, 1)) == {} == spendable(elder, date(2026, 10, 31))


def test_a_run_killed_half_way_goes_on_where_it_stopped(site):
    elders = [make_elder(f"测{n}", site=site) for n in range(5)]
    with transaction() as session:
        crediting.begin(session, NOVEMBER, at=NOW, staff_id=None)
        is_over = crediting.step(session, NOVEMBER, vault=crediting_vault(), at=NOW, actor=COMMAND, limit=2)
    halfway = run_of(NOVEMBER)

    run = credit()

    assert not is_over and (halfway.done, halfway.total, halfway.finished_at) == (2, 5, None)
    assert (run.passes, run.done, run.credited) == (1, 5, 5)
    assert [lines(elder) for elder in elders] == [[("credit", "care", 10000)]] * 5


def crediting_vault():
    from canteen.base.vault import the_vault

    return the_vault()


def test_runs_of_all_schemes_and_of_one_do_not_credit_twice(site):
    elder = make_elder(site=site)

    credit(Job(date(2026, 11, 1), scheme="care"))
    credit(Job(date(2026, 11, 1), area="金溪县"))
    credit()

    assert lines(elder) == [("credit", "care", 10000)]


def test_facts_that_change_within_a_month_do_not_pay_its_group_twice(site):
    elder = make_elder(site=site)
    credit()
    in_force(MONTHLY.replace('id = "care"', 'id = "more"').replace("100", "120"))

    run = credit()

    assert lines(elder) == [("credit", "care", 10000)]
    assert run.reasons == {"credited_in_group": 1, "credit_lower": 1}


@pytest.mark.parametrize(
    ("month", "code"), [(date(2027, 1, 1), "month_too_early"), (date(2025, 10, 1), "month_too_old")]
)
def test_months_too_far_are_refused(site, month, code):
    with pytest.raises(Refusal) as refusal:
        credit(Job(month))
    assert refusal.value.code == code


def test_an_unknown_scheme_is_named(site):
    with pytest.raises(NotFound, match="nothing"):
        credit(Job(date(2026, 11, 1), scheme="nothing"))


def test_a_missed_month_is_made_up_in_the_next_where_the_scheme_says_so(site):
    elder = make_elder(site=site, birth_day=date(1950, 1, 1))
    in_force(CARRIED, since=date(2026, 10, 1))

    credit()

    with transaction() as session:
        rows = session.execute(
            select(LINE.c.month, LINE.c.starts_on).where(LINE.c.elder_id == elder).order_by(LINE.c.month)
        ).all()
    assert rows == [("2026-10", date(2026, 11, 1)), ("2026-11", date(2026, 11, 1))]
    credit()
    assert lines(elder) == [("credit", "long", 8000)] * 2


def test_draws_take_what_expires_first_and_a_void_gives_it_back(site):
    elder = make_elder(site=site)
    credit(Job(date(2026, 11, 1)))
    with transaction() as session:  # a lot that lasts longer, as a correction makes it
        pass
    service.correct(
        PurseCorrection(
            elder_id=elder, scheme="care", amount_fen=5000, expires_on=None, reason="补发测试", key="correction"
        ),
        actor=COMMAND,
        now=NOW,
    )

    care = spend(elder, 12000)

    with transaction() as session:
        left = session.execute(select(LOT.c.left_fen).order_by(LOT.c.expires_on)).scalars().all()
    assert left == [0, 3000]
    with transaction() as session:
        void_care(session, care)
        drawing.give_back(session, at=NOW, actor=COMMAND, care_id=care)
    assert spendable(elder) == {"care": 15000}
    assert [kind for kind, *_ in lines(elder)] == ["credit", "correction", "service", "service", "reversal", "reversal"]


def void_care(session, care_id):
    from canteen.books.models.services import CareService

    row = session.get(CareService, care_id)
    row.voided_at, row.void_reason = NOW, "测试作废"
    session.flush()
    ledger.reverse(session, care_id=care_id, site_id=row.site_id, day=row.day, staff_id=None, at=NOW)


def test_a_purse_that_holds_less_than_was_decided_is_a_lost_race(site):
    elder = make_elder(site=site)
    credit()

    with pytest.raises(LostRace), transaction() as session:
        drawing.draw(session, elder_id=elder, draws=[Draw("care", 10001)], day=TODAY, at=NOW, actor=COMMAND, care_id=1)

    assert spendable(elder) == {"care": 10000}


def test_no_more_is_drawn_in_a_year_than_the_year_credited(site):
    elder = make_elder(site=site, birth_day=date(1950, 1, 1))
    in_force(CARRIED, since=date(2026, 11, 1))
    credit(Job(date(2026, 12, 1), scheme="long"))
    january = datetime(2027, 1, 5, tzinfo=UTC)
    credit(Job(date(2027, 1, 1), scheme="long"), now=january)

    assert spendable(elder, date(2026, 12, 5)) == {"long": 16000}  # November made up, and December
    assert spendable(elder, date(2027, 1, 5)) == {"long": 8000}  # 240.00 are there, the year credited 80.00
    spend(elder, 8000, date(2027, 1, 5), "long")
    assert spendable(elder, date(2027, 1, 5)) == {}
    with transaction() as session:
        assert session.execute(select(YEAR.c.credited_fen, YEAR.c.drawn_fen).order_by(YEAR.c.year)).all() == [
            (16000, 0),
            (8000, 8000),
        ]


def test_the_last_fen_lapses_too(site):
    elder, other = make_elder(site=site), make_elder("李桂花", site=site)
    credit()
    spend(elder, 9999)
    spend(other, 10000)

    lapsed = service.let_lapse(
        date(2026, 12, 1), actor=COMMAND, now=NOW.replace(month=12), confirmed=clock.day_of(NOW.replace(month=12))
    )

    assert (lapsed, lines(elder)[-1], lines(other)[-1][0]) == ((1, 1), ("expiry", "care", -1), "service")


def test_what_was_not_spent_lapses_once(site):
    elder = make_elder(site=site)
    credit()
    spend(elder, 3000)
    december = datetime(2026, 12, 5, tzinfo=UTC)

    assert service.let_lapse(date(2026, 11, 30), actor=COMMAND, now=december, confirmed=clock.day_of(december)) == (
        0,
        0,
    )
    assert service.let_lapse(date(2026, 12, 1), actor=COMMAND, now=december, confirmed=clock.day_of(december)) == (
        1,
        7000,
    )
    assert service.let_lapse(date(2026, 12, 1), actor=COMMAND, now=december, confirmed=clock.day_of(december)) == (0, 0)

    assert lines(elder)[-1] == ("expiry", "care", -7000)
    with pytest.raises(Refusal, match="还没有到"):
        service.let_lapse(date(2026, 12, 6), actor=COMMAND, now=december, confirmed=clock.day_of(december))


def test_death_freezes_from_its_day_and_leaves_a_look_back(site, officer):
    elder = make_elder(site=site)
    credit()
    spend(elder, 1000, date(2026, 11, 11))
    spend(elder, 2000, date(2026, 11, 20))

    make_life_event(elder, "died", date(2026, 11, 12))

    assert spendable(elder, date(2026, 11, 11)) == {"care": 7000} and spendable(elder, date(2026, 11, 12)) == {}
    found = queries.look_back(actor=officer.actor)
    assert [(one.elder_id, one.day, one.amount_fen, one.state) for one in found] == [
        (elder, date(2026, 11, 20), -2000, "died")
    ]
    assert credit(Job(date(2026, 12, 1))).reasons == {"gone": 1}
    assert service.close(elder, "去世结清", actor=officer.actor, now=NOW) == 7000
    assert lines(elder)[-1] == ("close", "care", -7000)


def test_an_event_that_is_taken_back_opens_the_purse_again(site):
    elder = make_elder(site=site)
    credit()
    make_life_event(elder, "moved", date(2026, 11, 12))
    with transaction() as session:
        session.scalars(select(LifeEvent)).one().cancelled_at = NOW

    assert spendable(elder) == {"care": 10000}


def test_a_freeze_holds_from_its_day_until_it_is_ended(site, officer):
    elder = make_elder(site=site)
    credit()
    asked = FreezeRequest(elder_id=elder, scheme="", from_day=date(2026, 11, 10), to_day=None, reason="住院")
    frozen = service.freeze(asked, actor=officer.actor, now=NOW)

    assert service.freeze(asked, actor=officer.actor, now=NOW) == frozen
    assert spendable(elder, date(2026, 11, 9)) and not spendable(elder)
    service.thaw(elder, frozen, actor=officer.actor, now=NOW)
    assert spendable(elder) == {"care": 10000} and not spendable(elder, date(2026, 11, 20))


@pytest.mark.parametrize(("reason", "receiver", "field"), [("x", "本人", "reason"), ("要用钱", " 本", "receiver")])
def test_money_goes_back_for_a_reason_and_to_somebody_of_more_than_a_letter(site, clerk, reason, receiver, field):
    elder = make_elder(site=site)
    paid = TopUp(elder_id=elder, site_id=site.id, amount_fen=5000, pay_way="cash", key="top-up-1")
    service.top_up(paid, actor=clerk.actor, now=NOW)
    back = Refund(
        elder_id=elder, site_id=site.id, amount_fen=1, pay_way="cash", key="refund-1", receiver=receiver, reason=reason
    )

    with pytest.raises(BadInput) as wrong:
        service.refund(back, actor=clerk.actor, now=NOW)

    assert (wrong.value.field, lines(elder)) == (field, [("top_up", "", 5000)])


def test_only_who_is_gone_is_closed(site, officer):
    elder = make_elder(site=site)
    with pytest.raises(Refusal) as refusal:
        service.close(elder, "结清", actor=officer.actor, now=NOW)
    assert refusal.value.code == "still_here"


def test_own_money_goes_in_and_out_through_the_ledger(site, clerk):
    elder = make_elder(site=site)
    paid = TopUp(elder_id=elder, site_id=site.id, amount_fen=5000, pay_way="cash", key="top-up-1")
    back = Refund(
        elder_id=elder,
        site_id=site.id,
        amount_fen=2000,
        pay_way="cash",
        key="refund-1",
        receiver="本人",
        reason="要用钱",
    )

    assert service.top_up(paid, actor=clerk.actor, now=NOW) == service.top_up(paid, actor=clerk.actor, now=NOW) == 5000
    assert service.refund(back, actor=clerk.actor, now=NOW) == service.refund(back, actor=clerk.actor, now=NOW) == 3000

    assert lines(elder) == [("top_up", "", 5000), ("refund", "", -2000)]
    with reading() as session:
        kept = session.execute(
            select(Audit.action, Audit.subject, Audit.detail).where(Audit.action != "write").order_by(Audit.id)
        ).all()
    assert [(row.action, row.subject, row.detail.get("amount_fen")) for row in kept][1:] == [
        ("top_up", f"elder:{elder}", 5000),
        ("refund_own", f"elder:{elder}", 2000),
    ]
    assert spendable(elder) == {}  # own money is nobody's subsidy
    make_life_event(elder, "died", TODAY)
    rest = Refund(
        elder_id=elder,
        site_id=site.id,
        amount_fen=0,
        pay_way="cash",
        key="refund-2",
        receiver="女儿",
        reason="去世退款",
    )
    assert service.refund(rest, actor=clerk.actor, now=NOW) == 0
    with pytest.raises(Refusal, match="去世"):
        service.top_up(
            TopUp(elder_id=elder, site_id=site.id, amount_fen=1, pay_way="cash", key="top-up-2"),
            actor=clerk.actor,
            now=NOW,
        )


BAD_TOP_UPS = {
    "nothing": ({"amount_fen": 0}, BadInput),
    "too much": ({"amount_fen": 200_001}, BadInput),
    "another way": ({"pay_way": "monthly"}, BadInput),
    "short key": ({"key": "x"}, BadInput),
    "unknown elder": ({"elder_id": 99}, NotFound),
    "foreign site": ({"site_id": 99}, NotFound),
}


@pytest.mark.parametrize(("change", "error"), BAD_TOP_UPS.values(), ids=BAD_TOP_UPS)
def test_top_ups_that_cannot_be(site, clerk, change, error):
    elder = make_elder(site=site)
    asked = {"elder_id": elder, "site_id": site.id, "amount_fen": 100, "pay_way": "cash", "key": "top-up-1"} | change

    with pytest.raises(error):
        service.top_up(TopUp(**asked), actor=clerk.actor, now=NOW)
    assert lines(elder) == []


def test_a_key_stands_for_one_sum(site, clerk):
    elder = make_elder(site=site)
    asked = {"elder_id": elder, "site_id": site.id, "pay_way": "cash", "key": "top-up-1"}
    service.top_up(TopUp(**asked, amount_fen=100), actor=clerk.actor, now=NOW)

    with pytest.raises(Refusal) as refusal:
        service.top_up(TopUp(**asked, amount_fen=200), actor=clerk.actor, now=NOW)
    assert refusal.value.code == "key_reused"


def test_no_more_is_paid_back_or_taken_than_is_there(site, clerk, officer):
    elder = make_elder(site=site)
    credit()
    back = Refund(
        elder_id=elder, site_id=site.id, amount_fen=1, pay_way="cash", key="refund-1", receiver="本人", reason="要用钱"
    )
    taken = PurseCorrection(
        elder_id=elder, scheme="care", amount_fen=-10001, expires_on=None, reason="更正", key="correct-1"
    )

    for code, work in (
        ("refund_too_much", lambda: service.refund(back, actor=clerk.actor, now=NOW)),
        ("correction_too_much", lambda: service.correct(taken, actor=officer.actor, now=NOW)),
    ):
        with pytest.raises(Refusal) as refusal:
            work()
        assert refusal.value.code == code
    assert spendable(elder) == {"care": 10000}


@pytest.mark.parametrize("scheme", ["", "nowhere"])
def test_own_money_and_what_nobody_was_credited_are_not_corrected(site, clerk, officer, scheme):
    elder = make_elder(site=site)
    paid = TopUp(elder_id=elder, site_id=site.id, amount_fen=5000, pay_way="cash", key="top-up-1")
    service.top_up(paid, actor=clerk.actor, now=NOW)
    more = PurseCorrection(
        elder_id=elder, scheme=scheme, amount_fen=100, expires_on=None, reason="更正", key="correct-1"
    )

    with pytest.raises(NotFound):
        service.correct(more, actor=officer.actor, now=NOW)

    assert lines(elder) == [("top_up", "", 5000)]


def test_running_sums_are_made_anew_from_the_lines(site):
    elder = make_elder(site=site)
    in_force(CARRIED, since=date(2026, 11, 1))
    credit()
    spend(elder, 3000, scheme="long")
    with transaction() as session:
        session.execute(LOT.update().values(left_fen=1))
        session.execute(YEAR.update().values(drawn_fen=0))
        assert {code for code, _ in purse_problems(session)} == {"purse_lot", "purse_year"}

    changes = rebuilding.rebuild(actor=COMMAND, now=NOW)

    assert len(changes) == 3 and spendable(elder) == {"care": 10000, "long": 5000}
    assert rebuilding.rebuild(actor=COMMAND, now=NOW) == []

    with transaction() as session:
        years = session.execute(select(YEAR).order_by(YEAR.c.scheme)).all()
        session.execute(YEAR.delete())
    assert len(rebuilding.rebuild(actor=COMMAND, now=NOW)) == len(years) == 1
    with reading() as session:
        assert session.execute(select(YEAR).order_by(YEAR.c.scheme)).all() == years
