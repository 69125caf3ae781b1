"""Recording and voiding services, who pays what, providers in and out of the pool, and who is behind."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from factories import NOW, TODAY, make_elder, make_life_event, make_site, make_staff
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import transaction
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.books.models.ledger import Entry, Posting
from canteen.care import queries, service
from canteen.care.owed import who_is_behind
from canteen.care.requests import CareRequest, CareVoid, NewAssessment, NewBan, NewContract, NewProvider
from canteen.check import proving
from canteen.people.models import Elder
from canteen.purses import drawing
from canteen.purses import service as purses
from canteen.purses.credits.run import Job
from canteen.purses.credits.service import credit_month
from canteen.purses.lines import LINE
from canteen.purses.requests import TopUp
from tests.care.conftest import CARE, in_force, make_provider


@pytest.fixture(autouse=True)
def _books_hold_at_the_end(app):
    """Whatever a test did, ``check`` finds nothing."""
    yield
    assert proving.prove().problems == []


@pytest.fixture
def ask(site, elder, provider):
    """A request for an hour of cleaning, with changes."""

    def work(**more):
        facts = {
            "key": "service-1",
            "site_id": site.id,
            "elder_id": elder,
            "provider_id": provider,
            "kind": "cleaning",
            "day": TODAY,
            "minutes": 60,
            "price_fen": None,
            "pay_way": "cash",
            "confirmed_by": "elder",
            "confirmer": "",
        }
        return CareRequest(**(facts | more))

    return work


def spendable(elder, day=TODAY):
    with transaction() as session:
        return drawing.balances(session, elder_id=elder, day=day)


def postings(care_id):
    with transaction() as session:
        rows = session.execute(
            select(Posting.account, Posting.amount_fen)
            .join(Entry, Entry.id == Posting.entry_id)
            .where(Entry.care_id == care_id, Entry.kind == "service")
        )
        return dict(rows.all())


def test_the_purse_pays_and_the_elder_pays_the_rest(ask, clerk, elder):
    first = service.record_service(ask(), actor=clerk.actor, now=NOW)
    again = service.record_service(ask(), actor=clerk.actor, now=NOW)

    assert (first.price_fen, first.own_fen) == (3000, 600) and again.id == first.id and again.is_repeat
    assert [(one.payer, one.amount_fen) for one in first.shares] == [("区", 1680), ("镇", 720), ("own", 600)]
    assert again.shares == first.shares
    assert postings(first.id) == {"due-from:care:区": 1680, "due-from:care:镇": 720, "own:cash": 600, "services": -3000}
    assert spendable(elder) == {"care": 7600}


def test_what_the_purse_no_longer_holds_is_the_elders(ask, clerk, elder):
    for count, own in enumerate((600, 600, 600, 600, 2600, 3000), start=1):
        done = service.record_service(ask(key=f"service-{count}"), actor=clerk.actor, now=NOW)
        assert done.own_fen == own
    assert spendable(elder) == {}


def test_a_void_gives_everything_back_once(ask, clerk, elder):
    done = service.record_service(ask(), actor=clerk.actor, now=NOW)
    void = CareVoid(care_id=done.id, key="void-key-1", reason="登记错人")

    service.void_service(void, actor=clerk.actor, now=NOW)
    service.void_service(void, actor=clerk.actor, now=NOW)

    assert spendable(elder) == {"care": 10000}
    with pytest.raises(Refusal) as refusal:
        service.void_service(CareVoid(care_id=done.id, key="void-key-2", reason="再来"), actor=clerk.actor, now=NOW)
    assert refusal.value.code == "already_voided"


def test_the_own_part_may_be_paid_out_of_own_money(ask, clerk, elder, site):
    purses.top_up(
        TopUp(elder_id=elder, site_id=site.id, amount_fen=1000, pay_way="cash", key="top-up-1"),
        actor=clerk.actor,
        now=NOW,
    )
    done = service.record_service(ask(pay_way="purse"), actor=clerk.actor, now=NOW)

    with transaction() as session:
        assert drawing.own_money(session, elder_id=elder) == 400
    assert postings(done.id)["own:purse"] == 600
    with pytest.raises(Refusal) as refusal:
        service.record_service(ask(pay_way="purse", key="service-2"), actor=clerk.actor, now=NOW)
    assert refusal.value.code == "own_money_short"
    service.void_service(CareVoid(care_id=done.id, key="void-key-1", reason="没有上门"), actor=clerk.actor, now=NOW)
    with transaction() as session:
        assert drawing.own_money(session, elder_id=elder) == 1000


def test_a_key_stands_for_one_service(ask, clerk):
    service.record_service(ask(), actor=clerk.actor, now=NOW)
    with pytest.raises(Refusal) as refusal:
        service.record_service(ask(minutes=90), actor=clerk.actor, now=NOW)
    assert refusal.value.code == "key_reused"


def test_a_try_writes_nothing(ask, clerk, elder):
    offer, refusal = service.try_service(ask(), actor=clerk.actor, now=NOW)

    assert (offer.decision.own_fen, refusal) == (600, None)
    assert spendable(elder) == {"care": 10000}


BAD = {
    "kind": {"kind": "dancing"},
    "minutes": {"minutes": 0},
    "a day and more": {"minutes": 1441},
    "price": {"price_fen": -1},
    "a huge price": {"price_fen": 10**9},
    "way": {"pay_way": "gold"},
    "nobody confirms": {"confirmed_by": "relative"},
    "key": {"key": "x"},
}


@pytest.mark.parametrize("change", BAD.values(), ids=BAD)
def test_what_nobody_could_mean_is_bad_input(ask, clerk, change):
    with pytest.raises(BadInput):
        service.record_service(ask(**change), actor=clerk.actor, now=NOW)


REFUSED = {
    "tomorrow": ({"day": TODAY + timedelta(days=1)}, "day_in_future"),
    "too long ago": ({"day": TODAY - timedelta(days=93)}, "day_too_old"),
    "no price anywhere": ({"kind": "bathing"}, "service_no_price"),
}


@pytest.mark.parametrize(("change", "code"), REFUSED.values(), ids=REFUSED)
def test_refusals_leave_nothing(ask, clerk, elder, change, code):
    with pytest.raises(Refusal) as refusal:
        service.record_service(ask(**change), actor=clerk.actor, now=NOW)
    assert refusal.value.code == code and spendable(elder) == {"care": 10000}


def test_nobody_is_served_after_the_day_of_death(ask, clerk, elder):
    make_life_event(elder, "died", date(2026, 11, 15))

    with pytest.raises(Refusal) as refusal:
        service.record_service(ask(), actor=clerk.actor, now=NOW)
    assert refusal.value.code == "elder_died"
    before = service.record_service(ask(day=date(2026, 11, 14), key="service-2"), actor=clerk.actor, now=NOW)
    assert before.own_fen == 600


def test_foreign_sites_people_and_providers_are_not_found(ask, clerk):
    far = make_site("柳树村助餐点", path="临川区/石桥镇/柳树村")
    stranger = make_staff("clerk", site=far)
    other = make_elder("赵远方", path="临川区/石桥镇/柳树村", site=far)
    for actor, change in ((stranger.actor, {}), (clerk.actor, {"elder_id": other}), (clerk.actor, {"provider_id": 99})):
        with pytest.raises(NotFound):
            service.record_service(ask(**change), actor=actor, now=NOW)


def test_a_provider_without_a_contract_on_the_day_is_refused(ask, clerk, officer):
    without = make_provider("没有合同的队", contract=False)
    with pytest.raises(Refusal) as refusal:
        service.record_service(ask(provider_id=without), actor=clerk.actor, now=NOW)
    assert refusal.value.code == "provider_no_contract"

    asked = NewContract(provider_id=without, number="", from_day=date(2026, 11, 1), to_day=date(2026, 11, 30))
    service.add_contract(asked, actor=officer.actor, now=NOW)
    assert service.record_service(ask(provider_id=without), actor=clerk.actor, now=NOW).own_fen == 600
    with pytest.raises(Refusal, match="重叠"):
        service.add_contract(asked, actor=officer.actor, now=NOW)


def test_a_banned_provider_is_out_for_three_years_from_the_decision(ask, clerk, officer, provider):
    ban = NewBan(provider_id=provider, decided_on=date(2026, 11, 20), until=None, reason="以物抵服务")
    service.ban_provider(ban, actor=officer.actor, now=NOW)

    with pytest.raises(Refusal, match="2029-11-20 前") as refusal:
        service.record_service(ask(), actor=clerk.actor, now=NOW)
    assert refusal.value.code == "provider_banned"
    assert service.record_service(ask(day=date(2026, 11, 19), key="service-2"), actor=clerk.actor, now=NOW)
    with pytest.raises(Refusal, match="不能签合同"):
        service.add_contract(
            NewContract(provider_id=provider, number="", from_day=date(2027, 1, 1), to_day=date(2027, 12, 31)),
            actor=officer.actor,
            now=NOW,
        )
    ban_id = queries.provider_page(provider, actor=officer.actor, day=TODAY).provider.bans[0].id
    service.lift_ban(ban_id, actor=officer.actor, now=NOW)
    assert service.record_service(ask(key="service-3"), actor=clerk.actor, now=NOW)


def test_a_failed_assessment_puts_out_until_a_better_one(ask, clerk, officer, provider):
    def grade(period, grade, rectify_by=None):
        service.assess_provider(
            NewAssessment(provider_id=provider, period=period, grade=grade, rectify_by=rectify_by, note=""),
            actor=officer.actor,
            now=NOW,
        )

    grade("2026-Q2", "fail")
    with pytest.raises(Refusal) as refusal:
        service.record_service(ask(), actor=clerk.actor, now=NOW)
    assert refusal.value.code == "provider_failed"
    grade("2026-Q3", "pass_with_rectification", date(2026, 12, 31))
    assert service.record_service(ask(), actor=clerk.actor, now=NOW)
    with pytest.raises(Refusal, match="已经考核过"):
        grade("2026-Q3", "pass")
    with pytest.raises(BadInput):
        grade("2026-Q4", "pass", date(2026, 12, 31))


def test_a_contract_may_end_early(ask, clerk, officer, provider):
    contract = queries.provider_page(provider, actor=officer.actor, day=TODAY).provider.contracts[0].id
    service.end_contract(contract, last=date(2026, 11, 20), reason="机构退出", actor=officer.actor, now=NOW)

    with pytest.raises(Refusal):
        service.record_service(ask(), actor=clerk.actor, now=NOW)
    assert [one.name for one in queries.providers_of(officer.actor, day=TODAY) if one.standing == "contracted"] == []


def test_a_register_holds_a_name_once_and_only_in_reach(officer, site, provider):
    same = NewProvider(area_id=1, name="测试服务队", kind="business", phone="", licence="", services=())
    area = queries.areas_in_reach(officer.actor)[0][0]
    with pytest.raises(Refusal, match="已经登记"):
        service.add_provider(
            NewProvider(area_id=area, name=same.name, kind="business", phone="", licence="", services=()),
            actor=officer.actor,
            now=NOW,
        )
    far = make_staff("civil_affairs", path="临川区")
    with pytest.raises(NotFound):
        service.add_provider(
            NewProvider(area_id=area, name="另一队", kind="business", phone="", licence="", services=()),
            actor=far.actor,
            now=NOW,
        )


def test_who_is_behind(ask, clerk, officer, elder):
    service.record_service(ask(), actor=clerk.actor, now=NOW)

    found = who_is_behind(actor=officer.actor, day=TODAY)

    assert found.looked_at == 1 and found.schemes == ("服务券",)
    assert [(one.elder_id, one.class_code, one.standing.done, one.standing.needed) for one in found.lines] == [
        (elder, "甲", 1, 2)
    ]
    assert who_is_behind(actor=officer.actor, day=TODAY, only_late=True).lines == ()
    december = date(2026, 12, 10)
    late = who_is_behind(actor=officer.actor, day=december, only_late=True)
    assert [(one.standing.first, one.standing.short) for one in late.lines] == [(date(2026, 11, 1), 1)]
    service.record_service(ask(key="service-2"), actor=clerk.actor, now=NOW)
    assert who_is_behind(actor=officer.actor, day=TODAY).lines == ()


def test_lines_of_a_month_and_of_one_service(ask, clerk, site):
    done = service.record_service(ask(), actor=clerk.actor, now=NOW)

    month = queries.services_of(site.id, month=TODAY.replace(day=1))
    one = queries.care_page(done.id, actor=clerk.actor)

    assert (month.count, month.minutes, month.price_fen, month.own_fen) == (1, 60, 3000, 600)
    assert (one.provider, one.elder_name, [share.amount_fen for share in one.shares]) == (
        "测试服务队",
        "王秀兰",
        [1680, 720, 600],
    )


def test_a_month_later_it_is_not_undone(ask, clerk):
    done = service.record_service(ask(), actor=clerk.actor, now=NOW)
    with pytest.raises(Refusal) as refusal:
        service.void_service(
            CareVoid(care_id=done.id, key="void-key-1", reason="太晚了"),
            actor=clerk.actor,
            now=datetime(2026, 12, 23, tzinfo=UTC),
        )
    assert refusal.value.code == "void_too_late"


class _Undo(Exception):
    """Rolls a test's damage back."""


