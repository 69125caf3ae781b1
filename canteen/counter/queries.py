"""What the counter reads. Core statements made once: this is the path that never waits."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Row, bindparam, func, literal_column, select
from sqlalchemy.orm import Session

from canteen.base.clock import wall_time
from canteen.base.db import is_sqlite, reading, table_of, with_reading
from canteen.base.db.prepared import Prepared
from canteen.base.db.sealed import place_of
from canteen.base.errors import NotFound
from canteen.base.records import as_record
from canteen.base.vault import the_vault
from canteen.books.models.servings import Serving, ServingShare, SiteDay
from canteen.books.shares import Frozen, thaw
from canteen.counter.requests import Served, ShareLine, other_key, served_of
from canteen.counter.rules import MOST_PORTIONS, EarlierServing, SetOffer
from canteen.menus.queries import sets_of
from canteen.people.models import Elder
from canteen.places.models import Site
from canteen.printing.board_queries import papers_of
from canteen.printing.models import PRINTER
from canteen.staff.models import Staff

SITE_DAY = table_of(SiteDay)
_SERVING = table_of(Serving)
_SHARE = table_of(ServingShare)
_SITE = table_of(Site)
_ELDER = table_of(Elder)
_STAFF = table_of(Staff)
_VOIDER = _STAFF.alias("voider")

_WITH_NAME = select(_SERVING, _ELDER.c.name.label("person_name")).outerjoin(_ELDER, _ELDER.c.id == _SERVING.c.elder_id)
_BY_KEY = Prepared(_WITH_NAME.where(_SERVING.c.key == bindparam("key")))
_BY_ID = Prepared(_WITH_NAME.where(_SERVING.c.id == bindparam("id")))
_SHARES = Prepared(select(_SHARE).where(_SHARE.c.serving_id == bindparam("id")).order_by(_SHARE.c.position))
_FIRST_PORTION = Prepared(
    select(_SERVING.c.number, _SERVING.c.served_at, _SERVING.c.till, _SITE.c.name)
    .join(_SITE, _SITE.c.id == _SERVING.c.site_id)
    .where(
        _SERVING.c.elder_id == bindparam("elder"),
        _SERVING.c.day == bindparam("day"),
        _SERVING.c.slot == bindparam("slot"),
        ~_SERVING.c.second_portion,
        _SERVING.c.voided_at.is_(None),
    )
)
_SERVED_BY_SET = Prepared(
    select(_SERVING.c.set_name, func.count().label("servings"))
    .where(
        _SERVING.c.site_id == bindparam("site"),
        _SERVING.c.day == bindparam("day"),
        _SERVING.c.slot == bindparam("slot"),
        _SERVING.c.voided_at.is_(None),
    )
    .group_by(_SERVING.c.set_name)
)
_PORTIONS = Prepared(
    select(
        _SERVING.c.id,
        _SERVING.c.site_id,
        _SERVING.c.number,
        _SERVING.c.set_name,
        _SERVING.c.own_fen,
        _SERVING.c.second_portion,
        _SERVING.c.served_at,
    )
    .where(
        _SERVING.c.elder_id == bindparam("elder"),
        _SERVING.c.day == bindparam("day"),
        _SERVING.c.slot == bindparam("slot"),
        _SERVING.c.voided_at.is_(None),
    )
    .order_by(_SERVING.c.id)
)
_LAST_SERVINGS = Prepared(
    _WITH_NAME.where(_SERVING.c.site_id == bindparam("site"), _SERVING.c.day == bindparam("day"))
    .order_by(_SERVING.c.sequence.desc())
    .limit(literal_column("10"))
)
_LAST_DAY = Prepared(
    select(func.max(_SERVING.c.day).label("day")).where(
        _SERVING.c.elder_id == bindparam("elder"), _SERVING.c.day < bindparam("day"), _SERVING.c.voided_at.is_(None)
    )
)


def served_by_key(session: Session, key: str) -> tuple[str, Served] | None:
    """The serving made under a key, with the fingerprint of its content."""
    row = _BY_KEY.first(session, key=key)
    return (row.asked, _served(session, row, is_repeat=True)) if row else None


def served_for(session: Session, serving_id: int) -> Served:
    """One serving as it was written; NotFound when there is none."""
    row = _BY_ID.first(session, id=serving_id)
    if row is None:
        raise NotFound("没有找到这份用餐")
    return replace(_served(session, row), others=tuple(_others(session, row)))


def _others(session: Session, first: Any) -> Iterator[Served]:
    """The second portions that were served under a serving's key."""
    for box in range(1, MOST_PORTIONS):
        row = _BY_KEY.first(session, key=other_key(first.key, box))
        if row is None or row.elder_id is None or row.elder_id != first.elder_id:
            return
        yield _served(session, row)


def portions_of(session: Session, *, elder_id: int, day: date, slot: str) -> list[Any]:
    """The live servings of an elder in a sitting, wherever they were, the first ones first."""
    return _PORTIONS.all(session, elder=elder_id, day=day, slot=slot)


