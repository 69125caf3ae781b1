"""What each source carried by month, the gap nobody carried by site and month, and money that came."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from canteen.base.db import reading
from canteen.base.months import year_bounds
from canteen.base.records import as_record
from canteen.books.accounts import account_parts
from canteen.books.models.budgets import Income
from canteen.books.models.ledger import Balance
from canteen.funding.rules import GAP
from canteen.places.models import Site
from canteen.staff.models import Staff

_OF_PAYERS = or_(Balance.account.like("due-from:%"), Balance.account.like("paid-off:%"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMonth:
    """What one payer carried in a month at some sites, and what came for it."""

    month: str
    scheme: str
    payer: str
    carried_fen: int
    received_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GapLine:
    """The gap of one site: what nobody had paid, by month of a year, and what came for it."""

    site_id: int
    site_name: str
    #: Open from the years before.
    before_fen: int
    #: Month (1 to 12) -> carried by nobody, and received for it.
    months: dict[int, tuple[int, int]]

    @property
    def open_fen(self) -> int:
        """What the operator fronts at the end of the year shown."""
        return self.before_fen + sum(carried - received for carried, received in self.months.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomeLine:
    """Money that came."""

    id: int
    day: date
    site_name: str
    kind: str
    giver: str
    scheme: str
    payer: str
    amount_fen: int
    reference: str
    note: str
    staff_name: str


def _sums(session: Session, columns: tuple[Any, ...], *where: Any) -> dict[tuple[Any, ...], tuple[int, int]]:
    """(the columns, scheme, payer) -> carried and received, added up by the database, in the order of the keys."""
    found: defaultdict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0])
    statement = select(*columns, Balance.account, func.sum(Balance.amount_fen)).where(_OF_PAYERS, *where)
    for *key, account, fen in session.execute(statement.group_by(*columns, Balance.account)):
        one = account_parts(account)
        sums = found[(*key, one.scheme, one.payer)]
        if one.side == "due-from":
            sums[0] += int(fen)
        else:
            sums[1] -= int(fen)
    return {key: (carried, received) for key, (carried, received) in sorted(found.items())}


def open_of(session: Session, *, site_id: int, scheme: str, payer: str) -> int:
    """What a payer carried at a site and was not received for it yet."""
    carried, received = _sums(session, (), Balance.site_id == site_id).get((scheme, payer), (0, 0))
    return carried - received


def open_accounts(site_ids: Collection[int]) -> list[tuple[int, str, str, int]]:
    """What is still open at some sites: (site, scheme, payer, fen), without accounts that are settled."""
    with reading() as session:
        sums = _sums(session, (Balance.site_id,), Balance.site_id.in_(site_ids))
    return [(*key, carried - received) for key, (carried, received) in sums.items() if carried > received]


def source_months(site_ids: Collection[int], *, year: int) -> list[SourceMonth]:
    """What every source carried and what came for it, by month of a year."""
    with reading() as session:
        sums = _sums(session, (Balance.month,), Balance.site_id.in_(site_ids), Balance.month.startswith(f"{year}-"))
    return [
        SourceMonth(month=month, scheme=scheme, payer=payer, carried_fen=carried, received_fen=received)
        for (month, scheme, payer), (carried, received) in sums.items()
    ]


def gap_lines(sites: Iterable[tuple[int, str]], *, year: int) -> list[GapLine]:
    """The gap of each of these sites (id and name) that has one, by month of a year."""
    names = dict(sites)
    of_gap = Balance.account.endswith(f":{GAP}", autoescape=True)
    with reading() as session:
        sums = _sums(
            session, (Balance.site_id, Balance.month), Balance.site_id.in_(names), of_gap, Balance.month <= f"{year}-12"
        )
    before: dict[int, int] = {}
    months: dict[int, dict[int, tuple[int, int]]] = {}
    for (site_id, month, _, _), (carried, received) in sums.items():
        if month < f"{year}-01":
            before[site_id] = before.get(site_id, 0) + carried - received
        else:
            of_site = months.setdefault(site_id, {})
            earlier = of_site.get(int(month[5:]), (0, 0))  # the gap of another scheme
            of_site[int(month[5:])] = earlier[0] + carried, earlier[1] + received
    return [
        GapLine(site_id=site_id, site_name=name, before_fen=before.get(site_id, 0), months=months.get(site_id, {}))
        for site_id, name in names.items()
        if site_id in before or site_id in months
    ]


def incomes(site_ids: Collection[int], *, year: int, most: int = 200) -> list[IncomeLine]:
    """Money that came in a year, the last first."""
    statement = (
        select(Income.__table__, Site.name.label("site_name"), func.coalesce(Staff.name, "").label("staff_name"))
        .join(Site, Site.id == Income.site_id)
        .outerjoin(Staff, Staff.id == Income.staff_id)
        .where(Income.site_id.in_(site_ids), Income.day.between(*year_bounds(year)))
        .order_by(Income.day.desc(), Income.id.desc())
        .limit(most)
    )
    with reading() as session:
        return [as_record(IncomeLine, row) for row in session.execute(statement)]
