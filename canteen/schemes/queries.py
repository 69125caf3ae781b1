"""Which schemes are in force where and when."""

from datetime import date
from functools import lru_cache

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from canteen.base.access import Actor, reaches_area
from canteen.base.db import reading, table_of
from canteen.base.db.prepared import Prepared
from canteen.base.db.rows import covers
from canteen.base.errors import NotFound
from canteen.places.models import Area
from canteen.places.rules import LEVEL_NAMES, levels_of
from canteen.schemes.language.scheme import Scheme, load_scheme
from canteen.schemes.models import SchemeVersion

_VERSION = table_of(SchemeVersion)
_AREA = table_of(Area)

_IN_FORCE = Prepared(
    select(_VERSION.c.text)
    .join(_AREA, _AREA.c.id == _VERSION.c.area_id)
    .where(
        _AREA.c.path.in_([bindparam(level) for level in LEVEL_NAMES]),
        covers(_VERSION.c.valid_from, _VERSION.c.valid_to, bindparam("day")),
    )
    .order_by(func.length(_AREA.c.path), _VERSION.c.id)
)

_NAMED = Prepared(select(_VERSION.c.scheme, _VERSION.c.text).order_by(_VERSION.c.id))

#: Texts are immutable, so a parsed scheme is good for as long as the process lives.
parsed = lru_cache(maxsize=256)(load_scheme)


def schemes_in_force(session: Session, *, area_path: str, day: date) -> tuple[Scheme, ...]:
    """The schemes that apply to a site in this area on this day: switched on for the area or one above it.

    Of one scheme switched on at two levels the nearer counts (a township's version before the county's).
    """
    found = [parsed(row.text) for row in _IN_FORCE.all(session, day=day, **levels_of(area_path))]
    return tuple({scheme.id: scheme for scheme in found}.values())


def versions_for(actor: Actor) -> list[tuple[SchemeVersion, Scheme, str]]:
    """Every version that concerns the actor's area (of it, below it or above it), parsed, with its area's path."""
    with reading() as session:
        rows = session.execute(
            select(SchemeVersion, Area.path)
            .join(Area, Area.id == SchemeVersion.area_id)
            .order_by(SchemeVersion.scheme, SchemeVersion.valid_from.desc(), SchemeVersion.id.desc())
        ).all()
    return [(version, parsed(version.text), path) for version, path in rows if _concerns(actor, path)]


def scheme_page_of(actor: Actor, version_id: int) -> tuple[SchemeVersion, Scheme, str]:
    """One version the actor may see; NotFound otherwise."""
    for version, scheme, path in versions_for(actor):
        if version.id == version_id:
            return version, scheme, path
    raise NotFound("没有找到这个方案", next_step="请从方案列表重新选择")


def scheme_names() -> dict[str, str]:
    """Scheme id -> what people call it: the name in its latest version."""
    with reading() as session:
        return {row.scheme: parsed(row.text).name for row in _NAMED.all(session)}


def _concerns(actor: Actor, path: str) -> bool:
    return reaches_area(actor, path) or (actor.area_path + "/").startswith(path + "/")
