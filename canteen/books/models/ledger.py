"""The ledger, its running sums, closed months, and the running use of norms."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from canteen.base.db import Base, check_one_of
from canteen.base.db.keeping import kept, not_kept
from canteen.base.words import WORDS


class Entry(Base):
    """A balanced ledger fact. Append-only: a mistake is undone by an entry that reverses it."""

    __tablename__ = "entry"
    __table_args__ = (
        check_one_of("kind", WORDS["entry"]),
        Index("ix_entry_site_day", "site_id", "day"),
        kept("serving:serving_id", "care:care_id", "entry:id", site="site_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    serving_id: Mapped[int | None] = mapped_column(ForeignKey("serving.id"), index=True)
    #: A service other than a meal.
    care_id: Mapped[int | None] = mapped_column(ForeignKey("care_service.id"), index=True)
    #: The entry this one mirrors; an entry is reversed once.
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("entry.id"), unique=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    #: Canteen day the money belongs to.
    day: Mapped[date]
    recorded_at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class Posting(Base):
    """One line of an entry, in fen; the lines of an entry sum to zero."""

    __tablename__ = "posting"
    __table_args__ = (Index("ix_posting_account", "account"), kept(through="entry_id"))

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    #: ``own:cash``, ``own:code``, ``own:monthly``, ``due-from:<scheme>:<payer>`` (debit, +) or ``meals`` (credit, −);
    #: of money that came: ``received:<kind>`` (debit, +) and ``paid-off:<scheme>:<payer>`` (credit, −).
    account: Mapped[str]
    amount_fen: Mapped[int]


class Balance(Base):
    """Running sum of an account at a site in a month. ``check`` rebuilds it from the postings and compares."""

    __tablename__ = "balance"
    __table_args__ = not_kept("added up from the postings, and compared")

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    #: ``2026-11``
    month: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    amount_fen: Mapped[int]


class ClosedMonth(Base):
    """A month of a site that takes no more entries, with what its books held when it was closed."""

    __tablename__ = "closed_month"
    __table_args__ = kept("site:site_id")

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    #: ``2026-10``
    month: Mapped[str] = mapped_column(primary_key=True)
    closed_at: Mapped[datetime]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    #: Entries of the month, and what they add to ``meals``: ``check`` compares.
    entries: Mapped[int]
    meals_fen: Mapped[int]


class NormUse(Base):
    """How much of a scheme's caps one elder has used in one period. ``check`` rebuilds it from the servings."""

    __tablename__ = "norm_use"
    __table_args__ = (
        CheckConstraint("settled_fen >= 0 and public_fen >= 0 and meals >= 0", name="not_below_zero"),
        not_kept("added up from the servings, and compared"),
    )

    elder_id: Mapped[int] = mapped_column(ForeignKey("elder.id"), primary_key=True)
    scheme: Mapped[str] = mapped_column(primary_key=True)
    #: ``2026-11-21/lunch``, ``2026-11-21``, ``2026-W47``, ``2026-11`` or ``2026``.
    period: Mapped[str] = mapped_column(primary_key=True)
    settled_fen: Mapped[int]
    public_fen: Mapped[int]
    meals: Mapped[int]
