from __future__ import annotations

import re
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from canteen.audit.models import Audit
from canteen.base.clock import today
from canteen.base.db import reading
from canteen.people.listing import person_page
from canteen.people.models import Card, Elder
from canteen.people.queries import load_elder
from tests.factories import Person, Place, csrf, make_elder, make_site, make_staff, sign_in
from tests.people.rosters import id_number
from tests.sent import statements

FORM = {
    "name": "测试甲",
    "id_number": id_number(),
    "residence": "枫林村",
    "hukou": "",
    "settlement": "",
    "village_group": "七组",
    "ability": "able",
    "living": "",
    "sex": "",
    "diet": "少盐",
    "phone": "138-0000-0001",
    "card": "０００００７",
    "wants_delivery": "1",
}


def send(client: FlaskClient, path: str, **data: str):
    return client.post(path, data=data | {"csrf_token": csrf(client, "/people/")})


def words(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


@pytest.fixture
def elder_id(site: Place) -> int:
    return make_elder("王秀兰", site=site, card="000001", statuses=())


def test_registering_a_person(keeper: FlaskClient, site: Place):
    answer = send(keeper, "/people/new", **FORM, home_site_id=str(site.id))

    assert (answer.status_code, answer.headers["Location"]) == (303, "/people/1")
    with reading() as session:
        facts = load_elder(session, 1, day=today())
        card = session.scalars(select(Card)).one()
    assert facts is not None
    assert (facts.name, facts.person.birth_day, facts.village_group, facts.phone) == (
        "测试甲",
        date(1950, 1, 1),
        "7组",
        "13800000001",
    )
    assert (facts.person.settlement, facts.wants_delivery, card.number, card.shown) == ("rural", True, "7", "000007")


BAD = {
    "no name": ({"name": " "}, "name", "请填写这一项"),
    "15 digits": ({"id_number": "361027590316874"}, "id_number", "15位旧身份证号,请填写18位"),
    "check digit": ({"id_number": id_number()[:17] + "0"}, "id_number", "身份证号校验位不对,请逐位核对"),
    "a residence from before being born": (
        {"resident_since": "1949-12-31"},
        "resident_since",
        "居住起始日期早于出生日期",
    ),
    "a residence since a word": (
        {"resident_since": "很久"},
        "resident_since",
        "「很久」不是居住起始日期,请写成 2020-03-01",
    ),
    "a permit nobody issues": ({"permit": "visa"}, "permit", "请从列表中选择"),
    "neither number nor date": ({"id_number": ""}, "birth_day", "没有身份证号时,请填出生日期"),
    "a date that is none": ({"birth_day": "2050-01-01"}, "birth_day", "「2050-01-01」不是出生日期,请写成 1951-07-15"),
    "phone": ({"phone": "5261234"}, "phone", "固定电话请带区号"),
    "no village": ({"residence": "幸福小区"}, "residence", "地址看不出是哪个村"),
    "a word that is not in the list": ({"ability": "strong"}, "ability", "请从列表中选择"),
    "a site that is not there": ({"home_site_id": "99"}, "home_site_id", "这个助餐点不在您的管理范围"),
}


@pytest.mark.parametrize(("change", "field", "sentence"), BAD.values(), ids=BAD)
def test_a_mistake_stands_beside_its_field_and_keeps_what_was_typed(
    keeper: FlaskClient, site: Place, change, field, sentence
):
    answer = send(keeper, "/people/new", **(FORM | {"home_site_id": str(site.id), "note": "别丢了我"} | change))

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert re.search(rf'id="e-{field}"[^>]*>.*?{re.escape(sentence)}', page, re.DOTALL)
    assert 'value="别丢了我"' in page and f'value="{change.get("phone", "138-0000-0001")}"' in page
    with reading() as session:
        assert session.scalars(select(Elder.id)).all() == []


def test_a_birth_date_beside_another_id_number_is_told(keeper: FlaskClient, site: Place):
    send(keeper, "/people/new", **(FORM | {"birth_day": "1949-12-31", "home_site_id": str(site.id)}))

    page = words(keeper.get("/people/1"))
    assert "出生日期与身份证号不同,按身份证号登记,填写的日期另存备查" in page
    assert "出生年月 1950-01" in page and "1949-12-31" not in page
    opened = words(send(keeper, "/people/1/id-number", reason="核对出生日期"))
    assert "另一个出生日期 1949-12-31" in opened and "出生日期 1950-01-01" in opened


def test_a_masked_number_and_what_stands_beside_it_leave_many_numbers_possible(keeper: FlaskClient, site: Place):
    send(keeper, "/people/new", **FORM, home_site_id=str(site.id))

    number = id_number()
    for address in ("/people/1", "/people/1/edit", "/people/", "/entitlements/elders/1"):
        page = keeper.get(address).get_data(as_text=True)
        assert number[-3:] not in page and number[:6] not in page, address
        assert "1950-01-01" not in page, address


def test_the_edit_form_never_holds_the_id_number(keeper: FlaskClient, site: Place):
    send(keeper, "/people/new", **FORM, home_site_id=str(site.id))

    page = keeper.get("/people/1/edit").get_data(as_text=True)

    assert id_number() not in page and "*" * 16 + id_number()[-2:] in page
    assert 'name="birth_day"' not in page


def test_changing_a_person(keeper: FlaskClient, site: Place):
    send(keeper, "/people/new", **FORM, home_site_id=str(site.id))
    changed = FORM | {
        "id_number": "",
        "diet": "软食",
        "residence": "金溪县/云溪镇/石桥村",
        "home_site_id": str(site.id),
    }

    answer = send(keeper, "/people/1/edit", **changed)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/people/1")
    page = words(keeper.get("/people/1"))
    assert "已保存" in page and "饮食 软食" in page and "金溪县 云溪镇 石桥村 7组" in page
    assert "性别 男" in page


def test_a_mistake_while_changing_keeps_what_was_typed(keeper: FlaskClient, elder_id: int):
    answer = send(keeper, f"/people/{elder_id}/edit", **(FORM | {"id_number": "12", "note": "别丢了我"}))

    assert answer.status_code == 422
    assert 'value="别丢了我"' in answer.get_data(as_text=True)


def test_the_id_number_is_masked_until_somebody_says_why(keeper: FlaskClient, site: Place):
    send(keeper, "/people/new", **FORM, home_site_id=str(site.id))
    before = keeper.get("/people/1").get_data(as_text=True)

    refused = send(keeper, "/people/1/id-number", reason="")
    answer = send(keeper, "/people/1/id-number", reason="核对低保名单")

    assert id_number() not in before
    assert (refused.status_code, id_number() in refused.get_data(as_text=True)) == (422, False)
    assert (answer.status_code, id_number() in answer.get_data(as_text=True)) == (200, True)
    assert answer.headers["Cache-Control"] == "no-store"
    assert id_number() not in keeper.get("/people/1").get_data(as_text=True)
    with reading() as session:
        rows = session.scalars(select(Audit).where(Audit.action == "unmask_id")).all()
    assert [(row.subject, row.detail) for row in rows] == [("elder:1", {"reason": "核对低保名单"})]


def test_cards_statuses_and_events_on_the_page(keeper: FlaskClient, elder_id: int, manager: Person):
    at = f"/people/{elder_id}"
    answers = [
        send(keeper, f"{at}/cards/1/end", reason="遗失", card="０００２"),
        send(keeper, f"{at}/cards", card="3"),
        send(
            keeper, f"{at}/statuses", status_kind="dibao", status_from="2026-01-01", issuer="民政局", evidence="低保证"
        ),
        send(keeper, f"{at}/statuses/1/end", to_day="2026-06-30"),
        send(
            keeper,
            f"{at}/events",
            event_kind="paused",
            event_from="2020-01-01",
            event_to="2020-02-01",
            event_reason="住院",
        ),
        send(keeper, f"{at}/events/1/cancel"),
    ]

    assert [(answer.status_code, answer.headers.get("Location")) for answer in answers] == [(303, at)] * 6
    page = person_page(elder_id, actor=manager.actor, day=today())
    assert [(card.shown, card.end_reason) for card in page.cards] == [("3", ""), ("0002", ""), ("000001", "遗失")]
    assert [(one.facts.kind, one.to_day) for one in page.statuses] == [("dibao", date(2026, 6, 30))]
    assert [(one.kind, one.cancelled_at is None) for one in page.events] == [("paused", False)]
    shown = words(keeper.get(at))
    assert "低保 2026-01-01 2026-06-30 民政局 低保证" in shown and "已撤销" in shown


@pytest.mark.parametrize(
    ("path", "data", "sentence"),
    [
        (
            "statuses",
            {"status_kind": "dibao", "status_from": "昨天", "issuer": "别丢了我", "evidence": "x"},
            "「昨天」不是日期",
        ),
        (
            "statuses",
            {
                "status_kind": "dibao",
                "status_from": "2026-01-02",
                "status_to": "2026-01-01",
                "issuer": "别丢了我",
                "evidence": "x",
            },
            "最后一天不能早于开始的一天",
        ),
        (
            "statuses",
            {"status_kind": "rich", "status_from": "2026-01-01", "issuer": "别丢了我", "evidence": "x"},
            "请从列表中选择",
        ),
        ("events", {"event_kind": "paused", "event_from": "", "event_reason": "别丢了我"}, "不是日期"),
    ],
)
def test_a_mistake_on_the_page_keeps_what_was_typed(keeper: FlaskClient, elder_id: int, path, data, sentence):
    answer = send(keeper, f"/people/{elder_id}/{path}", **data)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in page and 'value="别丢了我"' in page and '<details class="no-print" open>' in page


@pytest.mark.parametrize(
    ("path", "data", "status", "sentence"),
    [
        ("cards", {"card": "000001"}, 409, "卡号 000001 正在使用"),
        ("cards", {"card": " - "}, 422, "请填写卡号"),
        ("events", {"event_kind": "died", "event_from": "2099-01-01"}, 422, "去世日期不能在今天之后"),
        ("statuses/1/end", {"to_day": "x"}, 422, "不是日期"),
    ],
)
def test_what_cannot_be_is_said(keeper: FlaskClient, elder_id: int, path, data, status, sentence):
    answer = send(keeper, f"/people/{elder_id}/{path}", **data)

    assert (answer.status_code, sentence in words(answer)) == (status, True)


def test_the_list_and_its_block(keeper: FlaskClient, elder_id: int):
    make_elder("李不在此", path="金溪县/秀谷镇/河东社区")

    page = keeper.get("/people/")
    block = keeper.get("/people/?q=wangxiu", headers={"HX-Request": "true"})

    assert "王秀兰" in words(page) and "李不在此" not in words(page)
    assert "共 1 人" in words(page)
    assert "<html" in page.get_data(as_text=True) and "<html" not in block.get_data(as_text=True)
    assert "没有找到" in words(block) and block.headers["Vary"] == "HX-Request, Cookie"


def test_finding_in_the_list(keeper: FlaskClient, site: Place):
    send(keeper, "/people/new", **FORM, home_site_id=str(site.id))

    for text in ("测试", "ceshi", "csj", "0001", "7", id_number()):
        assert "找到 1 人" in words(keeper.get("/people/", query_string={"q": text})), text
    assert "没有找到" in words(keeper.get("/people/", query_string={"q": "没有这人"}))


def test_an_odd_filter_narrows_nothing(keeper: FlaskClient, elder_id: int):
    assert "王秀兰" in words(keeper.get("/people/?site=x&after=-1&state=odd"))


def test_pages_of_the_list(keeper: FlaskClient, site: Place):
    for number in range(51):
        make_elder(f"测试{number:02d}", site=site)

    first = keeper.get("/people/").get_data(as_text=True)
    [link] = re.findall(r'href="(/people/\?[^"]*after=[^"]*)"', first)
    second = words(keeper.get(link.replace("&amp;", "&")))

    assert "测试49" in first and "测试50" not in first
    assert "测试50" in second and "测试49" not in second and "下一页" not in second


def test_one_and_three_people_cost_the_same(keeper: FlaskClient, site: Place):
    cost = []
    for number in range(3):
        make_elder(f"测试{number}", site=site, card=str(number))
        with statements() as sent:
            keeper.get("/people/")
        cost.append(len(sent))

    assert cost[0] == cost[2]


PATHS = {
    "page": ("GET", ""),
    "edit form": ("GET", "/edit"),
    "edit": ("POST", "/edit"),
    "unmask": ("POST", "/id-number"),
    "card": ("POST", "/cards"),
    "end card": ("POST", "/cards/1/end"),
    "status": ("POST", "/statuses"),
    "end status": ("POST", "/statuses/1/end"),
    "event": ("POST", "/events"),
    "cancel": ("POST", "/events/1/cancel"),
    "give up": ("POST", "/waivers"),
    "take back": ("POST", "/waivers/end"),
}
WHOLE = FORM | {
    "reason": "x",
    "status_kind": "dibao",
    "status_from": "2026-01-01",
    "issuer": "x",
    "evidence": "x",
    "to_day": "2026-01-01",
    "event_kind": "moved",
    "event_from": "2026-01-01",
    "scheme": "x",
    "waiver_reason": "x",
}


@pytest.mark.parametrize(("method", "path"), PATHS.values(), ids=PATHS)
def test_people_of_another_site_are_not_there(client: FlaskClient, elder_id: int, method, path):
    stranger = make_staff("manager", site=make_site("秀谷镇助餐点", path="金溪县/秀谷镇/河东社区"))
    sign_in(client, stranger)

    data = WHOLE | {"csrf_token": csrf(client, "/people/")}
    answer = client.open(f"/people/{elder_id}{path}", method=method, data=data if method == "POST" else None)

    assert (answer.status_code, "王秀兰" in answer.get_data(as_text=True)) == (404, False)


@pytest.mark.parametrize("path", [path for method, path in PATHS.values() if method == "POST" and path != "/edit"])
def test_writing_is_not_reading(keeper: FlaskClient, elder_id: int, path):
    assert keeper.get(f"/people/{elder_id}{path}").status_code == 405


@pytest.mark.parametrize("role", ["clerk", "volunteer", "committee"])
def test_the_register_is_for_those_who_keep_it(client: FlaskClient, site: Place, elder_id: int, role):
    sign_in(client, make_staff(role, site=site))

    for path in ("/people/", f"/people/{elder_id}", "/people/new", "/people/import/"):
        assert client.get(path).status_code == 403


def test_nobody_signs_in_first(client: FlaskClient, elder_id: int):
    assert client.get(f"/people/{elder_id}").status_code in (302, 303)
