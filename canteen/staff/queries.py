"""Who is asking, and the lists of the staff pages."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, bindparam, func, select
from sqlalchemy.orm import Session

from canteen.base.access import ALLOWED, Actor
from canteen.base.db import reading
from canteen.base.db.prepared import Prepared
from canteen.base.errors import NotFound
from canteen.places.models import Area, Site
from canteen.places.queries import inside, site_facts
from canteen.places.rules import levels_of
from canteen.staff.models import ApiToken, Staff, StaffSession
from canteen.staff.rules import Account, Choices, longest_session

_AREA = Area.__table__
_SESSION = StaffSession.__table__
_SITE = Site.__table__
_STAFF = Staff.__table__
_TOKEN = ApiToken.__table__

# Both are asked in every request: one indexed statement, no objects of the ORM.
_OF_SESSION = (
    select(
        *_STAFF.c["id", "username", "name", "role", "site_id", "elder_id", "must_change_password"],
        _AREA.c.path,
        _SESSION.c.started_at,
    )
    .join(_STAFF, (_STAFF.c.id == _SESSION.c.staff_id) & (_STAFF.c.session_epoch == _SESSION.c.epoch))
    .join(_AREA, _AREA.c.id == _STAFF.c.area_id)
    .where(_STAFF.c.is_active)
)
_OF_TOKEN = (
    select(*_TOKEN.c["id", "name", "role", "site_id"], _AREA.c.path)
    .join(_SITE, _SITE.c.id == _TOKEN.c.site_id)
    .join(_AREA, _AREA.c.id == _SITE.c.area_id)
    .where(_TOKEN.c.revoked_at.is_(None))
)
# Asked at every request: built once.
_BY_SESSION = Prepared(_OF_SESSION.where(_SESSION.c.id == bindparam("session_id")))
_BY_TOKEN = Prepared(_OF_TOKEN.where(_TOKEN.c.token_hash == bindparam("token")))


def account_of_session(session_id: str, *, now: datetime) -> Account | None:
    """Whose session this is, if it is still in force."""
    with reading() as session:
        row = _BY_SESSION.first(session, session_id=session_id)
    if row is None or now - row.started_at >= longest_session(row.role):
        return None
    actor = Actor("staff", row.id, row.name, row.role, row.path, row.site_id, row.elder_id)
    return Account(actor, row.username, row.must_change_password)


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One sign-in of one's own that has not ended. ``which`` names it on a page, where its id must not stand."""

    which: str
    browser: str
    started_at: datetime
    is_here: bool


def sessions_of(actor: Actor, *, here: str, now: datetime) -> list[OpenSession]:
    """One's own sessions in force, the newest first; ``here`` is the id of this browser's."""
    with reading() as session:
        rows = _in_force(session, actor.id)
    return [
        OpenSession(_named(row.id), row.browser, row.started_at, row.id == here)
        for row in rows
        if now - row.started_at < longest_session(actor.role)
    ]


def session_named(session: Session, staff_id: int, which: str) -> str | None:
    """The id of a person's session by its name on the page."""
    return next((row.id for row in _in_force(session, staff_id) if _named(row.id) == which), None)


def _in_force(session: Session, staff_id: int) -> Sequence[Row[Any]]:
    mine = _SESSION.c.staff_id == staff_id
    joined = select(_SESSION).join(_STAFF, (_STAFF.c.id == _SESSION.c.staff_id) & _STAFF.c.is_active)
    in_force = joined.where(mine, _STAFF.c.session_epoch == _SESSION.c.epoch)
    return session.execute(in_force.order_by(_SESSION.c.started_at.desc())).all()


def _named(session_id: str) -> str:
    return hashlib.sha256(session_id.encode()).hexdigest()[:16]


def with_names(table: Table, by: str, *more: Any) -> Select[Any]:
    """A statement of the rows of a table, in whose column ``by`` stands the name of the account; "" for none."""
    columns = [column for column in table.c if column.name != by]
    named = func.coalesce(_STAFF.c.name, "").label(by)
    return select(*columns, named, *more).select_from(table).outerjoin(_STAFF, _STAFF.c.id == table.c[by])


def has_accounts() -> bool:
    """Whether anybody could sign in at all: not before the first set-up."""
    with reading() as session:
        return session.scalar(select(_STAFF.c.id).limit(1)) is not None


def bearer(token_hash: str) -> Actor | None:
    """Whose token this is, unless it was revoked."""
    with reading() as session:
        row = _BY_TOKEN.first(session, token=token_hash)
    return None if row is None else Actor("token", row.id, row.name, row.role, row.path, row.site_id)


def account_in_reach(actor: Actor) -> ColumnElement[bool]:
    """The accounts an actor may keep, joined with their areas."""
    return inside(actor.area_path) if actor.site_id is None else _STAFF.c.site_id == actor.site_id


def site_in_reach_of(actor: Actor) -> ColumnElement[bool]:
    """The sites an actor reaches, joined with their areas."""
    return inside(actor.area_path) if actor.site_id is None else _SITE.c.id == actor.site_id


