"""The pages: one's own account, the staff of an area, the audit trail, the language."""

from __future__ import annotations

import hashlib
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from canteen.audit import trail
from canteen.base.access import COMMAND
from canteen.base.db import database, reading, transaction
from canteen.base.words import ROLES
from canteen.staff.models import Staff
from tests.factories import NOW, PASSWORD, Person, Place, csrf, make_elder, make_site, make_staff, sign_in
from tests.staff import steps
from tests.staff.steps import GOOD, errors, text


@pytest.fixture
def desk(client: FlaskClient, administrator: Person) -> FlaskClient:
    """An administrator's browser."""
    return sign_in(client, administrator)


def send(client: FlaskClient, path: str, **form: str) -> TestResponse:
    own = {"own_password": PASSWORD, "lock_password": PASSWORD} if path.startswith("/staff") else {}
    return client.post(path, data=own | form | {"csrf_token": csrf(client, "/account")})


# Roles


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        pytest.param("/staff", {"administrator"}, id="staff"),
        pytest.param("/staff/new", {"administrator"}, id="new account"),
        pytest.param("/audit", {"administrator", "civil_affairs"}, id="audit"),
        pytest.param("/account", set(ROLES), id="own account"),
    ],
)
def test_pages_open_for_their_roles_only(app: Flask, site: Place, path: str, allowed: set[str]) -> None:
    statuses = {role: sign_in(app.test_client(), make_staff(role, site=site)).get(path).status_code for role in ROLES}

    assert statuses == {role: 200 if role in allowed else 403 for role in ROLES}


# The own account


def test_changing_the_own_password_signs_other_browsers_out(
    desk: FlaskClient, other_client: FlaskClient, administrator: Person
) -> None:
    sign_in(other_client, administrator)

    answer = send(desk, "/account", current_password=PASSWORD, password=GOOD, password_again=GOOD)

    assert answer.status_code == 303
    assert (desk.get("/account").status_code, other_client.get("/account").status_code) == (200, 303)


@pytest.mark.parametrize(
    ("form", "problems"),
    [
        pytest.param(
            {"current_password": "x", "password": GOOD, "password_again": GOOD},
            {"current_password": "现在的密码不对"},
            id="a wrong current password",
        ),
        pytest.param(
            {"current_password": PASSWORD, "password": GOOD, "password_again": GOOD + "."},
            {"password_again": "两次输入的新密码不一样"},
            id="two different new ones",
        ),
        pytest.param(
            {"current_password": PASSWORD, "password": PASSWORD, "password_again": PASSWORD},
            {"password": "新密码和现在的一样"},
            id="the same again",
        ),
        pytest.param(
            {"current_password": "", "password": "short", "password_again": "short"},
            {"current_password": "请输入现在的密码", "password": "密码至少要 8 个字"},
            id="two things at once",
        ),
    ],
)
def test_what_is_wrong_stands_beside_the_field_and_no_password_comes_back(
    desk: FlaskClient, form: dict[str, str], problems: dict[str, str]
) -> None:
    answer = send(desk, "/account", **form)

    assert (answer.status_code, errors(answer)) == (422, problems)
    assert GOOD not in text(answer)


# The staff of an area


def new_account(site: Place, **changes: str) -> dict[str, str]:
    return {
        "username": "li.mei",
        "name": "李梅",
        "role": "clerk",
        "reach": f"site:{site.id}",
        "elder_id": "",
        "password": GOOD,
    } | changes


def test_an_added_person_signs_in_and_chooses_an_own_password(
    desk: FlaskClient, other_client: FlaskClient, site: Place
) -> None:
    added = send(desk, "/staff", **new_account(site))
    other_client.post("/sign-in", data={"username": "li.mei", "password": GOOD, "csrf_token": csrf(other_client)})

    assert (added.status_code, added.headers["Location"]) == (303, "/staff")
    assert "账号 li.mei 已建立" in text(desk.get("/staff"))
    assert "请先换成自己的密码" in text(other_client.get("/account"))


