"""The ``[approval]`` of a scheme, the working-day calendar, and the rules of a step. Pure."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canteen.base.months import months_after
from canteen.entitlements.applications.step_rules import (
    ASSESSMENT,
    ApplicationCase,
    Officer,
    Posted,
    Shown,
    assessment_needed,
    clock_state,
    refuse_officer,
    step_clock,
)
from canteen.entitlements.eligibility import (
    DatedStatus,
    ElderRecord,
    Span,
    ages,
    birthdays,
    due_from,
    halts_of_facts,
    refuse_twice,
)
from canteen.people.personal import Personal
from canteen.schemes.language.approval import ApprovalTerms, Sanction, read_approval
from canteen.schemes.language.reader import Notes, Table
from canteen.schemes.language.scheme import load_scheme
from canteen.schemes.workdays import (
    ANNOUNCED,
    WorkCalendar,
    days_left,
    deadline,
    is_provisional,
    is_working_day,
    working_days_between,
)

ROOT = Path(__file__).parents[2]
STEPS = '[[approval.steps]]\nname = "初审"\nlevel = "village"\n'


def read(text: str, classes: tuple[str, ...] = ()) -> tuple[ApprovalTerms, Notes]:
    notes = Notes()
    document: dict[str, Any] = tomllib.loads(text)
    return read_approval(Table(document["approval"], "approval", notes), classes), notes


def problem(text: str, classes: tuple[str, ...] = ()) -> str:
    _, notes = read("[approval]\n" + text, classes)
    assert len(notes.problems) == 1, notes.problems
    return notes.problems[0]


def test_what_batches_may_be_is_said_in_full() -> None:
    assert problem('batches = "monthly"\n' + STEPS) == (
        'approval.batches:写的是「monthly」,应为"half_year"(1月1日和7月1日),或日期的列表,例如 ["01-01", "07-01"]'
    )


# The working-day checks of the product's facts: the first day is not counted.
@pytest.mark.parametrize(
    ("start", "five", "ten"),
    [
        pytest.param(
            date(2026, 2, 10),
            date(2026, 2, 24),
            date(2026, 3, 2),
            id="over Spring Festival, make-up on 14 and 28 February",
        ),
        pytest.param(date(2026, 4, 28), date(2026, 5, 8), date(2026, 5, 14), id="over Labour Day, make-up on 9 May"),
        pytest.param(date(2026, 9, 18), date(2026, 9, 24), date(2026, 10, 9), id="make-up on 20 September"),
        pytest.param(
            date(2026, 9, 28), date(2026, 10, 10), date(2026, 10, 16), id="over National Day, make-up on 10 October"
        ),
    ],
)
def test_limits_of_five_and_ten_working_days(start, five, ten):
    assert (deadline(start, 5, ANNOUNCED), deadline(start, 10, ANNOUNCED)) == (five, ten)


@pytest.mark.parametrize(
    ("today", "left"),
    [
        (date(2026, 11, 23), 4),
        (date(2026, 11, 27), 0),
        (date(2026, 11, 28), -1),
        (date(2026, 11, 30), -1),
        (date(2026, 12, 1), -2),
    ],
)
def test_days_left_of_a_limit_that_ends_on_a_friday(today, left):
    assert days_left(today, date(2026, 11, 27), ANNOUNCED) == left


@given(start=st.dates(date(2026, 1, 1), date(2026, 11, 1)), limit=st.integers(0, 40))
def test_a_deadline_is_a_working_day_so_many_working_days_later(start, limit):
    due = deadline(start, limit, ANNOUNCED)
    assert working_days_between(start, due, ANNOUNCED) == limit
    assert limit == 0 or is_working_day(due, ANNOUNCED)
    assert days_left(start, due, ANNOUNCED) == limit


def test_a_year_nobody_announced_is_provisional_until_it_is_entered():
    assert is_provisional(date(2026, 12, 28), date(2027, 1, 5), ANNOUNCED)
    assert not is_provisional(date(2026, 12, 1), date(2026, 12, 31), ANNOUNCED)
    edited = ANNOUNCED.with_days({date(2027, 1, 1): False, date(2027, 1, 2): True}, frozenset({2027}))
    assert not is_provisional(date(2026, 12, 28), date(2027, 1, 5), edited)
    assert (is_working_day(date(2027, 1, 1), edited), is_working_day(date(2027, 1, 2), edited)) == (False, True)


def test_an_entry_of_the_office_wins_over_what_was_announced():
    edited = ANNOUNCED.with_days({date(2026, 10, 10): False, date(2026, 10, 1): True})
    assert not is_working_day(date(2026, 10, 10), edited)
    assert is_working_day(date(2026, 10, 1), edited)


BAD = {
    "unknown key": (STEPS + "[approval.stepz]\n", "不认识的键「stepz」"),
    "no steps": ('where = "hukou"\n', "approval.steps:没有写"),
    "unknown level": (STEPS.replace("village", "street"), "approval.steps[1].level:写的是「street」"),
    "one name twice": (STEPS + STEPS, "「初审」写了两次"),
    "a later step": (STEPS + 'not_same_as = ["复审"]\n', "not_same_as[1]"),
    "limit of nothing": (STEPS + "limit_working_days = 0\n", "应为 1 到 400 的整数"),
    "what days": (STEPS + "publicity = { days = 7 }\n", "publicity.counts:没有写"),
    "batches and starts": ('batches = "half_year"\nstarts = "decision"\n' + STEPS, "写了 batches"),
    "29 February": ('batches = ["02-29"]\n' + STEPS, "approval.batches"),
    "form number": ('form_number = "第{nummer}号"\n' + STEPS, "form_number"),
    "two bars": (
        STEPS
        + '[[approval.sanctions]]\nwho = "elder"\nwords = "骗取"\nmeasures = ["cancel"]\nbarred = "lifetime"\nbarred_years = 3\n',
        "只写一个",
    ),
}


@pytest.mark.parametrize(("text", "sentence"), BAD.values(), ids=BAD)
def test_a_mistake_is_called_by_its_place(text, sentence):
    assert sentence in problem(text)


def test_only_for_names_a_class_of_the_scheme():
    text = STEPS + '[[approval.documents]]\nkind = "proof"\nwords = "证明"\nonly_for = ["九类"]\n'
    assert "only_for[1]:写的是「九类」,应为其中之一:一类" in problem(text, ("一类",))


@pytest.mark.parametrize(
    ("limit", "publicity", "fits"),
    [
        (10, '{ days = 7, counts = "natural" }', True),
        (5, '{ days = 7, counts = "natural" }', False),
        (5, '{ days = 5, counts = "working" }', False),
        (6, '{ days = 5, counts = "working" }', True),
        (5, '{ days = 5, counts = "working", inside_limit = false }', True),
    ],
)
def test_a_list_that_leaves_no_day_to_decide_is_warned_of(limit, publicity, fits):
    terms, notes = read(f"[approval]\n{STEPS}limit_working_days = {limit}\npublicity = {publicity}\n")
    assert (not notes.problems, terms.warnings == ()) == (True, fits)


@pytest.mark.parametrize(
    ("more", "decided", "starts"),
    [
        ("", date(2026, 11, 21), date(2026, 11, 21)),
        ('starts = "next_month"\n', date(2026, 12, 31), date(2027, 1, 1)),
        ('starts = "application"\n', date(2026, 11, 21), date(2026, 11, 2)),
        ('batches = "half_year"\n', date(2026, 7, 1), date(2026, 7, 1)),
        ('batches = "half_year"\n', date(2026, 7, 2), date(2027, 1, 1)),
    ],
)
def test_from_when_a_right_holds(more, decided, starts):
    terms, _ = read(f"[approval]\n{more}{STEPS}")
    assert terms.starts_on(decided=decided, applied=date(2026, 11, 2)) == starts


def test_a_form_number_and_the_last_day():
    terms, _ = read(f'[approval]\nform_number = "宫字〔{{year}}〕第{{number:3}}号"\nvalid_months = 12\n{STEPS}')
    assert terms.number(year=2026, count=7) == "宫字〔2026〕第007号"
    assert terms.ends_on(date(2026, 3, 1)) == date(2027, 2, 28)
    assert replace(terms, form_number="").number(year=2026, count=12) == "2026-0012"


@pytest.mark.parametrize(
    ("day", "months", "after"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 6, 30), 6, date(2026, 12, 30)),
    ],
)
def test_months_after_a_day(day, months, after):
    assert months_after(day, months) == after


@pytest.mark.parametrize(
    ("barred", "years", "until"),
    [("years", 3, date(2029, 11, 21)), ("lifetime", 0, None), ("decision", 0, None), ("none", 0, date.min)],
)
def test_a_ban_counts_from_the_decision(barred, years, until):
    assert Sanction("provider", "骗取", ("recover",), barred, years).barred_until(date(2026, 11, 21)) == until


def test_a_ban_from_29_february_ends_on_the_28th():
    assert Sanction("provider", "骗取", (), "years", 3).barred_until(date(2024, 2, 29)) == date(2027, 2, 28)


@pytest.mark.parametrize(
    ("left", "limit", "state"),
    [
        (9, 10, "calm"),
        (4, 10, "soon"),
        (2, 10, "red"),
        (0, 10, "red"),
        (-1, 10, "over"),
        (2, 5, "soon"),
        (1, 5, "red"),
        (1, 1, "red"),
    ],
)
def test_a_clock_is_red_before_it_breaks(left, limit, state):
    assert clock_state(left, limit) == state


TERMS, _ = read(
    f'[approval]\n{STEPS}limit_working_days = 5\npublicity = {{ days = 5, counts = "working", inside_limit = false }}\n'
    '[[approval.steps]]\nname = "复审"\nlevel = "township"\nnot_same_as = []\n[approval.assessment]\nvalid_months = 12\n'
)
CASE = ApplicationCase(
    elder_id=1,
    area_path="金溪县/云溪镇/枫林村",
    class_code="",
    state="open",
    position=0,
    step_since=date(2026, 11, 2),
    taken_by=7,
    deciders={},
    shown=(),
    posted=None,
    open_objections=0,
)
VILLAGER = Officer(staff_id=8, role="committee", level="village", area_path="金溪县/云溪镇/枫林村", elder_id=None)


def test_a_list_apart_from_the_limit_stops_the_clock():
    step = TERMS.steps[0]
    clock = step_clock(step, date(2026, 11, 2), None, today=date(2026, 11, 4), calendar=ANNOUNCED)
    assert (clock.due, clock.left) == (date(2026, 11, 9), 3)
    posted = Posted(date(2026, 11, 4), step.publicity.last_day(date(2026, 11, 4), ANNOUNCED))
    clock = step_clock(step, date(2026, 11, 2), posted, today=date(2026, 11, 11), calendar=ANNOUNCED)
    assert (posted.last_day, clock.due, clock.left) == (date(2026, 11, 11), date(2026, 11, 16), 3)


@pytest.mark.parametrize(
    ("officer", "code"),
    [
        (VILLAGER, ""),
        (replace(VILLAGER, staff_id=7), "same_person"),
        (replace(VILLAGER, elder_id=1), "own_case"),
        (replace(VILLAGER, role="civil_affairs"), "wrong_level"),
        (replace(VILLAGER, level="township", area_path="金溪县/云溪镇"), "wrong_level"),
        (replace(VILLAGER, area_path="金溪县/云溪镇/枫林"), "wrong_area"),
        (replace(VILLAGER, role="administrator"), "not_stand_in"),
    ],
)
def test_who_may_act_at_a_step(officer, code):
    found = refuse_officer(officer, TERMS.steps[0], CASE, TERMS, nobody_else=False)
    assert (found.code if found else "") == code


def test_nobody_decides_what_they_took_down_even_where_the_scheme_forgets_to_say_so():
    case = replace(CASE, position=1, deciders={0: 9})
    township = replace(VILLAGER, role="civil_affairs", level="township", area_path="金溪县/云溪镇")
    assert refuse_officer(replace(township, staff_id=9), TERMS.steps[1], case, TERMS, nobody_else=False) is None
    again = refuse_officer(replace(township, staff_id=7), TERMS.steps[1], case, TERMS, nobody_else=False)
    assert again is not None and again.code == "same_person"


@pytest.mark.parametrize(("day", "needed"), [(None, True), (date(2025, 11, 21), True), (date(2025, 11, 22), False)])
def test_an_assessment_grows_old(day, needed):
    shown = (Shown(ASSESSMENT, day),) if day else ()
    assert assessment_needed(TERMS, replace(CASE, shown=shown), date(2026, 11, 21)) is needed


@pytest.mark.parametrize(
    ("first", "last", "meets"),
    [
        (date(2026, 1, 1), date(2026, 3, 31), False),
        (date(2026, 1, 1), date(2026, 4, 1), True),
        (date(2026, 5, 1), None, True),
        (date(2026, 7, 1), None, False),
    ],
)
def test_two_rights_under_one_scheme_share_no_day(first, last, meets):
    held = {1: Span(date(2026, 4, 1), date(2026, 6, 30))}
    assert (refuse_twice(held, Span(first, last)) is not None) is meets


BAND = load_scheme(
    'id = "a"\nversion = "1"\nname = "到龄"\nstack_group = "a"\neligible = { age = { from = 75, to = 79 } }\n'
    'amount = { kind = "free" }\n'
)


def born(day: date, *statuses: DatedStatus) -> ElderRecord:
    return ElderRecord(
        id=1,
        name="测试",
        birth_day=day,
        sex="",
        hukou="",
        residence="",
        settlement="",
        village_group="",
        registered_on=date(2026, 1, 1),
        statuses=statuses,
        life=(),
    )


def test_born_on_29_february_is_a_year_older_on_1_march():
    assert birthdays(date(1952, 2, 29), date(2027, 1, 1), date(2028, 12, 31)) == [date(2027, 3, 1), date(2028, 2, 29)]
    found = due_from(
        born(date(1952, 2, 29)), BAND, since=date(2026, 1, 1), day=date(2027, 2, 20), ahead=date(2027, 3, 20)
    )
    assert found is not None and found[0] == date(2027, 3, 1)


def test_the_ages_a_scheme_can_fit_bound_who_is_looked_at():
    text = (
        'id = "a"\nversion = "1"\nname = "两类"\nstack_group = "a"\neligible = { age = { to = 90 } }\n'
        'amount = { kind = "free" }\nclasses = [{ code = "甲", when = { any = [{ age = { from = 60 }, any_status = ["dibao"] },'
        ' { age = { from = 80 } }] } }, { code = "乙", when = { age = { from = 70, under = 75 } } }]\n'
    )
    assert (ages(BAND), ages(load_scheme(text))) == ((75, 79), (60, 90))


def test_leaving_a_band_of_ages_stops_on_the_birthday():
    [halt] = halts_of_facts(born(date(1947, 1, 5)), BAND, date(2026, 11, 21), date(2027, 11, 21))
    assert (halt.from_day, halt.to_day, halt.reason_code) == (date(2027, 1, 5), None, "age")


@given(days=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 90)), max_size=5))
def test_halts_are_exactly_the_days_on_which_the_facts_do_not_fit(days):
    scheme = load_scheme(
        'id = "a"\nversion = "1"\nname = "身份"\nstack_group = "a"\neligible = { any_status = ["dibao"] }\n'
        'amount = { kind = "free" }\n'
    )
    first, last = date(2026, 1, 1), date(2026, 12, 31)
    spans = [(first + timedelta(days=start), first + timedelta(days=start + length)) for start, length in days]
    record = born(date(1950, 6, 1), *(DatedStatus("dibao", start, end) for start, end in spans))
    halts = list(halts_of_facts(record, scheme, first, last))
    for ahead in range(365):
        day = first + timedelta(days=ahead)
        is_halted = any(one.from_day <= day and (one.to_day is None or day <= one.to_day) for one in halts)
        assert is_halted != any(start <= day <= end for start, end in spans), day


@given(since=st.dates(date(2025, 1, 1), date(2026, 12, 31)), months=st.integers(1, 14))
def test_halts_end_on_the_day_on_which_the_months_of_living_there_are_full(since, months):
    """In a month without the day its last one counts: since 31 August, six months are full on 28 February."""
    scheme = load_scheme(
        f'id = "a"\nversion = "1"\nname = "居住"\nstack_group = "a"\neligible = {{ resident_months = {{ from = {months} }} }}\n'
        'amount = { kind = "free" }\n'
    )
    first, last = date(2026, 1, 1), date(2026, 12, 31)
    record = replace(born(date(1950, 6, 1)), personal=Personal(resident_since=since))
    halts = list(halts_of_facts(record, scheme, first, last))

    reached = since
    while (reached.year - since.year) * 12 + reached.month - since.month < months or (
        reached.day < since.day and (reached + timedelta(days=1)).day != 1
    ):
        reached += timedelta(days=1)
    stopped = [(first, None if reached > last else reached - timedelta(days=1))] if reached > first else []
    assert [(one.from_day, one.to_day) for one in halts] == stopped


EXAMPLES = re.findall(r"^```toml\n(.*?)^```", (ROOT / "docs/approvals.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_of_the_page_is_read(text):
    head = 'id = "x"\nversion = "1"\nname = "示例"\nstack_group = "x"\namount = { kind = "free" }\n'
    scheme = load_scheme(text if text.startswith("id =") else head + text)
    assert scheme.approval is not None


def test_every_key_is_on_the_page():
    page = (ROOT / "docs/approvals.md").read_text("utf-8")
    keys: set[str] = set()
    for text in EXAMPLES:
        keys |= set(re.findall(r"(\w+) = ", text))
    source = (ROOT / "canteen/schemes/language/approval.py").read_text("utf-8")
    read_keys = set(
        re.findall(
            r'(?:table|one)\.(?:flag|choice|choices|names|text|whole|has|tables|table|match|take)\("(\w+)"', source
        )
    )
    assert sorted(key for key in read_keys if f"`{key}`" not in page) == []
    assert keys


def test_the_office_may_know_a_calendar_with_nothing_in_it():
    assert is_working_day(date(2026, 10, 5), WorkCalendar())
