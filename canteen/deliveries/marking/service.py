"""What a volunteer says at a door. Nothing here happens by itself: a drop stays planned until a person says what happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.db import settled
from canteen.base.errors import NotFound, Refusal
from canteen.base.vault import the_vault
from canteen.base.words import DELIVERED, WORDS
from canteen.books.models.servings import Serving
from canteen.counter.requests import ServeRequest, VoidRequest
from canteen.counter.servings import record_servings
from canteen.counter.voiding import record_void
from canteen.deliveries import reach
from canteen.deliveries.marking import rules
from canteen.deliveries.marking.requests import MarkRequest
from canteen.deliveries.marking.told import MarkTold, seal_told
from canteen.deliveries.models import Drop, DropMark, DropServing, FormerWalker, Run
from canteen.welfare import checks
from canteen.welfare.seen import Seen

#: How a neighbour who takes a meal stands to the elder, on the serving.
NEIGHBOUR = "邻居"


@dataclass(frozen=True, slots=True)
class DropOutcome:
    """What a tap did; the same for its first sending and every repeat."""

    drop_id: int
    run_id: int
    state: str
    serving_id: int | None
    is_repeat: bool


def record_drop(drop_id: int, mark: MarkRequest, *, now: datetime, actor: Actor) -> DropOutcome:
    """Say what happened at a door. Handed over, or taken by a neighbour, is a serving like any other; no answer opens a
    welfare check.

    The same key again answers the same, so that a phone may send a tap until it hears back. A refusal of the serving
    (already served, paused …) leaves the drop as it was, and the mark is kept for somebody to look at. Raises
    ``BadInput``, ``NotFound``, and a ``Refusal``: ``drop_decided``, ``day_ahead``, ``key_reused`` or one of
    ``counter.servings.record_servings``.
    """
    rules.check_tap(mark)
    try:
        return _record_drop(drop_id, mark, now=now, actor=actor)
    except Refusal as refusal:
        if mark.is_kept:
            _keep_refused(drop_id, mark, refusal, now=now, actor=actor)
        raise


@settled
def _record_drop(session: Session, drop_id: int, mark: MarkRequest, *, now: datetime, actor: Actor) -> DropOutcome:
    drop, run = drop_to_mark(session, drop_id, actor)
    there = _mark_of(session, mark, drop)
    if there is not None and (there.undone_at is not None or not there.refusal):
        return DropOutcome(drop.id, run.id, drop.state, drop.serving_id, is_repeat=True)
    rules.check_arrived(run.day, today=day_of(now))
    state = rules.next_drop_state(drop.state, mark.outcome)
    written = there or _write(session, drop, mark, now, actor)
    written.refusal, written.at = "", now
    serving_id = _serve(session, drop, run, mark, written.id, actor, now) if state in DELIVERED else None
    drop.state, drop.serving_id, drop.decided_at = state, serving_id, written.pressed_at
    if mark.outcome == "no_answer":
        checks.nobody_answered(
            session,
            drop.elder_id,
            site_id=run.site_id,
            day=run.day,
            key=_key(drop, mark.key),
            words=mark.note,
            actor=actor,
            now=now,
        )
    session.flush()
    detail = {"outcome": mark.outcome, "serving": drop.serving_id}
    trail.record(session, actor, "record_drop", f"drop:{drop.id}", now, site_id=run.site_id, **detail)
    return DropOutcome(drop.id, run.id, drop.state, drop.serving_id, is_repeat=False)


@settled
def undo_mark(session: Session, drop_id: int, mark: MarkRequest, *, now: datetime, actor: Actor) -> DropOutcome:
    """Take back what was said of a door, while nothing has followed: its meals are voided, its check is closed.

    ``mark`` is what is taken back, by its key; one that has not come yet will count for nothing when it comes. Again it
    changes nothing. Raises ``BadInput``, ``NotFound``, ``Refusal``: ``mark_followed``, ``check_followed``,
    ``void_too_late``, ``key_reused``.
    """
    rules.check_key(mark.key)
    drop, run = drop_to_mark(session, drop_id, actor)
    there = _mark_of(session, mark, drop)
    if there is not None and there.undone_at is not None:
        return DropOutcome(drop.id, run.id, drop.state, drop.serving_id, is_repeat=True)
    if there is None:
        rules.check_tap(mark)
        there = _write(session, drop, mark, now, actor)
    elif not there.refusal:
        counting = _counting(session, drop.id)
        if counting[-1].id != there.id:
            raise rules.not_the_last()
        _take_back(session, drop, run, there, actor, now)
        before = counting[-2] if len(counting) > 1 else None
        drop.state, drop.decided_at = (before.outcome, before.pressed_at) if before else ("planned", None)
        drop.serving_id = None
    there.undone_at = now
    session.flush()
    detail = {"outcome": mark.outcome}
    trail.record(session, actor, "undo_drop", f"drop:{drop.id}", now, site_id=run.site_id, **detail)
    return DropOutcome(drop.id, run.id, drop.state, drop.serving_id, is_repeat=False)


@settled
def raise_concern(session: Session, drop_id: int, seen: Seen, *, key: str, now: datetime, actor: Actor) -> None:
    """Write down what somebody saw at a door of today's run, or of one before. See ``welfare.checks.raise_concern``."""
    drop, run = drop_to_mark(session, drop_id, actor)
    rules.check_arrived(run.day, today=day_of(now))
    checks.raise_concern(session, drop.elder_id, seen, site_id=run.site_id, key=key, actor=actor, now=now)


