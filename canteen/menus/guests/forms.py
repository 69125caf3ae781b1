"""The form of the guests' price list: text becomes types here."""

from collections.abc import Mapping
from datetime import date

from canteen.base.fields import Field, Form, hidden, iso_day, iso_day_or_none, yes_or
from canteen.base.words import PRICED_GUESTS
from canteen.menus.forms import price_or_none
from canteen.menus.guests.rules import PriceRequest, check_price


def _kinds(text: str) -> tuple[str, ...]:
    ticked = text.split(",")
    return tuple(kind for kind in PRICED_GUESTS if kind in ticked)


def read_price(form: Mapping[str, str], *, today: date) -> PriceRequest:
    """A price for the ticked kinds, which stand in one field with commas between. Raises ``BadFields``."""
    made: Form[PriceRequest] = Form(
        PriceRequest,
        lambda price: check_price(price, today=today),
        kinds=_kinds,
        price_fen=Field(price_or_none, "price"),
        from_day=iso_day,
        to_day=iso_day_or_none,
        for_county=hidden(yes_or("site", "county"), "place"),
    )
    return made.read(form)
