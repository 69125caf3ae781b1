"""Everything about one application."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.db import reading
from canteen.base.errors import Refusal
from canteen.base.vault import the_vault
from canteen.entitlements.applications.models import DECISION, DOCUMENT, NOTICE, NOTICE_LINE, OBJECTION
from canteen.entitlements.applications.queries import (
    STAFF,
    Filed,
    current_class,
    filed,
    is_anybody_there,
    officer_of,
    place_of,
)
from canteen.entitlements.applications.step_rules import (
    ApplicationCase,
    Clock,
    assessment_needed,
    missing_documents,
    next_action,
    refuse_officer,
    refuse_pass,
    step_clock,
)
from canteen.entitlements.elder_records import record_of
from canteen.entitlements.eligibility_rules import reason_against, standing
from canteen.entitlements.work_calendar import work_calendar
from canteen.schemes.language.approval import ApprovalTerms, Step
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.reasons import Reason


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A paper that was shown."""

    id: int
    #: Of the scheme, ``ability_assessment`` or ``other``; ``words`` are the scheme's, "" for the last two.
    kind: str
    words: str
    issuer: str
    day: str
    note: str
    ability: str
    has_photo: bool
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A step that was decided."""

    step: str
    outcome: str
    opinion: str
    decided_on: date
    decided_by: str
    is_stand_in: bool


@dataclass(frozen=True, slots=True)
class ObjectionLine:
    """An objection and its answer."""

    id: int
    received_on: date
    by: str
    text: str
    answer: str
    is_upheld: bool | None
    recorded_by: str
    answered_by: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A public list on which the application stood."""

    id: int
    step: str
    posted_on: date
    last_day: date
    place: str
    posted_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationPage:
    """Everything about one application."""

    row: Any
    scheme: Scheme
    terms: ApprovalTerms
    case: ApplicationCase
    name: str
    village_group: str
    birth_day: date
    #: Agent's name, relation, phone, consent, note, withdrawn.
    facts: dict[str, str]
    taken_by: str
    documents: tuple[DocumentLine, ...]
    decisions: tuple[DecisionLine, ...]
    objections: tuple[ObjectionLine, ...]
    notices: tuple[NoticeLine, ...]
    clock: Clock
    action: str
    #: First day of the right if it were approved today; None once it is closed.
    starts: date | None
    missing: tuple[str, ...]
    needs_assessment: bool
    #: Why not by the facts on file; None when they fit.
    against: Reason | None
    #: Why the person who looks may not decide, or why the step cannot be passed; None when nothing stands against it.
    refused: Refusal | None
    not_yet: Refusal | None

    @property
    def step(self) -> Step | None:
        """The step an open application waits for."""
        return self.terms.steps[self.case.position] if self.case.state == "open" else None


def application_page(application_id: int, *, actor: Actor, today: date) -> ApplicationPage:
    """One application in reach. Raises ``NotFound``."""
    with reading() as session:
        found = filed(session, application_id, actor=actor)
        row, terms = found.row, found.terms
        is_open = found.case.state == "open"
        class_code, case = current_class(session, found, today) if is_open else (row.class_code, found.case)
        record = record_of(session, row.elder_id)
        assert record is not None
        fits = not is_open or bool(class_code) or not standing(record, found.scheme, today).reason_code
        case = replace(case, class_code=class_code)
        facts = the_vault().open(row.sealed, place_of(row.elder_id))
        clock = step_clock(
            terms.steps[case.position], case.step_since, case.posted, today=today, calendar=work_calendar(session)
        )
        return ApplicationPage(
            row=row,
            scheme=found.scheme,
            terms=terms,
            case=case,
            name=record.name,
            village_group=record.village_group,
            birth_day=record.birth_day,
            facts=facts,
            taken_by=_name(session, row.taken_by),
            documents=tuple(_documents(session, found)),
            decisions=tuple(_decisions(session, found)),
            objections=tuple(_objections(session, found)),
            notices=tuple(_notices(session, row.id)),
            clock=clock,
            starts=terms.starts_on(decided=today, applied=row.applied_on) if is_open else None,
            action=next_action(case, terms, today=today),
            missing=missing_documents(terms, case),
            needs_assessment=assessment_needed(terms, case, today),
            against=None if fits else reason_against(record, found.scheme, today),
            refused=_refused(session, actor, found) if is_open else None,
            not_yet=refuse_pass(case, terms, today=today) if is_open else None,
        )


