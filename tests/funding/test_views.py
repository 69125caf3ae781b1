"""Screens of budgets, the gap and money received."""

from __future__ import annotations

import pytest
from factories import TODAY, Person, Place, csrf, make_area, make_staff, sign_in
from flask.testing import FlaskClient

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.funding.queries import areas_of

from .conftest import Carry

one_database = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    from factories import NOW

    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def desk(client: FlaskClient, officer: Person) -> FlaskClient:
    return sign_in(client, officer)


def text(answer) -> str:
    return answer.get_data(as_text=True)


@one_database
def test_a_budget_that_is_not_there_is_not_found(desk: FlaskClient) -> None:
    answer = desk.get("/funding/budgets/999")

    assert (answer.status_code, "没有找到这项预算" in text(answer)) == (404, True)


@one_database
def test_budgets_are_kept_of_ones_own_areas_only(site: Place) -> None:
    make_area("金溪县/云溪镇旁村")
    make_area("青禾县/云溪镇/枫林村")
    of_township = [path for _, path in areas_of(make_staff("civil_affairs", path="金溪县/云溪镇").actor)]
    of_all = [path for _, path in areas_of(COMMAND)]

    assert of_township == ["金溪县/云溪镇", "金溪县/云溪镇/枫林村"]
    assert {"金溪县", "金溪县/云溪镇旁村", "青禾县/云溪镇/枫林村"} < set(of_all)


@one_database
def test_a_budget_is_typed_seen_and_changed(desk: FlaskClient, carry: Carry) -> None:
    carry({"乡镇": 500})
    form = {
        "csrf_token": csrf(desk, "/funding"),
        "source_of": "stream|乡镇",
        "area_id": str(make_area("金溪县")),
        "period": "2026-11",
        "amount": "1,200.50",
        "source": "测试会议纪要 3 号",
    }
    answer = desk.post("/funding/budgets", data=form)
    page = text(desk.get("/funding"))

    assert (answer.status_code, answer.headers["Location"]) == (303, "/funding?year=2026")
    assert "¥1,200.50" in page and "¥1,195.50" in page
    history = text(desk.get("/funding/budgets/1"))
    assert "测试会议纪要 3 号" in history and "测试civil_affairs" in history


@one_database
@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("amount", "-1", "不是金额"),
        ("amount", "十元", "不是金额"),
        ("amount", "1e9", "不是金额"),
        ("amount", "12345678901", "不是金额"),
        ("period", "2026-13", "不是年份或月份"),
        ("period", "1999", "不是年份或月份"),
        ("source_of", "stream", "请从列表中选择"),
        ("source", "", "请填写这一项"),
    ],
)
def test_bad_input_is_told_beside_its_field(desk: FlaskClient, field: str, value: str, words: str) -> None:
    form = {
        "csrf_token": csrf(desk, "/funding"),
        "source_of": "stream|乡镇",
        "area_id": str(make_area("金溪县")),
        "period": "2026-11",
        "amount": "10",
        "source": "测试",
    } | {field: value}
    answer = desk.post("/funding/budgets", data=form)

    assert answer.status_code == 422 and words in text(answer)
    page = text(desk.get("/funding"))
    assert "¥20.00" in page and "/funding/budgets/" not in page.replace('action="/funding/budgets"', ""), (
        "only what the scheme states"
    )


@one_database
def test_an_exhausted_budget_says_so_on_the_page(desk: FlaskClient, carry: Carry) -> None:
    carry({"乡镇": 2000}, price_fen=2000)

    assert "已用完" in text(desk.get("/funding"))


@one_database
def test_the_gap_and_money_against_it(desk: FlaskClient, site: Place, carry: Carry) -> None:
    carry({"gap": 700})
    page = text(desk.get("/funding/sources"))
    key = page.split('name="key" value="', 1)[1].split('"', 1)[0]
    form = {
        "csrf_token": csrf(desk, "/funding/sources"),
        "key": key,
        "against": f"{site.id}|stream|gap",
        "kind": "gift",
        "amount": "2.50",
        "day": TODAY.isoformat(),
        "giver": "测试乡贤",
    }
    first, again = desk.post("/funding/incomes", data=form), desk.post("/funding/incomes", data=form)
    page = text(desk.get("/funding/sources"))

    assert (first.status_code, again.status_code) == (303, 303)
    assert "¥4.50" in page and "测试乡贤" in page and page.count("¥2.50") == 3
    assert desk.get("/funding/chart.svg").data.startswith(b"<?xml")
    too_much = desk.post("/funding/incomes", data=form | {"key": "another-key", "amount": "99"})
    assert too_much.status_code == 409 and "还差 4.50 元" in text(too_much)
    gap = desk.get("/funding/gap.csv").data.decode("utf-8-sig").splitlines()
    assert gap[1] == f"{site.name},0.00,{'0.00,' * 10}4.50,0.00,4.50"
    came = desk.get("/funding/incomes.csv").data.decode("utf-8-sig")
    assert "捐赠,测试乡贤,缺口(运营方垫付),云溪镇助餐,2.50" in came
    assert desk.get("/funding/sources.xlsx").data.startswith(b"PK")
    assert [desk.get(f"/funding/{name}").status_code for name in ("gap.pdf", "money.csv")] == [404, 404]
    nonsense = desk.post("/funding/incomes", data=form | {"key": "third-key-1", "against": "x|y", "amount": "0"})
    assert nonsense.status_code == 422
    keyless = desk.post("/funding/incomes", data=form | {"key": "short"})
    assert (keyless.status_code, "请求不完整" in text(keyless)) == (422, True)
    for field, most in (("giver", 60), ("reference", 60), ("note", 200)):
        long = form | {"key": f"long-key-{field}", "amount": "0.01", field: "长" * most}
        assert desk.post("/funding/incomes", data=long).status_code == 303, field
        longer = desk.post("/funding/incomes", data=long | {field: "长" * (most + 1)})
        assert (longer.status_code, f"最多 {most} 个字" in text(longer)) == (422, True), field


@one_database
def test_a_committee_looks_and_does_not_write(client: FlaskClient, site: Place, carry: Carry) -> None:
    carry({"乡镇": 100, "gap": 700})
    sign_in(client, make_staff("committee", site=site))

    assert "录入或修改预算" not in text(client.get("/funding"))
    assert '<form method="post" action="/funding' not in text(client.get("/funding/sources"))
    assert client.post("/funding/budgets", data={"csrf_token": csrf(client, "/funding")}).status_code == 403
