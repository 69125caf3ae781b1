"""The one way a meal goes out of the books again. Everything here writes in the caller's transaction."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor, reaches_site
from canteen.base.clock import day_of, wall_time
from canteen.base.db import table_of
from canteen.base.errors import NotFound
from canteen.books import ledger, spending
from canteen.books.models.servings import Serving
from canteen.counter import queries, rules, tickets
from canteen.counter.requests import Voided, VoidRequest
from canteen.people import queries as people
from canteen.places.queries import site_facts
from canteen.printing import outbox
from canteen.purses import drawing

_SERVING = table_of(Serving)


def record_void(session: Session, request: VoidRequest, *, actor: Actor, now: datetime) -> Voided:
    """Undo one serving: mark it, append the mirror entry, give the use back, print a void ticket.

    The same key again answers the same. Raises ``BadInput``, ``NotFound``, ``Refusal``: already_voided,
    void_too_late, key_reused.
    """
    rules.check_void(request)
    row = queries.lock_serving(session, request.serving_id)
    site = site_facts(session, row.site_id) if row else None
    if row is None or site is None or not reaches_site(actor, site_id=site.id, area_path=site.area_path):
        raise NotFound("没有找到这份用餐", next_step="请在最近的用餐里重新选择")
    if row.voided_at is not None:
        if row.void_key == request.key:
            return Voided(id=row.id, number=row.number, voided_at=row.voided_at, reason=row.void_reason, is_repeat=True)
        raise rules.already_voided(number=row.number, time=wall_time(row.voided_at), reason=row.void_reason)
    rules.may_void(number=row.number, day=row.day, keyed_on=day_of(row.served_at), today=day_of(now))

    reason = request.reason.strip()
    trail.touch(session, "serving", row.id, site_id=row.site_id)
    session.execute(
        update(_SERVING)
        .where(_SERVING.c.id == row.id)
        .values(voided_at=now, void_reason=reason, void_key=request.key, voided_by=actor.staff_id)
    )
    ledger.reverse(session, serving_id=row.id, site_id=row.site_id, day=row.day, staff_id=actor.staff_id, at=now)
    if row.elder_id is not None:
        ledger.give_back_use(session, elder_id=row.elder_id, changes=queries.frozen(row).uses)
        spending.give_back(session, serving_id=row.id, day=row.day, area_path=site.area_path)
        drawing.give_back(session, serving_id=row.id, at=now, actor=actor)
    name = people.name_of(session, row.elder_id) if row.elder_id else ""
    outbox.enqueue(
        session,
        tickets.void_facts(row, site_name=site.name, person_name=name, reason=reason, actor=actor, now=now),
        key=f"void:{row.id}",
        site_id=row.site_id,
        serving_id=row.id,
        at=now,
    )
    trail.record(session, actor, "void", f"serving:{row.id}", now, site_id=row.site_id, number=row.number)
    return Voided(id=row.id, number=row.number, voided_at=now, reason=reason)
