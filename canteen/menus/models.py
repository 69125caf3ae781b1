"""Dated menus and their sets, what guests pay, and the dishes a site cooks."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from canteen.base.db import Base, check_one_of
from canteen.base.db.keeping import kept
from canteen.base.words import DISH_KINDS, SLOTS


class Menu(Base):
    """The menu of one sitting."""

    __tablename__ = "menu"
    __table_args__ = (
        UniqueConstraint("site_id", "day", "slot"),
        check_one_of("slot", SLOTS),
        kept("menu:id", site="site_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    day: Mapped[date]
    slot: Mapped[str]

    sets: Mapped[list[MenuSet]] = relationship(
        lazy="selectin", order_by="MenuSet.position", cascade="all, delete-orphan", back_populates="menu"
    )


class MenuSet(Base):
    """One set of a menu. A serving copies name and price, so changing a set never changes a meal."""

    __tablename__ = "menu_set"
    __table_args__ = (
        UniqueConstraint("menu_id", "name"),
        CheckConstraint("price_fen between 0 and 100000", name="price"),
        kept("menu:menu_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    menu_id: Mapped[int] = mapped_column(ForeignKey("menu.id"), index=True)
    position: Mapped[int]
    #: A套餐
    name: Mapped[str]
    price_fen: Mapped[int]
    #: Dishes joined by 、 as people write them.
    dishes: Mapped[str]
    #: Diet tags joined by 、 (少盐、软食).
    tags: Mapped[str] = mapped_column(default="")
    #: How many were cooked; NULL when nobody counted. "Left" on the counter is this minus served.
    prepared: Mapped[int | None]

    menu: Mapped[Menu] = relationship(back_populates="sets")


class GuestPrice(Base):
    """What guests of a kind pay for a meal from one day to another, at one site or in a whole county."""

    __tablename__ = "guest_price"
    __table_args__ = (
        CheckConstraint("price_fen between 0 and 100000", name="price"),
        CheckConstraint("(site_id is null) <> (area_id is null)", name="place"),
        Index("ix_guest_price_kind", "guest_kind", "from_day"),
        kept("guest_price:id", site="site_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    #: The county.
    area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"))
    guest_kind: Mapped[str]
    #: NULL: what the menu says, as where nothing is said; at a site it lifts the county's price.
    price_fen: Mapped[int | None]
    from_day: Mapped[date]
    #: Last day; NULL: until further notice. Before ``from_day``: taken back before it began.
    to_day: Mapped[date | None]


class Dish(Base):
    """One dish of a site's list. Menus name dishes as text: what the list says of a name holds wherever it stands."""

    __tablename__ = "dish"
    __table_args__ = (
        UniqueConstraint("site_id", "name"),
        check_one_of("kind", DISH_KINDS),
        kept("dish:id", site="site_id", called="name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    name: Mapped[str]
    kind: Mapped[str]
    #: Lists joined by 、; without ingredients and allergens nobody has said what is in it.
    ingredients: Mapped[str]
    allergens: Mapped[str]
    #: Diet tags, as those of a set.
    tags: Mapped[str]
