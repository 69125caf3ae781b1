"""What the desk's pages show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.base.access import Actor, may
from canteen.base.clock import day_of
from canteen.base.db import reading
from canteen.base.db.rows import covers
from canteen.base.errors import NotFound, Refusal
from canteen.base.records import as_record, chunks
from canteen.base.text import masked_name
from canteen.desk import drafts
from canteen.desk.checking import Checked, check
from canteen.desk.preview.affected import Changed, Totals, totals_of
from canteen.desk.preview.working_out import SILENT
from canteen.desk.reading_back.labels import Say, chinese
from canteen.people.queries import ELDER
from canteen.places.models import Area
from canteen.schemes.builtin import builtin_schemes
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.models import SchemeDraft, SchemePreview, SchemeVersion
from canteen.schemes.queries import parsed, scheme_names, scheme_page_of, versions_for
from canteen.schemes.rules import Period, StartNote, check_days, may_switch_on, superseded, version_in_use
from canteen.schemes.switching import period_of, versions_in_area

#: Lines of a preview on one page.
PAGE = 100
#: Names asked for in one statement.
_BATCH = 500


@dataclass(frozen=True, slots=True)
class DraftPage:
    """A draft as its pages see it."""

    id: int
    area_path: str
    text: str
    revision: int
    based_on: str
    edited_by: str
    edited_at: datetime
    edited_on: date
    version_id: int | None
    checked: Checked
    is_mine: bool


@dataclass(frozen=True, slots=True)
class BuiltinLine:
    """A scheme that comes with the program."""

    source: str
    name: str
    version: str
    origin: str
    is_complete: bool


@dataclass(frozen=True, slots=True)
class SwitchPlan:
    """What switching a draft on from a day would do, before anybody presses the button."""

    notes: tuple[StartNote, ...]
    #: Why not, or None.
    refusal: Refusal | None
    #: Open versions that would end the day before.
    ending: tuple[Period, ...]
    #: Areas at other levels where the same scheme is in force: the nearer one counts there.
    elsewhere: tuple[str, ...]
    #: Names of others who may switch on.
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One elder whom a draft would affect."""

    name: str
    place: str
    changed: Changed


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """How far a preview is, and what came of it."""

    state: str
    done: int
    total: int
    from_day: date
    month: date
    #: The draft was changed since.
    is_old: bool
    totals: Totals | None
    #: Scheme id -> name, for the payers of the totals.
    names: dict[str, str]


def areas_for(actor: Actor) -> list[tuple[int, str]]:
    """Areas the actor decides about, the largest first."""
    with reading() as session:
        rows = session.execute(select(Area.id, Area.path)).all()
    found = [(id_, path) for id_, path in rows if drafts.reaches(actor, path)]
    return sorted(found, key=lambda area: (area[1].count("/"), area[1]))


def drafts_for(actor: Actor) -> list[DraftPage]:
    """Drafts in the actor's reach that are not switched on, the latest first."""
    with reading() as session:
        rows = session.execute(
            select(SchemeDraft, Area.path)
            .join(Area, Area.id == SchemeDraft.area_id)
            .where(SchemeDraft.version_id.is_(None))
            .order_by(SchemeDraft.edited_at.desc(), SchemeDraft.id.desc())
        ).all()
        return [_page(session, actor, draft, path, chinese) for draft, path in rows if drafts.reaches(actor, path)]


def draft_page(actor: Actor, draft_id: int, say: Say = chinese) -> DraftPage:
    """A draft in the actor's reach. Raises ``NotFound``."""
    with reading() as session:
        draft, path = drafts.draft_in_reach(session, actor, draft_id)
        return _page(session, actor, draft, path, say)


def _page(session: Session, actor: Actor, draft: SchemeDraft, path: str, say: Say) -> DraftPage:
    return as_record(
        DraftPage,
        draft,
        area_path=path,
        edited_by=drafts.editor_of(session, draft),
        edited_on=day_of(draft.edited_at),
        checked=check(draft.text, say),
        is_mine=draft.edited_by is not None and draft.edited_by == actor.staff_id,
    )


@cache
def builtins() -> list[BuiltinLine]:
    """What a draft may begin with besides the versions in force."""
    lines = []
    for name, text in builtin_schemes().items():
        checked = check(text)
        origin = next((source for path, source in checked.scheme.sources if not path), "") if checked.scheme else ""
        lines.append(BuiltinLine(f"builtin:{name}", checked.name, checked.version, origin, checked.state == "ready"))
    return lines


def source_text(actor: Actor, ref: str) -> tuple[str, str]:
    """Name and text of what ``version:3``, ``builtin:jinxi`` or ``draft:5`` means. Raises ``NotFound``."""
    kind, _, name = ref.partition(":")
    if kind == "builtin" and name in builtin_schemes():
        text = builtin_schemes()[name]
        return f"{check(text).name} {check(text).version}", text
    number = int(name) if name.isdecimal() and len(name) < 10 else 0
    if kind == "version":
        version, scheme, path = scheme_page_of(actor, number)
        return f"{scheme.name} {version.version} {path}", version.text
    if kind == "draft" and may(actor, "keep_schemes"):
        page = draft_page(actor, number)
        return f"{page.checked.name} {page.checked.version} ✎", page.text
    raise NotFound("没有找到这个方案", next_step=drafts.FROM_LIST)


