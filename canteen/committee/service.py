"""Looking at names and taking them away in a file: both are written down before anything is shown."""

from datetime import date, datetime

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.db import reading, transaction
from canteen.base.errors import Refusal
from canteen.committee import queries
from canteen.committee.queries import NamesPage
from canteen.committee.questions import Question, questions
from canteen.committee.rules import NamesFilter
from canteen.places.scope import Scope

#: Meals with masked names in one file.
MOST_EXPORTED = 20_000


def look_at_names(wanted: NamesFilter, *, before: int | None, actor: Actor, now: datetime) -> NamesPage:
    """A page of masked names behind a number; the audit trail says who looked at which."""
    with reading() as session:
        found = queries.names(session, wanted, before=before)
    _write_down("look", wanted.facts | {"names": len(found.lines)}, wanted.site_ids, actor, now)
    return found


def export_names(wanted: NamesFilter, *, actor: Actor, now: datetime) -> NamesPage:
    """All masked names behind a number, for a file. Raises ``Refusal`` (``too_many_rows``)."""
    with reading() as session:
        found = queries.names(session, wanted, limit=MOST_EXPORTED)
    if found.next_before is not None:
        raise Refusal(
            "too_many_rows",
            "共 %(total)s 行,一次最多导出 %(most)s 行",
            next_step="请选一个助餐点、一个餐次或几天,分几次导出",
            total=found.total,
            most=MOST_EXPORTED,
        )
    _write_down("export", wanted.facts | {"names": len(found.lines)}, wanted.site_ids, actor, now)
    return found


def look_at_questions(scope: Scope, *, first: date, last: date, actor: Actor, now: datetime) -> list[Question]:
    """The odd things of some days with masked names; the audit trail says who looked."""
    with reading() as session:
        found = questions(session, site_ids=scope.site_ids, first=first, last=last)
    facts = {"questions": sum(one.count for one in found), "first": first.isoformat(), "last": last.isoformat()}
    _write_down("look", facts, scope.site_ids, actor, now)
    return found


def _write_down(action: str, facts: dict[str, object], site_ids: tuple[int, ...], actor: Actor, now: datetime) -> None:
    with transaction() as session:
        trail.record(
            session, actor, action, "servings", now, site_id=site_ids[0] if len(site_ids) == 1 else None, **facts
        )
