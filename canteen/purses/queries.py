"""What the screens of purses show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.db import reading, table_of
from canteen.base.errors import NotFound
from canteen.base.vault import the_vault
from canteen.people import queries as people
from canteen.people.models import Elder
from canteen.people.queries import Found, in_reach
from canteen.people.rules import LifeState
from canteen.places.models import Area
from canteen.purses import drawing, roll
from canteen.purses.crediting import RUN, Job
from canteen.purses.lines import LINE, LOT, YEAR
from canteen.purses.models import NEVER, OWN, PurseFreeze
from canteen.purses.rules import Lot
from canteen.schemes.deciding.credits import Credit, credits
from canteen.schemes.reasons import WORDS, Reason

_ELDER = table_of(Elder)
_FREEZE = table_of(PurseFreeze)
_AREA = table_of(Area)

#: Lines of one purse page; older ones on the next page.
LINES_A_PAGE = 60
#: Why a run credits nothing, besides the engine's own reasons; of those, some are told without one person's facts.
RUN_REASONS = {
    "age_month": "不在年龄范围内",
    "credit_later": "按季度、半年或年计入,本月不计",
    "credit_lower": "同组只取最高的一项,另一项更高",
    "gone": "已去世或迁出",
    "no_purse": "所在地区没有带额度的方案",
    "credited_in_group": "同组的另一个方案本月已经计入",
}


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
        schemes = roll.purse_schemes(session, month=day.replace(day=1))
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


def _this_month(
    session: Session, elder_id: int, schemes: roll.PurseSchemes, month: date
) -> Mapping[str, Credit | Reason]:
    one = roll.load_one(session, elder_id, days=(month,), vault=the_vault())
    approved = roll.approvals(session, [elder_id], day=month, schemes=schemes)
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


def find(text: str, *, actor: Actor, day: date) -> list[Found]:
    """Elders in reach a typed or scanned text may mean."""
    with reading() as session:
        return people.search(session, text, day=day, home_site_id=actor.site_id, area_prefix=actor.area_path)


def never(day: date) -> bool:
    """Does a lot with this last day never expire?"""
    return day == NEVER
