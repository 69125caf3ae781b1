"""Rights without an application, their end, sanctions, meals looked back at, and the working-day calendar."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.db import settle, settled, transaction
from canteen.base.db.rows import add_row
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.base.records import chunks
from canteen.base.vault import the_vault
from canteen.books import trusted_clock
from canteen.entitlements import look_back, work_calendar
from canteen.entitlements.applications.queries import approval_of
from canteen.entitlements.due import Due, due, grant, on_roster
from canteen.entitlements.following import follow, follow_many
from canteen.entitlements.models import ENTITLEMENT, SANCTION
from canteen.entitlements.requests import SanctionInput
from canteen.entitlements.work_calendar import DayEntry
from canteen.people.queries import AREA, ELDER, in_reach
from canteen.people.registry import held_elder
from canteen.schemes.language.approval import Sanction
from canteen.schemes.queries import schemes_in_force

#: Rights written in one transaction: the counter waits no longer than this takes.
_BATCH = 100


def grant_due(*, actor: Actor, now: datetime, confirmed: date | None = None) -> int:
    """Give everybody in reach who is entitled by age the right; bring the halts of all rights up to today.

    Done twice, the second time finds nothing to do. Stopped half-way, the next run goes on. Returns how many rights
    were given. Raises ``Refusal`` while the clock is in doubt, unless ``confirmed`` says today.
    """
    trusted_clock.require(now, actor=actor, confirmed=confirmed)
    count = _in_batches(due(actor, today=day_of(now)), origin="automatic", evidence="年龄", actor=actor, now=now)
    _follow_everybody(actor=actor, now=now)
    return count


def _in_batches(wanted: Sequence[Due], *, origin: str, evidence: str, actor: Actor, now: datetime) -> int:
    written = (
        partial(grant, chosen=some, origin=origin, evidence=evidence, actor=actor, at=now)
        for some in chunks(wanted, _BATCH)
    )
    return sum(map(settle, written))


def _follow_everybody(*, actor: Actor, now: datetime) -> None:
    """Birthdays and ends of statuses that have come into sight since the last run."""
    after = 0
    while True:
        with transaction() as session:
            next_ids = (
                select(ENTITLEMENT.c.elder_id)
                .join(ELDER, ELDER.c.id == ENTITLEMENT.c.elder_id)
                .where(ENTITLEMENT.c.elder_id > after, in_reach(actor))
                .distinct()
                .order_by(ENTITLEMENT.c.elder_id)
                .limit(_BATCH)
            )
            ids = session.scalars(next_ids).all()
            follow_many(session, ids, day=day_of(now), actor=actor, at=now)
        if not ids:
            return
        after = ids[-1]


def adopt_roster(
    chosen: Collection[tuple[int, str]] | None, *, actor: Actor, now: datetime, confirmed: date | None = None
) -> int:
    """Take over people of an imported roster as approved: elder and scheme each, None for all. Returns how many were.

    Who recorded the roster does not adopt it (``Refusal`` own_record). Those applied for, or entitled, meanwhile are
    left out. Raises ``Refusal`` while the clock is in doubt, unless ``confirmed`` says today.
    """
    trusted_clock.require(now, actor=actor, confirmed=confirmed)
    if chosen is not None and not chosen:
        raise BadInput("请勾选要认定的人", field="chosen")
    wanted = [
        one for one in on_roster(actor, today=day_of(now)) if chosen is None or (one.elder_id, one.scheme) in chosen
    ]
    if any(actor.staff_id in one.recorders for one in wanted):
        raise Refusal("own_record", "名册由您导入,要由另一个人认定", next_step="请由其他民政人员认定")
    return _in_batches(wanted, origin="import", evidence="导入的花名册", actor=actor, now=now)


def end_entitlement(entitlement_id: int, last_day: date, reason: str, *, actor: Actor, now: datetime) -> int:
    """End a right on a day (its last). Returns the elder's id. Raises ``BadInput`` for a day before it began."""
    with transaction() as session:
        row = session.execute(
            select(ENTITLEMENT)
            .join(ELDER, ELDER.c.id == ENTITLEMENT.c.elder_id)
            .where(ENTITLEMENT.c.id == entitlement_id, ENTITLEMENT.c.cancelled_at.is_(None), in_reach(actor))
        ).first()
        if row is None:
            raise NotFound("没有找到这项资格", next_step="请从老人的资格页面重新打开")
        held_elder(session, row.elder_id, actor)
        if row.to_day is not None and row.to_day < last_day:
            raise BadInput("这项资格到 %(day)s 已经结束,不能改晚", field="last_day", day=row.to_day.isoformat())
        values: dict[str, Any] = {"to_day": last_day} if last_day >= row.from_day else {"cancelled_at": now}
        vault, place = the_vault(), f"elder:{row.elder_id}"
        sealed = vault.seal(vault.open(row.sealed, place) | {"ended": reason}, place)
        session.execute(update(ENTITLEMENT).where(ENTITLEMENT.c.id == row.id).values(sealed=sealed, **values))
        trail.record(session, actor, "end_entitlement", f"entitlement:{row.id}", now, last_day=last_day)
        return int(row.elder_id)


