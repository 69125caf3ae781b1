"""Lines and lots of purses, what was credited and drawn in a year, freezes, and the runs that credit a month."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from canteen.base.db import Base, check_one_of, index_where
from canteen.base.db.keeping import kept, not_kept
from canteen.base.db.sealed import sealed_at
from canteen.base.words import WORDS

#: A lot that does not expire carries this day.
NEVER = date(9999, 12, 31)
#: The scheme of an elder's own money.
OWN = ""


class PurseLot(Base):
    """What is left of the credits of one purse that may be spent from one day to another. The running balance."""

    __tablename__ = "purse_lot"
    __table_args__ = (
        # The guard of the purse: whatever the program does, nothing is spent twice.
        CheckConstraint("left_fen >= 0", name="not_below_zero"),
        CheckConstraint("expires_on >= starts_on", name="days"),
        index_where("ix_purse_lot_expires_on", "expires_on", where="left_fen > 0"),
        not_kept("added up from the lines, and compared", sqlite_with_rowid=False),
    )

    elder_id: Mapped[int] = mapped_column(ForeignKey("elder.id"), primary_key=True)
    #: Scheme id; "" for own money.
    scheme: Mapped[str] = mapped_column(primary_key=True)
    #: First and last day on which it may be spent; 9999-12-31: it does not expire.
    starts_on: Mapped[date] = mapped_column(primary_key=True)
    expires_on: Mapped[date] = mapped_column(primary_key=True)
    left_fen: Mapped[int]
    #: The scheme settles no more in a year than it credits in it: ``purse_year`` limits the draws too.
    by_year: Mapped[bool]


class PurseYear(Base):
    """What was credited to and drawn from one purse in one year, for schemes that settle no more than they credit."""

    __tablename__ = "purse_year"
    __table_args__ = (
        CheckConstraint("drawn_fen >= 0 and drawn_fen <= opening_fen + credited_fen", name="within_the_year"),
        not_kept("added up from the lines, and compared", sqlite_with_rowid=False),
    )

    elder_id: Mapped[int] = mapped_column(ForeignKey("elder.id"), primary_key=True)
    scheme: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    #: Brought in from earlier years, where the scheme lets it count; else 0.
    opening_fen: Mapped[int]
    credited_fen: Mapped[int]
    drawn_fen: Mapped[int]


class PurseLine(Base):
    """One movement of one purse. Both sides are in the one row: the lot, and by ``kind`` where the fen came from or
    went to, so that a line cannot fail to balance. Append-only: a mistake is undone by a line that reverses it."""

    __tablename__ = "purse_line"
    __table_args__ = (
        check_one_of("kind", WORDS["purse_line"]),
        CheckConstraint(
            "(kind in ('credit', 'top_up') and amount_fen > 0)"
            " or (kind in ('meal', 'service', 'expiry', 'close', 'refund') and amount_fen < 0)"
            " or (kind in ('reversal', 'correction') and amount_fen <> 0)",
            name="sign",
        ),
        CheckConstraint("(kind = 'credit') = (month <> '')", name="month"),
        CheckConstraint("(kind = 'reversal') = (reverses_id is not null)", name="reversal"),
        CheckConstraint("kind <> 'meal' or serving_id is not null", name="meal"),
        CheckConstraint("kind <> 'service' or care_id is not null", name="service"),
        CheckConstraint("kind not in ('top_up', 'refund') or (scheme = '' and entry_id is not null)", name="own_money"),
        UniqueConstraint("reverses_id"),
        UniqueConstraint("key"),
        ForeignKeyConstraint(
            ["elder_id", "scheme", "starts_on", "expires_on"],
            ["purse_lot.elder_id", "purse_lot.scheme", "purse_lot.starts_on", "purse_lot.expires_on"],
            name="fk_purse_line_lot",
        ),
        # The guard of the credit run: a month is credited once, however often and by how many it is run.
        index_where("uq_purse_line_credit", "elder_id", "scheme", "month", where="kind = 'credit'", unique=True),
        Index("ix_purse_line_elder_id", "elder_id"),
        index_where("ix_purse_line_serving_id", "serving_id", where="serving_id is not null"),
        index_where("ix_purse_line_care_id", "care_id", where="care_id is not null"),
        kept("serving:serving_id", "care:care_id", "purse_line:id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    elder_id: Mapped[int]
    #: Scheme id; "" for own money.
    scheme: Mapped[str]
    kind: Mapped[str]
    #: Into the purse +, out of it −.
    amount_fen: Mapped[int]
    #: The lot it moves.
    starts_on: Mapped[date]
    expires_on: Mapped[date]
    #: The day it counts for: of the meal or service, the first day of the month of a credit.
    day: Mapped[date]
    #: The month a credit is for (2026-11); "" otherwise.
    month: Mapped[str]
    serving_id: Mapped[int | None] = mapped_column(ForeignKey("serving.id"))
    care_id: Mapped[int | None] = mapped_column(ForeignKey("care_service.id"))
    #: The ledger's entry, where money moved (own money paid in or back).
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("entry.id"))
    #: The line this one mirrors; a line is reversed once.
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("purse_line.id"))
    #: Scheme version a credit was decided by; "" otherwise.
    version: Mapped[str]
    #: Why: of a credit its class and the engine's reason (``credits.month.Granted``), otherwise somebody's ``note``; NULL
    #: when there is nothing to say.
    sealed: Mapped[bytes | None] = sealed_at("purse_line:{elder_id}:{scheme}:{kind}:{day}")
    #: One-time key of the form it came from; NULL for what no form asked for.
    key: Mapped[str | None]
    recorded_at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class PurseFreeze(Base):
    """A purse that may not be spent from a day on: hospital, institution, a question to settle. Death and moving away
    freeze by themselves (``life_event``). Undone by ``lifted_at``, never deleted."""

    __tablename__ = "purse_freeze"
    __table_args__ = (CheckConstraint("to_day is null or to_day >= from_day", name="days"), kept("elder:elder_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    elder_id: Mapped[int] = mapped_column(ForeignKey("elder.id"), index=True)
    #: NULL: every purse of the elder that a scheme gave.
    scheme: Mapped[str | None]
    from_day: Mapped[date]
    #: Last frozen day; NULL while it lasts.
    to_day: Mapped[date | None]
    reason: Mapped[str]
    recorded_at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    lifted_at: Mapped[datetime | None]


class CreditRun(Base):
    """How far the credits of one month have come. Its row is locked by each chunk: two runs at once share the work."""

    __tablename__ = "credit_run"
    __table_args__ = not_kept("how far a run has come; what it credits are lines")

    #: 2026-11
    month: Mapped[str] = mapped_column(primary_key=True)
    #: Scheme id; "" for every scheme.
    scheme: Mapped[str] = mapped_column(primary_key=True)
    #: Path of the area whose people are credited; "" for everybody.
    area: Mapped[str] = mapped_column(primary_key=True)
    #: How many times it was begun.
    passes: Mapped[int]
    #: Id of the last elder looked at in this pass.
    cursor: Mapped[int]
    total: Mapped[int]
    done: Mapped[int]
    #: Credits made in this pass, and their sum.
    credited: Mapped[int]
    amount_fen: Mapped[int]
    #: Elders with a credit from before this pass.
    before: Mapped[int]
    #: Why no credit was made: reason code -> how often.
    reasons: Mapped[dict[str, int]] = mapped_column(JSON)
    started_at: Mapped[datetime]
    #: When its last chunk was written.
    seen_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
