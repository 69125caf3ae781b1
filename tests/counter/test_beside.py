"""What the clerk sees beside a meal: the offer before it, the board after it, and one serving with everything about it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from factories import NOW, TODAY, Person, Place, make_elder, make_life_event, make_menu, make_site, make_staff
from sqlalchemy import select

from canteen.audit.models import Audit
from canteen.base.access import COMMAND, Actor
from canteen.base.db import reading, transaction
from canteen.books.models.servings import Serving
from canteen.counter import queries
from canteen.counter.board import SetCount, counter_board
from canteen.counter.requests import Served, ServeRequest, Voided, VoidRequest
from canteen.counter.service import serve_meal, void_serving
from canteen.counter.till import find_matches, holder_of, offer_for
from canteen.menus.models import MenuSet
from canteen.orders.rules import OrderRequest
from canteen.orders.service import place_order
from canteen.places.queries import site_for
from canteen.printing.models import PrintJob
from canteen.printing.papers.sealing import opened
from canteen.purses import service as purses
from canteen.purses.requests import TopUp
from tests.printing.records import make_printer
from tests.told import told, told_where
from tests.trail import change

from .test_service import ask, key, serve

DINNER = NOW + timedelta(hours=6)


def undo(served: Served, who: Person, *, now: datetime = NOW, reason: str = "刷错卡", under: str = "") -> Voided:
    request = VoidRequest(serving_id=served.id, key=under or key(), reason=reason)
    return void_serving(request, actor=who.actor, now=now)


def offer(site: Place, who: Person, elder: int | None, *, now: datetime = NOW, **changed: Any) -> Any:
    return offer_for(ask(site, elder, **changed), actor=who.actor, now=now)


# The offer.


def test_an_offer_says_who_what_and_how_much_for_every_set(site: Place, clerk: Person) -> None:
    elder = make_elder("王秀兰", site=site, statuses=("dibao",))
    with transaction() as session:
        change(session, MenuSet, MenuSet.name == "B套餐", price_fen=2000)
    paid = TopUp(elder_id=elder, site_id=site.id, amount_fen=777, pay_way="cash", key="top-up-1")
    purses.top_up(paid, actor=clerk.actor, now=NOW)

    found = offer(site, clerk, elder, set_name="B")

    dear, cheap = (served.own_fen for served in (found.decision, offer(site, clerk, elder).decision))
    assert [(one.offer.name, one.own_fen, one.is_chosen) for one in found.sets] == [
        ("A套餐", cheap, False), ("B套餐", dear, True)
    ]  # fmt: skip
    assert cheap < dear
    assert (found.masked_name, found.own_money_fen, found.days_away, found.refusal, found.may_have_second) == (
        "王*兰", 777, None, None, False
    )  # fmt: skip
    assert (
        found.left_before_fen - found.left_after_fen
        == found.decision.left[0].left_before_fen - found.decision.left[0].left_fen
    )
    guest = offer(site, clerk, None, guest_kind="child")
    assert (guest.masked_name, guest.own_money_fen, guest.days_away, guest.left_before_fen, guest.left_after_fen) == (
        "", 0, None, None, None
    )  # fmt: skip


AWAY = {"a week": (7, 7), "six days": (6, None), "a month": (30, 30)}


@pytest.mark.parametrize(("days", "told_days"), AWAY.values(), ids=AWAY)
def test_who_has_not_come_for_a_week_is_worth_a_word(
    site: Place, clerk: Person, days: int, told_days: int | None
) -> None:
    elder, other = make_elder(site=site), make_elder("李桂花", site=site)
    for back, who in ((days, elder), (1, other)):
        make_menu(site, day=TODAY - timedelta(days=back))
        serve(site, clerk, who, day=TODAY - timedelta(days=back))
    voided_day = TODAY - timedelta(days=2)
    make_menu(site, day=voided_day)
    undo(serve(site, clerk, elder, day=voided_day), clerk)

    assert offer(site, clerk, elder).days_away == told_days
    assert offer(site, clerk, make_elder("张新", site=site)).days_away is None


def test_who_ate_is_offered_a_second_portion_and_nobody_else(site: Place, clerk: Person) -> None:
    elder, paused = make_elder(site=site), make_elder("李桂花", site=site)
    serve(site, clerk, elder)
    make_life_event(paused, "paused", TODAY)

    ate, away = offer(site, clerk, elder), offer(site, clerk, paused)

    assert (ate.refusal.code, ate.may_have_second) == ("already_served", True)
    assert (away.refusal.code, away.may_have_second) == ("elder_paused", False)


HOURS = {
    "within": ({}, NOW, ("lunch", False)),
    "a minute before": ({}, NOW.replace(hour=2, minute=59), ("lunch", True)),
    "the first minute": ({}, NOW.replace(hour=3, minute=0), ("lunch", False)),
    "the last minute": ({}, NOW.replace(hour=4, minute=30), ("lunch", False)),
    "chosen, within": ({"slot": "lunch"}, NOW.replace(hour=4, minute=30), ("lunch", False)),
    "chosen, outside": ({"slot": "lunch"}, NOW.replace(hour=4, minute=31), ("lunch", True)),
    "chosen, before": ({"slot": "lunch"}, NOW.replace(hour=2, minute=59), ("lunch", True)),
    "a sheet of yesterday": ({"day": date(2026, 11, 20)}, NOW.replace(hour=9), ("dinner", False)),
    "a sheet of today": ({"day": TODAY, "slot": "lunch"}, NOW.replace(hour=9), ("lunch", True)),
}


@pytest.mark.parametrize(("changed", "now", "sitting"), HOURS.values(), ids=HOURS)
def test_the_hour_says_which_meal_and_whether_it_is_outside(
    site: Place, clerk: Person, changed: dict[str, Any], now: datetime, sitting: tuple[str, bool]
) -> None:
    make_menu(site, slot="dinner", day=date(2026, 11, 20))

    found = offer(site, clerk, make_elder(site=site), now=now, **changed).offer.sitting

    assert (found.slot, found.outside_hours, found.day) == (*sitting, changed.get("day", TODAY))


def test_what_the_counter_does_not_find_is_told(site: Place, clerk: Person) -> None:
    far = make_elder("远客", path="青禾县/云溪镇/枫林村")
    search = "请按姓名、拼音、电话或卡号重新查找"

    assert told_where(lambda: offer(site, clerk, None, card="999")) == (
        "没有卡号「999」", "请再刷一次,或按姓名、电话查找;新卡请负责人在「老人」页登记", "unknown_card"
    )  # fmt: skip
    for nobody in (far, 999):
        assert told_where(lambda nobody=nobody: offer(site, clerk, nobody)) == (
            "没有找到这位老人",
            search,
            "unknown_elder",
        )
    assert told_where(lambda: offer(site, clerk, None, guest_kind="child", slot="breakfast")) == (
        "枫林村助餐点 不供应早餐", "可选:午餐、晚餐", "slot_not_served"
    )  # fmt: skip
    stranger = make_staff("clerk", site=make_site("水口村助餐点", path="金溪县/云溪镇/水口村"))
    for site_id in (site.id, 999):
        request = ServeRequest(key=key(), site_id=site_id, elder_id=far)
        assert told(lambda request=request: offer_for(request, actor=stranger.actor, now=NOW)) == (
            "没有找到这个助餐点", "请检查助餐点编号"
        )  # fmt: skip


def test_a_card_is_its_holder_and_a_text_is_searched(site: Place, clerk: Person) -> None:
    elder = make_elder("王秀兰", card="000007", site=site)
    here = site_for(COMMAND, site.id)
    far = make_elder("王秀兰", path="青禾县/云溪镇/枫林村")

    assert [holder_of(text) for text in ("7", "000007", "0007", "王秀兰", "8", "")] == [elder] * 2 + [None] * 4
    assert [one.id for one in find_matches("王秀兰", site=here, day=TODAY)] == [elder]
    assert find_matches("", site=here, day=TODAY) == [] and far != elder
    for number in range(11):
        make_elder(f"李{number}", site=site)
    assert len(find_matches("李", site=here, day=TODAY)) <= 10


# The board.


def test_the_board_counts_ordered_served_and_left_by_set(site: Place, clerk: Person) -> None:
    with transaction() as session:
        change(session, MenuSet, MenuSet.name == "A套餐", prepared=5)
    wang, li = make_elder("王秀兰", site=site), make_elder("李桂花", site=site)
    early = NOW.replace(hour=1)
    for elder in (wang, li):
        place_order(OrderRequest(site_id=site.id, elder_id=elder, day=TODAY, slot="lunch"), actor=COMMAND, now=early)
    serve(site, clerk, wang)
    serve(site, clerk, None, guest_kind="child", set_name="B套餐")
    undo(serve(site, clerk, li), clerk)
    other = make_site("水口村助餐点", path="金溪县/云溪镇/水口村")
    make_menu(other)
    serve_meal(ask(other, None, guest_kind="child"), actor=COMMAND, now=NOW)

    board = counter_board(site_id=site.id, day=TODAY, slot="lunch", now=NOW)

    assert board.sets == (SetCount("A套餐", 2, 1, 4), SetCount("B套餐", 0, 1, None))
    assert counter_board(site_id=site.id, day=TODAY, slot="dinner", now=NOW).sets == ()
    with transaction() as session:
        change(session, MenuSet, MenuSet.name == "B套餐", name="C套餐")
    sets = counter_board(site_id=site.id, day=TODAY, slot="lunch", now=NOW).sets
    assert [one.name for one in sets] == ["A套餐", "C套餐", "B套餐"]


def test_the_last_ten_are_told_the_last_first(site: Place, clerk: Person) -> None:
    served = [serve(site, clerk, None, guest_kind="child", now=NOW + timedelta(seconds=10 * n)) for n in range(11)]
    undo(served[-1], clerk, now=NOW + timedelta(seconds=200))
    elder = make_elder("王秀兰", site=site)
    last = serve(site, clerk, elder, now=NOW + timedelta(seconds=300), way="take_away")

    board = counter_board(site_id=site.id, day=TODAY, slot="lunch", now=NOW + timedelta(seconds=310))

    assert [one.number for one in board.last] == [last.number, *(one.number for one in reversed(served[2:]))]
    first, second = board.last[:2]
    assert (first.id, first.name, first.guest_kind, first.set_name, first.way, first.own_fen, first.served_at) == (
        last.id, "王秀兰", "", "A套餐", "take_away", last.own_fen, last.served_at
    )  # fmt: skip
    assert (second.name, second.guest_kind, second.voided_at, first.voided_at) == (
        "",
        "child",
        NOW + timedelta(seconds=200),
        None,
    )
    assert board.pace_seconds == 10
    assert [one.is_boxed for one in board.last] == [False] * 10


# One serving.


def test_a_serving_says_who_recorded_and_who_undid_it(site: Place, clerk: Person) -> None:
    manager = make_staff("manager", site=site, name="站长")
    served = serve(site, clerk, make_elder(site=site), way="proxy", collected_by="李四", relation="邻居", till="1号台")
    before = queries.serving_detail(served.id, site_id=site.id)
    undo(served, manager, now=NOW + timedelta(minutes=1), reason=" 老人没有来 ")
    after = queries.serving_detail(served.id, site_id=site.id)

    assert (before.staff_name, before.till, before.collected_by, before.relation, before.void_reason, before.voided_by) == (
        clerk.actor.name, "1号台", "李四", "邻居", "", ""
    )  # fmt: skip
    assert (after.void_reason, after.voided_by, after.served.voided_at) == (
        "老人没有来",
        "站长",
        NOW + timedelta(minutes=1),
    )
    assert [kind for _, kind, _ in before.papers] == ["ticket"]
    assert [(kind, state) for _, kind, state in after.papers] == [("ticket", "queued"), ("void_ticket", "queued")]
    assert before.served.shares == served.shares and before.served.person_name == "王秀兰"
    missing = ("没有找到这份用餐", "请在最近的用餐里重新选择")
    other = make_site("水口村助餐点", path="金溪县/云溪镇/水口村")
    assert told(lambda: queries.serving_detail(served.id, site_id=other.id)) == missing
    assert told(lambda: queries.serving_detail(999, site_id=site.id))[0] == missing[0]


def test_what_is_written_of_a_meal_and_its_void_stands_in_the_trail(site: Place, clerk: Person) -> None:
    served = serve(site, clerk, make_elder(site=site))
    voided = undo(served, clerk, under="void-key-1")

    assert undo(served, clerk, under="void-key-1") == Voided(
        id=served.id, number=served.number, voided_at=NOW, reason="刷错卡", is_repeat=True
    )
    assert told(lambda: undo(served, clerk)) == (f"单号 {served.number} 已于 11:42 作废:刷错卡", "不用再作废")
    assert told(lambda: void_serving(VoidRequest(serving_id=999, key=key(), reason="刷错卡"), actor=clerk.actor, now=NOW)) == (
        "没有找到这份用餐", "请在最近的用餐里重新选择"
    )  # fmt: skip
    with reading() as session:
        kept = session.execute(
            select(Audit.action, Audit.subject, Audit.detail).where(Audit.action != "write").order_by(Audit.id)
        ).all()
        row = session.scalars(select(Serving)).one()
    assert [tuple(one) for one in kept][-2:] == [
        ("serve", f"serving:{served.id}", {"number": "1121-001", "price_fen": 1000, "own_fen": served.own_fen}),
        ("void", f"serving:{served.id}", {"number": "1121-001"}),
    ]
    assert (row.voided_by, row.void_key, row.void_reason, row.staff_id, row.till) == (
        clerk.id,
        "void-key-1",
        "刷错卡",
        clerk.id,
        "",
    )
    assert voided.is_repeat is False


def test_a_terminal_is_the_till_of_what_it_serves(site: Place) -> None:
    actor = Actor("token", 1, "一号机", "terminal", site.area_path, site.id)
    request = ask(site, None, guest_kind="child")
    served = serve_meal(request, actor=actor, now=NOW)

    detail = queries.serving_detail(served.id, site_id=site.id)
    assert (detail.till, detail.staff_name) == ("一号机", "")


def papers() -> list[tuple[str, dict[str, Any]]]:
    with reading() as session:
        return [
            (row.kind, opened(row.sealed, key=row.key))
            for row in session.scalars(select(PrintJob).order_by(PrintJob.id))
        ]


def test_a_ticket_says_what_was_served_and_its_void_what_was_undone(site: Place, clerk: Person) -> None:
    served = serve(site, clerk, make_elder("王秀兰", site=site), pay_way="code", way="take_away")
    undo(served, clerk, now=NOW + timedelta(minutes=8), reason="老人没有来")
    guest = serve(site, clerk, None, guest_kind="child")

    (_, ticket), (_, void), (kind, of_guest) = papers()

    wanted = {
        "site_name": site.name, "slot_name": "午餐", "person_name": "王秀兰", "dishes": ["测试红烧肉", "青菜", "萝卜", "米饭"],
        "way": "自取", "pay_way": "扫码", "served_at": "11:42", "staff_name": clerk.actor.name, "number": served.number,
        "set_name": "A套餐", "price_fen": 1000, "own_fen": served.own_fen, "qr": f"{site.code}-{served.number}",
    }  # fmt: skip
    assert {name: ticket[name] for name in wanted} == wanted
    assert [one["amount_fen"] for one in ticket["shares"]] == [served.price_fen - served.own_fen] and ticket[
        "unpaid"
    ] == []
    undone = {
        "site_name": site.name, "slot_name": "午餐", "person_name": "王秀兰", "pay_way": "扫码", "reason": "老人没有来",
        "voided_at": "11:50", "staff_name": clerk.actor.name, "number": served.number,
    }  # fmt: skip
    assert {name: void[name] for name in undone} == undone
    assert (kind, of_guest["person_name"], of_guest["shares"], of_guest["unpaid"]) == ("guest_ticket", "儿童", [], [])
    assert guest.person_name == ""


@pytest.mark.parametrize(
    ("address", "is_drawn"), [("screen://柜台", True), ("tcp://127.0.0.1:9100", False), (None, False)]
)
def test_a_paper_is_shown_where_the_printer_is_drawn_on_the_screen(
    site: Place, address: str | None, is_drawn: bool
) -> None:
    if address:
        make_printer(site, address=address)

    assert queries.prints_on_screen(site.id) is is_drawn
