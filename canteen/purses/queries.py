"""What the screens of purses show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.db import reading
from canteen.base.db.rows import covers
from canteen.base.errors import NotFound
from canteen.base.records import as_record, row_with
from canteen.base.vault import the_vault
from canteen.people.finding.search import Found, search
from canteen.people.queries import ELDER, LIFE, in_reach, people_with, states_of
from canteen.people.rules import LifeState
from canteen.purses import drawing
from canteen.purses.credits.elders import load_one
from canteen.purses.credits.schemes import PurseSchemes, approvals, purse_schemes
from canteen.purses.freezing import FREEZE
from canteen.purses.lines import LINE, YEAR, lots_of, reason_of
from canteen.purses.models import NEVER, OWN
from canteen.purses.rules import Lot
from canteen.schemes.deciding.credits import Credit, credits
from canteen.schemes.reasons import Reason

#: Lines of one purse page; older ones on the next page.
LINES_A_PAGE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """One purse as its page shows it."""

    scheme: str
    #: May be spent today.
    spendable_fen: int
    #: Held in lots that have not expired, those of next month too.
    held_fen: int
    lots: tuple[Lot, ...]
    #: Of the year, where the scheme settles by the year: credited with what was brought in, and drawn.
    year: tuple[int, int] | None
    #: What this month brings, or why nothing.
    this_month: Reason | None
    #: Credits of this month are made.
    is_credited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PursePage:
    """One elder's purses."""

    elder_id: int
    name: str
    village_group: str
    residence: str
    state: LifeState
    purses: tuple[Purse, ...]
    own_fen: int
    freezes: Sequence[Row[Any]]
    #: Rows of ``purse_line`` with ``reason``.
    lines: Sequence[Any]
    #: Id to ask for older lines by; None: these are the oldest.
    older: int | None
    #: Drawn on or after the day of a death or move.
    after: Sequence[Row[Any]]


def purse_page(elder_id: int, *, actor: Actor, day: date, before: int | None = None) -> PursePage:
    """Everything about one elder's purses. ``NotFound`` out of reach."""
    with reading() as session:
        row = session.execute(people_with().where(ELDER.c.id == elder_id, in_reach(actor))).first()
        if row is None:
            raise NotFound("没有找到这位老人", next_step="请重新查找")
        state = states_of(session, [elder_id], day=day)[elder_id]
        month = day.replace(day=1)
        answers = _this_month(session, elder_id, purse_schemes(session, month=month), month)
        mine = select(LINE).where(LINE.c.elder_id == elder_id).order_by(LINE.c.id.desc()).limit(LINES_A_PAGE + 1)
        lines = session.execute(mine if before is None else mine.where(LINE.c.id < before)).all()
        frozen = select(FREEZE).where(FREEZE.c.elder_id == elder_id, FREEZE.c.lifted_at.is_(None))
        gone_from = state.from_day if state.kind in ("died", "moved") else None
        after = _drawn(LINE).where(LINE.c.elder_id == elder_id, LINE.c.day >= (gone_from or day))
        return as_record(
            PursePage,
            row,
            state=state,
            purses=_purses(session, elder_id, answers, day),
            own_fen=drawing.own_money(session, elder_id=elder_id),
            freezes=session.execute(frozen.order_by(FREEZE.c.from_day)).all(),
            lines=[row_with(line, reason=reason_of(line)) for line in lines[:LINES_A_PAGE]],
            older=lines[LINES_A_PAGE - 1].id if len(lines) > LINES_A_PAGE else None,
            after=session.execute(after.order_by(LINE.c.day, LINE.c.id)).all() if gone_from else (),
        )


def _this_month(session: Session, elder_id: int, schemes: PurseSchemes, month: date) -> Mapping[str, Credit | Reason]:
    one = load_one(session, elder_id, days=(month,), vault=the_vault())
    approved = approvals(session, [elder_id], day=month, schemes=schemes)
    person = one.person_on(one.elders[0], month, approved.get(elder_id))
    return credits(person, month, schemes.of(person.residence, person.hukou))


def _purses(session: Session, elder_id: int, answers: Mapping[str, Credit | Reason], day: date) -> tuple[Purse, ...]:
    lots = sorted(lots_of(session, elder_id), key=lambda lot: (lot.expires_on, lot.starts_on))
    years = {
        row.scheme: (row.opening_fen + row.credited_fen, row.drawn_fen)
        for row in session.execute(select(YEAR).where(YEAR.c.elder_id == elder_id, YEAR.c.year == day.year))
    }
    mine = select(LINE.c.scheme).where(LINE.c.elder_id == elder_id, LINE.c.scheme != OWN).distinct()
    made = set(session.scalars(mine.where(LINE.c.kind == "credit", LINE.c.month == f"{day:%Y-%m}")))
    ever = session.scalars(mine)
    open_fen = drawing.balances(session, elder_id=elder_id, day=day)
    found = []
    for scheme in dict.fromkeys([*sorted(ever), *answers]):
        held = tuple(lot for lot in lots if lot.scheme == scheme and lot.left_fen)
        answer = answers.get(scheme)
        found.append(
            Purse(
                scheme=scheme,
                spendable_fen=open_fen.get(scheme, 0),
                lots=held,
                held_fen=sum(lot.left_fen for lot in held if lot.expires_on >= day),
                year=years.get(scheme),
                this_month=answer.reason if isinstance(answer, Credit) else answer,
                is_credited=scheme in made,
            )
        )
    return tuple(found)


def find(text: str, *, actor: Actor, day: date) -> list[Found]:
    """Elders in reach a typed or scanned text may mean."""
    with reading() as session:
        return search(session, text, day=day, home_site_id=actor.site_id, area_prefix=actor.area_path)


def never(day: date) -> bool:
    """Does a lot with this last day never expire?"""
    return day == NEVER


def _drawn(*columns: Any) -> Select[Any]:
    """Meals and services drawn from purses, not given back since."""
    mirror = LINE.alias("mirror")
    return (
        people_with(*columns)
        .join(LINE, LINE.c.elder_id == ELDER.c.id)
        .outerjoin(mirror, mirror.c.reverses_id == LINE.c.id)
        .where(LINE.c.kind.in_(("meal", "service")), mirror.c.id.is_(None))
    )


def look_back(*, actor: Actor, limit: int = 200) -> Sequence[Row[Any]]:
    """Drawn on or after the day of a death or move (``state``, ``since``), the latest first: something to look at."""
    with reading() as session:
        return session.execute(
            _drawn(LIFE.c.kind.label("state"), LIFE.c.from_day.label("since"), LINE)
            .join(LIFE, LIFE.c.elder_id == ELDER.c.id)
            .where(
                LIFE.c.cancelled_at.is_(None),
                LIFE.c.kind.in_(("died", "moved")),
                in_reach(actor),
                covers(LIFE.c.from_day, LIFE.c.to_day, LINE.c.day),
            )
            .order_by(LINE.c.day.desc(), LINE.c.id.desc())
            .limit(limit)
        ).all()
