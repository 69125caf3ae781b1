"""What the screens of services and providers show."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from canteen.base.access import Actor, reaches_area
from canteen.base.db import reading
from canteen.base.errors import NotFound
from canteen.base.months import month_bounds
from canteen.base.records import as_record
from canteen.care.models import Provider
from canteen.care.recording import CARE, NO_SERVICE, NO_SERVICE_STEP, PROVIDER, frozen, shares_of, standing
from canteen.people import queries as people
from canteen.people.finding.search import Found, search
from canteen.people.models import Elder
from canteen.people.queries import in_reach
from canteen.places.models import Area
from canteen.places.queries import SiteFacts, site_in_reach
from canteen.places.rules import levels_of
from canteen.purses import drawing
from canteen.schemes.deciding.answer import Share
from canteen.staff.models import Staff


@dataclass(frozen=True, slots=True)
class CareLine:
    """One service in a list."""

    id: int
    day: date
    elder_id: int
    name: str
    village_group: str
    provider: str
    kind: str
    minutes: int
    price_fen: int
    own_fen: int
    pay_way: str
    confirmed_by: str
    is_voided: bool


@dataclass(frozen=True, slots=True)
class CareMonth:
    """The services of one site and month, the latest first; sums leave the voided out."""

    month: date
    lines: tuple[CareLine, ...]
    count: int
    minutes: int
    price_fen: int
    own_fen: int


def services_of(site_id: int, *, month: date, provider_id: int | None = None) -> CareMonth:
    """What a site recorded in a month, of one provider if asked."""
    statement = (
        select(
            CARE,
            Elder.name,
            Elder.village_group,
            PROVIDER.c.name.label("provider"),
            CARE.c.voided_at.is_not(None).label("is_voided"),
        )
        .join(Elder, Elder.id == CARE.c.elder_id)
        .join(PROVIDER, PROVIDER.c.id == CARE.c.provider_id)
        .where(CARE.c.site_id == site_id, CARE.c.day.between(*month_bounds(month)))
        .order_by(CARE.c.day.desc(), CARE.c.id.desc())
    )
    if provider_id:
        statement = statement.where(CARE.c.provider_id == provider_id)
    with reading() as session:
        lines = tuple(as_record(CareLine, row) for row in session.execute(statement))
    live = [line for line in lines if not line.is_voided]
    return CareMonth(
        month,
        lines,
        len(live),
        sum(line.minutes for line in live),
        sum(line.price_fen for line in live),
        sum(line.own_fen for line in live),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CarePage:
    """One service with everything about it."""

    row: Row[Any]
    elder_name: str
    village_group: str
    provider: str
    site: str
    recorder: str
    shares: tuple[Share, ...]
    #: What every scheme said (``books.shares.Frozen``).
    verdicts: list[dict[str, Any]]


def care_page(care_id: int, *, actor: Actor) -> CarePage:
    """One service in reach. Raises ``NotFound``."""
    with reading() as session:
        row = session.execute(
            select(
                CARE,
                Elder.name.label("elder_name"),
                Elder.village_group,
                PROVIDER.c.name.label("provider"),
                func.coalesce(Staff.name, "").label("recorder"),
            )
            .join(Elder, Elder.id == CARE.c.elder_id)
            .join(PROVIDER, PROVIDER.c.id == CARE.c.provider_id)
            .outerjoin(Staff, Staff.id == CARE.c.staff_id)
            .where(CARE.c.id == care_id)
        ).first()
        if row is None:
            raise NotFound(NO_SERVICE, next_step=NO_SERVICE_STEP)
        site = site_in_reach(session, actor, row.site_id, missing=NO_SERVICE, next_step=NO_SERVICE_STEP)
        return as_record(
            CarePage, row, row=row, site=site.name, shares=shares_of(session, row), verdicts=frozen(row).verdicts
        )


@dataclass(frozen=True, slots=True)
class Receiver:
    """Whom a service is to be recorded for."""

    id: int
    name: str
    age: int
    village_group: str
    residence: str
    state: str
    #: Scheme id -> fen to spend on the day.
    balances: dict[str, int]
    own_fen: int


def receiver(elder_id: int, *, actor: Actor, day: date) -> Receiver:
    """One elder in reach, with what the purses hold on a day. Raises ``NotFound``."""
    with reading() as session:
        reached = session.scalar(select(Elder.id).where(Elder.id == elder_id, in_reach(actor)))
        elder = people.load_elder(session, elder_id, day=day) if reached else None
        if elder is None:
            raise NotFound("没有找到这位老人", next_step="请重新查找")
        return as_record(
            Receiver,
            elder,
            residence=elder.person.residence,
            balances=drawing.balances(session, elder_id=elder_id, day=day),
            own_fen=drawing.own_money(session, elder_id=elder_id),
        )


def find(text: str, *, site: SiteFacts, actor: Actor, day: date) -> list[Found]:
    """Elders in reach a typed or scanned text may mean; those of the site first."""
    with reading() as session:
        return search(session, text, day=day, home_site_id=site.id, area_prefix=actor.area_path)


@dataclass(frozen=True, slots=True)
class ProviderLine:
    """One provider of the register on a day."""

    id: int
    name: str
    kind: str
    area: str
    phone: str
    licence: str
    services: tuple[str, ...]
    #: ``contracted``, ``no_contract``, ``banned`` or ``failed``.
    standing: str
    #: Last day of the contract in force; None without one.
    until: date | None
    grade: str
    grade_period: str


def providers_of(actor: Actor, *, day: date) -> list[ProviderLine]:
    """The register as far as it concerns the actor: of areas in reach, and of those above."""
    with reading() as session:
        return [_line(one, path, day) for one, path in _providers(session) if _concerns(actor, path)]


def _providers(session: Session, *where: Any) -> list[tuple[Provider, str]]:
    """Providers by name, each with the path of the area that keeps it."""
    statement = select(Provider, Area.path).join(Area, Area.id == Provider.area_id).where(*where)
    return [(one, path) for one, path in session.execute(statement.order_by(Provider.name)).unique()]


def _concerns(actor: Actor, path: str) -> bool:
    return reaches_area(actor, path) or f"{actor.area_path}/".startswith(f"{path}/")


def _line(provider: Provider, path: str, day: date) -> ProviderLine:
    kept = standing(provider)
    running = next((one for one in kept.contracts if one.covers(day)), None)
    last = max(provider.assessments, key=lambda one: one.id) if provider.assessments else None
    return as_record(
        ProviderLine,
        provider,
        area=path,
        services=kept.services,
        standing=kept.word(day),
        until=running.last if running else None,
        grade=kept.grade,
        grade_period=last.period if last else "",
    )


@dataclass(frozen=True, slots=True)
class ProviderPage:
    """One provider with everything about it; ``may_keep``: the actor's area holds it."""

    provider: Provider
    area: str
    line: ProviderLine
    services: int
    price_fen: int
    may_keep: bool


