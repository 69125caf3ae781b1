"""What people do with purses: pay own money in and back, freeze, close, correct, and let credits lapse."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.db import settled, transaction
from canteen.base.errors import NotFound, Refusal
from canteen.books import ledger, trusted_clock
from canteen.books.once import check_key
from canteen.people.queries import states_of
from canteen.people.registry import held_elder
from canteen.places.queries import site_in_reach
from canteen.purses import expiry, freezing, rules
from canteen.purses.drawing import own_money
from canteen.purses.lines import LINE, Movement, lots_of, move, of_lot, put_in
from canteen.purses.models import NEVER, OWN
from canteen.purses.requests import FreezeRequest, OwnMoney, PurseCorrection, Refund, TopUp

#: Own money is one lot without end.
_FIRST = date(2000, 1, 1)


def let_lapse(day: date, *, actor: Actor, now: datetime, confirmed: date | None = None) -> tuple[int, int]:
    """Take back every credit whose last day was before ``day``. Returns how many lots and their sum; safe to repeat.

    While the clock is in doubt ``confirmed`` must say today (``Refusal``: clock_doubt).

    Run it when the sheets of the month before are keyed in: what lapsed pays for no meal of an earlier day any more.
    """
    if day > day_of(now):
        raise Refusal(
            "day_in_future", "%(day)s 还没有到,不能收回额度", day=day.isoformat(), next_step="请选今天或以前的日子"
        )
    trusted_clock.require(now, actor=actor, confirmed=confirmed)
    lots = fen = 0
    while True:
        with transaction() as session:
            found, sum_fen = expiry.expire(session, day=day, at=now, staff_id=actor.staff_id)
            lots, fen = lots + found, fen + sum_fen
            if found < expiry.CHUNK:
                trail.record(session, actor, "let_lapse", f"day:{day.isoformat()}", now, lots=lots, amount_fen=fen)
                return lots, fen


@settled
def undo_lapse(session: Session, *, actor: Actor, now: datetime) -> tuple[int, int]:
    """Give back what was taken before its last day was over: a clock was ahead. Returns how many lots and their sum.

    Twice is the same as once. Raises ``Refusal`` (clock_doubt): the clock must be right first.
    """
    trusted_clock.refuse_doubt(session, now)
    lots, fen = expiry.give_back_lapsed(session, day=day_of(now), at=now, staff_id=actor.staff_id)
    if lots:
        trail.record(session, actor, "undo_lapse", f"day:{day_of(now).isoformat()}", now, lots=lots, amount_fen=fen)
    return lots, fen


@settled
def top_up(session: Session, request: TopUp, *, actor: Actor, now: datetime) -> int:
    """Pay own money in at a site. Returns what is in the purse. The same key again changes nothing."""
    check_key(request.key)
    rules.check_top_up(request.amount_fen, request.pay_way)
    _begin(session, request, actor)
    if not _is_repeat(session, request.key, elder_id=request.elder_id, amount_fen=request.amount_fen):
        if refusal := rules.refuse_top_up(_state(session, request.elder_id, now)):
            raise refusal
        line = _own_line(session, request, request.amount_fen, request.note, actor=actor, now=now)
        put_in(session, [line], at=now, staff_id=actor.staff_id)
        _audit(session, actor, "top_up", request, now, site_id=request.site_id, amount_fen=request.amount_fen)
    return own_money(session, elder_id=request.elder_id)


@settled
def refund(session: Session, request: Refund, *, actor: Actor, now: datetime) -> int:
    """Pay own money back. Returns what is left. Also after a death or move; to whom and why is kept."""
    check_key(request.key)
    reason = rules.check_reason(request.reason)
    receiver = rules.check_reason(request.receiver, field="receiver")
    _begin(session, request, actor)
    held = own_money(session, elder_id=request.elder_id)
    amount = request.amount_fen or held
    if _is_repeat(session, request.key, elder_id=request.elder_id, amount_fen=-request.amount_fen):
        return held
    if refusal := rules.refuse_refund(held, amount):
        raise refusal
    if not amount:
        raise Refusal("nothing_to_refund", "没有自有资金可退", next_step="不用退款")
    line = _own_line(session, request, -amount, f"{receiver}:{reason}", actor=actor, now=now)
    move(session, [line], at=now, staff_id=actor.staff_id)
    _audit(session, actor, "refund_own", request, now, site_id=request.site_id, amount_fen=amount)
    return held - amount


def _begin(session: Session, request: OwnMoney, actor: Actor) -> None:
    """The site is in reach, and the elder is held."""
    site_in_reach(session, actor, request.site_id)
    held_elder(session, request.elder_id, actor)


def _own_line(
    session: Session, request: OwnMoney, amount_fen: int, note: str, *, actor: Actor, now: datetime
) -> Movement:
    """Post own money in the ledger, and make the line of the purse that goes with it."""
    day = day_of(now)
    entry_id = ledger.post_own_money(
        session,
        site_id=request.site_id,
        day=day,
        amount_fen=amount_fen,
        pay_way=request.pay_way,
        staff_id=actor.staff_id,
        at=now,
    )
    return Movement(
        elder_id=request.elder_id,
        scheme=OWN,
        kind="top_up" if amount_fen > 0 else "refund",
        amount_fen=amount_fen,
        starts_on=_FIRST,
        expires_on=NEVER,
        day=day,
        entry_id=entry_id,
        key=request.key,
        reason={"note": note},
    )


@settled
def freeze(session: Session, request: FreezeRequest, *, actor: Actor, now: datetime) -> int:
    """Freeze one purse, or all that schemes gave, from a day. Returns the id of the freeze."""
    reason = rules.check_reason(request.reason)
    held_elder(session, request.elder_id, actor)
    if request.scheme and request.scheme not in {lot.scheme for lot in lots_of(session, request.elder_id)}:
        raise NotFound("这位老人没有这项额度", next_step="请刷新页面,从列表中选择")
    found = freezing.freeze(session, replace(request, reason=reason), at=now, staff_id=actor.staff_id)
    _audit(session, actor, "freeze_purse", request, now, scheme=request.scheme, from_day=request.from_day)
    return found


@settled
def thaw(session: Session, elder_id: int, freeze_id: int, *, actor: Actor, now: datetime) -> None:
    """End a freeze today. Raises ``NotFound`` when it is not running."""
    held_elder(session, elder_id, actor)
    if not freezing.thaw(session, elder_id=elder_id, day=day_of(now), at=now, freeze_id=freeze_id):
        raise NotFound("没有找到这次冻结", next_step="请刷新页面")
    trail.record(session, actor, "thaw_purse", f"elder:{elder_id}", now)


@settled
def close(session: Session, elder_id: int, reason: str, *, actor: Actor, now: datetime) -> int:
    """Take back what is left of the purses of somebody who died or moved away. Returns the sum in fen."""
    reason = rules.check_reason(reason)
    held_elder(session, elder_id, actor)
    if _state(session, elder_id, now) not in ("died", "moved"):
        raise Refusal("still_here", "只有去世或迁出的老人才能结清额度", next_step="先在「老人」页登记去世或迁出")
    fen = expiry.close(session, elder_id=elder_id, day=day_of(now), reason=reason, at=now, staff_id=actor.staff_id)
    trail.record(session, actor, "close_purses", f"elder:{elder_id}", now, amount_fen=fen)
    return fen


@settled
def correct(session: Session, request: PurseCorrection, *, actor: Actor, now: datetime) -> None:
    """Put a purse right by a new line. Takes at most what is left; adds as a lot of its own or to the one there."""
    check_key(request.key)
    reason = {"note": rules.check_reason(request.reason)}
    day = day_of(now)
    held_elder(session, request.elder_id, actor)
    if session.scalar(select(LINE.c.id).where(LINE.c.key == request.key)) is not None:
        return
    lots = [lot for lot in lots_of(session, request.elder_id, lock=True) if lot.scheme == request.scheme]
    if not lots or request.scheme == OWN:
        raise NotFound("这位老人没有这项额度", next_step="请刷新页面,从列表中选择")
    if request.amount_fen > 0:
        into = rules.Lot(request.scheme, day.replace(day=1), request.expires_on or NEVER, 0, lots[0].by_year)
        parts, write = [(into, request.amount_fen)], put_in
    else:
        if refusal := rules.refuse_take_back(lots, -request.amount_fen):
            raise refusal
        parts, write = [(lot, -fen) for lot, fen in rules.allocate(lots, -request.amount_fen)], move
    lines = [
        of_lot(
            lot, "correction", fen, elder_id=request.elder_id, day=day, reason=reason, key=None if at else request.key
        )
        for at, (lot, fen) in enumerate(parts)
    ]
    write(session, lines, at=now, staff_id=actor.staff_id)
    _audit(session, actor, "correct_purse", request, now, scheme=request.scheme, amount_fen=request.amount_fen)


def _state(session: Session, elder_id: int, now: datetime) -> str:
    return states_of(session, [elder_id], day=day_of(now))[elder_id].kind


def _audit(session: Session, actor: Actor, action: str, request: Any, now: datetime, **detail: Any) -> None:
    trail.record(session, actor, action, f"elder:{request.elder_id}", now, **detail)


def _is_repeat(session: Session, key: str, *, elder_id: int, amount_fen: int) -> bool:
    """Was this key used before? For another sum or person it is refused. A refund of all names no sum."""
    row = session.execute(select(LINE.c.elder_id, LINE.c.amount_fen).where(LINE.c.key == key)).first()
    if row is None:
        return False
    if row.elder_id != elder_id or amount_fen not in (0, row.amount_fen):
        raise Refusal("key_reused", "这个一次性编号已用于另一笔", next_step="请刷新页面,重新填写")
    return True
