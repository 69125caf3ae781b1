"""What must hold of meals beside each serving by itself: running sums, use of norms, sittings, numbers and drops."""

from collections.abc import Iterator
from heapq import merge
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any

from sqlalchemy import Select, String, func, or_, select, text, type_coerce
from sqlalchemy.orm import Session

from canteen.base.db import table_of
from canteen.base.vault import Vault
from canteen.base.words import DELIVERED
from canteen.books.models.ledger import Balance, Entry, NormUse, Posting
from canteen.books.models.servings import Serving, SiteDay
from canteen.check import rules
from canteen.check.means import Means
from canteen.check.report import Balances, Report
from canteen.check.rules import Problem, differing, entry_problems
from canteen.check.servings import uses_kept
from canteen.check.uses import GROUPS
from canteen.deliveries.models import Drop, Run

_SERVING = table_of(Serving)
_ENTRY = table_of(Entry)
_POSTING = table_of(Posting)
_USE = table_of(NormUse)

#: Rows held at a time of each stream.
ROWS_HELD = 2000


def _stream(session: Session, statement: Select[Any]) -> Iterator[Any]:
    return iter(session.execute(statement.execution_options(yield_per=ROWS_HELD)))


def _day(column: Any) -> Any:
    """A day as the driver gives it: compared and printed, never calculated with."""
    return type_coerce(column, String)


_APART = (
    select(
        _ENTRY.c.id,
        _ENTRY.c.kind,
        _ENTRY.c.site_id,
        _day(_ENTRY.c.day).label("day"),
        _ENTRY.c.care_id,
        _POSTING.c.account,
        _POSTING.c.amount_fen,
    )
    .outerjoin(_POSTING, _POSTING.c.entry_id == _ENTRY.c.id)
    .where(_ENTRY.c.serving_id.is_(None))
    .order_by(_ENTRY.c.id, _POSTING.c.position)
)


def prove_entries_apart(session: Session, _: Means, report: Report) -> None:
    """Every entry of no serving is proved by itself, and of a kind that may be so."""
    for _id, rows in groupby(_stream(session, _APART), key=attrgetter("id")):
        every = list(rows)
        first = every[0]
        postings = tuple([(row.account, row.amount_fen) for row in every if row.account is not None])
        report.post(first.site_id, first.day, postings)
        report.add((code, f"entry {first.id} has {told}") for code, told in entry_problems(postings))
        if first.kind not in rules.KINDS_APART and (first.kind != "reversal" or first.care_id is None):
            report.add([("entry_kind", f"entry {first.id} is a {first.kind} of no serving")])


def balance_problems(session: Session, should: Balances) -> Iterator[Problem]:
    """Running sums equal the sums of the postings."""
    rows = session.execute(select(Balance.site_id, Balance.month, Balance.account, Balance.amount_fen))
    kept = {(site_id, month, account): fen for site_id, month, account, fen in rows}
    for (site_id, month, account), has, must in differing(kept, should, 0):
        yield "balance", f"site {site_id}, {month}, {account}: balance is {has}, the postings say {must}"


_USES = select(_USE.c.elder_id, _USE.c.scheme, _USE.c.period, _USE.c.settled_fen, _USE.c.public_fen, _USE.c.meals)
_MEALS = select(_SERVING.c.id, _SERVING.c.elder_id, _SERVING.c.key, _SERVING.c.sealed).where(
    _SERVING.c.elder_id.is_not(None), _SERVING.c.voided_at.is_(None)
)


def prove_kept_uses(session: Session, means: Means, report: Report) -> None:
    """Take what is kept of the use of norms from what the servings added; it is never below zero."""
    if means.vault is None:  # what servings added is not known either
        return
    for elder_id, rows in groupby(_stream(session, _USES.order_by(_USE.c.elder_id)), key=itemgetter(0)):
        taken = [(scheme, period, -settled, -public, -meals) for _, scheme, period, settled, public, meals in rows]
        report.uses.add(means.key, elder_id, taken)
        for scheme, period, *sums in taken:
            if max(sums) > 0:
                below = f"use is {tuple(-one for one in sums)}"
                report.add([("use_below_zero", f"elder {elder_id}, {scheme} {period}: {below}")])


