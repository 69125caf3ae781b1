"""Whole weeks: written on one page, and copied to other days, rounds and sites."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.errors import BadFields, BadInput, NotFound
from canteen.menus import queries
from canteen.menus.dishes.queries import dishes_of
from canteen.menus.dishes.rules import DishFacts
from canteen.menus.dishes.service import keep_dishes
from canteen.menus.rules import SetDraft
from canteen.menus.service import save_menu
from canteen.menus.weeks import service
from canteen.menus.weeks.forms import read_week
from canteen.menus.weeks.rules import CopyRequest, SetColumn, columns_of, digest_of, pairs_of
from canteen.places.requests import ExceptionChange
from canteen.places.service import set_exception
from tests.factories import NOW, TODAY, Person, Place, csrf, make_site, make_staff, sign_in
from tests.menus.conftest import serve, trail

MONDAY = date(2026, 11, 23)
WEEK = [MONDAY + timedelta(days=ahead) for ahead in range(7)]
A = SetDraft("A套餐", 1000, "红烧肉、青菜")
B = SetDraft("B套餐", 900, "粥、青菜", "软食")
NONE = digest_of({})


def copy(**changed: object) -> CopyRequest:
    facts = {"site_id": 1, "first": MONDAY, "days": 7, "to": MONDAY + timedelta(days=7), "until": None}
    return CopyRequest(**facts | {"site_ids": (1,), "replace": False} | changed)


def menus(site: Place, first: date = MONDAY, last: date = date(2027, 12, 31)) -> dict[str, str]:
    """The menus of a span: day and slot -> dishes of its sets."""
    found = queries.menus_between(site_id=site.id, first=first, last=last)
    return {
        f"{day.month}-{day.day} {slot}": "|".join(one.dishes for one in sets) for (day, slot), sets in found.items()
    }


def test_a_week_has_a_column_for_each_set_and_one_more_where_its_price_differs() -> None:
    dearer = SetDraft("A套餐", 1200, "鱼")
    week = {(WEEK[0], "lunch"): [A, B], (WEEK[1], "lunch"): [dearer], (WEEK[0], "dinner"): [A]}

    columns = columns_of(week, {"breakfast": [B]}, ["breakfast", "lunch", "dinner"])

    assert columns == [
        SetColumn("breakfast", "B套餐", 900, "软食"),
        SetColumn("lunch", "A套餐", 1000, ""),
        SetColumn("lunch", "B套餐", 900, "软食"),
        SetColumn("lunch", "A套餐", 1200, ""),
        SetColumn("dinner", "A套餐", 1000, ""),
    ]


@pytest.mark.parametrize(
    ("changed", "first", "last", "count"),
    [
        pytest.param(
            {}, (WEEK[0], WEEK[0] + timedelta(days=7)), (WEEK[6], WEEK[6] + timedelta(days=7)), 7, id="a week"
        ),
        pytest.param({"days": 1, "to": WEEK[1]}, (WEEK[0], WEEK[1]), (WEEK[0], WEEK[1]), 1, id="a day"),
        pytest.param(
            {"days": 1, "to": WEEK[1], "until": WEEK[4]}, (WEEK[0], WEEK[1]), (WEEK[0], WEEK[4]), 4, id="a day, again"
        ),
        pytest.param(
            {"days": 14, "to": date(2026, 12, 7), "until": date(2027, 1, 6)},
            (MONDAY, date(2026, 12, 7)),
            (date(2026, 11, 25), date(2027, 1, 6)),
            31,
            id="two weeks, round after round until a Wednesday",
        ),
        pytest.param({"to": MONDAY, "site_ids": (2,)}, (WEEK[0], WEEK[0]), (WEEK[6], WEEK[6]), 7, id="elsewhere"),
    ],
)
def test_which_days_a_copy_goes_to(
    changed: dict[str, object], first: tuple[date, date], last: tuple[date, date], count: int
) -> None:
    pairs = pairs_of(copy(**changed))

    assert (pairs[0], pairs[-1], len(pairs)) == (first, last, count)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"days": 3}, "days"),
        ({"site_ids": ()}, "site_ids"),
        ({"until": MONDAY}, "until"),
        ({"until": date(2028, 1, 1)}, "until"),
        ({"to": MONDAY + timedelta(days=8)}, "to"),
        ({"to": MONDAY}, "to"),
        ({"to": MONDAY - timedelta(days=7), "until": MONDAY}, "to"),
        ({"days": 14}, "to"),
    ],
)
def test_a_copy_that_cannot_be_is_said(changed: dict[str, object], field: str) -> None:
    with pytest.raises(BadInput) as error:
        pairs_of(copy(**changed))

    assert error.value.field == field


def form(**more: str) -> dict[str, str]:
    """A week of two lunch columns and one of dinner."""
    heads = {"slot_0": "lunch", "name_0": "A套餐", "price_0": "10", "tags_0": ""}
    heads |= {"slot_1": "lunch", "name_1": "B套餐", "price_1": "9", "tags_1": "软食"}
    return heads | {"slot_2": "dinner", "name_2": "", "price_2": "", "tags_2": ""} | more


def test_a_week_is_read_column_by_column() -> None:
    week = read_week(
        form(dishes_0_0="红烧肉,青菜", dishes_0_1="粥 青菜", dishes_6_1="鱼"), days=WEEK, slots=["lunch", "dinner"]
    )

    assert {at: sets for at, sets in week.items() if sets} == {
        (WEEK[0], "lunch"): [A, B],
        (WEEK[6], "lunch"): [SetDraft("B套餐", 900, "鱼", "软食")],
    }
    assert len(week) == 14, "what is empty is said, too"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"dishes_3_2": "面"}, "price_2"),
        ({"dishes_3_2": "面", "price_2": "8"}, "name_2"),
        ({"dishes_3_0": "面", "price_0": "贵"}, "price_0"),
        ({"dishes_3_0": "面", "dishes_3_1": "粥", "name_1": "A套餐"}, "dishes_3_1"),
        ({"dishes_3_0": "长" * 201}, "dishes_3_0"),
    ],
)
def test_a_wrong_cell_of_a_week_is_named(more: dict[str, str], field: str) -> None:
    with pytest.raises(BadFields) as error:
        read_week(form(**more), days=WEEK, slots=["lunch", "dinner"])

    assert list(error.value.errors) == [field]


def test_a_week_is_made_exactly_what_its_page_says(site: Place, manager: Person) -> None:
    save_menu(site_id=site.id, sitting=(WEEK[0], "lunch"), sets=[A], actor=COMMAND, now=NOW)
    save_menu(site_id=site.id, sitting=(WEEK[1], "lunch"), sets=[A], actor=COMMAND, now=NOW)
    seen = digest_of({(day, "lunch"): [A] for day in WEEK[:2]})
    week = {(day, "lunch"): [] for day in WEEK} | {(WEEK[0], "lunch"): [A], (WEEK[2], "lunch"): [A, B]}

    count, notes = service.save_week(site_id=site.id, week=week, seen=seen, actor=manager.actor, now=NOW)

    assert (count, notes) == (2, ())
    assert menus(site) == {"11-23 lunch": "红烧肉、青菜", "11-25 lunch": "红烧肉、青菜|粥、青菜"}


def test_a_week_somebody_else_changed_meanwhile_is_not_written_over_unseen(site: Place, manager: Person) -> None:
    save_menu(site_id=site.id, sitting=(WEEK[0], "lunch"), sets=[A], actor=COMMAND, now=NOW)

    with pytest.raises(BadFields) as error:
        service.save_week(site_id=site.id, week={(WEEK[0], "lunch"): [B]}, seen=NONE, actor=manager.actor, now=NOW)

    assert list(error.value.errors) == ["seen"]
    assert menus(site) == {"11-23 lunch": "红烧肉、青菜"}


def test_a_round_of_weeks_goes_on_until_a_day(site: Place, manager: Person) -> None:
    save_menu(site_id=site.id, sitting=(MONDAY, "lunch"), sets=[A], actor=COMMAND, now=NOW)
    save_menu(site_id=site.id, sitting=(MONDAY + timedelta(days=7), "lunch"), sets=[B], actor=COMMAND, now=NOW)
    wanted = copy(site_id=site.id, site_ids=(site.id,), days=14, to=date(2026, 12, 7), until=date(2027, 1, 4))

    service.copy_menus(wanted, actor=manager.actor, now=NOW)

    assert menus(site, date(2026, 12, 1)) == {
        "12-7 lunch": "红烧肉、青菜",
        "12-14 lunch": "粥、青菜",
        "12-21 lunch": "红烧肉、青菜",
        "12-28 lunch": "粥、青菜",
        "1-4 lunch": "红烧肉、青菜",
    }
    assert trail()[-1] == "copy_menus"


def test_a_copy_leaves_closed_days_and_menus_that_are_there(site: Place, manager: Person) -> None:
    for day in WEEK[:3]:
        save_menu(site_id=site.id, sitting=(day, "lunch"), sets=[A], actor=COMMAND, now=NOW)
    save_menu(site_id=site.id, sitting=(MONDAY + timedelta(days=7), "lunch"), sets=[B], actor=COMMAND, now=NOW)
    closed = MONDAY + timedelta(days=8)
    set_exception(ExceptionChange(site_id=site.id, day=closed, is_open=False, reason="检修"), actor=COMMAND, now=NOW)

    done = service.copy_menus(copy(site_id=site.id, site_ids=(site.id,)), actor=manager.actor, now=NOW)[site.name]

    assert done.copied == [(MONDAY + timedelta(days=9), "lunch")]
    assert (done.existing, done.closed) == ([(MONDAY + timedelta(days=7), "lunch")], [(closed, "lunch")])


def test_a_copy_that_replaces_leaves_what_was_served_and_what_is_past(site: Place, manager: Person) -> None:
    for day in (MONDAY, MONDAY + timedelta(days=1)):
        save_menu(site_id=site.id, sitting=(day, "lunch"), sets=[A], actor=COMMAND, now=NOW)
    days = [TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1)]
    for day in days:
        save_menu(site_id=site.id, sitting=(day, "lunch"), sets=[B], actor=COMMAND, now=NOW)
    serve(site, set_name="B套餐", day=TODAY)
    wanted = copy(site_id=site.id, site_ids=(site.id,), days=1, to=days[0], until=days[2], replace=True)

    done = service.copy_menus(wanted, actor=manager.actor, now=NOW)[site.name]

    assert (done.copied, done.existing) == ([(days[2], "lunch")], [(day, "lunch") for day in days[:2]])
    assert menus(site, days[2], days[2]) == {"11-22 lunch": "红烧肉、青菜"}


def test_a_week_goes_to_other_sites_with_what_is_in_its_dishes(site: Place) -> None:
    other = make_site("水口村助餐点", path="金溪县/云溪镇/水口村", slots=("lunch",))
    keep_dishes(site_id=site.id, dishes=[DishFacts("红烧肉", "main_meat", "五花肉", "大豆")], actor=COMMAND, now=NOW)
    keep_dishes(site_id=other.id, dishes=[DishFacts("青菜", "vegetable", "小白菜")], actor=COMMAND, now=NOW)
    for slot in ("lunch", "dinner"):
        save_menu(site_id=site.id, sitting=(MONDAY, slot), sets=[A], actor=COMMAND, now=NOW)
    officer = make_staff("administrator")

    done = service.copy_menus(copy(site_id=site.id, site_ids=(other.id,), to=MONDAY), actor=officer.actor, now=NOW)

    assert menus(other) == {"11-23 lunch": "红烧肉、青菜"}
    assert done[other.name].closed == [(MONDAY, "dinner")]
    assert dishes_of(site_id=other.id) == {
        "青菜": DishFacts("青菜", "vegetable", "小白菜"),
        "红烧肉": DishFacts("红烧肉", "main_meat", "五花肉", "大豆"),
    }


def test_a_site_out_of_reach_takes_nothing_and_nothing_is_written_elsewhere(site: Place, manager: Person) -> None:
    other = make_site("水口村助餐点", path="金溪县/云溪镇/水口村")
    save_menu(site_id=site.id, sitting=(MONDAY, "lunch"), sets=[A], actor=COMMAND, now=NOW)

    with pytest.raises(NotFound):
        service.copy_menus(copy(site_id=site.id, site_ids=(site.id, other.id)), actor=manager.actor, now=NOW)

    assert menus(site, MONDAY + timedelta(days=7)) == {} and menus(other) == {}


@pytest.fixture
def desk(client: FlaskClient, manager: Person) -> FlaskClient:
    """The manager's browser."""
    return sign_in(client, manager)


