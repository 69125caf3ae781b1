"""What is known besides a file: of the site, of its latest menus, and what somebody said about the file."""

from datetime import date

from canteen.base.fields import Facts, Form, iso_day_or_none
from canteen.menus.forms import price_or_none
from canteen.menus.importing.days import Calendar
from canteen.menus.importing.pieces import ONLY_SET, Known
from canteen.menus.queries import latest_sets
from canteen.menus.rules import week_of
from canteen.places.queries import SiteFacts

_SAID = Form[Facts](dict, week=iso_day_or_none, price=price_or_none)


def known_of(site: SiteFacts, *, week: str, price: str, today: date) -> Known:
    """What completes a file. ``week``: a day of the week that names of days mean, "" is this one; ``price``: yuan of what
    has no price, "" is that of the latest menu. Raises ``BadFields``."""
    said = _SAID.read({"week": week, "price": price})
    latest = latest_sets(site_id=site.id)
    usual = {slot: {one.name: one.price_fen for one in sets} for slot, sets in latest.items()}
    price_fen: int | None = said["price"]
    if price_fen is not None:
        usual = {hours.slot: dict.fromkeys(usual.get(hours.slot, [ONLY_SET]), price_fen) for hours in site.slots}
    calendar = Calendar(today, week_of(said["week"] or today)[0])
    return Known({hours.slot for hours in site.slots}, calendar, usual)
