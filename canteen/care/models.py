"""Services other than meals with their frozen shares; providers, their contracts, assessments and bans."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from canteen.db import Base


class Provider(Base):
    """Somebody who serves elders at home or elsewhere: an organisation with a contract."""

    __tablename__ = "provider"
    __table_args__ = (
        UniqueConstraint("area_id", "name"),
        CheckConstraint("kind in ('institution', 'clinic', 'registered_body', 'business', 'founded')", name="kind"),
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
    assessments: Mapped[list[ProviderAssessment]] = relationship(
        lazy="selectin", order_by="ProviderAssessment.period"
    )
    bans: Mapped[list[ProviderBan]] = relationship(lazy="selectin", order_by="ProviderBan.decided_on")


class ProviderContract(Base):
    """From which to which day a provider is under contract, both days included. Ended early by ``ended_on``."""

    __tablename__ = "provider_contract"
    __table_args__ = (CheckConstraint("to_day >= from_day", name="days"),)

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
        CheckConstraint("grade in ('excellent', 'pass', 'pass_with_rectification', 'fail')", name="grade"),
        CheckConstraint("(grade = 'pass_with_rectification') = (rectify_by is not null)", name="rectify_by"),
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
    __table_args__ = (CheckConstraint("until > decided_on", name="days"),)

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


class CareService(Base):
    """One service one elder received."""

    __tablename__ = "care_service"
    __table_args__ = (
        UniqueConstraint("key"),
        UniqueConstraint("void_key"),
        Index("ix_care_service_elder_day", "elder_id", "day"),
        Index("ix_care_service_site_day", "site_id", "day"),
        Index("ix_care_service_provider_day", "provider_id", "day"),
        CheckConstraint("minutes > 0 and minutes <= 1440", name="minutes"),
        CheckConstraint("price_fen >= 0 and own_fen >= 0 and own_fen <= price_fen", name="money"),
        CheckConstraint("pay_way in ('cash', 'code', 'monthly', 'purse')", name="pay_way"),
        CheckConstraint("confirmed_by in ('elder', 'relative', 'callback')", name="confirmed_by"),
        CheckConstraint("(voided_at is null) = (void_reason = '')", name="void"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: One-time key made by the form: the same key is the same service.
    key: Mapped[str]
    #: SHA-256 of what was asked under the key; the same key with other content is refused.
    asked: Mapped[str]
    #: The site that recorded it; its books hold the entry.
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    elder_id: Mapped[int] = mapped_column(ForeignKey("elder.id"))
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    #: A key of ``subsidies.beyond.purse_terms.SERVICES``.
    kind: Mapped[str]
    day: Mapped[date]
    minutes: Mapped[int]
    price_fen: Mapped[int]
    own_fen: Mapped[int]
    #: How the own part is paid; ``purse``: out of own money paid in.
    pay_way: Mapped[str]
    #: Who said that it was done: the elder, a relative, or a call-back; and that person's name.
    confirmed_by: Mapped[str]
    confirmer: Mapped[str]
    #: Who came (badge name), and what else is worth keeping.
    worker: Mapped[str]
    note: Mapped[str]
    class_code: Mapped[str]
    #: Frozen answer of the engine: ``{"verdicts": [...]}``.
    decision: Mapped[dict[str, Any]] = mapped_column(JSON)
    recorded_at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str]
    void_key: Mapped[str | None]
    voided_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class CareShare(Base):
    """The part of the price of one service that one payer carries, frozen with its reason."""

    __tablename__ = "care_share"
    __table_args__ = (CheckConstraint("amount_fen >= 0", name="amount"),)

    care_id: Mapped[int] = mapped_column(ForeignKey("care_service.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    #: ``own`` or a public payer named by the scheme.
    payer: Mapped[str]
    #: Scheme id and version that decided it; "" for the own part.
    scheme: Mapped[str]
    version: Mapped[str]
    amount_fen: Mapped[int]
    reason_code: Mapped[str]
    reason_fields: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: The sentence as it was shown, in Chinese.
    reason: Mapped[str]
