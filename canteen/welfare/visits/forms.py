"""The forms of visits: text becomes types here."""

from datetime import date

from canteen.base.fields import Form, iso_day_or_none, line, or_none, whole
from canteen.welfare.visits.rules import LONGEST_PACE, NewVisitPlan, check_plan

_row_id = whole(1, 2**31 - 1, "请从列表中选择")


def plan_form(today: date) -> Form[NewVisitPlan]:
    """A plan; without a day it begins today."""
    return Form(
        NewVisitPlan,
        check_plan,
        elder_id=or_none(_row_id),
        village_group=line(40),
        staff_id=_row_id,
        partner_id=or_none(_row_id),
        every_days=whole(1, LONGEST_PACE, "请填 1 到 92 的整数"),
        from_day=lambda text: iso_day_or_none(text) or today,
    )
