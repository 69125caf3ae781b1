"""The forms of volunteers: text becomes types here."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation

from werkzeug.datastructures import MultiDict

from canteen.base.errors import BadInput
from canteen.base.fields import Form, iso_day, iso_day_or_none, line, one_of, one_time_key, or_none, whole
from canteen.base.words import SLOTS, codes
from canteen.people.rules import check_phone
from canteen.volunteers.requests import TypedWork, VolunteerChange, check_change
from canteen.volunteers.rules import MOST_METRES, MOST_MINUTES, MOST_POINTS, PointTerms, check_terms

_row_id = whole(1, 2**31 - 1, "请从列表中选择")
_points = whole(0, MOST_POINTS, "请填 0 到 %(most)s 的整数")
_WEEKDAYS = "1234567"

TERMS = Form(
    PointTerms,
    check_terms,
    from_day=iso_day,
    per_hour=_points,
    per_run=_points,
    per_visit=_points,
    visit_minutes=whole(1, 240, "请填 1 到 %(most)s 的整数"),
    most_a_day=or_none(_points),
    most_a_month=or_none(whole(0, 31 * MOST_POINTS, "请填 0 到 %(most)s 的整数")),
)


def volunteer_form(today: date) -> Form[VolunteerChange]:
    """A volunteer; without a day they join today."""
    return Form(
        VolunteerChange,
        check_change,
        name=line(40, needed=True),
        staff_id=or_none(_row_id),
        phone=lambda text: check_phone(text) if text.strip() else "",
        note=line(200),
        weekdays=lambda text: "".join(sign for sign in _WEEKDAYS if sign in text),
        slots=_listed(one_of(SLOTS)),
        routes=_listed(_row_id),
        joined_on=lambda text: iso_day_or_none(text) or today,
        left_on=iso_day_or_none,
    )


def _listed(parse: Callable[[str], object]) -> Callable[[str], tuple[object, ...]]:
    return lambda text: tuple(parse(one) for one in text.split(",") if one)


def with_lists(form: MultiDict[str, str]) -> dict[str, str]:
    """A form whose boxes of one name stand in one field, with commas."""
    return {name: ",".join(form.getlist(name)) for name in form}


WORK = Form(
    TypedWork,
    key=one_time_key,
    day=iso_day,
    kind=one_of(codes("work")),
    minutes=whole(1, MOST_MINUTES, "请填 1 到 %(most)s 的整数"),
    metres=lambda text: _kilometres(text),
    note=line(100, needed=True),
)


def _kilometres(text: str) -> int:
    """Metres of kilometres as people type them (3.5); nothing is none."""
    try:
        metres = int(Decimal(text.strip() or "0") * 1000)
    except (InvalidOperation, OverflowError, ValueError) as error:
        raise BadInput("请填公里数,例如 3.5") from error
    if not 0 <= metres <= MOST_METRES:
        raise BadInput("请填公里数,例如 3.5")
    return metres
