"""Who was shown by a search, and how many searches an account made."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from canteen.base.db import Base
from canteen.base.db.keeping import not_kept


class FoundPerson(Base):
    """A search that showed an elder: what the audit trail keeps of it (``find_people``), by elder."""

    __tablename__ = "found_person"
    __table_args__ = (Index("ix_found_person_elder_at", "elder_id", "at"), not_kept("the trail says the same"))

    id: Mapped[int] = mapped_column(primary_key=True)
    elder_id: Mapped[int] = mapped_column(ForeignKey("elder.id"))
    at: Mapped[datetime]
    #: As in the audit trail: ``staff:<id>``, ``token:<id>``.
    actor: Mapped[str]
    #: On which page: a word of ``look_place``.
    place: Mapped[str]


class SearchCount(Base):
    """How many searches an account, or a terminal, made in one hour."""

    __tablename__ = "search_count"
    __table_args__ = not_kept("forgotten after a day")

    actor: Mapped[str] = mapped_column(primary_key=True)
    #: ``till`` or ``office``: a queue stands at the one only.
    kind: Mapped[str] = mapped_column(primary_key=True)
    #: The hour as ``2026-11-21T03`` (UTC).
    hour: Mapped[str] = mapped_column(primary_key=True)
    searches: Mapped[int]
