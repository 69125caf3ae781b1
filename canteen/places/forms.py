"""The forms of a site: text becomes types here."""

from datetime import date

from werkzeug.datastructures import MultiDict

from canteen.base.errors import BadInput
from canteen.base.fields import (
    Field,
    Fields,
    Form,
    hidden,
    iso_day,
    iso_day_or_none,
    line,
    one_of,
    or_none,
    row_id,
    whole,
)
from canteen.base.words import OPERATING_MODELS, SLOTS
from canteen.places.requests import ExceptionChange, SiteChange
from canteen.places.rules import MOST_CAPACITY, MOST_CUTOFF_DAYS, SlotHours, check_hours, check_weekdays, plain_name


def _cutoff_days(text: str) -> int:
    return whole(0, MOST_CUTOFF_DAYS, "最多提前 %(most)s 天截止")(text or "0")


_capacity = or_none(whole(1, MOST_CAPACITY, "份数上限要在 1 到 %(most)s 之间,不限就空着"))


def read_site(form: MultiDict[str, str]) -> SiteChange:
    """The settings of a site. Raises ``BadFields``."""
    fields = Fields(form)
    served = [slot for slot in SLOTS if slot in form.getlist("served")]
    slots = tuple(
        SlotHours(
            slot=slot,
            opens=form.get(f"{slot}_opens", "").strip(),
            closes=form.get(f"{slot}_closes", "").strip(),
            order_cutoff=form.get(f"{slot}_cutoff", "").strip(),
            cutoff_days=fields.take(f"{slot}_cutoff_days", _cutoff_days, 0),
            capacity=fields.take(f"{slot}_capacity", _capacity, None),
        )
        for slot in served
    )
    change = SiteChange(
        site_id=row_id(form.get("site_id", "")),
        name=fields.take("name", plain_name, ""),
        phone=fields.take("phone", line(30), ""),
        operating_model=fields.take("operating_model", one_of(OPERATING_MODELS), ""),
        weekdays="".join(form.getlist("weekdays")),
        slots=slots,
        opened_on=fields.take("opened_on", iso_day, date.min),
        closed_on=fields.take("closed_on", iso_day_or_none, None),
        absent_days=fields.take("absent_days", whole(0, 60, "请填 0 到 60 的整数"), 0),
    )
    fields.check(check_hours, slots)
    fields.check(check_weekdays, change.weekdays)
    fields.check(_check_period, change)
    fields.stop()
    return change


def _check_period(change: SiteChange) -> None:
    if change.closed_on is not None and change.closed_on <= change.opened_on:
        raise BadInput("停止供餐的日期要晚于开始供餐的日期", field="closed_on")


#: One day that differs from its weekday.
EXCEPTION = Form(
    ExceptionChange,
    site_id=hidden(row_id),
    day=iso_day,
    is_open=Field(lambda text: one_of(("open", "closed"))(text) == "open", "kind"),
    reason=line(40, needed=True),
)
