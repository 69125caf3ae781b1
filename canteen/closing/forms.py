"""What is asked at the end of a day: text becomes types here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from canteen.base.errors import BadInput
from canteen.base.fields import iso_day, one_of

#: Why a drawer is opened without a ticket.
DRAWER_REASONS = ("盘点现金", "找零", "退款")


def read_day(args: Mapping[str, str], *, today: date) -> date:
    """A day that is not in the future; today when none is given. Raises ``BadInput``."""
    text = args.get("day", "").strip()
    day = iso_day(text) if text else today
    if day > today:
        raise BadInput("这一天还没有到", field="day", next_step="请选今天或以前的日子")
    return day


def read_key(form: Mapping[str, str]) -> str:
    """The one-time key of a form. Raises ``BadInput``."""
    key = form.get("key", "")
    if not (8 <= len(key) <= 64 and key.isascii() and key.isalnum()):
        raise BadInput("请求不完整", next_step="请刷新页面再试")
    return key


def read_drawer_reason(form: Mapping[str, str]) -> str:
    """Why the drawer is opened: one of the usual reasons. Raises ``BadInput``."""
    return one_of(DRAWER_REASONS)(form.get("reason", ""))
