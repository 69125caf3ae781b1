"""Entitlements and what stops them, meals to look back at, sanctions, and the working-day calendar."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from canteen.base.db import Base, check_one_of, index_where, table_of
from canteen.base.db.keeping import kept
from canteen.base.db.sealed import sealed_at
from canteen.base.words import HALT_CAUSES, SETTLEMENTS, WORDS


class Entitlement(Base):
    """One elder's dated, approved right under a scheme class."""

    __tablename__ = "entitlement"
    __table_args__ = (
        index_where(
            "uq_entitlement_lasting", "elder_id", "scheme", where="to_day is null and cancelled_at is null", unique=True
        ),
        Index("ix_entitlement_elder", "elder_id", "scheme"),
        check_one_of("origin", WORDS["origin"]),
        check_one_of("settlement", ("", *SETTLEMENTS)),
        CheckConstraint("to_day is null or to_day >= from_day", name="days"),
        CheckConstraint("(origin = 'application') = (application_id is not null)", name="application"),
        kept("elder:elder_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    elder_id: Mapped[int] = mapped_column(ForeignKey("elder.id"))
    scheme: Mapped[str]
    #: Urban or rural at approval (AMB-05).
    settlement: Mapped[str]
    from_day: Mapped[date]
    to_day: Mapped[date | None]
    origin: Mapped[str]
    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"), unique=True)
    #: Sealed JSON: ``class_code`` it was approved for (the engine decides each meal by the facts of its day), ``evidence``
    #: it rests on, and why it ``ended``.
    sealed: Mapped[bytes] = sealed_at("elder:{elder_id}")
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    #: Never was in force: replaced before its first day.
    cancelled_at: Mapped[datetime | None]


class Halt(Base):
    """Days on which an entitlement does not hold. Made from facts; undone by ``cancelled_at``, never deleted."""

    __tablename__ = "halt"
    __table_args__ = (
        check_one_of("kind", WORDS["halt"]),
        check_one_of("cause", HALT_CAUSES),
        CheckConstraint("to_day is null or to_day >= from_day", name="days"),
        kept(through="entitlement_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entitlement_id: Mapped[int] = mapped_column(ForeignKey("entitlement.id"), index=True)
    kind: Mapped[str]
    cause: Mapped[str]
    #: Neutral code of the engine when ``cause`` is ``facts``: age, residence, not_in_groups …
    reason_code: Mapped[str] = mapped_column(default="")
    #: Row id of the life event or sanction it comes from; 0 for ``facts``.
    source_id: Mapped[int] = mapped_column(default=0)
    from_day: Mapped[date]
    to_day: Mapped[date | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    cancelled_at: Mapped[datetime | None]


class BackDating(Base):
    """A status was recorded, or ended, for days that had passed: the meals in between are listed, never changed."""

    __tablename__ = "back_dating"
    __table_args__ = (
        CheckConstraint("kind in ('added', 'ended')", name="kind"),
        CheckConstraint("to_day >= from_day", name="days"),
        kept("elder:elder_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    elder_id: Mapped[int] = mapped_column(ForeignKey("elder.id"), index=True)
    status_id: Mapped[int] = mapped_column(ForeignKey("status.id"))
    kind: Mapped[str]
    from_day: Mapped[date]
    to_day: Mapped[date]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class LookBackMark(Base):
    """Somebody dealt with a meal of the look-back list."""

    __tablename__ = "look_back_mark"
    __table_args__ = kept("serving:serving_id")

    serving_id: Mapped[int] = mapped_column(ForeignKey("serving.id"), primary_key=True)
    #: Sealed text: what was done.
    sealed: Mapped[bytes] = sealed_at("look_back:{serving_id}")
    settled_at: Mapped[datetime]
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class ElderSanction(Base):
    """An elder lost a scheme for a time, or for good, after a fraud."""

    __tablename__ = "elder_sanction"
    __table_args__ = (check_one_of("barred", WORDS["barred"]), kept("elder:elder_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    elder_id: Mapped[int] = mapped_column(ForeignKey("elder.id"), index=True)
    scheme: Mapped[str]
    decided_on: Mapped[date]
    barred: Mapped[str]
    #: First day on which a new application may be made; NULL: never, or when lifted.
    until_day: Mapped[date | None]
    #: Words of ``approval.MEASURES`` joined by ",".
    measures: Mapped[str]
    #: Sealed text.
    sealed: Mapped[bytes] = sealed_at("elder:{elder_id}")
    decided_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class WorkDay(Base):
    """A day that differs from its weekday: a holiday, or a day of a weekend that is worked."""

    __tablename__ = "work_day"
    __table_args__ = kept("work_calendar:")

    day: Mapped[date] = mapped_column(primary_key=True)
    is_working: Mapped[bool]
    name: Mapped[str]


class WorkYear(Base):
    """A year whose holidays have been entered completely."""

    __tablename__ = "work_year"
    __table_args__ = kept("work_calendar:")

    year: Mapped[int] = mapped_column(primary_key=True)
    #: The notice they were taken from.
    source: Mapped[str]
    confirmed_at: Mapped[datetime]
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


ENTITLEMENT = table_of(Entitlement)
HALT = table_of(Halt)
BACK_DATING = table_of(BackDating)
LOOK_BACK_MARK = table_of(LookBackMark)
SANCTION = table_of(ElderSanction)
WORK_DAY = table_of(WorkDay)
WORK_YEAR = table_of(WorkYear)
