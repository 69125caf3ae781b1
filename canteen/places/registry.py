"""Areas and sites inside the caller's transaction: new ones, and one held against other managers."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor, reaches_site
from canteen.base.errors import NotFound
from canteen.base.records import as_row
from canteen.places.models import Area, CalendarException, Site, SiteSlot
from canteen.places.queries import NO_SITE, NO_SITE_STEP
from canteen.places.requests import ExceptionChange
from canteen.places.rules import USUAL_HOURS, SlotHours, check_hours, parse_area_path


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSite:
    """A site to be added."""

    area_id: int
    name: str
    opened_on: date
    slots: tuple[SlotHours, ...]
    operating_model: str = "village_run"
    weekdays: str = "1234567"
    #: "": the next free of S1, S2 …
    code: str = ""


def usual_hours(slot: str) -> SlotHours:
    """A slot with its usual hours."""
    return SlotHours(slot, *USUAL_HOURS[slot])


def ensure_area(session: Session, path: str) -> Area:
    """The area of a path; what is missing of the path is made. Raises ``BadInput`` for a path that is wrong."""
    areas = parse_area_path(path)
    there = {area.path: area for area in session.scalars(select(Area).where(Area.path.in_([a.path for a in areas])))}
    parent: Area | None = None
    for one in areas:
        area = there.get(one.path)
        if area is None:
            area = Area(parent_id=parent.id if parent else None, **as_row(one))
            session.add(area)
            session.flush()
        parent = area
    assert parent is not None
    return parent


def add_site(session: Session, new: NewSite) -> Site:
    """Add a site with its slots. Raises ``BadInput`` for hours that are wrong."""
    check_hours(new.slots)
    site = Site(**as_row(new, but=["code", "slots"]), code=new.code or _free_code(session))
    site.slots = [SiteSlot(**as_row(hours)) for hours in new.slots]
    session.add(site)
    session.flush()
    return site


def held_site(session: Session, site_id: int, actor: Actor) -> Site:
    """A site in the actor's reach, held against other managers until the transaction ends.

    Servings only refer to the site and go on meanwhile. Raises ``NotFound``.
    """
    site = session.scalar(select(Site).where(Site.id == site_id).with_for_update(key_share=True, of=Site.__table__))
    if site is None or not reaches_site(actor, site_id=site.id, area_path=site.area.path):
        raise NotFound(NO_SITE, next_step=NO_SITE_STEP)
    return site


def write_exception(session: Session, change: ExceptionChange, *, actor: Actor, now: datetime) -> None:
    """Close one day, or open it after all; the same again changes nothing. Raises ``NotFound`` for a site out of reach."""
    site = held_site(session, change.site_id, actor)
    row = session.get(CalendarException, (site.id, change.day))
    if row is not None and (row.is_open, row.reason) == (change.is_open, change.reason):
        return
    if row is None:
        row = CalendarException(site_id=site.id, day=change.day)
        session.add(row)
    row.is_open, row.reason = change.is_open, change.reason
    session.flush()
    audit_day(session, actor, "set_exception", row, now)


def audit_day(session: Session, actor: Actor, action: str, row: CalendarException, now: datetime) -> None:
    """Write a change of the calendar into the trail."""
    day = {"day": row.day, "is_open": row.is_open, "reason": row.reason}
    trail.record(session, actor, action, f"site:{row.site_id}", now, site_id=row.site_id, **day)


def _free_code(session: Session) -> str:
    taken = set(session.scalars(select(Site.code)))
    number = session.scalar(select(func.count()).select_from(Site)) or 0
    while f"S{number + 1}" in taken:
        number += 1
    return f"S{number + 1}"
