"""The counter over HTTP: find, offer, serve, repeat, undo; as blocks for HTMX and as whole pages without it."""

from __future__ import annotations

import re
from datetime import date

import pytest
from factories import (
    NOW,
    Person,
    Place,
    csrf,
    make_area,
    make_elder,
    make_life_event,
    make_menu,
    make_site,
    make_staff,
    sign_in,
)
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import reading, transaction
from canteen.books.models.servings import Serving
from canteen.printing.models import PrintJob
from canteen.printing.papers.sealing import opened
from canteen.printing.sending.troubles import BOXED, told
from canteen.schemes.switching import switch_on
from tests.trail import change

HTMX = {"HX-Request": "true"}
_SECOND = """
id = "second"
version = "1"
name = "高龄加餐补助"
stack_group = "other"
eligible = { age = { from = 60 } }
amount = { kind = "per_meal", yuan = 1 }
"""


@pytest.fixture
def today_menu(site: Place) -> Place:
    """Menus for the real today: the views read the clock."""
    for slot in ("lunch", "dinner"):
        if (clock.today(), slot) != (date(2026, 11, 21), "lunch"):
            make_menu(site, day=clock.today(), slot=slot)
    return site


@pytest.fixture
def till(client: FlaskClient, today_menu: Place, clerk: Person) -> FlaskClient:
    """A clerk signed in at a site with today's menu."""
    return sign_in(client, clerk)


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, f"no field {name} in the page"
    return found[1]


def find(till: FlaskClient, text: str, **more: str) -> str:
    return till.get("/counter/find", query_string={"q": text, **more}, headers=HTMX).get_data(as_text=True)


def form_of(html: str) -> dict[str, str]:
    """What the serve form of a page would send."""
    serve = html.split('class="serve"', 1)[1]
    names = ("csrf_token", "key", "slot", "elder_id", "set")
    return {name: hidden(serve, name) for name in names} | {"way": "dine_in", "pay_way": "cash"}


def servings() -> int:
    with reading() as session:
        return session.execute(select(func.count()).select_from(Serving)).scalar_one()


def test_a_scan_chooses_the_only_match_and_shows_what_is_owed_and_why(till: FlaskClient, today_menu: Place) -> None:
    make_elder("王秀兰", card="000007", site=today_menu, diet="少盐")

    html = find(till, "007")

    assert "王秀兰" in html and "少盐" in html
    assert re.search(r'own-amount number">¥5\.00<', html)
    assert "六类:标准每月 400.00,已用 0.00,本次计入 10.00,自付一半 5.00" in html
    assert "<html" not in html, "HTMX gets the block alone"


def test_where_two_schemes_speak_each_reason_says_whose_it_is(till: FlaskClient, today_menu: Place) -> None:
    make_elder("王秀兰", card="000007", site=today_menu)
    county_id = make_area("金溪县")
    with transaction() as session:
        switch_on(session, text=_SECOND, area_id=county_id, valid_from=date(2026, 1, 1), actor=COMMAND, at=NOW)

    html = find(till, "007")
    served = till.post("/counter/servings", data=form_of(html), headers=HTMX).get_data(as_text=True)

    for block in (html, served):
        reasons = block.split('class="reasons"', 1)[1].split("</ul>", 1)[0]
        assert "<li>金溪县老年助餐:六类" in reasons
        assert "<li>高龄加餐补助:每餐补助 1.00" in reasons


def test_two_of_one_name_are_told_apart_by_group_and_age(till: FlaskClient, today_menu: Place) -> None:
    make_elder("王秀兰", site=today_menu, village_group="7组")
    make_elder("王秀兰", site=today_menu, village_group="9组", birth_day=date(1950, 1, 1))

    html = find(till, "王秀兰")

    assert "7组" in html and "9组" in html
    assert 'class="serve"' not in html


def test_nobody_found_says_what_to_do_next(till: FlaskClient) -> None:
    html = find(till, "没有这个人")

    assert "没有找到「没有这个人」" in html and "散客" in html


def test_serving_answers_with_the_result(till: FlaskClient, today_menu: Place) -> None:
    make_elder("王秀兰", card="7", site=today_menu)

    answer = till.post("/counter/servings", data=form_of(find(till, "7")), headers=HTMX)
    html = answer.get_data(as_text=True)

    assert answer.status_code == 200
    assert "已登记" in html and re.search(r'own-amount number">¥5\.00<', html)
    assert servings() == 1