DAMAGE = {
    "a lot": ("update purse_lot set left_fen = left_fen + 1", "purse_lot"),
    "a share": ("update care_share set amount_fen = amount_fen + 1 where position = 0", "care_shares"),
    "a draw": ("update purse_line set amount_fen = -1 where kind = 'service'", "purse_draw"),
    "a posting": ("delete from posting where account = 'services'", "care_postings"),
    "an entry": ("update entry set day = '2026-11-01' where kind = 'service'", "care_entry"),
}


@pytest.mark.parametrize(("change", "code"), DAMAGE.values(), ids=DAMAGE)
def test_what_was_changed_behind_the_books_shows(ask, clerk, change, code):
    service.record_service(ask(), actor=clerk.actor, now=NOW)

    with pytest.raises(_Undo), transaction() as session:
        session.execute(text(change))
        problems = proving.prove_in(session).problems
        raise _Undo

    assert code in {problem.split(":")[0] for problem in problems}


def test_a_purse_below_zero_is_refused_by_the_database(elder):
    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(text("update purse_lot set left_fen = -1"))


def test_lines_say_where_they_came_from(ask, clerk, elder):
    done = service.record_service(ask(), actor=clerk.actor, now=NOW)
    with transaction() as session:
        row = session.execute(select(LINE).where(LINE.c.kind == "service")).one()
    assert (row.care_id, row.amount_fen, row.day) == (done.id, -2400, TODAY)


