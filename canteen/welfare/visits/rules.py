"""Pure decisions of visits: when the next one is due, and which plans and visits make sense."""

from dataclasses import dataclass
from datetime import date, timedelta

from canteen.base.errors import BadInput
from canteen.base.words import VISIT_RESULTS

#: Most days between two visits.
LONGEST_PACE = 92


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVisitPlan:
    """A plan as it shall be: whom (an elder, or a village group), who goes, how often, from when."""

    site_id: int
    elder_id: int | None
    village_group: str
    staff_id: int
    partner_id: int | None
    every_days: int
    from_day: date


def check_plan(plan: NewVisitPlan) -> None:
    """Refuse a plan that names nobody, two kinds of people, or a pair of one. Raises ``BadInput`` naming the field."""
    if (plan.elder_id is None) == (not plan.village_group):
        raise BadInput("请选一位老人,或选一个组,只选一样", field="elder_id")
    if plan.partner_id == plan.staff_id:
        raise BadInput("结对的两位不能是同一个人", field="partner_id")
    if not 1 <= plan.every_days <= LONGEST_PACE:
        raise BadInput("请填 1 到 92 的整数", field="every_days")


def due_day(last: date | None, *, from_day: date, every_days: int) -> date:
    """When somebody has to be seen next: so many days after the last time, at first on the first day of the plan."""
    return from_day if last is None else max(last + timedelta(days=every_days), from_day)


def check_result(result: str) -> None:
    """Refuse what no button says. Raises ``BadInput``."""
    if result not in VISIT_RESULTS:
        raise BadInput("请按页面上的按钮", field="result")
