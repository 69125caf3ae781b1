"""Rows of the audit trail, for those who may see them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, String, cast, literal, or_, select, true
from sqlalchemy.orm import Session

from canteen.audit.chain_key import fingerprint_in
from canteen.audit.kinds import Subject, called, subjects_in
from canteen.audit.models import Audit
from canteen.audit.trail import ALONG, NEVER
from canteen.audit.verbs import KINDS
from canteen.base.access import Actor
from canteen.base.clock import SHANGHAI
from canteen.base.db import reading, with_reading
from canteen.base.text import masked_name
from canteen.places.models import Area, Site
from canteen.staff.models import Staff
from canteen.staff.queries import account_in_reach, names_of, site_in_reach_of

_AREA = Area.__table__
_AUDIT = Audit.__table__
_SITE = Site.__table__
_STAFF = Staff.__table__

#: Acts on one page.
PAGE = 50
#: What is written along with an act stands so many rows from it at most: a transaction writes few.
_NEAR = 500
#: Rows held at a time.
_ROWS_HELD = 2000
#: What somebody did; what was written along with it is told beside it. Nobody told of what stands at ``NEVER``.
_IS_ACT = (_AUDIT.c.action != ALONG) | (_AUDIT.c.at == NEVER)


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some acts of the audit trail, the newest first."""

    rows: Sequence[Row[Any]]
    #: Label -> name of the accounts and terminals in the rows.
    names: Mapping[str, str]
    #: Subject (kind, number) -> what people call it; of an elder the name with stars.
    called: Mapping[Subject, str]
    #: Id of an act -> kind of subject -> how many of them were written along with it.
    along: Mapping[int, Mapping[str, int]]
    #: Where the next page begins, or None.
    before: int | None
    #: Of the key that signs what is taken out of the house; "" while nothing was ever written.
    fingerprint: str


def audit_page(actor: Actor, *, action: str = "", subject: str = "", before: int | None = None) -> AuditPage:
    """Acts in the actor's reach, the newest first, from below the row ``before``."""
    wanted = select(_AUDIT).where(_in_reach(actor), _IS_ACT).order_by(_AUDIT.c.id.desc()).limit(PAGE + 1)
    if action:
        wanted = wanted.where(_AUDIT.c.action == action)
    if subject in KINDS:
        wanted = wanted.where(or_(_AUDIT.c.subject == subject, _AUDIT.c.subject.startswith(f"{subject}:")))
    elif subject:
        wanted = wanted.where(or_(_AUDIT.c.subject == subject, _AUDIT.c.actor == subject))
    if before is not None:
        wanted = wanted.where(_AUDIT.c.id < before)
    with reading() as session:
        rows = session.execute(wanted).all()
        names = names_of(session, {row.actor for row in rows})
        about = [one for row in rows if len(few := subjects_in(row.subject)) == 1 for one in few]
        called_ = {
            (kind, number): masked_name(name) if kind == "elder" else name
            for (kind, number), name in called(session, about).items()
        }
        along = _along(session, rows[:PAGE])
        fingerprint = fingerprint_in(session)
    return AuditPage(rows[:PAGE], names, called_, along, rows[PAGE - 1].id if len(rows) > PAGE else None, fingerprint)


def _along(session: Session, rows: Sequence[Row[Any]]) -> dict[int, dict[str, int]]:
    """What was written along with each act: rows of the same moment and doer, close by."""
    if not rows:
        return {}
    acts = {(row.at, row.actor): row.id for row in rows}  # of several in one transaction the first
    near = _AUDIT.c.id.between(rows[-1].id - _NEAR, rows[0].id + _NEAR)
    found: dict[int, dict[str, int]] = {}
    for at, actor, subject in session.execute(
        select(_AUDIT.c.at, _AUDIT.c.actor, _AUDIT.c.subject).where(near, ~_IS_ACT).order_by(_AUDIT.c.id)
    ):
        subjects = subjects_in(subject)
        if (at, actor) in acts and subjects:
            kinds = found.setdefault(acts[at, actor], {})
            kinds[subjects[0][0]] = kinds.get(subjects[0][0], 0) + len(subjects)
    return found


@with_reading
def fingerprint(session: Session) -> str:
    """Of the key that signs what is taken out of the house; "" while nothing was ever written. Raises ``KeyTrouble``."""
    return fingerprint_in(session)


def rows_of_days(session: Session, actor: Actor, first: date, last: date) -> Iterator[Row[Any]]:
    """Every row of some days in the actor's reach, chain by chain, in the order of the chain."""
    begins, ends = (datetime.combine(day, time(), SHANGHAI) for day in (first, last + timedelta(days=1)))
    wanted = (
        select(_AUDIT)
        .where(_in_reach(actor), _AUDIT.c.at >= begins, _AUDIT.c.at < ends)
        .order_by(_AUDIT.c.chain, _AUDIT.c.sequence)
    )
    yield from session.execute(wanted, execution_options={"yield_per": _ROWS_HELD})


def _in_reach(actor: Actor) -> ColumnElement[bool]:
    """The chains of the sites in reach, and what the accounts in reach did, or had done to them, elsewhere. What
    belongs to nobody (tries with unknown names, commands) is for those who keep the whole tree."""
    if not actor.area_path:
        return true()
    sites = select(_SITE.c.id).join(_AREA, _AREA.c.id == _SITE.c.area_id).where(site_in_reach_of(actor))
    labels = (
        select(literal("staff:") + cast(_STAFF.c.id, String))
        .join(_AREA, _AREA.c.id == _STAFF.c.area_id)
        .where(account_in_reach(actor))
    )
    is_top = actor.site_id is None and "/" not in actor.area_path
    return or_(
        literal(is_top) & (_AUDIT.c.chain == 0),
        _AUDIT.c.chain.in_(sites),
        _AUDIT.c.actor.in_(labels),
        _AUDIT.c.subject.in_(labels),
    )