_ACCOUNTS: Select[Any] = (
    select(
        *_STAFF.c["id", "username", "name", "role", "is_active", "site_id", "elder_id", "created_at"],
        _AREA.c.path.label("area_path"),
        _SITE.c.name.label("site_name"),
    )
    .join(_AREA, _AREA.c.id == _STAFF.c.area_id)
    .outerjoin(_SITE, _SITE.c.id == _STAFF.c.site_id)
)


def accounts_of(actor: Actor) -> Sequence[Row[Any]]:
    """The accounts an actor may keep, by area and name."""
    with reading() as session:
        return session.execute(
            _ACCOUNTS.where(account_in_reach(actor)).order_by(_AREA.c.path, _STAFF.c.site_id, _STAFF.c.username)
        ).all()


def account_for(actor: Actor, staff_id: int) -> Row[Any]:
    """One account the actor may keep. Raises ``NotFound``, the same for one out of reach."""
    with reading() as session:
        return find_account(session, actor, staff_id)


def find_account(session: Session, actor: Actor, staff_id: int) -> Row[Any]:
    """As ``account_for``, with the caller's session."""
    row = session.execute(_ACCOUNTS.where(_STAFF.c.id == staff_id, account_in_reach(actor))).first()
    if row is None:
        raise NotFound("没有找到这个账号", next_step="请从人员名单重新选择")
    return row


def account_named(actor: Actor, username: str) -> Row[Any]:
    """One account by its user name, for commands. Raises ``NotFound``."""
    with reading() as session:
        row = session.execute(_ACCOUNTS.where(_STAFF.c.username == username, account_in_reach(actor))).first()
    if row is None:
        raise NotFound("没有叫 %(username)s 的账号", next_step="用 user list 查看", username=username)
    return row


def choices_for(actor: Actor, *, username: str = "") -> Choices:
    """Where the actor may put a new account: sites first, then areas (none for somebody bound to one site)."""
    with reading() as session:
        sites = session.execute(
            select(_SITE.c.id, _SITE.c.name, _SITE.c.area_id, _AREA.c.path)
            .join(_AREA, _AREA.c.id == _SITE.c.area_id)
            .where(site_in_reach_of(actor))
            .order_by(_AREA.c.path, _SITE.c.id)
        ).all()
        areas = (
            []
            if actor.site_id is not None
            else session.execute(
                select(_AREA.c.id, _AREA.c.path).where(inside(actor.area_path)).order_by(_AREA.c.path)
            ).all()
        )
        taken = session.scalar(select(_STAFF.c.id).where(_STAFF.c.username == username)) is not None
    found = {f"site:{site.id}": f"{site.name}({site.path})" for site in sites}
    found |= {f"area:{area.id}": area.path for area in areas}
    return Choices(found, {site.id: site.area_id for site in sites}, taken)


def area_at(path: str) -> int:
    """The area of a path, for commands. Raises ``NotFound`` naming the areas there are."""
    with reading() as session:
        rows = session.execute(select(_AREA.c.path, _AREA.c.id).order_by(_AREA.c.path))
        paths: dict[str, int] = {row.path: row.id for row in rows}
    if path not in paths:
        raise NotFound("没有「%(path)s」这个区域", next_step="现有区域:%(paths)s", path=path, paths="、".join(paths))
    return paths[path]


def tokens_of(actor: Actor) -> Sequence[Row[Any]]:
    """The terminals' tokens in reach, revoked ones too."""
    wanted: Select[Any] = (
        select(*_TOKEN.c["name", "role", "created_at", "revoked_at"], _SITE.c.code, _SITE.c.name.label("site_name"))
        .join(_SITE, _SITE.c.id == _TOKEN.c.site_id)
        .join(_AREA, _AREA.c.id == _SITE.c.area_id)
        .where(inside(actor.area_path))
        .order_by(_SITE.c.code, _TOKEN.c.name)
    )
    with reading() as session:
        return session.execute(wanted).all()


def names_of(session: Session, labels: set[str]) -> dict[str, str]:
    """Label -> name of the accounts and terminals among the labels of the audit trail."""
    names: dict[str, str] = {}
    for kind, table in (("staff", _STAFF), ("token", _TOKEN)):
        ids = [int(label.removeprefix(f"{kind}:")) for label in labels if label.startswith(f"{kind}:")]
        if ids:
            found = session.execute(select(table.c.id, table.c.name).where(table.c.id.in_(ids)))
            names |= {f"{kind}:{row.id}": row.name for row in found}
    return names


def people_who_may(session: Session, action: str, site_id: int) -> list[tuple[int, str]]:
    """(id, name) of the active people who may do something at a site, volunteers first."""
    above = levels_of(site_facts(session, site_id).area_path).values()
    rows = session.execute(
        select(Staff.id, Staff.name, Staff.role)
        .join(Area, Area.id == Staff.area_id)
        .where(
            Staff.is_active,
            Staff.role.in_(ALLOWED[action]),
            (Staff.site_id == site_id) | (Staff.site_id.is_(None) & Area.path.in_(above)),
        )
        .order_by(Staff.role.desc(), Staff.name, Staff.id)
    )
    return [(row.id, row.name) for row in rows]
