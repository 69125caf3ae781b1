"""What stands about an application, and who may act on it. Core statements on the caller's session."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.db import table_of
from canteen.base.errors import NotFound, Refusal
from canteen.base.records import as_record
from canteen.base.vault import the_vault
from canteen.entitlements.applications.models import APPLICATION, DECISION, DOCUMENT, NOTICE, NOTICE_LINE, OBJECTION
from canteen.entitlements.applications.step_rules import (
    ASSESSMENT,
    ApplicationCase,
    Officer,
    Posted,
    Shown,
    refuse_officer,
    refuse_open,
)
from canteen.entitlements.elder_records import record_of
from canteen.entitlements.eligibility import ElderRecord, standing
from canteen.people.queries import AREA, ELDER, in_reach
from canteen.places.queries import inside
from canteen.schemes.language.approval import ApprovalTerms, Step
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.models import SchemeVersion
from canteen.schemes.queries import parsed
from canteen.staff.models import Staff

VERSION = table_of(SchemeVersion)
STAFF = table_of(Staff)


@dataclass(frozen=True, slots=True)
class Filed:
    """An application with the rules it follows."""

    row: Any
    scheme: Scheme
    terms: ApprovalTerms
    case: ApplicationCase


def approval_of(scheme: Scheme) -> ApprovalTerms:
    """The approval rules of a scheme. Raises ``NotFound`` for one that asks for no approval."""
    if scheme.approval is None:
        raise NotFound("这个方案不需要申请", next_step="符合条件的老人用餐时自动按方案补助")
    return scheme.approval


_IDS: Any = bindparam("ids")
_DECIDED = select(DECISION.c.application_id, DECISION.c.position, DECISION.c.staff_id).where(
    DECISION.c.application_id.in_(_IDS)
)
_OPEN_OBJECTIONS = (
    select(OBJECTION.c.application_id, func.count().label("open"))
    .where(OBJECTION.c.application_id.in_(_IDS), OBJECTION.c.answered_at.is_(None))
    .group_by(OBJECTION.c.application_id)
)
#: Oldest first, so that the last list of a step stays.
_POSTED = (
    select(NOTICE_LINE.c.application_id, NOTICE.c.position, NOTICE.c.posted_on, NOTICE.c.last_day)
    .join(NOTICE, NOTICE.c.id == NOTICE_LINE.c.notice_id)
    .where(NOTICE_LINE.c.application_id.in_(_IDS))
    .order_by(NOTICE.c.id)
)
_SHOWN = (
    select(DOCUMENT.c.application_id, DOCUMENT.c.sealed)
    .where(DOCUMENT.c.application_id.in_(_IDS))
    .order_by(DOCUMENT.c.id)
)


def filed(session: Session, application_id: int, *, actor: Actor, lock: bool = False) -> Filed:
    """An application in the actor's reach with everything its steps look at. ``NotFound`` out of reach.

    ``lock`` holds its row until the end of the transaction: of two officers the second waits, and then finds it decided.
    """
    statement = (
        select(APPLICATION, AREA.c.path.label("area_path"), VERSION.c.text.label("text"))
        .join(ELDER, ELDER.c.id == APPLICATION.c.elder_id)
        .join(AREA, AREA.c.id == APPLICATION.c.area_id)
        .join(VERSION, VERSION.c.id == APPLICATION.c.version_id)
        .where(APPLICATION.c.id == application_id, reached_by(actor))
    )
    row = session.execute(statement.with_for_update(of=APPLICATION) if lock else statement).first()
    if row is None:
        raise NotFound("没有找到这份申请", next_step="请从申请列表重新选择")
    if lock:
        trail.touch(session, "application", application_id)
    scheme = parsed(row.text)
    return Filed(row, scheme, approval_of(scheme), cases(session, [row])[row.id])


def reached_by(actor: Actor) -> Any:
    """A condition on ``application`` joined with ``elder`` and ``area``: the elder, or the acting area, is in reach."""
    if not actor.area_path:
        return in_reach(actor)
    return or_(in_reach(actor), inside(actor.area_path))


def cases(session: Session, rows: Sequence[Any]) -> dict[int, ApplicationCase]:
    """What the steps look at, of many applications at once (rows of ``application`` with ``area_path``): four statements."""
    ids = [row.id for row in rows]
    decided: defaultdict[int, dict[int, int | None]] = defaultdict(dict)
    for one in session.execute(_DECIDED, {"ids": ids}):
        decided[one.application_id][one.position] = one.staff_id
    objections = {one.application_id: one.open for one in session.execute(_OPEN_OBJECTIONS, {"ids": ids})}
    posted = {
        (one.application_id, one.position): Posted(one.posted_on, one.last_day)
        for one in session.execute(_POSTED, {"ids": ids})
    }
    shown: defaultdict[int, list[Shown]] = defaultdict(list)
    elders, vault = {row.id: row.elder_id for row in rows}, the_vault()
    for paper in session.execute(_SHOWN, {"ids": ids}):
        facts = vault.open(paper.sealed, place_of(elders[paper.application_id]))
        day = date.fromisoformat(facts["day"]) if facts["day"] else None
        shown[paper.application_id].append(Shown(facts["kind"], day))
    return {
        row.id: as_record(
            ApplicationCase,
            row,
            class_code=vault.open(row.sealed, place_of(row.elder_id))["class_code"],
            position=row.step,
            deciders=decided[row.id],
            shown=tuple(shown[row.id]),
            posted=posted.get((row.id, row.step)),
            open_objections=objections.get(row.id, 0),
        )
        for row in rows
    }


def place_of(elder_id: int) -> str:
    """Where the sealed facts of an elder's applications belong."""
    return f"application:{elder_id}"


