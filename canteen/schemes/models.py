"""Schemes in force, drafts and their previews."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from canteen.base.db import Base
from canteen.base.db.keeping import kept, not_kept


class SchemeVersion(Base):
    """One immutable version of a scheme, in force for an area from a day. Servings keep its id and version."""

    __tablename__ = "scheme_version"
    __table_args__ = (UniqueConstraint("scheme", "version", "area_id"), kept("scheme_version:id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Scheme id, for example ``jinxi``.
    scheme: Mapped[str]
    #: Version named in the text, for example ``2026``.
    version: Mapped[str]
    #: The area whose sites use it (and all below).
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    #: The TOML exactly as switched on.
    text: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class SchemeDraft(Base):
    """A scheme being written for an area. Once it is switched on it stays as a trace and is edited no more."""

    __tablename__ = "scheme_draft"
    __table_args__ = kept("scheme_draft:id")

    id: Mapped[int] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    #: TOML as typed; may be wrong or incomplete.
    text: Mapped[str]
    #: What it was copied from: ``version:<id>``, ``builtin:<name>``, or "" for an empty sheet.
    based_on: Mapped[str] = mapped_column(default="")
    #: Raised by every change; a change made to an older text is told and not written.
    revision: Mapped[int] = mapped_column(default=1)
    edited_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    edited_at: Mapped[datetime]
    #: The version it became when it was switched on.
    version_id: Mapped[int | None] = mapped_column(ForeignKey("scheme_version.id"), unique=True)


class SchemePreview(Base):
    """The last preview of a draft: whom it would affect. Worked out apart from the request when it is large."""

    __tablename__ = "scheme_preview"
    __table_args__ = (
        CheckConstraint("state in ('running', 'done', 'failed', 'cancelled')", name="state"),
        not_kept("worked out again from the draft"),
    )

    draft_id: Mapped[int] = mapped_column(ForeignKey("scheme_draft.id"), primary_key=True)
    #: Of the draft when the preview was asked for.
    revision: Mapped[int]
    #: The day from which the draft would be in force, and the month (``2026-10``) whose meals are counted again.
    from_day: Mapped[date]
    month: Mapped[str]
    state: Mapped[str]
    #: Elders counted so far, and in all.
    done: Mapped[int]
    total: Mapped[int]
    started_at: Mapped[datetime]
    #: Last sign of life; a preview that is silent for long has died.
    seen_at: Mapped[datetime]
    #: ``desk.preview.affected.Totals`` as JSON: ids and amounts, no names.
    result: Mapped[dict[str, object] | None] = mapped_column(JSON)
