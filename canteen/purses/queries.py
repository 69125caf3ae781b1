"""What the screens of purses show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.db import reading, table_of
from canteen.base.errors import NotFound
from canteen.base.vault import the_vault
from canteen.people import queries as people
from canteen.people.finding.search import Found, search
from canteen.people.models import Elder, LifeEvent
from canteen.people.queries import in_reach
from canteen.people.rules import LifeState
from canteen.places.models import Area
from canteen.purses import drawing
from canteen.purses.credits.elders import load_one
from canteen.purses.credits.schemes import PurseSchemes, approvals, purse_schemes
from canteen.purses.lines import LINE, LOT, YEAR
from canteen.purses.models import NEVER, OWN, PurseFreeze
from canteen.purses.rules import Lot
from canteen.schemes.deciding.credits import Credit, credits
from canteen.schemes.reasons import Reason

_ELDER = table_of(Elder)


_FREEZE = table_of(PurseFreeze)


_AREA = table_of(Area)


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
    freezes: tuple[Row[Any], ...]
    lines: tuple[Row[Any], ...]
    #: Id to ask for older lines by; None: these are the oldest.
    older: int | None
    #: Drawn on or after the day of a death or move.
    after: tuple[Row[Any], ...]


def purse_page(elder_id: int, *, actor: Actor, day: date, before: int | None = None) -> PursePage:
    """Everything about one elder's purses. ``NotFound`` out of reach."""
    with reading() as session:
        row = session.execute(
            select(_ELDER.c.id, _ELDER.c.name, _ELDER.c.village_group, _AREA.c.name.label("residence"))
            .join(_AREA, _AREA.c.id == _ELDER.c.residence_area_id)
            .where(_ELDER.c.id == elder_id, in_reach(actor))
        ).first()
        if row is None:
            raise NotFound("没有找到这位老人", next_step="请重新查找")
        state = people.states_of(session, [elder_id], day=day)[elder_id]
        schemes = purse_schemes(session, month=day.replace(day=1))
        answers = _this_month(session, elder_id, schemes, day.replace(day=1))
        lines = _lines(session, elder_id, before)
        gone_from = state.from_day if state.kind in ("died", "moved") else None
        return PursePage(
            elder_id=row.id,
            name=row.name,
            village_group=row.village_group,
            residence=row.residence,
            state=state,
            purses=_purses(session, elder_id, answers, day),
            own_fen=drawing.own_money(session, elder_id=elder_id),
            freezes=tuple(
                session.execute(
                    select(_FREEZE)
                    .where(_FREEZE.c.elder_id == elder_id, _FREEZE.c.lifted_at.is_(None))
                    .order_by(_FREEZE.c.from_day)
                )
            ),
            lines=lines[:LINES_A_PAGE],
            older=lines[LINES_A_PAGE - 1].id if len(lines) > LINES_A_PAGE else None,
            after=tuple(drawing.draws_after(session, elder_id=elder_id, day=gone_from)) if gone_from else (),
        )


def _this_month(session: Session, elder_id: int, schemes: PurseSchemes, month: date) -> Mapping[str, Credit | Reason]:
    one = load_one(session, elder_id, days=(month,), vault=the_vault())
    approved = approvals(session, [elder_id], day=month, schemes=schemes)
    here = one.of(one.elders[0], month, approved.get(elder_id))
    return credits(here.person, month, schemes.of(here.person.residence, here.person.hukou))


def _purses(session: Session, elder_id: int, answers: Mapping[str, Credit | Reason], day: date) -> tuple[Purse, ...]:
    lots = [
        Lot(*row)
        for row in session.execute(
            select(LOT.c.scheme, LOT.c.starts_on, LOT.c.expires_on, LOT.c.left_fen, LOT.c.by_year)
            .where(LOT.c.elder_id == elder_id, LOT.c.scheme != OWN, LOT.c.left_fen > 0)
            .order_by(LOT.c.scheme, LOT.c.expires_on, LOT.c.starts_on)
        )
    ]
    years = {
        row.scheme: (row.opening_fen + row.credited_fen, row.drawn_fen)
        for row in session.execute(select(YEAR).where(YEAR.c.elder_id == elder_id, YEAR.c.year == day.year))
    }
    made = set(
        session.scalars(
            select(LINE.c.scheme).where(
                LINE.c.elder_id == elder_id, LINE.c.kind == "credit", LINE.c.month == f"{day:%Y-%m}"
            )
        )
    )
    known = session.scalars(select(LINE.c.scheme).where(LINE.c.elder_id == elder_id, LINE.c.scheme != OWN).distinct())
    open_fen = drawing.balances(session, elder_id=elder_id, day=day)
    found = []
    for scheme in dict.fromkeys([*sorted(known), *answers]):
        mine = tuple(lot for lot in lots if lot.scheme == scheme)
        answer = answers.get(scheme)
        found.append(
            Purse(
                scheme=scheme,
                spendable_fen=open_fen.get(scheme, 0),
                lots=mine,
                held_fen=sum(lot.left_fen for lot in mine if lot.expires_on >= day),
                year=years.get(scheme),
                this_month=answer.reason if isinstance(answer, Credit) else answer,
                is_credited=scheme in made,
            )
        )
    return tuple(found)


def _lines(session: Session, elder_id: int, before: int | None) -> tuple[Row[Any], ...]:
    wanted = select(LINE).where(LINE.c.elder_id == elder_id).order_by(LINE.c.id.desc()).limit(LINES_A_PAGE + 1)
    return tuple(session.execute(wanted if before is None else wanted.where(LINE.c.id < before)))


def find(text: str, *, actor: Actor, day: date) -> list[Found]:
    """Elders in reach a typed or scanned text may mean."""
    with reading() as session:
        return search(session, text, day=day, home_site_id=actor.site_id, area_prefix=actor.area_path)


def never(day: date) -> bool:
    """Does a lot with this last day never expire?"""
    return day == NEVER


_LIFE = table_of(LifeEvent)


@dataclass(frozen=True, slots=True)
class DrawAfter:
    """Something drawn from a purse on or after the day of a death or move."""

    elder_id: int
    name: str
    state: str
    since: date
    kind: str
    day: date
    amount_fen: int
    scheme: str
    serving_id: int | None
    care_id: int | None


def look_back(*, actor: Actor, limit: int = 200) -> list[DrawAfter]:
    """Draws after a death or move, not given back since: something to look at, the latest first."""
    mirror = LINE.alias("mirror")
    with reading() as session:
        rows = session.execute(
            select(
                _ELDER.c.id,
                _ELDER.c.name,
                _LIFE.c.kind.label("state"),
                _LIFE.c.from_day,
                LINE.c.kind,
                LINE.c.day,
                LINE.c.amount_fen,
                LINE.c.scheme,
                LINE.c.serving_id,
                LINE.c.care_id,
            )
            .join(_LIFE, _LIFE.c.elder_id == _ELDER.c.id)
            .join(LINE, LINE.c.elder_id == _ELDER.c.id)
            .outerjoin(mirror, mirror.c.reverses_id == LINE.c.id)
            .where(
                _LIFE.c.cancelled_at.is_(None),
                _LIFE.c.kind.in_(("died", "moved")),
                in_reach(actor),
                LINE.c.kind.in_(("meal", "service")),
                LINE.c.day >= _LIFE.c.from_day,
                or_(_LIFE.c.to_day.is_(None), LINE.c.day <= _LIFE.c.to_day),
                mirror.c.id.is_(None),
            )
            .order_by(LINE.c.day.desc(), LINE.c.id.desc())
            .limit(limit)
        )
        return [DrawAfter(*values) for values in map(tuple, rows)]
