"""The computer's clock against what is written: a doubt is said on every page, and nothing that depends on the day is
done until somebody has looked at a calendar.

What was believed last is one row, ``clock_mark``. Where there is none yet the newest row of the audit trail stands for it
when much is done at once. Session-first but for ``look`` and ``confirm``.
"""

from datetime import date, datetime, timedelta
from typing import Any

from flask import Flask, current_app
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.audit.models import Audit
from canteen.base import clock
from canteen.base.access import Actor
from canteen.base.db import reading, settled, table_of
from canteen.base.db.prepared import Prepared
from canteen.base.errors import BadInput, Refusal
from canteen.books.clock_rules import ClockDoubt, doubt_of
from canteen.books.models.clock_mark import ClockMark
from canteen.places.queries import service_plans
from canteen.places.rules import is_planned_day

_MARK = table_of(ClockMark)
_SEEN = Prepared(select(_MARK.c.at))
_NEWEST = select(Audit.at).where(Audit.action != "write").order_by(Audit.id.desc()).limit(1)
#: The mark is moved this often at most, and a process looks again after it.
_EVERY = timedelta(minutes=10)
#: What the doubt is, by its kind.
WORDS = {
    "early": "电脑时间可能不对:电脑显示今天是 %(day)s,这个程序那时还没有",
    "behind": "电脑时间可能不对:电脑显示今天是 %(day)s,可是 %(seen)s 已经用过",
    "ahead": "电脑时间可能不对:电脑显示今天是 %(day)s,上次使用是 %(seen)s,中间 %(days)s 天没有用过",
}
NEXT_STEP = "请看日历:日期不对,先把电脑时间调准;日期是对的,请在「核对日期」页填写今天的日期"


def words_of(doubt: ClockDoubt) -> Refusal:
    """The doubt as a refusal says it."""
    seen = f"{clock.day_of(doubt.seen_at).isoformat()} {clock.wall_time(doubt.seen_at)}" if doubt.seen_at else "—"
    day = doubt.day.isoformat()
    return Refusal("clock_doubt", WORDS[doubt.kind], next_step=NEXT_STEP, day=day, seen=seen, days=doubt.days)


def find_doubt(session: Session, now: datetime, *, by_trail: bool = False) -> ClockDoubt | None:
    """What speaks against the clock. ``by_trail``: the newest row of the trail where nothing else is known."""
    row = _SEEN.first(session)
    seen_at = row.at if row else session.execute(_NEWEST).scalar() if by_trail else None
    return _doubt(session, now, seen_at)


def _doubt(session: Session, now: datetime, seen_at: datetime | None) -> ClockDoubt | None:
    plans: list[Any] = []

    def is_planned(day: date) -> bool:
        if not plans:
            plans.extend(service_plans(session).values())
        return any(is_planned_day(plan, day) for plan in plans)

    return doubt_of(now, seen_at, day_of=clock.day_of, is_planned=is_planned)


def refuse_doubt(session: Session, now: datetime) -> None:
    """What one person does now, a meal: refused while the clock is in doubt (``Refusal``: clock_doubt)."""
    if doubt := find_doubt(session, now):
        raise words_of(doubt)


@settled
def require(session: Session, now: datetime, *, actor: Actor, confirmed: date | None = None) -> None:
    """What is done to many at once by the day: refused while the clock is in doubt, unless ``confirmed`` says the day.

    A confirmed day is written to the audit trail. Raises ``BadInput`` for another day than the computer's, ``Refusal``.
    """
    doubt = find_doubt(session, now, by_trail=True)
    if confirmed is not None:
        _check_day(confirmed, now)
    if doubt is None:  # a timer that runs every night knows that the nights passed
        session.execute(update(_MARK).where(_MARK.c.at < now).values(at=now))
        return
    if confirmed is None:
        raise words_of(doubt)
    _confirm(session, doubt, actor, now)


@settled
def confirm(session: Session, typed: date, *, actor: Actor, now: datetime) -> None:
    """Somebody looked at a calendar and typed its day. Raises ``BadInput`` when the computer says another."""
    _check_day(typed, now)
    if doubt := find_doubt(session, now, by_trail=True):
        _confirm(session, doubt, actor, now)


def _check_day(typed: date, now: datetime) -> None:
    if typed != clock.day_of(now):
        raise BadInput(
            "您填的是 %(typed)s,电脑显示的是 %(day)s",
            field="today",
            next_step="请先把电脑的日期和时间调准,再填一次",
            typed=typed.isoformat(),
            day=clock.day_of(now).isoformat(),
        )


def _confirm(session: Session, doubt: ClockDoubt, actor: Actor, now: datetime) -> None:
    _set_mark(session, now)
    seen = doubt.seen_at.isoformat() if doubt.seen_at else ""
    trail.record(session, actor, "confirm_clock", "clock", now, day=doubt.day, kind=doubt.kind, seen_at=seen)


def _set_mark(session: Session, now: datetime) -> None:
    session.execute(delete(_MARK))
    session.execute(insert(_MARK).values(id=1, at=now))


def look(now: datetime, *, writes: bool) -> ClockDoubt | None:
    """What speaks against the clock now, for every page; where something is written anyway (``writes``), an undoubted
    clock moves the mark on.

    A process that found nothing, or moved the mark, does so again after a few minutes, or when the clock went back.
    """
    kept = current_app.extensions["canteen_clock"]
    done_at: datetime | None = kept.get("moved_at" if writes else "undoubted_at")
    if done_at is not None and done_at <= now < done_at + _EVERY:
        return None
    with reading() as session:
        doubt = find_doubt(session, now)
    if doubt is None:
        if writes:
            _move_on(now)
            kept["moved_at"] = now
        kept["undoubted_at"] = now
    return doubt


@settled
def _move_on(session: Session, now: datetime) -> None:
    row = session.execute(select(_MARK.c.at).with_for_update()).first()
    if row is None:
        session.execute(insert(_MARK).values(id=1, at=now))
    elif now > row.at and find_doubt(session, now) is None:
        session.execute(update(_MARK).values(at=now))


def connect(app: Flask) -> None:
    """Where a process keeps when it last looked. Called once by ``create_app``."""
    app.extensions["canteen_clock"] = {}