@settled
def look_at_mark(session: Session, mark_id: int, *, now: datetime, actor: Actor) -> None:
    """Somebody at the site has read a mark that was refused. Raises ``NotFound``."""
    mark = session.get(DropMark, mark_id, with_for_update=True)
    run = session.scalar(select(Run).join(Drop, Drop.run_id == Run.id).where(Drop.id == mark.drop_id)) if mark else None
    if mark is None or run is None or not mark.refusal:
        raise NotFound("没有找到这一条登记", next_step="请刷新送餐页面")
    reach.check_reach(session, actor, run.site_id)
    if mark.looked_at is None:
        mark.looked_at = now
        trail.record(session, actor, "look_at_mark", f"drop:{mark.drop_id}", now, site_id=run.site_id)


def drop_to_mark(session: Session, drop_id: int, actor: Actor) -> tuple[Drop, Run]:
    """A door the actor walks to, or had before, locked, and its run. Raises ``NotFound``."""
    drop = session.get(Drop, drop_id, with_for_update=True)
    if drop is None:
        raise NotFound("没有找到这一户", next_step="请刷新送餐页面")
    run = session.get_one(Run, drop.run_id)
    had_it = session.get(FormerWalker, (drop.id, actor.staff_id or 0)) is not None
    reach.check_run(session, actor, site_id=run.site_id, staff_id=actor.staff_id if had_it else run.staff_id)
    return drop, run


def _mark_of(session: Session, mark: MarkRequest, drop: Drop) -> DropMark | None:
    """What was written under the key before. Raises ``Refusal`` (``key_reused``) when that was something else."""
    there = session.scalars(select(DropMark).where(DropMark.key == mark.key)).first()
    if there is None:
        return None
    if there.drop_id != drop.id:
        raise Refusal("key_reused", "这个一次性编号已用于另一户", next_step="请刷新送餐页面再按")
    if there.outcome != mark.outcome:
        raise Refusal("key_reused", "这个一次性编号已用于另一个结果", next_step="请刷新送餐页面再按")
    return there


def _counting(session: Session, drop_id: int) -> Sequence[DropMark]:
    """The marks of a door that count, in the order they came."""
    counts = (DropMark.drop_id == drop_id, DropMark.undone_at.is_(None), DropMark.refusal == "")
    return session.scalars(select(DropMark).where(*counts).order_by(DropMark.id)).all()


def _write(
    session: Session, drop: Drop, mark: MarkRequest, now: datetime, actor: Actor, refusal: Refusal | None = None
) -> DropMark:
    pressed = rules.when_pressed(mark.phone, now=now)
    told = MarkTold(mark.note.strip(), mark.who.strip())
    written = DropMark(
        drop_id=drop.id,
        key=mark.key,
        outcome=mark.outcome,
        at=now,
        pressed_at=pressed.at,
        phone_at=pressed.phone_at,
        staff_id=actor.staff_id,
        sealed_told=seal_told(told.refused(refusal) if refusal else told, drop.id, the_vault()),
        refusal=refusal.code if refusal else "",
    )
    session.add(written)
    session.flush()
    return written


@settled
def _keep_refused(
    session: Session, drop_id: int, mark: MarkRequest, refusal: Refusal, *, now: datetime, actor: Actor
) -> None:
    """A mark that a rule refused counts for nothing, and somebody at the site reads it."""
    drop, run = drop_to_mark(session, drop_id, actor)
    is_there = session.scalar(select(DropMark.id).where(DropMark.key == mark.key)) is not None
    if is_there or not rules.is_worth_keeping(refusal, state=drop.state, outcome=mark.outcome):
        return
    _write(session, drop, mark, now, actor, refusal)
    detail = {"outcome": mark.outcome, "code": refusal.code}
    trail.record(session, actor, "keep_refused_mark", f"drop:{drop.id}", now, site_id=run.site_id, **detail)


def _key(drop: Drop, key: str) -> str:
    """The key of what a mark brings about."""
    return f"drop-{drop.id}-{key}"


def _serve(session: Session, drop: Drop, run: Run, mark: MarkRequest, mark_id: int, actor: Actor, now: datetime) -> int:
    """The meals of a door: the first is the elder's, every other box a second portion. The id of the first."""
    boxes = reach.ordered_boxes(session, elders=[drop.elder_id], day=run.day, slot=run.slot)
    if drop.elder_id not in boxes:
        raise rules.order_taken_back()
    set_name, portions = boxes[drop.elder_id]
    is_neighbour = mark.outcome == "neighbour"
    meals = ServeRequest(
        key=_key(drop, mark.key),
        site_id=run.site_id,
        day=run.day,
        slot=run.slot,
        elder_id=drop.elder_id,
        set_name=set_name,
        way="delivery",
        collected_by=mark.who.strip() if is_neighbour else "",
        relation=NEIGHBOUR if is_neighbour else "",
        pay_way=drop.pay_way,
        portions=portions,
    )
    first = record_servings(session, meals, actor=actor, now=now)
    session.add_all(DropServing(serving_id=one.id, mark_id=mark_id) for one in (first, *first.others))
    return first.id


def _take_back(session: Session, drop: Drop, run: Run, mark: DropMark, actor: Actor, now: datetime) -> None:
    """What a mark brought about goes out of the books, or out of the list of people to look after."""
    if mark.outcome == "no_answer":
        checks.take_back(session, _key(drop, mark.key), actor=actor, now=now)
    made = select(Serving.id).join(DropServing, DropServing.serving_id == Serving.id)
    live = made.where(DropServing.mark_id == mark.id, Serving.voided_at.is_(None))
    for serving_id in session.scalars(live.order_by(Serving.id.desc())).all():
        void = VoidRequest(
            serving_id=serving_id, key=f"undo-{serving_id}-{mark.key}", reason=WORDS["void_reason"]["mistake"]
        )
        record_void(session, void, actor=actor, now=now)