def sanction_elder(sanction: SanctionInput, *, actor: Actor, now: datetime) -> None:
    """Record a sanction of the scheme against an elder; it counts from the decision and stops the right from it.

    Raises ``BadInput`` for a day in the future or a sanction the scheme does not have.
    """
    if sanction.decided_on > day_of(now):
        raise BadInput("决定日期不能在今天之后", field="decided_on")
    with transaction() as session:
        elder = held_elder(session, sanction.elder_id, actor)
        terms = _sanction_of(session, sanction, elder, day_of(now))
        until = terms.barred_until(sanction.decided_on)
        row_id = add_row(
            session,
            SANCTION,
            elder_id=sanction.elder_id,
            scheme=sanction.scheme,
            decided_on=sanction.decided_on,
            barred=terms.barred,
            until_day=until if terms.barred == "years" else None,
            measures=",".join(terms.measures),
            sealed=the_vault().seal({"words": terms.words, "reason": sanction.reason}, f"elder:{sanction.elder_id}"),
            decided_at=now,
            decided_by=actor.staff_id,
        )
        follow(session, sanction.elder_id, day=sanction.decided_on, actor=actor, at=now)
        what: dict[str, Any] = {"elder": sanction.elder_id, "scheme": sanction.scheme, "barred": terms.barred}
        trail.record(session, actor, "sanction_elder", f"elder_sanction:{row_id}", now, **what)


def _sanction_of(session: Session, sanction: SanctionInput, elder: Any, day: date) -> Sanction:
    path = session.execute(select(AREA.c.path).where(AREA.c.id == elder.residence_area_id)).scalar_one()
    schemes = {one.id: one for one in schemes_in_force(session, area_path=path, day=day)}
    if sanction.scheme not in schemes:
        raise BadInput("请从列表中选择方案", field="scheme")
    listed = [one for one in approval_of(schemes[sanction.scheme]).sanctions if one.who == "elder"]
    if sanction.number is None or not 0 <= sanction.number < len(listed):
        raise BadInput("请从列表中选择处理措施", field="number")
    return listed[sanction.number]


def lift_sanction(sanction_id: int, *, actor: Actor, now: datetime) -> int:
    """Take back a sanction that was wrong; the right holds again. Returns the elder's id. Not by who decided it."""
    with transaction() as session:
        row = session.execute(
            select(SANCTION)
            .join(ELDER, ELDER.c.id == SANCTION.c.elder_id)
            .where(SANCTION.c.id == sanction_id, in_reach(actor))
        ).first()
        if row is None:
            raise NotFound("没有找到这项处理", next_step="请从老人的资格页面重新打开")
        if actor.staff_id is not None and row.decided_by == actor.staff_id:
            raise Refusal("own_record", "处理决定由您作出,要由另一个人撤销", next_step="请由其他民政人员复核后撤销")
        trail.touch(session, "elder", row.elder_id)
        session.execute(
            update(SANCTION)
            .where(SANCTION.c.id == sanction_id, SANCTION.c.lifted_at.is_(None))
            .values(lifted_at=now, lifted_by=actor.staff_id)
        )
        follow(session, row.elder_id, day=row.decided_on, actor=actor, at=now)
        trail.record(session, actor, "lift_sanction", f"elder_sanction:{sanction_id}", now)
        return int(row.elder_id)


@settled
def settle_look_back(session: Session, serving_id: int, note: str, *, actor: Actor, now: datetime) -> None:
    """Tick a meal of the look-back list as dealt with, and how. The meal itself is not changed."""
    if look_back.mark(session, serving_id, note, actor=actor, at=now):
        trail.record(session, actor, "settle_look_back", f"serving:{serving_id}", now)


def enter_days(entry: DayEntry, *, actor: Actor, now: datetime) -> None:
    """Enter holidays or make-up days."""
    with transaction() as session:
        work_calendar.enter_days(session, entry)
        what: dict[str, Any] = {"first": entry.first, "last": entry.last, "working": entry.is_working}
        trail.record(session, actor, "enter_work_days", "work_calendar", now, **what)


def remove_day(day: date, *, actor: Actor, now: datetime) -> None:
    """Take back an entry of the calendar; twice is the same as once."""
    with transaction() as session:
        if work_calendar.remove_day(session, day):
            trail.record(session, actor, "remove_work_day", "work_calendar", now, day=day)


def confirm_year(year: int, source: str, *, actor: Actor, now: datetime) -> None:
    """Say that a year's holidays are complete, and by which notice."""
    with transaction() as session:
        work_calendar.confirm_year(session, year, source, actor=actor, at=now)
        trail.record(session, actor, "confirm_work_year", "work_calendar", now, year=year)
