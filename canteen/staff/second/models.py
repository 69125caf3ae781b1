"""What a person proves the second step with, and sign-ins that wait for it."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from canteen.base.db import Base, check_one_of
from canteen.base.db.keeping import kept, not_kept
from canteen.base.db.sealed import sealed_at


class SecondFactor(Base):
    """One row for an account that has, or had, a second step."""

    __tablename__ = "second_factor"
    __table_args__ = kept("staff:staff_id", moving=("last_step", "reset_at"))

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    #: The secret shared with an app on the phone; NULL without one.
    sealed_totp: Mapped[bytes | None] = sealed_at("totp:{staff_id}")
    #: Number of the half minute whose code was used last: no code counts twice.
    last_step: Mapped[int] = mapped_column(default=0)
    #: Somebody else took the second step away; told at the next sign-in, then NULL.
    reset_at: Mapped[datetime | None]


class Passkey(Base):
    """A key that never leaves a phone, a computer or a stick; here is its public half."""

    __tablename__ = "passkey"
    __table_args__ = kept("staff:staff_id", moving=("sign_count",))

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    #: base64url.
    credential_id: Mapped[str] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    #: Raised by some devices at each use: one that falls back was copied.
    sign_count: Mapped[int] = mapped_column(BigInteger)
    #: The site's name when it was made: browsers offer it under no other.
    rp_id: Mapped[str]
    #: What its owner calls it.
    name: Mapped[str]
    added_at: Mapped[datetime]


class RecoveryCode(Base):
    """One of ten codes on paper for the day the phone is lost; only its argon2id hash is kept."""

    __tablename__ = "recovery_code"
    __table_args__ = kept("staff:staff_id")

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    #: 0 to 9; the first letter of the code says it.
    position: Mapped[int] = mapped_column(primary_key=True)
    code_hash: Mapped[str]
    used_at: Mapped[datetime | None]


class SignInStep(Base):
    """A right password that waits for the second step, in one browser. It is no session."""

    __tablename__ = "sign_in_step"
    __table_args__ = (check_one_of("aim", ("sign_in", "set_up", "codes", "off")), not_kept("ends after minutes"))

    #: 32 hex digits from the system's random source; the browser's signed cookie holds it.
    id: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    #: The account's epoch at the password; the step ends when the account's is another.
    epoch: Mapped[int]
    #: What it is to lead to: in, a (further) factor, new recovery codes, or no second step any more.
    aim: Mapped[str]
    #: The second step was passed, or the account has none yet: it may be set up.
    is_proven: Mapped[bool]
    #: Ignored after ``rules.STEP_LASTS``.
    started_at: Mapped[datetime]
    #: What a passkey must sign, base64url; used once.
    challenge: Mapped[str] = mapped_column(default="")
    #: The secret that is being set up.
    sealed_totp: Mapped[bytes | None] = sealed_at("sign_in_step:{id}")
