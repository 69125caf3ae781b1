"""Applications with their papers, decisions, public lists and objections."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from canteen.base.db import Base, check_one_of, index_where, table_of
from canteen.base.db.keeping import kept, not_kept
from canteen.base.db.sealed import sealed_at
from canteen.base.words import APPLICANTS, WORDS


class Application(Base):
    """One person asks for one scheme. What was said and by whom is sealed; the clock and the state are not."""

    __tablename__ = "application"
    __table_args__ = (
        UniqueConstraint("key"),
        UniqueConstraint("scheme", "number"),
        # One open application of an elder and a scheme, however many counters and officers.
        index_where("uq_application_open", "elder_id", "scheme", where="state = 'open'", unique=True),
        Index("ix_application_state", "state", "area_id"),
        check_one_of("purpose", WORDS["purpose"]),
        check_one_of("applicant", APPLICANTS),
        check_one_of("channel", WORDS["channel"]),
        check_one_of("state", WORDS["application"]),
        CheckConstraint("(state = 'open') = (closed_on is null)", name="closed"),
        CheckConstraint("step >= 0", name="step"),
        kept("application:id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: One-time key of the form: a second click is the same application.
    key: Mapped[str]
    elder_id: Mapped[int] = mapped_column(ForeignKey("elder.id"), index=True)
    scheme: Mapped[str]
    #: The version whose approval rules it follows to the end.
    version_id: Mapped[int] = mapped_column(ForeignKey("scheme_version.id"))
    #: The area whose offices act: of the residence or of the hukou, as the scheme says.
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    #: Number of the form.
    number: Mapped[str]
    #: ``change``: for somebody who has an entitlement already, which ends when the new one begins.
    purpose: Mapped[str]
    applicant: Mapped[str]
    channel: Mapped[str]
    #: Sealed JSON: agent's name, relation, phone, consent, note, and ``class_code``: "" while nobody can say, decided for
    #: good with the last step.
    sealed: Mapped[bytes] = sealed_at("application:{elder_id}")
    state: Mapped[str]
    #: Number of the step it waits for, from 0.
    step: Mapped[int]
    #: Day the step began: its limit counts from here.
    step_since: Mapped[date]
    applied_on: Mapped[date]
    taken_at: Mapped[datetime]
    taken_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    closed_on: Mapped[date | None]
    #: When and how the written notice was handed over.
    notice_on: Mapped[date | None]
    notice_way: Mapped[str] = mapped_column(default="")


class ApplicationDocument(Base):
    """A paper that was shown: kind, issuer and date are sealed, because a kind may name a status."""

    __tablename__ = "application_document"
    __table_args__ = kept("application:application_id")

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    #: Sealed JSON: kind, issuer, day, note, and ``ability`` of an assessment.
    sealed: Mapped[bytes] = sealed_at("application:{elder_id}", through="application_id")
    #: Name of the sealed picture in the uploads directory; "" without one.
    photo: Mapped[str] = mapped_column(default="")
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class StepDecision(Base):
    """One step decided by one person. The key is the guard: of two officers at once the second finds it taken."""

    __tablename__ = "step_decision"
    __table_args__ = (
        CheckConstraint("outcome in ('passed', 'refused')", name="outcome"),
        kept("application:application_id"),
    )

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    #: Name of the step at the time.
    step: Mapped[str]
    outcome: Mapped[str]
    #: Sealed text: opinion, or reason of a refusal.
    sealed: Mapped[bytes] = sealed_at("application:{elder_id}", through="application_id")
    #: An administrator acted because no other account could.
    is_stand_in: Mapped[bool] = mapped_column(default=False)
    decided_on: Mapped[date]
    decided_at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class PublicNotice(Base):
    """A public list that hangs in an area from a day to a day. The last one of an application and step counts."""

    __tablename__ = "public_notice"
    __table_args__ = (CheckConstraint("last_day >= posted_on", name="days"), kept("notice:id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("scheme_version.id"))
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    position: Mapped[int]
    step: Mapped[str]
    posted_on: Mapped[date]
    last_day: Mapped[date]
    #: Where it hangs, and the telephone for objections.
    place: Mapped[str]
    phone: Mapped[str]
    posted_at: Mapped[datetime]
    posted_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class PublicNoticeLine(Base):
    """One application on a public list."""

    __tablename__ = "public_notice_line"
    __table_args__ = kept("notice:notice_id")

    notice_id: Mapped[int] = mapped_column(ForeignKey("public_notice.id"), primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), primary_key=True, index=True)


class Objection(Base):
    """Somebody objects to a posted name. Who and why is sealed; it must be answered before the step is passed."""

    __tablename__ = "objection"
    __table_args__ = (
        CheckConstraint("(answered_at is null) = (is_upheld is null)", name="answer"),
        kept("application:application_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    received_on: Mapped[date]
    #: Sealed JSON: by, text, answer.
    sealed: Mapped[bytes] = sealed_at("application:{elder_id}", through="application_id")
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    is_upheld: Mapped[bool | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class FormCounter(Base):
    """The last form number of a scheme and year."""

    __tablename__ = "form_counter"
    __table_args__ = not_kept("the last number given; the numbers are in the applications")

    scheme: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int]


APPLICATION = table_of(Application)
DOCUMENT = table_of(ApplicationDocument)
DECISION = table_of(StepDecision)
NOTICE = table_of(PublicNotice)
NOTICE_LINE = table_of(PublicNoticeLine)
OBJECTION = table_of(Objection)
FORM_COUNTER = table_of(FormCounter)
