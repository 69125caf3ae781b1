"""Pure decisions about people: what a name, card, ID number or phone is, how old somebody is, and how they are."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from stdnum.cn import ric

from canteen.base.errors import BadInput, Refusal
from canteen.base.text import plain_text
from canteen.base.words import STATUSES

_DOTS = re.compile("[·•・‧∙⋅]")
_DOT_BETWEEN = re.compile(r"(?<=[^\x00-\xff])\.(?=[^\x00-\xff])")
_CARD_SEPARATORS = re.compile(r"[\s\-_./·—–]+")
_ID_SEPARATORS = re.compile(r"[\s\-—–'`‘’]+")
_PHONE_SEPARATORS = re.compile(r"[\s\-—–()_.]+")
_MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")
_LANDLINE = re.compile(r"0\d{2,3}\d{7,8}")
_OLDEST = date(1890, 1, 1)
LifeKind = Literal["active", "paused", "moved", "died"]


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A resident ID number that may exist (GB 11643), and what it says."""

    number: str
    birth_day: date
    #: ``male`` or ``female``
    sex: str


@dataclass(frozen=True, slots=True)
class LifePeriod:
    """A pause, a move or a death, from a day on; the last day is None while it lasts."""

    kind: str
    from_day: date
    to_day: date | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A scheme an elder gave up, with its days: it pays nothing from the first to the last of them."""

    #: Id of the scheme.
    scheme: str
    from_day: date
    reason: str = ""
    #: The day before it was taken back; None while it lasts.
    to_day: date | None = None
    #: Why it was taken back.
    end_reason: str = ""

    def is_on(self, day: date) -> bool:
        """Is the scheme given up on a day?"""
        return self.from_day <= day and (self.to_day is None or day <= self.to_day)


@dataclass(frozen=True, slots=True)
class LifeState:
    """How an elder is on one day. ``active`` has neither days nor reason."""

    kind: LifeKind
    from_day: date | None = None
    to_day: date | None = None
    reason: str = ""


def person_name(text: str) -> str:
    """A name as it is kept: 董　龙 is 董龙; every dot of a minority name is ·; Latin names keep single spaces."""
    name = _DOT_BETWEEN.sub("·", _DOTS.sub("·", plain_text(text)))
    if not name.isascii():
        name = name.replace(" ", "")
    return name.strip("·. ")


def card_number(text: str) -> str:
    """The number of a card as it is compared: ``007``, ``7`` and ``００７`` are one card. "" when there is none."""
    number = _CARD_SEPARATORS.sub("", plain_text(text)).upper()
    if number.isascii() and number.isdigit():
        return number.lstrip("0") or "0"
    return number


def id_digits(text: str) -> str:
    """An ID number as it was meant: half width, no separators, X upper case. Nothing is checked."""
    return _ID_SEPARATORS.sub("", plain_text(text)).upper()


def check_id_number(text: str, *, day: date) -> IdNumber:
    """Read a resident ID number. ``day`` is today: nobody is born after it.

    Tested are length, check digit and birth date. The first six digits are only where the card was first issued;
    places are renamed and merged, so they are never a test. Raises ``BadInput`` without repeating the digits.
    Source: GB 11643-1999; product.md (15-digit numbers end on 2013-01-01).
    """
    number = id_digits(text)
    if not number:
        raise BadInput("没有身份证号", field="id_number")
    if len(number) == 15 and number.isascii() and number.isdigit():
        raise BadInput("15位旧身份证号,请填写18位", field="id_number")
    if len(number) != 18:
        raise BadInput("身份证号应为18位,这里有%(count)s位", field="id_number", count=len(number))
    if not (number.isascii() and number[:17].isdigit() and number[17] in "0123456789X"):
        raise BadInput("身份证号只能有数字,最后一位可以是X", field="id_number")
    born = _birth_day_of(number, day)
    if ric.calc_check_digit(number) != number[17]:
        raise BadInput("身份证号校验位不对,请逐位核对", field="id_number")
    return IdNumber(number, born, "male" if int(number[16]) % 2 else "female")


def _birth_day_of(number: str, day: date) -> date:
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise BadInput("身份证号中的出生日期不存在", field="id_number") from None
    if born > day:
        raise BadInput("身份证号中的出生日期在今天之后", field="id_number")
    if born < _OLDEST:
        raise BadInput("身份证号中的出生日期太早(1890年以前)", field="id_number")
    return born


def check_phone(text: str) -> str:
    """A phone as digits: a mobile number, or a landline with its area code. Raises ``BadInput``."""
    digits = _PHONE_SEPARATORS.sub("", plain_text(text))
    mobile = _MOBILE.fullmatch(digits)
    if mobile and digits.isascii():
        return mobile[1]
    if digits.isascii() and _LANDLINE.fullmatch(digits):
        return digits
    if digits.isascii() and digits.isdigit() and len(digits) in (7, 8):
        raise BadInput("固定电话请带区号", field="phone")
    raise BadInput("不是电话号码,请填11位手机号,或带区号的固定电话", field="phone")


def phone_or_nothing(text: str) -> str:
    """The digits of a phone; "" for what is none."""
    try:
        return check_phone(text)
    except BadInput:
        return ""


def masked_id(number: str) -> str:
    """An ID number on a screen: the last two characters. "" stays "".

    Where it was issued is known of neighbours, and fourteen digits beside it leave one number: no birth day may stand
    beside it, and nothing more of it be shown.
    """
    hidden = len(number) - 2
    return "*" * hidden + number[hidden:] if hidden > 4 else "*" * len(number)


def state_on(periods: Iterable[LifePeriod], day: date) -> LifeState:
    """How an elder is on a day. Death comes before a move, a move before a pause; of two pauses the longer one.

    First and last day are both inside a period. ``periods`` holds what was not cancelled.
    """
    running = [one for one in periods if one.from_day <= day and (one.to_day is None or one.to_day >= day)]
    for kind in ("died", "moved", "paused"):
        found = [one for one in running if one.kind == kind]
        if found:
            last = max(found, key=lambda one: (one.to_day or date.max, one.from_day))
            return LifeState(kind, last.from_day, last.to_day, last.reason)
    return LifeState("active")


def with_living(kinds: Iterable[str], living: str) -> frozenset[str]:
    """Kinds of status, with the living situation where a scheme may ask for it like one."""
    return frozenset((*kinds, living) if living in STATUSES else kinds)


def waived_on(waivers: Iterable[Waiver], day: date) -> frozenset[str]:
    """Ids of the schemes that are given up on a day."""
    return frozenset(one.scheme for one in waivers if one.is_on(day))


def taken_back(waivers: Iterable[Waiver], scheme: str, *, day: date, reason: str) -> tuple[Waiver, ...]:
    """The waivers, with this scheme counting again from a day on. What was given up on that very day is dropped."""
    last = day - timedelta(days=1)
    ended = (
        replace(one, to_day=last, end_reason=reason) if one.scheme == scheme and one.is_on(day) else one
        for one in waivers
    )
    return tuple(one for one in ended if one.to_day is None or one.to_day >= one.from_day)


def check_life_period(period: LifePeriod, known: Iterable[LifePeriod], *, birth_day: date, today: date) -> None:
    """Refuse a life event that cannot be. ``known`` holds the elder's others that were not cancelled.

    Nobody dies in the future, twice, or before being born; a death does not end. Raises ``BadInput``, or ``Refusal``
    (``already_died``, ``already_recorded``).
    """
    if period.to_day is not None and period.to_day < period.from_day:
        raise BadInput("最后一天不能早于开始的一天", field="to_day")
    if period.from_day < birth_day:
        raise BadInput("日期早于出生日期", field="from_day")
    if period.kind == "died" and period.from_day > today:
        raise BadInput("去世日期不能在今天之后", field="from_day")
    if period.kind == "died" and period.to_day is not None:
        raise BadInput("去世没有结束日期", field="to_day")
    same = [one for one in known if one.kind == period.kind]
    if period.kind == "died" and same:
        raise Refusal("already_died", "已经登记去世", next_step="日期登记错了,请先撤销原来的记录")
    if any((one.from_day, one.to_day) == (period.from_day, period.to_day) for one in same):
        raise Refusal("already_recorded", "同样的记录已经有了", next_step="不用再登记;请看下面的记录")
