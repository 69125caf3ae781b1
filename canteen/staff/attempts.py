"""Counting of failed sign-ins, inside the caller's transaction.

A try is written down before the password is looked at, and forgotten when it was right; tries at once are counted one
after the other, so that none slips past. A refused try is not counted, so a pause ends by itself. A browser in which the
person has signed in before counts by itself: somebody else's tries never keep that person out of it.
"""

import ipaddress
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, delete, func, insert, select
from sqlalchemy.orm import Session

from canteen.base.db import is_sqlite
from canteen.base.vault import Vault
from canteen.staff.models import LoginAttempt
from canteen.staff.rules import ADDRESS_FACTOR, TRY_WINDOW, minutes_left

_TRY = cast(Table, LoginAttempt.__table__)
#: A pause is written to the audit trail at most this often, so that a storm of tries cannot fill it.
_TOLD_EVERY = timedelta(minutes=1)


def subjects_of(vault: Vault, *, username: str, address: str, tries: int, device: str = "") -> dict[str, int]:
    """What a try counts against, and how many failures each may have: the name first, then the address.

    A try from a browser this person is known in (``device``) counts against the name in that browser only.
    """
    if device:
        return {f"name:{vault.index('sign-in name', f'{username} {device}')}": tries}
    return {
        f"name:{vault.index('sign-in name', username)}": tries,
        **from_address(vault, "sign-in address", address, most=tries * ADDRESS_FACTOR),
    }


def from_address(vault: Vault, kind: str, address: str, *, most: int) -> dict[str, int]:
    """What a try of some kind counts against by where it comes from, and how many failures it may have."""
    return {f"from:{vault.index(kind, _neighbourhood(address))}": most}


def _neighbourhood(address: str) -> str:
    """An IPv6 house has a whole /64 to call from; it counts as one address."""
    try:
        found = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return address
    if found.version == 6:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def pause(session: Session, subjects: Mapping[str, int], *, at: datetime) -> tuple[str, int] | None:
    """The subject that failed too often and the minutes until the next try, or None when a try is free."""
    _one_by_one(session, subjects)
    session.execute(delete(_TRY).where(_TRY.c.at <= at - TRY_WINDOW))
    for subject, most in subjects.items():
        latest = session.scalars(
            select(_TRY.c.at).where(_TRY.c.subject == subject).order_by(_TRY.c.at.desc()).limit(most)
        ).all()
        if len(latest) >= most:
            return subject, minutes_left(oldest_at=latest[-1], now=at)
    return None


def _one_by_one(session: Session, subjects: Mapping[str, int]) -> None:
    """Until this transaction has noted its try, nobody else counts the same subjects. SQLite has one writer anyway."""
    if not is_sqlite():
        for subject in sorted(subjects):  # always in one order: no two wait for each other
            session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(subject, 0))))


def tell_once(session: Session, subject: str, *, at: datetime) -> bool:
    """Whether this pause is due to be written to the audit trail; remembers that it was."""
    told = select(func.count()).where(_TRY.c.subject == f"told:{subject}", _TRY.c.at > at - _TOLD_EVERY)
    if session.scalar(told):
        return False
    session.execute(insert(_TRY).values(subject=f"told:{subject}", at=at))
    return True


def note(session: Session, subjects: Mapping[str, int], *, at: datetime) -> list[int]:
    """Write a try down against its subjects; returns the ids to forget when it was right."""
    return [
        session.execute(insert(_TRY).values(subject=subject, at=at).returning(_TRY.c.id)).scalar_one()
        for subject in subjects
    ]


def forget(session: Session, subjects: Mapping[str, int], tried: list[int]) -> None:
    """The password was right: clear the name's failures and this try, not the address's other failures."""
    names = [subject for subject in subjects if subject.startswith("name:")]
    session.execute(delete(_TRY).where(_TRY.c.id.in_(tried) | _TRY.c.subject.in_(names)))
