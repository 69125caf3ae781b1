"""What is said and kept of budgets and money received: refusals, the trail, tables of files, and the numbers of a page."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from factories import NOW, TODAY, Person, Place, make_area, make_elder, make_life_event, make_site, make_staff
from sqlalchemy import select

from canteen.audit.models import Audit
from canteen.base.access import COMMAND
from canteen.base.db import reading, transaction
from canteen.base.errors import BadFields
from canteen.books.models.budgets import Income, TypedBudget
from canteen.books.models.ledger import Entry, Posting
from canteen.books.models.servings import Serving
from canteen.funding import budgets, forms, queries, sources
from canteen.funding.queries import BudgetLine
from canteen.funding.requests import BudgetChange, NewIncome
from canteen.funding.rules import Forecast, Reach, forecast
from canteen.funding.service import record_income, set_budget
from tests.told import told_where

from .conftest import WATERFALL, Carry

STEP = "请从列表中选择"


def budget(**changed: Any) -> BudgetChange:
    known = {
        "scheme": "stream",
        "payer": "乡镇",
        "area_id": make_area("金溪县"),
        "period": "2026-11",
        "amount_fen": 5000,
        "source": "会议纪要",
        "reason": "",
    }
    return BudgetChange(**known | changed)


def income(site: Place, **changed: Any) -> NewIncome:
    known = {
        "key": "income-1",
        "site_id": site.id,
        "day": TODAY,
        "kind": "gift",
        "giver": "测试乡贤",
        "scheme": "stream",
        "payer": "gap",
        "amount_fen": 500,
        "reference": "收据 7",
        "note": "补缺口",
    }
    return NewIncome(**known | changed)


def trail(action: str) -> list[tuple[str, str, dict[str, Any]]]:
    with reading() as session:
        found = select(Audit.subject, Audit.actor, Audit.detail).where(Audit.action == action).order_by(Audit.id)
        return [tuple(row) for row in session.execute(found)]


def test_a_budget_that_means_nothing_is_told_what_to_do(officer: Person) -> None:
    def refused(**changed: Any) -> tuple[str, str, str]:
        return told_where(lambda: set_budget(budget(**changed), actor=officer.actor, now=NOW))

    missing = ("没有找到这个地区", STEP, "")
    assert refused(area_id=99) == missing == refused(area_id=make_area("邻县"))
    assert refused(period="2026-10") == ("2026-10 已经过去,不能再改预算", "请录入今年或以后的预算", "period_over")
    for changed in ({"payer": "县级"}, {"scheme": "jinxi"}):
        said, next_step, code = refused(**changed)
        payer = changed.get("payer", "乡镇")
        assert said == f"金溪县 现行的方案里,没有一个会用完的来源叫「{payer}」"
        assert next_step == "请先在方案的 [[funding]] 里写明这个来源有预算,并从某日起启用"
        assert code == "payer_without_budget"
    set_budget(budget(), actor=officer.actor, now=NOW)
    assert refused(amount_fen=4000) == ("修改预算要写明原因", "", "reason")
    assert refused(source="另一份纪要") == ("修改预算要写明原因", "", "reason")
    with reading() as session:
        assert len(session.scalars(select(TypedBudget.id)).all()) == 1


@pytest.mark.parametrize("period", ["2026-11", "2026-12", "2026", "2027"])
def test_a_budget_of_what_is_not_over_is_written(officer: Person, period: str) -> None:
    last_day = datetime(2026, 11, 30, 15, 59, tzinfo=NOW.tzinfo)
    kept = set_budget(budget(period=period), actor=officer.actor, now=last_day)

    area = {"scheme": "stream", "payer": "乡镇", "area": "金溪县", "period": period, "amount_fen": 5000}
    assert trail("set_budget") == [(f"budget:{kept}", f"staff:{officer.id}", area)]
    with reading() as session:
        row = session.scalars(select(TypedBudget)).one()
    assert (row.spent_fen, row.recorded_at, row.staff_id, row.source, row.reason) == (
        0,
        last_day,
        officer.id,
        "会议纪要",
        "",
    )


def test_money_that_came_is_one_entry_and_a_line_of_the_trail(officer: Person, site: Place, carry: Carry) -> None:
    carry({"gap": 600})
    kept = record_income(income(site), actor=officer.actor, now=NOW)

    assert record_income(income(site, amount_fen=400), actor=officer.actor, now=NOW) == kept
    with reading() as session:
        row = session.scalars(select(Income)).one()
        entry = session.get_one(Entry, row.entry_id)
        found = (
            select(Posting.account, Posting.amount_fen).where(Posting.entry_id == entry.id).order_by(Posting.position)
        )
        postings = [tuple(one) for one in session.execute(found)]
    assert (row.day, row.kind, row.giver, row.amount_fen, row.reference, row.note, row.recorded_at, row.staff_id) == (
        TODAY, "gift", "测试乡贤", 500, "收据 7", "补缺口", NOW, officer.id
    )  # fmt: skip
    assert (entry.kind, entry.site_id, entry.day, entry.staff_id) == ("income", site.id, TODAY, officer.id)
    assert postings == [("received:gift", 500), ("paid-off:stream:gap", -500)]
    detail = {"kind": "gift", "against": "gap", "amount_fen": 500}
    assert trail("record_income") == [(f"income:{kept}", f"staff:{officer.id}", detail)]

    def refused(**changed: Any) -> tuple[str, str, str]:
        return told_where(lambda: record_income(income(site, key="income-2", **changed), actor=officer.actor, now=NOW))

    more = "先到的钱,请作为这个来源的预算录入,由它来付以后的餐"
    assert refused(amount_fen=101) == ("这一项还差 1.00 元,不能登记更多", more, "more_than_open")
    assert refused(day=TODAY + timedelta(days=1)) == ("到账日期还没有到", "", "day")
    assert refused(site_id=99)[1] == STEP
    record_income(income(site, key="income-2", amount_fen=100), actor=officer.actor, now=NOW)
    assert sources.open_accounts([site.id]) == []


# The numbers of a page.


def line(**changed: Any) -> BudgetLine:
    known = {
        "id": 1,
        "scheme": "stream",
        "payer": "乡镇",
        "area_path": "金溪县",
        "period": "2026-11",
        "limit_fen": 1000,
        "used_fen": 400,
        "is_typed": True,
        "forecast": Forecast(None, None),
    }
    return BudgetLine(**known | changed)


@pytest.mark.parametrize(
    ("used", "left", "over", "is_used_up"),
    [(400, 600, 0, False), (999, 1, 0, False), (1000, 0, 0, True), (1001, 0, 1, True)],
)
def test_a_line_says_what_is_left_or_over(used: int, left: int, over: int, is_used_up: bool) -> None:
    found = line(used_fen=used)

    assert (found.left_fen, found.over_fen, found.is_used_up) == (left, over, is_used_up)


DAYS = [(date(2026, 11, day), 2) for day in (23, 24, 25)]
REACHES = {
    "even": ({}, Reach(700, date(2026, 11, 25)), Reach(850, date(2026, 11, 24))),
    "a fen more is left": ({"limit_fen": 701}, Reach(700, None), Reach(850, date(2026, 11, 25))),
    "part of a fen is none": (
        {"used_fen": 399, "limit_fen": 699}, Reach(698, None), Reach(849, date(2026, 11, 24))
    ),
    "used up already": ({"limit_fen": 400}, Reach(700, date(2026, 11, 23)), Reach(850, date(2026, 11, 23))),
    "used up, and nothing spent of late": (
        {"limit_fen": 400, "recent_fen": 0}, Reach(700, date(2026, 11, 23)), Reach(400, None)
    ),
    "nothing to go by so far": ({"site_days": 0}, None, Reach(850, date(2026, 11, 24))),
    "nothing to go by of late": ({"recent_site_days": 0}, Reach(700, date(2026, 11, 25)), None),
    "nothing ahead": ({"ahead": [], "limit_fen": 400}, Reach(400, None), Reach(400, None)),
}  # fmt: skip


@pytest.mark.parametrize(("facts", "linear", "recent"), REACHES.values(), ids=REACHES)
def test_how_far_a_budget_reaches(facts: dict[str, Any], linear: Reach | None, recent: Reach | None) -> None:
    """400 on eight site days, 750 on ten of late; six are ahead."""
    known = {
        "limit_fen": 700,
        "used_fen": 400,
        "site_days": 8,
        "recent_fen": 750,
        "recent_site_days": 10,
        "ahead": DAYS,
    }

    assert forecast(**known | facts) == Forecast(linear, recent)


def test_a_forecast_looks_at_the_last_four_weeks_of_its_area_and_its_payer(
    officer: Person, site: Place, carry: Carry
) -> None:
    """28 days before today to yesterday; nothing voided, of another payer, scheme or area."""
    elsewhere = make_site("石门村助餐点", path="金溪县/石门乡/石门村", weekdays="1")
    for day, fen in ((date(2026, 10, 23), 1), (date(2026, 10, 24), 10), (date(2026, 11, 20), 100), (TODAY, 1000)):
        carry({"乡镇": fen}, day=day, price_fen=2000)
    carry({"村集体": 7}, day=date(2026, 11, 20))
    carry({"乡镇": 300}, day=date(2026, 11, 19), where=elsewhere)
    voided = carry({"乡镇": 500}, day=date(2026, 11, 20))
    with transaction() as session:
        row = session.get_one(Serving, voided)
        row.voided_at, row.void_reason = NOW, "测试"
    for path in ("金溪县", "金溪县/云溪镇"):
        set_budget(budget(area_id=make_area(path), amount_fen=10_000_000), actor=officer.actor, now=NOW)

    lines = queries.budget_lines(officer.actor, year=2026, today=TODAY)
    found = {one.area_path: one for one in lines if (one.payer, one.period) == ("乡镇", "2026-11")}

    county, township = found["金溪县"], found["金溪县/云溪镇"]
    assert township.forecast.recent == Reach(township.used_fen + 110 * 10 // 28, None)
    # The county's two sites: every day, and four Mondays of the last four weeks; ahead ten days, and two Mondays.
    assert county.forecast.recent == Reach(county.used_fen + 410 * 12 // 32, None)
    assert township.forecast.linear == Reach(township.used_fen + township.used_fen * 10 // 20, None)


def test_lines_come_by_area_scheme_payer_and_period_of_their_year(officer: Person, site: Place) -> None:
    for path, payer, period in (
        ("金溪县/云溪镇", "乡镇", "2026-12"), ("金溪县", "村集体", "2026"), ("金溪县", "乡镇", "2027-01"), ("金溪县", "乡镇", "2026-11"),
    ):  # fmt: skip
        set_budget(budget(area_id=make_area(path), payer=payer, period=period), actor=officer.actor, now=NOW)

    lines = queries.budget_lines(officer.actor, year=2026, today=TODAY)

    assert sorted((one.area_path, one.payer, one.period) for one in lines) == sorted(
        [("金溪县", "乡镇", "2026-11"), ("金溪县", "村集体", "2026"), ("金溪县/云溪镇", "乡镇", "2026-12")]
    )
    assert {(one.scheme, one.limit_fen, one.used_fen, one.is_typed) for one in lines} == {("stream", 5000, 0, True)}
    assert [one.period for one in queries.budget_lines(officer.actor, year=2027, today=TODAY)] == ["2027-01"]
    shown = budgets.stated_lines(officer.actor, year=2026, today=TODAY, shown=lines)
    assert shown == []
    assert budgets.stated_lines(officer.actor, year=2027, today=TODAY, shown=[]) == []
    whole = budgets.stated_lines(officer.actor, year=2026, today=TODAY, shown=lines[:1])
    assert {(one.id, one.used_fen, one.is_typed, one.forecast) for one in whole} == {
        (0, 0, False, Forecast(None, None))
    }
    assert budgets.sources_of(officer.actor, day=TODAY) == [
        ("stream", "云溪镇助餐", "乡镇"),
        ("stream", "云溪镇助餐", "村集体"),
    ]
    assert budgets.sources_of(officer.actor, day=date(2025, 12, 31)) == []


def test_a_history_tells_each_row_the_last_first(officer: Person, site: Place, carry: Carry) -> None:
    set_budget(budget(), actor=officer.actor, now=NOW)
    carry({"乡镇": 300})
    set_budget(budget(amount_fen=4000, reason="压减", source="第二份"), actor=COMMAND, now=NOW + timedelta(hours=13))
    (use,) = queries.budget_lines(officer.actor, year=2026, today=TODAY)

    change, path, rows = queries.budget_history(officer.actor, use.id)

    assert (change, path) == (budget(amount_fen=4000, source="第二份"), "金溪县")
    assert [(row.amount_fen, row.source, row.reason, row.spent_fen, row.day, row.staff_name) for row in rows] == [
        (4000, "第二份", "压减", 300, TODAY + timedelta(days=1), ""),
        (5000, "会议纪要", "", 0, TODAY, officer.actor.name),
    ]
    far = make_staff("civil_affairs", path="邻县")
    assert told_where(lambda: queries.budget_history(far.actor, use.id)) == (
        "没有找到这项预算",
        "请从预算列表重新选择",
        "",
    )


def test_sources_by_month_and_the_gap_of_years_before(officer: Person, site: Place, carry: Carry, switch: Any) -> None:
    other = make_site("石门村助餐点", path="金溪县/石门乡/石门村")
    nothing = make_site("无缺口助餐点", path="金溪县/石门乡/石门村")
    carry({"乡镇": 100, "gap": 300}, day=date(2026, 10, 31))
    carry({"gap": 50}, day=date(2025, 12, 31))
    carry({"gap": 20}, day=date(2026, 10, 1), scheme="apart")
    carry({"gap": 9}, day=date(2027, 1, 1))
    carry({"乡镇": 40}, where=other)
    record_income(income(site, amount_fen=120), actor=officer.actor, now=NOW)
    record_income(income(site, key="income-2", payer="乡镇", amount_fen=60), actor=officer.actor, now=NOW)
    sites = [(one.id, one.name) for one in (other, site, nothing)]

    (found,) = sources.gap_lines(sites, year=2026)
    assert (found.site_name, found.before_fen, found.months, found.open_fen) == (
        site.name, 50, {10: (320, 0), 11: (0, 120)}, 250
    )  # fmt: skip
    (later,) = sources.gap_lines(sites, year=2027)
    assert (later.before_fen, later.months, later.open_fen) == (250, {1: (9, 0)}, 259)
    months = sources.source_months([site.id, other.id], year=2026)
    assert [(one.month, one.scheme, one.payer, one.carried_fen, one.received_fen) for one in months] == [
        ("2026-10", "apart", "gap", 20, 0),
        ("2026-10", "stream", "gap", 300, 0),
        ("2026-10", "stream", "乡镇", 100, 0),
        ("2026-11", "stream", "gap", 0, 120),
        ("2026-11", "stream", "乡镇", 40, 60),
    ]
    assert sources.open_accounts([site.id, other.id]) == [
        (site.id, "apart", "gap", 20), (site.id, "stream", "gap", 239), (site.id, "stream", "乡镇", 40),
        (other.id, "stream", "乡镇", 40),
    ]  # fmt: skip


def test_money_that_came_is_listed_the_last_first_within_its_year(officer: Person, site: Place, carry: Carry) -> None:
    carry({"gap": 900}, day=date(2025, 12, 1))
    for number, day in enumerate((date(2025, 12, 31), date(2026, 1, 1), TODAY, TODAY)):
        one = income(site, key=f"income-{number}", day=day, amount_fen=100 + number, giver="" if number == 2 else "甲")
        record_income(one, actor=COMMAND if number == 1 else officer.actor, now=NOW)

    found = sources.incomes([site.id], year=2026)

    assert [
        (one.amount_fen, one.day, one.giver, one.staff_name, one.site_name, one.kind, one.scheme) for one in found
    ] == [
        (103, TODAY, "甲", officer.actor.name, site.name, "gift", "stream"),
        (102, TODAY, "", officer.actor.name, site.name, "gift", "stream"),
        (101, date(2026, 1, 1), "甲", "", site.name, "gift", "stream"),
    ]
    assert sources.incomes([site.id], year=2026, most=1) == found[:1]
    assert [one.amount_fen for one in sources.incomes([site.id], year=2025)] == [100]
    assert sources.incomes([], year=2026) == []


# What is typed.

BUDGET = {
    "source_of": "stream|乡镇",
    "area_id": "3",
    "period": " 2026-11 ",
    "amount": "50",
    "source": "纪要",
    "reason": "",
}
INCOME = {
    "key": "income-key-1", "against": "7|stream|gap", "day": "2026-11-21", "kind": "gift", "giver": "甲", "amount": "5",
    "reference": "1", "note": "2",
}  # fmt: skip


def test_what_is_typed_becomes_what_is_asked() -> None:
    assert forms.read_budget(BUDGET) == BudgetChange(
        scheme="stream", payer="乡镇", area_id=3, period="2026-11", amount_fen=5000, source="纪要", reason=""
    )
    assert forms.read_income(INCOME | {"amount": "10000000"}) == NewIncome(
        key="income-key-1", site_id=7, day=TODAY, kind="gift", giver="甲", scheme="stream", payer="gap",
        amount_fen=1_000_000_000, reference="1", note="2",
    )  # fmt: skip
    assert forms.two_names(f"{'s' * 60}|{'p' * 40}") == {"scheme": "s" * 60, "payer": "p" * 40}


WRONG = {
    "no payer": (forms.read_budget, BUDGET | {"source_of": "stream|"}, {"source_of": STEP}),
    "no scheme": (forms.read_budget, BUDGET | {"source_of": "|乡镇"}, {"source_of": STEP}),
    "a long scheme": (forms.read_budget, BUDGET | {"source_of": f"{'s' * 61}|p"}, {"source_of": STEP}),
    "a long payer": (forms.read_budget, BUDGET | {"source_of": f"s|{'p' * 41}"}, {"source_of": STEP}),
    "a payer nobody can read": (forms.read_budget, BUDGET | {"source_of": "s|\x00"}, {"source_of": STEP}),
    "no period": (forms.read_budget, BUDGET | {"period": "x" * 21}, {"period": f"「{'x' * 20}」不是年份或月份,请写成 2026 或 2026-11"}),
    "a year nobody means": (forms.read_budget, BUDGET | {"period": "2101"}, {"period": "「2101」不是年份或月份,请写成 2026 或 2026-11"}),
    "no source": (forms.read_budget, BUDGET | {"source": " "}, {"source": "请填写这一项"}),
    "at length": (
        forms.read_budget, BUDGET | {"source": "字" * 121, "reason": "字" * 201},
        {"source": "内容太长,最多 120 个字", "reason": "内容太长,最多 200 个字"},
    ),
    "against nothing": (forms.read_income, INCOME | {"against": "x|stream|gap"}, {"against": STEP}),
    "against nobody": (forms.read_income, INCOME | {"against": "7|stream"}, {"against": STEP}),
    "of no kind": (forms.read_income, INCOME | {"kind": "loan"}, {"kind": STEP}),
    "more than can be": (forms.read_income, INCOME | {"amount": "10000000.01"}, {"amount": "金额要大于 0,不超过 10000000 元"}),
}  # fmt: skip


@pytest.mark.parametrize(("read", "typed", "wrong"), WRONG.values(), ids=WRONG)
def test_what_is_typed_wrong_is_told_beside_its_field(read: Any, typed: dict[str, str], wrong: dict[str, str]) -> None:
    with pytest.raises(BadFields) as error:
        read(typed)

    assert {name: str(one) for name, one in error.value.errors.items()} == wrong


def test_stated_budgets_follow_the_days_of_their_version(site: Place, switch: Any, officer: Person) -> None:
    """On its first and its last day a version states its budgets; a county's concern its township, and the other way."""
    township = make_staff("civil_affairs", path="金溪县/云溪镇")
    switch(WATERFALL.replace('"stream"', '"later"'), path="金溪县/云溪镇", valid_from=TODAY)

    def stated(who: Person, today: date) -> set[tuple[str, str]]:
        return {
            (one.scheme, one.area_path)
            for one in budgets.stated_lines(who.actor, year=today.year, today=today, shown=[])
        }

    both = {("stream", "金溪县"), ("later", "金溪县/云溪镇")}
    assert stated(officer, TODAY) == stated(township, TODAY) == both
    assert stated(officer, TODAY - timedelta(days=1)) == {("stream", "金溪县")}


def test_people_of_the_register_do_not_matter_to_budgets(officer: Person, site: Place, carry: Carry) -> None:
    """What was carried counts whoever ate; a death later changes no budget."""
    elder = make_elder(site=site)
    carry({"乡镇": 100})
    before = queries.budget_lines(officer.actor, year=2026, today=TODAY)
    make_life_event(elder, "died", TODAY)

    assert queries.budget_lines(officer.actor, year=2026, today=TODAY) == before
    assert replace(before[0], used_fen=0).left_fen == 2000
