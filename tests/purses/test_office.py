"""What people do with purses: what is written, kept in the trail and refused, word for word; and what the page shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from factories import NOW, TODAY, make_elder, make_life_event, make_site, make_staff
from sqlalchemy import insert, select

from canteen.audit.models import Audit
from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import reading, transaction
from canteen.base.errors import BadFields, BadInput, NotFound, Refusal
from canteen.books.models.ledger import Entry, Posting
from canteen.check.purses import purse_problems
from canteen.purses import expiry, forms, queries, rules, service
from canteen.purses.credits.run import Job
from canteen.purses.credits.service import credit_month
from canteen.purses.freezing import FREEZE
from canteen.purses.lines import LINE, LOT, reason_of
from canteen.purses.models import NEVER, OWN, PurseFreeze, PurseLine
from canteen.purses.requests import FreezeRequest, PurseCorrection, Refund, TopUp
from canteen.purses.rules import Lot
from canteen.schemes.facts import Person
from canteen.schemes.language.scheme import load_scheme
from tests.purses.conftest import CARRIED, MONTHLY, in_force
from tests.purses.test_service import spend
from tests.told import told

NOVEMBER = date(2026, 11, 1)
DECEMBER = datetime(2026, 12, 5, tzinfo=UTC)


@pytest.fixture
def elder(site) -> int:
    """Somebody credited 100.00 for November."""
    found = make_elder(site=site)
    credit_month(Job(NOVEMBER), actor=COMMAND, now=NOW, confirmed=clock.day_of(NOW))
    return found


@pytest.fixture
def paid_in(elder, site, clerk) -> TopUp:
    """50.00 of own money, paid in at the till."""
    request = TopUp(elder_id=elder, site_id=site.id, amount_fen=5000, pay_way="code", key="top-up-1", note="扫码 4411")
    service.top_up(request, actor=clerk.actor, now=NOW)
    return request


def back(elder: int, site, fen: int = 0, **changes) -> Refund:
    request = Refund(
        elder_id=elder,
        site_id=site.id,
        amount_fen=fen,
        pay_way="cash",
        key="refund-1",
        receiver="女儿",
        reason="要用钱",
    )
    return replace(request, **changes)


def fix(elder: int, fen: int, **changes) -> PurseCorrection:
    return replace(
        PurseCorrection(
            elder_id=elder, scheme="care", amount_fen=fen, expires_on=None, reason="补发 ", key="correct-1"
        ),
        **changes,
    )


def stay(elder: int, **changes) -> FreezeRequest:
    return replace(FreezeRequest(elder_id=elder, scheme="", from_day=TODAY, to_day=None, reason=" 住院 "), **changes)


def last_of_trail(count: int = 1):
    with reading() as session:
        rows = session.execute(
            select(Audit.action, Audit.subject, Audit.actor, Audit.detail)
            .where(Audit.action != "write")
            .order_by(Audit.id)
        ).all()
    found = [tuple(row) for row in rows][-count:]
    return found if count > 1 else found[0]


def rows(*columns):
    with reading() as session:
        return [tuple(row) for row in session.execute(select(*columns).order_by(columns[0]))]


def reasons():
    with reading() as session:
        return [reason_of(line) for line in session.execute(select(LINE).order_by(LINE.c.id))]


def test_own_money_is_one_line_one_lot_and_one_entry(elder, paid_in, site, clerk):
    line = rows(LINE.c.id, *LINE.c["kind", "amount_fen", "starts_on", "expires_on", "day", "key", "staff_id"])

    entry = rows(Entry.id, Entry.kind, Entry.site_id, Entry.day, Entry.staff_id)
    assert line[-1][1:] == (
        "top_up", 5000, date(2000, 1, 1), NEVER, TODAY, "top-up-1", clerk.id
    )  # fmt: skip
    assert reasons()[-1] == {"note": "扫码 4411"}
    assert entry == [(entry[0][0], "top_up", site.id, TODAY, clerk.id)]
    assert rows(Posting.account, Posting.amount_fen) == [("own:code", 5000), ("own:purse", -5000)]
    assert last_of_trail() == ("top_up", f"elder:{elder}", f"staff:{clerk.id}", {"amount_fen": 5000})


def test_a_refund_says_to_whom_and_why(elder, paid_in, site, clerk):
    assert service.refund(back(elder, site, 2000), actor=clerk.actor, now=NOW) == 3000

    assert rows(LINE.c.id, LINE.c.kind, LINE.c.amount_fen)[-1][1:] == ("refund", -2000)
    assert reasons()[-1] == {"note": "女儿:要用钱"}
    assert last_of_trail() == ("refund_own", f"elder:{elder}", f"staff:{clerk.id}", {"amount_fen": 2000})
    assert rows(Posting.account, Posting.amount_fen)[:2] == [("own:cash", -2000), ("own:code", 5000)]


def test_a_refund_without_a_sum_is_all_there_is_and_said_twice_is_once(elder, paid_in, site, clerk):
    assert service.refund(back(elder, site), actor=clerk.actor, now=NOW) == 0
    assert service.refund(back(elder, site), actor=clerk.actor, now=NOW) == 0

    assert [row[1:] for row in rows(LINE.c.id, LINE.c.kind, LINE.c.amount_fen)][1:] == [
        ("top_up", 5000), ("refund", -5000)
    ]  # fmt: skip
    nothing = told(lambda: service.refund(back(elder, site, key="refund-2"), actor=clerk.actor, now=NOW))
    assert nothing == ("没有自有资金可退", "不用退款")


KEYS = {"another sum": {"amount_fen": 4999}, "another person": {"elder_id": 0}}


@pytest.mark.parametrize("change", KEYS.values(), ids=KEYS)
def test_a_key_stands_for_one_sum_of_one_person(elder, paid_in, site, clerk, change):
    other = make_elder("李桂花", site=site)
    again = replace(paid_in, **{name: value or other for name, value in change.items()})

    assert told(lambda: service.top_up(again, actor=clerk.actor, now=NOW)) == (
        "这个一次性编号已用于另一笔",
        "请刷新页面,重新填写",
    )
    assert rows(LOT.c.scheme, LOT.c.left_fen) == [(OWN, 5000), ("care", 10000)]


def test_a_freeze_is_kept_with_its_reason_and_is_one_however_often_it_is_said(elder, officer):
    first = service.freeze(stay(elder), actor=officer.actor, now=NOW)

    assert last_of_trail() == (
        "freeze_purse",
        f"elder:{elder}",
        f"staff:{officer.id}",
        {"scheme": "", "from_day": "2026-11-21"},
    )
    assert service.freeze(stay(elder, reason="再说"), actor=officer.actor, now=NOW) == first
    one = service.freeze(stay(elder, scheme="care"), actor=officer.actor, now=NOW)
    later = service.freeze(stay(elder, from_day=TODAY + timedelta(days=1)), actor=officer.actor, now=NOW)
    assert len({first, one, later}) == 3
    names = ("id", "scheme", "from_day", "to_day", "reason", "recorded_at", "staff_id", "lifted_at")
    assert rows(*FREEZE.c[names])[0] == (first, None, TODAY, None, "住院", NOW, officer.id, None)
    unknown = told(lambda: service.freeze(stay(elder, scheme="long"), actor=officer.actor, now=NOW))
    assert unknown == ("这位老人没有这项额度", "请刷新页面,从列表中选择")


THAWS = {
    "begun before: its last day was yesterday": (date(2026, 11, 20), None, (date(2026, 11, 20), None)),
    "begun today: lifted as a whole": (TODAY, None, (None, NOW)),
    "not begun yet": (date(2026, 11, 25), None, (None, NOW)),
    "would have ended today": (date(2026, 11, 1), TODAY, (date(2026, 11, 20), None)),
}


@pytest.mark.parametrize(("first", "last", "ended"), THAWS.values(), ids=THAWS)
def test_a_freeze_that_is_ended_keeps_its_earlier_days(elder, officer, first, last, ended):
    frozen = service.freeze(stay(elder, from_day=first, to_day=last), actor=officer.actor, now=NOW)
    other = service.freeze(stay(elder, from_day=date(2026, 11, 2)), actor=officer.actor, now=NOW)

    service.thaw(elder, frozen, actor=officer.actor, now=NOW)

    assert rows(FREEZE.c.id, FREEZE.c.to_day, FREEZE.c.lifted_at) == [(frozen, *ended), (other, None, None)]
    assert last_of_trail() == ("thaw_purse", f"elder:{elder}", f"staff:{officer.id}", {})


def test_only_a_running_freeze_of_this_person_is_ended(site, elder, officer):
    over = service.freeze(stay(elder, from_day=NOVEMBER, to_day=date(2026, 11, 20)), actor=officer.actor, now=NOW)
    others = service.freeze(stay(make_elder("李", site=site)), actor=officer.actor, now=NOW)

    for freeze in (over, others, 99):
        assert told(lambda freeze=freeze: service.thaw(elder, freeze, actor=officer.actor, now=NOW)) == (
            "没有找到这次冻结",
            "请刷新页面",
        )
    assert [row[1:] for row in rows(FREEZE.c.id, FREEZE.c.lifted_at)] == [(None,), (None,)]


def test_what_is_closed_is_all_that_schemes_gave_and_no_own_money(site, elder, paid_in, officer):
    other = make_elder("李桂花", site=site)
    credit_month(Job(NOVEMBER), actor=COMMAND, now=NOW, confirmed=clock.day_of(NOW))
    service.correct(fix(elder, 500), actor=officer.actor, now=NOW)
    spend(elder, 10000)
    asked = told(lambda: service.close(elder, "结清", actor=officer.actor, now=NOW))
    make_life_event(elder, "moved", TODAY)

    assert asked == ("只有去世或迁出的老人才能结清额度", "先在「老人」页登记去世或迁出")
    assert service.close(elder, " 迁出结清 ", actor=officer.actor, now=NOW) == 500
    assert last_of_trail() == ("close_purses", f"elder:{elder}", f"staff:{officer.id}", {"amount_fen": 500})
    closed = rows(LINE.c.id, *LINE.c["kind", "scheme", "amount_fen", "day", "staff_id"])[-1]
    assert closed[1:] == ("close", "care", -500, TODAY, officer.id)
    assert reasons()[-1] == {"note": "迁出结清"}
    with reading() as session:
        left = session.execute(select(LOT.c.elder_id, LOT.c.scheme, LOT.c.left_fen).where(LOT.c.left_fen > 0)).all()
    assert sorted(left) == [(elder, OWN, 5000), (other, "care", 10000)]


def test_a_correction_adds_a_lot_of_this_month_that_lasts_as_long_as_is_said(elder, officer):
    service.correct(fix(elder, 700, expires_on=date(2027, 1, 31)), actor=officer.actor, now=NOW)
    service.correct(fix(elder, 50, key="correct-2"), actor=officer.actor, now=NOW)
    service.correct(fix(elder, 50, key="correct-2"), actor=officer.actor, now=NOW)

    assert rows(LOT.c.expires_on, LOT.c.starts_on, LOT.c.left_fen) == [
        (date(2026, 11, 30), NOVEMBER, 10000),
        (date(2027, 1, 31), NOVEMBER, 700),
        (NEVER, NOVEMBER, 50),
    ]
    line = rows(LINE.c.id, *LINE.c["kind", "amount_fen", "day", "key", "staff_id"])[-1][1:]
    assert line == ("correction", 50, TODAY, "correct-2", officer.id)
    assert reasons()[-1] == {"note": "补发"}
    detail = {"scheme": "care", "amount_fen": 50}
    assert last_of_trail() == ("correct_purse", f"elder:{elder}", f"staff:{officer.id}", detail)


def test_a_correction_takes_what_expires_first_and_stands_under_one_key(elder, officer):
    service.correct(fix(elder, 700), actor=officer.actor, now=NOW)

    service.correct(fix(elder, -10200, key="correct-2"), actor=officer.actor, now=NOW)
    service.correct(fix(elder, -10200, key="correct-2"), actor=officer.actor, now=NOW)

    assert rows(LOT.c.expires_on, LOT.c.left_fen) == [(date(2026, 11, 30), 0), (NEVER, 500)]
    assert [row[1:] for row in rows(LINE.c.id, LINE.c.amount_fen, LINE.c.key)][2:] == [
        (-10000, "correct-2"), (-200, None)
    ]  # fmt: skip


def test_what_is_added_to_a_purse_settled_by_the_year_is_so_too(site, officer):
    elder = make_elder(site=site)
    in_force(CARRIED, since=NOVEMBER)
    credit_month(Job(NOVEMBER, "long"), actor=COMMAND, now=NOW, confirmed=clock.day_of(NOW))

    service.correct(fix(elder, 5, scheme="long", expires_on=date(2026, 12, 31)), actor=officer.actor, now=NOW)

    assert rows(LOT.c.left_fen, LOT.c.by_year) == [(5, True), (8000, True)]


def test_thousands_lapse_in_parts_and_one_line_of_the_trail(elder, officer):
    lots = [
        {"elder_id": elder, "scheme": f"s{number}", "starts_on": NOVEMBER, "expires_on": NOVEMBER, "left_fen": 2}
        for number in range(expiry.CHUNK)
    ]
    with transaction() as session:
        session.execute(insert(LOT), [one | {"by_year": False} for one in lots])

    lapsed = service.let_lapse(date(2026, 12, 1), actor=officer.actor, now=DECEMBER, confirmed=clock.day_of(DECEMBER))

    assert lapsed == (expiry.CHUNK + 1, 10000 + 2 * expiry.CHUNK)
    detail = {"lots": lapsed[0], "amount_fen": lapsed[1]}
    assert last_of_trail(2)[1] == ("let_lapse", "day:2026-12-01", f"staff:{officer.id}", detail)
    assert [row[0] for row in last_of_trail(2)].count("let_lapse") == 1
    with reading() as session:
        line = session.execute(select(LINE).where(LINE.c.scheme == "care").order_by(LINE.c.id.desc())).first()
    assert (line.kind, line.amount_fen, line.day, line.recorded_at, line.staff_id) == (
        "expiry", -10000, date(2026, 11, 30), DECEMBER, officer.id
    )  # fmt: skip


def test_nothing_lapses_ahead_of_its_time(elder):
    ahead = told(
        lambda: service.let_lapse(date(2026, 12, 6), actor=COMMAND, now=DECEMBER, confirmed=clock.day_of(DECEMBER))
    )

    assert ahead == ("2026-12-06 还没有到,不能收回额度", "请选今天或以前的日子")
    assert service.let_lapse(date(2026, 12, 5), actor=COMMAND, now=DECEMBER, confirmed=clock.day_of(DECEMBER)) == (
        1,
        10000,
    )


def test_nobody_in_reach_nothing_done(site, elder, clerk):
    """A foreign site and a foreign person are not there, in their own words."""
    far = make_site("柳树村助餐点", path="临川区/石桥镇/柳树村")
    paid = TopUp(elder_id=elder, site_id=far.id, amount_fen=100, pay_way="cash", key="top-up-1")
    stranger = make_staff("civil_affairs", path="临川区")

    with pytest.raises(NotFound):
        service.top_up(paid, actor=clerk.actor, now=NOW)
    for work in (
        lambda: service.top_up(paid, actor=stranger.actor, now=NOW),
        lambda: service.refund(back(elder, far), actor=stranger.actor, now=NOW),
        lambda: service.freeze(stay(elder), actor=stranger.actor, now=NOW),
        lambda: service.thaw(elder, 1, actor=stranger.actor, now=NOW),
        lambda: service.close(elder, "结清", actor=stranger.actor, now=NOW),
        lambda: service.correct(fix(elder, 1), actor=stranger.actor, now=NOW),
        lambda: queries.purse_page(elder, actor=stranger.actor, day=TODAY),
    ):
        assert told(work)[0] == "没有找到这位老人"
    assert told(lambda: queries.purse_page(elder, actor=stranger.actor, day=TODAY))[1] == "请重新查找"
    with transaction() as session:
        assert list(purse_problems(session)) == []


# The page.


def test_the_page_says_what_is_there_what_may_be_spent_and_what_this_month_brings(site, elder, clerk):
    in_force(CARRIED.replace("any_status", "all_status"), since=date(2026, 12, 1))
    service.correct(fix(elder, 300, expires_on=NEVER), actor=COMMAND, now=NOW)
    service.correct(fix(elder, 40, expires_on=date(2026, 11, 20), key="correct-2"), actor=COMMAND, now=NOW)
    spend(elder, 1000)

    page = queries.purse_page(elder, actor=clerk.actor, day=TODAY)

    assert (page.elder_id, page.name, page.residence, page.village_group) == (elder, "王秀兰", "枫林村", "7组")
    assert (page.state.kind, page.own_fen, page.after, page.older) == ("active", 0, (), None)
    assert [line.kind for line in page.lines] == ["service", "correction", "correction", "credit"]
    (purse,) = page.purses
    assert (purse.scheme, purse.spendable_fen, purse.held_fen, purse.year) == ("care", 9300, 9300, None)
    assert [(lot.expires_on, lot.left_fen) for lot in purse.lots] == [
        (date(2026, 11, 20), 40),
        (date(2026, 11, 30), 9000),
        (NEVER, 300),
    ]
    assert purse.is_credited and purse.this_month.code == "credit_month"
    later = queries.purse_page(elder, actor=clerk.actor, day=date(2026, 12, 2))
    assert [(one.scheme, one.is_credited, one.spendable_fen, one.held_fen) for one in later.purses] == [
        ("care", False, 300, 300),
        ("long", False, 0, 0),
    ]


def test_a_purse_nobody_was_credited_says_why(site, clerk):
    young = make_elder(birth_day=date(1960, 1, 1), site=site)

    (purse,) = queries.purse_page(young, actor=clerk.actor, day=TODAY).purses

    assert (purse.is_credited, purse.this_month.code, purse.lots) == (False, "age_month", ())


def test_a_purse_settled_by_the_year_shows_its_year(site, clerk):
    elder = make_elder(site=site)
    in_force(CARRIED, since=NOVEMBER)
    credit_month(Job(NOVEMBER, "long"), actor=COMMAND, now=NOW, confirmed=clock.day_of(NOW))
    spend(elder, 3000, scheme="long")

    pages = {day: queries.purse_page(elder, actor=clerk.actor, day=day) for day in (TODAY, date(2027, 1, 2))}

    years = {day: {one.scheme: one.year for one in page.purses}["long"] for day, page in pages.items()}
    assert years == {TODAY: (8000, 3000), date(2027, 1, 2): None}


def test_freezes_that_hold_are_shown_the_earliest_first(elder, clerk, officer):
    for number, first in enumerate((date(2026, 11, 9), date(2026, 11, 3), date(2026, 11, 5))):
        with transaction() as session:
            session.add(
                PurseFreeze(
                    elder_id=elder,
                    from_day=first,
                    reason="住院",
                    recorded_at=NOW,
                    lifted_at=NOW if number == 2 else None,
                )
            )

    page = queries.purse_page(elder, actor=clerk.actor, day=TODAY)

    assert [row.from_day for row in page.freezes] == [date(2026, 11, 3), date(2026, 11, 9)]


def test_lines_come_the_latest_first_a_page_at_a_time(elder, clerk):
    with transaction() as session:
        line = session.execute(select(LINE)).one()._asdict()
        for number in range(queries.LINES_A_PAGE):
            more = {"id": 100 + number, "kind": "correction", "month": "", "amount_fen": number + 1, "sealed": None}
            session.add(PurseLine(**line | more))

    first = queries.purse_page(elder, actor=clerk.actor, day=TODAY)
    second = queries.purse_page(elder, actor=clerk.actor, day=TODAY, before=first.older)

    ids = [row.id for row in first.lines]
    assert (ids[0], ids[-1], len(ids), first.older) == (159, 100, 60, 100)
    assert ([row.kind for row in second.lines], second.older) == (["credit"], None)
    assert queries.purse_page(elder, actor=clerk.actor, day=TODAY, before=160).older == 100


def test_what_was_drawn_after_a_death_is_a_question_until_it_is_given_back(site, elder, officer):
    for day, fen in ((date(2026, 11, 11), 100), (date(2026, 11, 12), 200), (date(2026, 11, 20), 300)):
        spend(elder, fen, day)
    other = make_elder("李桂花", site=site)
    credit_month(Job(NOVEMBER), actor=COMMAND, now=NOW, confirmed=clock.day_of(NOW))
    spend(other, 1000)
    make_life_event(other, "paused", NOVEMBER)
    make_life_event(elder, "died", date(2026, 11, 12))
    stranger = make_staff("civil_affairs", path="临川区")

    found = queries.look_back(actor=officer.actor)
    page = queries.purse_page(elder, actor=officer.actor, day=TODAY)

    assert [(row.elder_id, row.day, row.amount_fen, row.state, row.since, row.name) for row in found] == [
        (elder, date(2026, 11, 20), -300, "died", date(2026, 11, 12), "王秀兰"),
        (elder, date(2026, 11, 12), -200, "died", date(2026, 11, 12), "王秀兰"),
    ]
    assert [row.amount_fen for row in page.after] == [-200, -300]
    assert queries.look_back(actor=officer.actor, limit=1) == found[:1]
    assert queries.look_back(actor=stranger.actor) == []
    assert queries.purse_page(other, actor=officer.actor, day=TODAY).after == ()


def test_credits_that_end_soon_are_listed_the_soonest_first(site, officer):
    """From today to the tenth day after; what is empty, later, over or out of reach is not told."""
    first, second = make_elder(site=site), make_elder("李桂花", site=site)
    with transaction() as session:
        session.execute(
            insert(LOT),
            [
                {"elder_id": who, "scheme": "care", "starts_on": NOVEMBER, "expires_on": last, "left_fen": fen, "by_year": False}
                for who, last, fen in (
                    (first, date(2026, 11, 20), 1), (second, TODAY, 2), (first, date(2026, 12, 1), 3),
                    (first, date(2026, 12, 2), 4), (first, date(2026, 11, 25), 0), (second, date(2026, 12, 1), 5),
                )
            ],
        )  # fmt: skip

    found = expiry.expiring(actor=officer.actor, day=TODAY)

    assert [(row.elder_id, row.left_fen) for row in found] == [(second, 2), (first, 3), (second, 5)]
    assert (found[0].name, found[0].scheme, found[0].expires_on) == ("李桂花", "care", TODAY)
    assert expiry.expiring(actor=officer.actor, day=TODAY, limit=1) == found[:1]
    assert expiry.expiring(actor=make_staff("civil_affairs", path="临川区").actor, day=TODAY) == []


# Words and numbers, without a database.

BOUNDS = {
    "nothing": (lambda: rules.check_top_up(0, "cash"), ("金额要大于 0", "amount")),
    "a fen": (lambda: rules.check_top_up(1, "code"), None),
    "the most": (lambda: rules.check_top_up(200_000, "cash"), None),
    "more": (lambda: rules.check_top_up(200_001, "cash"), ("一次最多存入 ¥2,000.00", "amount")),
    "another way": (lambda: rules.check_top_up(1, "monthly"), ("请选择现金或扫码", "pay_way")),
    "a letter": (lambda: rules.check_reason(" x "), ("请写明原因", "reason")),
    "two letters": (lambda: rules.check_reason(" ab "), None),
    "to whom": (lambda: rules.check_reason("", field="receiver"), ("请写明原因", "receiver")),
}


@pytest.mark.parametrize(("work", "wrong"), BOUNDS.values(), ids=BOUNDS)
def test_what_may_be_typed(work, wrong):
    if wrong is None:
        work()
        return
    with pytest.raises(BadInput) as error:
        work()
    assert (str(error.value), error.value.field) == wrong


REFUSALS = {
    "no more than is there": (rules.refuse_refund(500, 500), None),
    "a fen more": (rules.refuse_refund(500, 501), ("refund_too_much", "自有资金只有 ¥5.00,不能退 ¥5.01", "请按余额退款")),
    "all of two lots": (rules.refuse_take_back([Lot("a", TODAY, TODAY, 3), Lot("a", TODAY, TODAY, 4)], 7), None),
    "more than both": (
        rules.refuse_take_back([Lot("a", TODAY, TODAY, 3), Lot("a", TODAY, TODAY, 4)], 8),
        ("correction_too_much", "这项额度只剩 ¥0.07,不能减少 ¥0.08", "已经用掉的部分要先作废用餐或服务"),
    ),
    "paid in while paused": (rules.refuse_top_up("paused"), None),
    "paid in after a death": (
        rules.refuse_top_up("died"),
        ("purse_frozen", "这位老人已去世或迁出,不能再存钱", "请核对「老人」页的登记"),
    ),
    "paid in after a move": (
        rules.refuse_top_up("moved"),
        ("purse_frozen", "这位老人已去世或迁出,不能再存钱", "请核对「老人」页的登记"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("refusal", "said"), REFUSALS.values(), ids=REFUSALS)
def test_what_is_refused_and_in_which_words(refusal, said):
    assert (refusal and (refusal.code, str(refusal), refusal.next_step)) == said


MONTHS = {
    "too early": (date(2027, 1, 1), ("2027-01 还太早,不能计入额度", "最早可以提前一个月计入")),
    "too old": (date(2025, 10, 1), ("2025-10 已超过一年,不再计入额度", "确需补发的,请在老人的额度页用更正登记")),
}


@pytest.mark.parametrize(("month", "said"), MONTHS.values(), ids=MONTHS)
def test_a_month_out_of_time_is_told_what_to_do(month, said):
    with pytest.raises(Refusal) as error:
        rules.check_credit_month(month, today=TODAY)
    assert (str(error.value), error.value.next_step) == said


def test_what_is_no_month_is_told_how_to_write_one():
    with pytest.raises(BadInput) as error:
        rules.month_of(" abcdefghijklmnopqrstu ")
    said = "「abcdefghijklmnopqrst」不是月份"
    assert (str(error.value), error.value.field, error.value.next_step) == (said, "month", "请写成 2026-11")


WHO = Person(
    birth_day=date(1944, 3, 1),
    hukou="金溪县",
    residence="金溪县",
    settlement="rural",
    statuses=frozenset({"hardship"}),
    ability="able",
)
IN_INSTITUTION = replace(WHO, statuses=frozenset({"institution"}))
FREEZING = {
    "nothing happened": ("hospital", WHO, "active", True),
    "paused, as a stay in hospital is": ("hospital", WHO, "paused", False),
    "paused, which this scheme does not mind": ("institution", WHO, "paused", True),
    "in an institution": ("institution", IN_INSTITUTION, "active", False),
    "in an institution, which this scheme does not mind": ("hospital", IN_INSTITUTION, "active", True),
    "still in a class": ("status_ended", WHO, "active", True),
    "in no class any more": ("status_ended", replace(WHO, birth_day=date(1946, 11, 22)), "active", False),
    "in one from this very day": ("status_ended", replace(WHO, birth_day=date(1946, 11, 21)), "active", True),
}


@pytest.mark.parametrize(("event", "person", "state", "is_open"), FREEZING.values(), ids=FREEZING)
def test_what_freezes_a_purse_is_what_its_scheme_says(event, person, state, is_open):
    scheme = load_scheme(MONTHLY.replace("pays_for", f'freeze_on = ["{event}"]\npays_for'))
    plain = load_scheme(
        'id = "free"\nversion = "1"\nname = "免费"\nstack_group = "f"\neligible = {}\namount = { kind = "free" }'
    )

    found = rules.open_to({"care": 5, "free": 7, "gone": 9}, [plain, scheme], person, day=TODAY, state=state)

    assert found == {"free": 7, "gone": 9} | ({"care": 5} if is_open else {})


TOP_UP = {"key": "till-key-1", "amount": "50", "pay_way": "cash", "note": " 扫码单号 "}
REFUND = {"key": "till-key-1", "refund_amount": "", "refund_way": "code", "receiver": "女儿", "refund_reason": "要用钱"}
CORRECTION = {
    "key": "till-key-1",
    "direction": "take",
    "correct_amount": "20",
    "correct_scheme": "care",
    "expires_on": "",
    "correct_reason": "多计入",
}
FREEZE_FORM = {"freeze_scheme": "care", "from_day": "2026-11-20", "to_day": "2026-11-20", "freeze_reason": "住院"}
READ = {
    "paid in": (forms.TOP_UP, TOP_UP, {"site_id": 3}, {"amount_fen": 5000, "pay_way": "cash", "note": "扫码单号", "key": "till-key-1"}),
    "the most paid in": (forms.TOP_UP, TOP_UP | {"amount": "2000"}, {"site_id": 3}, {"amount_fen": 200_000}),
    "paid back, all of it": (
        forms.REFUND, REFUND, {"site_id": 3}, {"amount_fen": 0, "pay_way": "code", "receiver": "女儿", "reason": "要用钱"}
    ),
    "paid back, some": (forms.REFUND, REFUND | {"refund_amount": "0.01"}, {"site_id": 3}, {"amount_fen": 1}),
    "taken": (
        forms.CORRECTION, CORRECTION, {}, {"amount_fen": -2000, "scheme": "care", "expires_on": None, "reason": "多计入"}
    ),
    "the most added": (
        forms.CORRECTION,
        CORRECTION | {"direction": "add", "correct_amount": "10000", "expires_on": "2026-12-31"},
        {},
        {"amount_fen": 1_000_000, "expires_on": date(2026, 12, 31)},
    ),
    "frozen for a day": (
        forms.FREEZE, FREEZE_FORM, {},
        {"scheme": "care", "from_day": date(2026, 11, 20), "to_day": date(2026, 11, 20), "reason": "住院"},
    ),
    "frozen without end": (forms.FREEZE, FREEZE_FORM | {"to_day": "", "freeze_scheme": ""}, {}, {"scheme": "", "to_day": None}),
}  # fmt: skip


@pytest.mark.parametrize(("form", "typed", "given", "wanted"), READ.values(), ids=READ)
def test_what_is_typed_becomes_what_is_asked(form, typed, given, wanted):
    request = form.read(typed, elder_id=7, **given)

    assert request.elder_id == 7 and {name: getattr(request, name) for name in wanted} == wanted


WRONG = {
    "more than may be paid in": (forms.TOP_UP, TOP_UP | {"amount": "2000.01"}, {"amount": "金额要大于 0,最多 2000 元"}),
    "paid in by the month": (forms.TOP_UP, TOP_UP | {"pay_way": "monthly"}, {"pay_way": "请从列表中选择"}),
    "a long note": (forms.TOP_UP, TOP_UP | {"note": "字" * 61}, {"note": "内容太长,最多 60 个字"}),
    "paid back to nobody for nothing": (
        forms.REFUND,
        REFUND | {"receiver": " ", "refund_reason": "", "refund_way": "x"},
        {"receiver": "请填写这一项", "refund_reason": "请填写这一项", "refund_way": "请从列表中选择"},
    ),
    "to somebody with a long name": (
        forms.REFUND,
        REFUND | {"receiver": "字" * 41, "refund_reason": "字" * 101},
        {"receiver": "内容太长,最多 40 个字", "refund_reason": "内容太长,最多 100 个字"},
    ),
    "more than may be corrected": (
        forms.CORRECTION,
        CORRECTION | {"correct_amount": "10000.01", "direction": "x", "correct_scheme": "", "correct_reason": ""},
        {
            "correct_amount": "金额要大于 0,最多 10000 元",
            "direction": "请从列表中选择",
            "correct_scheme": "请填写这一项",
            "correct_reason": "请填写这一项",
        },
    ),
    "corrected at length": (
        forms.CORRECTION,
        CORRECTION | {"correct_scheme": "s" * 41, "correct_reason": "字" * 101},
        {"correct_scheme": "内容太长,最多 40 个字", "correct_reason": "内容太长,最多 100 个字"},
    ),
    "frozen backwards": (
        forms.FREEZE, FREEZE_FORM | {"to_day": "2026-11-19"}, {"to_day": "最后一天不能早于第一天"}
    ),
    "frozen for nothing": (
        forms.FREEZE,
        FREEZE_FORM | {"from_day": "", "freeze_reason": "", "freeze_scheme": "s" * 41},
        {
            "from_day": "「」不是日期,请写成 2026-11-21",
            "freeze_reason": "请填写这一项",
            "freeze_scheme": "内容太长,最多 40 个字",
        },
    ),
    "frozen at length": (forms.FREEZE, FREEZE_FORM | {"freeze_reason": "字" * 101}, {"freeze_reason": "内容太长,最多 100 个字"}),
}  # fmt: skip


@pytest.mark.parametrize(("form", "typed", "wrong"), WRONG.values(), ids=WRONG)
def test_what_is_typed_wrong_is_told_beside_its_field(form, typed, wrong):
    with pytest.raises(BadFields) as error:
        form.read(typed, elder_id=7)

    assert {name: str(one) for name, one in error.value.errors.items()} == wrong


def test_a_run_is_read_from_its_form():
    assert forms.read_run({"month": "2026-11", "scheme": " care "}) == (NOVEMBER, "care")
    assert forms.read_run({"month": "2026-11"}) == (NOVEMBER, "")
    with pytest.raises(BadInput, match="最多 40 个字"):
        forms.read_run({"month": "2026-11", "scheme": "s" * 41})
    with pytest.raises(BadInput, match="不是月份"):
        forms.read_run({})
