"""Checks as they are shown, with everything that was done for them. Session-first reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from canteen.base.clock import day_of
from canteen.base.records import as_record
from canteen.base.vault import the_vault
from canteen.books.models.servings import Serving
from canteen.people.models import Elder
from canteen.people.queries import states_of
from canteen.people.rules import LifeState
from canteen.places.models import Area, Site
from canteen.staff.models import Staff
from canteen.welfare.models import WelfareCheck, WelfareStep
from canteen.welfare.reach import SEEN_AT
from canteen.welfare.seen import CheckEnd, Seen, StepTold, outcome_of, seen_of, told_of

#: Checks on one page, the latest first.
MOST_KEPT = 200


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step as it is shown: what, what came of it, when, who, and what was said."""

    kind: str
    result: str
    at: datetime
    who: str
    told: StepTold


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """One check as it is shown: who, why, since when, what was done, and how it ended."""

    id: int
    elder_id: int
    name: str
    village_group: str
    village: str
    site_name: str
    cause: str
    day: date
    opened_at: datetime
    #: "": the program found it.
    opened_by: str
    seen: Seen
    due_at: datetime
    is_overdue: bool
    steps: tuple[StepLine, ...]
    #: When and where the elder was seen to eat since; None and "": nowhere.
    ate_at: datetime | None
    ate_where: str
    #: Day of the last meal before; None: never, or it is not asked (only of who stays away).
    last_meal: date | None
    #: How the elder is today.
    life: LifeState
    closed_at: datetime | None
    closed_by: str
    outcome: CheckEnd | None

    @property
    def is_soft(self) -> bool:
        """Nobody has to hurry any more: the elder was seen to eat since."""
        return self.ate_at is not None and self.cause != "concern"


def check_lines(session: Session, *where: Any, now: datetime) -> list[CheckLine]:
    """The checks of these conditions, the latest first; at most ``MOST_KEPT``, seven statements however many."""
    opener, closer = aliased(Staff), aliased(Staff)
    rows = session.execute(
        select(
            WelfareCheck,
            Elder.name,
            Elder.village_group,
            Area.name.label("village"),
            Site.name.label("site_name"),
            func.coalesce(opener.name, "").label("opener"),
            func.coalesce(closer.name, "").label("closer"),
        )
        .join(Elder, Elder.id == WelfareCheck.elder_id)
        .join(Area, Area.id == Elder.residence_area_id)
        .join(Site, Site.id == WelfareCheck.site_id)
        .outerjoin(opener, opener.id == WelfareCheck.opened_by)
        .outerjoin(closer, closer.id == WelfareCheck.closed_by)
        .where(*where)
        .order_by(WelfareCheck.opened_at.desc(), WelfareCheck.id.desc())
        .limit(MOST_KEPT)
    ).all()
    checks = [row.WelfareCheck for row in rows]
    ids = [check.id for check in checks]
    steps, ate, meals = _steps(session, ids), _ate(session, ids), _last_meals(session, checks)
    lives = states_of(session, {check.elder_id for check in checks}, day=day_of(now))
    vault = the_vault()
    return [
        as_record(
            CheckLine,
            check,
            **{name: getattr(row, name) for name in ("name", "village_group", "village", "site_name")},
            opened_by=row.opener,
            closed_by=row.closer,
            seen=seen_of(check, vault),
            outcome=outcome_of(check, vault),
            steps=tuple(steps.get(check.id, ())),
            ate_at=ate[check.id][0] if check.id in ate else None,
            ate_where=ate[check.id][1] if check.id in ate else "",
            last_meal=meals.get(check.id),
            life=lives[check.elder_id],
            is_overdue=check.closed_at is None
            and check.due_at < now
            and (check.cause == "concern" or check.id not in ate),
        )
        for row, check in zip(rows, checks, strict=True)
    ]


def _steps(session: Session, ids: Sequence[int]) -> dict[int, list[StepLine]]:
    rows = session.execute(
        select(WelfareStep, func.coalesce(Staff.name, "").label("who"))
        .outerjoin(Staff, Staff.id == WelfareStep.staff_id)
        .where(WelfareStep.check_id.in_(ids))
        .order_by(WelfareStep.at, WelfareStep.id)
    )
    found: dict[int, list[StepLine]] = {}
    for step, who in rows:
        found.setdefault(step.check_id, []).append(as_record(StepLine, step, who=who, told=told_of(step, the_vault())))
    return found


def _ate(session: Session, ids: Sequence[int]) -> dict[int, tuple[datetime, str]]:
    """When and where the elder of each check was first seen to eat since it was opened."""
    rows = session.execute(
        select(WelfareCheck.id, Serving.served_at, Site.name)
        .join(Serving, SEEN_AT)
        .join(Site, Site.id == Serving.site_id)
        .where(WelfareCheck.id.in_(ids))
        .order_by(Serving.served_at.desc())
    )
    return {check_id: (served_at, name) for check_id, served_at, name in rows}


def _last_meals(session: Session, checks: Sequence[WelfareCheck]) -> dict[int, date]:
    """The last day the elder of each check about staying away had eaten before it."""
    ids = [check.id for check in checks if check.cause == "absent"]
    eaten = and_(Serving.elder_id == WelfareCheck.elder_id, Serving.day < WelfareCheck.day, Serving.voided_at.is_(None))
    rows = session.execute(
        select(WelfareCheck.id, func.max(Serving.day))
        .join(Serving, eaten)
        .where(WelfareCheck.id.in_(ids))
        .group_by(WelfareCheck.id)
    )
    return {row[0]: row[1] for row in rows}
