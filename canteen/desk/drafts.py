"""Drafts and versions in an officer's reach. Everything here takes the caller's session."""

from datetime import date
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.base.access import ALLOWED, Actor, reaches_area
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.desk.preview import sample as samples
from canteen.desk.snippets import block
from canteen.places.models import Area
from canteen.schemes.builtin import builtin_schemes
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.models import SchemeDraft, SchemeVersion
from canteen.schemes.rules import StartNote, start_notes
from canteen.staff.models import Staff

NO_DRAFT, NO_SCHEME = "没有找到这份草稿", "没有找到这个方案"
FROM_LIST = "请从方案列表重新选择"
Row = TypeVar("Row", SchemeDraft, SchemeVersion)


def reaches(actor: Actor, area_path: str) -> bool:
    """Whether somebody decides about schemes of an area: not somebody bound to one site."""
    return actor.site_id is None and reaches_area(actor, area_path)


def area_in_reach(session: Session, actor: Actor, area_id: int) -> Area:
    """An area the actor decides about. Raises ``NotFound``."""
    area = session.get(Area, area_id)
    if area is None or not reaches(actor, area.path):
        raise NotFound("没有找到这个地区", next_step="请从列表中选择您负责的地区")
    return area


def draft_in_reach(session: Session, actor: Actor, draft_id: int, *, lock: bool = False) -> tuple[SchemeDraft, str]:
    """A draft and the path of its area. Raises ``NotFound``. ``lock`` keeps others from changing it meanwhile."""
    draft = session.get(SchemeDraft, draft_id, populate_existing=True, with_for_update=lock or None)
    return _in_reach(session, actor, draft, NO_DRAFT)


def version_in_reach(session: Session, actor: Actor, version_id: int) -> tuple[SchemeVersion, str]:
    """A version the actor decides about, and the path of its area. Raises ``NotFound``."""
    return _in_reach(session, actor, session.get(SchemeVersion, version_id), NO_SCHEME)


def _in_reach(session: Session, actor: Actor, row: Row | None, missing: str) -> tuple[Row, str]:
    area = session.get(Area, row.area_id) if row else None
    if row is None or area is None or not reaches(actor, area.path):
        raise NotFound(missing, next_step=FROM_LIST)
    return row, area.path


def others_who_may(session: Session, actor: Actor, area_path: str) -> list[str]:
    """Names of the other people who may switch on schemes for an area."""
    rows = session.execute(
        select(Staff.id, Staff.name, Area.path)
        .join(Area, Area.id == Staff.area_id)
        .where(Staff.role.in_(ALLOWED["keep_schemes"]), Staff.is_active, Staff.site_id.is_(None))
        .order_by(Staff.id)
    )
    return [row.name for row in rows if f"{area_path}/".startswith(row.path + "/") and row.id != actor.staff_id]


def notes_on_start(session: Session, scheme: Scheme, area_path: str, first: date, *, today: date) -> list[StartNote]:
    """What putting a scheme in force for an area from a day means."""
    served = samples.count_meals(session, area_path, first=first) if first < today else 0
    return start_notes(first, today=today, served=served, own_first=scheme.valid_from, own_last=scheme.valid_to)


def text_of(session: Session, source: str) -> str:
    """The text a draft begins with. Raises ``NotFound``."""
    kind, _, name = source.partition(":")
    if kind == "version" and name.isdecimal() and len(name) < 10:
        version = session.get(SchemeVersion, int(name))
        if version is not None:
            return version.text
    if kind == "builtin" and name in builtin_schemes():
        return builtin_schemes()[name]
    if source == "empty":
        return block("empty")
    raise NotFound(NO_SCHEME, next_step=FROM_LIST)


def refuse_switched_on(draft: SchemeDraft) -> None:
    """A version in use is never edited."""
    if draft.version_id is not None:
        raise Refusal("version_in_use", "这份草稿已经启用,不能再改", next_step="请从已启用的版本新建草稿")


def refuse_changed(session: Session, draft: SchemeDraft, revision: int) -> None:
    """What somebody looked at must be what is there."""
    if draft.revision != revision:
        raise Refusal(
            "draft_changed", "%(name)s 刚刚改了这份草稿", name=editor_of(session, draft), next_step="请重新打开看过再做"
        )


def editor_of(session: Session, draft: SchemeDraft) -> str:
    """Who last edited a draft."""
    name = session.scalar(select(Staff.name).where(Staff.id == draft.edited_by)) if draft.edited_by else None
    return name or "命令行"


def plain_text(text: str) -> str:
    """A text as it is kept: lines end as on Unix, no sign that no database keeps. Raises ``BadInput`` when too long."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    plain = plain.encode("utf-8", "replace").decode("utf-8")
    if len(plain) > 200_000:
        raise BadInput("方案太长,最多 200000 个字", field="text")
    return plain