def test_an_account_may_reach_an_area(desk: FlaskClient, site: Place) -> None:
    send(desk, "/staff", **new_account(site, role="committee", reach=f"area:{site.area_id}"))

    with reading() as session:
        row = session.execute(select(Staff.role, Staff.area_id, Staff.site_id).where(Staff.username == "li.mei")).one()
    assert tuple(row) == ("committee", site.area_id, None)


def test_an_account_may_be_an_elder(desk: FlaskClient, site: Place) -> None:
    elder_id = make_elder(site=site)

    send(desk, "/staff", **new_account(site, elder_id=str(elder_id)))

    with reading() as session:
        assert session.scalar(select(Staff.elder_id).where(Staff.username == "li.mei")) == elder_id


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        pytest.param(
            {"username": "李梅"},
            {"username": "用户名只能用小写英文字母、数字、点、下划线和短横线,2 到 32 个"},
            id="a Chinese user name",
        ),
        pytest.param({"name": " "}, {"name": "请填写姓名"}, id="no name"),
        pytest.param({"role": "terminal"}, {"role": "请选择角色"}, id="a terminal is no person"),
        pytest.param({"reach": ""}, {"reach": "请选择区域或助餐点"}, id="no reach"),
        pytest.param({"reach": "site:999"}, {"reach": "请选择区域或助餐点"}, id="a site that is not there"),
        pytest.param({"reach": "site:1 or 1=1"}, {"reach": "请选择区域或助餐点"}, id="not a place"),
        pytest.param(
            {"reach": "area:1"}, {"reach": "柜台和送餐志愿者的账号要属于一个助餐点"}, id="a clerk of a county"
        ),
        pytest.param({"elder_id": "七"}, {"elder_id": "老人编号是一个数字,不是老人就留空"}, id="an elder by name"),
        pytest.param({"elder_id": "9" * 30}, {"elder_id": "老人编号是一个数字,不是老人就留空"}, id="a number too long"),
        pytest.param(
            {"password": "li.mei2026"},
            {"password": "这个密码太常见,容易被猜到;可以把几个不相干的词连起来"},
            id="a guessable password",
        ),
    ],
)
def test_a_wrong_form_keeps_what_was_typed(
    desk: FlaskClient, site: Place, changes: dict[str, str], problems: dict[str, str]
) -> None:
    form = new_account(site, **changes)

    answer = send(desk, "/staff", **form)

    assert (answer.status_code, errors(answer)) == (422, problems)
    assert [f'value="{form[name]}"' in text(answer) for name in ("username", "elder_id")] == [True, True]
    assert GOOD not in text(answer)


def test_a_user_name_in_use_is_said_beside_the_field(desk: FlaskClient, site: Place, clerk: Person) -> None:
    answer = send(desk, "/staff", **new_account(site, username=clerk.username.upper()))

    assert errors(answer) == {"username": "用户名已经有人用了"}


def test_only_places_in_reach_are_offered(client: FlaskClient, site: Place) -> None:
    foreign = make_site("柳树村助餐点", path="金溪县/石桥镇/柳树村")
    sign_in(client, make_staff("administrator", path="金溪县/云溪镇"))

    page = text(client.get("/staff/new"))
    answer = send(client, "/staff", **new_account(foreign))

    assert (f'value="site:{site.id}"' in page, f'value="site:{foreign.id}"' in page) == (True, False)
    assert (answer.status_code, list(errors(answer))) == (422, ["reach"])


@pytest.mark.parametrize("path", ["/staff/{id}", "/staff/{id}/lock", "/staff/{id}/unlock", "/staff/{id}/password"])
@pytest.mark.parametrize("where", ["foreign", "not there", "no number a database has"])
def test_foreign_accounts_are_as_if_they_were_not_there(
    client: FlaskClient, site: Place, path: str, where: str
) -> None:
    foreign = make_staff("clerk", site=make_site("柳树村助餐点", path="金溪县/石桥镇/柳树村"))
    sign_in(client, make_staff("administrator", path="金溪县/云溪镇"))
    path = path.format(id={"foreign": foreign.id, "not there": 999}.get(where, 10**12))

    answer = client.get(path) if path.count("/") == 2 else send(client, path, password=GOOD)

    assert answer.status_code == 404
    assert foreign.username not in text(answer)
    assert steps.trail("lock_account") + steps.trail("unlock_account") + steps.trail("reset_password") == []


