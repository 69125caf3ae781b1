"""What is done next for somebody, until when, and who has stayed away too long."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canteen.base.errors import BadInput
from canteen.base.words import CHECK_CAUSES, CHECK_STEPS, SIGNS, STEP_RESULTS
from canteen.places.rules import DayException, ServicePlan
from canteen.welfare import rules

DAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("has_phone", "contacts", "done", "kind", "before"),
    [
        (True, 2, [], "call", 0),
        (False, 2, [], "knock", 0),
        (True, 2, ["call"], "knock", 0),
        (True, 2, ["knock"], "call", 0),
        (True, 2, ["call", "knock"], "contact", 0),
        (True, 2, ["call", "knock", "contact"], "contact", 1),
        (True, 2, ["call", "knock", "contact", "contact"], "committee", 0),
        (True, 0, ["call", "knock"], "committee", 0),
        (True, 2, ["call", "knock", "contact", "contact", "committee"], "knock", 1),
        (True, 1, ["call", "call", "knock", "knock"], "contact", 0),
    ],
)
def test_what_is_next(has_phone: bool, contacts: int, done: list[str], kind: str, before: int) -> None:
    ladder = rules.ladder(has_phone=has_phone, contacts=contacts)

    assert rules.next_step(ladder, done) == (kind, before)


@given(has_phone=st.booleans(), contacts=st.integers(0, 5))
def test_whoever_does_what_is_next_does_all_of_it_in_order_and_then_knocks(has_phone: bool, contacts: int) -> None:
    ladder = rules.ladder(has_phone=has_phone, contacts=contacts)
    done: list[str] = []
    for _ in range(len(ladder) + 2):
        done.append(rules.next_step(ladder, done)[0])

    assert tuple(done) == (*ladder, "knock", "knock")


@pytest.mark.parametrize(
    ("cause", "signs", "minutes"),
    [
        ("no_answer", (), 30),
        ("absent", (), 24 * 60),
        ("concern", ("unsteady",), 240),
        ("concern", ("unsteady", "doctor"), 30),
    ],
)
def test_how_long_a_step_may_take(cause: str, signs: tuple[str, ...], minutes: int) -> None:
    assert rules.pace_of(cause, signs) == timedelta(minutes=minutes)


def test_every_cause_has_a_pace() -> None:
    assert set(CHECK_CAUSES) <= set(rules.PACES)


@pytest.mark.parametrize("kind", CHECK_STEPS)
@pytest.mark.parametrize("result", STEP_RESULTS)
def test_the_committee_is_told_and_the_others_are_asked(kind: str, result: str) -> None:
    fits = (kind == "committee") == (result == "told")

    if fits:
        assert rules.check_step(kind, result) is None
    else:
        with pytest.raises(BadInput) as wrong:
            rules.check_step(kind, result)
        assert wrong.value.field == "result"


@pytest.mark.parametrize(("kind", "result", "field"), [("pray", "well", "kind"), ("call", "dead", "result")])
def test_a_step_nobody_could_have_meant_is_refused(kind: str, result: str, field: str) -> None:
    with pytest.raises(BadInput) as wrong:
        rules.check_step(kind, result)

    assert wrong.value.field == field


@given(st.lists(st.sampled_from(SIGNS), min_size=1))
def test_signs_are_kept_once_in_the_order_of_the_page(signs: list[str]) -> None:
    kept = rules.check_signs(signs, "")

    assert set(kept) == set(signs)
    assert [SIGNS.index(sign) for sign in kept] == sorted({SIGNS.index(sign) for sign in signs})


@pytest.mark.parametrize(("signs", "words"), [((), ""), ((), "好"), (("ghost",), "测试看见"), (("doctor", "x"), "")])
def test_a_concern_says_something_known(signs: tuple[str, ...], words: str) -> None:
    with pytest.raises(BadInput) as wrong:
        rules.check_signs(signs, words)

    assert wrong.value.field == "signs"


@pytest.mark.parametrize(
    ("how", "words", "field"),
    [("", "", "how"), ("fine", "", "how"), ("away", "", "words"), ("other", "好", "words"), ("well", "", None)],
)
def test_an_end_says_how_the_person_is(how: str, words: str, field: str | None) -> None:
    if field is None:
        assert rules.check_end(how, words) is None
        return
    with pytest.raises(BadInput) as wrong:
        rules.check_end(how, words)
    assert wrong.value.field == field


WEEKDAYS = ServicePlan(weekdays="12345", opened_on=date(2026, 1, 1))


@pytest.mark.parametrize(
    ("plan", "most", "since"),
    [
        pytest.param(WEEKDAYS, 0, None, id="nobody is looked for"),
        # The 21st is a Saturday: the week before it is the 16th to the 20th.
        pytest.param(WEEKDAYS, 1, date(2026, 11, 20), id="yesterday"),
        pytest.param(WEEKDAYS, 5, date(2026, 11, 16), id="a week of five days"),
        pytest.param(WEEKDAYS, 6, date(2026, 11, 13), id="a weekend between"),
        pytest.param(
            ServicePlan(weekdays="12345", opened_on=date(2026, 11, 18)), 4, None, id="not open for so many days"
        ),
        pytest.param(
            ServicePlan(
                weekdays="12345",
                opened_on=date(2026, 1, 1),
                exceptions={date(2026, 11, 19): DayException(is_open=False, reason="测试停电")},
            ),
            2,
            date(2026, 11, 18),
            id="a closed day is no day somebody missed",
        ),
    ],
)
def test_since_when_a_regular_was_missed(plan: ServicePlan, most: int, since: date | None) -> None:
    assert rules.missed_since(plan, today=DAY, most=most) == since


@pytest.mark.parametrize(
    ("days", "regular"),
    [
        ([DAY - timedelta(days=3 * n) for n in range(8)], True),
        ([DAY - timedelta(days=3 * n) for n in range(7)], False),
        ([DAY] * 20, False),
        ([DAY - timedelta(days=27)] + [DAY - timedelta(days=n) for n in range(7)], True),
        ([DAY - timedelta(days=28)] + [DAY - timedelta(days=n) for n in range(7)], False),
    ],
)
def test_who_is_a_regular(days: list[date], regular: bool) -> None:
    assert rules.is_regular(days) is regular
