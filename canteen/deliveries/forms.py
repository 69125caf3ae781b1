"""The forms of deliveries: text becomes types here."""

from datetime import date

from werkzeug.datastructures import MultiDict

from canteen.base.fields import Facts, Form, iso_day_or_none, key_like, line, one_of, or_none, whole
from canteen.base.words import DOOR_PAY_WAYS, SLOTS
from canteen.deliveries.requests import NewStop, RouteChange, RunRequest
from canteen.deliveries.rules import LONGEST_TEXT
from canteen.welfare.seen import Seen

#: The id of a row chosen from a list.
row_id = whole(1, 2**31 - 1, "请从列表中选择", next_step="请返回上一页重新选择")
#: How a door pays, and its hint.
_DOOR = {"pay_way": lambda text: one_of(DOOR_PAY_WAYS)(text or "cash"), "hint": line(LONGEST_TEXT)}

#: Name and volunteer of a route.
ROUTE = Form(RouteChange, name=line(40), staff_id=or_none(row_id))
#: A door to be added, and one that is there.
STOP = Form(NewStop, elder_id=row_id, **_DOOR)
DOOR = Form[Facts](dict, **_DOOR)

#: The one-time key of a tap: a page's, or one a phone made.
one_tap = key_like(r"0-9A-Za-z_-")


def read_seen(form: MultiDict[str, str]) -> Seen:
    """What somebody saw at a door. Raises ``BadInput``."""
    return Seen(tuple(form.getlist("signs")), line(LONGEST_TEXT)(form.get("words", "")))


def run_form(today: date) -> Form[RunRequest]:
    """A run to be planned; without a day it is today's."""
    return Form(
        RunRequest,
        route_id=row_id,
        day=lambda text: iso_day_or_none(text) or today,
        slot=one_of(SLOTS),
        staff_id=or_none(row_id),
    )
