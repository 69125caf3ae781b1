"""Routes, runs, drops, and places of doors."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from canteen.base.db import Base, check_one_of, is_one_of
from canteen.base.db.keeping import kept
from canteen.base.db.sealed import sealed_at
from canteen.base.words import DELIVERED, DOOR_PAY_WAYS, OUTCOMES, WORDS


class Route(Base):
    """A fixed list of doors in the order somebody remembered."""

    __tablename__ = "route"
    __table_args__ = (
        UniqueConstraint("site_id", "name"),
        check_one_of("moves_by", WORDS["moves_by"]),
        CheckConstraint("boxes > 0", name="boxes"),
        kept("route:id", site="site_id", called="name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    name: Mapped[str]
    #: The volunteer who usually walks it.
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    #: For planning: boxes carried at once, how, and whether the way back counts.
    boxes: Mapped[int] = mapped_column(default=20)
    moves_by: Mapped[str] = mapped_column(default="e_bike")
    returns: Mapped[bool] = mapped_column(default=True)


class DoorPlace(Base):
    """Where an elder's door is and what planning has to know about it; it stays when the door changes its route."""

    __tablename__ = "door_place"
    __table_args__ = (UniqueConstraint("elder_id"), kept("door_place:id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    elder_id: Mapped[int] = mapped_column(ForeignKey("elder.id"))
    #: Sealed JSON: ``at`` ("27.915012,116.403900", WGS 84, or ""), ``minutes`` at the door, ``eats_by`` ("11:30" or "").
    sealed: Mapped[bytes] = sealed_at("door_place:{elder_id}")


class RouteStop(Base):
    """One door of a route."""

    __tablename__ = "route_stop"
    __table_args__ = (
        UniqueConstraint("route_id", "elder_id"),
        check_one_of("pay_way", DOOR_PAY_WAYS),
        kept("route:route_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    route_id: Mapped[int] = mapped_column(ForeignKey("route.id"), index=True)
    elder_id: Mapped[int] = mapped_column(ForeignKey("elder.id"))
    #: Walking order from 1.
    position: Mapped[int]
    #: How this door pays its own part, agreed once: the phone at the door has only two buttons.
    pay_way: Mapped[str] = mapped_column(default="cash")
    #: Sealed JSON text with the floor and key-holder hint; NULL when there is none.
    sealed_hint: Mapped[bytes | None] = sealed_at("stop:{elder_id}")


class Run(Base):
    """A route on one day and slot."""

    __tablename__ = "run"
    __table_args__ = (UniqueConstraint("route_id", "day", "slot"), kept("run:id", site="site_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    route_id: Mapped[int] = mapped_column(ForeignKey("route.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    day: Mapped[date]
    slot: Mapped[str]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    planned_at: Mapped[datetime]


class Drop(Base):
    """One door of a run."""

    __tablename__ = "drop_point"
    __table_args__ = (
        UniqueConstraint("run_id", "elder_id"),
        check_one_of("state", WORDS["drop"]),
        CheckConstraint(f"({is_one_of('state', DELIVERED)}) = (serving_id is not null)", name="serving"),
        check_one_of("pay_way", DOOR_PAY_WAYS),
        kept("run:run_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), index=True)
    elder_id: Mapped[int] = mapped_column(ForeignKey("elder.id"))
    position: Mapped[int]
    #: Copied from the stop when the run was planned.
    pay_way: Mapped[str] = mapped_column(default="cash")
    #: What its last mark that counts says (``DropMark``), and the first of the meals that mark made.
    state: Mapped[str] = mapped_column(default="planned")
    serving_id: Mapped[int | None] = mapped_column(ForeignKey("serving.id"), unique=True)
    decided_at: Mapped[datetime | None]


class DropMark(Base):
    """What somebody said of a door, once for each tap. It is never removed: it may be taken back, or count at last when it
    was refused before."""

    __tablename__ = "drop_mark"
    __table_args__ = (UniqueConstraint("key"), check_one_of("outcome", OUTCOMES), kept(through="drop_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    drop_id: Mapped[int] = mapped_column(ForeignKey("drop_point.id"), index=True)
    #: One-time key made by the page or the phone, so that a phone may send it until it hears back.
    key: Mapped[str]
    outcome: Mapped[str]
    #: When the server was told.
    at: Mapped[datetime]
    #: When it was pressed: by the server's clock, reckoned back by the time that passed on the phone; and as the phone's
    #: own clock said (NULL: a plain form).
    pressed_at: Mapped[datetime]
    phone_at: Mapped[datetime | None]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    #: Sealed JSON (``marking.told.MarkTold``): remark, who took it, why it was refused; before, the remark alone. May speak of
    #: health. NULL for nothing.
    sealed_told: Mapped[bytes | None] = sealed_at("drop:{drop_id}")
    #: Stable code of the rule that said no: the mark changed nothing, and somebody looks at it (``looked_at``). "": it counts.
    refusal: Mapped[str] = mapped_column(default="")
    looked_at: Mapped[datetime | None]
    #: Taken back; also a mark taken back before it came.
    undone_at: Mapped[datetime | None]


class DropServing(Base):
    """A meal that a mark made: one for each box."""

    __tablename__ = "drop_serving"
    __table_args__ = kept("serving:serving_id")

    serving_id: Mapped[int] = mapped_column(ForeignKey("serving.id"), primary_key=True)
    mark_id: Mapped[int] = mapped_column(ForeignKey("drop_mark.id"), index=True)


class FormerWalker(Base):
    """Somebody who had a door before the run was given to another, or the door taken to another run: what their phone
    marked without a signal still counts."""

    __tablename__ = "former_walker"
    __table_args__ = kept(through="drop_id")

    drop_id: Mapped[int] = mapped_column(ForeignKey("drop_point.id"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
