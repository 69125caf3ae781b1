"""Public lists as they hang, and the list of them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from canteen.base.access import Actor
from canteen.base.db import reading
from canteen.base.errors import NotFound
from canteen.base.text import masked_name
from canteen.base.vault import the_vault
from canteen.entitlements.applications.models import APPLICATION, NOTICE, NOTICE_LINE
from canteen.entitlements.applications.queries import VERSION, place_of, reached_by
from canteen.people.queries import AREA, ELDER
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.queries import parsed


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePage:
    """A public list as it hangs: no ID digits, no status labels."""

    row: Any
    scheme: Scheme
    area_path: str
    #: Masked name, village group, class code.
    lines: tuple[tuple[str, str, str], ...]


def notices(actor: Actor, *, today: date) -> list[Any]:
    """The public lists in reach, the newest first: those that hang and the last hundred."""
    with reading() as session:
        inside = session.scalars(
            select(NOTICE_LINE.c.notice_id)
            .join(APPLICATION, APPLICATION.c.id == NOTICE_LINE.c.application_id)
            .join(ELDER, ELDER.c.id == APPLICATION.c.elder_id)
            .join(AREA, AREA.c.id == APPLICATION.c.area_id)
            .where(reached_by(actor))
            .distinct()
            .order_by(NOTICE_LINE.c.notice_id.desc())
            .limit(100)
        ).all()
        rows = session.execute(
            select(
                NOTICE,
                AREA.c.path.label("area_path"),
                VERSION.c.text.label("text"),
                select(func.count()).where(NOTICE_LINE.c.notice_id == NOTICE.c.id).scalar_subquery().label("names"),
            )
            .join(AREA, AREA.c.id == NOTICE.c.area_id)
            .join(VERSION, VERSION.c.id == NOTICE.c.version_id)
            .where(NOTICE.c.id.in_(inside))
            .order_by(NOTICE.c.id.desc())
        ).all()
        return [(row, parsed(row.text).name) for row in rows]


def notice_page(notice_id: int, *, actor: Actor) -> NoticePage:
    """One public list with somebody in reach. Raises ``NotFound``."""
    with reading() as session:
        row = session.execute(
            select(NOTICE, AREA.c.path.label("area_path"), VERSION.c.text.label("text"))
            .join(AREA, AREA.c.id == NOTICE.c.area_id)
            .join(VERSION, VERSION.c.id == NOTICE.c.version_id)
            .where(NOTICE.c.id == notice_id)
        ).first()
        people = session.execute(
            select(ELDER.c.name, ELDER.c.village_group, APPLICATION.c.elder_id, APPLICATION.c.sealed)
            .join(APPLICATION, APPLICATION.c.elder_id == ELDER.c.id)
            .join(NOTICE_LINE, NOTICE_LINE.c.application_id == APPLICATION.c.id)
            .join(AREA, AREA.c.id == APPLICATION.c.area_id)
            .where(NOTICE_LINE.c.notice_id == notice_id, reached_by(actor))
            .order_by(ELDER.c.village_group, ELDER.c.id)
        ).all()
        if row is None or not people:
            raise NotFound("没有找到这份公示", next_step="请从公示列表重新选择")
        lines = tuple(
            (
                masked_name(one.name),
                one.village_group,
                the_vault().open(one.sealed, place_of(one.elder_id))["class_code"],
            )
            for one in people
        )
        return NoticePage(row=row, scheme=parsed(row.text), area_path=row.area_path, lines=lines)
