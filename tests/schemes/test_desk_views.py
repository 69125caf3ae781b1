"""The desk through the browser's eyes: forms and what the pages say."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import date

import pytest
from factories import NOW, Person, csrf, make_area, make_elder, make_menu, make_site, make_staff, sign_in
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from canteen.audit.models import Audit
from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import reading, transaction
from canteen.base.months import span_before
from canteen.counter.requests import ServeRequest
from canteen.counter.servings import record_serving
from canteen.desk.preview import working_out
from canteen.schemes.facts import Meal as MealFacts
from canteen.schemes.facts import Person as PersonFacts
from canteen.schemes.models import SchemeDraft, SchemePreview, SchemeVersion
from canteen.schemes.switching import switch_on
from tests.schemes.desk_texts import TEXT

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def officer(app: Flask) -> Person:
    county = make_area("金溪县")
    with transaction() as session:
        switch_on(session, text=TEXT, area_id=county, valid_from=date(2020, 1, 1), actor=COMMAND, at=NOW)
    return make_staff("civil_affairs", name="民政甲")


@pytest.fixture
def desk(client: FlaskClient, officer: Person) -> FlaskClient:
    return sign_in(client, officer)


def post(client: FlaskClient, path: str, *, headers: dict[str, str] | None = None, **form: object):
    return client.post(path, data={"csrf_token": csrf(client, "/account"), **form}, headers=headers)


def text_of(answer) -> str:
    body = re.sub(r"<(script|style).*?</\1>", "", answer.get_data(as_text=True), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def begin(client: FlaskClient, source: str = "version:1", text: str = "") -> str:
    answer = post(client, "/schemes/drafts", source=source, area_id=make_area("金溪县"))
    assert answer.status_code == 303
    if text:
        assert post(client, answer.headers["Location"], revision=1, text=text).status_code == 303
    return answer.headers["Location"]


def test_others_read_the_schemes_and_no_drafts(desk, app, officer):
    begin(desk)
    clerk = sign_in(app.test_client(), make_staff("clerk", site=make_site()))

    page = text_of(clerk.get("/schemes"))

    assert "金溪县老年助餐" in page and "执行中" in page
    assert "草稿" not in page
    assert clerk.get("/schemes/drafts/1").status_code == 403
    assert "从这一版新建草稿" not in text_of(clerk.get("/schemes/1"))
    assert "满 70 周岁,并且属于特困" in text_of(clerk.get("/schemes/1"))


def test_a_draft_is_written_checked_and_saved(desk):
    path = begin(desk)
    typed = TEXT.replace("own_percent = 50", "own_percent = 500").replace("rural = 400", 'rural = "?"')

    live = post(desk, f"{path}/check", headers=HTMX, text=typed.replace("\n", "\r\n"))
    saved = post(desk, path, revision=1, text=typed)
    page = desk.get(path)

    assert "<html" not in live.get_data(as_text=True)
    for answer in (live, page):
        said = text_of(answer)
        assert "有 1 处问题" in said and "第 14 行 amount.own_percent:写的是 500" in said
        assert "金额 · 农村(amount.yuan.rural)" in said
        assert "农村 (没有写明)" in said
    assert saved.status_code == 303
    with reading() as session:
        assert session.get_one(SchemeDraft, 1).text == typed  # also with problems, and without the browser's CRLF


@pytest.mark.parametrize(
    "text",
    ["", "\x00", "= = =", "[" * 5000, "名" * 1000, 'a = "\\ud800"', "classes = 3"],
    ids=["nothing", "NUL", "no TOML", "deep", "long", "half a sign", "no table"],
)
def test_whatever_is_typed_is_kept_and_told(desk, text):
    path = begin(desk)

    assert post(desk, path, revision=1, text=text).status_code == 303
    assert "处问题" in text_of(desk.get(path))
    for page in ("", "/numbers", "/try", "/preview", "/switch-on"):
        assert desk.get(path + page).status_code == 200
    assert post(desk, f"{path}/preview", first="2027-01-01").status_code == 422
    assert post(desk, f"{path}/switch-on", revision=2, first="2027-01-01").status_code in (409, 422)


def test_a_draft_kept_before_its_depth_was_bounded_is_shown_and_mended(desk):
    path = begin(desk)
    with transaction() as session:
        session.get_one(SchemeDraft, 1).text = ".".join(["a"] * 90_000) + " = 1"

    assert "第 1 行不是合法的 TOML 方案:套得太深,最多 32 层" in text_of(desk.get(path))
    for page in ("", "/numbers", "/try", "/preview", "/switch-on"):
        assert desk.get(path + page).status_code == 200
    assert post(desk, path, revision=1, text=TEXT).status_code == 303
    assert "处问题" not in text_of(desk.get(path))


def test_a_text_that_is_too_long_is_refused(desk):
    assert post(desk, begin(desk), revision=1, text="#" * 200_001).status_code == 422


def test_a_lost_race_shows_both_texts(desk, app, officer):
    path = begin(desk)
    other = sign_in(app.test_client(), make_staff("administrator", name="管理员乙"))
    theirs, mine = TEXT.replace("rural = 400", "rural = 410"), TEXT.replace("rural = 400", "rural = 420")
    post(other, path, revision=1, text=theirs)

    answer = post(desk, path, revision=1, text=mine)

    assert answer.status_code == 409
    said = text_of(answer)
    assert "管理员乙 保存了另一份内容" in said and "rural = 410" in said and "rural = 420" in said
    revision = re.search(r'name="revision" value="(\d+)"', answer.get_data(as_text=True))[1]
    assert post(desk, path, revision=revision, text=mine).status_code == 303


def test_single_numbers_are_changed_on_a_form(desk):
    path = begin(desk)
    page = desk.get(f"{path}/numbers").get_data(as_text=True)

    answer = post(desk, f"{path}/numbers", revision=1, **{"n:amount.yuan.rural": "450", "n:version": "2026-12"})
    wrong = post(desk, f"{path}/numbers", revision=2, **{"n:amount.yuan.rural": "很多"})

    assert 'name="n:amount.yuan.rural" value="400"' in page
    assert (answer.status_code, wrong.status_code) == (303, 422)
    with reading() as session:
        text = session.get_one(SchemeDraft, 1).text
    assert "urban = 550, rural = 450 }" in text and 'version = "2026-12"' in text


def test_a_block_is_put_in_and_stays_incomplete_until_it_is_filled(desk):
    make_area("金溪县/云溪镇")
    path = begin(desk)

    post(desk, path, revision=1, text=TEXT, do="insert", insert="override", insert_area="金溪县/云溪镇")

    page = text_of(desk.get(path))
    assert "不完整" in page and "金溪县/云溪镇 自付比例:(没有写明)" in page.replace(" 金额:", " ")
    assert "overrides[1]" in text_of(desk.get(path))
    for name in ("class", "cap", "funding", "nothing"):
        with reading() as session:
            draft = session.get_one(SchemeDraft, 1)
        assert (
            post(desk, path, revision=draft.revision, text=TEXT, do="insert", insert=name, insert_area='"').status_code
            == 303
        )
        assert "处问题" not in text_of(desk.get(path)), name


MEALS = {
    "birth_day": "1940-03-01",
    "hukou": "金溪县",
    "residence": "金溪县",
    "settlement": "rural",
    "statuses": ["hardship"],
    "ability": "able",
    "site_area": "金溪县/云溪镇",
    "day0": "2026-11-01",
    "slot0": "lunch",
    "price0": "15",
    "way0": "dine_in",
    "days0": "28",
}


def test_a_draft_is_tried_on_meals(desk):
    path = begin(desk)

    said = text_of(post(desk, f"{path}/try", headers=HTMX, **MEALS))

    assert "28 餐,餐价 ¥420.00,补助 ¥200.00,自付 ¥220.00" in said
    assert "标准每月 400.00,已用 390.00,本次计入 10.00,自付一半 5.00" in said


#: Fields of a person or a meal that the try page does not ask for by their own names, and why or how.
OTHERWISE = {
    "approved": "",  # Everybody in a class counts, as the page says.
    "started": "",
    "working_day": "",  # The calendar knows.
    "booked_on": "booked_days",
    **{name: f"{name}0" for name in ("day", "slot", "way")},
    "price_fen": "price0",
}


def test_the_try_page_asks_for_every_fact_a_scheme_may_ask_for(desk):
    page = desk.get(f"{begin(desk)}/try").get_data(as_text=True)

    for field in (*fields(MealFacts), *fields(PersonFacts)):
        name = OTHERWISE.get(field.name, field.name.removesuffix("_fen"))
        assert not name or f'name="{name}"' in page, field.name


TERMS = {
    "sex": ('[eligible]\nsex = ["female"]', {"sex": "female"}, {"sex": "male"}),
    "permit": ('[eligible]\npermit = ["talent"]', {"permit": "talent"}, {"permit": "none"}),
    "months": (
        "[eligible]\nresident_months = { from = 12 }",
        {"resident_since": "2025-01-01"},
        {"resident_since": "2026-10-01"},
    ),
    "waived": ("", {"waived": ["another"]}, {"waived": ["another", "tried"]}),
    "set meal": ("set_meal_only = true", {"set_meal": "yes"}, {"set_meal": "no"}),
    "second portion": ("", {"second_portion": "no"}, {"second_portion": "yes"}),
    "booking": (
        'booking = { before = "20:00", days_before = 1 }',
        {"booked_days": "1", "booked_time": "19:59"},
        {"booked_days": "0", "booked_time": "08:00"},
    ),
    "net price": ('spend = { from = 15, on = "net" }', {"net_price": ""}, {"net_price": "14"}),
}


@pytest.mark.parametrize(("terms", "paid", "unpaid"), TERMS.values(), ids=TERMS)
def test_what_is_typed_of_an_invented_person_and_a_meal_decides(desk, terms, paid, unpaid):
    head, *rest = terms.partition("[")
    text = (
        f'id = "tried"\nversion = "1"\nname = "试"\nstack_group = "tried"\n{head}\n'
        'amount = { kind = "per_meal", yuan = 3 }\n' + "".join(rest)
    )
    path = begin(desk, text=text) + "/try"
    form = {**MEALS, "days0": "1", "with_others": ""}

    assert "补助 ¥3.00,自付 ¥12.00" in text_of(post(desk, path, **form | paid))
    refused = text_of(post(desk, path, **form | unpaid))
    assert "1 餐,餐价 ¥15.00" in refused and "¥3.00" not in refused


def test_a_delivery_fee_is_tried(desk):
    text = TEXT.replace("[amount]", "delivery = { yuan = 1 }\n\n[amount]", 1)
    path = begin(desk, text=text)

    said = text_of(post(desk, f"{path}/try", **MEALS | {"days0": "1", "way0": "delivery", "fee": "2.50"}))

    assert "送餐费 ¥2.50,其中自付 ¥1.50" in said


@pytest.mark.parametrize(
    "change",
    [
        {"fee": "-1"},
        {"net_price": "15.01"},
        {"booked_time": "24:00"},
        {"booked_days": "1"},
        {"booked_days": "63", "booked_time": "09:00"},
        {"resident_since": "x"},
        {"sex": "x"},
        {"permit": "x"},
        {"birth_day": "x"},
        {"birth_day": "2027-01-01"},
        {"price0": "-1"},
        {"days0": "63"},
        {"days0": "0"},
        {"day0": ""},
        {"site_area": ""},
        {"hukou": "a//b"},
        {"slot0": "brunch"},
        {"day1": "2026-13-01"},
    ],
    ids=str,
)
def test_what_cannot_be_tried_is_said(desk, change):
    answer = post(desk, f"{begin(desk)}/try", **MEALS | change)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.get_data(as_text=True) and "补助 ¥" not in text_of(answer)


def test_a_registered_elder_is_found_and_tried(desk):
    elder_id = make_elder("王秀兰")
    path = begin(desk)

    assert "王秀兰" in text_of(desk.get(f"{path}/try?q=王秀"))
    assert "困难" in text_of(desk.get(f"{path}/try?elder_id={elder_id}"))
    said = text_of(post(desk, f"{path}/try", **{**MEALS, "days0": "1", "elder_id": elder_id}))
    assert "1 餐,餐价 ¥15.00,补助 ¥7.50,自付 ¥7.50" in said
    assert desk.get(f"{path}/try?elder_id=99").status_code == 404


@pytest.fixture
def eaten(officer: Person) -> int:
    """Last month one elder of the sixth class ate once."""
    site = make_site(opened_on=date(2020, 1, 1))
    elder_id = make_elder("王秀兰", site=site)
    first, _ = span_before("month", clock.today())
    make_menu(site, day=first)
    with transaction() as session:
        at = clock.now().replace(year=first.year, month=first.month, day=first.day, hour=3)
        record_serving(
            session,
            ServeRequest(key="desk-eaten", site_id=site.id, elder_id=elder_id, slot="lunch"),
            actor=COMMAND,
            now=at,
        )
    return elder_id


def test_a_preview_masks_names_until_somebody_says_why(eaten, desk):
    path = begin(
        desk, text=TEXT.replace("own_percent = 50", "own_percent = 60").replace('version = "1"', 'version = "2"')
    )

    assert post(desk, f"{path}/preview", first="2027-01-01").headers["Location"].endswith("/preview")
    masked = text_of(desk.get(f"{path}/preview"))
    gain = text_of(desk.get(f"{path}/preview?kind=gain&page=7"))
    unmasked = text_of(post(desk, f"{path}/preview/names", reason="答复来访", kind="lose"))

    assert "王*兰" in masked and "王秀兰" not in masked
    assert "¥5.00 ¥6.00 -¥1.00" in masked
    assert "没有人得益" in gain
    assert "王秀兰" in unmasked
    assert post(desk, f"{path}/preview/names", reason="").status_code == 422
    file = desk.get(f"{path}/preview.csv").get_data().decode("utf-8-sig").splitlines()
    assert file[1:] == ["王*兰,枫林村 7组,六类,六类,1,5.00,6.00,0.00,0.00,-1.00"]
    assert desk.get(f"{path}/preview.xlsx").get_data().startswith(b"PK")
    assert desk.get(f"{path}/preview.exe").status_code == 404
    with reading() as session:
        assert session.scalars(select(Audit.detail).where(Audit.action == "unmask")).all() == [{"reason": "答复来访"}]


def test_a_large_preview_runs_apart_and_is_watched(eaten, desk):
    """What the page starts is a process; here the command it starts is run, and one that died is told."""
    path = begin(desk)
    now = clock.now()
    with transaction() as session:
        draft = session.get_one(SchemeDraft, 1)
        sample = working_out.sample_for(
            session, draft, from_day=date(2027, 1, 1), month=span_before("month", clock.today())[0]
        )
        working_out.begin(session, 1, sample, revision=1, now=now)

    for headers in ({}, HTMX):
        assert "已算 0 人,共 1 人" in text_of(desk.get(f"{path}/preview", headers=headers))
    assert post(desk, f"{path}/preview/cancel").status_code == 303
    assert "计算已停止" in text_of(desk.get(f"{path}/preview"))
    assert desk.application.test_cli_runner().invoke(args=["scheme", "preview", "1"]).exit_code == 1
    with transaction() as session:
        session.get_one(SchemePreview, 1).state = "running"
    done = desk.application.test_cli_runner().invoke(args=["scheme", "preview", "1"])
    assert "1 人, 1 餐" in done.output
    assert "一共" in text_of(desk.get(f"{path}/preview", headers=HTMX))
    with transaction() as session:
        found = session.get_one(SchemePreview, 1)
        found.state, found.seen_at = "running", now - 2 * working_out.SILENT
    assert "计算中断了" in text_of(desk.get(f"{path}/preview"))


def test_another_process_reads_the_same_settings(app):
    from canteen.base.config import read_settings

    settings = app.config["CANTEEN"]

    assert read_settings(working_out.environ_of(settings)) == settings


def test_switching_on_shows_what_it_means_and_who_may(desk, app, officer):
    path = begin(desk)
    make_staff("administrator", name="管理员乙")
    other = sign_in(app.test_client(), make_staff("civil_affairs", name="民政丙"))

    mine = text_of(desk.get(f"{path}/switch-on?first=2020-03-02"))
    theirs = other.get(f"{path}/switch-on?first=2020-03-02").get_data(as_text=True)
    refused = post(desk, f"{path}/switch-on", revision=1, first="2020-03-02", consent="yes")
    hasty = post(other, f"{path}/switch-on", revision=1, first="2020-03-02")
    done = post(other, f"{path}/switch-on", revision=1, first="2020-03-02", last="", consent="yes")

    assert "最后是您改的,要由另一个人启用" in mine and "民政丙" in mine and "管理员乙" in mine
    assert "从月中启用" in mine and "启用日期已经过去" in mine and "现在的版本 1 到前一天为止" in mine
    assert 'name="consent"' in theirs and "还没有看过影响" in theirs
    assert (refused.status_code, hasty.status_code, done.status_code) == (409, 409, 303)
    assert "版本 2" in text_of(desk.get(done.headers["Location"]))
    assert "已经启用" in text_of(desk.get(path))


def test_a_version_is_ended_and_a_planned_one_withdrawn(desk):
    path = begin(desk)
    post(desk, f"{path}/switch-on", revision=1, first="2027-01-01")

    assert "撤回这个版本" in text_of(desk.get("/schemes/2")) and "未开始" in text_of(desk.get("/schemes"))
    assert post(desk, "/schemes/2/withdraw").status_code == 303
    assert post(desk, "/schemes/1/end", last="").status_code == 303
    assert post(desk, "/schemes/1/end", last="2021-01-01").status_code == 409
    assert post(desk, "/schemes/1/end", last="2021-01-01", consent="yes").status_code == 303
    assert "已结束" in text_of(desk.get("/schemes"))
    with reading() as session:
        assert session.scalars(select(SchemeVersion.valid_to)).all() == [date(2021, 1, 1)]


def test_two_versions_are_compared(desk, app):
    begin(desk, text=TEXT.replace("own_percent = 50", "own_percent = 40"))
    clerk = sign_in(app.test_client(), make_staff("clerk", site=make_site()))

    said = text_of(desk.get("/schemes/compare?old=version:1&new=draft:1"))

    assert "金额 · 自付比例 amount.own_percent 50 40" in said
    assert "删去 own_percent = 50" in said and "新增 own_percent = 40" in said
    assert "意思完全相同" in text_of(clerk.get("/schemes/compare?old=version:1&new=version:1"))
    for foreign in ("draft:1", "version:9", "builtin:../x", "x"):
        assert clerk.get(f"/schemes/compare?old=version:1&new={foreign}").status_code == 404


def test_a_built_in_scheme_is_a_start(desk):
    assert "谁能享受,补多少" in text_of(desk.get("/schemes/builtin/jinxi"))
    assert desk.get("/schemes/builtin/none").status_code == 404
    path = begin(desk, "builtin:jinxi")
    assert "版本 2" in text_of(desk.get(path))
    assert post(desk, f"{path}/discard", revision=1).status_code == 303
    assert desk.get(path).status_code == 404