def opened(desk: FlaskClient, path: str = "/menus/week?day=2026-11-23") -> dict[str, str]:
    """The hidden fields of the page of a week."""
    page = desk.get(path).get_data(as_text=True)
    seen = page.split('name="seen" value="', 1)[1].split('"', 1)[0]
    return {"csrf_token": csrf(desk, path), "day": "2026-11-23", "seen": seen}


def test_a_week_is_typed_on_one_page_and_stands_there_again(desk: FlaskClient, site: Place) -> None:
    data = opened(desk) | {"site_id": str(site.id)} | form(dishes_0_0="红烧肉、青菜", dishes_2_1="粥")

    answer = desk.post("/menus/week", data=data)

    assert answer.location == "/menus?day=2026-11-23"
    assert menus(site) == {"11-23 lunch": "红烧肉、青菜", "11-25 lunch": "粥"}
    page = desk.get("/menus/week?day=2026-11-25").get_data(as_text=True)
    assert page.count("红烧肉、青菜</textarea>") == 1 and 'value="B套餐"' in page and 'value="9.00"' in page
    following = desk.get("/menus/week?day=2026-11-30").get_data(as_text=True)
    assert 'value="B套餐"' in following and "红烧肉、青菜</textarea>" not in following, (
        "the latest sets, without dishes"
    )


