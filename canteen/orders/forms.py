"""The forms of orders: text becomes types here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from canteen.base.errors import BadInput
from canteen.base.fields import Fields, iso_day, line, one_of, row_id
from canteen.base.words import SLOTS, WAYS
from canteen.orders.rules import OrderRequest

_NO_DAY = date(2000, 1, 1)


def read_day(text: str, *, today: date) -> date:
    """A day of an address; today when nothing is given. Raises ``BadInput``."""
    return iso_day(text) if text.strip() else today


def read_search(text: str) -> str:
    """What was typed or scanned to find an elder, short enough to be one."""
    return text.strip()[:60]


def read_order(form: Mapping[str, str]) -> tuple[OrderRequest | None, dict[str, str]]:
    """One order, or None and a sentence for each field that is wrong."""
    fields = Fields(form)
    request = OrderRequest(
        site_id=row_id(form.get("site_id", "")),
        elder_id=fields.take("elder_id", row_id, 0),
        day=fields.take("day", iso_day, _NO_DAY),
        slot=fields.take("slot", one_of(SLOTS), ""),
        set_name=fields.take("set", line(20), ""),
        way=fields.take("way", one_of(WAYS), ""),
    )
    return (None if fields.errors else request), fields.errors


def read_edition(form: Mapping[str, str]) -> int:
    """Which of the kitchen's papers the person saw on the button. Raises ``BadInput``."""
    text = form.get("edition", "")
    if not (text.isascii() and text.isdigit() and 0 < int(text[:4]) < 1000):
        raise BadInput("请求不完整", next_step="请刷新页面再试")
    return int(text)


def read_key(form: Mapping[str, str]) -> str:
    """The one-time key of a form. Raises ``BadInput``."""
    key = form.get("key", "")
    if not (8 <= len(key) <= 64 and key.isascii() and key.isalnum()):
        raise BadInput("请求不完整", next_step="请刷新页面再试")
    return key