def officer_of(session: Session, actor: Actor) -> Officer:
    """The actor as the steps look at it."""
    level = session.scalar(select(AREA.c.level).where(AREA.c.path == actor.area_path)) if actor.area_path else ""
    return as_record(Officer, actor, level=level or "")


def is_anybody_there(session: Session, step: Step, case: ApplicationCase, terms: ApprovalTerms) -> bool:
    """Is there an account in use that could take the step: role, level, area, and not barred by what it did before?"""
    barred = {case.taken_by}
    barred |= {who for number, who in case.deciders.items() if terms.steps[number].name in step.not_same_as}
    parts = case.area_path.split("/")
    paths = ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
    found = session.execute(
        select(STAFF.c.id)
        .join(AREA, AREA.c.id == STAFF.c.area_id)
        .where(
            STAFF.c.role == step.role,
            STAFF.c.is_active,
            AREA.c.level == step.level,
            AREA.c.path.in_(paths),
            STAFF.c.id.not_in([who for who in barred if who is not None]),
            or_(STAFF.c.elder_id.is_(None), STAFF.c.elder_id != case.elder_id),
        )
        .limit(1)
    )
    return found.first() is not None


def open_filed(session: Session, application_id: int, actor: Actor) -> Filed:
    """An application in reach, held, and still open. Raises ``Refusal`` (application_closed)."""
    found = filed(session, application_id, actor=actor, lock=True)
    if refusal := refuse_open(found.case, found.case.position):
        raise refusal
    return found


def refusal_of(session: Session, found: Filed, actor: Actor) -> tuple[Refusal | None, bool]:
    """Why the actor may not act at the step an application waits for, and whether an administrator stands in."""
    step = found.terms.steps[found.case.position]
    officer = officer_of(session, actor)
    is_stand_in = officer.role == "administrator"
    nobody_else = is_stand_in and not is_anybody_there(session, step, found.case, found.terms)
    return refuse_officer(officer, step, found.case, found.terms, nobody_else=nobody_else), is_stand_in


def check_officer(session: Session, found: Filed, actor: Actor) -> bool:
    """Refuse who may not act at the step an application waits for; True when an administrator stands in."""
    refusal, is_stand_in = refusal_of(session, found, actor)
    if refusal:
        raise refusal
    return is_stand_in


def assessed(session: Session, application_id: int, elder_id: int) -> dict[str, Any] | None:
    """The last assessment of ability shown with an application; None without one."""
    rows = session.scalars(
        select(DOCUMENT.c.sealed).where(DOCUMENT.c.application_id == application_id).order_by(DOCUMENT.c.id)
    )
    opened = [the_vault().open(sealed, place_of(elder_id)) for sealed in rows]
    found = [one for one in opened if one["kind"] == ASSESSMENT and one["ability"]]
    return found[-1] if found else None


def as_assessed(session: Session, found: Filed) -> ElderRecord:
    """The elder's record with the assessed ability in place of the one on file."""
    record = record_of(session, found.row.elder_id)
    assert record is not None
    facts = assessed(session, found.row.id, record.id)
    return replace(record, personal=replace(record.personal, ability=facts["ability"])) if facts else record


def current_class(session: Session, found: Filed, day: date) -> tuple[str, ApplicationCase]:
    """The class by what is known now, and the case with it."""
    code = standing(as_assessed(session, found), found.scheme, day).class_code
    return code, replace(found.case, class_code=code)
