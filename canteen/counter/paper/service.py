"""Keying in one row of a day sheet: the same service, refusals and keys as at the counter."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.db import settled
from canteen.base.errors import Refusal
from canteen.counter import queries
from canteen.counter.requests import Served, ServeRequest
from canteen.counter.servings import record_servings
from canteen.orders.queries import asked_for
from canteen.people import queries as people


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedRow:
    """One row of a sheet, with the person it means."""

    key: str
    site_id: int
    day: date
    slot: str
    elder_id: int | None
    guest_kind: str = ""
    #: None: all that were ordered and are still to come, or one.
    portions: int | None = None
    pay_way: str
    #: "": as it was ordered, else at the table.
    way: str = ""


@settled
def key_in(session: Session, row: KeyedRow, *, actor: Actor, now: datetime) -> Served:
    """Write down what a row says; the same key again is the same row.

    Raises what ``counter.servings.record_servings`` raises, ``already_served`` for a row that is there already, and
    ``ordered_delivery`` for a meal that is carried, unless the row says how it was taken here.
    """
    earlier = queries.served_by_key(session, row.key)
    if earlier is not None:
        served = queries.served_for(session, earlier[1].id)
        if (served.site_id, served.day, served.slot, served.elder_id) != (row.site_id, row.day, row.slot, row.elder_id):
            raise Refusal("key_reused", "这个一次性编号已用于另一份用餐", next_step="请刷新页面再录这一行")
        return served
    return record_servings(session, _request(session, row), actor=actor, now=now)


def _request(session: Session, row: KeyedRow) -> ServeRequest:
    asked, had = None, 0
    if row.elder_id is not None:
        asked = asked_for(session, elder_id=row.elder_id, day=row.day, slot=row.slot)
        had = len(queries.portions_of(session, elder_id=row.elder_id, day=row.day, slot=row.slot))
    if asked is not None and asked.site_id != row.site_id:
        asked = None
    if asked is not None and asked.way == "delivery" and not row.way and not had:
        assert row.elder_id is not None, row
        raise Refusal(
            "ordered_delivery",
            "%(name)s 订的是送餐",
            name=people.name_of(session, row.elder_id),
            next_step="送到的在「送餐」页补录路线单;到柜台来吃的,后面写 t(堂食)或 q(自取)",
        )
    to_come = max(0, asked.portions - had) if asked else 0
    way = row.way or (asked.way if asked and asked.way in ("dine_in", "take_away") else "")
    return ServeRequest(
        key=row.key,
        site_id=row.site_id,
        day=row.day,
        slot=row.slot,
        elder_id=row.elder_id,
        guest_kind=row.guest_kind,
        way=way or ("take_away" if asked and asked.way == "proxy" else "dine_in"),
        second_portion=had > 0 and to_come > 0,
        portions=row.portions or max(1, to_come),
        pay_way=row.pay_way,
    )
