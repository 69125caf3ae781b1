"""Meals asked for."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from canteen.base.db import Base, check_one_of, index_where
from canteen.base.db.keeping import kept
from canteen.base.words import SLOTS, WAYS


class Order(Base):
    """One elder's meal asked for one sitting. Cancelled, never deleted."""

    __tablename__ = "meal_order"
    __table_args__ = (
        index_where("uq_meal_order_live", "elder_id", "day", "slot", where="cancelled_at is null", unique=True),
        Index("ix_meal_order_sitting", "site_id", "day", "slot"),
        check_one_of("slot", SLOTS),
        check_one_of("way", WAYS),
        kept("order:id", site="site_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    elder_id: Mapped[int] = mapped_column(ForeignKey("elder.id"))
    day: Mapped[date]
    slot: Mapped[str]
    #: Name of the set; "" is whichever set is first.
    set_name: Mapped[str] = mapped_column(default="")
    way: Mapped[str] = mapped_column(default="dine_in")
    ordered_at: Mapped[datetime]
    ordered_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    cancelled_at: Mapped[datetime | None]
