"""What stands against an officer, a step and a right, word for word; what a step waits for; how its clock runs. Pure."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date, timedelta

import pytest
from factories import TODAY

from canteen.base.errors import BadFields, BadInput
from canteen.entitlements import forms
from canteen.entitlements.applications.step_rules import (
    ASSESSMENT,
    NO_LIMIT,
    ApplicationCase,
    Clock,
    Officer,
    Posted,
    Shown,
    assessment_needed,
    missing_documents,
    next_action,
    refuse_officer,
    refuse_open,
    refuse_pass,
    step_clock,
)
from canteen.entitlements.eligibility import (
    DatedStatus,
    ElderRecord,
    HaltFacts,
    Span,
    ages,
    birthdays,
    due_from,
    halts_of_facts,
    halts_of_life,
    reason_against,
    refuse_twice,
    standing,
    standings,
    turning_days,
)
from canteen.entitlements.requests import ApplicantAgent, ApplicationInput
from canteen.entitlements.work_calendar import DayEntry
from canteen.people.facts import Personal
from canteen.people.rules import LifePeriod
from canteen.schemes.language.approval import read_approval
from canteen.schemes.language.reader import Notes, Table
from canteen.schemes.language.scheme import Scheme, load_scheme
from canteen.schemes.workdays import ANNOUNCED

TERMS = """
[[steps]]
name = "村初审"
level = "village"
limit_working_days = 10
publicity = { days = 7, counts = "natural" }
[[steps]]
name = "镇复审"
level = "township"
[[steps]]
name = "县审批"
level = "county"
limit_working_days = 5
[[documents]]
kind = "id_card"
words = "身份证"
[[documents]]
kind = "dibao_card"
words = "低保证"
only_for = ["一类"]
[[documents]]
kind = "photo"
words = "照片"
optional = true
[assessment]
only_for = ["一类", "二类"]
valid_months = 6
"""


def terms_of(text: str):
    notes = Notes()
    terms = read_approval(Table(tomllib.loads(text), "approval", notes), ("一类", "二类"))
    assert notes.problems == []
    return terms


APPROVAL = terms_of(TERMS)
VILLAGE = "金溪县/云溪镇/枫林村"
ID_CARD = Shown("id_card", None)
POSTED = Posted(date(2026, 11, 10), date(2026, 11, 20))
CASE = ApplicationCase(
    elder_id=1,
    area_path=VILLAGE,
    class_code="二类",
    state="open",
    position=0,
    step_since=date(2026, 11, 2),
    taken_by=7,
    deciders={},
    shown=(ID_CARD,),
    posted=POSTED,
    open_objections=0,
)
LAST = replace(CASE, position=2, posted=None)

PASS = {
    "nothing stands against it": (CASE, None, "decide"),
    "a paper is missing": (
        replace(CASE, shown=()),
        ("documents_missing", "还缺材料:身份证", "请先核对并勾选材料;补不齐的可以不予通过并写明原因"),
        "documents",
    ),
    "both papers of another class are missing": (
        replace(CASE, class_code="一类", shown=()),
        ("documents_missing", "还缺材料:身份证、低保证", "请先核对并勾选材料;补不齐的可以不予通过并写明原因"),
        "documents",
    ),
    "not posted": (
        replace(CASE, posted=None),
        ("not_posted", "「村初审」要先公示", "请先张榜公示,到期后再通过"),
        "post",
    ),
    "the last day of the list": (
        replace(CASE, posted=Posted(date(2026, 11, 10), TODAY)),
        ("still_posted", "公示到 2026-11-21 结束,还不能通过", "请在公示结束后的第二天起办理"),
        "wait",
    ),
    "an objection": (
        replace(CASE, open_objections=2),
        ("objection_open", "还有 2 条异议没有答复", "请先调查并答复异议"),
        "objection",
    ),
    "a step without a list": (replace(CASE, position=1, posted=None), None, "decide"),
    "no assessment at the last step": (
        LAST,
        ("assessment_missing", "还没有有效的能力评估", "请先登记评估结果和日期"),
        "assessment",
    ),
    "an assessment at the last step": (replace(LAST, shown=(ID_CARD, Shown(ASSESSMENT, TODAY))), None, "decide"),
    "papers come before the assessment": (
        replace(LAST, shown=()),
        ("documents_missing", "还缺材料:身份证", "请先核对并勾选材料;补不齐的可以不予通过并写明原因"),
        "documents",
    ),
    "closed": (replace(CASE, state="refused", shown=()), None, "refused"),
}


@pytest.mark.parametrize(("case", "refused", "action"), PASS.values(), ids=PASS)
def test_what_a_step_waits_for(case, refused, action):
    assert next_action(case, APPROVAL, today=TODAY) == action
    if case.state == "open":
        found = refuse_pass(case, APPROVAL, today=TODAY)
        assert (found and (found.code, str(found), found.next_step)) == refused


def test_papers_that_may_be_left_out_are_not_missed():
    poor = replace(CASE, class_code="一类", shown=())

    assert missing_documents(APPROVAL, poor) == ("身份证", "低保证")
    assert missing_documents(APPROVAL, replace(poor, shown=(Shown("dibao_card", None),))) == ("身份证",)


ASSESSED = {
    "of a class that is not asked": ("", (), False),
    "never": ("一类", (), True),
    "another paper": ("一类", (Shown("id_card", TODAY),), True),
    "without a day": ("一类", (Shown(ASSESSMENT, None),), True),
    "six months ago to the day": ("一类", (Shown(ASSESSMENT, date(2026, 5, 21)),), True),
    "a day less": ("一类", (Shown(ASSESSMENT, date(2026, 5, 22)),), False),
    "an old one and a new one": (
        "二类",
        (Shown(ASSESSMENT, date(2020, 1, 1)), Shown(ASSESSMENT, date(2026, 11, 1))),
        False,
    ),
}


@pytest.mark.parametrize(("class_code", "shown", "needed"), ASSESSED.values(), ids=ASSESSED)
def test_an_assessment_is_asked_of_its_classes_and_grows_old(class_code, shown, needed):
    case = replace(CASE, class_code=class_code, shown=shown)

    assert assessment_needed(APPROVAL, case, TODAY) is needed
    assert assessment_needed(replace(APPROVAL, assessment=None), case, TODAY) is False
    lasting = replace(APPROVAL, assessment=replace(APPROVAL.assessment, valid_months=None))
    assert assessment_needed(lasting, case, date(2040, 1, 1)) is (
        needed and not any(one.kind == ASSESSMENT and one.day for one in shown)
    )


VILLAGER = Officer(staff_id=8, role="committee", level="village", area_path=VILLAGE, elder_id=None)
WRONG_LEVEL = ("wrong_level", "「村初审」不由您这一级审核", "请由该级审核人员登录办理")
SAME = ("same_person", "这份申请由您受理或审核过前面的环节,这一步要由另一个人决定", "请由其他人员审核")
OFFICERS = {
    "the village": (VILLAGER, CASE, None),
    "another elder's application": (replace(VILLAGER, elder_id=2), CASE, None),
    "an own application": (replace(VILLAGER, elder_id=1), CASE, ("own_case", "不能审核自己的申请", "请由其他人员审核")),
    "who took it down": (replace(VILLAGER, staff_id=7), CASE, SAME),
    "nobody took it down, and nobody is named": (replace(VILLAGER, staff_id=None), replace(CASE, taken_by=None), None),
    "another role": (replace(VILLAGER, role="clerk"), CASE, WRONG_LEVEL),
    "another level": (replace(VILLAGER, level="township", area_path="金溪县/云溪镇"), CASE, WRONG_LEVEL),
    "another area": (
        replace(VILLAGER, area_path="金溪县/云溪镇/枫林"),
        CASE,
        ("wrong_area", "这份申请不在您的辖区", "请由申请人所在地的人员审核"),
    ),
}


@pytest.mark.parametrize(("officer", "case", "refused"), OFFICERS.values(), ids=OFFICERS)
def test_who_may_act_at_a_step_and_what_the_others_are_told(officer, case, refused):
    found = refuse_officer(officer, APPROVAL.steps[0], case, APPROVAL, nobody_else=False)

    assert (found and (found.code, str(found), found.next_step)) == refused


def test_an_administrator_stands_in_where_nobody_else_could():
    admin = replace(VILLAGER, role="administrator", area_path="金溪县")
    others = refuse_officer(admin, APPROVAL.steps[0], CASE, APPROVAL, nobody_else=False)

    assert refuse_officer(admin, APPROVAL.steps[0], CASE, APPROVAL, nobody_else=True) is None
    assert (others.code, str(others), others.next_step) == (
        "not_stand_in",
        "「村初审」有别的账号可以审核,系统管理员不代办",
        "请由该级审核人员登录办理",
    )


def test_who_decided_an_earlier_step_does_not_decide_one_that_says_so():
    other = terms_of(TERMS.replace('name = "镇复审"\n', 'name = "镇复审"\nnot_same_as = ["村初审"]\n'))
    case = replace(CASE, position=1, deciders={0: 9})
    nine = Officer(staff_id=9, role="civil_affairs", level="township", area_path="金溪县/云溪镇", elder_id=None)

    refused = refuse_officer(nine, other.steps[1], case, other, nobody_else=False)
    assert (refused.code, str(refused), refused.next_step) == SAME
    assert refuse_officer(replace(nine, staff_id=10), other.steps[1], case, other, nobody_else=False) is None


@pytest.mark.parametrize(
    ("case", "refused"),
    [
        (CASE, None),
        (replace(CASE, state="approved"), ("application_closed", "这份申请已经办结", "请刷新页面查看结果")),
        (replace(CASE, position=1), ("step_decided", "这一步刚刚已由别人决定", "请刷新页面查看结果")),
    ],
)
def test_a_step_is_open_once(case, refused):
    found = refuse_open(case, 0)

    assert (found and (found.code, str(found), found.next_step)) == refused


APART = terms_of(TERMS.replace('"natural"', '"natural", inside_limit = false')).steps[0]
WITHOUT_LIMIT = APPROVAL.steps[1]
CLOCKS = {
    "ten working days from Monday": (APPROVAL.steps[0], None, Clock(date(2026, 11, 16), 5, "calm", False)),
    "a list inside the limit": (APPROVAL.steps[0], POSTED, Clock(date(2026, 11, 16), 5, "calm", False)),
    "a list apart from it, six days in": (APART, POSTED, Clock(date(2026, 11, 26), 13, "calm", False)),
    "a list hung before the step began": (
        APART,
        Posted(date(2026, 10, 30), date(2026, 11, 6)),
        Clock(date(2026, 11, 20), 9, "calm", False),
    ),
    "a list hung after the limit was over": (
        APART,
        Posted(date(2026, 11, 30), date(2026, 12, 7)),
        Clock(date(2026, 12, 7), 20, "calm", False),
    ),
    "without a limit": (WITHOUT_LIMIT, None, NO_LIMIT),
    "over the end of a year nobody announced": (
        replace(APPROVAL.steps[0], limit=40),
        None,
        Clock(date(2026, 12, 28), 35, "calm", False),
    ),
}


@pytest.mark.parametrize(("step", "posted", "clock"), CLOCKS.values(), ids=CLOCKS)
def test_the_clock_of_a_step(step, posted, clock):
    assert step_clock(step, date(2026, 11, 2), posted, today=date(2026, 11, 9), calendar=ANNOUNCED) == clock


def test_a_clock_that_runs_into_a_year_nobody_announced_is_provisional():
    clock = step_clock(APPROVAL.steps[0], date(2026, 12, 21), None, today=date(2026, 12, 21), calendar=ANNOUNCED)

    assert (clock.due, clock.left, clock.is_provisional) == (date(2027, 1, 4), 10, True)


# From facts to days.

BAND = load_scheme(
    'id = "a"\nversion = "1"\nname = "到龄"\nstack_group = "a"\n'
    'classes = [{ code = "甲", when = { age = { from = 75, to = 79 } }, amount = { kind = "free" } },'
    ' { code = "乙", when = { age = { from = 80 }, any_status = ["dibao"] }, amount = { kind = "free" } }]\n'
)


def record(birth_day: date = date(1944, 3, 1), *statuses: DatedStatus, **facts) -> ElderRecord:
    known = {
        "id": 1,
        "name": "测试",
        "birth_day": birth_day,
        "sex": "",
        "hukou": "",
        "residence": "",
        "settlement": "",
        "village_group": "",
        "registered_on": date(2026, 1, 1),
        "statuses": statuses,
        "life": (),
    }
    return ElderRecord(**(known | facts))


DIBAO = DatedStatus("dibao", date(2026, 2, 1), date(2026, 3, 31))


def test_the_facts_of_a_day_are_those_in_force_on_it():
    one = record(date(1944, 3, 1), DIBAO)

    kinds = [one.on(day).statuses for day in (date(2026, 1, 31), date(2026, 2, 1), date(2026, 3, 31), date(2026, 4, 1))]
    assert kinds == [frozenset(), {"dibao"}, {"dibao"}, frozenset()]


def test_a_standing_names_the_class_the_groups_and_what_stands_against():
    poor = record(date(1944, 3, 1), DIBAO)
    in_class, out = standing(poor, BAND, date(2026, 2, 1)), standing(poor, BAND, date(2026, 1, 31))

    assert (in_class.class_code, in_class.groups, in_class.reason_code) == ("乙", ("乙",), "")
    assert (out.class_code, out.groups, out.reason_code) == ("", (), reason_against(poor, BAND, date(2026, 1, 31)).code)


def test_the_days_on_which_something_may_change_lie_within_the_span():
    one = record(date(1944, 3, 1), DIBAO, DatedStatus("tekun", date(2026, 2, 1), None))
    first, last = date(2026, 2, 10), date(2027, 3, 1)

    assert turning_days(one, first, last) == [first, date(2026, 3, 1), date(2026, 4, 1), date(2027, 3, 1)]
    assert turning_days(one, date(2026, 2, 1), date(2026, 3, 31))[:1] == [date(2026, 2, 1)]
    assert birthdays(date(1944, 3, 1), date(2026, 3, 1), date(2027, 3, 1)) == [date(2026, 3, 1), date(2027, 3, 1)]
    assert birthdays(date(1944, 3, 1), date(2026, 3, 2), date(2027, 2, 28)) == []


def test_standings_are_told_where_they_change_and_only_there():
    one = record(date(1947, 3, 1), DIBAO)  # 79 in 2026, 80 on 1 March 2027

    found = standings(one, BAND, date(2026, 1, 1), date(2027, 12, 31))

    assert [(day, now.class_code, now.reason_code) for day, now in found] == [
        (date(2026, 1, 1), "甲", ""),
        (date(2027, 3, 1), "", found[1][1].reason_code),
    ]
    assert found[1][1].reason_code


AGES = {
    "nothing said": ("eligible = {}", (0, 150)),
    "one bound": ("eligible = { age = { from = 60 } }", (60, 150)),
    "both of all": ("eligible = { all = [{ age = { from = 60 } }, { age = { to = 90 } }] }", (60, 90)),
    "either of any": ("eligible = { any = [{ age = { from = 60, to = 70 } }, { age = { from = 80, to = 90 } }] }", (60, 90)),
    "any of something else too": ('eligible = { any = [{ age = { from = 60 } }, { any_status = ["dibao"] }] }', (0, 150)),
    "not said plainly": ("eligible = { not = { age = { from = 60 } } }", (0, 150)),
}  # fmt: skip


@pytest.mark.parametrize(("eligible", "bounds"), AGES.values(), ids=AGES)
def test_the_ages_that_can_fit(eligible, bounds):
    scheme = load_scheme(
        f'id = "a"\nversion = "1"\nname = "x"\nstack_group = "a"\n{eligible}\namount = {{ kind = "free" }}\n'
    )

    assert ages(scheme) == bounds


def test_a_death_or_move_stops_and_a_pause_freezes():
    lived = record(
        life=(
            (3, LifePeriod("paused", date(2026, 1, 5), date(2026, 1, 9))),
            (4, LifePeriod("died", date(2026, 2, 1), None)),
            (5, LifePeriod("moved", date(2026, 3, 1), None)),
        )
    )

    assert list(halts_of_life(lived)) == [
        HaltFacts("frozen", "paused", "", 3, date(2026, 1, 5), date(2026, 1, 9)),
        HaltFacts("stopped", "died", "", 4, date(2026, 2, 1), None),
        HaltFacts("stopped", "moved", "", 5, date(2026, 3, 1), None),
    ]


def test_what_does_not_fit_stops_from_its_day_to_the_day_before_it_fits_again():
    one = record(date(1946, 6, 1), DIBAO, DatedStatus("dibao", date(2026, 5, 1), None))  # 79, then 80 on 1 June

    halts = list(halts_of_facts(one, BAND, date(2026, 6, 10), date(2026, 12, 31)))
    ends = list(halts_of_facts(replace(one, statuses=(DIBAO,)), BAND, date(2026, 1, 1), date(2026, 12, 31)))

    assert halts == []
    (halt,) = ends
    assert (halt.kind, halt.cause, halt.source_id, halt.from_day, halt.to_day) == (
        "stopped", "facts", 0, date(2026, 6, 1), None
    )  # fmt: skip


DUE = {
    "fits since long, from the registration": ({}, "2026-01-01", "2026-11-21", "2026-12-21", "2026-01-01"),
    "fits since long, from a later beginning": ({}, "2026-06-01", "2026-11-21", "2026-12-21", "2026-06-01"),
    "begins within sight": ({"birth_day": date(1951, 12, 21)}, "2026-01-01", "2026-11-21", "2026-12-21", "2026-12-21"),
    "begins the day after": ({"birth_day": date(1951, 12, 22)}, "2026-01-01", "2026-11-21", "2026-12-21", None),
    "begins today": ({"birth_day": date(1951, 11, 21)}, "2026-01-01", "2026-11-21", "2026-12-21", "2026-11-21"),
    "ended today": ({"birth_day": date(1946, 11, 21)}, "2026-01-01", "2026-11-21", "2026-12-21", None),
    "ends tomorrow": ({"birth_day": date(1946, 11, 22)}, "2026-01-01", "2026-11-21", "2026-12-21", "2026-01-01"),
    "from a day to come": ({}, "2026-12-01", "2026-11-21", "2026-12-21", "2026-12-01"),
}


@pytest.mark.parametrize(("facts", "since", "day", "ahead", "start"), DUE.values(), ids=DUE)
def test_from_which_day_somebody_is_due(facts, since, day, ahead, start):
    one = record(facts.get("birth_day", date(1949, 5, 1)))
    days = {name: date.fromisoformat(text) for name, text in (("since", since), ("day", day), ("ahead", ahead))}

    found = due_from(one, BAND, **days)

    assert (found and found[0].isoformat()) == start
    assert found is None or found[1].class_code == "甲"


SPANS = {
    "before": (Span(date(2026, 1, 1), date(2026, 3, 31)), False),
    "its first day": (Span(date(2026, 1, 1), date(2026, 4, 1)), True),
    "its last day": (Span(date(2026, 6, 30), date(2026, 7, 1)), True),
    "after": (Span(date(2026, 7, 1), None), False),
    "lasting from before": (Span(date(2020, 1, 1), None), True),
}


@pytest.mark.parametrize(("wanted", "meets"), SPANS.values(), ids=SPANS)
def test_nobody_is_entitled_twice_on_one_day(wanted, meets):
    held = Span(date(2026, 4, 1), date(2026, 6, 30))
    found = refuse_twice({1: Span(date(2030, 1, 1), date(2030, 1, 2)), 2: held}, wanted)

    assert (wanted.meets(held), held.meets(wanted)) == (meets, meets)
    if meets and wanted.from_day > date(2025, 1, 1):
        assert (found.code, str(found), found.next_step) == (
            "already_entitled",
            "这位老人在这个方案下已有资格,不能重复认定",
            "情况有变的请按「变更」办理;放弃的请先终止原来的资格",
        )
    assert refuse_twice({}, wanted) is None


# What is typed.

APPLICATION = {
    "key": "0a" * 16,
    "applicant": "elder",
    "purpose": "new",
    "channel": "paper",
    "applied_on": "2026-11-20",
    "note": " 行动不便 ",
}
AGENT = {"agent_name": "王大虎", "agent_relation": "儿子", "agent_phone": "13812345678", "consent": "签了委托书"}


def test_an_application_by_the_elder_and_by_somebody_else():
    own = forms.read_application(APPLICATION, elder_id=3, version_id=4)
    by_son = forms.read_application(APPLICATION | AGENT | {"applicant": "relative"}, elder_id=3, version_id=4)

    assert own == ApplicationInput(
        key="0a" * 16,
        elder_id=3,
        version_id=4,
        purpose="new",
        applicant="elder",
        channel="paper",
        applied_on=date(2026, 11, 20),
        agent=ApplicantAgent(),
        note="行动不便",
    )
    assert by_son.agent == ApplicantAgent(name="王大虎", relation="儿子", phone="13812345678", consent="签了委托书")


NEEDED = "请填写这一项"
TYPED = {
    "by an agent nobody knows": (
        {"applicant": "agent"},
        {"agent_name": NEEDED, "agent_relation": NEEDED, "consent": NEEDED, "agent_phone": None},
    ),
    "by staff: no agent": ({"applicant": "staff"}, {}),
    "at length": (
        AGENT | {"agent_name": "字" * 41, "agent_relation": "字" * 21, "consent": "字" * 101, "note": "字" * 301},
        {
            "agent_name": "内容太长,最多 40 个字",
            "agent_relation": "内容太长,最多 20 个字",
            "consent": "内容太长,最多 100 个字",
            "note": "内容太长,最多 300 个字",
        },
    ),
    "with words nobody offered": (
        {"applicant": "x", "purpose": "x", "channel": "x", "applied_on": "x", "agent_phone": "123"},
        {
            "applicant": "请从列表中选择",
            "purpose": "请从列表中选择",
            "channel": "请从列表中选择",
            "applied_on": "「x」不是日期,请写成 2026-11-21",
            "agent_phone": None,
        },
    ),
}


@pytest.mark.parametrize(("typed", "wrong"), TYPED.values(), ids=TYPED)
def test_an_application_that_is_typed_wrong_is_told_beside_its_fields(typed, wrong):
    if not wrong:
        assert forms.read_application(APPLICATION | typed, elder_id=3, version_id=4).agent == ApplicantAgent()
        return
    with pytest.raises(BadFields) as error:
        forms.read_application(APPLICATION | typed, elder_id=3, version_id=4)
    told = {name: None if wrong.get(name) is None else str(one) for name, one in error.value.errors.items()}
    assert told == wrong


READ = {
    "a desk": (lambda: forms.read_filter({"scheme": "s" * 41, "mine": "1"}), forms.DeskFilter("s" * 40, True)),
    "nothing asked of the desk": (lambda: forms.read_filter({"mine": "yes"}), forms.DeskFilter("", False)),
    "a name looked for": (lambda: forms.read_search({"q": "王" * 61}), "王" * 60),
    "people of a roster": (lambda: forms.read_chosen(["3:care", "4:by-age"]), {(3, "care"), (4, "by-age")}),
    "a year": (lambda: forms.read_year("2027", instead=2026), 2027),
    "no year": (lambda: forms.read_year("20270", instead=2026), 2026),
    "a year too far": (lambda: forms.read_year("2101", instead=2026), 2026),
    "a year in other digits": (lambda: forms.read_year("２０２７", instead=2026), 2026),
    "a holiday": (
        lambda: forms.ENTRY.read({"first": "2027-01-01", "last": "2027-01-03", "kind": "off", "name": "元旦"}),
        DayEntry(date(2027, 1, 1), date(2027, 1, 3), False, "元旦"),
    ),
    "one day worked": (
        lambda: forms.ENTRY.read({"first": "2027-01-09", "kind": "worked", "name": "调休"}),
        DayEntry(date(2027, 1, 9), date(2027, 1, 9), True, "调休"),
    ),
    "upheld": (lambda: forms.ANSWER.read({"upheld": "1", "answer": "已迁走"}), {"is_upheld": True, "answer": "已迁走"}),
    "not upheld": (lambda: forms.ANSWER.read({"upheld": "0", "answer": "无"}), {"is_upheld": False, "answer": "无"}),
    "handed over": (lambda: forms.way("mail"), "mail"),
    "a note": (lambda: forms.note("字" * 300), "字" * 300),
}  # fmt: skip


@pytest.mark.parametrize(("read", "wanted"), READ.values(), ids=READ)
def test_what_is_typed_is_read(read, wanted):
    assert read() == wanted


def test_a_list_a_decision_a_paper_and_a_sanction_are_read():
    listed = forms.read_publicity(
        {
            "position": "1",
            "version_id": "4",
            "area_id": "5",
            "posted_on": "2026-11-20",
            "place": "公告栏",
            "phone": "5260000",
        },
        ["7", "8"],
    )
    passed = forms.DECISION.read({"position": "2", "outcome": "passed", "opinion": " 属实 "}, application_id=9)
    paper = forms.read_document(
        {"kind": "id_card", "issuer": "公安局", "day": "", "ability": "disabled"}, None, application_id=9
    )
    assessed = forms.read_document(
        {"kind": ASSESSMENT, "issuer": "县医院", "day": "2026-11-20", "note": "上门", "ability": "disabled"},
        None,
        application_id=9,
    )
    sanction = forms.read_sanction({"sanction": "care:2", "reason": "冒名", "decided_on": "2026-11-20"}, elder_id=3)

    assert (listed.position, listed.version_id, listed.area_id, listed.application_ids) == (1, 4, 5, (7, 8))
    assert (listed.posted_on, listed.place, listed.phone) == (date(2026, 11, 20), "公告栏", "5260000")
    assert (passed.application_id, passed.position, passed.outcome, passed.opinion) == (9, 2, "passed", "属实")
    assert (paper.application_id, paper.kind, paper.issuer, paper.day, paper.ability, paper.photo) == (
        9,
        "id_card",
        "公安局",
        None,
        "",
        b"",
    )
    assert (assessed.day, assessed.note, assessed.ability) == (date(2026, 11, 20), "上门", "disabled")
    assert (sanction.elder_id, sanction.scheme, sanction.number, sanction.reason, sanction.decided_on) == (
        3, "care", 2, "冒名", date(2026, 11, 20)
    )  # fmt: skip


AGAIN, CHOOSE = "请返回上一页重新填写", "请返回上一页重新选择"
DECISION = {"position": "0", "outcome": "passed"}
PUBLICITY = {"position": "0", "version_id": "4", "area_id": "5", "posted_on": "2026-11-20", "place": "x", "phone": "1"}
PAPER = {"kind": "id_card", "issuer": "公安局", "day": "2026-11-20"}
OBJECTION = {"received_on": "2026-11-20", "by": "", "text": "不符合"}
ENTRY = {"first": "2027-01-01", "last": "", "kind": "off", "name": "元旦"}
WRONG = {
    "a step beyond all": (lambda: forms.DECISION.read(DECISION | {"position": "1000"}, application_id=1), "position", "请求不完整", AGAIN),
    "no outcome": (lambda: forms.DECISION.read({"position": "0"}, application_id=1), "outcome", "请选择通过或不予通过", CHOOSE),
    "a long opinion": (lambda: forms.DECISION.read(DECISION | {"opinion": "字" * 301}, application_id=1), "opinion", "内容太长,最多 300 个字", ""),
    "a list of no place": (lambda: forms.read_publicity(PUBLICITY | {"place": " "}, ["1"]), "place", NEEDED, ""),
    "a list of a long place": (lambda: forms.read_publicity(PUBLICITY | {"place": "字" * 61}, ["1"]), "place", "内容太长,最多 60 个字", ""),
    "a list without a phone": (lambda: forms.read_publicity(PUBLICITY | {"phone": ""}, ["1"]), "phone", NEEDED, ""),
    "a list with a long phone": (lambda: forms.read_publicity(PUBLICITY | {"phone": "1" * 41}, ["1"]), "phone", "内容太长,最多 40 个字", ""),
    "a paper of nobody's": (lambda: forms.read_document(PAPER | {"issuer": ""}, None, application_id=1), "issuer", NEEDED, ""),
    "a paper at length": (lambda: forms.read_document(PAPER | {"issuer": "字" * 61}, None, application_id=1), "issuer", "内容太长,最多 60 个字", ""),
    "a paper with a long note": (
        lambda: forms.read_document(PAPER | {"note": "字" * 201}, None, application_id=1), "note", "内容太长,最多 200 个字", ""
    ),
    "a paper of no kind": (lambda: forms.read_document(PAPER | {"kind": "ID"}, None, application_id=1), "kind", "请从列表中选择", ""),
    "an assessment without its result": (
        lambda: forms.read_document(PAPER | {"kind": ASSESSMENT, "ability": ""}, None, application_id=1), "ability", "请从列表中选择", ""
    ),
    "an assessment without its day": (
        lambda: forms.read_document({"kind": ASSESSMENT, "issuer": "x", "ability": "able"}, None, application_id=1),
        "day", "「」不是日期,请写成 2026-11-21", "",
    ),
    "an objection to nothing": (lambda: forms.OBJECTION.read(OBJECTION | {"text": ""}, application_id=1), "text", NEEDED, ""),
    "an objection by a long name": (lambda: forms.OBJECTION.read(OBJECTION | {"by": "字" * 61}, application_id=1), "by", "内容太长,最多 60 个字", ""),
    "an answer that does not say which": (lambda: forms.ANSWER.read({"answer": "x"}), "upheld", "请选择异议是否成立", CHOOSE),
    "a sanction of no scheme": (
        lambda: forms.read_sanction({"sanction": "Care:0", "reason": "x", "decided_on": "2026-11-20"}, elder_id=1),
        "sanction", "请从列表中选择处理措施", "",
    ),
    "a sanction of no number": (
        lambda: forms.read_sanction({"sanction": "care:1000", "reason": "x", "decided_on": "2026-11-20"}, elder_id=1),
        "sanction", "请从列表中选择处理措施", "",
    ),
    "a holiday without a name": (lambda: forms.ENTRY.read(ENTRY | {"name": ""}), "name", NEEDED, ""),
    "a holiday of a long name": (lambda: forms.ENTRY.read(ENTRY | {"name": "字" * 41}), "name", "内容太长,最多 40 个字", ""),
    "neither off nor worked": (lambda: forms.ENTRY.read(ENTRY | {"kind": ""}), "kind", "请选择放假或上班", CHOOSE),
}  # fmt: skip


@pytest.mark.parametrize(("read", "field", "said", "next_step"), WRONG.values(), ids=WRONG)
def test_what_is_typed_wrong_is_told_beside_its_field(read, field, said, next_step):
    with pytest.raises(BadFields) as error:
        read()

    (told,) = error.value.errors.items()
    assert (told[0], str(told[1]), told[1].next_step) == (field, said, next_step)


@pytest.mark.parametrize("chosen", [["3:Care"], ["x:care"], ["3"]])
def test_people_nobody_offered_are_not_chosen(chosen):
    with pytest.raises(BadInput) as error:
        forms.read_chosen(chosen)

    assert (str(error.value), error.value.next_step) == ("请求不完整", AGAIN)


def test_months_lived_here_and_personal_facts_decide_too():
    scheme: Scheme = load_scheme(
        'id = "a"\nversion = "1"\nname = "x"\nstack_group = "a"\neligible = { resident_months = { from = 6, to = 8 } }\n'
        'amount = { kind = "free" }\n'
    )
    one = record(personal=Personal(resident_since=date(2026, 1, 15)))

    found = standings(one, scheme, date(2026, 7, 1), date(2026, 12, 31))

    assert [(day, not now.reason_code) for day, now in found] == [
        (date(2026, 7, 1), False),
        (date(2026, 7, 15), True),
        (date(2026, 10, 15), False),
    ]
    assert standings(one, scheme, date(2026, 7, 15), date(2026, 7, 15) + timedelta(days=1))[0][1].reason_code == ""
