"""Double entry in fen, append-only. Every function writes inside the caller's transaction.

Debit is positive (``accounts.py`` says the names). The entry of a meal or service debits the payers and credits what
was earned by the price; a void appends the mirror. Money that came is ``received:<kind>`` against
``paid-off:<scheme>:<payer>``. Nothing here updates or deletes an entry, and a closed month takes none.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NotRequired, TypedDict, Unpack

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.db import add_up, table_of
from canteen.base.db.prepared import Prepared
from canteen.base.records import as_row
from canteen.books.accounts import account_of
from canteen.books.closed_months import refuse_closed
from canteen.books.models.ledger import Balance, Entry, NormUse, Posting
from canteen.schemes.deciding.answer import Share, UseChange
from canteen.schemes.facts import Use

_ENTRY = table_of(Entry)
_POSTING = table_of(Posting)
_BALANCE = table_of(Balance)
_USE = table_of(NormUse)

_SUMS = ("settled_fen", "public_fen", "meals")
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
    .where(*(_USE.c[name] == bindparam(f"of_{name}") for name in ("elder_id", "scheme", "period")))
    .values({name: _USE.c[name] - bindparam(f"back_{name}") for name in _SUMS})
)


class EntryOf(TypedDict):
    """Where an entry belongs, who made it when (an instant), and the meal or service it is of."""

    site_id: int
    day: date
    staff_id: int | None
    at: datetime
    serving_id: NotRequired[int | None]
    care_id: NotRequired[int | None]


def post_shares(session: Session, *, shares: Iterable[Share], pay_way: str, **of: Unpack[EntryOf]) -> int:
    """Append the entry of a meal, or of a service (``care_id``): the payers are debited, what the site earned is
    credited (``meals`` or ``services``). Returns its id."""
    lines: Counter[str] = Counter()
    for share in shares:
        lines[account_of(share, pay_way=pay_way)] += share.amount_fen
    kind, earned = ("serving", "meals") if of.get("care_id") is None else ("service", "services")
    lines[earned] = -lines.total()
    return _append(session, kind, lines, of)


def reverse(session: Session, **of: Unpack[EntryOf]) -> int:
    """Append the mirror of the entry of a meal or service (a UNIQUE column lets an entry be reversed once). Returns
    its id."""
    serving_id, care_id = of.get("serving_id"), of.get("care_id")
    its = _ENTRY.c.serving_id == serving_id if care_id is None else _ENTRY.c.care_id == care_id
    entry_id = session.execute(select(_ENTRY.c.id).where(its, _ENTRY.c.kind.in_(("serving", "service")))).scalar_one()
    lines = {account: -amount for account, amount in session.execute(_POSTINGS, {"entry": entry_id})}
    return _append(session, "reversal", lines, of, reverses_id=entry_id)


def post(session: Session, *, kind: str, lines: Mapping[str, int], **of: Unpack[EntryOf]) -> int:
    """Append an entry that is no meal's: an ``income`` or a ``correction``. Returns its id."""
    return _append(session, kind, lines, of)


def post_own_money(session: Session, *, amount_fen: int, pay_way: str, **of: Unpack[EntryOf]) -> int:
    """Append own money paid in (above zero: ``top_up``) or paid back (``refund``). ``own:purse`` is what is owed."""
    kind = "top_up" if amount_fen > 0 else "refund"
    return _append(session, kind, {f"own:{pay_way}": amount_fen, "own:purse": -amount_fen}, of)


def _append(
    session: Session, kind: str, lines: Mapping[str, int], of: EntryOf, *, reverses_id: int | None = None
) -> int:
    assert sum(lines.values()) == 0, lines
    site_id, day, at = of["site_id"], of["day"], of["at"]
    whose = {"serving_id": of.get("serving_id"), "care_id": of.get("care_id"), "staff_id": of["staff_id"]}
    if (serving_id := whose["serving_id"]) is not None:
        trail.touch(session, "serving", serving_id, site_id=site_id)
    elif (care_id := whose["care_id"]) is not None:
        trail.touch(session, "care", care_id, site_id=site_id)
    entry_id: int = _NEW_ENTRY.value(
        session, kind=kind, reverses_id=reverses_id, site_id=site_id, day=day, recorded_at=at, **whose
    )
    _NEW_POSTING.run_each(
        session,
        [
            {"entry_id": entry_id, "position": position, "account": account, "amount_fen": amount}
            for position, (account, amount) in enumerate(lines.items())
        ],
    )
    if whose["serving_id"] is None and whose["care_id"] is None:
        trail.made(session, "entry", entry_id, site_id=site_id)
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
        {"elder_id": elder_id, **as_row(change)}
        for change in sorted(changes, key=lambda change: (change.scheme, change.period))
    ]
    if rows:
        add_up(session, _USE, rows, sums=_SUMS)


def give_back_use(session: Session, *, elder_id: int, changes: Iterable[UseChange]) -> None:
    """Take a voided meal's use (as frozen on the serving) off the running use again."""
    rows = [
        {"of_elder_id": elder_id, "of_scheme": change.scheme, "of_period": change.period}
        | {f"back_{name}": getattr(change, name) for name in _SUMS}
        for change in changes
    ]
    if rows:
        session.connection().execute(_GIVE_BACK, rows)
