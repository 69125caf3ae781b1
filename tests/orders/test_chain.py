"""A pasted chain from the page to the orders: what is asked, what is written, what happens twice or too late."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import reading, transaction
from canteen.base.vault import the_vault
from canteen.orders import queries
from canteen.orders.chain.drafts import DraftLine, draft_chain, regulars_without_order
from canteen.orders.chain.requests import ConfirmedLine
from canteen.orders.chain.service import order_chain
from canteen.orders.chain.summary import SummaryLine, reminder_text, summary_text
from canteen.orders.models import ChainName, Order
from canteen.orders.papers import SittingAt
from canteen.orders.queries import ordered_by_set, sitting_sheet
from canteen.orders.service import cancel_order
from canteen.people.models import Elder
from canteen.people.personal import open_personal
from canteen.places.queries import site_for
from canteen.schemes.switching import switch_on
from tests.factories import (
    NOW,
    TODAY,
    Person,
    Place,
    csrf,
    make_elder,
    make_life_event,
    make_menu,
    make_order,
    make_site,
    sign_in,
)
from tests.orders.conftest import EARLY, serve, trail

LATE = NOW.replace(hour=1, minute=31)


@pytest.fixture
def lunch(site: Place) -> SittingAt:
    make_menu(site)
    return SittingAt(site=site_for(COMMAND, site.id), day=TODAY, slot="lunch")


def drafts(at: SittingAt, text: str) -> list[DraftLine]:
    return list(draft_chain(text, at).drafts)


def told(draft: DraftLine) -> tuple[str, list[int], int | None]:
    return draft.how, [one.person.id for one in draft.candidates], draft.chosen


def confirm(at: SittingAt, *lines: ConfirmedLine, by: Person, now=EARLY) -> list[str]:
    return [one.became for one in order_chain(lines, at, actor=by.actor, now=now)]


def line(said: str, elder_id: int | None, **changed) -> ConfirmedLine:
    return ConfirmedLine(said=said, elder_id=elder_id, **changed)


def orders(at: SittingAt) -> dict[str, tuple[str, str, int]]:
    lines = queries.orders_of(site_id=at.site.id, day=at.day, slot=at.slot)
    return {one.name: (one.set_name, one.way, one.portions) for one in lines}


def give_contact(elder_id: int, name: str) -> None:
    with transaction() as session:
        elder = session.get_one(Elder, elder_id)
        vault = the_vault()
        facts = vault.open(elder.sealed, f"elder:{elder_id}")
        contacts = [{"name": name, "phone": "", "relation": "儿子"}]
        elder.sealed = vault.seal(facts | {"contacts": contacts}, f"elder:{elder_id}")
        assert open_personal(elder.sealed, elder_id, vault).contacts[0].name == name


def test_only_a_full_name_of_one_person_is_taken_without_asking(site: Place, lunch: SittingAt) -> None:
    wang, li, other = make_elder("王秀兰", site=site), make_elder("李德福", site=site), make_elder("李德福", site=site)
    give_contact(wang, "王强")

    found = drafts(lunch, "1. 王秀兰\n2. 李德福\n3. 王强妈妈\n4. 阿兰\n5. 孙悟空")

    assert [told(one) for one in found] == [
        ("name", [wang], wang),
        ("name", [li, other], None),
        ("relative", [wang], None),
        ("part", [wang], None),
        ("", [], None),
    ]


def test_a_name_that_stands_twice_is_asked_both_times(site: Place, lunch: SittingAt) -> None:
    make_elder("王秀兰", site=site)

    assert [one.chosen for one in drafts(lunch, "1. 王秀兰\n2. 王秀兰")] == [None, None]


def test_somebody_of_another_village_is_found_and_asked(site: Place, lunch: SittingAt) -> None:
    far = make_elder("陈远山", path="金溪县/云溪镇/水口村")
    make_elder("陈远山", path="银溪县/山前镇/山前村")

    [draft] = drafts(lunch, "陈远山 2份")

    assert told(draft) == ("county", [far], None)


@pytest.mark.parametrize("kind", ["paused", "moved", "died"])
def test_who_is_away_cannot_be_chosen(site: Place, lunch: SittingAt, kind: str) -> None:
    make_life_event(make_elder("王秀兰", site=site), kind, TODAY)

    [draft] = drafts(lunch, "王秀兰")

    assert (draft.chosen, draft.candidates[0].may_order, draft.candidates[0].state) == (None, False, kind)


def test_who_has_eaten_cannot_be_chosen(site: Place, lunch: SittingAt) -> None:
    serve(make_elder("王秀兰", site=site), site)

    [draft] = drafts(lunch, "王秀兰")

    assert (draft.chosen, draft.candidates[0].served_number) == (None, "1121-001")


_NOTHING_LEFT = """
id = "one"
version = "1"
name = "每月标准"
stack_group = "meals"
eligible = { age = { from = 60 } }
amount = { kind = "monthly_norm", yuan = %s, own_percent = 50 }
"""


@pytest.mark.parametrize(("yuan", "code"), [("0", "norm_used_up"), ("400", None)])
def test_a_norm_that_is_used_up_is_said(site: Place, lunch: SittingAt, yuan: str, code: str | None) -> None:
    make_elder("王秀兰", site=site)
    with transaction() as session:
        text, since = _NOTHING_LEFT % yuan, date(2026, 1, 1)
        switch_on(session, text=text, area_id=make_area_id(), valid_from=since, actor=COMMAND, at=EARLY)

    [draft] = drafts(lunch, "王秀兰")

    assert draft.chosen is not None
    assert (draft.used_up.code if draft.used_up else None) == code


def make_area_id() -> int:
    with reading() as session:
        from canteen.places.models import Area

        return session.scalars(select(Area.id).where(Area.path == "金溪县")).one()


def test_the_way_is_as_said_else_as_ordered_else_as_usual(site: Place, lunch: SittingAt) -> None:
    carried, fetched, plain = (make_elder(name, site=site) for name in ("王秀兰", "李德福", "赵桂香"))
    with transaction() as session:
        session.get_one(Elder, carried).wants_delivery = True
    make_order(fetched, site, way="take_away")

    found = drafts(lunch, "1. 王秀兰\n2. 李德福\n3. 赵桂香\n4. 赵桂香 自取")

    assert [one.way for one in found] == ["delivery", "take_away", "dine_in", "take_away"]
    assert plain


def test_confirmed_lines_become_orders_once(site: Place, lunch: SittingAt, clerk: Person) -> None:
    wang, li = make_elder("王秀兰", site=site), make_elder("李德福", site=site)
    lines = [line("王秀兰", wang, portions=2, way="delivery"), line("李德福", li, set_name="B套餐"), line("谁", None)]

    assert confirm(lunch, *lines, by=clerk) == ["placed", "placed", "nothing"]
    assert confirm(lunch, *lines, by=clerk) == ["same", "same", "nothing"]

    assert orders(lunch) == {"王秀兰": ("A套餐", "delivery", 2), "李德福": ("B套餐", "dine_in", 1)}
    assert [action for action, _ in trail()].count("place_order") == 2


def test_a_second_chain_changes_the_order(site: Place, lunch: SittingAt, clerk: Person) -> None:
    wang = make_elder("王秀兰", site=site)
    confirm(lunch, line("王秀兰", wang, set_name="B套餐"), by=clerk)

    assert confirm(lunch, line("王秀兰", wang, portions=3, way="delivery"), by=clerk) == ["changed"]

    assert orders(lunch) == {"王秀兰": ("B套餐", "delivery", 3)}
    assert trail()[-1] == (
        "change_order",
        {"is_late": False, "before": {"set": "B套餐", "way": "dine_in", "portions": 1}},
    )


def test_a_confirmed_cancellation(site: Place, lunch: SittingAt, clerk: Person) -> None:
    wang, li = make_elder("王秀兰", site=site), make_elder("李德福", site=site)
    confirm(lunch, line("王秀兰", wang), by=clerk)
    [no_order, ordered] = drafts(lunch, "李德福取消\n王秀兰不要了")
    assert (no_order.chosen, ordered.chosen) == (None, wang)

    both = [line("王秀兰", wang, is_cancelled=True), line("李德福", li, is_cancelled=True)]
    assert confirm(lunch, *both, by=clerk) == ["cancelled", "cancelled"]

    assert orders(lunch) == {}


def test_one_person_for_two_lines_has_one_order(site: Place, lunch: SittingAt, clerk: Person) -> None:
    wang = make_elder("王秀兰", site=site)

    assert confirm(lunch, line("王秀兰", wang), line("阿兰", wang, portions=2), by=clerk) == ["placed", "placed"]

    assert orders(lunch) == {"王秀兰": ("A套餐", "dine_in", 3)}


def test_what_the_chat_calls_somebody_is_learnt(site: Place, lunch: SittingAt, clerk: Person) -> None:
    wang, li = make_elder("王秀兰", site=site), make_elder("李德福", site=site)
    confirm(lunch, line("阿兰", wang), line("李德福", li), by=clerk)
    assert told(drafts(lunch, "阿兰 2份")[0]) == ("nickname", [wang], wang)

    confirm(lunch, line("阿兰", li), by=clerk)

    assert told(drafts(lunch, "阿兰 2份")[0]) == ("nickname", [li], li)
    with reading() as session:
        assert session.scalars(select(ChainName.said)).all() == ["阿兰"]


def test_after_the_cut_off_every_line_says_so_and_the_others_stand(
    site: Place, lunch: SittingAt, clerk: Person, manager: Person
) -> None:
    """A form that was open while the cut-off passed."""
    wang, li, gone = (make_elder(name, site=site) for name in ("王秀兰", "李德福", "赵桂香"))
    make_life_event(gone, "died", TODAY)
    confirm(lunch, line("王秀兰", wang), by=clerk)
    lines = [line("王秀兰", wang), line("李德福", li), line("赵桂香", gone)]

    late = order_chain(lines, lunch, actor=clerk.actor, now=LATE)
    by_manager = order_chain(lines, lunch, actor=manager.actor, now=LATE)

    assert [one.became for one in late] == ["same", "refused", "refused"]
    assert [one.trouble and one.trouble.code for one in late] == [None, "after_cutoff", "after_cutoff"]
    assert [one.trouble.code if one.trouble else one.became for one in by_manager] == ["same", "placed", "elder_died"]


def test_an_elder_of_another_county_is_not_ordered_for(site: Place, lunch: SittingAt, clerk: Person) -> None:
    far = make_elder("王秀兰", path="银溪县/山前镇/山前村")

    [done] = order_chain([line("王秀兰", far)][:1], lunch, actor=clerk.actor, now=EARLY)

    assert (done.became, orders(lunch)) == ("refused", {})
    with reading() as session:
        assert session.scalars(select(ChainName)).all() == []


def test_four_hundred_at_once_and_half_of_them_before(site: Place, lunch: SittingAt, clerk: Person) -> None:
    people = [make_elder(f"测试{n}", site=site, statuses=()) for n in range(400)]
    lines = [line(f"测试{n}", elder_id) for n, elder_id in enumerate(people)]
    confirm(lunch, *lines[::2], by=clerk)

    became = confirm(lunch, *lines, by=clerk)

    assert became == ["same", "placed"] * 200
    with reading() as session:
        assert ordered_by_set(session, site_id=site.id, day=TODAY, slot="lunch") == {"A套餐": 400}


def test_every_portion_is_cooked(site: Place, lunch: SittingAt, clerk: Person) -> None:
    wang, li = make_elder("王秀兰", site=site), make_elder("李德福", site=site)
    confirm(lunch, line("王秀兰", wang, portions=3), line("李德福", li, portions=2, way="delivery"), by=clerk)

    with reading() as session:
        sheet = sitting_sheet(session, site_id=site.id, day=TODAY, slot="lunch")
        by_set = ordered_by_set(session, site_id=site.id, day=TODAY, slot="lunch")

    assert (sheet.count.total, sheet.count.meals) == (5, {"A套餐": {"dine_in": 3, "delivery": 2}})
    assert by_set == {"A套餐": 5}


def test_regulars_nobody_decided_for_are_reminded(site: Place, lunch: SittingAt, clerk: Person) -> None:
    names = ("王秀兰", "李德福", "赵桂香", "张有福", "钱进")
    wang, li, zhao, zhang, once = people = [make_elder(name, site=site) for name in names]
    for at, elder_id in enumerate(people):
        for back in (1,) if elder_id == once else (1, 14):
            serve(elder_id, site, day=TODAY - timedelta(days=back), sequence=100 * at + back)
    make_order(li, site)
    cancel_order(make_order(zhao, site), actor=clerk.actor, now=EARLY)
    make_life_event(zhang, "paused", TODAY)

    assert regulars_without_order(lunch) == ["王秀兰"]
    assert regulars_without_order(lunch, but={wang}) == []
    assert regulars_without_order(replace(lunch, slot="dinner")) == []


def test_what_is_pasted_back_names_nobody_the_chat_did_not_name() -> None:
    lines = [
        SummaryLine(said="阿兰", portions=2, way="delivery", set_name="A套餐", is_ordered=True),
        SummaryLine(said="李德福", is_ordered=False, is_cancelled=True),
        SummaryLine(said="谁谁", is_ordered=False),
    ]

    assert summary_text(lines, day=date(2026, 12, 2), slot="lunch") == (
        "【12月2日 周三 午餐 订餐小结】共 2 份\n1. 阿兰 2份 A套餐 送餐\n已取消:李德福\n还没订上,请回复老人的全名:谁谁"
    )
    reminder = reminder_text(["王秀兰", "李福"], day=date(2026, 12, 2), slot="lunch", until="12月2日 09:30 前")
    assert "王*兰、李*" in reminder and "王秀兰" not in reminder
    assert reminder_text([], day=date(2026, 12, 2), slot="lunch", until="") == ""


# -- pages -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client: FlaskClient, clerk: Person) -> FlaskClient:
    return sign_in(client, clerk)


@pytest.fixture
def tomorrow(site: Place) -> date:
    day = clock.today() + timedelta(days=1)
    make_menu(site, day=day)
    return day


def fields(client: FlaskClient, site: Place, day: date, **more: str) -> dict[str, str]:
    return {
        "csrf_token": csrf(client, "/orders"),
        "site_id": str(site.id),
        "day": day.isoformat(),
        "slot": "lunch",
        **more,
    }


def test_paste_look_and_order(desk: FlaskClient, site: Place, tomorrow: date) -> None:
    wang = make_elder("王秀兰", site=site)
    twins = [make_elder("李德福", site=site), make_elder("李德福", site=site)]

    page = desk.post(
        "/orders/chain/read", data=fields(desk, site, tomorrow, text="1. 王秀兰 2份\n2. 李德福\n哈哈哈哈")
    ).get_data(as_text=True)

    checked = re.findall(r'name="elder_id-(\d)" value="(\d*)" checked', page)
    assert checked == [("1", ""), ("0", str(wang))]
    assert "哈哈哈哈" in page and "没有读懂的行" in page
    with reading() as session:
        assert session.scalars(select(Order)).all() == []

    sent = fields(desk, site, tomorrow, rows="2")
    for n, (said, elder) in enumerate((("王秀兰", wang), ("李德福", twins[1]))):
        sent |= {f"said-{n}": said, f"elder_id-{n}": str(elder), f"portions-{n}": str(2 - n), f"way-{n}": "dine_in"}
    for _ in range(2):
        done = desk.post("/orders/chain", data=sent).get_data(as_text=True)
        assert "共 3 份\n1. 王秀兰 2份 堂食\n2. 李德福 1份 堂食" in done

    found = queries.orders_of(site_id=site.id, day=tomorrow, slot="lunch")
    assert [(one.elder_id, one.portions) for one in found] == [(wang, 2), (twins[1], 1)]


def test_who_is_shown_is_noted(desk: FlaskClient, site: Place, tomorrow: date) -> None:
    make_elder("王秀兰", site=site)

    desk.post("/orders/chain/read", data=fields(desk, site, tomorrow, text="王秀兰"))

    assert [detail["found"] for action, detail in trail() if action == "find_people"] == [[1]]


@pytest.mark.parametrize(("text", "says"), [("", "请先粘贴接龙"), ("字" * 40_001, "内容太长")])
def test_what_cannot_be_read_comes_back_as_it_was(
    desk: FlaskClient, site: Place, tomorrow: date, text: str, says: str
) -> None:
    answer = desk.post("/orders/chain/read", data=fields(desk, site, tomorrow, text=text))

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert says in page and text in page


@pytest.mark.parametrize(
    "wrong",
    [{"rows": "0"}, {"rows": "99999"}, {"portions-0": "10"}, {"way-0": "fly"}, {"elder_id-0": "x"}, {"said-0": ""}],
)
def test_a_form_nobody_filled_in_writes_nothing(
    desk: FlaskClient, site: Place, tomorrow: date, wrong: dict[str, str]
) -> None:
    wang = make_elder("王秀兰", site=site)
    line_ = {"rows": "1", "said-0": "王秀兰", "elder_id-0": str(wang), "portions-0": "1", "way-0": "dine_in"}

    assert desk.post("/orders/chain", data=fields(desk, site, tomorrow, **line_ | wrong)).status_code == 422
    assert queries.orders_of(site_id=site.id, day=tomorrow, slot="lunch") == []


def test_another_sites_chain_is_not_found(desk: FlaskClient, tomorrow: date) -> None:
    other = make_site("水口村助餐点", path="金溪县/云溪镇/水口村")

    assert desk.post("/orders/chain/read", data=fields(desk, other, tomorrow, text="王秀兰")).status_code == 404
    assert desk.post("/orders/chain", data=fields(desk, other, tomorrow, rows="1")).status_code == 404
