"""Who sees which checks, and whom the canteen has seen since. Conditions and session-first reads."""

from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from canteen.base.access import Actor, may
from canteen.base.errors import NotFound
from canteen.books.models.servings import Serving
from canteen.places.queries import MOST_IDS, site_in_reach
from canteen.welfare.models import WelfareCheck, WelfareStep

NO_CHECK = "没有找到这条探访"
NO_CHECK_STEP = "请从探访页面重新打开"

OPEN = WelfareCheck.closed_at.is_(None)
#: A meal the elder was seen at after the check was opened: a box that somebody else collected, or a neighbour took at
#: the door, says nothing.
SEEN_AT = and_(
    Serving.elder_id == WelfareCheck.elder_id,
    Serving.day >= WelfareCheck.day,
    Serving.served_at > WelfareCheck.opened_at,
    Serving.way != "proxy",
    Serving.collected_by == "",
    Serving.voided_at.is_(None),
)
#: Nobody has to go any more in a hurry. What somebody saw is not over with a meal.
IS_SOFT = and_(WelfareCheck.cause != "concern", exists().where(SEEN_AT))


def is_overdue(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """A condition: the next step should have been taken."""
    return and_(OPEN, WelfareCheck.due_at < now, ~IS_SOFT)


def seen_by(actor: Actor, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Conditions on checks of sites in reach: which of them somebody sees.

    Who may not see all sees those that are overdue, that were passed on to the committee, or that they closed.
    """
    if may(actor, "see_all_checks"):
        return ()
    passed_on = exists().where(WelfareStep.check_id == WelfareCheck.id, WelfareStep.kind == "committee")
    return (or_(and_(OPEN, or_(is_overdue(now), passed_on)), WelfareCheck.closed_by == actor.staff_id),)


def check_in_reach(session: Session, actor: Actor, check_id: int, *, now: datetime, lock: bool = False) -> WelfareCheck:
    """A check the actor sees. Raises ``NotFound``, the same for one that is not there."""
    check = session.get(WelfareCheck, check_id, with_for_update=lock) if check_id < MOST_IDS else None
    if check is None or not _is_seen(session, check, actor, now):
        raise NotFound(NO_CHECK, next_step=NO_CHECK_STEP)
    site_in_reach(session, actor, check.site_id, missing=NO_CHECK, next_step=NO_CHECK_STEP)
    return check


def _is_seen(session: Session, check: WelfareCheck, actor: Actor, now: datetime) -> bool:
    found = session.scalar(select(WelfareCheck.id).where(WelfareCheck.id == check.id, *seen_by(actor, now)))
    return found is not None
