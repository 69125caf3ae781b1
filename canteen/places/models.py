"""Areas, sites, slots' hours and the service calendar."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from canteen.base.db import Base, check_one_of
from canteen.base.db.keeping import kept
from canteen.base.words import LEVELS, OPERATING_MODELS, SETTLEMENTS, SLOTS


class Area(Base):
    """One node of the administrative tree."""

    __tablename__ = "area"
    __table_args__ = (
        UniqueConstraint("path"),
        check_one_of("level", LEVELS),
        check_one_of("settlement", ("", *SETTLEMENTS)),
        kept("area:id", called="path"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"), index=True)
    name: Mapped[str]
    level: Mapped[str]
    #: Names from the top joined by "/": 金溪县/云溪镇/枫林村. What schemes test with "inside".
    path: Mapped[str]
    #: A residents' committee (居委会) is urban, a villagers' committee (村委会) rural; "" above a village.
    settlement: Mapped[str] = mapped_column(default="")


class Site(Base):
    """A canteen or meal point."""

    __tablename__ = "site"
    __table_args__ = (
        UniqueConstraint("area_id", "name"),
        UniqueConstraint("code"),
        check_one_of("operating_model", OPERATING_MODELS),
        CheckConstraint("absent_days between 0 and 60", name="absent_days"),
        kept("site:id", site="id", called="name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    #: Short and stable, for addresses and terminals: S1, S2 … unless given.
    code: Mapped[str]
    name: Mapped[str]
    operating_model: Mapped[str] = mapped_column(default="village_run")
    #: Days of the week with service, ISO numbers: "12345" is Monday to Friday.
    weekdays: Mapped[str] = mapped_column(default="1234567")
    phone: Mapped[str] = mapped_column(default="")
    #: Where it stands, for planning of routes: "27.915012,116.403900" (WGS 84), "" while nobody has said.
    place: Mapped[str] = mapped_column(default="")
    #: First day of service; days before it are not planned days of the operating grant.
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    #: After so many days of service without a meal somebody asks after a regular; 0: nobody.
    absent_days: Mapped[int] = mapped_column(default=5)

    area: Mapped[Area] = relationship(lazy="joined")
    slots: Mapped[list[SiteSlot]] = relationship(lazy="selectin", order_by="SiteSlot.opens")


class SiteSlot(Base):
    """A slot the site serves, with its hours (Asia/Shanghai, HH:MM)."""

    __tablename__ = "site_slot"
    __table_args__ = (
        check_one_of("slot", SLOTS),
        CheckConstraint("cutoff_days between 0 and 3", name="cutoff_days"),
        CheckConstraint("capacity > 0", name="capacity"),
        kept("site:site_id"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    slot: Mapped[str] = mapped_column(primary_key=True)
    opens: Mapped[str]
    closes: Mapped[str]
    #: Until when an order is taken: at this time, so many days before (0: of the same day).
    order_cutoff: Mapped[str] = mapped_column(default="09:30")
    cutoff_days: Mapped[int] = mapped_column(default=0)
    #: Meals that may be ordered for a sitting; NULL: as many as want.
    capacity: Mapped[int | None]


class CalendarException(Base):
    """One day on which a site's plan differs from its weekdays: closed (with a reason) or open after all."""

    __tablename__ = "calendar_exception"
    __table_args__ = kept("site:site_id")

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    is_open: Mapped[bool]
    reason: Mapped[str]