@pytest.mark.parametrize(
    ("event", "change"),
    [
        ("hospital", lambda elder: make_life_event(elder, "paused", date(2026, 11, 15), date(2026, 11, 30), "住院")),
        ("status_ended", lambda elder: _grow_young(elder)),
    ],
    ids=["hospital", "status_ended"],
)
def test_what_the_scheme_freezes_on_keeps_its_purse_shut(site, provider, clerk, event, change):
    in_force(
        CARE.replace('id = "care"', 'id = "shut"')
        .replace('stack_group = "care"', 'stack_group = "shut"')
        .replace("[purse]", f'[purse]\nfreeze_on = ["died", "moved", "{event}"]')
    )
    elder = make_elder("赵冻结", site=site)
    credit_month(Job(date(2026, 11, 1), "shut"), actor=COMMAND, now=NOW, confirmed=clock.day_of(NOW))
    asked = CareRequest(
        key="shut-key-1",
        site_id=site.id,
        elder_id=elder,
        provider_id=provider,
        kind="cleaning",
        day=TODAY,
        minutes=60,
        price_fen=None,
        pay_way="cash",
        confirmed_by="elder",
        confirmer="",
    )

    change(elder)

    offer, refusal = service.try_service(asked, actor=clerk.actor, now=NOW)
    assert (refusal, offer.decision.own_fen) == (None, 3000)


