"""What every act of the office checks first. Session-first: the caller's transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.errors import NotFound
from canteen.entitlements.queries import Filed, filed, is_anybody_there, officer_of
from canteen.entitlements.rules import refuse_officer, refuse_open
from canteen.people.queries import ELDER, in_reach


def held_elder(session: Session, elder_id: int, actor: Actor) -> Any:
    """The elder's row, held against other writers: nobody gets two rights at once. ``NotFound`` out of reach."""
    row = session.execute(
        select(ELDER).where(ELDER.c.id == elder_id, in_reach(actor)).with_for_update(of=ELDER, key_share=True)
    ).first()
    if row is None:
        raise NotFound("没有找到这位老人", next_step="请重新查找")
    return row


def open_filed(session: Session, application_id: int, actor: Actor) -> Filed:
    """An application in reach, held, and still open. Raises ``Refusal`` (application_closed)."""
    found = filed(session, application_id, actor=actor, lock=True)
    if refusal := refuse_open(found.case, found.case.position):
        raise refusal
    return found


def check_officer(session: Session, found: Filed, actor: Actor) -> bool:
    """Refuse who may not act at the step an application waits for; True when an administrator stands in."""
    step = found.terms.steps[found.case.position]
    officer = officer_of(session, actor)
    is_stand_in = officer.role == "administrator"
    nobody_else = is_stand_in and not is_anybody_there(session, step, found.case, found.terms)
    if refusal := refuse_officer(officer, step, found.case, found.terms, nobody_else=nobody_else):
        raise refusal
    return is_stand_in
