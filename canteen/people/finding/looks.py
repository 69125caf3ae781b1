"""Looking for people and at them: written down before anything is shown, for the person concerned to read; and no
account may search without end."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, text
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.audit.models import Audit
from canteen.base.access import Actor
from canteen.base.clock import wall_time
from canteen.base.db import reading, settled, table_of
from canteen.base.errors import Refusal
from canteen.people.finding.models import FoundPerson, SearchCount

_FOUND = table_of(FoundPerson)
_COUNT = table_of(SearchCount)
_AUDIT = table_of(Audit)
#: Searches an account may make in an hour: a queue of four hundred at the counter, and what an office needs.
MOST_SEARCHES = {"till": 2_000, "office": 150}
_TILL = ("counter", "orders", "terminal")
#: Somebody who has just opened a person and comes back to the page is not written down again.
_SAME_LOOK = timedelta(minutes=15)
#: What a person may read of others' looks, besides searches; the subject of these rows is the elder.
LOOKS = ("open_person", "unmask_id", "look", "export")
#: One statement counts and refuses, so that two searches at once cannot both be the last.
_COUNT_ONE = text(
    "insert into search_count (actor, kind, hour, searches) values (:actor, :kind, :hour, 1) "
    "on conflict (actor, kind, hour) do update set searches = search_count.searches + 1 "
    "where search_count.searches < :most returning searches"
)


@settled
def note_search(session: Session, elder_ids: Iterable[int], *, place: str, actor: Actor, now: datetime) -> None:
    """Write a search down with whom it found. ``place``: a word of ``look_place``.

    Raises ``Refusal`` (``too_many_searches``): then nothing may be shown.
    """
    found = list(elder_ids)
    kind = "till" if place in _TILL else "office"
    _count(session, actor, kind, now)
    if found:
        rows = [{"elder_id": one, "at": now, "actor": actor.label, "place": place} for one in found]
        session.execute(insert(_FOUND), rows)
    trail.record(session, actor, "find_people", "people", now, site_id=actor.site_id, place=place, found=found)


def _count(session: Session, actor: Actor, kind: str, now: datetime) -> None:
    most, hour = MOST_SEARCHES[kind], now.strftime("%Y-%m-%dT%H")
    asked = {"actor": actor.label, "kind": kind, "hour": hour, "most": most}
    counted = session.execute(_COUNT_ONE, asked).scalar()
    if counted is None:
        next_hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        raise Refusal(
            "too_many_searches",
            "您的账号这个小时已查找 %(most)s 次,到了上限",
            next_step="请在 %(time)s 以后再查;每次查找本人都可以知道",
            most=most,
            time=wall_time(next_hour),
        )
    if counted == 1:
        day_before = (now - timedelta(days=1)).strftime("%Y-%m-%dT%H")
        session.execute(delete(_COUNT).where(_COUNT.c.hour < day_before))


def note_opened(elder_id: int, *, place: str, actor: Actor, now: datetime) -> None:
    """Write down that somebody opened the page of a person; again only after a while."""
    with reading() as session:
        before = select(_AUDIT.c.id).where(
            _AUDIT.c.subject == f"elder:{elder_id}",
            _AUDIT.c.action == "open_person",
            _AUDIT.c.actor == actor.label,
            _AUDIT.c.at.between(now - _SAME_LOOK, now),
        )
        if session.execute(before.limit(1)).first() is not None:
            return
    _note_opened(elder_id, place=place, actor=actor, now=now)


@settled
def _note_opened(session: Session, elder_id: int, *, place: str, actor: Actor, now: datetime) -> None:
    trail.record(session, actor, "open_person", f"elder:{elder_id}", now, site_id=actor.site_id, place=place)


def note_listed(elder_ids: Iterable[int], *, place: str, actor: Actor, now: datetime) -> None:
    """Write down who stood on a list that somebody looked at; again only after a while."""
    wanted = set(elder_ids)
    with reading() as session:
        before = select(_FOUND.c.elder_id).where(
            _FOUND.c.elder_id.in_(wanted),
            _FOUND.c.actor == actor.label,
            _FOUND.c.place == place,
            _FOUND.c.at.between(now - _SAME_LOOK, now),
        )
        wanted -= set(session.scalars(before))
    if wanted:
        _note_found(sorted(wanted), place=place, actor=actor, now=now)


@settled
def _note_found(session: Session, found: list[int], *, place: str, actor: Actor, now: datetime) -> None:
    rows = [{"elder_id": one, "at": now, "actor": actor.label, "place": place} for one in found]
    session.execute(insert(_FOUND), rows)
    trail.record(session, actor, "find_people", "people", now, site_id=actor.site_id, place=place, found=found)


def looks_at(session: Session, elder_id: int, *, most: int) -> list[dict[str, Any]]:
    """Who searched for, opened or read an elder, the latest first: at, actor (label), action, place and reason."""
    rows = session.execute(
        select(*_AUDIT.c["at", "actor", "action", "detail"])
        .where(_AUDIT.c.subject == f"elder:{elder_id}", _AUDIT.c.action.in_(LOOKS))
        .order_by(_AUDIT.c.id.desc())
        .limit(most)
    )
    looked = [
        {
            "at": row.at,
            "actor": row.actor,
            "action": row.action,
            "place": row.detail.get("place", ""),
            "reason": row.detail.get("reason", ""),
        }
        for row in rows
    ]
    searched = session.execute(
        select(*_FOUND.c["at", "actor", "place"])
        .where(_FOUND.c.elder_id == elder_id)
        .order_by(_FOUND.c.id.desc())
        .limit(most)
    )
    looked += [row._asdict() | {"action": "find_people", "reason": ""} for row in searched]
    return sorted(looked, key=lambda one: one["at"], reverse=True)[:most]