def test_locking_and_unlocking_show_on_the_page(desk: FlaskClient, clerk: Person) -> None:
    page = f"/staff/{clerk.id}"

    send(desk, f"{page}/lock")
    locked = text(desk.get(page))
    send(desk, f"{page}/unlock")
    unlocked = text(desk.get(page))

    assert ("</svg> 停用" in locked, "</svg> 可用" in unlocked) == (True, True)
    assert [row[1] for row in steps.trail()[-2:]] == ["lock_account", "unlock_account"]


def test_a_reset_password_is_checked_and_must_be_replaced(
    desk: FlaskClient, other_client: FlaskClient, clerk: Person
) -> None:
    bad = send(desk, f"/staff/{clerk.id}/password", password="password123")
    good = send(desk, f"/staff/{clerk.id}/password", password=GOOD)
    other_client.post("/sign-in", data={"username": clerk.username, "password": GOOD, "csrf_token": csrf(other_client)})

    assert (bad.status_code, list(errors(bad)), good.status_code) == (422, ["password"], 303)
    assert other_client.get("/account").status_code == 200
    assert "请先换成自己的密码" in text(other_client.get("/account"))


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/staff", "own_password"),
        ("/staff/{id}/password", "own_password"),
        ("/staff/{id}/lock", "lock_password"),
        ("/staff/{id}/unlock", "lock_password"),
        ("/account/sessions", "sessions_password"),
    ],
)
@pytest.mark.parametrize(("given", "says"), [("", "请输入您自己的密码"), ("not mine", "密码不对")])
def test_other_peoples_accounts_and_own_sessions_need_the_own_password_again(
    desk: FlaskClient, site: Place, clerk: Person, path: str, field: str, given: str, says: str
) -> None:
    before = accounts()

    answer = send(desk, path.format(id=clerk.id), **new_account(site), **{field: given})

    assert (answer.status_code, errors(answer)) == (422, {field: says})
    assert accounts() == before


def accounts() -> list[tuple[object, ...]]:
    with reading() as session:
        return [tuple(row) for row in session.execute(select(Staff.__table__).order_by(Staff.id))]


def test_guessing_the_own_password_pauses_but_not_at_the_sign_in_page(
    desk: FlaskClient, other_client: FlaskClient, administrator: Person, clerk: Person
) -> None:
    said = [errors(send(desk, f"/staff/{clerk.id}/lock", lock_password="x"))["lock_password"] for _ in range(6)]

    assert said == ["密码不对"] * 5 + ["密码错误次数太多,请 15 分钟后再试"]
    sign_in(other_client, administrator)


# One's own sessions


def test_own_sessions_are_listed_and_one_can_be_ended(
    desk: FlaskClient, other_client: FlaskClient, administrator: Person
) -> None:
    other_client.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537 Chrome/120 Mobile"
    sign_in(other_client, administrator)
    page = text(desk.get("/account"))
    [which] = re.findall(r'name="which" value="([0-9a-f]{16})"', page)

    answer = send(desk, "/account/sessions", which=which, sessions_password=PASSWORD)
    again = send(desk, "/account/sessions", which=which, sessions_password=PASSWORD)

    assert "Android Chrome" in page
    assert (answer.status_code, again.status_code) == (303, 404)
    assert (desk.get("/account").status_code, other_client.get("/account").status_code) == (200, 303)


def test_signing_out_everywhere_else_keeps_only_this_browser(
    app: Flask, desk: FlaskClient, other_client: FlaskClient, administrator: Person, clerk: Person
) -> None:
    sign_in(other_client, administrator)
    third = sign_in(app.test_client(), clerk)

    answer = send(desk, "/account/sessions", which="", sessions_password=PASSWORD)

    assert answer.status_code == 303
    assert [browser.get("/account").status_code for browser in (desk, other_client, third)] == [200, 303, 200]
    assert 'name="which" value="' in text(desk.get("/account"))
    assert re.findall(r'name="which" value="([0-9a-f]{16})"', text(desk.get("/account"))) == []


