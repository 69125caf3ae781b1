"""Switching a scheme on from a day. Session-first: the caller's transaction."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.errors import Refusal
from canteen.staff import audit
from canteen.staff.rules import Actor
from canteen.subsidies.models import SchemeVersion
from canteen.subsidies.queries import parsed


def switch_on(session: Session, *, text: str, area_id: int, valid_from: date, actor: Actor, at: datetime) -> int:
    """Put a scheme text in force for an area from a day; an open earlier version of it ends the day before.

    The same version on the same area again changes nothing. Returns the id of the version. Raises ``SchemeError``
    for a text that is wrong and ``Refusal`` (``scheme_incomplete``, ``version_in_use``) for one that may not be used.
    """
    scheme = parsed(text)
    if scheme.missing:
        raise Refusal("scheme_incomplete", "方案「%(name)s」缺少数字:%(missing)s", next_step="请补齐后再启用",
                      name=scheme.name, missing="、".join(scheme.missing))
    earlier = session.scalars(
        select(SchemeVersion)
        .where(SchemeVersion.scheme == scheme.id, SchemeVersion.area_id == area_id)
        .order_by(SchemeVersion.valid_from)
    ).all()
    for version in earlier:
        if version.version == scheme.version:
            if version.text == text:
                return version.id
            raise Refusal("version_in_use", "方案 %(name)s 的版本 %(version)s 已启用,不能修改",
                          next_step="请给修改后的内容一个新的版本号", name=scheme.name, version=scheme.version)
        if version.valid_from >= valid_from:
            raise Refusal("later_version", "方案 %(name)s 已有从 %(day)s 起的版本", next_step="请选择更晚的启用日期",
                          name=scheme.name, day=version.valid_from.isoformat())
    for version in earlier:
        if version.valid_to is None or version.valid_to >= valid_from:
            version.valid_to = valid_from - timedelta(days=1)
    row = SchemeVersion(scheme=scheme.id, version=scheme.version, area_id=area_id, valid_from=valid_from, text=text,
                        created_at=at, created_by=actor.staff_id)
    session.add(row)
    session.flush()
    audit.record(session, actor=actor, action="switch_on_scheme", subject=f"scheme_version:{row.id}", at=at,
                 scheme=scheme.id, version=scheme.version)
    return row.id
