from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canteen.base.errors import BadInput, Refusal
from canteen.base.months import full_years
from canteen.base.text import masked_name
from canteen.people.rules import (
    LifePeriod,
    LifeState,
    Waiver,
    card_number,
    check_id_number,
    check_life_period,
    check_phone,
    masked_id,
    person_name,
    phone_or_nothing,
    state_on,
    taken_back,
    waived_on,
    with_living,
)
from tests.people.rosters import id_number
from tests.told import told_where

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        pytest.param("007", "7", id="leading zeros"),
        pytest.param("7", "7", id="as it is"),
        pytest.param("００７", "7", id="full width"),
        pytest.param(" 00 07-", "7", id="separators"),
        pytest.param("000", "0", id="only zeros"),
        pytest.param("jx-0007", "JX0007", id="letters keep their zeros"),
        pytest.param("", "", id="nothing"),
        pytest.param(" - ", "", id="only separators"),
    ],
)
def test_card_number(text, number):
    assert card_number(text) == number


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("董　龙", "董龙", id="full-width space inside"),
        pytest.param(" 查招彩 ", "查招彩", id="spaces around"),
        pytest.param("阿卜杜•热合曼", "阿卜杜·热合曼", id="another dot"),
        pytest.param("阿卜杜.热合曼", "阿卜杜·热合曼", id="a full stop between"),
        pytest.param("John  Smith", "John Smith", id="Latin keeps one space"),
        pytest.param("王\u200b〇", "王〇", id="zero-width space"),
        pytest.param("李𠮷", "李𠮷", id="beyond the basic plane"),
    ],
)
def test_person_name(text, name):
    assert person_name(text) == name


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("361027194711265648", id="plain"),
        pytest.param("３６１０２７１９４７１１２６５６４８", id="full width"),
        pytest.param("361027 19471126 5648", id="spaces"),
        pytest.param("361027-19471126-5648", id="hyphens"),
        pytest.param("'361027194711265648", id="Excel's apostrophe"),
    ],
)
def test_an_id_number_is_read(text):
    found = check_id_number(text, day=TODAY)

    assert (found.number, found.birth_day, found.sex) == ("361027194711265648", date(1947, 11, 26), "female")


def test_a_lower_case_x_counts():
    assert check_id_number("36102719500713880x", day=TODAY).number == "36102719500713880X"


def test_the_first_six_digits_are_no_test():
    assert check_id_number(id_number(area="999999"), day=TODAY).sex == "male"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("", "没有身份证号", id="nothing"),
        pytest.param("361027590316874", "15位旧身份证号,请填写18位", id="15 digits"),
        pytest.param("36102719471126564", "身份证号应为18位,这里有17位", id="17"),
        pytest.param("3610271947112656481", "身份证号应为18位,这里有19位", id="19"),
        pytest.param("36102719471126564A", "身份证号只能有数字,最后一位可以是X", id="a letter"),
        pytest.param("3610271947X1265648", "身份证号只能有数字,最后一位可以是X", id="X in the middle"),
        pytest.param("٣٦١٠٢٧١٩٤٧١١٢٦٥٦٤٨", "身份证号只能有数字,最后一位可以是X", id="digits of another script"),
        pytest.param("361027194711265649", "身份证号校验位不对,请逐位核对", id="check digit"),
        pytest.param(id_number("19470230"), "身份证号中的出生日期不存在", id="30 February"),
        pytest.param(id_number("19471301"), "身份证号中的出生日期不存在", id="month 13"),
        pytest.param(id_number("20310506"), "身份证号中的出生日期在今天之后", id="future"),
        pytest.param(id_number("20261122"), "身份证号中的出生日期在今天之后", id="tomorrow"),
        pytest.param(id_number("18891231"), "身份证号中的出生日期太早(1890年以前)", id="too old"),
    ],
)
def test_an_id_number_is_refused_without_its_digits(text, sentence):
    with pytest.raises(BadInput) as error:
        check_id_number(text, day=TODAY)

    assert (str(error.value), error.value.field) == (sentence, "id_number")


def test_born_today_is_not_the_future():
    assert check_id_number(id_number("20261121"), day=TODAY).birth_day == TODAY


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        pytest.param("18552058495", "18552058495", id="mobile"),
        pytest.param("１３４１２１９３２５２", "13412193252", id="full width"),
        pytest.param("134-9669-6458", "13496696458", id="hyphens"),
        pytest.param("+86 134 9669 6458", "13496696458", id="country code"),
        pytest.param("0794-5261234", "07945261234", id="landline"),
        pytest.param("(010)62345678", "01062345678", id="landline of a city"),
    ],
)
def test_check_phone(text, digits):
    assert check_phone(text) == digits


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("5261234", "固定电话请带区号", id="without area code"),
        pytest.param("1855205849", "不是电话号码,请填11位手机号,或带区号的固定电话", id="ten digits"),
        pytest.param("12345678901", "不是电话号码,请填11位手机号,或带区号的固定电话", id="no such prefix"),
        pytest.param("无", "不是电话号码,请填11位手机号,或带区号的固定电话", id="words"),
    ],
)
def test_a_phone_is_refused(text, sentence):
    with pytest.raises(BadInput, match=None) as error:
        check_phone(text)

    assert str(error.value) == sentence


