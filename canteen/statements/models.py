"""Corrections: proposed by one, posted by another."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from canteen.base.db import Base, check_one_of
from canteen.base.db.keeping import kept
from canteen.base.words import WORDS


class Correction(Base):
    """An amount moved from one account of a site to another, for a mistake found after the day."""

    __tablename__ = "correction"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("from_account <> to_account", name="two_accounts"),
        check_one_of("state", WORDS["correction"]),
        CheckConstraint("checked_by is null or checked_by <> made_by", name="maker_is_not_checker"),
        CheckConstraint("(state = 'posted') = (entry_id is not null)", name="entry"),
        UniqueConstraint("entry_id"),
        UniqueConstraint("key"),
        Index("ix_correction_site_day", "site_id", "day"),
        kept("correction:id", site="site_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: One-time key of the form: the same key is the same proposal.
    key: Mapped[str]
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    #: Canteen day of the entry, in a month that is open.
    day: Mapped[date]
    #: ``from_account`` becomes smaller by the amount, ``to_account`` larger.
    from_account: Mapped[str]
    to_account: Mapped[str]
    amount_fen: Mapped[int]
    #: The serving it is about, if about one.
    serving_id: Mapped[int | None] = mapped_column(ForeignKey("serving.id"))
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(default="proposed")
    made_at: Mapped[datetime]
    made_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    checked_at: Mapped[datetime | None]
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    #: Why it was refused; "" otherwise.
    answer: Mapped[str] = mapped_column(default="")
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("entry.id"))
