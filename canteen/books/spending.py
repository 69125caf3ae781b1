"""What is left of the payers' budgets on one day, spending of it, and giving it back. Inside the caller's transaction.

A budget belongs to an area and holds for every site in it; where a county and a township both have one for the same
payer, both must hold, and the smaller counts. Which payers of a scheme can run out the scheme says
(``limited_payers``); for a scheme without any nothing is asked of the database.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, BindParameter, ColumnElement, Table, bindparam, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.db import LostRace, table_of
from canteen.base.db.prepared import Prepared
from canteen.base.db.rows import covers
from canteen.base.months import bounds_of, period_of, periods_of
from canteen.base.records import as_record, as_row
from canteen.books.models.budgets import FundingUse
from canteen.books.models.services import CareService, CareShare
from canteen.books.models.servings import Serving, ServingShare
from canteen.places.models import Area, Site
from canteen.places.rules import LEVEL_NAMES, levels_of
from canteen.schemes.deciding.answer import Share
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.models import SchemeVersion

_USE = table_of(FundingUse)
_AREA = table_of(Area)
_VERSION = table_of(SchemeVersion)
_SHARE = table_of(ServingShare)
_CARE_SHARE = table_of(CareShare)

#: What sources carry parts of: (meal or service, its share, the share's column that names it).
CARRIED: tuple[tuple[Any, Any, Any], ...] = (
    (Serving, ServingShare, ServingShare.serving_id),
    (CareService, CareShare, CareShare.care_id),
)
#: An area and all above it; a day is in two periods.
_LEVELS: list[BindParameter[str]] = [bindparam(level) for level in LEVEL_NAMES]
_PERIODS: list[BindParameter[str]] = [bindparam("year"), bindparam("month")]
_ROWS = Prepared(
    select(_USE)
    .join(_AREA, _AREA.c.id == _USE.c.area_id)
    .where(_AREA.c.path.in_(_LEVELS), _USE.c.period.in_(_PERIODS))
    .order_by(_USE.c.id)
)
#: The areas above a site, and where each scheme is switched on, the nearest last.
_PLACES = Prepared(
    select(_AREA.c.id, _AREA.c.path, _VERSION.c.scheme)
    .outerjoin(
        _VERSION,
        (_VERSION.c.area_id == _AREA.c.id) & covers(_VERSION.c.valid_from, _VERSION.c.valid_to, bindparam("day")),
    )
    .where(_AREA.c.path.in_(_LEVELS))
    .order_by(func.length(_AREA.c.path), _VERSION.c.id)
)
#: The guard: a budget that others used, or somebody changed meanwhile, matches no row, and is never passed.
_SPEND = Prepared(
    update(_USE)
    .where(
        _USE.c.id == bindparam("of"),
        _USE.c.limit_fen == bindparam("seen"),
        _USE.c.used_fen + bindparam("amount", type_=BigInteger) <= bindparam("most", type_=BigInteger),
    )
    .values(used_fen=_USE.c.used_fen + bindparam("amount", type_=BigInteger), limit_fen=bindparam("limit"))
)
#: More than any budget.
_NO_LIMIT_FEN = 10**15


def _giving_back(share: Table, whole: ColumnElement[int]) -> Prepared:
    """Take the shares of one meal or service (``whole``, asked for as ``of``) off the budgets that cover it."""
    its = (whole == bindparam("of")) & (share.c.scheme == _USE.c.scheme) & (share.c.payer == _USE.c.payer)
    carried = select(func.sum(share.c.amount_fen)).where(its).correlate(_USE).scalar_subquery()
    # Locked in the order of their ids, as they are when money is spent.
    drawn_on = (
        select(_USE.c.id)
        .join(_AREA, _AREA.c.id == _USE.c.area_id)
        .where(
            _AREA.c.path.in_(_LEVELS),
            _USE.c.period.in_(_PERIODS),
            select(share.c.position).where(its).correlate(_USE).exists(),
        )
        .order_by(_USE.c.id)
        .with_for_update(of=_USE)
    )
    return Prepared(update(_USE).where(_USE.c.id.in_(drawn_on)).values(used_fen=_USE.c.used_fen - carried))


_GIVE_BACK = _giving_back(_SHARE, _SHARE.c.serving_id)
_GIVE_BACK_SERVICE = _giving_back(_CARE_SHARE, _CARE_SHARE.c.care_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fund:
    """One budget of an area that covers a meal. ``id`` None: the scheme states it, and nobody has drawn on it yet."""

    id: int | None
    area_id: int
    area_path: str = ""
    scheme: str
    payer: str
    period: str
    #: The limit its row shows, and the limit now (a new version of a scheme may state another).
    seen_fen: int
    limit_fen: int
    used_fen: int
    #: Whether the limit holds; False: only added up, because the scheme in force here does not limit this payer.
    holds: bool


def left(session: Session, *, schemes: Iterable[Scheme], day: date, area_path: str) -> dict[tuple[str, str, str], int]:
    """What is left for each payer that can run out, never below zero: (scheme, payer, period) -> fen, for ``decide``.

    The period is the one the scheme states the payer's budget for; of several budgets that hold (a county's and a
    township's, a year's and a month's) the smallest rest counts. Two statements; none when no scheme at this site has
    payers that can run out.
    """
    limited = _limited(schemes, area_path)
    rests: dict[tuple[str, str], int] = {}
    for fund in _funds(session, limited, day, area_path):
        if fund.holds:
            key, rest = (fund.scheme, fund.payer), max(fund.limit_fen - fund.used_fen, 0)
            rests[key] = min(rests.get(key, rest), rest)
    return {
        (here.id, one.payer, period_of(one.per, day)): rests[here.id, one.payer]
        for _, here in limited
        for one in here.paying.budgets
        if (here.id, one.payer) in rests
    }


def spend(session: Session, *, schemes: Iterable[Scheme], shares: Iterable[Share], day: date, area_path: str) -> None:
    """Take the shares of one meal off the budgets they were decided on.

    Called after the meal's shares stand in their table. Raises ``LostRace`` when another till has taken what this
    meal was to have: nothing is written then, and ``db.settle`` decides the meal again with what is left.
    """
    wanted: Counter[tuple[str, str]] = Counter()
    for share in shares:
        wanted[share.scheme, share.payer] += share.amount_fen
    paying = [pair for pair in _limited(schemes, area_path) if any(paid == pair[1].id for paid, _ in wanted)]
    rows = [
        {
            "of": fund.id or _open(session, fund, wanted[fund.scheme, fund.payer]),
            "seen": fund.seen_fen,
            "limit": fund.limit_fen,
            "amount": wanted[fund.scheme, fund.payer],
            "most": fund.limit_fen if fund.holds else _NO_LIMIT_FEN,
        }
        for fund in _funds(session, paying, day, area_path)
        if (fund.scheme, fund.payer) in wanted
    ]
    # In one order, so that two tills on PostgreSQL wait for each other instead of both for ever.
    for row in sorted(rows, key=lambda row: row["of"]):
        if row["seen"] != row["limit"]:  # a new version states another budget
            trail.touch(session, "funding_use", row["of"])
        if _SPEND.run(session, **row) != 1:
            raise LostRace("another till used the budget meanwhile")


def give_back(
    session: Session, *, day: date, area_path: str, serving_id: int | None = None, care_id: int | None = None
) -> None:
    """Give the shares of a voided meal or service back to the budgets that cover it. One statement."""
    if serving_id is not None:
        _GIVE_BACK.run(session, of=serving_id, **levels_of(area_path), **_when(day))
    if care_id is not None:
        _GIVE_BACK_SERVICE.run(session, of=care_id, **levels_of(area_path), **_when(day))


def limited_payers(scheme: Scheme) -> frozenset[str]:
    """The payers of a scheme that can run out: those it states a budget for."""
    return frozenset([one.payer for one in scheme.paying.budgets])


def _when(day: date) -> dict[str, str]:
    return dict(zip(("year", "month"), periods_of(day), strict=True))


def _limited(schemes: Iterable[Scheme], area_path: str) -> list[tuple[Scheme, Scheme]]:
    """Each scheme with payers that can run out here, beside the scheme as it is here."""
    pairs = [(scheme, scheme.at(area_path)) for scheme in schemes]
    return [pair for pair in pairs if pair[1].paying.budgets]


def _funds(session: Session, limited: list[tuple[Scheme, Scheme]], day: date, area_path: str) -> list[Fund]:
    if not limited:
        return []
    ids = {here.id for _, here in limited}
    rows = [row for row in _ROWS.all(session, **levels_of(area_path), **_when(day)) if row.scheme in ids]
    stated = {
        (here.id, one.payer, period_of(one.per, day)): one.limit_fen
        for _, here in limited
        for one in here.paying.budgets
    }
    homes = _homes(session, limited, day, area_path)
    payers = {(here.id, payer) for _, here in limited for payer in limited_payers(here)}
    funds: list[Fund] = []
    for row in rows:
        # A budget typed for the area of the scheme replaces the one the scheme states.
        is_home = row.scheme in homes and homes[row.scheme][0] == row.area_id
        stated_fen = stated.pop((row.scheme, row.payer, row.period), None) if is_home else None
        typed = row.limit_from == "typed"
        funds.append(
            as_record(
                Fund,
                row,
                area_path="",
                seen_fen=row.limit_fen,
                limit_fen=row.limit_fen if typed or stated_fen is None else stated_fen,
                holds=(row.scheme, row.payer) in payers and (typed or stated_fen is not None),
            )
        )
    for (scheme, payer, period), fen in stated.items():
        if scheme in homes:
            area_id, path = homes[scheme]
            key: dict[str, Any] = {"area_id": area_id, "area_path": path, "scheme": scheme, "payer": payer}
            funds.append(Fund(id=None, period=period, seen_fen=fen, limit_fen=fen, used_fen=0, holds=True, **key))
    return funds


def _homes(
    session: Session, limited: Iterable[tuple[Scheme, Scheme]], day: date, area_path: str
) -> dict[str, tuple[int, str]]:
    """The area (id and path) the budgets of each scheme are for: where it is switched on, or of its override here."""
    ids: dict[str, int] = {}
    homes: dict[str, tuple[int, str]] = {}
    for row in _PLACES.all(session, day=day, **levels_of(area_path)):
        ids[row.path] = row.id
        if row.scheme is not None:
            homes[row.scheme] = row.id, row.path
    for scheme, here in limited:
        if here is not scheme and (here.paying, here.funding) != (scheme.paying, scheme.funding):
            path = next(one.area for one in scheme.overrides if f"{area_path}/".startswith(one.area)).rstrip("/")
            if path in ids:
                homes[scheme.id] = ids[path], path
    return homes


def _open(session: Session, fund: Fund, own_fen: int) -> int:
    """Make the row of a budget the scheme states, at its first meal; what earlier meals took counts. Returns its id."""
    spent_fen = spent_of(session, area_path=fund.area_path, scheme=fund.scheme, payer=fund.payer, period=fund.period)
    key = as_row(fund, but=("id", "area_path", "seen_fen", "limit_fen", "used_fen", "holds"))
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    row = {**key, "limit_fen": fund.limit_fen, "limit_from": "terms", "used_fen": spent_fen - own_fen}
    new = session.scalar(dialect.insert(_USE).values(row).on_conflict_do_nothing().returning(_USE.c.id))
    if new is not None:
        trail.made(session, "funding_use", new)
        return int(new)
    found: int = session.execute(
        select(_USE.c.id).where(*(_USE.c[name] == value for name, value in key.items()))
    ).scalar_one()
    return found


def spent_of(session: Session, *, area_path: str, scheme: str, payer: str, period: str) -> int:
    """What a payer carried of live meals and services in an area and period, added up from the shares."""
    inside = or_(Area.path == area_path, Area.path.startswith(area_path + "/", autoescape=True))
    sites = select(Site.id).join(Area, Area.id == Site.area_id).where(inside)
    found = 0
    for whole, share, of in CARRIED:
        carried = (
            select(func.coalesce(func.sum(share.amount_fen), 0))
            .join(whole, whole.id == of)
            .where(
                whole.site_id.in_(sites),
                whole.day.between(*bounds_of(period)),
                whole.voided_at.is_(None),
                share.scheme == scheme,
                share.payer == payer,
            )
        )
        found += int(session.execute(carried).scalar_one())
    return found
