"""The runs of the months as they stand, what they credited, and why nothing was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from canteen.base.clock import day_of
from canteen.base.db import reading
from canteen.purses.credits.run import RUN, Job
from canteen.purses.credits.schemes import purse_schemes
from canteen.purses.expiry import SOON_DAYS
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
class RunRow:
    """A run as it stands."""

    month: str
    scheme: str
    area: str
    passes: int
    total: int
    done: int
    credited: int
    amount_fen: int
    before: int
    reasons: Mapping[str, int]
    started_at: datetime
    seen_at: datetime
    finished_at: datetime | None


def run_of(job: Job) -> RunRow | None:
    """One run, if it was ever begun."""
    with reading() as session:
        key = job.key
        row = session.execute(
            select(RUN).where(RUN.c.month == key["month"], RUN.c.scheme == key["scheme"], RUN.c.area == key["area"])
        ).first()
    return run_row(row) if row else None


def run_row(row: Row[Any]) -> RunRow:
    """A row of the table as the screens take it."""
    return RunRow(
        row.month,
        row.scheme,
        row.area,
        row.passes,
        row.total,
        row.done,
        row.credited,
        row.amount_fen,
        row.before,
        row.reasons,
        row.started_at,
        row.seen_at,
        row.finished_at,
    )


def reason_words(reasons: Mapping[str, int], translate: Callable[[str], str] = str) -> list[tuple[str, int]]:
    """Why nothing was credited, the most frequent first: (words, how often)."""
    found = []
    for code, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
        words = translate(RUN_REASONS.get(code) or WORDS.get(code, code))
        # A reason of one person holds that person's facts; of many it is told without them.
        found.append((_without_facts(words), count))
    return found


def _without_facts(words: str) -> str:
    parts = words.replace("%%", "%").split("%(")
    return parts[0] + "".join("…" + part.split(")s", 1)[-1] for part in parts[1:])


@dataclass(frozen=True, slots=True)
class MonthTotals:
    """What one month brought under one scheme."""

    month: str
    scheme: str
    elders: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class CreditBoard:
    """The page of the credit runs."""

    runs: tuple[RunRow, ...]
    totals: tuple[MonthTotals, ...]
    #: Ids of those that credit now, or did in the last year.
    schemes: tuple[str, ...]
    #: Lots whose last day was before today, and their sum: what an expiry run would take back.
    lapsed: tuple[int, int]
    #: Lots that end within ``SOON_DAYS`` days.
    soon: tuple[int, int]


def credit_board(*, day: date) -> CreditBoard:
    """Runs of the last months, what they credited, and what is about to lapse."""
    with reading() as session:
        runs = session.execute(select(RUN).order_by(RUN.c.month.desc(), RUN.c.scheme).limit(24))
        totals = session.execute(
            select(LINE.c.month, LINE.c.scheme, func.count(LINE.c.elder_id.distinct()), func.sum(LINE.c.amount_fen))
            .where(LINE.c.kind == "credit", LINE.c.day >= day.replace(year=day.year - 1, day=1))
            .group_by(LINE.c.month, LINE.c.scheme)
            .order_by(LINE.c.month.desc(), LINE.c.scheme)
        ).all()
        in_force = purse_schemes(session, month=day.replace(day=1)).ids
        return CreditBoard(
            runs=tuple(run_row(row) for row in runs),
            totals=tuple(MonthTotals(month, scheme, elders, int(fen)) for month, scheme, elders, fen in totals),
            schemes=tuple(sorted(in_force.keys() | {row.scheme for row in totals})),
            lapsed=_sum(session, LOT.c.expires_on < day),
            soon=_sum(session, LOT.c.expires_on.between(day, day + timedelta(days=SOON_DAYS))),
        )


def _sum(session: Session, condition: Any) -> tuple[int, int]:
    row = session.execute(select(func.count(), func.sum(LOT.c.left_fen)).where(LOT.c.left_fen > 0, condition)).one()
    return row[0], int(row[1] or 0)


def months_to_credit(now: datetime) -> list[str]:
    """The months a person may choose: the next one, this one, and the last two."""
    first = day_of(now).replace(day=1)
    found = []
    for ahead in (1, 0, -1, -2):
        number = first.year * 12 + first.month - 1 + ahead
        found.append(f"{number // 12:04d}-{number % 12 + 1:02d}")
    return found