def test_the_board_counts_what_was_served_by_set(till: FlaskClient, today_menu: Place) -> None:
    make_elder("王秀兰", card="7", site=today_menu)
    till.post("/counter/servings", data=form_of(find(till, "7")), headers=HTMX)

    html = till.get("/counter/board").get_data(as_text=True)

    row = re.search(r'<tr><th scope="row">A套餐</th>(.*?)</tr>', html)
    assert row and re.findall(r">(\d+|–)<", row[1]) == ["0", "1", "–"]
    assert "王秀兰" in html


def test_a_ticket_without_subsidy_says_why(till: FlaskClient, today_menu: Place) -> None:
    make_elder("王年轻", card="7", site=today_menu, birth_day=date(1990, 1, 1))
    till.post("/counter/servings", data=form_of(find(till, "7")), headers=HTMX)

    with reading() as session:
        job = session.scalars(select(PrintJob)).one()
        facts = opened(job.sealed, key=job.key)

    assert facts["shares"] == [] and facts["own_fen"] == facts["price_fen"]
    assert len(facts["unpaid"]) == 1 and "周岁" in facts["unpaid"][0]


def test_the_board_says_whose_paper_has_boxes(till: FlaskClient, today_menu: Place) -> None:
    make_elder("王秀兰", card="7", site=today_menu)
    till.post("/counter/servings", data=form_of(find(till, "7")), headers=HTMX)
    assert "小票有字打不出" not in till.get("/counter/board").get_data(as_text=True)

    with transaction() as session:
        change(session, PrintJob, state="printed", finished_at=NOW, trouble=told(BOXED, "䶮"))

    assert "小票有字打不出" in till.get("/counter/board").get_data(as_text=True)


def test_a_chosen_reason_is_kept_in_the_language_of_papers(till: FlaskClient, today_menu: Place) -> None:
    make_elder("王秀兰", card="7", site=today_menu)
    till.post("/counter/servings", data=form_of(find(till, "7")), headers=HTMX)
    till.post("/language/en")
    with reading() as session:
        serving_id = session.execute(select(Serving.id)).scalar_one()
    page = till.get(f"/counter/servings/{serving_id}").get_data(as_text=True)
    form = {name: hidden(page, name) for name in ("csrf_token", "key")} | {"reason_choice": "wrong_person"}
    assert "Wrong person" in page

    till.post(f"/counter/servings/{serving_id}/void", data=form)

    with reading() as session:
        assert session.execute(select(Serving.void_reason)).scalar_one() == "刷错了人"


def test_a_plain_form_is_sent_to_the_page_and_a_reload_repeats_nothing(till: FlaskClient, today_menu: Place) -> None:
    make_elder("王秀兰", card="7", site=today_menu)
    form = form_of(till.get("/counter/find?q=7").get_data(as_text=True))

    first = till.post("/counter/servings", data=form)
    again = till.post("/counter/servings", data=form)

    assert (first.status_code, again.status_code) == (303, 303)
    assert first.location == again.location
    assert "已登记" in till.get(first.location).get_data(as_text=True)
    assert servings() == 1


def test_who_was_served_already_is_shown_with_where_and_when(till: FlaskClient, today_menu: Place) -> None:
    make_elder("王秀兰", card="7", site=today_menu)
    till.post("/counter/servings", data=form_of(find(till, "7")), headers=HTMX)

    html = find(till, "7")

    assert 'data-code="already_served"' in html and "第二份(自费)" in html
    assert 'class="serve"' not in html


def test_a_race_at_two_tills_is_refused_with_409_in_words(till: FlaskClient, today_menu: Place) -> None:
    make_elder("王秀兰", card="7", site=today_menu)
    first, second = form_of(find(till, "7")), form_of(find(till, "7"))
    till.post("/counter/servings", data=first, headers=HTMX)

    answer = till.post("/counter/servings", data=second, headers=HTMX)

    assert answer.status_code == 409
    assert 'role="alert"' in answer.get_data(as_text=True) and "已于" in answer.get_data(as_text=True)
    assert servings() == 1


@pytest.mark.parametrize(("kind", "word"), [("paused", "暂停"), ("moved", "迁出"), ("died", "去世")])
def test_who_may_not_be_served_is_shown_with_the_reason(
    till: FlaskClient, today_menu: Place, kind: str, word: str
) -> None:
    elder = make_elder("王秀兰", card="7", site=today_menu)
    make_life_event(elder, kind, date(2026, 1, 1))

    html = find(till, "7")

    assert f'data-code="elder_{kind}"' in html and word in html
    assert 'class="serve"' not in html


