"""Typing a budget, and recording money that came."""

from datetime import datetime

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor, reaches_area
from canteen.base.clock import day_of
from canteen.base.db import is_sqlite, settled, table_of
from canteen.base.db.rows import add_row
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.base.months import bounds_of
from canteen.base.records import as_row
from canteen.books import ledger, spending
from canteen.books.models.budgets import FundingUse, Income, TypedBudget
from canteen.funding import queries, sources
from canteen.funding.requests import BudgetChange, NewIncome
from canteen.places.models import Area, Site
from canteen.places.queries import site_in_reach
from canteen.schemes.queries import schemes_in_force

_USE = table_of(FundingUse)


@settled
def set_budget(session: Session, change: BudgetChange, *, actor: Actor, now: datetime) -> int:
    """Write a budget down, or change it by a new row. Returns the id of the row; the same again writes nothing.

    Raises ``NotFound`` for an area out of reach, ``BadInput`` for a change without a reason, ``Refusal``:
    payer_without_budget, period_over.
    """
    area = session.get(Area, change.area_id)
    if area is None or not reaches_area(actor, area.path):
        raise NotFound("没有找到这个地区", next_step="请从列表中选择")
    _check_budget(session, change, area.path, now)
    if not is_sqlite():  # meals under way are counted, later ones see the budget
        session.execute(text("lock table serving in share mode"))
    last = queries.last_budget(session, change)
    if last is not None and (last.amount_fen, last.source) == (change.amount_fen, change.source):
        return int(last.id)
    if last is not None and not change.reason:
        raise BadInput("修改预算要写明原因", field="reason")
    spent_fen = _write_use(session, change, area.path)
    budget_id = add_row(
        session, table_of(TypedBudget), **as_row(change), spent_fen=spent_fen, recorded_at=now, staff_id=actor.staff_id
    )
    trail.made(session, "budget", budget_id)
    trail.record(
        session,
        actor,
        "set_budget",
        f"budget:{budget_id}",
        now,
        scheme=change.scheme,
        payer=change.payer,
        area=area.path,
        period=change.period,
        amount_fen=change.amount_fen,
    )
    return budget_id


def _check_budget(session: Session, change: BudgetChange, area_path: str, now: datetime) -> None:
    today = day_of(now)
    if bounds_of(change.period)[1] < today:
        raise Refusal(
            "period_over", "%(period)s 已经过去,不能再改预算", next_step="请录入今年或以后的预算", period=change.period
        )
    schemes = {scheme.id: scheme for scheme in schemes_in_force(session, area_path=area_path, day=today)}
    scheme = schemes.get(change.scheme)
    if scheme is None or change.payer not in spending.limited_payers(scheme.at(area_path)):
        raise Refusal(
            "payer_without_budget",
            "%(area)s 现行的方案里,没有一个会用完的来源叫「%(payer)s」",
            area=area_path,
            payer=change.payer,
            next_step="请先在方案的 [[funding]] 里写明这个来源有预算,并从某日起启用",
        )


def _write_use(session: Session, change: BudgetChange, area_path: str) -> int:
    """Put the limit in force; answers what was spent so far."""
    key = as_row(change, but=("amount_fen", "source", "reason"))
    same = [_USE.c[name] == value for name, value in key.items()]
    found = session.execute(select(_USE.c.id, _USE.c.used_fen).where(*same).with_for_update()).first()
    if found is not None:
        trail.touch(session, "funding_use", found.id)
        session.execute(update(_USE).where(*same).values(limit_fen=change.amount_fen, limit_from="typed"))
        return int(found.used_fen)
    spent_fen = spending.spent_of(
        session, area_path=area_path, scheme=change.scheme, payer=change.payer, period=change.period
    )
    use_id = add_row(session, _USE, **key, limit_fen=change.amount_fen, limit_from="typed", used_fen=spent_fen)
    trail.made(session, "funding_use", use_id)
    return spent_fen


@settled
def record_income(session: Session, new: NewIncome, *, actor: Actor, now: datetime) -> int:
    """Record money that came for what a payer, or the gap, carried at a site. The same key is the same income.

    Returns its id. Raises ``NotFound`` for a site out of reach, ``BadInput`` for a day to come, ``Refusal``:
    more_than_open, month_closed.
    """
    site = site_in_reach(session, actor, new.site_id, next_step="请从列表中选择")
    earlier = session.execute(select(Income.id).where(Income.key == new.key)).scalar()
    if earlier is not None:
        return int(earlier)
    if new.day > day_of(now):
        raise BadInput("到账日期还没有到", field="day")
    # Two who record at once wait for each other, so that together they cannot pay more than is open.
    session.execute(select(Site.id).where(Site.id == site.id).with_for_update(key_share=True))
    open_fen = sources.open_of(session, site_id=site.id, scheme=new.scheme, payer=new.payer)
    if new.amount_fen > open_fen:
        raise Refusal(
            "more_than_open",
            "这一项还差 %(open)s 元,不能登记更多",
            open=f"{open_fen / 100:.2f}",
            next_step="先到的钱,请作为这个来源的预算录入,由它来付以后的餐",
        )
    entry_id = ledger.post(
        session,
        kind="income",
        site_id=site.id,
        day=new.day,
        staff_id=actor.staff_id,
        at=now,
        lines={f"received:{new.kind}": new.amount_fen, f"paid-off:{new.scheme}:{new.payer}": -new.amount_fen},
    )
    income_id = add_row(
        session, table_of(Income), **as_row(new), entry_id=entry_id, recorded_at=now, staff_id=actor.staff_id
    )
    trail.made(session, "income", income_id, site_id=site.id)
    detail = {"kind": new.kind, "against": new.payer, "amount_fen": new.amount_fen}
    trail.record(session, actor, "record_income", f"income:{income_id}", now, site_id=site.id, **detail)
    return income_id
