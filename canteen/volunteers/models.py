"""The register of volunteers, work that somebody typed, and rules for points."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from canteen.base.db import Base, check_one_of
from canteen.base.db.keeping import kept
from canteen.base.db.sealed import sealed_at
from canteen.base.words import WORDS


class Volunteer(Base):
    """Somebody who helps at a site, with an account or without."""

    __tablename__ = "volunteer"
    __table_args__ = (UniqueConstraint("staff_id"), kept("volunteer:id", site="site_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    #: The account whose runs and visits are this person's; NULL: none, and all work is typed.
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    name: Mapped[str]
    #: When they can: ISO numbers of days of the week ("135"), slots with commas ("lunch,dinner").
    weekdays: Mapped[str] = mapped_column(default="")
    slots: Mapped[str] = mapped_column(default="")
    #: Sealed JSON: phone and note.
    sealed: Mapped[bytes] = sealed_at("volunteer:{id}")
    joined_on: Mapped[date]
    #: The last day; NULL while they help.
    left_on: Mapped[date | None]
    recorded_at: Mapped[datetime]


class VolunteerRoute(Base):
    """A route a volunteer knows and can walk for somebody else."""

    __tablename__ = "volunteer_route"
    __table_args__ = kept("volunteer:volunteer_id", sqlite_with_rowid=False)

    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteer.id"), primary_key=True)
    route_id: Mapped[int] = mapped_column(ForeignKey("route.id"), primary_key=True)


class VolunteerWork(Base):
    """Work that somebody typed: a run on paper, the kitchen, an event. Taken back by ``cancelled_at``, never deleted."""

    __tablename__ = "volunteer_work"
    __table_args__ = (
        UniqueConstraint("key"),
        check_one_of("kind", WORDS["work"]),
        CheckConstraint("minutes between 1 and 960", name="minutes"),
        CheckConstraint("metres >= 0", name="metres"),
        kept("volunteer:volunteer_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: One-time key of the form.
    key: Mapped[str]
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteer.id"), index=True)
    day: Mapped[date]
    kind: Mapped[str]
    minutes: Mapped[int]
    metres: Mapped[int]
    note: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    cancelled_at: Mapped[datetime | None]


class PointRule(Base):
    """How work of a county becomes points from a day on, until the next rule begins."""

    __tablename__ = "point_rule"
    __table_args__ = (UniqueConstraint("area_id", "from_day"), kept("point_rule:id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    from_day: Mapped[date]
    per_hour: Mapped[int]
    per_run: Mapped[int]
    per_visit: Mapped[int]
    #: What a visit counts, in minutes: nobody clocks in and out of one.
    visit_minutes: Mapped[int]
    #: Most points of a day and of a month; NULL: as many as there are.
    most_a_day: Mapped[int | None]
    most_a_month: Mapped[int | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
