"""What the committee's pages may be asked for: text in an address becomes types here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from canteen.base.errors import BadInput
from canteen.base.fields import YEARS, iso_day, one_of
from canteen.base.months import month_bounds
from canteen.base.words import SLOTS, WAYS
from canteen.committee.rules import NO_CLASS, NamesFilter

_MONTH = re.compile(r"(\d{4})-(\d{1,2})", re.ASCII)


def read_month(args: Mapping[str, str], *, today: date) -> date:
    """The first day of a month; of this month when none is given. Raises ``BadInput``."""
    text = args.get("month", "").strip()
    if not text:
        return today.replace(day=1)
    found = _MONTH.fullmatch(text)
    if not found or int(found[1]) not in YEARS or not 1 <= int(found[2]) <= 12:
        raise BadInput("「%(text)s」不是月份,请写成 2026-11", field="month", text=text[:20])
    return date(int(found[1]), int(found[2]), 1)


def read_number(args: Mapping[str, str], name: str) -> int | None:
    """An id; None when none is given. Raises ``BadInput``."""
    text = args.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 15 and int(text) > 0):
        raise BadInput("请从列表中选择", field=name, next_step="请返回上一页重新选择")
    return int(text)


def read_names(args: Mapping[str, str], *, site_ids: tuple[int, ...], today: date) -> NamesFilter:
    """Which meals to show; without days those of this month. Raises ``BadInput``."""
    month_first, month_last = month_bounds(today)
    first = iso_day(args["first"]) if args.get("first") else month_first
    last = iso_day(args["last"]) if args.get("last") else max(first, month_last)
    class_code = args.get("class")
    if class_code is not None and len(class_code) > 10:
        raise BadInput("请从列表中选择", field="class")
    return NamesFilter(
        site_ids=site_ids,
        first=first,
        last=last,
        slot=one_of(("", *SLOTS))(args.get("slot", "")),
        way=one_of(("", *WAYS))(args.get("way", "")),
        class_code="" if class_code == NO_CLASS else class_code or None,
        who=one_of(("", "elders", "guests"))(args.get("who", "")),
        voided=args.get("voided", "") == "1",
    )
