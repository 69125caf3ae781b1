"""Everything about one application."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.db import reading
from canteen.base.errors import Refusal
from canteen.base.records import as_record, row_with
from canteen.base.vault import the_vault
from canteen.entitlements.applications.models import DECISION, DOCUMENT, NOTICE, NOTICE_LINE, OBJECTION
from canteen.entitlements.applications.queries import STAFF, Filed, current_class, filed, place_of, refusal_of
from canteen.entitlements.applications.step_rules import (
    Clock,
    assessment_needed,
    missing_documents,
    next_action,
    refuse_pass,
    step_clock,
)
from canteen.entitlements.elder_records import record_of
from canteen.entitlements.eligibility import reason_against, standing
from canteen.entitlements.work_calendar import work_calendar
from canteen.schemes.language.approval import Step
from canteen.schemes.reasons import Reason
from canteen.staff.queries import with_names


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationPage(Filed):
    """Everything about one application."""

    name: str
    village_group: str
    birth_day: date
    #: Agent's name, relation, phone, consent, note, withdrawn.
    facts: dict[str, str]
    taken_by: str
    #: Papers that were shown: rows of ``application_document`` with what is sealed in them, ``words`` (the scheme's) and
    #: ``has_photo``; steps: rows of ``step_decision`` with ``opinion``; rows of ``objection`` with what is sealed in
    #: them. Whoever wrote them is a name.
    documents: tuple[Any, ...]
    decisions: tuple[Any, ...]
    objections: tuple[Any, ...]
    #: The public lists on which the application stood: rows of ``public_notice``.
    notices: Sequence[Any]
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
        class_code, case = current_class(session, found, today) if is_open else (found.case.class_code, found.case)
        record = record_of(session, row.elder_id)
        assert record is not None
        fits = not is_open or bool(class_code) or not standing(record, found.scheme, today).reason_code
        case = replace(case, class_code=class_code)
        facts = the_vault().open(row.sealed, place_of(row.elder_id))
        clock = step_clock(
            terms.steps[case.position], case.step_since, case.posted, today=today, calendar=work_calendar(session)
        )
        return as_record(
            ApplicationPage,
            found,
            case=case,
            name=record.name,
            village_group=record.village_group,
            birth_day=record.birth_day,
            facts=facts,
            taken_by=_name(session, row.taken_by),
            documents=tuple(_documents(session, found)),
            decisions=tuple(_decisions(session, found)),
            objections=tuple(_objections(session, found)),
            notices=_notices(session, row.id),
            clock=clock,
            starts=terms.starts_on(decided=today, applied=row.applied_on) if is_open else None,
            action=next_action(case, terms, today=today),
            missing=missing_documents(terms, case),
            needs_assessment=assessment_needed(terms, case, today),
            against=None if fits else reason_against(record, found.scheme, today),
            refused=refusal_of(session, found, actor)[0] if is_open else None,
            not_yet=refuse_pass(case, terms, today=today) if is_open else None,
        )


def _name(session: Session, staff_id: int | None) -> str:
    return session.scalar(select(STAFF.c.name).where(STAFF.c.id == staff_id)) or "" if staff_id else ""


def _papers(session: Session, found: Filed, table: Table, by: str, order: str) -> Iterator[tuple[Any, Any]]:
    """Rows of a table about the application, who wrote them as a name, and what is sealed in each."""
    mine = with_names(table, by).where(table.c.application_id == found.row.id).order_by(table.c[order])
    for row in session.execute(mine):
        yield row, the_vault().open(row.sealed, place_of(found.row.elder_id))


def _documents(session: Session, found: Filed) -> Iterator[Any]:
    words = {one.kind: one.words for one in found.terms.documents}
    for row, facts in _papers(session, found, DOCUMENT, "recorded_by", "id"):
        yield row_with(row, **facts, words=words.get(facts["kind"], ""), has_photo=bool(row.photo))


def _decisions(session: Session, found: Filed) -> Iterator[Any]:
    for row, opinion in _papers(session, found, DECISION, "staff_id", "position"):
        yield row_with(row, opinion=opinion, decided_by=row.staff_id)


def _objections(session: Session, found: Filed) -> Iterator[Any]:
    for row, facts in _papers(session, found, OBJECTION, "recorded_by", "id"):
        yield row_with(row, **facts, answered_by=_name(session, row.answered_by))


def _notices(session: Session, application_id: int) -> Sequence[Any]:
    mine = NOTICE_LINE.c.application_id == application_id
    posted = select(NOTICE).join(NOTICE_LINE, NOTICE_LINE.c.notice_id == NOTICE.c.id)
    return session.execute(posted.where(mine).order_by(NOTICE.c.id)).all()
