"""Checks over HTTP: the list, one check, an elder's history, and what every header counts."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from factories import Person, Place, csrf, make_staff, sign_in
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from canteen.audit.models import Audit
from canteen.base import clock
from canteen.base.db import reading, transaction
from canteen.base.words import WORDS
from canteen.welfare.models import WelfareCheck, WelfareStep

from .conftest import check_of, nobody_answered


def post(client: FlaskClient, path: str, /, **data: object) -> TestResponse:
    return client.post(path, data={"csrf_token": csrf(client, "/welfare"), **data})


def shown(client: FlaskClient, path: str) -> str:
    answer = client.get(path, follow_redirects=True)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def badge(client: FlaskClient, path: str) -> str:
    """What the header of a page shows beside 探访: "" nothing."""
    entry = shown(client, path).split('<nav aria-label="主菜单">')[1].split('href="/welfare"')[1].split("</a>")[0]
    tag = entry.split('<span class="tag ')[1:]
    return re.sub(r"<svg.*?</svg>", "", tag[0].split('<span class="visually-hidden">')[0]) if tag else ""


@pytest.fixture
def desk(app: Flask, clerk: Person) -> FlaskClient:
    return sign_in(app.test_client(), clerk)


@pytest.fixture
def village(app: Flask, committee: Person) -> FlaskClient:
    return sign_in(app.test_client(), committee)


def test_a_check_is_worked_off_from_the_list_to_its_end(
    desk: FlaskClient, site: Place, wang: int, volunteer: Person
) -> None:
    empty = shown(desk, "/welfare")
    check = nobody_answered(wang, site, volunteer, now=clock.now(), words="测试:门口有报纸")

    listed = shown(desk, "/welfare")
    opened = shown(desk, f"/welfare/checks/{check}")
    step = {"key": "step-0001", "kind": "call", "result": "not_reached", "words": "测试:关机"}
    took = post(desk, f"/welfare/checks/{check}/steps", **step)
    after = shown(desk, took.location)
    closed = post(desk, f"/welfare/checks/{check}/close", how="hospital", words="测试:县医院")
    done = shown(desk, closed.location)

    assert "现在没有。" in empty
    assert (
        f'id="check-{check}"' in listed
        and "王秀兰" in listed
        and "测试志愿者甲" in listed
        and "测试:门口有报纸" in listed
    )
    assert "13900000001" not in listed, "phones stand only where somebody calls"
    assert 'href="tel:13900000001"' in opened and 'href="tel:13900000002"' in opened and "下一步:打电话给本人" in opened
    assert "下一步:再上门敲门" in after and "测试:关机" in after
    assert "今天已办结 1 条" in done and "已送医或住院" in done and "请在老人资料里登记暂停或去世" in done
    assert [(one.kind, one.result) for one in steps()] == [("call", "not_reached")]
    assert check_of(wang).closed_at is not None


def steps() -> list[WelfareStep]:
    with reading() as session:
        return list(session.scalars(select(WelfareStep)))


def test_a_button_that_says_well_is_the_step_and_the_end(
    desk: FlaskClient, site: Place, wang: int, volunteer: Person
) -> None:
    check = nobody_answered(wang, site, volunteer, now=clock.now())
    tap = {"key": "step-0001", "kind": "contact", "contact": "1", "result": "well", "words": "测试:在女儿家"}

    answers = [post(desk, f"/welfare/checks/{check}/steps", **tap) for _ in range(2)]

    assert [answer.location for answer in answers] == ["/welfare", "/welfare"]
    history = shown(desk, f"/welfare/elders/{wang}")
    assert "找联系人(测试女儿 女儿):平安 · 测试:在女儿家" in re.sub(r"\s*\n\s*", "", history)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"key": "step-0001", "kind": "call", "result": "told"}, "请按页面上的按钮"),
        ({"key": "step-0001", "kind": "", "result": "well"}, "请从列表中选择"),
        ({"key": "step-0001", "kind": "call", "result": "well", "words": "话" * 201}, "最多 200 个字"),
        ({"key": "step-0001", "kind": "contact", "result": "well", "contact": "9"}, "没有这位联系人"),
        ({"kind": "call", "result": "well"}, "请求不完整"),
    ],
)
def test_a_bad_step_is_told_and_nothing_is_written(
    desk: FlaskClient, site: Place, wang: int, volunteer: Person, data: dict[str, str], says: str
) -> None:
    check = nobody_answered(wang, site, volunteer, now=clock.now())

    answer = post(desk, f"/welfare/checks/{check}/steps", **data)

    assert (answer.status_code, steps()) == (422, [])
    assert says in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("how", "words", "says"), [("", "", "请选老人现在怎么样"), ("away", "", "请写明老人现在怎么样")]
)
def test_an_end_without_words_is_told(
    desk: FlaskClient, site: Place, wang: int, volunteer: Person, how: str, words: str, says: str
) -> None:
    check = nobody_answered(wang, site, volunteer, now=clock.now())

    answer = post(desk, f"/welfare/checks/{check}/close", how=how, words=words)

    assert (answer.status_code, check_of(wang).closed_at) == (422, None)
    assert says in answer.get_data(as_text=True)


def test_every_header_counts_what_waits_and_the_first_page_says_it_in_words(
    app: Flask, desk: FlaskClient, village: FlaskClient, site: Place, wang: int, volunteer: Person, manager: Person
) -> None:
    boss = sign_in(app.test_client(), manager)
    before = [badge(one, page) for one, page in ((desk, "/orders"), (boss, "/"), (village, "/oversight"))]
    nobody_answered(wang, site, volunteer, now=clock.now())
    fresh = [badge(one, page) for one, page in ((desk, "/orders"), (boss, "/menus"), (village, "/oversight"))]
    assert "已经超时" not in shown(desk, "/counter")

    make_late(check_of(wang).id)

    late = [badge(one, page) for one, page in ((desk, "/orders"), (boss, "/menus"), (village, "/grants"))]
    assert (before, fresh) == (["", "", ""], ['warn">1', 'warn">1', ""])
    assert late == ['bad"> 1', 'bad"> 1', 'bad"> 1']
    for client, first in ((desk, "/counter"), (boss, "/"), (village, "/oversight")):
        assert "1 位老人要有人去看,已经超时" in shown(client, first)
    assert "已经超时" not in shown(desk, "/orders"), "said once in words, on the first page"


def make_late(check_id: int) -> None:
    """Nobody did anything for half an hour and more."""
    with transaction() as session:
        check = session.get_one(WelfareCheck, check_id)
        check.opened_at -= timedelta(hours=1)
        check.due_at -= timedelta(hours=1)


def test_the_committee_works_off_what_was_passed_on(
    desk: FlaskClient, village: FlaskClient, site: Place, wang: int, volunteer: Person
) -> None:
    check = nobody_answered(wang, site, volunteer, now=clock.now())
    unseen = village.get(f"/welfare/checks/{check}").status_code
    told = {"key": "step-0001", "kind": "committee", "result": "told"}
    post(desk, f"/welfare/checks/{check}/steps", **told)

    page = shown(village, f"/welfare/checks/{check}")
    knock = {"key": "step-0002", "kind": "knock", "result": "well"}
    answer = post(village, f"/welfare/checks/{check}/steps", **knock)

    assert unseen == 404
    assert "测试路一号二楼" in page and "已告诉村(居)委会" not in page and "以前的探访" not in page
    assert answer.status_code == 303
    assert check_of(wang).closed_at is not None
    assert village.get(f"/welfare/elders/{wang}").status_code == 403


def test_opening_a_check_is_written_down_for_the_elder(
    desk: FlaskClient, site: Place, wang: int, volunteer: Person, clerk: Person
) -> None:
    check = nobody_answered(wang, site, volunteer, now=clock.now())

    shown(desk, f"/welfare/checks/{check}")

    with reading() as session:
        mine = Audit.subject == f"elder:{wang}", Audit.action == "open_person"
        looks = [tuple(row) for row in session.execute(select(Audit.actor, Audit.detail).where(*mine))]
    assert looks == [(f"staff:{clerk.id}", {"place": "welfare"})]


def test_the_desk_says_what_it_saw_with_pictures_and_words(desk: FlaskClient, site: Place, wang: int) -> None:
    page = shown(desk, f"/welfare/elders/{wang}")
    for code, text in WORDS["sign"].items():
        assert re.search(rf'value="{code}"><svg.*?#{code}"></use></svg> {text}', page)

    taps = {"key": "concern-01", "signs": ["doctor", "unsteady"], "words": "测试:扶着墙"}
    answers = [post(desk, f"/welfare/elders/{wang}/concerns", **taps) for _ in range(2)]
    nothing = post(desk, f"/welfare/elders/{wang}/concerns", key="concern-02")

    assert [answer.status_code for answer in (*answers, nothing)] == [303, 303, 422]
    assert "请选看到了什么,或写一句" in nothing.get_data(as_text=True)
    assert "要看医生" in shown(desk, "/welfare") and "测试:扶着墙" in shown(desk, "/welfare")
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(WelfareCheck)) == 1


def test_the_month_counts_checks_without_names(
    village: FlaskClient, desk: FlaskClient, site: Place, wang: int, volunteer: Person
) -> None:
    assert "还没有办结" not in shown(village, "/oversight")
    nobody_answered(wang, site, volunteer, now=clock.now())

    month = shown(village, "/oversight")

    row = month.split('<th scope="row">无人应答</th>')[1].split("</tr>")[0]
    assert re.findall(r'number">(\d+)<', row) == ["1", "0", "1"]
    assert "王秀兰" not in month


def test_the_register_leads_to_an_elder_s_checks_for_those_who_may_see_them(
    app: Flask, site: Place, wang: int, manager: Person
) -> None:
    office = sign_in(app.test_client(), make_staff("civil_affairs", path="金溪县"))
    boss = sign_in(app.test_client(), manager)
    link = f'href="/welfare/elders/{wang}"'

    assert link in shown(boss, f"/people/{wang}")
    assert link not in shown(office, f"/people/{wang}")
