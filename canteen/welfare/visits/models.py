"""Plans of visits, and visits."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from canteen.base.db import Base, check_one_of
from canteen.base.db.keeping import kept
from canteen.base.db.sealed import sealed_at
from canteen.base.words import VISIT_RESULTS


class VisitPlan(Base):
    """Somebody looks in on an elder, or on everybody of a village group, every so many days."""

    __tablename__ = "visit_plan"
    __table_args__ = (
        CheckConstraint("(elder_id is null) = (village_group <> '')", name="whom"),
        CheckConstraint("every_days between 1 and 92", name="every_days"),
        CheckConstraint("partner_id <> staff_id", name="pair"),
        kept("visit_plan:id", site="site_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    #: One elder, or NULL: those of ``village_group``, as the register says it on the day.
    elder_id: Mapped[int | None] = mapped_column(ForeignKey("elder.id"))
    village_group: Mapped[str] = mapped_column(default="")
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    #: The second of a pair; NULL: one goes alone.
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    every_days: Mapped[int]
    from_day: Mapped[date]
    #: First day on which nobody goes any more; NULL while it lasts.
    ended_on: Mapped[date | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class WelfareVisit(Base):
    """Somebody went, and what they found."""

    __tablename__ = "visit"
    __table_args__ = (
        UniqueConstraint("key"),
        check_one_of("result", VISIT_RESULTS),
        Index("ix_visit_plan_elder", "plan_id", "elder_id", "day"),
        Index("ix_visit_site_day", "site_id", "day"),
        kept("visit:id", site="site_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: One-time key of the tap.
    key: Mapped[str]
    plan_id: Mapped[int] = mapped_column(ForeignKey("visit_plan.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    elder_id: Mapped[int] = mapped_column(ForeignKey("elder.id"), index=True)
    day: Mapped[date]
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    result: Mapped[str]
    #: Sealed JSON text; NULL for nothing. May speak of health.
    sealed_words: Mapped[bytes | None] = sealed_at("visit:{key}")