@pytest.mark.parametrize(
    ("born", "day", "years"),
    [
        pytest.param(date(1956, 11, 21), date(2026, 11, 21), 70, id="the birthday counts"),
        pytest.param(date(1956, 11, 22), date(2026, 11, 21), 69, id="the day before"),
        pytest.param(date(1956, 2, 29), date(2026, 2, 28), 69, id="leap day: not yet on 28 February"),
        pytest.param(date(1956, 2, 29), date(2026, 3, 1), 70, id="leap day: 1 March in common years"),
        pytest.param(date(1956, 2, 29), date(2028, 2, 29), 72, id="leap day in a leap year"),
    ],
)
def test_full_years(born, day, years):
    assert full_years(born, day) == years


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("欧阳秀兰", "欧**兰"),
        ("张三", "张*"),
        ("李小明", "李*明"),
        ("阿卜杜·热合曼", "阿**·**曼"),
        ("李𠮷", "李*"),
        ("张", "*"),
    ],
)
def test_masked_name(name, masked):
    assert masked_name(name) == masked


def test_masked_numbers_hide_birth_date_and_prefix():
    assert masked_id("361027194711265648") == "****************48"
    assert (masked_id(""), masked_id("123456"), masked_id("1234567")) == ("", "******", "*****67")


PAUSED = LifeState("paused", date(2026, 11, 1), date(2026, 11, 30), "住院")
PAUSE = LifePeriod("paused", date(2026, 11, 1), date(2026, 11, 30), "住院")
LONGER = LifePeriod("paused", date(2026, 11, 10), None, "外出")
MOVED = LifePeriod("moved", date(2026, 11, 15), None)
BACK = LifePeriod("moved", date(2026, 1, 1), date(2026, 6, 30))
DIED = LifePeriod("died", date(2026, 11, 20), None)


@pytest.mark.parametrize(
    ("periods", "day", "state"),
    [
        pytest.param((), TODAY, LifeState("active"), id="nothing known"),
        pytest.param((PAUSE,), date(2026, 10, 31), LifeState("active"), id="the day before a pause"),
        pytest.param((PAUSE,), date(2026, 11, 1), PAUSED, id="first day"),
        pytest.param((PAUSE,), date(2026, 11, 30), PAUSED, id="last day"),
        pytest.param((PAUSE,), date(2026, 12, 1), LifeState("active"), id="back"),
        pytest.param((PAUSE, LONGER), TODAY, LifeState("paused", LONGER.from_day, None, "外出"), id="the longer pause"),
        pytest.param((PAUSE, MOVED), TODAY, LifeState("moved", MOVED.from_day), id="a move before a pause"),
        pytest.param((BACK,), TODAY, LifeState("active"), id="moved back"),
        pytest.param((PAUSE, MOVED, DIED), TODAY, LifeState("died", DIED.from_day), id="death before everything"),
        pytest.param((DIED,), date(2026, 11, 19), LifeState("active"), id="the day before"),
    ],
)
def test_state_on(periods, day, state):
    assert state_on(periods, day) == state


KINDS = st.sampled_from(["paused", "moved", "died"])


@settings(deadline=None)
@given(st.lists(st.tuples(KINDS, st.integers(-9, 9), st.none() | st.integers(0, 9))))
def test_an_elder_is_active_when_no_period_covers_the_day(drawn):
    periods = [
        LifePeriod(kind, TODAY + timedelta(days=at), None if days is None else TODAY + timedelta(days=at + days))
        for kind, at, days in drawn
    ]
    covered = any(at <= 0 and (days is None or at + days >= 0) for _, at, days in drawn)

    assert (state_on(periods, TODAY).kind == "active") == (not covered)


BORN = date(1950, 1, 1)


@pytest.mark.parametrize(
    ("period", "known"),
    [
        pytest.param(PAUSE, (), id="a pause"),
        pytest.param(LifePeriod("paused", date(2027, 1, 1), None), (PAUSE,), id="a later pause, in the future"),
        pytest.param(DIED, (PAUSE, MOVED), id="a death after a move"),
    ],
)
def test_a_life_period_may_be(period, known):
    assert check_life_period(period, known, birth_day=BORN, today=TODAY) is None


