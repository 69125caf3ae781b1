"""Second factors and waiting sign-ins, written inside the caller's transaction."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, Table, delete, func, insert, select, update
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.db.rows import add_row
from canteen.base.errors import NotFound, Refusal
from canteen.base.vault import Vault
from canteen.staff.models import Staff
from canteen.staff.second.models import Passkey, RecoveryCode, SecondFactor, SignInStep
from canteen.staff.second.passkeys import NewPasskey, Origin
from canteen.staff.second.rules import STEP_LASTS, Factors

_CODE = cast(Table, RecoveryCode.__table__)
_FACTOR = cast(Table, SecondFactor.__table__)
_PASSKEY = cast(Table, Passkey.__table__)
_STAFF = cast(Table, Staff.__table__)
_STEP = cast(Table, SignInStep.__table__)


def factors_of(session: Session, staff_id: int) -> Factors:
    """What an account proves its second step with."""
    secret = session.scalar(select(_FACTOR.c.sealed_totp).where(_FACTOR.c.staff_id == staff_id))
    unused = select(func.count()).where(_CODE.c.staff_id == staff_id, _CODE.c.used_at.is_(None))
    rows = passkeys_of(session, staff_id)
    return Factors(
        secret is not None, tuple((row.id, row.name, row.rp_id) for row in rows), session.scalar(unused) or 0
    )


def passkeys_of(session: Session, staff_id: int) -> Sequence[Row[Any]]:
    """The passkeys of an account, the oldest first."""
    return session.execute(select(_PASSKEY).where(_PASSKEY.c.staff_id == staff_id).order_by(_PASSKEY.c.id)).all()


def begin_step(session: Session, account: Row[Any], *, aim: str, is_proven: bool, at: datetime) -> str:
    """A right password waits for more; forgets what has waited too long. Returns the id (128 bits)."""
    session.execute(delete(_STEP).where(_STEP.c.started_at <= at - STEP_LASTS))
    step_id = secrets.token_hex(16)
    facts = {"id": step_id, "staff_id": account.id, "epoch": account.session_epoch, "aim": aim, "started_at": at}
    session.execute(insert(_STEP).values(**facts, is_proven=is_proven, challenge=""))
    return step_id


def step_of(session: Session, step_id: str, *, at: datetime) -> Row[Any]:
    """A waiting step with ``username``, ``name``, ``role`` and ``site_id`` of its account. Raises ``Refusal`` ``step_gone``
    when it was used, waited too long, or the account was locked or changed meanwhile."""
    row = session.execute(
        select(_STEP, *_STAFF.c["username", "name", "role", "site_id"])
        .join(_STAFF, (_STAFF.c.id == _STEP.c.staff_id) & (_STAFF.c.session_epoch == _STEP.c.epoch))
        .where(_STEP.c.id == step_id, _STAFF.c.is_active)
    ).first()
    if row is None or not row.started_at <= at < row.started_at + STEP_LASTS:
        raise Refusal("step_gone", "这一步等得太久,没有登录", next_step="请重新输入用户名和密码")
    return row


def keep_in_step(session: Session, step_id: str, **facts: Any) -> None:
    """Write down what a step waits for."""
    session.execute(update(_STEP).where(_STEP.c.id == step_id).values(facts))


def take_challenge(session: Session, step_id: str) -> str:
    """The challenge a passkey was to sign, which nobody can answer a second time."""
    found = session.scalar(select(_STEP.c.challenge).where(_STEP.c.id == step_id).with_for_update())
    keep_in_step(session, step_id, challenge="")
    return found or ""


def end_step(session: Session, step_id: str) -> None:
    """The step has led where it was to lead."""
    session.execute(delete(_STEP).where(_STEP.c.id == step_id))


def totp_of(session: Session, staff_id: int, vault: Vault) -> tuple[str, int]:
    """The secret of the app ("" for none) and the half minute used last."""
    row = session.execute(select(_FACTOR).where(_FACTOR.c.staff_id == staff_id)).first()
    if row is None or row.sealed_totp is None:
        return "", 0
    return vault.open(row.sealed_totp, f"totp:{staff_id}"), row.last_step


def use_totp(session: Session, staff_id: int, step: int) -> bool:
    """Use the code of a half minute; False when it, or a later one, was used meanwhile."""
    unused = (_FACTOR.c.staff_id == staff_id) & (_FACTOR.c.last_step < step)
    return (
        session.execute(update(_FACTOR).where(unused).values(last_step=step).returning(_FACTOR.c.staff_id)).first()
        is not None
    )


def put_totp(session: Session, staff_id: int, secret: str, vault: Vault, *, step: int) -> None:
    """Give the account this secret instead of any other; its code of ``step`` is used."""
    trail.touch(session, "staff", staff_id)
    _ensure(session, staff_id)
    sealed = vault.seal(secret, f"totp:{staff_id}")
    session.execute(update(_FACTOR).where(_FACTOR.c.staff_id == staff_id).values(sealed_totp=sealed, last_step=step))


def put_passkey(session: Session, staff_id: int, new: NewPasskey, origin: Origin, *, name: str, at: datetime) -> None:
    """Add a passkey. Raises ``LostRace`` when somebody has it."""
    trail.touch(session, "staff", staff_id)
    facts = {"credential_id": new.credential_id, "public_key": new.public_key, "sign_count": new.sign_count}
    add_row(session, _PASSKEY, staff_id=staff_id, **facts, rp_id=origin.rp_id, name=name, added_at=at)


def use_passkey(session: Session, passkey_id: int, sign_count: int) -> None:
    """Keep its count."""
    session.execute(update(_PASSKEY).where(_PASSKEY.c.id == passkey_id).values(sign_count=sign_count))


def take_passkey(session: Session, staff_id: int, passkey_id: int) -> None:
    """Take a passkey away. Raises ``NotFound`` when the account has no such."""
    trail.touch(session, "staff", staff_id)
    mine = delete(_PASSKEY).where(_PASSKEY.c.id == passkey_id, _PASSKEY.c.staff_id == staff_id)
    if session.execute(mine.returning(_PASSKEY.c.id)).first() is None:
        raise NotFound("没有这个通行密钥,可能已经移除")


def put_codes(session: Session, staff_id: int, hashes: Sequence[str]) -> None:
    """A new set of recovery codes; the old one is worth nothing from now on."""
    trail.touch(session, "staff", staff_id)
    session.execute(delete(_CODE).where(_CODE.c.staff_id == staff_id))
    rows = [{"staff_id": staff_id, "position": place, "code_hash": text} for place, text in enumerate(hashes)]
    session.execute(insert(_CODE).values(used_at=None), rows)


def code_hash(session: Session, staff_id: int, position: int) -> str | None:
    """The hash of an unused recovery code."""
    mine = (_CODE.c.staff_id == staff_id) & (_CODE.c.position == position) & _CODE.c.used_at.is_(None)
    return session.scalar(select(_CODE.c.code_hash).where(mine))


def use_code(session: Session, staff_id: int, position: int, kept: str, *, at: datetime) -> bool:
    """Use a recovery code; False when it was used, or the set replaced, meanwhile."""
    mine = (_CODE.c.staff_id == staff_id) & (_CODE.c.position == position) & (_CODE.c.code_hash == kept)
    trail.touch(session, "staff", staff_id)
    used = update(_CODE).where(mine, _CODE.c.used_at.is_(None)).values(used_at=at).returning(_CODE.c.position)
    return session.execute(used).first() is not None


def take_all(session: Session, staff_id: int, *, but_step: str = "", reset_at: datetime | None = None) -> None:
    """The account has no second step any more; ``reset_at`` tells its owner at the next sign-in."""
    trail.touch(session, "staff", staff_id)
    _ensure(session, staff_id)
    for table in (_PASSKEY, _CODE):
        session.execute(delete(table).where(table.c.staff_id == staff_id))
    session.execute(delete(_STEP).where(_STEP.c.staff_id == staff_id, _STEP.c.id != but_step))
    bare = update(_FACTOR).where(_FACTOR.c.staff_id == staff_id).values(sealed_totp=None, reset_at=reset_at)
    session.execute(bare)


def take_notice(session: Session, staff_id: int) -> bool:
    """Whether somebody else took the second step away since the last sign-in; it is told once."""
    told = update(_FACTOR).where(_FACTOR.c.staff_id == staff_id, _FACTOR.c.reset_at.is_not(None))
    return session.execute(told.values(reset_at=None).returning(_FACTOR.c.staff_id)).first() is not None


def _ensure(session: Session, staff_id: int) -> None:
    if session.scalar(select(_FACTOR.c.staff_id).where(_FACTOR.c.staff_id == staff_id)) is None:
        session.execute(insert(_FACTOR).values(staff_id=staff_id, last_step=0))
