"""Putting schemes in force, ending and withdrawing them. Session-first: the caller's transaction.

The row of the area is locked first, so that two officers cannot switch on two overlapping versions at once.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.errors import NotFound, Refusal
from canteen.places.models import Area
from canteen.schemes.models import SchemeDraft, SchemeVersion
from canteen.schemes.queries import parsed
from canteen.schemes.rules import Period, check_end, superseded, version_in_use


def switch_on(
    session: Session,
    *,
    text: str,
    area_id: int,
    valid_from: date,
    actor: Actor,
    at: datetime,
    valid_to: date | None = None,
) -> int:
    """Put a scheme text in force for an area from a day; an open earlier version of it ends the day before.

    The same version on the same area again changes nothing. Returns the id of the version. Raises ``SchemeError``
    for a text that is wrong and ``Refusal`` (``scheme_incomplete``, ``version_in_use``, ``overlap``,
    ``later_version``) for one that may not be used.
    """
    scheme = parsed(text)
    if scheme.missing:
        raise Refusal(
            "scheme_incomplete",
            "方案「%(name)s」缺少数字:%(missing)s",
            next_step="请补齐后再启用",
            name=scheme.name,
            missing="、".join(scheme.missing),
        )
    earlier = versions_in_area(session, scheme=scheme.id, area_id=area_id, lock=True)
    for version in earlier:
        if version.version == scheme.version:
            if version.text == text:
                return version.id
            raise version_in_use(scheme.name, scheme.version)
    ending = {one.version_id for one in superseded(map(period_of, earlier), valid_from, valid_to, name=scheme.name)}
    for version in earlier:
        if version.id in ending:
            version.valid_to = valid_from - timedelta(days=1)
    row = SchemeVersion(
        scheme=scheme.id,
        version=scheme.version,
        area_id=area_id,
        valid_from=valid_from,
        valid_to=valid_to,
        text=text,
        created_at=at,
        created_by=actor.staff_id,
    )
    session.add(row)
    session.flush()
    _note(session, "switch_on_scheme", row, actor, at, valid_from=valid_from.isoformat(), ending=sorted(ending))
    return row.id


def end_version(session: Session, version: SchemeVersion, *, last: date | None, actor: Actor, at: datetime) -> None:
    """Give a version its last day, or leave it open (None). What was served stays as it was.

    Raises ``BadInput`` for a day before the first, ``Refusal`` (``overlap``) when another version would run into it.
    """
    others = versions_in_area(session, scheme=version.scheme, area_id=version.area_id, lock=True)
    name = parsed(version.text).name
    check_end(period_of(version), last, [period_of(one) for one in others if one.id != version.id], name=name)
    if version.valid_to == last:
        return
    version.valid_to = last
    session.flush()
    _note(session, "end_scheme", version, actor, at, valid_to=last.isoformat() if last else "")


def withdraw(session: Session, version: SchemeVersion, *, today: date, actor: Actor, at: datetime) -> None:
    """Take a version back that has not begun; the draft it came from may be worked on again.

    Raises ``Refusal`` (``already_begun``) for one that was in force for a day.
    """
    versions_in_area(session, scheme=version.scheme, area_id=version.area_id, lock=True)
    if version.valid_from <= today:
        raise Refusal("already_begun", "这个版本已经开始执行,不能撤回", next_step="可以给它一个结束日期")
    draft = session.scalar(select(SchemeDraft).where(SchemeDraft.version_id == version.id))
    if draft is not None:
        draft.version_id = None
    session.flush()
    session.delete(version)
    session.flush()
    _note(session, "withdraw_scheme", version, actor, at)


def _note(session: Session, action: str, of: SchemeVersion, actor: Actor, at: datetime, **detail: Any) -> None:
    facts = {"scheme": of.scheme, "version": of.version, **detail}
    trail.record(session, actor, action, f"scheme_version:{of.id}", at, **facts)


def versions_in_area(session: Session, *, scheme: str, area_id: int, lock: bool = False) -> Sequence[SchemeVersion]:
    """The versions of a scheme switched on for exactly this area, the earliest first.

    ``lock`` holds the area's row until the end of the transaction; SQLite has one writer anyway.
    """
    if lock:
        locked = session.scalar(select(Area.id).where(Area.id == area_id).with_for_update(key_share=True))
        if locked is None:
            raise NotFound("没有找到这个地区", next_step="请重新选择地区")
    return session.scalars(
        select(SchemeVersion)
        .where(SchemeVersion.scheme == scheme, SchemeVersion.area_id == area_id)
        .order_by(SchemeVersion.valid_from)
        .execution_options(populate_existing=True)
    ).all()


def period_of(version: SchemeVersion) -> Period:
    """The days of a version, as the rules see them."""
    return Period(version.id, version.version, version.valid_from, version.valid_to)
