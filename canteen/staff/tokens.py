"""Terminals' bearer tokens, written inside the caller's transaction. Only the SHA-256 hash is kept: a token has 256
random bits, so a slow hash would add nothing but a wait at every meal."""

import hashlib
import secrets
from datetime import datetime
from typing import cast

from sqlalchemy import Table, insert, select, update
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.base.words import TOKEN_ROLES
from canteen.staff.models import ApiToken

_TOKEN = cast(Table, ApiToken.__table__)
#: Says what it is, so that it can be found where it does not belong.
PREFIX = "ct_"


def hash_token(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def add_token(session: Session, *, name: str, site_id: int, role: str, at: datetime) -> tuple[int, str]:
    """Add a token and return its id and the token itself, which nobody can read again.

    Raises ``BadInput`` (``name``, ``role``) and ``Refusal`` ``token_exists``: a revoked name stays taken, so that
    the audit trail means one terminal by one name.
    """
    if not name.strip() or len(name) > 40:
        raise BadInput("请给终端起一个名字,最多 40 个字", field="name")
    if role not in TOKEN_ROLES:
        raise BadInput("令牌的角色只能是 %(roles)s", field="role", roles=", ".join(TOKEN_ROLES))
    if session.scalar(select(_TOKEN.c.id).where(_TOKEN.c.site_id == site_id, _TOKEN.c.name == name)) is not None:
        raise Refusal("token_exists", "这个助餐点已经有叫「%(name)s」的令牌", next_step="请换一个名字", name=name)
    token = PREFIX + secrets.token_urlsafe(32)
    added = insert(_TOKEN).values(name=name, site_id=site_id, role=role, token_hash=hash_token(token), created_at=at)
    token_id = session.execute(added.returning(_TOKEN.c.id)).scalar_one()
    trail.made(session, "token", token_id, site_id=site_id)
    return token_id, token


def revoke_token(session: Session, *, name: str, site_id: int, at: datetime) -> int:
    """End a token and return its id. Raises ``NotFound`` when there is none of that name in force."""
    in_force = (_TOKEN.c.site_id == site_id, _TOKEN.c.name == name, _TOKEN.c.revoked_at.is_(None))
    token_id = session.scalar(select(_TOKEN.c.id).where(*in_force).with_for_update())
    if token_id is None:
        raise NotFound("这个助餐点没有叫「%(name)s」的有效令牌", next_step="用 token list 查看", name=name)
    trail.touch(session, "token", token_id, site_id=site_id)
    session.execute(update(_TOKEN).where(_TOKEN.c.id == token_id).values(revoked_at=at))
    return int(token_id)
