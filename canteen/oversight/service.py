"""Looking at names and taking them away in a file: both are written down before anything is shown."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from canteen.db import reading, settle, transaction
from canteen.errors import NotFound, Refusal
from canteen.oversight import queries
from canteen.oversight.daybook import day_book
from canteen.oversight.queries import NamesPage, Scope
from canteen.oversight.questions import Question, questions
from canteen.oversight.rules import NamesFilter
from canteen.places.queries import NO_SITE, NO_SITE_STEP, SiteFacts
from canteen.printing.asking import ask_for_drawer, ask_for_paper
from canteen.staff import audit
from canteen.staff.rules import Actor, reaches_site

#: Meals with masked names in one file.
MOST_EXPORTED = 20_000


def look_at_names(asked: NamesFilter, *, before: int | None, actor: Actor, now: datetime) -> NamesPage:
    """A page of masked names behind a number; the audit trail says who looked at which."""
    with reading() as session:
        found = queries.names(session, asked, before=before)
    _write_down("look", asked.facts | {"names": len(found.lines)}, asked.site_ids, actor, now)
    return found


def export_names(asked: NamesFilter, *, actor: Actor, now: datetime) -> NamesPage:
    """All masked names behind a number, for a file. Raises ``Refusal`` (``too_many_rows``)."""
    with reading() as session:
        found = queries.names(session, asked, limit=MOST_EXPORTED)
    if found.next_before is not None:
        raise Refusal("too_many_rows", "共 %(total)s 行,一次最多导出 %(most)s 行",
                      next_step="请选一个助餐点、一个餐次或几天,分几次导出", total=found.total, most=MOST_EXPORTED)
    _write_down("export", asked.facts | {"names": len(found.lines)}, asked.site_ids, actor, now)
    return found


def look_at_questions(scope: Scope, *, first: date, last: date, actor: Actor, now: datetime) -> list[Question]:
    """The odd things of some days with masked names; the audit trail says who looked."""
    with reading() as session:
        found = questions(session, site_ids=scope.site_ids, first=first, last=last)
    facts = {"questions": sum(one.count for one in found), "first": first.isoformat(), "last": last.isoformat()}
    _write_down("look", facts, scope.site_ids, actor, now)
    return found


def print_closing(site: SiteFacts, day: date, *, key: str, actor: Actor, now: datetime) -> int:
    """Print a day in sums (日结单) and answer the job's id; the same ``key`` is one paper.

    Raises ``NotFound`` out of reach and ``Refusal`` (``no_printer``).
    """
    return settle(lambda session: _print_closing(session, site, day, f"closing:{key}", actor, now))


def _print_closing(session: Session, site: SiteFacts, day: date, key: str, actor: Actor, now: datetime) -> int:
    if not reaches_site(actor, site_id=site.id, area_path=site.area_path):
        raise NotFound(NO_SITE, next_step=NO_SITE_STEP)
    found = day_book(session, site, day)
    job_id = ask_for_paper(session, found.facts(actor=actor, now=now), key=key, site_id=site.id, at=now)
    audit.record(session, actor=actor, action="print_closing", subject=f"job:{job_id}", at=now, site_id=site.id,
                 day=day.isoformat(), meals=found.served, cash_fen=found.cash_fen)
    return job_id


def open_drawer(site: SiteFacts, *, key: str, reason: str, actor: Actor, now: datetime) -> int:
    """Open the cash drawer without a ticket, to count or to give change; the audit trail says who and why.

    Raises ``NotFound`` out of reach and ``Refusal`` (``no_printer``, ``no_drawer``).
    """
    if not reaches_site(actor, site_id=site.id, area_path=site.area_path):
        raise NotFound(NO_SITE, next_step=NO_SITE_STEP)
    return settle(lambda session: ask_for_drawer(session, key=key, site=site, reason=reason, actor=actor, at=now))


def _write_down(action: str, facts: dict[str, object], site_ids: tuple[int, ...], actor: Actor, now: datetime) -> None:
    with transaction() as session:
        audit.record(session, actor=actor, action=action, subject="servings", at=now,
                     site_id=site_ids[0] if len(site_ids) == 1 else None, **facts)
