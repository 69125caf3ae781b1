"""What the page of the books shows: months with their state, corrections, and the accounts one may choose."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.db import reading, table_of
from canteen.base.errors import NotFound
from canteen.books.models.ledger import Balance, ClosedMonth
from canteen.books.models.servings import Serving
from canteen.people import queries as people
from canteen.people.finding.search import Search
from canteen.people.models import Elder
from canteen.people.rules import masked_name
from canteen.places.models import Site
from canteen.staff.models import Staff
from canteen.statements.models import Correction
from canteen.statements.rules import Account, account_parts

_BALANCE = table_of(Balance)
_CLOSED = table_of(ClosedMonth)
#: Where the own part goes, whether somebody paid that way yet or not.
_OWN = ("own:cash", "own:code", "own:monthly")


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthLine:
    """One month of one site."""

    site_id: int
    site_name: str
    #: First day of the month.
    month: date
    #: What was served and provided, at its price.
    earned_fen: int
    closed_at: datetime | None
    closed_on: date | None
    closed_by: str
    may_close: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionLine:
    """One correction."""

    id: int
    site_name: str
    day: date
    from_account: Account
    to_account: Account
    amount_fen: int
    number: str
    reason: str
    state: str
    made_by: str
    checked_by: str
    answer: str
    #: Whether the person who looks made it: then somebody else checks it.
    is_own: bool


@dataclass(frozen=True, slots=True)
class Holder:
    """The elder of a statement, named as far as the reader may know."""

    id: int
    name: str
    village_group: str


def months(sites: dict[int, str], *, today: date, count: int = 13) -> list[MonthLine]:
    """The last months of some sites (id -> name) that had money, the last first."""
    first = date(today.year - (count > today.month), (today.month - count) % 12 + 1, 1)
    with reading() as session:
        sums = session.execute(
            select(_BALANCE.c.site_id, _BALANCE.c.month, func.sum(_BALANCE.c.amount_fen))
            .where(
                _BALANCE.c.site_id.in_(sites),
                _BALANCE.c.month >= f"{first:%Y-%m}",
                _BALANCE.c.account.in_(("meals", "services")),
            )
            .group_by(_BALANCE.c.site_id, _BALANCE.c.month)
        ).all()
        closed = {
            (row.site_id, row.month): row
            for row in session.execute(
                select(_CLOSED, Staff.name)
                .outerjoin(Staff, Staff.id == _CLOSED.c.closed_by)
                .where(_CLOSED.c.site_id.in_(sites), _CLOSED.c.month >= f"{first:%Y-%m}")
            )
        }
    keys = sorted(
        {(row.month, row.site_id) for row in sums} | {(month, site_id) for site_id, month in closed},
        key=lambda key: (key[0], -key[1]),
        reverse=True,
    )
    earned = {(row.site_id, row.month): -int(row[2]) for row in sums}
    return [_month(sites, site_id, month, earned, closed, today) for month, site_id in keys]


def _month(
    sites: dict[int, str],
    site_id: int,
    month: str,
    earned: dict[tuple[int, str], int],
    closed: dict[tuple[int, str], Any],
    today: date,
) -> MonthLine:
    row = closed.get((site_id, month))
    return MonthLine(
        site_id=site_id,
        site_name=sites[site_id],
        month=date(int(month[:4]), int(month[5:]), 1),
        earned_fen=earned.get((site_id, month), 0),
        closed_at=row.closed_at if row else None,
        closed_on=day_of(row.closed_at) if row else None,
        closed_by=row.name or "" if row else "",
        may_close=row is None and month < f"{today:%Y-%m}",
    )


def corrections(site_ids: Collection[int], *, actor: Actor, most: int = 100) -> list[CorrectionLine]:
    """Corrections of some sites, those to be checked first, then the last."""
    maker, checker = aliased(Staff), aliased(Staff)
    waiting: ColumnElement[bool] = Correction.state == "proposed"
    with reading() as session:
        rows = session.execute(
            select(Correction, Site.name, maker.name, checker.name, Serving.number)
            .join(Site, Site.id == Correction.site_id)
            .join(maker, maker.id == Correction.made_by)
            .outerjoin(checker, checker.id == Correction.checked_by)
            .outerjoin(Serving, Serving.id == Correction.serving_id)
            .where(Correction.site_id.in_(site_ids))
            .order_by(waiting.desc(), Correction.id.desc())
            .limit(most)
        ).all()
    return [
        CorrectionLine(
            id=row.id,
            site_name=site_name,
            day=row.day,
            from_account=account_parts(row.from_account),
            to_account=account_parts(row.to_account),
            amount_fen=row.amount_fen,
            number=number or "",
            reason=row.reason,
            state=row.state,
            made_by=made_by,
            checked_by=checked_by or "",
            answer=row.answer,
            is_own=row.made_by == actor.staff_id,
        )
        for row, site_name, made_by, checked_by, number in rows
    ]


def accounts_at(site_id: int) -> list[str]:
    """The accounts a correction at a site may name: those it has used, and the ways of paying the own part."""
    with reading() as session:
        used = session.scalars(select(_BALANCE.c.account).distinct().where(_BALANCE.c.site_id == site_id))
        return sorted({*used, *_OWN})


def schemes_and_payers(site_ids: Collection[int]) -> tuple[list[str], list[str]]:
    """The schemes and the payers that appear in the books of some sites."""
    with reading() as session:
        used = session.scalars(
            select(_BALANCE.c.account)
            .distinct()
            .where(_BALANCE.c.site_id.in_(site_ids), _BALANCE.c.account.like("due-from:%"))
        )
        parts = [account_parts(account) for account in used]
    return sorted({one.scheme for one in parts}), sorted({one.payer for one in parts})


def holder(elder_id: int, *, actor: Actor, full_names: bool) -> Holder:
    """The elder of a statement. Raises ``NotFound`` out of reach."""
    with reading() as session:
        row = session.execute(
            select(Elder.id, Elder.name, Elder.village_group).where(Elder.id == elder_id, people.in_reach(actor))
        ).first()
    if row is None:
        raise NotFound("没有找到这位老人", next_step="请按姓名、拼音或卡号重新查找")
    return Holder(row.id, row.name if full_names else masked_name(row.name), row.village_group)


def find_holders(text: str, *, actor: Actor, day: date, full_names: bool) -> list[Holder]:
    """Elders in reach a text may mean, named as far as the reader may know."""
    with reading() as session:
        found = Search(people.in_reach(actor)).find(session, text, day=day, limit=20, home_site_id=actor.site_id)
    return [Holder(one.id, one.name if full_names else masked_name(one.name), one.village_group) for one in found]
