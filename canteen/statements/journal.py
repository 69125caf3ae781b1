"""What the page of the books shows: months with their state, corrections, and the accounts one may choose."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.db import reading
from canteen.base.errors import NotFound
from canteen.base.months import bounds_of, months_on, period_of
from canteen.base.records import as_record
from canteen.base.text import masked_name
from canteen.base.words import PAY_WAYS
from canteen.books.accounts import LedgerAccount, account_parts
from canteen.books.closed_months import was_closed_wrongly
from canteen.books.models.ledger import Balance, ClosedMonth
from canteen.books.models.servings import Serving
from canteen.people import queries as people
from canteen.people.finding.search import Search
from canteen.people.models import Elder
from canteen.places.models import Site
from canteen.staff.models import Staff
from canteen.statements.models import Correction

#: Where the own part goes, whether somebody paid that way yet or not.
_OWN = tuple(f"own:{way}" for way in PAY_WAYS if way != "purse")


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksMonth:
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
    #: It was closed while the clock was wrong, and may be opened again.
    may_reopen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionLine:
    """One correction."""

    id: int
    site_name: str
    day: date
    from_account: LedgerAccount
    to_account: LedgerAccount
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
class StatementHolder:
    """The elder of a statement, named as far as the reader may know."""

    id: int
    name: str
    village_group: str


def months(sites: dict[int, str], *, now: datetime, count: int = 13) -> list[BooksMonth]:
    """The last months of some sites (id -> name) that had money, the last first."""
    today = day_of(now)
    first = period_of("month", months_on(today, 1 - count))
    with reading() as session:
        sums = session.execute(
            select(Balance.site_id, Balance.month, func.sum(Balance.amount_fen))
            .where(Balance.site_id.in_(sites), Balance.month >= first, Balance.account.in_(("meals", "services")))
            .group_by(Balance.site_id, Balance.month)
        )
        earned = {(month, site_id): -int(fen) for site_id, month, fen in sums}
        rows = session.execute(
            select(ClosedMonth.__table__, func.coalesce(Staff.name, "").label("name"))
            .outerjoin(Staff, Staff.id == ClosedMonth.closed_by)
            .where(ClosedMonth.site_id.in_(sites), ClosedMonth.month >= first)
        )
        closed = {(row.month, row.site_id): row for row in rows}
        wrongly = {
            key for key in closed if was_closed_wrongly(session, site_id=key[1], month=bounds_of(key[0])[0], now=now)
        }
    return [
        BooksMonth(
            site_id=site_id,
            site_name=sites[site_id],
            month=bounds_of(month)[0],
            earned_fen=earned.get((month, site_id), 0),
            closed_at=row.closed_at if row else None,
            closed_on=day_of(row.closed_at) if row else None,
            closed_by=row.name if row else "",
            may_reopen=(month, site_id) in wrongly,
            may_close=row is None and month < period_of("month", today),
        )
        for month, site_id in sorted({*earned, *closed}, key=lambda key: (key[0], -key[1]), reverse=True)
        for row in (closed.get((month, site_id)),)
    ]


def corrections(site_ids: Collection[int], *, actor: Actor, most: int = 100) -> list[CorrectionLine]:
    """Corrections of some sites, those to be checked first, then the last."""
    maker, checker = aliased(Staff), aliased(Staff)
    waiting: ColumnElement[bool] = Correction.state == "proposed"
    statement = (
        select(
            *(column for column in Correction.__table__.c if column.name not in ("made_by", "checked_by")),
            Site.name.label("site_name"),
            maker.name.label("made_by"),
            func.coalesce(checker.name, "").label("checked_by"),
            func.coalesce(Serving.number, "").label("number"),
            maker.id.label("maker_id"),
        )
        .join(Site, Site.id == Correction.site_id)
        .join(maker, maker.id == Correction.made_by)
        .outerjoin(checker, checker.id == Correction.checked_by)
        .outerjoin(Serving, Serving.id == Correction.serving_id)
        .where(Correction.site_id.in_(site_ids))
        .order_by(waiting.desc(), Correction.id.desc())
        .limit(most)
    )
    with reading() as session:
        return [
            as_record(
                CorrectionLine,
                row,
                from_account=account_parts(row.from_account),
                to_account=account_parts(row.to_account),
                is_own=row.maker_id == actor.staff_id,
            )
            for row in session.execute(statement)
        ]


def accounts_at(site_id: int) -> list[str]:
    """The accounts a correction at a site may name: those it has used, and the ways of paying the own part."""
    with reading() as session:
        used = session.scalars(select(Balance.account).distinct().where(Balance.site_id == site_id))
        return sorted({*used, *_OWN})


def schemes_and_payers(site_ids: Collection[int]) -> tuple[list[str], list[str]]:
    """The schemes and the payers that appear in the books of some sites."""
    with reading() as session:
        used = session.scalars(
            select(Balance.account).distinct().where(Balance.site_id.in_(site_ids), Balance.account.like("due-from:%"))
        )
        parts = [account_parts(account) for account in used]
    return sorted({one.scheme for one in parts}), sorted({one.payer for one in parts})


def holder(elder_id: int, *, actor: Actor, full_names: bool) -> StatementHolder:
    """The elder of a statement. Raises ``NotFound`` out of reach."""
    with reading() as session:
        row = session.execute(
            select(Elder.id, Elder.name, Elder.village_group).where(Elder.id == elder_id, people.in_reach(actor))
        ).first()
    if row is None:
        raise NotFound("没有找到这位老人", next_step="请按姓名、拼音或卡号重新查找")
    return StatementHolder(row.id, row.name if full_names else masked_name(row.name), row.village_group)


def find_holders(text: str, *, actor: Actor, day: date, full_names: bool) -> list[StatementHolder]:
    """Elders in reach a text may mean, named as far as the reader may know."""
    with reading() as session:
        found = Search(people.in_reach(actor)).find(session, text, day=day, limit=20, home_site_id=actor.site_id)
    return [
        StatementHolder(one.id, one.name if full_names else masked_name(one.name), one.village_group) for one in found
    ]