def test_a_session_of_somebody_else_cannot_be_ended(
    desk: FlaskClient, other_client: FlaskClient, clerk: Person
) -> None:
    sign_in(other_client, clerk)
    with steps.cookie_of(other_client) as held:
        theirs = hashlib.sha256(str(held["_user_id"]).encode()).hexdigest()[:16]

    answer = send(desk, "/account/sessions", which=theirs, sessions_password=PASSWORD)

    assert (answer.status_code, other_client.get("/account").status_code) == (404, 200)


@pytest.mark.parametrize(
    "path", ["/account/sessions", "/staff/1/lock", "/staff/1/unlock", "/staff/1/password", "/sign-out", "/language/en"]
)
def test_what_writes_is_not_opened_by_a_link(desk: FlaskClient, path: str) -> None:
    assert desk.get(path).status_code == 405


def statements(client: FlaskClient, path: str) -> int:
    count = 0

    def one_more(*_args: object) -> None:
        nonlocal count
        count += 1

    event.listen(database.engine, "before_cursor_execute", one_more)
    try:
        assert client.get(path).status_code == 200
    finally:
        event.remove(database.engine, "before_cursor_execute", one_more)
    return count


def test_lists_cost_the_same_with_one_row_and_with_many(desk: FlaskClient, site: Place) -> None:
    def write(count: int) -> None:
        for _ in range(count):
            person = make_staff("clerk", site=site)
            with transaction() as session:
                trail.record(session, actor=person.actor, action="serve", subject="serving:1", at=NOW, site_id=site.id)

    write(1)
    few = [statements(desk, path) for path in ("/staff", "/audit")]
    write(9)
    many = [statements(desk, path) for path in ("/staff", "/audit")]

    assert few == many


# The audit trail


def test_the_trail_says_who_did_what_when_and_nothing_personal(desk: FlaskClient, site: Place, clerk: Person) -> None:
    elder_id = make_elder("王秀兰", site=site, phone="13800000001")
    with transaction() as session:
        trail.record(
            session,
            actor=clerk.actor,
            action="unmask",
            subject=f"elder:{elder_id}",
            at=NOW,
            site_id=site.id,
            why="核对",
        )

    page = text(desk.get("/audit?action=unmask"))

    cells = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("<tbody>")[1].split("</tbody>")[0])).split()
    assert cells == ["2026-11-21", "11:42:00", clerk.actor.name, "查看完整信息", "老人", "王*兰", "原因", "核对"]
    assert ("王秀兰" in page, "13800000001" in page) == (False, False)


def test_a_verb_without_words_shows_no_code(desk: FlaskClient) -> None:
    with transaction() as session:
        trail.record(session, actor=COMMAND, action="new_verb", subject="x", at=NOW)

    page = text(desk.get("/audit"))

    assert ("new_verb" in page, "命令行" in page) == (False, True)


def test_older_rows_are_one_link_away_with_the_same_filter(desk: FlaskClient) -> None:
    for number in range(51):
        with transaction() as session:
            trail.record(session, actor=COMMAND, action="serve", subject=f"serving:{number}", at=NOW, meals=number)

    first = text(desk.get("/audit?action=serve"))
    link = re.search(r'href="(/audit\?[^"]*before=\d+)"', first)
    assert link is not None
    second = text(desk.get(link[1].replace("&amp;", "&")))

    oldest = "份数 0<"
    assert (oldest in first, oldest in second, second.count("<tr>")) == (False, True, 2)


@pytest.mark.parametrize(
    "query", ["before=x", "before=-1", "before=" + "9" * 40, "action=" + "x" * 5000, "subject=%00"]
)
def test_a_filter_that_cannot_be_understood_does_no_harm(desk: FlaskClient, query: str) -> None:
    answer = desk.get(f"/audit?{query}")

    assert (answer.status_code, "日志" in text(answer)) == (200, True)


def test_before_the_first_account_the_sign_in_page_says_how_to_make_one(client: FlaskClient) -> None:
    assert "flask --app wsgi init" in text(client.get("/sign-in"))

    make_staff("clerk", site=make_site())

    assert "flask --app wsgi init" not in text(client.get("/sign-in"))
