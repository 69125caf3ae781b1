"""Meals asked for, the weekly habits that ask for them, and what chats call people."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from canteen.base.db import Base, check_one_of, index_where
from canteen.base.db.keeping import kept, not_kept
from canteen.base.db.sealed import sealed_at
from canteen.base.words import SLOTS, WAYS


class StandingOrder(Base):
    """A weekly habit (常订): on these weekdays this elder has a meal of this slot. It makes orders some days ahead; only
    orders are cooked for and carried."""

    __tablename__ = "standing_order"
    __table_args__ = (
        check_one_of("slot", SLOTS),
        check_one_of("way", WAYS),
        CheckConstraint("weekdays <> ''", name="weekdays"),
        Index("ix_standing_order_site_id", "site_id"),
        Index("ix_standing_order_elder_id", "elder_id"),
        kept("standing_order:id", site="site_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    elder_id: Mapped[int] = mapped_column(ForeignKey("elder.id"))
    slot: Mapped[str]
    #: ISO numbers of the days of the week: "135".
    weekdays: Mapped[str]
    #: Name of the set; "" is the one that fits the elder's diet.
    set_name: Mapped[str] = mapped_column(default="")
    way: Mapped[str]
    from_day: Mapped[date]
    #: Last day; NULL: until further notice. Before ``from_day``: taken back before it began.
    to_day: Mapped[date | None]
    recorded_at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class Order(Base):
    """One elder's meal asked for one sitting. Cancelled, never deleted."""

    __tablename__ = "meal_order"
    __table_args__ = (
        index_where("uq_meal_order_live", "elder_id", "day", "slot", where="cancelled_at is null", unique=True),
        Index("ix_meal_order_sitting", "site_id", "day", "slot"),
        # A standing order makes one order a day, also when that one was cancelled since.
        UniqueConstraint("standing_id", "day"),
        check_one_of("slot", SLOTS),
        check_one_of("way", WAYS),
        CheckConstraint("portions between 1 and 9", name="portions"),
        kept("order:id", site="site_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    elder_id: Mapped[int] = mapped_column(ForeignKey("elder.id"))
    day: Mapped[date]
    slot: Mapped[str]
    #: The standing order that made it; NULL: asked for by itself.
    standing_id: Mapped[int | None] = mapped_column(ForeignKey("standing_order.id"))
    #: Name of the set; "" until there is a menu to choose from.
    set_name: Mapped[str] = mapped_column(default="")
    way: Mapped[str] = mapped_column(default="dine_in")
    #: Meals: the first is the elder's, the others are second portions at their full price.
    portions: Mapped[int] = mapped_column(default=1)
    ordered_at: Mapped[datetime]
    ordered_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    #: Who placed, changed or cancelled it last where that was no account: ``family_link:3``; "" for accounts and habits.
    source: Mapped[str] = mapped_column(default="")
    cancelled_at: Mapped[datetime | None]


class FrozenCount(Base):
    """What the kitchen of a site cooks by: the count of a sitting when its orders closed."""

    __tablename__ = "frozen_count"
    __table_args__ = (
        UniqueConstraint("site_id", "day", "slot"),
        check_one_of("slot", SLOTS),
        kept("frozen_count:id", site="site_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    day: Mapped[date]
    slot: Mapped[str]
    frozen_at: Mapped[datetime]
    #: Sealed JSON: the facts of the kitchen's paper, with diets of few.
    sealed: Mapped[bytes] = sealed_at("frozen_count:{site_id}:{day}:{slot}")


class ChainName(Base):
    """What the chat of a site calls an elder (接龙): learnt when a person chose whom a line means."""

    __tablename__ = "chain_name"
    __table_args__ = not_kept("a help to read the next chain; each order stands on what a person confirmed")

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    #: Name and relation as they are written: 阿兰, 张三妈妈.
    said: Mapped[str] = mapped_column(primary_key=True)
    elder_id: Mapped[int] = mapped_column(ForeignKey("elder.id"), index=True)
