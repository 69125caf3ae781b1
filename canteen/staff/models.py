"""Accounts, sign-in attempts and terminal tokens."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from canteen.base.db import Base, is_one_of
from canteen.base.db.keeping import kept, not_kept
from canteen.base.words import TOKEN_ROLES


class Staff(Base):
    """One account. Reach: a site (clerk, manager, volunteer) or an area and all below it."""

    __tablename__ = "staff"
    __table_args__ = (
        UniqueConstraint("username"),
        # Nobody is a machine. A role that ``access`` does not know may nothing.
        CheckConstraint(f"not ({is_one_of('role', TOKEN_ROLES)})", name="role", info={"words": TOKEN_ROLES}),
        kept("staff:id", called="name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Lower case, unique.
    username: Mapped[str]
    #: Shown name.
    name: Mapped[str]
    role: Mapped[str]
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    #: NULL: every site of the area.
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    #: argon2id.
    password_hash: Mapped[str]
    is_active: Mapped[bool] = mapped_column(default=True)
    #: Raised when the password changes or the account is locked: older sessions end.
    session_epoch: Mapped[int] = mapped_column(default=0)
    #: Set by somebody else: the person must choose an own one before doing anything.
    must_change_password: Mapped[bool] = mapped_column(default=False)
    #: The elder this person is, if any: nobody serves a subsidised meal to oneself unseen.
    elder_id: Mapped[int | None] = mapped_column(ForeignKey("elder.id"))
    created_at: Mapped[datetime]


class StaffSession(Base):
    """One sign-in of one browser. The cookie names it; here it can be ended, so that a copied cookie is worth
    nothing after signing out."""

    __tablename__ = "staff_session"
    __table_args__ = not_kept("who is signed in now; the trail says who signed in")

    #: 32 hex digits from the system's random source.
    id: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    #: The account's epoch at sign-in; the session ends when the account's is another.
    epoch: Mapped[int]
    #: Deleted, or ignored, after ``rules.longest_session``.
    started_at: Mapped[datetime]
    #: ``Windows Edge``: for the list of one's own sessions.
    browser: Mapped[str] = mapped_column(default="")


class LoginAttempt(Base):
    """A failed sign-in; counted per name and per address within a window, then forgotten."""

    __tablename__ = "login_attempt"
    __table_args__ = (
        Index("ix_login_attempt_subject_at", "subject", "at"),
        not_kept("forgotten after a quarter of an hour"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: ``name:`` or ``from:`` and a keyed hash: people type passwords into the name field. ``told:`` before it
    #: means that the pause was written to the audit trail. ``link:`` and a number: what a family's link changed.
    subject: Mapped[str]
    at: Mapped[datetime]


class ApiToken(Base):
    """A terminal's bearer token; only its hash is kept."""

    __tablename__ = "api_token"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        UniqueConstraint("site_id", "name"),
        kept("token:id", site="site_id", called="name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    role: Mapped[str]
    token_hash: Mapped[str]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
