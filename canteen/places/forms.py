"""The forms of a site: text becomes types here."""

from __future__ import annotations

import re
from datetime import date

from werkzeug.datastructures import MultiDict

from canteen.base.errors import BadInput
from canteen.base.fields import YEARS, Fields, iso_day, iso_day_or_none, line, one_of, row_id
from canteen.base.words import OPERATING_MODELS, SLOTS
from canteen.places.requests import ExceptionChange, SiteChange
from canteen.places.rules import SlotHours, check_hours, check_weekdays, plain_name

_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_NOBODY = date(2000, 1, 1)


def read_site(form: MultiDict[str, str]) -> tuple[SiteChange | None, dict[str, str]]:
    """The settings of a site, or None and a sentence for each field that is wrong."""
    fields = Fields(form)
    served = [slot for slot in SLOTS if slot in form.getlist("served")]
    slots = tuple(
        SlotHours(slot, *(form.get(f"{slot}_{name}", "").strip() for name in ("opens", "closes", "cutoff")))
        for slot in served
    )
    weekdays = "".join(form.getlist("weekdays"))
    opened_on = fields.take("opened_on", iso_day, _NOBODY)
    closed_on = fields.take("closed_on", iso_day_or_none, None)
    change = SiteChange(
        site_id=row_id(form.get("site_id", "")),
        name=fields.take("name", plain_name, ""),
        phone=fields.take("phone", line(30), ""),
        operating_model=fields.take("operating_model", one_of(OPERATING_MODELS), ""),
        weekdays=weekdays,
        slots=slots,
        opened_on=opened_on,
        closed_on=closed_on,
    )
    for check in (lambda: check_hours(slots), lambda: check_weekdays(weekdays), lambda: _check_period(change)):
        try:
            check()
        except BadInput as error:
            fields.blame(error)
    return (None if fields.errors else change), fields.errors


def _check_period(change: SiteChange) -> None:
    if change.closed_on is not None and change.closed_on <= change.opened_on:
        raise BadInput("停止供餐的日期要晚于开始供餐的日期", field="closed_on")


def read_exception(form: MultiDict[str, str]) -> tuple[ExceptionChange | None, dict[str, str]]:
    """One calendar exception, or None and a sentence for each field that is wrong."""
    fields = Fields(form)
    change = ExceptionChange(
        site_id=row_id(form.get("site_id", "")),
        day=fields.take("day", iso_day, _NOBODY),
        is_open=fields.take("kind", one_of(("open", "closed")), "") == "open",
        reason=fields.take("reason", line(40, needed=True), ""),
    )
    return (None if fields.errors else change), fields.errors


def read_month(text: str, *, today: date) -> date:
    """The first day of a month (``2026-11``); of this month when nothing is given. Raises ``BadInput``."""
    if not text:
        return today.replace(day=1)
    found = _MONTH.fullmatch(text)
    if not found or int(found[1]) not in YEARS or not 1 <= int(found[2]) <= 12:
        raise BadInput("「%(text)s」不是月份,请写成 2026-11", field="month", text=text[:20])
    return date(int(found[1]), int(found[2]), 1)
