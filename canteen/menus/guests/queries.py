"""The price list of guests to read. ``guest_price`` is beside the counter: one statement in the caller's session."""

from datetime import date

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session

from canteen.base.db import table_of, with_reading
from canteen.base.db.prepared import Prepared
from canteen.base.db.rows import covers, lasts
from canteen.base.records import as_record
from canteen.base.words import PRICED_GUESTS
from canteen.menus.guests.rules import PriceLine
from canteen.menus.models import GuestPrice
from canteen.places.models import Area
from canteen.places.queries import SiteFacts

_PRICE = table_of(GuestPrice)
_AREA = table_of(Area)
_HERE = or_(_PRICE.c.site_id == bindparam("site"), _AREA.c.path == bindparam("county"))
_LINES = (
    select(_PRICE, _PRICE.c.area_id.is_not(None).label("is_county"))
    .outerjoin(_AREA, _AREA.c.id == _PRICE.c.area_id)
    .where(_HERE, or_(_PRICE.c.to_day.is_(None), _PRICE.c.to_day >= _PRICE.c.from_day))
)
#: The site goes before the county, then the line that began last.
_IN_FORCE = Prepared(
    _LINES.where(
        and_(_PRICE.c.guest_kind == bindparam("kind"), covers(_PRICE.c.from_day, _PRICE.c.to_day, bindparam("day")))
    )
    .order_by(_PRICE.c.area_id.is_not(None), _PRICE.c.from_day.desc(), _PRICE.c.id.desc())
    .limit(1)
)


def line_in_force(session: Session, *, site: SiteFacts, kind: str, day: date) -> PriceLine | None:
    """The line that says what a kind of guest pays at a site on a day; None: nobody said anything."""
    row = _IN_FORCE.first(session, site=site.id, county=site.county, kind=kind, day=day)
    return as_record(PriceLine, row) if row else None


def guest_price(session: Session, *, site: SiteFacts, kind: str, day: date) -> int | None:
    """What a kind of guest pays for any set, in fen; None: what the menu says."""
    if kind not in PRICED_GUESTS:
        return 0
    line = line_in_force(session, site=site, kind=kind, day=day)
    return line.price_fen if line else None


@with_reading
def price_list(session: Session, *, site: SiteFacts, day: date) -> tuple[dict[str, PriceLine | None], list[PriceLine]]:
    """By kind the line in force on a day, and all lines of site and county that are not over."""
    rows = session.execute(
        _LINES.where(lasts(_PRICE.c.to_day, day)).order_by(_PRICE.c.from_day, _PRICE.c.id),
        {"site": site.id, "county": site.county},
    )
    now = {kind: line_in_force(session, site=site, kind=kind, day=day) for kind in PRICED_GUESTS}
    return now, [as_record(PriceLine, row) for row in rows]