@with_reading
def portions_beside(session: Session, served: Served) -> list[Any]:
    """The other live servings of the same elder, sitting and site: what else may have to be undone."""
    if served.elder_id is None:
        return []
    rows = portions_of(session, elder_id=served.elder_id, day=served.day, slot=served.slot)
    return [row for row in rows if row.id != served.id and row.site_id == served.site_id]


def _served(session: Session, row: Any, *, is_repeat: bool = False) -> Served:
    decision = frozen(row)
    shares = tuple(
        ShareLine(line.payer, line.scheme, line.version, line.amount_fen, reason)
        for line, reason in zip(_SHARES.all(session, id=row.id), decision.reasons, strict=True)
    )
    return served_of(
        row._asdict(), person_name=row.person_name or "", decision=decision, shares=shares, is_repeat=is_repeat
    )


def frozen(row: Any) -> Frozen:
    """What a serving's row keeps of its decision, opened."""
    return thaw(the_vault().open(row.sealed, place_of(_SERVING.c.sealed, key=row.key)))


def lock_serving(session: Session, serving_id: int) -> Row[Any] | None:
    """The serving's row, locked until the end of the transaction (SQLite has one writer anyway)."""
    statement = select(_SERVING).where(_SERVING.c.id == serving_id)
    return session.execute(statement if is_sqlite() else statement.with_for_update()).first()


def first_portion(session: Session, *, elder_id: int, day: date, slot: str) -> EarlierServing | None:
    """The live first portion of an elder in a sitting, at whatever site."""
    row = _FIRST_PORTION.first(session, elder=elder_id, day=day, slot=slot)
    return EarlierServing(row.number, row.name, wall_time(row.served_at), row.till) if row else None


def served_by_set(session: Session, *, site_id: int, day: date, slot: str) -> dict[str, int]:
    """Live servings of a sitting by set."""
    return dict(_SERVED_BY_SET.all(session, site=site_id, day=day, slot=slot))


def sets_on_offer(session: Session, *, site_id: int, day: date, slot: str) -> list[SetOffer]:
    """The sets of a sitting's menu with what is left of each; counted only where the kitchen gave a number."""
    sets = sets_of(session, site_id=site_id, day=day, slot=slot)
    counted = any(each.prepared is not None for each in sets)
    served = served_by_set(session, site_id=site_id, day=day, slot=slot) if counted else {}
    return [
        as_record(SetOffer, each, left=None if each.prepared is None else each.prepared - served.get(each.name, 0))
        for each in sets
    ]


def last_servings(session: Session, *, site_id: int, day: date) -> list[Any]:
    """The last ten servings of a site and day, the last first, with the name of each person."""
    return _LAST_SERVINGS.all(session, site=site_id, day=day)


def last_day_before(session: Session, *, elder_id: int, day: date) -> date | None:
    """The last day before this one on which an elder ate."""
    found: date | None = _LAST_DAY.value(session, elder=elder_id, day=day)
    return found


def served_at_site(serving_id: int, *, site_id: int) -> Served:
    """A serving of this site as it was written; NotFound for another site's."""
    with reading() as session:
        served = served_for(session, serving_id)
    if served.site_id != site_id:
        raise NotFound("没有找到这份用餐", next_step="请在最近的用餐里重新选择")
    return served


@dataclass(frozen=True, slots=True)
class ServingDetail:
    """One serving with who recorded it and, if so, who undid it."""

    served: Served
    staff_name: str
    till: str
    collected_by: str
    relation: str
    void_reason: str
    voided_by: str
    #: Print jobs of this serving: (id, kind, state), oldest first.
    papers: tuple[tuple[int, str, str], ...]


def serving_detail(serving_id: int, *, site_id: int) -> ServingDetail:
    """Everything about one serving of this site."""
    served = served_at_site(serving_id, site_id=site_id)
    with reading() as session:
        row = session.execute(
            select(
                _SERVING.c.till,
                _SERVING.c.collected_by,
                _SERVING.c.relation,
                _SERVING.c.void_reason,
                func.coalesce(_STAFF.c.name, "").label("staff_name"),
                func.coalesce(_VOIDER.c.name, "").label("voided_by"),
            )
            .outerjoin(_STAFF, _STAFF.c.id == _SERVING.c.staff_id)
            .outerjoin(_VOIDER, _VOIDER.c.id == _SERVING.c.voided_by)
            .where(_SERVING.c.id == serving_id)
        ).one()
        papers = papers_of(session, serving_id)
    return as_record(ServingDetail, row, served=served, papers=papers)


def prints_on_screen(site_id: int) -> bool:
    """Whether the site's printer is drawn on the screen."""
    with reading() as session:
        its = select(PRINTER.c.address).where(PRINTER.c.site_id == site_id, PRINTER.c.is_default, PRINTER.c.is_active)
        return (session.scalar(its) or "").startswith("screen://")
