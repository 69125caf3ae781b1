"""Providers of services, their contracts, assessments and bans."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from canteen.base.db import Base, check_one_of
from canteen.base.db.keeping import kept
from canteen.base.words import GRADES, WORDS


class Provider(Base):
    """Somebody who serves elders at home or elsewhere: an organisation with a contract."""

    __tablename__ = "provider"
    __table_args__ = (
        UniqueConstraint("area_id", "name"),
        check_one_of("kind", WORDS["provider_kind"]),
        kept("provider:id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: The area that keeps it in its pool; people there and below may choose it.
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    name: Mapped[str]
    kind: Mapped[str]
    phone: Mapped[str]
    #: Licence or registration number as on its certificate.
    licence: Mapped[str]
    #: Kinds of service it is in the pool for; empty: every kind.
    services: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    contracts: Mapped[list[ProviderContract]] = relationship(lazy="selectin", order_by="ProviderContract.from_day")
    assessments: Mapped[list[ProviderAssessment]] = relationship(lazy="selectin", order_by="ProviderAssessment.period")
    bans: Mapped[list[ProviderBan]] = relationship(lazy="selectin", order_by="ProviderBan.decided_on")


class ProviderContract(Base):
    """From which to which day a provider is under contract, both days included. Ended early by ``ended_on``."""

    __tablename__ = "provider_contract"
    __table_args__ = (CheckConstraint("to_day >= from_day", name="days"), kept("provider:provider_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    number: Mapped[str]
    from_day: Mapped[date]
    to_day: Mapped[date]
    #: The last day after all, when it was ended before ``to_day``; with the reason.
    ended_on: Mapped[date | None]
    end_reason: Mapped[str]
    recorded_at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class ProviderAssessment(Base):
    """The grade of a provider for a quarter (``2026-Q4``) or a year (``2026``)."""

    __tablename__ = "provider_assessment"
    __table_args__ = (
        UniqueConstraint("provider_id", "period"),
        check_one_of("grade", GRADES),
        CheckConstraint("(grade = 'pass_with_rectification') = (rectify_by is not null)", name="rectify_by"),
        kept("provider:provider_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    period: Mapped[str]
    grade: Mapped[str]
    #: Until when what was found must be put right.
    rectify_by: Mapped[date | None]
    note: Mapped[str]
    recorded_at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class ProviderBan(Base):
    """A provider out of the pool, from the decision to the same day some years on (AMB-27)."""

    __tablename__ = "provider_ban"
    __table_args__ = (CheckConstraint("until > decided_on", name="days"), kept("provider:provider_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    decided_on: Mapped[date]
    #: First day on which it may be in the pool again.
    until: Mapped[date]
    reason: Mapped[str]
    recorded_at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    #: A ban that was decided wrongly is lifted, never deleted.
    lifted_at: Mapped[datetime | None]