def _refused(session: Session, actor: Actor, found: Filed) -> Refusal | None:
    step = found.terms.steps[found.case.position]
    officer = officer_of(session, actor)
    nobody_else = officer.role == "administrator" and not is_anybody_there(session, step, found.case, found.terms)
    return refuse_officer(officer, step, found.case, found.terms, nobody_else=nobody_else)


def _name(session: Session, staff_id: int | None) -> str:
    return session.scalar(select(STAFF.c.name).where(STAFF.c.id == staff_id)) or "" if staff_id else ""


def _documents(session: Session, found: Filed) -> Iterable[DocumentLine]:
    words = {one.kind: one.words for one in found.terms.documents}
    rows = session.execute(
        select(DOCUMENT, STAFF.c.name.label("by"))
        .outerjoin(STAFF, STAFF.c.id == DOCUMENT.c.recorded_by)
        .where(DOCUMENT.c.application_id == found.row.id)
        .order_by(DOCUMENT.c.id)
    )
    for row in rows:
        facts = the_vault().open(row.sealed, place_of(found.row.elder_id))
        shown = words.get(facts["kind"], "")
        yield DocumentLine(
            row.id,
            facts["kind"],
            shown,
            facts["issuer"],
            facts["day"],
            facts["note"],
            facts["ability"],
            bool(row.photo),
            row.recorded_at,
            row.by or "",
        )


def _decisions(session: Session, found: Filed) -> Iterable[DecisionLine]:
    rows = session.execute(
        select(DECISION, STAFF.c.name.label("by"))
        .outerjoin(STAFF, STAFF.c.id == DECISION.c.staff_id)
        .where(DECISION.c.application_id == found.row.id)
        .order_by(DECISION.c.position)
    )
    for row in rows:
        opinion = the_vault().open(row.sealed, place_of(found.row.elder_id))
        yield DecisionLine(row.step, row.outcome, opinion, row.decided_on, row.by or "", row.is_stand_in)


def _objections(session: Session, found: Filed) -> Iterable[ObjectionLine]:
    answerer = STAFF.alias("answerer")
    rows = session.execute(
        select(OBJECTION, STAFF.c.name.label("by"), answerer.c.name.label("answered_name"))
        .outerjoin(STAFF, STAFF.c.id == OBJECTION.c.recorded_by)
        .outerjoin(answerer, answerer.c.id == OBJECTION.c.answered_by)
        .where(OBJECTION.c.application_id == found.row.id)
        .order_by(OBJECTION.c.id)
    )
    for row in rows:
        facts = the_vault().open(row.sealed, place_of(found.row.elder_id))
        yield ObjectionLine(
            row.id,
            row.received_on,
            facts["by"],
            facts["text"],
            facts["answer"],
            row.is_upheld,
            row.by or "",
            row.answered_name or "",
            row.answered_at,
        )


def _notices(session: Session, application_id: int) -> Sequence[NoticeLine]:
    rows = session.execute(
        select(NOTICE, STAFF.c.name.label("by"))
        .join(NOTICE_LINE, NOTICE_LINE.c.notice_id == NOTICE.c.id)
        .outerjoin(STAFF, STAFF.c.id == NOTICE.c.posted_by)
        .where(NOTICE_LINE.c.application_id == application_id)
        .order_by(NOTICE.c.id)
    )
    return [NoticeLine(row.id, row.step, row.posted_on, row.last_day, row.place, row.by or "") for row in rows]
