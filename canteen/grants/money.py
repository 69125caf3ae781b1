"""Other money a site may be due: its volumes of a year read from the servings, and what the schemes say to them."""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from canteen.base.db import reading
from canteen.base.months import full_years, year_bounds
from canteen.books.meals import live_meals_at
from canteen.books.models.servings import Serving
from canteen.grants.queries import ServedDays, planned_and_served
from canteen.people.models import Elder
from canteen.places.models import Area, Site
from canteen.places.queries import SiteFacts
from canteen.schemes.deciding.site_money import SiteGrant, site_grants
from canteen.schemes.facts import MonthVolume, SiteYear
from canteen.schemes.queries import schemes_in_force


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyLine:
    """One sum of one scheme."""

    scheme_name: str
    #: Notice and clause.
    source: str
    grant: SiteGrant


def volumes(session: Session, *, site_id: int, year: int) -> tuple[MonthVolume, ...]:
    """What a site did in each month of a year. Only elders' meals count, voided ones do not."""
    days: defaultdict[int, set[date]] = defaultdict(set)
    counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    ages: defaultdict[int, Counter[int]] = defaultdict(Counter)
    subsidised_ages: defaultdict[int, Counter[int]] = defaultdict(Counter)
    is_paid = Serving.own_fen < Serving.price_fen
    live = live_meals_at((site_id,), *year_bounds(year))
    rows = session.execute(
        select(Serving.day, Elder.birth_day, is_paid, func.count())
        .join(Elder, Elder.id == Serving.elder_id)
        .where(*live)
        .group_by(Serving.day, Elder.birth_day, is_paid)
    )
    for day, birth_day, paid, meals in rows:
        age = full_years(birth_day, day)
        days[day.month].add(day)
        counts[day.month].update(meals=meals, subsidised_meals=meals if paid else 0)
        ages[day.month][age] += meals
        if paid:
            subsidised_ages[day.month][age] += meals
    # Three meals of an elder on a day are one person-day.
    eaten = select(Serving.day, func.count(Serving.elder_id.distinct())).where(*live).group_by(Serving.day)
    for day, persons in session.execute(eaten):
        counts[day.month]["person_days"] += persons
    return tuple(
        MonthVolume(
            date(year, month, 1),
            count["person_days"],
            count["meals"],
            count["subsidised_meals"],
            len(days[month]),
            ages[month],
            subsidised_ages[month],
        )
        for month, count in sorted(counts.items())
        if count["meals"]
    )


def money_of(site: SiteFacts, stated: SiteYear, *, year: int, today: date) -> tuple[MoneyLine, ...]:
    """Every sum the schemes in force have for a site, except the operating grant, which has its own table.

    ``stated`` is what the program does not know of a site and a person states to try it; nothing of it is kept.
    """
    with reading() as session:
        first, last = year_bounds(year)
        day = max(first, min(last, today))
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
            select(Site.opened_on, Site.closed_on, Site.operating_model, Area.settlement)
            .join(Area, Area.id == Site.area_id)
            .where(Site.id == site.id)
        ).one()
    state = replace(
        stated,
        settlement=settlement,
        area=site.area_path,
        operating_model=model,
        opened_on=opened,
        closed_on=closed,
        serves_meals=bool(months),
        planned_days=len(served.planned),
        days_with=_days_with(served),
        months=months,
    )
    lines: list[MoneyLine] = []
    for scheme in schemes:
        here = scheme.at(site.area_path)
        where = {one.code: one.where for one in here.site_money}
        sources = dict(here.sources or scheme.sources)
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
