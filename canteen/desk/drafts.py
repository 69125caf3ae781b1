"""Drafts and versions in an officer's reach, and changes to drafts. Everything here takes the caller's session."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import ALLOWED, Actor, reaches_area
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.desk.checking import check
from canteen.desk.requests import DraftConflict, SaveDraft
from canteen.desk.snippets import block
from canteen.desk.toml_text import with_values
from canteen.places.models import Area
from canteen.schemes.builtin import builtin_schemes
from canteen.schemes.models import SchemeDraft, SchemePreview, SchemeVersion
from canteen.schemes.rules import next_version
from canteen.staff.models import Staff

NO_DRAFT = "没有找到这份草稿"
FROM_LIST = "请从方案列表重新选择"


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
    found = select(SchemeDraft).where(SchemeDraft.id == draft_id).execution_options(populate_existing=True)
    draft = session.scalar(found.with_for_update() if lock else found)
    path = session.scalar(select(Area.path).where(Area.id == draft.area_id)) if draft else None
    if draft is None or path is None or not reaches(actor, path):
        raise NotFound(NO_DRAFT, next_step=FROM_LIST)
    return draft, path


def version_in_reach(session: Session, actor: Actor, version_id: int) -> tuple[SchemeVersion, str]:
    """A version the actor decides about, and the path of its area. Raises ``NotFound``."""
    version = session.get(SchemeVersion, version_id)
    path = session.scalar(select(Area.path).where(Area.id == version.area_id)) if version else None
    if version is None or path is None or not reaches(actor, path):
        raise NotFound("没有找到这个方案", next_step=FROM_LIST)
    return version, path


def others_who_may(session: Session, actor: Actor, area_path: str) -> list[str]:
    """Names of the other people who may switch on schemes for an area."""
    rows = session.execute(
        select(Staff.id, Staff.name, Area.path)
        .join(Area, Area.id == Staff.area_id)
        .where(Staff.role.in_(ALLOWED["keep_schemes"]), Staff.is_active, Staff.site_id.is_(None))
        .order_by(Staff.id)
    )
    return [row.name for row in rows if f"{area_path}/".startswith(row.path + "/") and row.id != actor.staff_id]


def add_draft(session: Session, *, source: str, area: Area, actor: Actor, at: datetime) -> int:
    """A draft that begins as a copy. A scheme that was ever switched on gets the next free version name."""
    text = text_of(session, source)
    checked = check(text)
    scheme = checked.document.get("id")
    taken = set(session.scalars(select(SchemeVersion.version).where(SchemeVersion.scheme == scheme)))
    if checked.scheme is not None and taken:
        text = with_values(text, {"version": f'"{next_version(checked.scheme.version, taken)}"'})
    row = SchemeDraft(
        area_id=area.id, text=text, based_on="" if source == "empty" else source, edited_by=actor.staff_id, edited_at=at
    )
    session.add(row)
    session.flush()
    trail.record(
        session, actor=actor, action="start_scheme_draft", subject=f"scheme_draft:{row.id}", at=at, source=source
    )
    return row.id


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
    raise NotFound("没有找到这个方案", next_step=FROM_LIST)


def change_draft(session: Session, save: SaveDraft, *, actor: Actor, at: datetime) -> DraftConflict | None:
    """Write a text, unless somebody else wrote another meanwhile. The same text again changes nothing."""
    draft, _ = draft_in_reach(session, actor, save.draft_id, lock=True)
    refuse_switched_on(draft)
    if draft.text == save.text:
        return None
    if draft.revision != save.revision:
        return DraftConflict(editor_of(session, draft), draft.text, draft.revision, save.text)
    draft.text, draft.revision = save.text, draft.revision + 1
    draft.edited_by, draft.edited_at = actor.staff_id, at
    session.flush()
    trail.record(
        session,
        actor=actor,
        action="save_scheme_draft",
        subject=f"scheme_draft:{draft.id}",
        at=at,
        revision=draft.revision,
    )
    return None


def remove_draft(session: Session, draft_id: int, *, revision: int, actor: Actor, at: datetime) -> None:
    """Throw a draft away. Raises ``Refusal`` (``draft_changed``) when somebody changed it meanwhile."""
    draft, _ = draft_in_reach(session, actor, draft_id, lock=True)
    refuse_switched_on(draft)
    refuse_changed(session, draft, revision)
    session.execute(delete(SchemePreview).where(SchemePreview.draft_id == draft_id))
    session.delete(draft)
    session.flush()
    trail.record(session, actor=actor, action="discard_scheme_draft", subject=f"scheme_draft:{draft_id}", at=at)


def become(session: Session, draft: SchemeDraft, version_id: int) -> None:
    """Write down which version a draft became. Raises ``Refusal`` when another draft with the same text was quicker."""
    if session.scalar(select(SchemeDraft.id).where(SchemeDraft.version_id == version_id)) is not None:
        raise Refusal("version_in_use", "内容相同的版本已经启用了", next_step="这份草稿可以删除")
    draft.version_id = version_id
    session.flush()


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
