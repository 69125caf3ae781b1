"""The pages of purses: what they show, what they refuse, and that they keep what was typed."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta

import pytest
from factories import csrf, make_elder, make_life_event, make_site, make_staff, sign_in
from flask.testing import FlaskClient
from sqlalchemy import insert

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import transaction
from canteen.purses import queries
from canteen.purses.credits.board import run_of
from canteen.purses.credits.run import Job
from canteen.purses.credits.service import credit_month
from canteen.purses.lines import LOT
from tests.purses.conftest import CARRIED, in_force
from tests.told import flashed


@pytest.fixture
def elder(site) -> int:
    """Somebody whose purse was credited this month."""
    found = make_elder(site=site)
    today = clock.today()
    credit_month(Job(today.replace(day=1)), actor=COMMAND, now=clock.now(), confirmed=clock.day_of(clock.now()))
    return found


@pytest.fixture
def at_desk(client, officer) -> FlaskClient:
    return sign_in(client, officer)


@pytest.fixture
def at_till(client, clerk) -> FlaskClient:
    return sign_in(client, clerk)


def post(client: FlaskClient, path: str, **fields):
    return client.post(path, data={"csrf_token": csrf(client, "/purses"), **fields})


def text(answer) -> str:
    return answer.get_data(as_text=True)


def test_a_purse_says_what_is_there_and_why(at_till, elder):
    page = text(at_till.get(f"/purses/elders/{elder}"))

    assert "¥100.00" in page and "每月额度 100.00" in page and "甲" in page
    assert "管理" not in page  # freezing and correcting are not the clerk's


def test_a_name_finds_a_purse(at_till, elder):
    page = at_till.get("/purses?q=王秀兰", headers={"HX-Request": "true"})

    assert f"/purses/elders/{elder}" in text(page) and "<html" not in text(page)


def test_own_money_is_taken_at_the_till(at_till, elder):
    answer = post(at_till, f"/purses/elders/{elder}/top-ups", key="till-key-1", amount="50", pay_way="cash")

    assert answer.status_code == 303
    assert "¥50.00" in text(at_till.get(answer.headers["Location"]))


@pytest.mark.parametrize("amount", ["", "-1", "0", "abc", "1e9", "2000.01", "999999999999"])
def test_a_sum_that_cannot_be_is_told_beside_its_field(at_till, elder, amount):
    answer = post(
        at_till, f"/purses/elders/{elder}/top-ups", key="till-key-1", amount=amount, pay_way="cash", note="扫码单号"
    )

    assert answer.status_code == 422 and 'id="e-amount"' in text(answer) and "扫码单号" in text(answer)


def test_a_clerk_neither_refunds_nor_freezes(at_till, elder):
    for path in ("refunds", "freezes", "close", "corrections", "thaw"):
        assert post(at_till, f"/purses/elders/{elder}/{path}").status_code == 403


def test_an_officer_freezes_corrects_and_sees_it(at_desk, elder):
    today = clock.today().isoformat()
    assert (
        post(
            at_desk,
            f"/purses/elders/{elder}/corrections",
            key="desk-key-1",
            correct_scheme="care",
            direction="take",
            correct_amount="20",
            correct_reason="多计入",
        ).status_code
        == 303
    )
    assert (
        post(
            at_desk, f"/purses/elders/{elder}/freezes", freeze_scheme="", from_day=today, freeze_reason="住院"
        ).status_code
        == 303
    )

    page = text(at_desk.get(f"/purses/elders/{elder}"))
    assert "¥80.00" in page and "多计入" in page and "住院" in page and "解除冻结" in page
    bad = post(
        at_desk, f"/purses/elders/{elder}/freezes", from_day="2026-11-20", to_day="2026-11-19", freeze_reason="住院"
    )
    assert bad.status_code == 422 and 'id="e-to_day"' in text(bad)


@pytest.mark.parametrize(("path", "needed"), [("freezes", {"freeze_reason"}), ("corrections", {"correct_reason"})])
def test_what_must_be_written_is_asked_for_beside_its_field(at_desk, site, path, needed):
    elder = make_elder(site=site)

    answer = post(at_desk, f"/purses/elders/{elder}/{path}", key="form-key-1")

    told = dict(re.findall(r'id="e-(\w+)"[^>]*>(?:<svg.*?</svg>)?\s*([^<]+)', text(answer), re.DOTALL))
    assert answer.status_code == 422
    assert {field for field, sentence in told.items() if "请填写这一项" in sentence} == needed


def test_a_run_goes_on_step_by_step_with_and_without_htmx(at_desk, site):
    elders = [make_elder(f"测{number}", site=site) for number in range(3)]
    month = f"{clock.today():%Y-%m}"

    begun = post(at_desk, "/purses/credits", month=month, scheme="")
    assert begun.status_code == 303 and "hx-post" in text(at_desk.get(begun.headers["Location"]))
    token = csrf(at_desk, "/purses")
    part = at_desk.post(
        "/purses/credits/run", data={"csrf_token": token, "month": month, "scheme": ""}, headers={"HX-Request": "true"}
    )
    assert "完成" in text(part) and "<html" not in text(part)
    again = post(at_desk, "/purses/credits", month=month, scheme="")
    assert post(at_desk, "/purses/credits/run", month=month, scheme="").status_code == 303
    assert "以前已计入" in text(at_desk.get(again.headers["Location"]))
    run = run_of(Job(clock.today().replace(day=1), area="金溪县"))
    assert run is not None and (run.credited, run.before) == (0, len(elders))
    assert month in text(at_desk.get("/purses/credits"))


@pytest.mark.parametrize(("month", "status"), [("2026-13", 422), ("x", 422), ("2035-01", 409)])
def test_months_that_cannot_be_are_told(at_desk, month, status):
    assert post(at_desk, "/purses/credits", month=month).status_code == status


def test_what_lapsed_is_taken_back_by_hand(at_desk, site):
    assert post(at_desk, "/purses/lapses", day=clock.today().isoformat()).status_code == 303
    assert post(at_desk, "/purses/lapses", day="2026-02-30").status_code == 422
    assert post(at_desk, "/purses/lapses", day="2099-01-01").status_code == 409


def test_a_foreign_purse_is_not_there(client, elder):
    far = make_site("柳树村助餐点", path="临川区/石桥镇/柳树村")
    stranger = sign_in(client, make_staff("manager", site=far))

    assert stranger.get(f"/purses/elders/{elder}").status_code == 404
    assert (
        post(stranger, f"/purses/elders/{elder}/top-ups", key="till-key-1", amount="5", pay_way="cash").status_code
        == 404
    )


def test_one_scheme_and_three_cost_the_same_number_of_statements(at_till, elder, officer):
    from tests.sent import statements

    def cost() -> int:
        with statements() as sent:
            queries.purse_page(elder, actor=officer.actor, day=clock.today())
        return len(sent)

    before = cost()
    in_force(CARRIED, since=date(2026, 1, 1))
    credit_month(Job(clock.today().replace(day=1)), actor=COMMAND, now=clock.now(), confirmed=clock.day_of(clock.now()))
    assert cost() == before


def test_the_commands_say_what_they_did(app, site):
    make_elder(site=site)
    run = app.test_cli_runner()
    month = f"{clock.today():%Y-%m}"

    today = ["--yes-the-date-is", clock.today().isoformat()]
    first = run.invoke(args=["credit-run", "--month", month, "--json", *today])
    bad = run.invoke(args=["credit-run", "--month", "2026-13"])
    lapsed = run.invoke(args=["expiry-run", "--json", *today])

    assert json.loads(first.stdout) == {
        **{"month": month, "scheme": "", "elders": 1, "credited": 1, "amount_fen": 10000, "before": 0, "reasons": {}}
    }
    assert first.stderr == ""
    assert bad.exit_code == 1 and "不是月份" in bad.output
    assert json.loads(lapsed.stdout) == {"day": clock.today().isoformat(), "lots": 0, "amount_fen": 0}


def test_the_commands_tell_a_person_how_far_they_came_and_why_nothing_was_credited(app, site):
    elder = make_elder(site=site)
    make_elder(site=site, birth_day=date(1970, 1, 1))
    run = app.test_cli_runner()
    month, last = f"{clock.today():%Y-%m}", clock.today() - timedelta(days=1)

    today = ["--yes-the-date-is", clock.today().isoformat()]
    one = run.invoke(args=["credit-run", "--month", month, "--scheme", "care", *today])
    unknown = run.invoke(args=["credit-run", "--month", month, "--scheme", "none", *today])
    with transaction() as session:
        days = {"starts_on": last, "expires_on": last}
        session.execute(insert(LOT).values(elder_id=elder, scheme="care", left_fen=700, by_year=False, **days))
    early = run.invoke(args=["expiry-run", "--day", last.isoformat(), *today])
    lapsed = run.invoke(args=["expiry-run", *today])

    assert one.stderr == f"{month} 2/2\n"
    assert one.stdout.splitlines() == [
        f"{month}: 老人 2 elders, 新计入 1 credits, 共 100.00, 以前已计入 0 before",
        "       1  不在年龄范围内",
    ]
    assert unknown.exit_code == 1 and "没有带额度的方案「none」" in unknown.output and "care" in unknown.output
    assert (early.output, lapsed.output) == ("收回 0 lots lapsed, 共 0.00\n", "收回 1 lots lapsed, 共 7.00\n")


def test_each_act_leads_back_to_the_purse_and_says_what_was_done(app, site, elder, clerk, officer):
    till, desk, head = (
        sign_in(app.test_client(), who) for who in (clerk, officer, make_staff("manager", site=site, name="张站长"))
    )
    today = clock.today().isoformat()
    acts = [
        (
            till,
            "top-ups",
            {"key": "till-key-1", "amount": "50", "pay_way": "cash"},
            "已存入 ¥50.00,自有资金现有 ¥50.00",
        ),
        (
            head,
            "refunds",
            {
                "key": "head-key-1",
                "refund_amount": "20",
                "refund_way": "cash",
                "receiver": "女儿",
                "refund_reason": "要用",
            },
            "已退款,自有资金还有 ¥30.00",
        ),
        (
            desk,
            "corrections",
            {
                **{"key": "desk-key-1", "correct_scheme": "care", "direction": "take"},
                **{"correct_amount": "20", "correct_reason": "多计入"},
            },
            "已更正",
        ),
        (desk, "freezes", {"from_day": today, "freeze_reason": "住院"}, "已冻结"),
        (desk, "thaw", {"freeze_id": "1"}, "已解除冻结"),
    ]
    for person, path, fields, said in acts:
        answer = post(person, f"/purses/elders/{elder}/{path}", **fields)
        assert (answer.status_code, answer.location) == (303, f"/purses/elders/{elder}"), text(answer)
        assert flashed(person) == [said]

    make_life_event(elder, "died", from_day=clock.today())
    answer = post(desk, f"/purses/elders/{elder}/close", close_reason="去世")
    assert (answer.location, flashed(desk)) == (f"/purses/elders/{elder}", ["已结清,收回 ¥80.00"])


def test_what_runs_over_everybody_leads_to_its_list(at_desk, site, elder):
    month = f"{clock.today():%Y-%m}"
    lapsed = post(at_desk, "/purses/lapses", day=clock.today().isoformat())
    assert (lapsed.location, flashed(at_desk)) == ("/purses/credits", ["已收回 0 笔,共 ¥0.00"])
    undone = post(at_desk, "/purses/lapses/undo")
    assert (undone.location, flashed(at_desk)) == ("/purses/credits", ["已退回 0 笔,共 ¥0.00"])

    for answer in (
        at_desk.get(f"/purses/credits/run?month={month}&scheme="),
        post(at_desk, "/purses/credits/run", month=month, scheme=""),
    ):
        assert answer.status_code == 404
        assert "这个月还没有开始计入" in text(answer) and "请从「额度计入」页开始" in text(answer)
    begun = post(at_desk, "/purses/credits", month=month, scheme="care")
    assert begun.location == f"/purses/credits/run?month={month}&scheme=care"
    stepped = post(at_desk, "/purses/credits/run", month=month, scheme="care")
    assert (stepped.status_code, stepped.location) == (303, begun.location)


@pytest.mark.parametrize(
    ("role", "acts", "links"),
    [
        ("clerk", ["top-ups"], ["/care/new"]),
        ("manager", ["top-ups", "refunds"], ["/care/new"]),
        ("civil_affairs", ["freezes", "corrections"], []),
    ],
)
def test_a_purse_offers_what_one_may_do(app, site, elder, clerk, role, acts, links):
    post(sign_in(app.test_client(), clerk), f"/purses/elders/{elder}/top-ups", key="k" * 9, amount="5", pay_way="cash")
    person = make_staff(role, site=None if role == "civil_affairs" else site, name="某人")
    client = sign_in(app.test_client(), person)

    page = text(client.get(f"/purses/elders/{elder}"))

    assert re.findall(rf'action="/purses/elders/{elder}/([\w-]+)"', page) == acts
    assert re.findall(r'href="(/care/new)', page) == links
    assert ("/purses/credits" in text(client.get("/purses"))) == (role == "civil_affairs")


def test_the_page_of_credits_offers_the_months_and_begins_with_this_one(at_desk, site, elder):
    page = text(at_desk.get("/purses/credits"))

    assert re.findall(r"<option selected>([\d-]+)<", page) == [f"{clock.today():%Y-%m}"]
    assert f'value="{clock.today().isoformat()}"' in page and "范围:金溪县" in page
