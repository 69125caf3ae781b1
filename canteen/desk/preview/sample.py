"""Loading the elders and meals of a month for a preview: a few statements for hundreds of elders at once."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from canteen.base.clock import day_of, wall_time
from canteen.base.db import table_of
from canteen.base.db.rows import covers
from canteen.base.vault import Vault, the_vault
from canteen.books.models.servings import Serving
from canteen.desk.preview.affected import ElderMonth, Sets, timeless
from canteen.entitlements.work_calendar import work_calendar
from canteen.orders.models import Order
from canteen.people.facts import person_on
from canteen.people.personal import open_personal, open_status
from canteen.people.queries import AREA, ELDER, SITE, STATUS, in_area, states_of
from canteen.places.queries import inside
from canteen.schemes.facts import Meal, Person
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.models import SchemeVersion
from canteen.schemes.queries import parsed
from canteen.schemes.workdays import is_working_day

_SERVING = table_of(Serving)
_ORDER = table_of(Order)
_VERSION = table_of(SchemeVersion)
_HUKOU, _RESIDENCE, _HOME = AREA.alias("hukou"), AREA.alias("residence"), AREA.alias("home")

_ELDERS = (
    select(
        ELDER.c.id,
        ELDER.c.birth_day,
        ELDER.c.sex,
        ELDER.c.settlement,
        ELDER.c.sealed,
        _HUKOU.c.path.label("hukou"),
        _RESIDENCE.c.path.label("residence"),
        _HOME.c.path.label("home"),
    )
    .join(_RESIDENCE, _RESIDENCE.c.id == ELDER.c.residence_area_id)
    .outerjoin(_HUKOU, _HUKOU.c.id == ELDER.c.hukou_area_id)
    .outerjoin(SITE, SITE.c.id == ELDER.c.home_site_id)
    .outerjoin(_HOME, _HOME.c.id == SITE.c.area_id)
    .where(ELDER.c.id.in_(bindparam("elders")))
    .order_by(ELDER.c.id)
)
_STATUSES = select(STATUS.c.elder_id, STATUS.c.from_day, STATUS.c.to_day, STATUS.c.sealed).where(
    STATUS.c.elder_id.in_(bindparam("elders"))
)
_MEALS = (
    select(
        _SERVING.c.elder_id,
        _SERVING.c.day,
        _SERVING.c.slot,
        _SERVING.c.price_fen,
        _SERVING.c.way,
        _SERVING.c.second_portion,
        AREA.c.path,
        _ORDER.c.ordered_at,
    )
    .join(SITE, SITE.c.id == _SERVING.c.site_id)
    .join(AREA, AREA.c.id == SITE.c.area_id)
    .outerjoin(
        _ORDER,
        and_(
            _ORDER.c.elder_id == _SERVING.c.elder_id,
            _ORDER.c.day == _SERVING.c.day,
            _ORDER.c.slot == _SERVING.c.slot,
            _ORDER.c.cancelled_at.is_(None),
        ),
    )
    .where(
        _SERVING.c.elder_id.in_(bindparam("elders")),
        _SERVING.c.day.between(bindparam("first"), bindparam("last")),
        _SERVING.c.voided_at.is_(None),
    )
    .order_by(_SERVING.c.day, _SERVING.c.id)
)


@dataclass(frozen=True, slots=True)
class Sample:
    """Whose meals of which month are counted again, as if a text were in force for an area from a day."""

    text: str
    area_path: str
    from_day: date
    #: First and last day of the month.
    first: date
    last: date


def elder_ids(session: Session, sample: Sample) -> list[int]:
    """Everybody who lives in the area, usually eats there, or ate there in the month."""
    ate = (
        select(_SERVING.c.elder_id)
        .join(SITE, SITE.c.id == _SERVING.c.site_id)
        .join(AREA, AREA.c.id == SITE.c.area_id)
        .where(
            inside(sample.area_path), _SERVING.c.day.between(sample.first, sample.last), _SERVING.c.voided_at.is_(None)
        )
    )
    wanted = or_(in_area(sample.area_path), ELDER.c.id.in_(ate))
    return list(session.scalars(select(ELDER.c.id).where(wanted).order_by(ELDER.c.id)))


def count_meals(session: Session, area_path: str, *, first: date, last: date | None = None) -> int:
    """Meals of elders at the sites of an area from a day on."""
    found: int = session.execute(
        select(func.count())
        .select_from(_SERVING)
        .join(SITE, SITE.c.id == _SERVING.c.site_id)
        .join(AREA, AREA.c.id == SITE.c.area_id)
        .where(
            inside(area_path),
            _SERVING.c.day.between(first, last or date.max),
            _SERVING.c.voided_at.is_(None),
            _SERVING.c.elder_id.is_not(None),
        )
    ).scalar_one()
    return found


def elders_of(session: Session, ids: Sequence[int], sample: Sample) -> list[ElderMonth]:
    """The facts and meals of some elders, in a few statements. Approvals are not looked at: everybody in a class counts."""
    vault = the_vault()
    statuses: defaultdict[int, list[tuple[str, date, date]]] = defaultdict(list)
    for row in session.execute(_STATUSES, {"elders": ids}):
        kind = open_status(row.sealed, row.elder_id, vault).kind
        statuses[row.elder_id].append((kind, row.from_day, row.to_day or date.max))
    meals: defaultdict[int, list[Meal]] = defaultdict(list)
    is_working = working_days(session)
    for one in session.execute(_MEALS, {"elders": ids, "first": sample.first, "last": sample.last}):
        at = one.ordered_at
        meals[one.elder_id].append(
            Meal(
                *(one.day, one.slot, one.price_fen, one.way, one.path),
                second_portion=one.second_portion,
                working_day=is_working(one.day),
                booked_on=day_of(at) if at else None,
                booked_time=wall_time(at) if at else "",
            )
        )
    states = states_of(session, ids, day=sample.from_day)
    return [
        ElderMonth(
            row.id,
            _person_on(row, statuses[row.id], vault),
            tuple(meals[row.id]),
            area=row.home or row.residence,
            is_here=states[row.id].kind not in ("died", "moved"),
        )
        for row in session.execute(_ELDERS, {"elders": ids})
    ]


def working_days(session: Session) -> Callable[[date], bool]:
    """Is a day worked, by the calendar as it stands now."""
    calendar = work_calendar(session)
    return cache(lambda day: is_working_day(day, calendar))


def _person_on(row: Any, statuses: Sequence[tuple[str, date, date]], vault: Vault) -> Callable[[date], Person]:
    """The facts of an elder by day; one person for all days with the same statuses and waivers."""
    personal = open_personal(row.sealed, row.id, vault)
    met: dict[Person, Person] = {}

    @cache
    def on(day: date) -> Person:
        running = {kind for kind, first, last in statuses if first <= day <= last}
        person = person_on(row, personal, running, day, hukou=row.hukou, residence=row.residence)
        return met.setdefault(person, person)

    return on


def sets_for(session: Session, sample: Sample) -> Callable[[str], Sets]:
    """By area: the schemes on ``from_day`` as they stand, and with the text in its place. The same tuple twice where
    the text changes nothing, because a nearer version counts there or the area is another."""
    rows = session.execute(
        select(AREA.c.path, _VERSION.c.id, _VERSION.c.text)
        .join(AREA, AREA.c.id == _VERSION.c.area_id)
        .where(covers(_VERSION.c.valid_from, _VERSION.c.valid_to, sample.from_day))
    ).all()
    scheme_of = cache(lambda text: timeless(parsed(text)))
    draft = scheme_of(sample.text)
    standing = [(len(path), id_, path, scheme_of(text)) for path, id_, text in rows]
    replaced = [one for one in standing if not (one[2] == sample.area_path and one[3].id == draft.id)]
    replaced.append((len(sample.area_path), 2**31, sample.area_path, draft))

    @cache
    def sets_at(area: str) -> Sets:
        before, after = _nearest(standing, area), _nearest(replaced, area)
        return before, before if list(map(id, before)) == list(map(id, after)) else after

    return sets_at


def _nearest(versions: list[tuple[int, int, str, Scheme]], area: str) -> tuple[Scheme, ...]:
    """As ``queries.schemes_in_force``: of one scheme at two levels the nearer counts."""
    inside = sorted((one for one in versions if f"{area}/".startswith(one[2] + "/")), key=lambda one: one[:2])
    return tuple({scheme.id: scheme for *_, scheme in inside}.values())


def elder_in(session: Session, elder_id: int, *, area_path: str) -> str | None:
    """The name of an elder who lives or usually eats in an area; None for anybody else."""
    return session.execute(select(ELDER.c.name).where(ELDER.c.id == elder_id, in_area(area_path))).scalar()
