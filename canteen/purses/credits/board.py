"""The runs of the months as they stand, what they credited, and why nothing was."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Session

from canteen.base.clock import day_of
from canteen.base.db import reading
from canteen.base.months import months_on
from canteen.purses.credits.run import RUN, Job, row_of
from canteen.purses.credits.schemes import purse_schemes
from canteen.purses.expiry import ends_soon, lapsed_early
from canteen.purses.lines import LINE, LOT
from canteen.schemes.reasons import WORDS

#: Why a run credits nothing, besides the engine's own reasons; of those, some are told without one person's facts.
RUN_REASONS = {
    "age_month": "不在年龄范围内",
    "credit_later": "按季度、半年或年计入,本月不计",
    "credit_lower": "同组只取最高的一项,另一项更高",
    "gone": "已去世或迁出",
    "no_purse": "所在地区没有带额度的方案",
    "credited_in_group": "同组的另一个方案本月已经计入",
}


@dataclass(frozen=True, slots=True)
class CreditBoard:
    """The page of the credit runs."""

    #: Rows of ``credit_run``, the latest month first.
    runs: Sequence[Row[Any]]
    #: What each month brought under each scheme: month, scheme, elders, amount_fen.
    totals: Sequence[Row[Any]]
    #: Ids of those that credit now, or did in the last year.
    schemes: tuple[str, ...]
    #: Lots whose last day was before today, and their sum: what an expiry run would take back.
    lapsed: tuple[int, int]
    #: Lots taken back before their last day was over, and their sum: what a clock that was ahead did.
    early: tuple[int, int]
    #: Lots that end soon (``expiry.SOON_DAYS``).
    soon: tuple[int, int]


def credit_board(*, day: date) -> CreditBoard:
    """Runs of the last months, what they credited, and what is about to lapse."""
    month = day.replace(day=1)
    elders, fen = func.count(LINE.c.elder_id.distinct()), func.sum(LINE.c.amount_fen)
    with reading() as session:
        totals = session.execute(
            select(LINE.c.month, LINE.c.scheme, elders.label("elders"), fen.label("amount_fen"))
            .where(LINE.c.kind == "credit", LINE.c.day >= months_on(day, -12))
            .group_by(LINE.c.month, LINE.c.scheme)
            .order_by(LINE.c.month.desc(), LINE.c.scheme)
        ).all()
        return CreditBoard(
            runs=session.execute(select(RUN).order_by(RUN.c.month.desc(), RUN.c.scheme).limit(24)).all(),
            totals=totals,
            schemes=tuple(sorted(purse_schemes(session, month=month).ids.keys() | {row.scheme for row in totals})),
            lapsed=_sum(session, LOT.c.expires_on < day),
            early=_early(session, day),
            soon=_sum(session, ends_soon(day)),
        )


def _sum(session: Session, condition: ColumnElement[bool]) -> tuple[int, int]:
    row = session.execute(select(func.count(), func.sum(LOT.c.left_fen)).where(LOT.c.left_fen > 0, condition)).one()
    return row[0], int(row[1] or 0)


def _early(session: Session, day: date) -> tuple[int, int]:
    lines = lapsed_early(day).subquery()
    row = session.execute(select(func.count(), func.sum(lines.c.amount_fen))).one()
    return row[0], -int(row[1] or 0)


def run_of(job: Job) -> Row[Any] | None:
    """The row of a run, if it was ever begun."""
    with reading() as session:
        return row_of(session, job)


def reason_words(reasons: Mapping[str, int], translate: Callable[[str], str] = str) -> list[tuple[str, int]]:
    """Why nothing was credited, the most frequent first: (words, how often)."""
    return [
        # A reason of one person holds that person's facts; of many it is told without them.
        (_without_facts(translate(RUN_REASONS.get(code) or WORDS.get(code, code))), count)
        for code, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    ]


def _without_facts(words: str) -> str:
    parts = words.replace("%%", "%").split("%(")
    return parts[0] + "".join("…" + part.split(")s", 1)[-1] for part in parts[1:])


def months_to_credit(now: datetime) -> list[str]:
    """The months a person may choose: the next one, this one, and the last two."""
    return [f"{months_on(day_of(now), ahead):%Y-%m}" for ahead in (1, 0, -1, -2)]
