"""Servings and their frozen shares."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from canteen.base.db import Base, check_one_of, index_where
from canteen.base.db.keeping import kept, not_kept
from canteen.base.db.sealed import sealed_at
from canteen.base.words import PAY_WAYS, SLOTS, WAYS
from canteen.books.models.shares import FrozenShare


class Serving(Base):
    """One person received one meal."""

    __tablename__ = "serving"
    __table_args__ = (
        # The guard of the whole product: one first portion an elder and sitting, whatever the site, however
        # many tills and processes. A void gives the place back; a second portion at own cost is outside it.
        index_where(
            "uq_serving_elder_sitting",
            "elder_id",
            "day",
            "slot",
            where="elder_id is not null and not second_portion and voided_at is null",
            unique=True,
        ),
        UniqueConstraint("key"),
        UniqueConstraint("site_id", "day", "sequence"),
        UniqueConstraint("void_key"),
        Index("ix_serving_elder_day", "elder_id", "day"),
        Index("ix_serving_sitting", "site_id", "day", "slot"),
        check_one_of("slot", SLOTS),
        check_one_of("way", WAYS),
        check_one_of("pay_way", PAY_WAYS),
        CheckConstraint("price_fen >= 0 and own_fen >= 0 and own_fen <= price_fen", name="money"),
        CheckConstraint("(elder_id is null) = (guest_kind <> '')", name="elder_or_guest"),
        CheckConstraint("(voided_at is null) = (void_reason = '')", name="void"),
        kept("serving:id", site="site_id", called="number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: One-time key made by the form, the phone or the terminal: the same key is the same serving.
    key: Mapped[str]
    #: SHA-256 of what was asked under the key; the same key with other content is refused.
    asked: Mapped[str]
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    #: Canteen day (Asia/Shanghai) and slot the meal counts for.
    day: Mapped[date]
    slot: Mapped[str]
    #: Running number of the site and day, from 1, without gaps.
    sequence: Mapped[int]
    #: What is printed and asked for: ``1121-017``.
    number: Mapped[str]
    elder_id: Mapped[int | None] = mapped_column(ForeignKey("elder.id"))
    #: "" for an elder; villager, child, staff, volunteer, other for a guest.
    guest_kind: Mapped[str] = mapped_column(default="")
    set_name: Mapped[str]
    price_fen: Mapped[int]
    own_fen: Mapped[int]
    way: Mapped[str]
    #: Who collected for the elder, and the relation (way ``proxy``; ``delivery``: a neighbour took it at the door).
    collected_by: Mapped[str] = mapped_column(default="")
    relation: Mapped[str] = mapped_column(default="")
    second_portion: Mapped[bool] = mapped_column(default=False)
    #: Served outside the slot's opening hours: allowed and marked.
    outside_hours: Mapped[bool] = mapped_column(default=False)
    pay_way: Mapped[str] = mapped_column(default="cash")
    #: Keyed hash of site, month and class (``books.shares.class_mark``): equal classes of one site and month are equal,
    #: so that reports count them unopened; which class it is, and whether it is that of another month, only the keys tell.
    class_mark: Mapped[str]
    #: The engine's answer, frozen (``books.shares.freeze``): class, verdicts, reasons of the shares, use, what is left.
    sealed: Mapped[bytes] = sealed_at("serving:{key}")
    served_at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    #: Which till or terminal: shown when the same elder comes again ("at till 2").
    till: Mapped[str] = mapped_column(default="")
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str] = mapped_column(default="")
    void_key: Mapped[str | None]
    voided_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class ServingShare(FrozenShare, Base):
    """The part of one price one payer carries, frozen. Parts of a serving add up to its price."""

    __tablename__ = "serving_share"
    __table_args__ = (CheckConstraint("amount_fen >= 0", name="amount"), kept("serving:serving_id"))

    serving_id: Mapped[int] = mapped_column(ForeignKey("serving.id"), primary_key=True)


class SiteDay(Base):
    """The last running number of a site and day. Its row is the queue in front of the site's numbers."""

    __tablename__ = "site_day"
    __table_args__ = not_kept("the last number given, compared with the servings")

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    last_sequence: Mapped[int]
