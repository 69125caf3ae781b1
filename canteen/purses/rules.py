"""Pure decisions about purses: which lots a draw takes, what a year still allows, and what may be paid in or back."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from canteen.base.errors import BadInput, Refusal
from canteen.base.money import yen_sign
from canteen.base.months import months_on
from canteen.base.words import TOP_UP_WAYS
from canteen.schemes.deciding.compiled import classes_of
from canteen.schemes.deciding.who import on_day
from canteen.schemes.facts import Person
from canteen.schemes.language.scheme import Scheme

#: Where the fen of a line come from or go to, by its kind: the other side of the double entry.
OTHER_SIDE = {
    "credit": "granted",
    "meal": "spent",
    "service": "spent",
    "expiry": "lapsed",
    "close": "lapsed",
    "top_up": "money",
    "refund": "money",
    "correction": "granted",
}


#: A larger sum is a typing error: own money is a convenience, not a deposit.
MOST_TOP_UP_FEN = 200_000
#: A correction of public money beyond this is not one person's purse.
MOST_CORRECTION_FEN = 1_000_000
_MONTH = re.compile(r"(20\d{2})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Lot:
    """What is left of one purse between two days."""

    scheme: str
    starts_on: date
    expires_on: date
    left_fen: int
    by_year: bool = False


def allocate(lots: Iterable[Lot], amount_fen: int) -> list[tuple[Lot, int]]:
    """Take an amount from lots, the earliest expiring first; returns what each gives.

    The parts add up to less than the amount when the lots do not hold it.
    """
    assert amount_fen >= 0, amount_fen
    parts: list[tuple[Lot, int]] = []
    for lot in sorted(lots, key=lambda lot: (lot.expires_on, lot.starts_on)):
        part_fen = min(lot.left_fen, amount_fen)
        if part_fen > 0:
            parts.append((lot, part_fen))
            amount_fen -= part_fen
    return parts


def spendable(lots: Iterable[Lot], year_room_fen: int) -> int:
    """What lots of one purse hold, and no more than the year still allows where the scheme settles by the year."""
    lots = list(lots)
    held_fen = sum(lot.left_fen for lot in lots)
    return min(held_fen, year_room_fen) if any(lot.by_year for lot in lots) else held_fen


def month_of(text: str) -> date:
    """The first day of a month written as 2026-11. Raises ``BadInput``."""
    found = _MONTH.fullmatch(text.strip())
    if not found:
        raise BadInput("「%(text)s」不是月份", field="month", next_step="请写成 2026-11", text=text.strip()[:20])
    return date(int(found[1]), int(found[2]), 1)


def check_credit_month(month: date, *, today: date) -> None:
    """A month is credited from the month before it on, and not after a year. Raises ``Refusal``."""
    if month > months_on(today, 1):
        raise Refusal(
            "month_too_early",
            "%(month)s 还太早,不能计入额度",
            month=f"{month:%Y-%m}",
            next_step="最早可以提前一个月计入",
        )
    if (today.year - month.year) * 12 + today.month - month.month > 12:
        raise Refusal(
            "month_too_old",
            "%(month)s 已超过一年,不再计入额度",
            month=f"{month:%Y-%m}",
            next_step="确需补发的,请在老人的额度页用更正登记",
        )


def check_top_up(amount_fen: int, pay_way: str) -> None:
    """What may be paid in at once. Raises ``BadInput``."""
    if pay_way not in TOP_UP_WAYS:
        raise BadInput("请选择现金或扫码", field="pay_way")
    if amount_fen <= 0:
        raise BadInput("金额要大于 0", field="amount")
    if amount_fen > MOST_TOP_UP_FEN:
        raise BadInput("一次最多存入 %(most)s", field="amount", most=yen_sign(MOST_TOP_UP_FEN))


def check_reason(text: str, *, field: str = "reason") -> str:
    """A reason in at least two characters. Raises ``BadInput``."""
    plain = text.strip()
    if len(plain) < 2:
        raise BadInput("请写明原因", field=field)
    return plain


def refuse_top_up(state: str) -> Refusal | None:
    """Nobody pays in for somebody who died or moved away."""
    if state in ("died", "moved"):
        return Refusal("purse_frozen", "这位老人已去世或迁出,不能再存钱", next_step="请核对「老人」页的登记")
    return None


def refuse_refund(balance_fen: int, amount_fen: int) -> Refusal | None:
    """No more is paid back than is there."""
    if amount_fen > balance_fen:
        return Refusal(
            "refund_too_much",
            "自有资金只有 %(balance)s,不能退 %(amount)s",
            balance=yen_sign(balance_fen),
            amount=yen_sign(amount_fen),
            next_step="请按余额退款",
        )
    return None


def refuse_take_back(lots: Sequence[Lot], amount_fen: int) -> Refusal | None:
    """A correction takes at most what is left."""
    left_fen = sum(lot.left_fen for lot in lots)
    if amount_fen > left_fen:
        return Refusal(
            "correction_too_much",
            "这项额度只剩 %(left)s,不能减少 %(amount)s",
            left=yen_sign(left_fen),
            amount=yen_sign(amount_fen),
            next_step="已经用掉的部分要先作废用餐或服务",
        )
    return None


def open_to(
    balances: Mapping[str, int], schemes: Iterable[Scheme], person: Person, *, day: date, state: str
) -> dict[str, int]:
    """The purses somebody may spend from on a day: those whose scheme does not freeze them for what is known.

    ``freeze_on``: ``institution`` freezes while that status is in force, ``hospital`` while the elder is paused (as a
    stay in hospital is recorded), ``status_ended`` when no class of the scheme fits any more.
    Source: docs/allowances.md, "Purse".
    """
    found = dict(balances)
    for scheme in schemes:
        if scheme.id in found and scheme.purse is not None and _freezes(scheme, person, day, state):
            del found[scheme.id]
    return found


def _freezes(scheme: Scheme, person: Person, day: date, state: str) -> bool:
    assert scheme.purse is not None
    events = scheme.purse.freeze_on
    return (
        ("institution" in events and "institution" in person.statuses)
        or ("hospital" in events and state == "paused")
        or ("status_ended" in events and not classes_of(scheme, on_day(person, day))[0])
    )
