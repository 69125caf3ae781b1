"""Services other than meals, with their frozen shares."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from canteen.base.db import Base, check_one_of
from canteen.base.db.keeping import kept
from canteen.base.db.sealed import sealed_at
from canteen.base.words import PAY_WAYS, WORDS
from canteen.books.models.shares import FrozenShare


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
        check_one_of("pay_way", PAY_WAYS),
        check_one_of("confirmed_by", WORDS["confirmed_by"]),
        CheckConstraint("(voided_at is null) = (void_reason = '')", name="void"),
        kept("care:id", site="site_id"),
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
    #: A key of ``schemes.language.purse.SERVICES``.
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
    #: The engine's answer, frozen (``books.shares.freeze``).
    sealed: Mapped[bytes] = sealed_at("care_service:{key}")
    recorded_at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str]
    void_key: Mapped[str | None]
    voided_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class CareShare(FrozenShare, Base):
    """The part of the price of one service that one payer carries, frozen."""

    __tablename__ = "care_share"
    __table_args__ = (CheckConstraint("amount_fen >= 0", name="amount"), kept("care:care_id"))

    care_id: Mapped[int] = mapped_column(ForeignKey("care_service.id"), primary_key=True)