@pytest.mark.parametrize(
    ("period", "field", "sentence"),
    [
        (LifePeriod("paused", date(2026, 11, 2), date(2026, 11, 1)), "to_day", "最后一天不能早于开始的一天"),
        (LifePeriod("paused", date(1949, 1, 1), None), "from_day", "日期早于出生日期"),
        (LifePeriod("died", date(2026, 11, 22), None), "from_day", "去世日期不能在今天之后"),
        (LifePeriod("died", date(2026, 11, 1), date(2026, 11, 2)), "to_day", "去世没有结束日期"),
    ],
)
def test_a_life_period_cannot_be(period, field, sentence):
    with pytest.raises(BadInput) as error:
        check_life_period(period, (), birth_day=BORN, today=TODAY)

    assert (error.value.field, str(error.value)) == (field, sentence)


@pytest.mark.parametrize(
    ("period", "code"), [(LifePeriod("died", date(2026, 11, 1), None), "already_died"), (PAUSE, "already_recorded")]
)
def test_nothing_happens_twice(period, code):
    with pytest.raises(Refusal) as refusal:
        check_life_period(period, (DIED, PAUSE), birth_day=BORN, today=TODAY)

    assert refusal.value.code == code


def test_nothing_happens_twice_and_what_to_do_instead():
    works = [LifePeriod("died", date(2026, 11, 1), None), PAUSE]
    told = [
        told_where(lambda one=one: check_life_period(one, (DIED, PAUSE), birth_day=BORN, today=TODAY)) for one in works
    ]

    assert told == [
        ("已经登记去世", "日期登记错了,请先撤销原来的记录", "already_died"),
        ("同样的记录已经有了", "不用再登记;请看下面的记录", "already_recorded"),
    ]
    check_life_period(LifePeriod("paused", PAUSE.from_day, None), (PAUSE,), birth_day=BORN, today=TODAY)
    check_life_period(LifePeriod("moved", BORN, BORN), (PAUSE,), birth_day=BORN, today=TODAY)
    check_life_period(LifePeriod("died", TODAY, None), (PAUSE,), birth_day=BORN, today=TODAY)


CARE, MEALS = Waiver("care", date(2026, 1, 1)), Waiver("meals", date(2026, 3, 1), "搬家", date(2026, 5, 31), "回来")


def test_a_scheme_is_given_up_on_its_days():
    days = (date(2026, 2, 28), date(2026, 3, 1), date(2026, 5, 31), date(2026, 6, 1))

    assert [waived_on((CARE, MEALS), day) for day in days] == [{"care"}, {"care", "meals"}, {"care", "meals"}, {"care"}]
    assert waived_on((CARE,), date(2025, 12, 31)) == frozenset()


TAKEN_BACK = {
    "since long": ("care", TODAY, (replace(CARE, to_day=date(2026, 11, 20), end_reason="想吃"), MEALS)),
    "given up today": ("care", date(2026, 1, 1), (MEALS,)),
    "given up yesterday": (
        "care",
        date(2026, 1, 2),
        (replace(CARE, to_day=date(2026, 1, 1), end_reason="想吃"), MEALS),
    ),
    "not given up on that day": ("meals", TODAY, (CARE, MEALS)),
    "another": ("gift", TODAY, (CARE, MEALS)),
}


@pytest.mark.parametrize(("scheme", "day", "left"), TAKEN_BACK.values(), ids=TAKEN_BACK)
def test_what_was_given_up_is_taken_back_from_a_day(scheme, day, left):
    assert taken_back((CARE, MEALS), scheme, day=day, reason="想吃") == left


def test_a_living_situation_counts_as_a_status_where_a_scheme_may_ask_for_it():
    assert with_living(["dibao"], "empty_nest") == {"dibao", "empty_nest"}
    assert with_living(["dibao"], "with_family") == with_living(["dibao"], "") == {"dibao"}


@pytest.mark.parametrize(("text", "digits"), [("1341219325", ""), ("134 1219 3252", "13412193252"), ("无", "")])
def test_a_phone_or_nothing(text, digits):
    assert phone_or_nothing(text) == digits


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        (masked_id("1234567"), "*****67"),
        (masked_id("12345678"), "******78"),
        (masked_name("王"), "*"),
        (masked_name("王兰"), "王*"),
        (masked_name(""), "*"),
    ],
)
def test_what_is_short_hides_all_of_itself(hidden, shown):
    assert hidden == shown


@pytest.mark.parametrize("text", ["5261234", "52612345"])
def test_a_short_number_is_asked_for_its_area_code(text):
    assert told_where(lambda: check_phone(text)) == ("固定电话请带区号", "", "phone")


@pytest.mark.parametrize("text", ["526123", "526123456", "٥٢٦١٢٣٤", "１３４１２١٩٣٢٥٢"])
def test_what_is_no_phone_names_its_field(text):
    said = "不是电话号码,请填11位手机号,或带区号的固定电话"
    assert told_where(lambda: check_phone(text)) == (said, "", "phone")


@pytest.mark.parametrize("born", ["18900101", "18900102"])
def test_somebody_may_be_very_old(born):
    assert check_id_number(id_number(born), day=TODAY).number[6:14] == born
