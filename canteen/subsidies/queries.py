"""Which schemes are in force where and when."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

from canteen.db import reading
from canteen.places.models import Area
from canteen.subsidies.models import SchemeVersion
from canteen.subsidies.scheme import Scheme, load_scheme

_VERSION = SchemeVersion.__table__
_AREA = Area.__table__

_IN_FORCE = (
    select(_VERSION.c.text)
    .join(_AREA, _AREA.c.id == _VERSION.c.area_id)
    .where(
        _AREA.c.path.in_(bindparam("paths", expanding=True)),
        _VERSION.c.valid_from <= bindparam("day"),
        or_(_VERSION.c.valid_to.is_(None), _VERSION.c.valid_to >= bindparam("day")),
    )
    .order_by(func.length(_AREA.c.path), _VERSION.c.id)
)

#: Texts are immutable, so a parsed scheme is good for as long as the process lives.
parsed = lru_cache(maxsize=256)(load_scheme)


def schemes_in_force(session: Session, *, area_path: str, day: date) -> tuple[Scheme, ...]:
    """The schemes that apply to a site in this area on this day: switched on for the area or one above it.

    Of one scheme switched on at two levels the nearer counts (a township's version before the county's).
    """
    parts = area_path.split("/")
    paths = ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
    found = [parsed(text) for text in session.execute(_IN_FORCE, {"paths": paths, "day": day}).scalars()]
    return tuple({scheme.id: scheme for scheme in found}.values())


def all_versions() -> list[tuple[SchemeVersion, str]]:
    """Every version with the path of its area, newest first."""
    with reading() as session:
        rows = session.execute(
            select(SchemeVersion, Area.path)
            .join(Area, Area.id == SchemeVersion.area_id)
            .order_by(SchemeVersion.scheme, SchemeVersion.valid_from.desc(), SchemeVersion.id.desc())
        )
        return [(version, path) for version, path in rows]