def provider_page(provider_id: int, *, actor: Actor, day: date) -> ProviderPage:
    """One provider that concerns the actor, with what it did this year. Raises ``NotFound``."""
    with reading() as session:
        found = _providers(session, Provider.id == provider_id)
        if not found or not _concerns(actor, found[0][1]):
            raise NotFound("没有找到这家服务机构", next_step="请从名录重新选择")
        [(provider, path)] = found
        done = session.execute(
            select(func.count(), func.coalesce(func.sum(CARE.c.price_fen), 0)).where(
                CARE.c.provider_id == provider_id, CARE.c.voided_at.is_(None), CARE.c.day >= date(day.year, 1, 1)
            )
        ).one()
        line = _line(provider, path, day)
        return ProviderPage(provider, path, line, done[0], int(done[1]), reaches_area(actor, path))


def areas_in_reach(actor: Actor) -> list[tuple[int, str]]:
    """Areas whose pool the actor keeps: (id, path)."""
    with reading() as session:
        rows = session.execute(select(Area.id, Area.path, Area.level).order_by(Area.path))
        return [(row.id, row.path) for row in rows if reaches_area(actor, row.path) and row.level != "village"]


def choices(residence: str, *, day: date) -> list[ProviderLine]:
    """Providers that may serve somebody who lives there, on a day."""
    with reading() as session:
        found = _providers(session, Area.path.in_(levels_of(residence).values()))
    lines = [_line(provider, path, day) for provider, path in found]
    return [line for line in lines if line.standing == "contracted"]