def sources_for(actor: Actor) -> list[tuple[str, str]]:
    """Everything that can be compared: versions, drafts in reach, built-in schemes."""
    found = [
        (f"version:{version.id}", f"{scheme.name} {version.version} {path}")
        for version, scheme, path in versions_for(actor)
    ]
    if may(actor, "keep_schemes"):
        found += [(f"draft:{one.id}", f"{one.checked.name} {one.checked.version} ✎") for one in drafts_for(actor)]
    return found + [(one.source, f"{one.name} {one.version} ◇") for one in builtins()]


def plan_for(actor: Actor, draft_id: int, *, first: date, last: date | None, today: date) -> SwitchPlan:
    """What switching on from ``first`` would do. The draft must be readable and complete; see ``Checked``."""
    with reading() as session:
        draft, path = drafts.draft_in_reach(session, actor, draft_id)
        scheme = parsed(draft.text)
        check_days(first, last, today=today)
        others = drafts.others_who_may(session, actor, path)
        notes = drafts.notes_on_start(session, scheme, path, first, today=today)
        ending, refusal = _ending(session, scheme, draft.area_id, first, last)
        refusal = may_switch_on(edited_by=draft.edited_by, actor_id=actor.staff_id, others=others) or refusal
        elsewhere = _elsewhere(session, scheme.id, path, first)
    return SwitchPlan(tuple(notes), refusal, tuple(ending), tuple(elsewhere), tuple(others))


def _ending(
    session: Session, scheme: Scheme, area_id: int, first: date, last: date | None
) -> tuple[list[Period], Refusal | None]:
    there = versions_in_area(session, scheme=scheme.id, area_id=area_id)
    if any(one.version == scheme.version for one in there):
        return [], version_in_use(scheme.name, scheme.version)
    try:
        return superseded(map(period_of, there), first, last, name=scheme.name), None
    except Refusal as refusal:
        return [], refusal


def _elsewhere(session: Session, scheme_id: str, path: str, day: date) -> list[str]:
    """Areas above and below where the scheme is in force on the day."""
    rows = session.scalars(
        select(Area.path)
        .join(SchemeVersion, SchemeVersion.area_id == Area.id)
        .where(SchemeVersion.scheme == scheme_id, covers(SchemeVersion.valid_from, SchemeVersion.valid_to, day))
    )
    inside = f"{path}/"
    return sorted(one for one in set(rows) - {path} if f"{one}/".startswith(inside) or inside.startswith(f"{one}/"))


def preview_page(actor: Actor, draft_id: int, *, now: datetime) -> PreviewPage | None:
    """The last preview of a draft, None when there was none. ``died`` is the state of one that fell silent."""
    with reading() as session:
        draft, _ = drafts.draft_in_reach(session, actor, draft_id)
        row = session.get(SchemePreview, draft_id)
        if row is None:
            return None
        state = "died" if row.state == "running" and now - row.seen_at > SILENT else row.state
        return as_record(
            PreviewPage,
            row,
            state=state,
            month=date.fromisoformat(f"{row.month}-01"),
            is_old=row.revision != draft.revision,
            totals=totals_of(row.result) if row.result else None,
            names=scheme_names() | _own_name(check(draft.text).scheme),
        )


def _own_name(scheme: Scheme | None) -> dict[str, str]:
    return {scheme.id: scheme.name} if scheme else {}


def schemes_to_waive(checked: Checked) -> list[tuple[str, str]]:
    """Id and name of the schemes an elder may have given up, that of the draft among them."""
    return list((scheme_names() | _own_name(checked.scheme)).items())


def change_lines(totals: Totals, *, kind: str, page: int, whole_names: bool) -> list[ChangeLine]:
    """One page of the elders who gain (``gain``) or lose (``lose``), the largest change first. Masked unless asked."""
    rows = sorted(changed_of(totals, kind), key=lambda row: (-abs(row.loss_fen), row.id))
    return _lines(rows[page * PAGE : (page + 1) * PAGE], whole_names=whole_names)


def all_lines(totals: Totals) -> list[ChangeLine]:
    """Everybody for whom something changes, who loses most first; names masked."""
    return _lines(sorted(totals.changed, key=lambda row: (-row.loss_fen, row.id)), whole_names=False)


def _lines(rows: Sequence[Changed], *, whole_names: bool) -> list[ChangeLine]:
    names = _names([row.id for row in rows])
    shown = str if whole_names else masked_name
    return [ChangeLine(shown(name), place, row) for row in rows for name, place in [names.get(row.id, ("", ""))]]


def changed_of(totals: Totals, kind: str) -> list[Changed]:
    """Those who gain or those who lose."""
    return [row for row in totals.changed if (row.loss_fen > 0 if kind == "lose" else row.loss_fen < 0)]


def _names(ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Name and village with group of some elders."""
    with reading() as session:
        return {
            row.id: (row.name, f"{row.village} {row.village_group}".strip())
            for some in chunks(ids, _BATCH)
            for row in session.execute(
                select(ELDER.c.id, ELDER.c.name, ELDER.c.village_group, Area.name.label("village"))
                .join(Area, Area.id == ELDER.c.residence_area_id)
                .where(ELDER.c.id.in_(some))
            )
        }
