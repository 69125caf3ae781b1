"""What each source carried by month, the gap nobody carried by site and month, and money that came."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from canteen.base.db import reading, table_of
from canteen.books.models.budgets import Income
from canteen.books.models.ledger import Balance
from canteen.funding.rules import GAP
from canteen.places.models import Site
from canteen.staff.models import Staff

_INCOME = table_of(Income)
_BALANCE = table_of(Balance)
_SITE = table_of(Site)
_STAFF = table_of(Staff)
_OF_PAYERS = or_(_BALANCE.c.account.like("due-from:%"), _BALANCE.c.account.like("paid-off:%"))


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


def _carried_by(payer: str) -> ColumnElement[bool]:
    return or_(
        *(
            _BALANCE.c.account.like(f"{kind}:%") & _BALANCE.c.account.endswith(f":{payer}", autoescape=True)
            for kind in ("due-from", "paid-off")
        )
    )


def open_of(session: Session, *, site_id: int, scheme: str, payer: str) -> int:
    """What a payer carried at a site and was not received for it yet."""
    accounts = [f"due-from:{scheme}:{payer}", f"paid-off:{scheme}:{payer}"]
    total = session.execute(
        select(func.coalesce(func.sum(_BALANCE.c.amount_fen), 0)).where(
            _BALANCE.c.site_id == site_id, _BALANCE.c.account.in_(accounts)
        )
    ).scalar_one()
    return int(total)


def open_accounts(site_ids: Collection[int]) -> list[tuple[int, str, str, int]]:
    """What is still open at some sites: (site, scheme, payer, fen), without accounts that are settled."""
    with reading() as session:
        rows = session.execute(
            select(_BALANCE.c.site_id, _BALANCE.c.account, func.sum(_BALANCE.c.amount_fen))
            .where(_BALANCE.c.site_id.in_(site_ids), _OF_PAYERS)
            .group_by(_BALANCE.c.site_id, _BALANCE.c.account)
        ).all()
    found: dict[tuple[int, str, str], int] = {}
    for site_id, account, fen in rows:
        _, scheme, payer = account.split(":", 2)
        found[site_id, scheme, payer] = found.get((site_id, scheme, payer), 0) + int(fen)
    return [(*key, fen) for key, fen in sorted(found.items()) if fen > 0]


def source_months(site_ids: Collection[int], *, year: int) -> list[SourceMonth]:
    """What every source carried and what came for it, by month of a year."""
    with reading() as session:
        rows = session.execute(
            select(_BALANCE.c.month, _BALANCE.c.account, func.sum(_BALANCE.c.amount_fen))
            .where(_BALANCE.c.site_id.in_(site_ids), _BALANCE.c.month.startswith(f"{year}-"), _OF_PAYERS)
            .group_by(_BALANCE.c.month, _BALANCE.c.account)
        ).all()
    found: dict[tuple[str, str, str], list[int]] = {}
    for month, account, fen in rows:
        side, scheme, payer = account.split(":", 2)
        sums = found.setdefault((month, scheme, payer), [0, 0])
        sums[0 if side == "due-from" else 1] += int(fen) if side == "due-from" else -int(fen)
    return [
        SourceMonth(month=month, scheme=scheme, payer=payer, carried_fen=sums[0], received_fen=sums[1])
        for (month, scheme, payer), sums in sorted(found.items())
    ]


def gap_lines(sites: Iterable[tuple[int, str]], *, year: int) -> list[GapLine]:
    """The gap of each of these sites (id and name) that has one, by month of a year."""
    names = dict(sites)
    with reading() as session:
        rows = session.execute(
            select(_BALANCE.c.site_id, _BALANCE.c.month, _BALANCE.c.account, _BALANCE.c.amount_fen).where(
                _BALANCE.c.site_id.in_(names), _carried_by(GAP), _BALANCE.c.month <= f"{year}-12"
            )
        ).all()
    before: dict[int, int] = {}
    months: dict[int, dict[int, tuple[int, int]]] = {}
    for row in rows:
        if row.month < f"{year}-01":
            before[row.site_id] = before.get(row.site_id, 0) + row.amount_fen
            continue
        of_site = months.setdefault(row.site_id, {})
        carried, received = of_site.get(int(row.month[5:]), (0, 0))
        if row.account.startswith("due-from:"):
            carried += row.amount_fen
        else:
            received -= row.amount_fen
        of_site[int(row.month[5:])] = carried, received
    return [
        GapLine(site_id=site_id, site_name=name, before_fen=before.get(site_id, 0), months=months.get(site_id, {}))
        for site_id, name in names.items()
        if site_id in before or site_id in months
    ]


def incomes(site_ids: Collection[int], *, year: int, most: int = 200) -> list[IncomeLine]:
    """Money that came in a year, the last first."""
    with reading() as session:
        rows = session.execute(
            select(_INCOME, _SITE.c.name.label("site_name"), _STAFF.c.name.label("staff_name"))
            .join(_SITE, _SITE.c.id == _INCOME.c.site_id)
            .outerjoin(_STAFF, _STAFF.c.id == _INCOME.c.staff_id)
            .where(_INCOME.c.site_id.in_(site_ids), _INCOME.c.day.between(date(year, 1, 1), date(year, 12, 31)))
            .order_by(_INCOME.c.day.desc(), _INCOME.c.id.desc())
            .limit(most)
        ).all()
    return [
        IncomeLine(
            id=row.id,
            day=row.day,
            site_name=row.site_name,
            kind=row.kind,
            giver=row.giver,
            scheme=row.scheme,
            payer=row.payer,
            amount_fen=row.amount_fen,
            reference=row.reference,
            note=row.note,
            staff_name=row.staff_name or "",
        )
        for row in rows
    ]
