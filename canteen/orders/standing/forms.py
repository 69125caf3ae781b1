"""The forms of standing orders: text becomes types here."""

from canteen.base.fields import Field, Form, hidden, iso_day, iso_day_or_none, line, one_of, row_id
from canteen.base.words import SLOTS, WAYS
from canteen.orders.standing.rules import StandingRequest
from canteen.places.rules import check_weekdays

STANDING = Form(
    StandingRequest,
    site_id=hidden(row_id),
    elder_id=row_id,
    slot=one_of(SLOTS),
    weekdays=check_weekdays,
    set_name=Field(line(20), "set"),
    way=one_of(WAYS),
    from_day=iso_day,
    to_day=iso_day_or_none,
)

#: The last day of a habit.
last_day = iso_day
