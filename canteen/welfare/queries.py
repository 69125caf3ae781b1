"""What the screens of welfare checks show. A fixed number of statements, however many checks there are."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from canteen.base.access import Actor, may
from canteen.base.db import reading, with_reading
from canteen.base.db.prepared import Prepared
from canteen.base.errors import NotFound
from canteen.base.vault import the_vault
from canteen.base.words import CHECK_CAUSES
from canteen.people.facts import Contact
from canteen.people.models import Elder
from canteen.people.personal import open_personal
from canteen.people.queries import in_reach
from canteen.places.queries import sites_of
from canteen.welfare.lines import CheckLine, check_lines
from canteen.welfare.models import WelfareCheck
from canteen.welfare.reach import IS_SOFT, OPEN, check_in_reach, is_overdue, seen_by
from canteen.welfare.rules import ladder, next_step


@dataclass(frozen=True, slots=True)
class ChecksPage:
    """The checks somebody sees: those to be done (the most urgent first), those of people who ate since, those closed
    today."""

    open: tuple[CheckLine, ...]
    soft: tuple[CheckLine, ...]
    closed: tuple[CheckLine, ...]


@dataclass(frozen=True, slots=True)
class CheckPage:
    """One check with what is needed to reach the elder."""

    line: CheckLine
    phone: str
    address: str
    contacts: tuple[Contact, ...]
    #: The next step, and which contact person it is about (from 1; None: no contact person).
    next_kind: str
    next_contact: int | None


@dataclass(frozen=True, slots=True)
class WelfareHistory:
    """One elder with every check there was."""

    elder_id: int
    name: str
    village_group: str
    lines: tuple[CheckLine, ...]


@dataclass(frozen=True, slots=True)
class CauseCount:
    """Checks of one cause in a span of days: opened, of them closed, and of them still open."""

    cause: str
    opened: int
    closed: int

    @property
    def still_open(self) -> int:
        """Nobody has said yet how these people are."""
        return self.opened - self.closed


def checks_page(actor: Actor, site_ids: Collection[int], *, now: datetime, midnight: datetime) -> ChecksPage:
    """The checks of some sites that the actor sees; the closed ones since ``midnight``."""
    with reading() as session:
        at = (WelfareCheck.site_id.in_(site_ids), *seen_by(actor, now))
        lines = check_lines(session, *at, OPEN | (WelfareCheck.closed_at >= midnight), now=now)
    still = sorted((line for line in lines if line.closed_at is None), key=lambda line: (line.due_at, line.id))
    return ChecksPage(
        open=tuple(line for line in still if not line.is_soft),
        soft=tuple(line for line in still if line.is_soft),
        closed=tuple(line for line in lines if line.closed_at is not None),
    )


def check_page(actor: Actor, check_id: int, *, now: datetime) -> CheckPage:
    """One check, with phone, address and contact persons of the elder. Raises ``NotFound`` for one the actor does not see.

    The caller writes down that the elder's file was opened.
    """
    with reading() as session:
        check = check_in_reach(session, actor, check_id, now=now)
        [line] = check_lines(session, WelfareCheck.id == check.id, now=now)
        sealed = session.execute(select(Elder.sealed).where(Elder.id == check.elder_id)).scalar_one()
    personal = open_personal(sealed, check.elder_id, the_vault())
    steps = ladder(has_phone=bool(personal.phone), contacts=len(personal.contacts))
    kind, before = next_step(steps, [step.kind for step in line.steps])
    contact = before + 1 if kind == "contact" else None
    return CheckPage(line, personal.phone, personal.address, personal.contacts, kind, contact)


def history_of(actor: Actor, elder_id: int, *, now: datetime) -> WelfareHistory:
    """One elder in reach with the checks of sites in reach, the latest first. Raises ``NotFound``."""
    sites = [site.id for site in sites_of(actor)]
    with reading() as session:
        elder = select(Elder.name, Elder.village_group).where(Elder.id == elder_id, in_reach(actor))
        row = session.execute(elder).first()
        if row is None:
            raise NotFound("没有找到这位老人", next_step="请重新查找")
        lines = check_lines(session, WelfareCheck.elder_id == elder_id, WelfareCheck.site_id.in_(sites), now=now)
    return WelfareHistory(elder_id, row.name, row.village_group, tuple(lines))


#: Counted in the header of every page of a clerk.
_WAITING = (
    select(func.count().label("open"), func.count().filter(is_overdue(bindparam("now"))).label("late"))
    .select_from(WelfareCheck)
    .where(OPEN, ~IS_SOFT)
)
_WAITING_AT = Prepared(_WAITING.where(WelfareCheck.site_id == bindparam("site")))


@with_reading
def waiting(session: Session, actor: Actor, site_ids: Collection[int], *, now: datetime) -> tuple[int, int]:
    """Open checks of some sites that the actor sees and that are not soft: how many, and how many of them are overdue."""
    if may(actor, "see_all_checks"):
        found = [_WAITING_AT.first(session, site=site_id, now=now) for site_id in site_ids]
    else:
        seen = _WAITING.where(WelfareCheck.site_id.in_(site_ids), *seen_by(actor, now))
        found = list(session.execute(seen, {"now": now}))
    return sum(row.open for row in found), sum(row.late for row in found)


@with_reading
def counts_of(session: Session, *, site_ids: Collection[int], first: date, last: date) -> tuple[CauseCount, ...]:
    """Checks of some sites from ``first`` to ``last``, both included, by cause."""
    closed = func.count(WelfareCheck.closed_at)
    rows = session.execute(
        select(WelfareCheck.cause, func.count(), closed)
        .where(WelfareCheck.site_id.in_(site_ids), WelfareCheck.day.between(first, last))
        .group_by(WelfareCheck.cause)
    )
    found = {cause: CauseCount(cause, opened, closed) for cause, opened, closed in rows}
    return tuple(found[cause] for cause in CHECK_CAUSES if cause in found)
