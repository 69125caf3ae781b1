"""Double entry in fen, append-only. Every function writes inside the caller's transaction.

Accounts (debit is positive): ``own:cash|code|monthly`` what the elder pays, ``due-from:<scheme>:<payer>`` what a
public payer owes, ``meals`` (credit) what the site has earned. A serving's entry debits the payers and credits
``meals`` by the price; a void appends the mirror. Money that came is ``received:<kind>`` against
``paid-off:<scheme>:<payer>``. Nothing here updates or deletes an entry, and a closed month takes none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from canteen.base.db import add_up, table_of
from canteen.base.prepared import Prepared
from canteen.books.closed_months import refuse_closed
from canteen.books.models.ledger import Balance, Entry, NormUse, Posting
from canteen.schemes.deciding.meals import Share, Use, UseChange

_ENTRY = table_of(Entry)
_POSTING = table_of(Posting)
_BALANCE = table_of(Balance)
_USE = table_of(NormUse)

#: A meal falls in as many periods as a cap may count over (scheme.PERIODS).
_PERIODS = ("period1", "period2", "period3", "period4", "period5")
_USED = Prepared(
    select(_USE.c.scheme, _USE.c.period, _USE.c.settled_fen, _USE.c.public_fen, _USE.c.meals).where(
        _USE.c.elder_id == bindparam("elder"), _USE.c.period.in_([bindparam(period) for period in _PERIODS])
    )
)
_NEW_ENTRY = Prepared(
    insert(_ENTRY).returning(_ENTRY.c.id),
    columns=["kind", "serving_id", "care_id", "reverses_id", "site_id", "day", "recorded_at", "staff_id"],
)
_NEW_POSTING = Prepared(insert(_POSTING), columns=["entry_id", "position", "account", "amount_fen"])
_POSTINGS = select(_POSTING.c.account, _POSTING.c.amount_fen).where(_POSTING.c.entry_id == bindparam("entry"))
_GIVE_BACK = (
    update(_USE)
    .where(
        _USE.c.elder_id == bindparam("of_elder"),
        _USE.c.scheme == bindparam("of_scheme"),
        _USE.c.period == bindparam("of_period"),
    )
    .values(
        settled_fen=_USE.c.settled_fen - bindparam("settled"),
        public_fen=_USE.c.public_fen - bindparam("public"),
        meals=_USE.c.meals - bindparam("count"),
    )
)


def account_of(share: Share, *, pay_way: str) -> str:
    """The account a share is debited to."""
    return f"own:{pay_way}" if share.payer == "own" else f"due-from:{share.scheme}:{share.payer}"


def post_serving(
    session: Session,
    *,
    serving_id: int,
    site_id: int,
    day: date,
    shares: Iterable[Share],
    pay_way: str,
    staff_id: int | None,
    at: datetime,
) -> int:
    """Append the entry of a serving: each payer's account is debited, ``meals`` is credited. Returns its id."""
    lines: dict[str, int] = {}
    for share in shares:
        account = account_of(share, pay_way=pay_way)
        lines[account] = lines.get(account, 0) + share.amount_fen
    lines["meals"] = -sum(lines.values())
    return _append(session, "serving", serving_id, None, site_id, day, lines, staff_id, at)


def reverse_serving(
    session: Session, *, serving_id: int, site_id: int, day: date, staff_id: int | None, at: datetime
) -> int:
    """Append the mirror of a serving's entry (a UNIQUE column lets an entry be reversed once). Returns its id."""
    entry_id = session.execute(
        select(_ENTRY.c.id).where(_ENTRY.c.serving_id == serving_id, _ENTRY.c.kind == "serving")
    ).scalar_one()
    lines = {account: -amount for account, amount in session.execute(_POSTINGS, {"entry": entry_id})}
    return _append(session, "reversal", serving_id, entry_id, site_id, day, lines, staff_id, at)


def post(
    session: Session,
    *,
    kind: str,
    site_id: int,
    day: date,
    lines: Mapping[str, int],
    staff_id: int | None,
    at: datetime,
    serving_id: int | None = None,
) -> int:
    """Append an entry that is no serving's: an ``income`` or a ``correction``. Returns its id."""
    return _append(session, kind, serving_id, None, site_id, day, lines, staff_id, at)


