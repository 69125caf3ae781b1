"""The forms of deliveries: text becomes types here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from canteen.base.errors import BadInput
from canteen.base.fields import iso_day_or_none, line, one_of
from canteen.base.words import DOOR_PAY_WAYS, SLOTS
from canteen.deliveries.requests import NewStop, RouteChange, RunRequest
from canteen.deliveries.rules import LONGEST_TEXT


def row_id(text: str) -> int:
    """The id of a row as a list or hidden field carries it. Raises ``BadInput``."""
    if not (text.isascii() and text.isdigit() and len(text) < 12 and 0 < int(text) < 2**31):
        raise BadInput("请从列表中选择", next_step="请返回上一页重新选择")
    return int(text)


def row_id_or_none(text: str) -> int | None:
    """The id of a row, or None for nobody."""
    return row_id(text) if text else None


def read_route(form: Mapping[str, str], *, site_id: int, route_id: int | None) -> RouteChange:
    """Name and volunteer of a route."""
    return RouteChange(
        site_id=site_id,
        route_id=route_id,
        name=line(40)(form.get("name", "")),
        staff_id=row_id_or_none(form.get("staff_id", "")),
    )


def read_stop(form: Mapping[str, str], *, route_id: int) -> NewStop:
    """A door to be added."""
    pay_way, hint = read_door(form)
    return NewStop(route_id=route_id, elder_id=row_id(form.get("elder_id", "")), pay_way=pay_way, hint=hint)


def read_door(form: Mapping[str, str]) -> tuple[str, str]:
    """How a door pays, and its hint."""
    return one_of(DOOR_PAY_WAYS)(form.get("pay_way", "cash")), line(LONGEST_TEXT)(form.get("hint", ""))


def read_run(form: Mapping[str, str], *, today: date) -> RunRequest:
    """A run to be planned; without a day it is today's."""
    return RunRequest(
        route_id=row_id(form.get("route_id", "")),
        day=iso_day_or_none(form.get("day", "")) or today,
        slot=one_of(SLOTS)(form.get("slot", "")),
        staff_id=row_id_or_none(form.get("staff_id", "")),
    )


def read_tap(form: Mapping[str, str]) -> tuple[str, str, str]:
    """Outcome, one-time key and remark of a tap at a door."""
    return form.get("outcome", ""), form.get("key", ""), line(LONGEST_TEXT)(form.get("note", ""))


def read_key(form: Mapping[str, str]) -> str:
    """The one-time key of a form. Raises ``BadInput``."""
    key = form.get("key", "")
    if not (8 <= len(key) <= 64 and key.isascii() and key.isalnum()):
        raise BadInput("请求不完整", next_step="请刷新页面再试")
    return key
