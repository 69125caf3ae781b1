"""Other money a site may be due: its volumes of a year read from the servings, and what the schemes say to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from canteen.base.db import reading, table_of
from canteen.books.models.servings import Serving
from canteen.grants.queries import ServedDays, planned_and_served
from canteen.people.models import Elder
from canteen.places.models import Area, Site
from canteen.places.queries import SiteFacts
from canteen.schemes.deciding.sites import MonthVolume, SiteGrant, site_grants
from canteen.schemes.deciding.sites import Site as SiteState
from canteen.schemes.language.conditions import full_years
from canteen.schemes.queries import schemes_in_force

_SERVING, _ELDER, _SITE, _AREA = (table_of(model) for model in (Serving, Elder, Site, Area))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What the program does not know of a site and a person states to try it. Nothing of it is kept."""

    premises: str = ""
    ownership: str = ""
    #: ``passed``, ``failed`` or a grade; "" not assessed.
    assessment: str = ""
    accepted: bool = False
    investment_fen: int | None = None
    #: ``square_metres``, ``beds``, ``seats``.
    size: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyLine:
    """One sum of one scheme."""

    scheme_name: str
    #: Notice and clause.
    source: str
    grant: SiteGrant


def volumes(session: Session, *, site_id: int, year: int) -> tuple[MonthVolume, ...]:
    """What a site did in each month of a year. Only elders' meals count, voided ones do not."""
    days: dict[int, set[date]] = {}
    counts: dict[int, Counter[str]] = {}
    ages: dict[int, Counter[int]] = {}
    subsidised_ages: dict[int, Counter[int]] = {}
    is_paid = _SERVING.c.own_fen < _SERVING.c.price_fen
    rows = session.execute(
        select(_SERVING.c.day, _ELDER.c.birth_day, is_paid, func.count())
        .join(_ELDER, _ELDER.c.id == _SERVING.c.elder_id)
        .where(
            _SERVING.c.site_id == site_id,
            _SERVING.c.day.between(date(year, 1, 1), date(year, 12, 31)),
            _SERVING.c.voided_at.is_(None),
        )
        .group_by(_SERVING.c.day, _ELDER.c.birth_day, is_paid)
    )
    for day, birth_day, paid, meals in rows:
        age = full_years(birth_day, day)
        days.setdefault(day.month, set()).add(day)
        counts.setdefault(day.month, Counter()).update(meals=meals, subsidised_meals=meals if paid else 0)
        ages.setdefault(day.month, Counter())[age] += meals
        if paid:
            subsidised_ages.setdefault(day.month, Counter())[age] += meals
    person_days = _person_days(session, site_id=site_id, year=year)
    return tuple(
        MonthVolume(
            date(year, month, 1),
            person_days.get(month, 0),
            count["meals"],
            count["subsidised_meals"],
            len(days[month]),
            ages[month],
            subsidised_ages.get(month, {}),
        )
        for month, count in sorted(counts.items())
    )


def _person_days(session: Session, *, site_id: int, year: int) -> dict[int, int]:
    """Days on which each elder ate, by month: three meals of a day are one."""
    eaten = (
        select(_SERVING.c.day, func.count(_SERVING.c.elder_id.distinct()))
        .where(
            _SERVING.c.site_id == site_id,
            _SERVING.c.day.between(date(year, 1, 1), date(year, 12, 31)),
            _SERVING.c.voided_at.is_(None),
        )
        .group_by(_SERVING.c.day)
    )
    found: Counter[int] = Counter()
    for day, persons in session.execute(eaten):
        found[day.month] += persons
    return found


def money_of(site: SiteFacts, stated: Stated, *, year: int, today: date) -> tuple[MoneyLine, ...]:
    """Every sum the schemes in force have for a site, except the operating grant, which has its own table."""
    with reading() as session:
        day = max(date(year, 1, 1), min(date(year, 12, 31), today))
        schemes = [
            scheme
            for scheme in schemes_in_force(session, area_path=site.area_path, day=day)
            if any(one.where != "operating_grant" for one in scheme.at(site.area_path).site_money)
        ]
        if not schemes:
            return ()
        months = volumes(session, site_id=site.id, year=year)
        served = planned_and_served(session, site_id=site.id, year=year)
        opened, closed, model, settlement = session.execute(
            select(_SITE.c.opened_on, _SITE.c.closed_on, _SITE.c.operating_model, _AREA.c.settlement)
            .join(_AREA, _AREA.c.id == _SITE.c.area_id)
            .where(_SITE.c.id == site.id)
        ).one()
    state = SiteState(
        settlement=settlement,
        area=site.area_path,
        premises=stated.premises,
        ownership=stated.ownership,
        operating_model=model,
        opened_on=opened,
        closed_on=closed,
        size=stated.size,
        investment_fen=stated.investment_fen,
        serves_meals=bool(months),
        accepted=stated.accepted,
        assessment=stated.assessment,
        planned_days=len(served.planned),
        days_with=_days_with(served),
        months=months,
    )
    lines: list[MoneyLine] = []
    for scheme in schemes:
        terms = scheme.at(site.area_path)
        where = {one.code: one.where for one in terms.site_money}
        sources = dict(terms.sources or scheme.sources)
        lines += [
            MoneyLine(scheme_name=scheme.name, source=sources.get(where[grant.code], ""), grant=grant)
            for grant in site_grants(scheme, state, year)
            if where[grant.code] != "operating_grant"
        ]
    return tuple(lines)


def _days_with(found: ServedDays) -> dict[int, int]:
    """Planned days with at least one, two and three slots served."""
    counts = [len(found.served.get(day, ())) for day in found.planned]
    return {meals: sum(count >= meals for count in counts) for meals in (1, 2, 3)}
