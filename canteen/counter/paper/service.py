"""Keying in one row of a day sheet: the same service, refusals and keys as at the counter."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.db import settled
from canteen.base.errors import CanteenError, NotFound, Refusal
from canteen.counter import queries
from canteen.counter.offers import MealSitting
from canteen.counter.paper.queries import sheet_of
from canteen.counter.paper.rules import read_row
from canteen.counter.requests import Served, ServeRequest
from canteen.counter.servings import record_servings
from canteen.counter.till import find_matches, holder_of
from canteen.orders.queries import asked_for
from canteen.people import queries as people
from canteen.people.finding import looks
from canteen.people.finding.search import Found


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


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedMeal:
    """What became of a row: a meal, a question who is meant, or why nothing was written."""

    #: The row as it was typed.
    text: str = ""
    served: Served | None = None
    #: Who may be meant, when not one.
    matches: tuple[Found, ...] = ()
    #: Nobody is found under what was typed.
    is_unknown: bool = False
    trouble: CanteenError | None = None


def take_row(
    text: str, *, elder_id: int | None, key: str, sitting: MealSitting, pay_way: str, actor: Actor, now: datetime
) -> KeyedMeal:
    """Key in one row as it was typed; ``elder_id``: who was chosen of several. A refusal is an outcome: the next row
    goes on."""
    try:
        return _take(text, elder_id=elder_id, key=key, sitting=sitting, pay_way=pay_way, actor=actor, now=now)
    except CanteenError as trouble:
        return KeyedMeal(text=text, trouble=trouble)


def _take(
    text: str, *, elder_id: int | None, key: str, sitting: MealSitting, pay_way: str, actor: Actor, now: datetime
) -> KeyedMeal:
    row = read_row(text)
    site, day, slot = sitting.site, sitting.day, sitting.slot
    if row.number is not None:
        elder_id = _numbered(row.number, sitting)
    elif elder_id is None and not row.guest_kind:
        elder_id = holder_of(row.who)
    if elder_id is None and not row.guest_kind:
        matches = find_matches(row.who, site=site, day=day)
        if matches:
            looks.note_search([one.id for one in matches], place="counter", actor=actor, now=now)
        if len(matches) != 1:
            return KeyedMeal(text=text, matches=tuple(matches), is_unknown=bool(row.who) and not matches)
        elder_id = matches[0].id
    keyed = KeyedRow(
        key=key,
        site_id=site.id,
        day=day,
        slot=slot,
        elder_id=elder_id,
        guest_kind=row.guest_kind,
        portions=row.portions,
        pay_way=row.pay_way or pay_way,
        way=row.way,
    )
    return KeyedMeal(text=text, served=key_in(keyed, actor=actor, now=now))


def _numbered(number: int, sitting: MealSitting) -> int:
    line = sheet_of(site_id=sitting.site.id, day=sitting.day, slot=sitting.slot).numbered(number)
    if line is None:
        raise NotFound("登记单上没有 %(number)s 号", number=number, next_step="请看单子上的号,或者打姓名、拼音")
    return line.elder_id


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
