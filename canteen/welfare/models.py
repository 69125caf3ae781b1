"""Welfare checks and what was done for them."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from canteen.base.db import Base, check_one_of, index_where
from canteen.base.db.keeping import kept
from canteen.base.db.sealed import sealed_at
from canteen.base.words import CHECK_CAUSES, CHECK_STEPS, STEP_RESULTS


class WelfareCheck(Base):
    """Somebody has to see how an elder is: open until a person says so."""

    __tablename__ = "welfare_check"
    __table_args__ = (
        CheckConstraint("(closed_at is null) = (sealed_outcome is null)", name="closed"),
        check_one_of("cause", CHECK_CAUSES),
        UniqueConstraint("key"),
        index_where("ix_welfare_check_open", "site_id", "due_at", where="closed_at is null"),
        index_where("uq_welfare_check_absent", "elder_id", where="closed_at is null and cause = 'absent'", unique=True),
        kept("welfare_check:id", site="site_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    elder_id: Mapped[int] = mapped_column(ForeignKey("elder.id"), index=True)
    cause: Mapped[str]
    #: Canteen day it is about: of the run, or on which it was opened.
    day: Mapped[date]
    opened_at: Mapped[datetime]
    #: Who was at the door or saw something; NULL: the program found it.
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    #: One-time key of the tap that opened it, so that a phone may send it again; NULL: it was no tap.
    key: Mapped[str | None]
    #: Sealed JSON: the signs of a concern, and the words beside them or at the door (``seen.Seen``). NULL: neither.
    sealed_seen: Mapped[bytes | None] = sealed_at("welfare_seen:{key}")
    #: Until when the next step must be taken; every step moves it on.
    due_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    #: Sealed JSON: how the person is (``seen.CheckEnd``; before, a text alone). NULL while open.
    sealed_outcome: Mapped[bytes | None] = sealed_at("welfare_check:{id}")


class WelfareStep(Base):
    """One thing somebody did to find out how an elder is."""

    __tablename__ = "welfare_step"
    __table_args__ = (
        UniqueConstraint("key"),
        check_one_of("kind", CHECK_STEPS),
        check_one_of("result", STEP_RESULTS),
        kept("welfare_check:check_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    check_id: Mapped[int] = mapped_column(ForeignKey("welfare_check.id"), index=True)
    #: One-time key of the form, or of the tap at the door.
    key: Mapped[str]
    kind: Mapped[str]
    result: Mapped[str]
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    #: Sealed JSON: the contact person asked and what was said (``seen.StepTold``). NULL: neither.
    sealed_told: Mapped[bytes | None] = sealed_at("welfare_step:{key}")