def use_problems(session: Session, vault: Vault, groups: list[int]) -> Iterator[Problem]:
    """Where the running use of elders of some groups is not what their live servings added."""
    for elder_id, kept, servings in uses_and_servings(session, groups):
        uses = (use for row in servings for use in uses_kept(vault, row.key, row.sealed) or ())
        yield from rules.use_problems(elder_id, uses, kept)


def uses_and_servings(
    session: Session, groups: list[int] | None = None
) -> Iterator[tuple[int, dict[tuple[str, str], tuple[int, int, int]], list[Any]]]:
    """Each elder's running use (settled, public, meals by scheme and period) with the live servings, by elder."""
    elder = attrgetter("elder_id")
    streams = []
    for rows, of in ((_USES, _USE.c.elder_id), (_MEALS, _SERVING.c.elder_id)):
        some = rows if groups is None else rows.where((of % GROUPS).in_(groups))
        streams.append(_stream(session, some.order_by(of)))
    for elder_id, both in groupby(merge(*streams, key=elder), key=elder):
        uses: list[Any] = []
        servings: list[Any] = []
        for row in both:
            (servings if "sealed" in row._fields else uses).append(row)
        yield (
            elder_id,
            {(row.scheme, row.period): (row.settled_fen, row.public_fen, row.meals) for row in uses},
            servings,
        )


def sitting_problems(session: Session) -> Iterator[Problem]:
    """One live first portion an elder and sitting (day and slot), whatever the site."""
    sitting = (_SERVING.c.elder_id, _SERVING.c.day, _SERVING.c.slot)
    twice = (
        select(*sitting, func.count().label("count"))
        .where(text("elder_id is not null and not second_portion and voided_at is null"))  # as the index has it
        .group_by(*sitting)
        .having(func.count() > 1)
        .order_by(*sitting)
    )
    for row in session.execute(twice):
        yield ("two_first_portions", f"elder {row.elder_id} has {row.count} first portions on {row.day}, {row.slot}")


def sequence_problems(session: Session) -> Iterator[Problem]:
    """Numbers of a site and day run from 1 without gaps, and end where the day's row says."""
    day = (
        select(
            Serving.site_id,
            Serving.day,
            func.count().label("meals"),
            func.min(Serving.sequence).label("least"),
            func.max(Serving.sequence).label("most"),
        )
        .group_by(Serving.site_id, Serving.day)
        .subquery()
    )
    same = (SiteDay.site_id == day.c.site_id) & (SiteDay.day == day.c.day)
    last = SiteDay.last_sequence
    broken = (
        select(day, last)
        .outerjoin(SiteDay, same)
        .where(or_(day.c.least != 1, day.c.most != day.c.meals, last.is_(None), last != day.c.most))
    )
    for row in session.execute(broken):
        numbered = f"{row.meals} servings numbered {row.least} to {row.most}"
        yield ("sequence", f"site {row.site_id}, {row.day}: {numbered}, the last number given is {row.last_sequence}")
    empty = select(SiteDay.__table__).outerjoin(day, same).where(day.c.site_id.is_(None), last != 0)
    for row in session.execute(empty):
        yield "sequence", f"site {row.site_id}, {row.day}: {row.last_sequence} numbers given, no servings"


def drop_problems(session: Session) -> Iterator[Problem]:
    """A drop that was handed over, or taken by a neighbour, has its serving: of that elder, at that site, for that sitting."""
    handed = Drop.state.in_(DELIVERED)
    wrong = (
        select(Drop.id, Drop.state, Drop.serving_id)
        .join(Run, Run.id == Drop.run_id)
        .outerjoin(Serving, Serving.id == Drop.serving_id)
        .where(
            or_(
                handed & Serving.id.is_(None),
                ~handed & Drop.serving_id.is_not(None),
                Serving.elder_id.is_distinct_from(Drop.elder_id) & handed,
                Serving.site_id != Run.site_id,
                Serving.day != Run.day,
                Serving.slot != Run.slot,
            )
        )
    )
    for row in session.execute(wrong):
        yield "drop", f"drop {row.id} is {row.state}, its serving is {row.serving_id}"
