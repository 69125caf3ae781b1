"""The pages of services and providers."""

from __future__ import annotations

import pytest
from factories import csrf, make_site, make_staff, sign_in
from flask.testing import FlaskClient

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.care import queries
from canteen.purses.credits.run import Job
from canteen.purses.credits.service import credit_month


@pytest.fixture
def at_till(client, clerk) -> FlaskClient:
    return sign_in(client, clerk)


@pytest.fixture
def at_desk(client, officer) -> FlaskClient:
    return sign_in(client, officer)


@pytest.fixture
def form(elder, provider) -> dict[str, str]:
    """An hour of cleaning today, as the form sends it."""
    credit_month(Job(clock.today().replace(day=1)), actor=COMMAND, now=clock.now(), confirmed=clock.day_of(clock.now()))
    return {
        "key": "form-key-1",
        "elder_id": str(elder),
        "provider_id": str(provider),
        "kind": "cleaning",
        "day": clock.today().isoformat(),
        "minutes": "60",
        "price": "",
        "pay_way": "cash",
        "confirmed_by": "elder",
        "confirmer": "",
        "worker": "测试工人",
        "note": "",
    }


def post(client: FlaskClient, path: str, **fields):
    return client.post(path, data={"csrf_token": csrf(client, "/care/providers"), **fields})


def text(answer) -> str:
    return answer.get_data(as_text=True)


def test_first_a_look_then_the_record(at_till, form):
    look = post(at_till, "/care/new", **form, do="try")
    assert look.status_code == 200 and "价格 ¥30.00,自付 ¥6.00" in text(look) and "测试工人" in text(look)
    assert "form-key-1" in text(look)  # the same key, so that nothing is recorded twice

    done = post(at_till, "/care/new", **form, do="record")
    again = post(at_till, "/care/new", **form, do="record")
    assert done.status_code == 303 and done.headers["Location"] == again.headers["Location"]
    page = text(at_till.get(done.headers["Location"]))
    assert "¥16.80" in page and "¥7.20" in page and "老人本人" in page
    assert "王秀兰" in text(at_till.get("/care"))


def test_a_void_from_the_page(at_till, form):
    done = post(at_till, "/care/new", **form, do="record").headers["Location"]

    assert post(at_till, f"{done}/void", key="void-key-1", reason="登记错人").status_code == 303
    assert "已作废" in text(at_till.get(done))
    assert post(at_till, f"{done}/void", key="void-key-2", reason="x").status_code == 422


BAD = {
    "minutes": {"minutes": "0"},
    "day": {"day": "2026-02-30"},
    "price": {"price": "-5"},
    "kind": {"kind": "x"},
    "confirmer": {"confirmed_by": "relative"},
    "provider_id": {"provider_id": ""},
}


@pytest.mark.parametrize(("field", "change"), BAD.items(), ids=BAD)
def test_a_bad_field_keeps_the_form(at_till, form, field, change):
    answer = post(at_till, "/care/new", **(form | change), do="record")

    assert answer.status_code == 422 and f'id="e-{field}"' in text(answer) and "测试工人" in text(answer)


def test_refusals_are_told_on_the_try_as_well(at_till, form):
    answer = post(at_till, "/care/new", **(form | {"kind": "bathing"}), do="try")

    assert 'class="refusal"' in text(answer)


def test_a_person_is_found_first(at_till, elder):
    assert f"elder_id={elder}" in text(at_till.get("/care/new?q=王秀兰"))
    assert "¥" in text(at_till.get(f"/care/new?elder_id={elder}"))


def test_an_officer_keeps_the_register(at_desk, site):
    area = queries.areas_in_reach(COMMAND)[0][0]
    made = post(
        at_desk,
        "/care/providers/new",
        name="测试护理站",
        kind="clinic",
        area_id=str(area),
        phone="",
        licence="",
        services=["bathing"],
    )
    assert made.status_code == 303
    place = made.headers["Location"]
    assert (
        post(at_desk, f"{place}/contracts", from_day="2026-01-01", to_day="2026-12-31", number="测-2").status_code
        == 303
    )
    assert (
        post(
            at_desk,
            f"{place}/assessments",
            period="2026-Q3",
            grade="pass_with_rectification",
            rectify_by="2026-12-31",
            note="",
        ).status_code
        == 303
    )
    assert post(at_desk, f"{place}/bans", decided_on="2026-11-01", until="", why="以物抵服务").status_code == 303
    page = text(at_desk.get(place))
    assert "取消资格" in page and "2029年11月1日" in page and "限期整改" in page and "测-2" in page
    assert "测试护理站" not in text(at_desk.get("/care/providers"))
    assert "测试护理站" in text(at_desk.get("/care/providers?all=1"))
    provider = queries.providers_of(COMMAND, day=clock.today())[0].id
    page = queries.provider_page(provider, actor=COMMAND, day=clock.today()).provider
    assert post(at_desk, "/care/providers/bans/lift", ban_id=str(page.bans[0].id)).status_code == 303
    assert (
        post(
            at_desk,
            "/care/providers/contracts/end",
            contract_id=str(page.contracts[0].id),
            last="2026-11-20",
            reason="机构退出",
        ).status_code
        == 303
    )
    bad = post(at_desk, f"{place}/contracts", from_day="", to_day="2026-12-31")
    assert bad.status_code == 422 and 'id="e-from_day"' in text(bad)


def test_a_clerk_looks_at_the_register_and_changes_nothing(at_till, provider):
    assert "测试服务队" in text(at_till.get("/care/providers"))
    assert post(at_till, f"/care/providers/{provider}/bans", decided_on="2026-11-01", why="测试").status_code == 403


def test_a_foreign_service_is_not_there(client, form, clerk):
    till = sign_in(client, clerk)
    done = post(till, "/care/new", **form, do="record").headers["Location"]
    far = make_site("柳树村助餐点", path="临川区/石桥镇/柳树村")
    stranger = sign_in(client.application.test_client(), make_staff("manager", site=far))

    assert stranger.get(done).status_code == 404


def test_who_is_behind_is_a_list(at_desk, form):
    page = text(at_desk.get("/care/behind"))

    assert "王秀兰" in page and "0 / 2" in page and "看了 1 人" in page
