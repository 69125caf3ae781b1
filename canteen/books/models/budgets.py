"""Budgets with their history, the running use of each, and money received."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from canteen.base.db import Base, check_one_of
from canteen.base.db.keeping import kept
from canteen.base.words import WORDS


class TypedBudget(Base):
    """What a payer may spend on a scheme in an area and period. A change is a new row; the last one counts."""

    __tablename__ = "budget"
    __table_args__ = (
        CheckConstraint("amount_fen >= 0 and spent_fen >= 0", name="amount"),
        Index("ix_budget_scheme", "scheme", "payer"),
        kept("budget:id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    scheme: Mapped[str]
    #: As the scheme names it: 县级, 村集体 …
    payer: Mapped[str]
    #: Sites in this area and below draw on it.
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    #: ``2026`` or ``2026-11``
    period: Mapped[str]
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    #: Notice and clause, or who promised it.
    source: Mapped[str]
    #: Why it was changed; "" on the first row.
    reason: Mapped[str] = mapped_column(default="")
    #: What had been spent when this was typed: later meals may not go beyond the larger of the two.
    spent_fen: Mapped[int] = mapped_column(BigInteger)
    recorded_at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class FundingUse(Base):
    """The running use of one budget. ``check`` rebuilds it from the shares of the servings."""

    __tablename__ = "funding_use"
    __table_args__ = (
        UniqueConstraint("area_id", "scheme", "payer", "period"),
        CheckConstraint("used_fen >= 0 and limit_fen >= 0", name="not_below_zero"),
        CheckConstraint("limit_from in ('typed', 'terms')", name="limit_from"),
        kept("funding_use:id", moving=("used_fen",)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    scheme: Mapped[str]
    payer: Mapped[str]
    period: Mapped[str]
    limit_fen: Mapped[int] = mapped_column(BigInteger)
    #: ``typed``: the last row of ``budget``; ``terms``: the scheme's own ``budget_yuan``.
    limit_from: Mapped[str]
    used_fen: Mapped[int] = mapped_column(BigInteger)


class Income(Base):
    """Money that came from a source for what a payer, or the gap, carried at a site. Its entry moves the money."""

    __tablename__ = "income"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        check_one_of("kind", WORDS["income"]),
        UniqueConstraint("key"),
        UniqueConstraint("entry_id"),
        Index("ix_income_site_day", "site_id", "day"),
        kept("income:id", site="site_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: One-time key of the form: the same key is the same income.
    key: Mapped[str]
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    #: Canteen day the money came.
    day: Mapped[date]
    kind: Mapped[str]
    #: "" for a giver who is not named.
    giver: Mapped[str] = mapped_column(default="")
    #: What it pays: a payer of a scheme; the payer ``gap`` is the part nobody had paid.
    scheme: Mapped[str]
    payer: Mapped[str]
    amount_fen: Mapped[int]
    #: Number of the voucher or transfer.
    reference: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    recorded_at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
