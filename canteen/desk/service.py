"""What officers do at the desk: one function a deed, one transaction each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor, may
from canteen.base.clock import day_of
from canteen.base.config import Settings
from canteen.base.db import settle, transaction
from canteen.base.errors import Refusal
from canteen.desk import drafts
from canteen.desk.numbers import change_numbers
from canteen.desk.preview import sample as samples
from canteen.desk.preview import working_out
from canteen.desk.requests import DraftConflict, EndVersion, NewDraft, PreviewRequest, SaveDraft, SwitchOn
from canteen.schemes import switching
from canteen.schemes.queries import parsed
from canteen.schemes.rules import check_days, may_switch_on, start_notes


def start_draft(new: NewDraft, *, actor: Actor, now: datetime) -> int:
    """Begin a draft as a copy of a version, of a built-in scheme, or of an empty sheet. Returns its id."""
    with transaction() as session:
        area = drafts.area_in_reach(session, actor, new.area_id)
        return drafts.add_draft(session, source=new.source, area=area, actor=actor, at=now)


def save_draft(save: SaveDraft, *, actor: Actor, now: datetime) -> DraftConflict | None:
    """Keep a text; a ``DraftConflict`` when somebody else saved another meanwhile, and nothing is written."""
    with transaction() as session:
        return drafts.change_draft(session, save, actor=actor, at=now)


def save_numbers(
    draft_id: int, revision: int, typed: Mapping[str, str], *, actor: Actor, now: datetime
) -> DraftConflict | None:
    """Change single numbers of a draft. Raises ``BadInput`` naming the path for one that cannot be understood."""
    with transaction() as session:
        draft, _ = drafts.draft_in_reach(session, actor, draft_id, lock=True)
        drafts.refuse_changed(session, draft, revision)
        text = change_numbers(draft.text, typed)
        return drafts.change_draft(session, SaveDraft(draft_id, revision, text), actor=actor, at=now)


def discard_draft(draft_id: int, *, revision: int, actor: Actor, now: datetime) -> None:
    """Throw a draft away."""
    with transaction() as session:
        drafts.remove_draft(session, draft_id, revision=revision, actor=actor, at=now)


def switch_on_draft(asked: SwitchOn, *, actor: Actor, now: datetime) -> int:
    """Put a draft in force. The same again answers with the same version.

    Raises ``SchemeError``, ``BadInput`` (days) and ``Refusal``: scheme_incomplete, version_in_use, overlap,
    later_version, draft_changed, maker_is_checker, needs_consent.
    """
    today = day_of(now)

    def work(session: Session) -> int:
        draft, path = drafts.draft_in_reach(session, actor, asked.draft_id, lock=True)
        if draft.version_id is not None:
            return draft.version_id
        drafts.refuse_changed(session, draft, asked.revision)
        check_days(asked.first, asked.last, today=today)
        others = drafts.others_who_may(session, actor, path)
        refusal = may_switch_on(edited_by=draft.edited_by, actor_id=actor.staff_id, others=others)
        if refusal is not None:
            raise refusal
        scheme = parsed(draft.text)
        served = samples.count_meals(session, path, first=asked.first) if asked.first < today else 0
        notes = start_notes(
            asked.first, today=today, served=served, own_first=scheme.valid_from, own_last=scheme.valid_to
        )
        if any(note.needs_consent for note in notes) and not asked.consent:
            raise Refusal(
                "needs_consent", "请先看过这个启用日期意味着什么,再确认", next_step="请返回,勾选「我已看过」后再启用"
            )
        version_id = switching.switch_on(
            session,
            text=draft.text,
            area_id=draft.area_id,
            valid_from=asked.first,
            valid_to=asked.last,
            actor=actor,
            at=now,
        )
        drafts.become(session, draft, version_id)
        if draft.edited_by is not None and draft.edited_by == actor.staff_id:  # nobody else may: the log says so
            trail.record(
                session, actor=actor, action="switch_on_own_draft", subject=f"scheme_version:{version_id}", at=now
            )
        return version_id

    return settle(work)


def end_version(asked: EndVersion, *, actor: Actor, now: datetime) -> None:
    """Give a version a last day, or leave it open again. A day that has passed needs consent."""
    with transaction() as session:
        version, _ = drafts.version_in_reach(session, actor, asked.version_id)
        if asked.last is not None and asked.last < day_of(now) and not asked.consent:
            raise Refusal(
                "needs_consent",
                "结束日期已经过去:那天以后已登记的用餐仍按这个版本,不会重算",
                next_step="请返回,勾选「我已看过」后再写入",
            )
        switching.end_version(session, version, last=asked.last, actor=actor, at=now)


def withdraw_version(version_id: int, *, actor: Actor, now: datetime) -> None:
    """Take back a version that has not begun."""
    with transaction() as session:
        version, _ = drafts.version_in_reach(session, actor, version_id)
        switching.withdraw(session, version, today=day_of(now), actor=actor, at=now)


def start_preview(
    draft_id: int, asked: PreviewRequest, *, actor: Actor, now: Callable[[], datetime], settings: Settings
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
        month = asked.month or working_out.month_to_count(session, path, today=day_of(at))
        sample = working_out.sample_for(session, draft, from_day=asked.from_day, month=month)
        meals = samples.count_meals(session, path, first=sample.first, last=sample.last)
        working_out.begin(session, draft_id, sample, revision=draft.revision, now=at)
        trail.record(session, actor=actor, action="preview_scheme", subject=f"scheme_draft:{draft_id}", at=at)
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
        trail.record(session, actor=actor, action="unmask", subject=f"scheme_draft:{draft_id}", at=now, reason=reason)


def export_preview(draft_id: int, *, actor: Actor, now: datetime) -> None:
    """Write down that somebody takes the list of a preview along (names are masked in it)."""
    with transaction() as session:
        drafts.draft_in_reach(session, actor, draft_id)
        trail.record(session, actor=actor, action="export", subject=f"scheme_draft:{draft_id}", at=now)
