"""Elders, their dated statuses, life-cycle events, cards, and the keys they are found by."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from canteen.base.db import Base, check_one_of, index_where
from canteen.base.db.keeping import kept
from canteen.base.db.sealed import sealed_at
from canteen.base.words import LIFE_KINDS, SETTLEMENTS, SEXES
from canteen.places.models import Area


class Elder(Base):
    """A registered person."""

    __tablename__ = "elder"
    __table_args__ = (
        check_one_of("settlement", ("", *SETTLEMENTS)),
        check_one_of("sex", ("", *SEXES)),
        kept("elder:id", called="name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    sex: Mapped[str] = mapped_column(default="")
    birth_day: Mapped[date]
    hukou_area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"))
    residence_area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    #: Urban or rural by residence at approval (AMB-05); decides the norm.
    settlement: Mapped[str] = mapped_column(default="")
    #: Village group (7组): tells two people of one name apart and may be posted.
    village_group: Mapped[str] = mapped_column(default="")
    #: The site where this person usually eats; the counter looks there first.
    home_site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"), index=True)
    wants_delivery: Mapped[bool] = mapped_column(default=False)
    #: Keyed hash of the ID number: one person once; NULL when the number is not known.
    id_hash: Mapped[str | None] = mapped_column(unique=True)
    #: Sealed JSON: ``people.personal.Personal``.
    sealed: Mapped[bytes] = sealed_at("elder:{id}")
    created_at: Mapped[datetime]
    #: Raised by every change, also of statuses, cards and life events: an import sees that its plan grew old.
    updated_at: Mapped[datetime]

    hukou_area: Mapped[Area | None] = relationship(foreign_keys=[hukou_area_id], lazy="joined")
    residence_area: Mapped[Area] = relationship(foreign_keys=[residence_area_id], lazy="joined")


class Status(Base):
    """One dated status of an elder. Kind, issuer and evidence are sealed: the label itself is sensitive."""

    __tablename__ = "status"
    __table_args__ = (CheckConstraint("to_day is null or to_day >= from_day", name="days"), kept("elder:elder_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    elder_id: Mapped[int] = mapped_column(ForeignKey("elder.id"), index=True)
    #: First and last day in force (last: NULL while it lasts).
    from_day: Mapped[date]
    to_day: Mapped[date | None]
    #: Sealed JSON: kind, issuer, evidence, and ``origin`` ("roster" when imported).
    sealed: Mapped[bytes] = sealed_at("status:{elder_id}")
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class LifeEvent(Base):
    """Paused, moved or died, from a day on; a pause has a last day. Undone by ``cancelled_at``, never deleted."""

    __tablename__ = "life_event"
    __table_args__ = (
        check_one_of("kind", LIFE_KINDS),
        CheckConstraint("to_day is null or to_day >= from_day", name="days"),
        kept("elder:elder_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    elder_id: Mapped[int] = mapped_column(ForeignKey("elder.id"), index=True)
    kind: Mapped[str]
    from_day: Mapped[date]
    to_day: Mapped[date | None]
    reason: Mapped[str] = mapped_column(default="")
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    cancelled_at: Mapped[datetime | None]


class Card(Base):
    """A meal card. One live card a number: ``007`` and ``7`` are the same normalised number."""

    __tablename__ = "card"
    __table_args__ = (
        index_where("uq_card_live_number", "number", where="ended_on is null", unique=True),
        kept("elder:elder_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    elder_id: Mapped[int] = mapped_column(ForeignKey("elder.id"), index=True)
    #: Normalised (``people.rules.card_number``).
    number: Mapped[str]
    #: As printed on the card.
    shown: Mapped[str]
    issued_on: Mapped[date]
    ended_on: Mapped[date | None]
    end_reason: Mapped[str] = mapped_column(default="")


class SearchKey(Base):
    """One way to find one elder. Names, pinyin and initials are plain and found by prefix; phones are keyed hashes
    and found by equality. Cards and ID numbers have tables and columns of their own."""

    __tablename__ = "search_key"
    __table_args__ = (Index("ix_search_key_key_kind", "key", "kind"), kept("elder:elder_id", sqlite_with_rowid=False))

    elder_id: Mapped[int] = mapped_column(ForeignKey("elder.id"), primary_key=True)
    #: name, pinyin, initials, phone, phone_tail
    kind: Mapped[str] = mapped_column(primary_key=True)
    #: Compared byte by byte on both databases, so that a prefix is a range of the index.
    key: Mapped[str] = mapped_column(String().with_variant(String(collation="C"), "postgresql"), primary_key=True)
