"""Accounts and their sessions, written inside the caller's transaction."""

import secrets
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, Table, delete, insert, select, update
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.db.rows import add_row
from canteen.base.errors import BadFields, BadInput, Refusal
from canteen.base.records import as_row
from canteen.base.words import ROLES
from canteen.places.models import Area, Site
from canteen.staff.models import Staff, StaffSession
from canteen.staff.passwords import hash_password, password_problem, words_of
from canteen.staff.rules import LONGEST_SESSION, NewAccount, name_problem, tidy_username, username_problem

_STAFF = cast(Table, Staff.__table__)
_SESSION = cast(Table, StaffSession.__table__)


def add_account(session: Session, new: NewAccount, *, at: datetime) -> int:
    """Add an account and return its id.

    Raises ``BadFields`` (``username``, ``name``, ``role``, ``password``) and ``Refusal`` ``username_taken``.
    """
    username = tidy_username(new.username)
    _demand(username_problem(username), "username")
    _demand(name_problem(new.name), "name")
    _demand("" if new.role in ROLES else "没有这个角色", "role")
    words = _own_words(session, new.name, new.area_id, new.site_id)
    _demand(password_problem(new.password, username=username, words=words), "password")
    if by_username(session, username) is not None:
        raise username_taken(username)
    facts = as_row(new, but=["password"]) | {"username": username, "password_hash": hash_password(new.password)}
    staff_id = add_row(session, _STAFF, **facts, is_active=True, session_epoch=0, created_at=at)
    trail.made(session, "staff", staff_id)
    return staff_id


def set_password(session: Session, *, staff_id: int, password: str, must_change_password: bool = False) -> None:
    """Replace a password and end every session of the account. Raises ``BadFields`` (``password``)."""
    account = session.execute(select(_STAFF).where(_STAFF.c.id == staff_id)).one()
    words = _own_words(session, account.name, account.area_id, account.site_id)
    _demand(password_problem(password, username=account.username, words=words), "password")
    trail.touch(session, "staff", staff_id)
    session.execute(
        update(_STAFF)
        .where(_STAFF.c.id == staff_id)
        .values(
            password_hash=hash_password(password),
            session_epoch=_STAFF.c.session_epoch + 1,
            must_change_password=must_change_password,
        )
    )


def replace_hash(session: Session, staff_id: int, kept: str, anew: str) -> None:
    """Keep the same password under another hash, unless it was changed meanwhile."""
    trail.touch(session, "staff", staff_id)
    session.execute(
        update(_STAFF).where(_STAFF.c.id == staff_id, _STAFF.c.password_hash == kept).values(password_hash=anew)
    )


def _own_words(session: Session, name: str, area_id: int, site_id: int | None) -> frozenset[str]:
    """What somebody who knows the person would try first: the own name, the site's and those of the areas around it."""
    path = session.scalar(select(Area.path).where(Area.id == area_id)) or ""
    site = session.scalar(select(Site.name).where(Site.id == site_id)) or ""
    return words_of([name, site, *path.split("/")])


def set_active(session: Session, *, staff_id: int, is_active: bool) -> None:
    """Lock or unlock an account; either way its sessions end."""
    trail.touch(session, "staff", staff_id)
    session.execute(
        update(_STAFF)
        .where(_STAFF.c.id == staff_id)
        .values(is_active=is_active, session_epoch=_STAFF.c.session_epoch + 1)
    )


def by_username(session: Session, username: str) -> Row[Any] | None:
    """The row of an account, or None."""
    return session.execute(select(_STAFF).where(_STAFF.c.username == username)).first()


def by_id(session: Session, staff_id: int) -> Row[Any] | None:
    """The row of an account, or None."""
    return session.execute(select(_STAFF).where(_STAFF.c.id == staff_id)).first()


def start_session(
    session: Session, *, staff_id: int, epoch: int, at: datetime, replaces: str = "", browser: str = ""
) -> str:
    """Begin a session, ending the one this browser had and forgetting outlived ones; returns its id (128 bits)."""
    outlived = _SESSION.c.started_at <= at - LONGEST_SESSION
    session.execute(delete(_SESSION).where((_SESSION.c.id == replaces) | outlived))
    session_id = secrets.token_hex(16)
    facts = {"id": session_id, "staff_id": staff_id, "epoch": epoch, "started_at": at, "browser": browser}
    session.execute(insert(_SESSION).values(facts))
    return session_id


def end_session(session: Session, session_id: str) -> None:
    """End one session; its cookie is worth nothing from now on."""
    session.execute(delete(_SESSION).where(_SESSION.c.id == session_id))


def end_sessions(session: Session, staff_id: int) -> None:
    """End every session of an account."""
    trail.touch(session, "staff", staff_id)
    session.execute(update(_STAFF).where(_STAFF.c.id == staff_id).values(session_epoch=_STAFF.c.session_epoch + 1))


def username_taken(username: str) -> Refusal:
    """Two people cannot have one name."""
    return Refusal("username_taken", "用户名 %(username)s 已经有人用了", next_step="请换一个用户名", username=username)


def _demand(problem: str, field: str) -> None:
    if problem:
        raise BadFields({field: BadInput(problem, field=field)})
