"""Rights that need no application: who is due one by age or stands on an imported roster, and giving it. Session-first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, insert, select
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.db import reading, table_of
from canteen.base.db.rows import covers
from canteen.base.records import as_record, chunks
from canteen.entitlements.applications.models import APPLICATION
from canteen.entitlements.elder_records import records
from canteen.entitlements.eligibility import AHEAD_DAYS, ElderRecord, Span, ages, due_from, refuse_twice
from canteen.entitlements.following import follow_many
from canteen.entitlements.granting import written
from canteen.entitlements.models import ENTITLEMENT, SANCTION
from canteen.people.queries import ELDER, in_reach
from canteen.people.rules import state_on
from canteen.schemes.language.approval import ApprovalTerms
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.models import SchemeVersion
from canteen.schemes.queries import parsed, schemes_in_force

_VERSION = table_of(SchemeVersion)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One elder who should hold an entitlement and does not."""

    elder_id: int
    name: str
    age_on: date
    birth_day: date
    residence: str
    village_group: str
    scheme: str
    scheme_name: str
    class_code: str
    settlement: str
    from_day: date
    to_day: date | None
    #: Accounts that recorded the statuses it rests on.
    recorders: frozenset[int]


def due(actor: Actor, *, today: date) -> list[Due]:
    """Who in reach is, or within the next month will be, entitled by age alone and does not hold the right. Source: RU-1."""
    ahead = today + timedelta(days=AHEAD_DAYS)

    def since(record: ElderRecord, scheme: Scheme) -> date:
        return max(record.registered_on, scheme.valid_from or record.registered_on)

    with reading() as session:
        return _due(
            session, lambda terms: terms.automatic_by_age, lambda _: True, since, actor=actor, day=today, ahead=ahead
        )


def on_roster(actor: Actor, *, today: date) -> list[Due]:
    """Who in reach stands on an imported roster with a status that fits, and never applied."""

    def is_listed(record: ElderRecord) -> bool:
        return any(one.origin == "roster" for one in record.statuses)

    def since(_: ElderRecord, scheme: Scheme) -> date:
        return scheme.valid_from or today

    with reading() as session:
        found = _due(session, lambda terms: bool(terms.steps), is_listed, since, actor=actor, day=today, ahead=today)
        of_them = APPLICATION.c.elder_id.in_({one.elder_id for one in found})
        applied = {tuple(row) for row in session.execute(select(*APPLICATION.c["elder_id", "scheme"]).where(of_them))}
    return [one for one in found if (one.elder_id, one.scheme) not in applied]


def _due(
    session: Session,
    is_meant: Callable[[ApprovalTerms], bool],
    may: Callable[[ElderRecord], bool],
    since: Callable[[ElderRecord, Scheme], date],
    *,
    actor: Actor,
    day: date,
    ahead: date,
) -> list[Due]:
    meant = _meant(session, is_meant, day)
    if not meant:
        return []
    people = [one for one in records(session, in_reach(actor) & _may_be_due(meant, day, ahead)) if may(one)]
    taken = _taken(session, [one.id for one in people])
    schemes: dict[str, list[Scheme]] = {}
    found = []
    for record in people:
        if _is_gone(record, day):
            continue
        if record.residence not in schemes:
            in_force = schemes_in_force(session, area_path=record.residence, day=day)
            schemes[record.residence] = [one for one in in_force if one.approval and is_meant(one.approval)]
        for scheme in schemes[record.residence]:
            found += _due_under(
                record, scheme, taken.get((record.id, scheme.id), []), since(record, scheme), day, ahead
            )
    return found


def _meant(session: Session, is_meant: Callable[[ApprovalTerms], bool], day: date) -> list[Scheme]:
    """The versions in force anywhere whose approval is of a kind."""
    texts = session.scalars(select(_VERSION.c.text).where(covers(_VERSION.c.valid_from, _VERSION.c.valid_to, day)))
    return [scheme for scheme in map(parsed, texts) if scheme.approval is not None and is_meant(scheme.approval)]


