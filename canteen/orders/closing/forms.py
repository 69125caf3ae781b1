"""The forms of closing a day: text becomes types here."""

from canteen.base.fields import Field, Form, hidden, iso_day, iso_day_or_none, line, row_id, whole
from canteen.orders.closing.requests import CloseDay

CLOSE_DAY = Form(
    CloseDay,
    site_id=hidden(row_id),
    day=hidden(iso_day),
    reason=line(40, needed=True),
    seen=hidden(whole(0, 100_000)),
    move_to=Field(iso_day_or_none),
)

#: The day an address asks about.
closing_day = iso_day