def test_a_wrong_week_keeps_what_was_typed_and_one_more_column_loses_nothing(desk: FlaskClient, site: Place) -> None:
    data = opened(desk) | {"site_id": str(site.id)} | form(dishes_0_0="红烧肉", price_0="贵")

    wrong = desk.post("/menus/week", data=data)
    more = desk.post("/menus/week", data=data | {"more": "dinner"})

    assert wrong.status_code == 422 and "红烧肉</textarea>" in wrong.get_data(as_text=True)
    assert more.status_code == 200 and "红烧肉</textarea>" in more.get_data(as_text=True)
    assert 'name="slot_3" value="dinner"' in more.get_data(as_text=True)
    assert menus(site) == {}


def test_copying_says_for_each_site_what_it_did(desk: FlaskClient, site: Place) -> None:
    today = clock.today()
    save_menu(site_id=site.id, sitting=(today, "lunch"), sets=[A], actor=COMMAND, now=NOW)
    data = {"csrf_token": csrf(desk, "/menus/copy"), "site_id": str(site.id), "site_ids": str(site.id), "days": "1"}
    days = {"first": today.isoformat(), "to": (today + timedelta(days=1)).isoformat()}

    answer = desk.post("/menus/copy-to", data=data | days, follow_redirects=True)
    wrong = desk.post("/menus/copy-to", data=data | days | {"to": today.isoformat()})

    assert f"{site.name}:复制了 1 餐" in answer.get_data(as_text=True)
    assert wrong.status_code == 422 and "重叠" in wrong.get_data(as_text=True)