def _may_be_due(schemes: Sequence[Scheme], day: date, ahead: date) -> ColumnElement[bool]:
    """A condition on ``elder`` that leaves out those whose age cannot fit, and those who hold every one of the rights:
    of a county few are left to be opened and judged. A year more on both ends, for ages looked at on other days."""
    bounds = [ages(scheme) for scheme in schemes]
    lowest, highest = min(low for low, _ in bounds), max(high for _, high in bounds)
    born = ELDER.c.birth_day.between(date(max(1, day.year - highest - 2), 1, 1), date(ahead.year - lowest + 1, 12, 31))
    holds = and_(
        *(
            select(ENTITLEMENT.c.id)
            .where(
                ENTITLEMENT.c.elder_id == ELDER.c.id,
                ENTITLEMENT.c.scheme == scheme,
                ENTITLEMENT.c.to_day.is_(None),
                ENTITLEMENT.c.cancelled_at.is_(None),
            )
            .exists()
            for scheme in sorted({one.id for one in schemes})
        )
    )
    return born & ~holds


def _is_gone(record: ElderRecord, day: date) -> bool:
    return state_on((period for _, period in record.life), day).kind in ("died", "moved")


def _due_under(
    record: ElderRecord, scheme: Scheme, taken: list[Span], since: date, day: date, ahead: date
) -> list[Due]:
    terms = scheme.approval
    answer = due_from(record, scheme, since=since, day=day, ahead=ahead)
    if answer is None or terms is None:
        return []
    start, now = answer
    last = terms.ends_on(start)
    if (last is not None and last < day) or refuse_twice(dict(enumerate(taken)), Span(start, last)):
        return []
    recorders = frozenset(one.recorded_by for one in record.statuses if one.recorded_by is not None)
    return [
        as_record(
            Due,
            record,
            elder_id=record.id,
            age_on=start,
            scheme=scheme.id,
            scheme_name=scheme.name,
            class_code=now.class_code,
            from_day=start,
            to_day=last,
            recorders=recorders,
        )
    ]


#: People shown of those who are due; the others come when these are decided.
MOST_DUE = 300


def _taken(session: Session, elder_ids: list[int]) -> dict[tuple[int, str], list[Span]]:
    """Elder and scheme -> days that are taken: by an entitlement, or by a sanction that bars from a new one."""
    found: dict[tuple[int, str], list[Span]] = {}
    for ids in chunks(elder_ids, 500):
        held = session.execute(
            select(*ENTITLEMENT.c["elder_id", "scheme", "from_day", "to_day"]).where(
                ENTITLEMENT.c.elder_id.in_(ids), ENTITLEMENT.c.cancelled_at.is_(None)
            )
        )
        barred = session.execute(
            select(*SANCTION.c["elder_id", "scheme", "decided_on", "until_day"]).where(
                SANCTION.c.elder_id.in_(ids), SANCTION.c.lifted_at.is_(None), SANCTION.c.barred != "none"
            )
        )
        for elder_id, scheme, *days in (*held, *barred):
            found.setdefault((elder_id, scheme), []).append(Span(*days))
    return found


#: Columns of ``entitlement`` that say what was given to whom.
_RIGHT = ("elder_id", "scheme", "settlement", "from_day", "to_day")


def grant(session: Session, chosen: Sequence[Due], *, origin: str, evidence: str, actor: Actor, at: datetime) -> int:
    """Write entitlements that need no application, and the halts that go with the facts. Returns how many.

    The elders are held; who got a right meanwhile is left out. Five statements and one audit row for all.
    """
    ids = sorted({one.elder_id for one in chosen})
    session.execute(select(ELDER.c.id).where(ELDER.c.id.in_(ids)).order_by(ELDER.c.id).with_for_update(key_share=True))
    taken = _taken(session, ids)
    rows = []
    for one in chosen:
        spans = taken.setdefault((one.elder_id, one.scheme), [])
        if refuse_twice(dict(enumerate(spans)), Span(one.from_day, one.to_day)):
            continue
        spans.append(Span(one.from_day, one.to_day))
        right = {name: getattr(one, name) for name in _RIGHT}
        how = written(one.elder_id, origin, evidence, class_code=one.class_code, actor=actor, at=at)
        rows.append(right | how)
    if rows:
        trail.touch(session, "elder", *(row["elder_id"] for row in rows))
        session.execute(insert(ENTITLEMENT), rows)
        follow_many(session, ids, day=day_of(at), actor=actor, at=at)
        elders = [row["elder_id"] for row in rows]
        trail.record(session, actor, "grant_entitlement", "entitlements", at, origin=origin, elders=elders)
    return len(rows)
