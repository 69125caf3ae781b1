"""What is where, and who reaches it. Core statements for the counter take the caller's session."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, or_, select, true
from sqlalchemy.orm import Session

from canteen.base.access import Actor, reaches_site
from canteen.base.db import reading
from canteen.base.db.prepared import Prepared
from canteen.base.errors import NotFound
from canteen.base.months import days_between
from canteen.base.records import as_record
from canteen.places.models import Area, CalendarException, Site, SiteSlot
from canteen.places.rules import DayException, ServicePlan, SlotHours, is_planned_day

_AREA = Area.__table__
_SITE = Site.__table__
_SLOT = SiteSlot.__table__
_EXCEPTION = CalendarException.__table__

#: Above every row id; a larger number from an address would not fit the column.
MOST_IDS = 2**31
NO_SITE = "没有找到这个助餐点"
NO_SITE_STEP = "请从首页重新选择助餐点"


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """A site as every other feature sees it."""

    id: int
    #: Short and stable, for addresses and terminals.
    code: str
    name: str
    area_path: str
    #: In the order of a day.
    slots: tuple[SlotHours, ...]
    area_id: int
    phone: str

    @property
    def county(self) -> str:
        """Path of the county it lies in: people of the whole county may eat there."""
        return self.area_path.split("/")[0]

    def hours_of(self, slot: str) -> SlotHours | None:
        """The hours of a slot; None when the site does not serve it."""
        return next((hours for hours in self.slots if hours.slot == slot), None)


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """Everything a manager may set about a site."""

    facts: SiteFacts
    operating_model: str
    plan: ServicePlan
    absent_days: int


_FACTS: Select[Any] = (
    select(
        *_SITE.c["id", "code", "name", "area_id", "phone"],
        _AREA.c.path,
        *_SLOT.c["slot", "opens", "closes", "order_cutoff", "cutoff_days", "capacity"],
    )
    .join(_AREA, _AREA.c.id == _SITE.c.area_id)
    .outerjoin(_SLOT, _SLOT.c.site_id == _SITE.c.id)
    .order_by(_SITE.c.id, _SLOT.c.opens)
)
# Asked in every request: built once.
_FACTS_OF_ONE = Prepared(_FACTS.where(_SITE.c.id == bindparam("site")))


def _facts_of(rows: Iterable[Row[Any]]) -> list[SiteFacts]:
    sites: dict[int, tuple[Row[Any], list[SlotHours]]] = {}
    for row in rows:
        _, slots = sites.setdefault(row.id, (row, []))
        if row.slot is not None:
            slots.append(as_record(SlotHours, row))
    return [as_record(SiteFacts, row, area_path=row.path, slots=tuple(slots)) for row, slots in sites.values()]


def site_facts(session: Session, site_id: int, *, missing: str = NO_SITE, next_step: str = NO_SITE_STEP) -> SiteFacts:
    """One site with its slots, in one statement. Raises ``NotFound``."""
    found = _facts_of(_FACTS_OF_ONE.all(session, site=site_id))
    if not found:
        raise NotFound(missing, next_step=next_step)
    return found[0]


def site_in_reach(
    session: Session, actor: Actor, site_id: int, *, missing: str = NO_SITE, next_step: str = NO_SITE_STEP
) -> SiteFacts:
    """A site, if it is in the actor's reach. Raises ``NotFound``: of what the caller looked for at the site, and the
    same for one that is not there."""
    facts = site_facts(session, site_id, missing=missing, next_step=next_step)
    if not reaches_site(actor, site_id=facts.id, area_path=facts.area_path):
        raise NotFound(missing, next_step=next_step)
    return facts


def inside(path: str) -> ColumnElement[bool]:
    """A condition on ``area``: it is the area of a path, or lies in it; "" is everywhere."""
    return or_(_AREA.c.path == path, _AREA.c.path.startswith(path + "/", autoescape=True)) if path else true()


def _in_reach(actor: Actor) -> ColumnElement[bool]:
    return inside(actor.area_path) if actor.site_id is None else _SITE.c.id == actor.site_id


def sites_of(actor: Actor) -> list[SiteFacts]:
    """The sites in an actor's reach, the oldest first."""
    with reading() as session:
        return _facts_of(session.execute(_FACTS.where(_in_reach(actor))))


