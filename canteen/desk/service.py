"""What officers do at the desk: one function a deed, one transaction each."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor, may
from canteen.base.clock import day_of
from canteen.base.config import Settings
from canteen.base.db import settle, transaction
from canteen.base.errors import Refusal
from canteen.desk import drafts
from canteen.desk.checking import check
from canteen.desk.numbers import change_numbers
from canteen.desk.preview import sample as samples
from canteen.desk.preview import working_out
from canteen.desk.requests import DraftConflict, EndVersion, NewDraft, PreviewRequest, SaveDraft, SwitchOn
from canteen.desk.toml_text import with_values
from canteen.schemes import switching
from canteen.schemes.models import SchemeDraft, SchemePreview, SchemeVersion
from canteen.schemes.queries import parsed
from canteen.schemes.rules import check_days, may_switch_on, next_version


def start_draft(new: NewDraft, *, actor: Actor, now: datetime) -> int:
    """Begin a draft as a copy of a version, of a built-in scheme, or of an empty sheet. Returns its id.

    A scheme that was ever switched on gets the next free version name.
    """
    with transaction() as session:
        area = drafts.area_in_reach(session, actor, new.area_id)
        text = drafts.text_of(session, new.source)
        scheme = check(text).scheme
        if scheme is not None:
            taken = session.scalars(select(SchemeVersion.version).where(SchemeVersion.scheme == scheme.id)).all()
            text = with_values(text, {"version": f'"{next_version(scheme.version, taken)}"'}) if taken else text
        based_on = "" if new.source == "empty" else new.source
        draft = SchemeDraft(area_id=area.id, text=text, based_on=based_on, edited_by=actor.staff_id, edited_at=now)
        session.add(draft)
        session.flush()
        _record(session, "start_scheme_draft", draft.id, actor, now, source=new.source)
        return draft.id


def save_draft(save: SaveDraft, *, actor: Actor, now: datetime) -> DraftConflict | None:
    """Keep a text; a ``DraftConflict`` when somebody else saved another meanwhile, and nothing is written."""
    with transaction() as session:
        return _write(session, save, actor, now)


def save_numbers(
    draft_id: int, revision: int, typed: Mapping[str, str], *, actor: Actor, now: datetime
) -> DraftConflict | None:
    """Change single numbers of a draft. Raises ``BadInput`` naming the path for one that cannot be understood."""
    with transaction() as session:
        draft, _ = drafts.draft_in_reach(session, actor, draft_id, lock=True)
        drafts.refuse_changed(session, draft, revision)
        return _write(session, SaveDraft(draft_id, revision, change_numbers(draft.text, typed)), actor, now)


def _write(session: Session, save: SaveDraft, actor: Actor, at: datetime) -> DraftConflict | None:
    """Write a text, unless somebody else wrote another meanwhile. The same text again changes nothing."""
    draft, _ = drafts.draft_in_reach(session, actor, save.draft_id, lock=True)
    drafts.refuse_switched_on(draft)
    if draft.text == save.text:
        return None
    if draft.revision != save.revision:
        return DraftConflict(drafts.editor_of(session, draft), draft.text, draft.revision, save.text)
    draft.text, draft.revision = save.text, draft.revision + 1
    draft.edited_by, draft.edited_at = actor.staff_id, at
    session.flush()
    _record(session, "save_scheme_draft", draft.id, actor, at, revision=draft.revision)
    return None


def discard_draft(draft_id: int, *, revision: int, actor: Actor, now: datetime) -> None:
    """Throw a draft away. Raises ``Refusal`` (``draft_changed``) when somebody changed it meanwhile."""
    with transaction() as session:
        draft, _ = drafts.draft_in_reach(session, actor, draft_id, lock=True)
        drafts.refuse_switched_on(draft)
        drafts.refuse_changed(session, draft, revision)
        session.execute(delete(SchemePreview).where(SchemePreview.draft_id == draft_id))
        session.delete(draft)
        session.flush()
        _record(session, "discard_scheme_draft", draft_id, actor, now)


def _record(session: Session, action: str, draft_id: int, actor: Actor, at: datetime, **facts: Any) -> None:
    trail.record(session, actor=actor, action=action, subject=f"scheme_draft:{draft_id}", at=at, **facts)


def switch_on_draft(switch: SwitchOn, *, actor: Actor, now: datetime) -> int:
    """Put a draft in force. The same again answers with the same version.

    Raises ``SchemeError``, ``BadInput`` (days) and ``Refusal``: scheme_incomplete, version_in_use, overlap,
    later_version, draft_changed, maker_is_checker, needs_consent.
    """
    return settle(lambda session: _switch_on(session, switch, actor, now))


def _switch_on(session: Session, switch: SwitchOn, actor: Actor, now: datetime) -> int:
    draft, path = drafts.draft_in_reach(session, actor, switch.draft_id, lock=True)
    if draft.version_id is not None:
        return draft.version_id
    drafts.refuse_changed(session, draft, switch.revision)
    check_days(switch.first, switch.last, today=day_of(now))
    others = drafts.others_who_may(session, actor, path)
    refusal = may_switch_on(edited_by=draft.edited_by, actor_id=actor.staff_id, others=others)
    if refusal is not None:
        raise refusal
    notes = drafts.notes_on_start(session, parsed(draft.text), path, switch.first, today=day_of(now))
    if any(note.needs_consent for note in notes) and not switch.consent:
        raise Refusal(
            "needs_consent", "请先看过这个启用日期意味着什么,再确认", next_step="请返回,勾选「我已看过」后再启用"
        )
    version_id = switching.switch_on(
        session,
        text=draft.text,
        area_id=draft.area_id,
        valid_from=switch.first,
        valid_to=switch.last,
        actor=actor,
        at=now,
    )
    if session.scalar(select(SchemeDraft.id).where(SchemeDraft.version_id == version_id)) is not None:
        raise Refusal("version_in_use", "内容相同的版本已经启用了", next_step="这份草稿可以删除")
    draft.version_id = version_id
    session.flush()
    if draft.edited_by is not None and draft.edited_by == actor.staff_id:  # nobody else may: the log says so
        subject = f"scheme_version:{version_id}"
        trail.record(session, actor=actor, action="switch_on_own_draft", subject=subject, at=now)
    return version_id


def end_version(end: EndVersion, *, actor: Actor, now: datetime) -> None:
    """Give a version a last day, or leave it open again. A day that has passed needs consent."""
    with transaction() as session:
        version, _ = drafts.version_in_reach(session, actor, end.version_id)
        if end.last is not None and end.last < day_of(now) and not end.consent:
            raise Refusal(
                "needs_consent",
                "结束日期已经过去:那天以后已登记的用餐仍按这个版本,不会重算",
                next_step="请返回,勾选「我已看过」后再写入",
            )
        switching.end_version(session, version, last=end.last, actor=actor, at=now)


def withdraw_version(version_id: int, *, actor: Actor, now: datetime) -> None:
    """Take back a version that has not begun."""
    with transaction() as session:
        version, _ = drafts.version_in_reach(session, actor, version_id)
        switching.withdraw(session, version, today=day_of(now), actor=actor, at=now)


def start_preview(
    draft_id: int, preview: PreviewRequest, *, actor: Actor, now: Callable[[], datetime], settings: Settings
) -> None:
    """Work out whom a draft would affect: at once when it is small, else apart from the request.

    Raises ``SchemeError`` or ``Refusal`` (``scheme_incomplete``) for a text that cannot decide anything.
    """
    at = now()
    with transaction() as session:
        draft, path = drafts.draft_in_reach(session, actor, draft_id, lock=True)
        scheme = parsed(draft.text)
        if scheme.missing:
            raise Refusal(
                "scheme_incomplete",
                "方案「%(name)s」缺少数字:%(missing)s",
                next_step="请补齐后再预览",
                name=scheme.name,
                missing="、".join(scheme.missing),
            )
        month = preview.month or working_out.month_to_count(session, path, today=day_of(at))
        sample = working_out.sample_for(session, draft, from_day=preview.from_day, month=month)
        meals = samples.count_meals(session, path, first=sample.first, last=sample.last)
        working_out.begin(session, draft_id, sample, revision=draft.revision, now=at)
        _record(session, "preview_scheme", draft_id, actor, at)
    if meals <= working_out.AT_ONCE:
        working_out.run(draft_id, now=now)
    else:
        working_out.spawn(draft_id, settings)


def cancel_preview(draft_id: int, *, actor: Actor) -> None:
    """Stop a preview that is being made."""
    with transaction() as session:
        drafts.draft_in_reach(session, actor, draft_id)
        working_out.cancel(session, draft_id)


def unmask_preview(draft_id: int, reason: str, *, actor: Actor, now: datetime) -> None:
    """Write down that somebody looks at the whole names of a preview, before they are shown."""
    if not may(actor, "unmask"):
        raise Refusal("forbidden", "您的账号不能查看完整姓名", next_step="如需使用,请联系管理员")
    with transaction() as session:
        drafts.draft_in_reach(session, actor, draft_id)
        _record(session, "unmask", draft_id, actor, now, reason=reason)


def export_preview(draft_id: int, *, actor: Actor, now: datetime) -> None:
    """Write down that somebody takes the list of a preview along (names are masked in it)."""
    with transaction() as session:
        drafts.draft_in_reach(session, actor, draft_id)
        _record(session, "export", draft_id, actor, now)