def _grow_young(elder):
    """The register had the year wrong: no class fits any more."""
    with transaction() as session:
        session.get(Elder, elder).birth_day = date(1956, 3, 1)


#: The district can pay forty yuan a year; the rest is the gap.
LIMITED = """
id = "limited"
version = "1"
name = "有预算的服务券"
stack_group = "limited"
funding_order = "waterfall"
credit = { yuan = 100 }
funding = [{ payer = "区", budget_yuan = 40 }]
[purse]
expires = "month_end"
pays_for = ["services"]
[[services]]
kind = "bathing"
yuan = 30
"""


def test_services_draw_on_budgets_as_meals_do(ask, clerk, site):
    younger = make_elder("测试新", site=site, birth_day=date(1956, 1, 1))  # too young for the other purse
    in_force(LIMITED)
    credit_month(Job(date(2026, 11, 1)), actor=COMMAND, now=NOW, confirmed=clock.day_of(NOW))

    def bath(number):
        done = service.record_service(
            ask(key=f"bathing-{number}", kind="bathing", price_fen=3000, elder_id=younger), actor=clerk.actor, now=NOW
        )
        return done.id, {one.payer: one.amount_fen for one in done.shares if one.amount_fen}

    first, shares = bath(1)
    assert shares == {"区": 3000}
    assert bath(2)[1] == {"区": 1000, "gap": 2000}
    service.void_service(CareVoid(care_id=first, key="void-key-9", reason="登记错人"), actor=clerk.actor, now=NOW)

    assert bath(3)[1] == {"区": 3000}
    assert bath(4)[1] == {"gap": 3000}