def test_the_second_portion_is_offered_at_the_full_price(till: FlaskClient, today_menu: Place) -> None:
    elder = make_elder("王秀兰", card="7", site=today_menu)
    till.post("/counter/servings", data=form_of(find(till, "7")), headers=HTMX)

    html = till.get(f"/counter/find?elder={elder}&second_portion=1", headers=HTMX).get_data(as_text=True)
    till.post("/counter/servings", data=form_of(html) | {"second_portion": "1"}, headers=HTMX)

    assert re.search(r'own-amount number">¥10\.00<', html)
    assert servings() == 2


def test_undo_within_the_minute_needs_no_typed_reason(till: FlaskClient, today_menu: Place) -> None:
    make_elder("王秀兰", card="7", site=today_menu)
    html = till.post("/counter/servings", data=form_of(find(till, "7")), headers=HTMX).get_data(as_text=True)
    action = re.search(r'hx-post="(/counter/servings/\d+/void)"', html)
    assert action
    undo = html.split(action[1], 1)[1]

    answer = till.post(
        action[1], data={name: hidden(undo, name) for name in ("csrf_token", "key", "reason_choice")}, headers=HTMX
    )

    assert "已作废" in answer.get_data(as_text=True)
    assert 'class="serve"' in find(till, "7"), "the elder may be served again"


def test_a_guest_is_served_at_the_price(till: FlaskClient) -> None:
    html = till.get("/counter/guest?kind=child", headers=HTMX).get_data(as_text=True)
    serve = html.split('class="serve"', 1)[1]
    form = {name: hidden(serve, name) for name in ("csrf_token", "key", "slot", "guest_kind", "set")}

    answer = till.post("/counter/servings", data=form, headers=HTMX)

    assert re.search(r'own-amount number">¥10\.00<', html)
    assert "儿童" in answer.get_data(as_text=True)


def test_another_sites_serving_is_not_there(till: FlaskClient, today_menu: Place, app: Flask) -> None:
    other = make_site("上湖村助餐点", path="金溪县/云溪镇/上湖村")
    make_menu(other, day=clock.today(), slot="dinner" if clock.today() == date(2026, 11, 21) else "lunch")
    stranger = sign_in(app.test_client(), make_staff("clerk", site=other))
    make_elder("王秀兰", card="7", site=today_menu)
    till.post("/counter/servings", data=form_of(find(till, "7")), headers=HTMX)
    with reading() as session:
        serving_id = session.scalars(select(Serving.id)).one()

    token = csrf(stranger, "/counter")
    assert stranger.get(f"/counter/servings/{serving_id}").status_code == 404
    answer = stranger.post(
        f"/counter/servings/{serving_id}/void", data={"csrf_token": token, "key": "x" * 12, "reason": "试试"}
    )
    assert answer.status_code == 404
    assert till.get(f"/counter/servings/{serving_id}").status_code == 200


def test_a_form_without_its_token_writes_nothing(till: FlaskClient, today_menu: Place) -> None:
    make_elder("王秀兰", card="7", site=today_menu)
    form = form_of(find(till, "7"))
    del form["csrf_token"]

    answer = till.post("/counter/servings", data=form, headers=HTMX)

    assert answer.status_code == 400
    assert servings() == 0


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        pytest.param({"way": "proxy"}, "代领要写明", id="proxy without a name"),
        pytest.param({"elder_id": "x"}, "编号不对", id="an id that is no number"),
        pytest.param({"day": "昨天"}, "不是日期", id="a day that is no date"),
        pytest.param({"key": ""}, "一次性编号", id="no key"),
    ],
)
def test_bad_input_says_what_is_wrong(till: FlaskClient, today_menu: Place, changes: dict[str, str], word: str) -> None:
    make_elder("王秀兰", card="7", site=today_menu)

    answer = till.post("/counter/servings", data=form_of(find(till, "7")) | changes, headers=HTMX)

    assert answer.status_code == 422 and word in answer.get_data(as_text=True)
    assert servings() == 0


def test_the_elders_screen_says_nothing_about_class(till: FlaskClient, today_menu: Place) -> None:
    make_elder("王秀兰", card="7", site=today_menu)

    html = find(till, "7")

    assert 'data-display-name="王*兰" data-display-own="¥5.00"' in html


def test_the_page_speaks_english_when_asked(till: FlaskClient) -> None:
    till.set_cookie("language", "en")

    assert '<html lang="en">' in till.get("/counter").get_data(as_text=True)