def site_for(actor: Actor, site_id: int) -> SiteFacts:
    """A site in the actor's reach. Raises ``NotFound``, the same for a site that is not there."""
    if not 0 < site_id < MOST_IDS:
        raise NotFound(NO_SITE, next_step=NO_SITE_STEP)
    with reading() as session:
        return site_in_reach(session, actor, site_id)


def default_site(actor: Actor) -> SiteFacts:
    """The site an actor works at unless another was chosen: the own one, else the first in reach."""
    if actor.site_id is not None:
        return site_for(actor, actor.site_id)
    first = select(func.min(_SITE.c.id)).join(_AREA, _AREA.c.id == _SITE.c.area_id).where(_in_reach(actor))
    with reading() as session:
        found = _facts_of(session.execute(_FACTS.where(_SITE.c.id == first.scalar_subquery())))
    if not found:
        raise NotFound("您的账号下还没有助餐点", next_step="请管理员用 flask init 建立助餐点,或调整您账号的范围")
    return found[0]


def all_sites() -> list[SiteFacts]:
    """Every site, for pages anybody may see."""
    with reading() as session:
        return _facts_of(session.execute(_FACTS))


def site_by_code(code: str) -> SiteFacts:
    """The site of a short code, for pages anybody may see. Raises ``NotFound``."""
    with reading() as session:
        found = _facts_of(session.execute(_FACTS.where(_SITE.c.code == code))) if code.isprintable() else []
    if not found:
        raise NotFound(NO_SITE, next_step=NO_SITE_STEP)
    return found[0]


def site_named(actor: Actor, text: str) -> SiteFacts:
    """The site a command means by a code or a name; "" is the only one. Raises ``NotFound`` naming the choices."""
    sites = sites_of(actor)
    named = [site for site in sites if text in (site.code, site.name)] if text else sites
    if len(named) == 1:
        return named[0]
    choices = "、".join(f"{site.code} {site.name}" for site in sites)
    if not sites:
        raise NotFound("还没有助餐点", next_step="请先运行 flask --app wsgi init")
    raise NotFound("没有找到唯一的助餐点「%(text)s」", next_step="请指定一个:%(choices)s", text=text, choices=choices)


def service_plans(session: Session, site_ids: Collection[int] | None = None) -> dict[int, ServicePlan]:
    """The plans of some sites, or of all, with all their exceptions: two statements, however many there are."""
    sites = select(_SITE.c.id, _SITE.c.weekdays, _SITE.c.opened_on, _SITE.c.closed_on)
    days = select(_EXCEPTION).order_by(_EXCEPTION.c.day)
    if site_ids is not None:
        sites, days = sites.where(_SITE.c.id.in_(site_ids)), days.where(_EXCEPTION.c.site_id.in_(site_ids))
    exceptions: dict[int, dict[date, DayException]] = {}
    for one in session.execute(days):
        exceptions.setdefault(one.site_id, {})[one.day] = DayException(one.is_open, one.reason)
    return {
        row.id: as_record(ServicePlan, row, exceptions=exceptions.get(row.id, {})) for row in session.execute(sites)
    }


def service_plan(session: Session, site_id: int) -> ServicePlan:
    """The plan of a site with all its exceptions. Raises ``NotFound``."""
    found = service_plans(session, [site_id]).get(site_id)
    if found is None:
        raise NotFound(NO_SITE, next_step=NO_SITE_STEP)
    return found


def plan_of(site_id: int) -> ServicePlan:
    """The plan of a site with all its exceptions. Raises ``NotFound``."""
    with reading() as session:
        return service_plan(session, site_id)


def closed_because(site_id: int, day: date) -> str | None:
    """Why there is no service on a day: the reason somebody wrote, "" without one; None: there is service."""
    plan = plan_of(site_id)
    if is_planned_day(plan, day):
        return None
    exception = plan.exceptions.get(day)
    return exception.reason if exception is not None and not exception.is_open else ""


def planned_days(site_id: int, first: date, last: date) -> list[date]:
    """The days from ``first`` to ``last`` (both included) on which the site means to serve."""
    plan = plan_of(site_id)
    return [day for day in days_between(first, last) if is_planned_day(plan, day)]


def site_settings(actor: Actor, site_id: int) -> SiteSettings:
    """What a manager may set about a site in reach. Raises ``NotFound``."""
    facts = site_for(actor, site_id)
    with reading() as session:
        row = session.execute(select(*_SITE.c["operating_model", "absent_days"]).where(_SITE.c.id == site_id)).one()
        return SiteSettings(facts, row.operating_model, service_plan(session, site_id), row.absent_days)