def post_service(
    session: Session,
    *,
    care_id: int,
    site_id: int,
    day: date,
    shares: Iterable[Share],
    pay_way: str,
    staff_id: int | None,
    at: datetime,
) -> int:
    """Append the entry of a service other than a meal: the payers are debited, ``services`` is credited."""
    lines: dict[str, int] = {}
    for share in shares:
        account = account_of(share, pay_way=pay_way)
        lines[account] = lines.get(account, 0) + share.amount_fen
    lines["services"] = -sum(lines.values())
    return _append(session, "service", None, None, site_id, day, lines, staff_id, at, care_id)


def reverse_service(
    session: Session, *, care_id: int, site_id: int, day: date, staff_id: int | None, at: datetime
) -> int:
    """Append the mirror of a service's entry. Returns its id."""
    entry_id = session.execute(
        select(_ENTRY.c.id).where(_ENTRY.c.care_id == care_id, _ENTRY.c.kind == "service")
    ).scalar_one()
    lines = {account: -amount for account, amount in session.execute(_POSTINGS, {"entry": entry_id})}
    return _append(session, "reversal", None, entry_id, site_id, day, lines, staff_id, at, care_id)


def post_own_money(
    session: Session, *, site_id: int, day: date, amount_fen: int, pay_way: str, staff_id: int | None, at: datetime
) -> int:
    """Append own money paid in (above zero: ``top_up``) or paid back (``refund``). ``own:purse`` is what is owed."""
    kind = "top_up" if amount_fen > 0 else "refund"
    lines = {f"own:{pay_way}": amount_fen, "own:purse": -amount_fen}
    return _append(session, kind, None, None, site_id, day, lines, staff_id, at)


def _append(
    session: Session,
    kind: str,
    serving_id: int | None,
    reverses_id: int | None,
    site_id: int,
    day: date,
    lines: Mapping[str, int],
    staff_id: int | None,
    at: datetime,
    care_id: int | None = None,
) -> int:
    assert sum(lines.values()) == 0, lines
    entry_id: int = _NEW_ENTRY.value(
        session,
        kind=kind,
        serving_id=serving_id,
        care_id=care_id,
        reverses_id=reverses_id,
        site_id=site_id,
        day=day,
        recorded_at=at,
        staff_id=staff_id,
    )
    _NEW_POSTING.run_each(
        session,
        [
            {"entry_id": entry_id, "position": position, "account": account, "amount_fen": amount}
            for position, (account, amount) in enumerate(lines.items())
        ],
    )
    month = day.strftime("%Y-%m")
    # After the entry stands in the table: whoever closes the month waits for it, or is seen here.
    refuse_closed(session, site_id=site_id, day=day, at=at)
    # Sorted, so that two transactions on PostgreSQL lock the running sums in one order.
    add_up(
        session,
        _BALANCE,
        [
            {"site_id": site_id, "month": month, "account": account, "amount_fen": amount}
            for account, amount in sorted(lines.items())
        ],
        sums=("amount_fen",),
    )
    return entry_id


def used(session: Session, *, elder_id: int, periods: tuple[str, ...]) -> dict[tuple[str, str], Use]:
    """What one elder has used of every scheme in these periods; keys are (scheme, period)."""
    rows = _USED.all(session, elder=elder_id, **dict(zip(_PERIODS, periods, strict=True)))
    return {(scheme, period): Use(settled, public, meals) for scheme, period, settled, public, meals in rows}


def add_use(session: Session, *, elder_id: int, changes: Iterable[UseChange]) -> None:
    """Add what one meal used to the running use."""
    rows = [
        {
            "elder_id": elder_id,
            "scheme": change.scheme,
            "period": change.period,
            "settled_fen": change.settled_fen,
            "public_fen": change.public_fen,
            "meals": change.meals,
        }
        for change in sorted(changes, key=lambda change: (change.scheme, change.period))
    ]
    if rows:
        add_up(session, _USE, rows, sums=("settled_fen", "public_fen", "meals"))


def give_back_use(session: Session, *, elder_id: int, changes: Iterable[Mapping[str, Any]]) -> None:
    """Take a voided meal's use (as frozen on the serving) off the running use again."""
    rows = [
        {
            "of_elder": elder_id,
            "of_scheme": change["scheme"],
            "of_period": change["period"],
            "settled": change["settled_fen"],
            "public": change["public_fen"],
            "count": change["meals"],
        }
        for change in changes
    ]
    if rows:
        session.connection().execute(_GIVE_BACK, rows)
