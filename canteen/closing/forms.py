"""What is asked at the end of a day: text becomes types here."""

from collections.abc import Mapping
from datetime import date

from canteen.base import fields
from canteen.base.errors import BadInput

#: Why a drawer is opened without a ticket.
DRAWER_REASONS = ("盘点现金", "找零", "退款")


def read_day(args: Mapping[str, str], *, today: date) -> date:
    """A day that is not in the future; today when none is given. Raises ``BadInput``."""
    day = fields.read_day(args, today=today)
    if day > today:
        raise BadInput("这一天还没有到", field="day", next_step="请选今天或以前的日子")
    return day


#: Why the drawer is opened: one of the usual reasons.
drawer_reason = fields.one_of(DRAWER_REASONS)
