"""What the server does by the clock for the kitchens: fix the count when orders close, print it, print what changes then.

The count that was fixed is kept, with a printer or without. Whoever orders late, cancels or falls ill changes what the
page shows; the kitchen hears of it by a change slip, within a minute.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import COMMAND
from canteen.base.db import reading, settled
from canteen.base.errors import Refusal
from canteen.base.months import days_between
from canteen.base.vault import the_vault
from canteen.orders import papers
from canteen.orders.models import FrozenCount
from canteen.orders.papers import SittingAt
from canteen.orders.queries import moment_of, sitting_sheet
from canteen.orders.rules import is_late
from canteen.orders.service import print_for_kitchen
from canteen.orders.standing.making import make_orders, settle_sets
from canteen.places.queries import SiteFacts, service_plan
from canteen.places.rules import MOST_CUTOFF_DAYS, is_planned_day
from canteen.printing.queries import default_printer

#: Who makes these papers, as they say it.
BY_ITSELF = replace(COMMAND, name="程序")


def look_after_kitchen(site: SiteFacts, *, now: datetime) -> None:
    """Fix each count whose cut-off has passed, and tell the kitchen what it does not know. Safe to repeat."""
    with reading() as session:
        sittings = list(_closed(session, site, now))
        open_ = [at for at in sittings if papers.frozen(session, at) is None]
    for at in open_:
        freeze(at, now=now)
    for at in sittings:
        _tell(at, now)


def _closed(session: Session, site: SiteFacts, now: datetime) -> Iterator[SittingAt]:
    """The sittings that take no more orders and are not over: those of today, and those whose orders end days before."""
    moment, plan = moment_of(now), service_plan(session, site.id)
    for day in days_between(moment.today, moment.today + timedelta(days=MOST_CUTOFF_DAYS)):
        for hours in site.slots:
            is_over = (day, hours.closes) < (moment.today, moment.wall_time)
            if is_planned_day(plan, day) and is_late(moment, day=day, hours=hours) and not is_over:
                yield SittingAt(site=site, day=day, slot=hours.slot)


@settled
def freeze(session: Session, at: SittingAt, *, now: datetime) -> None:
    """Fix the count of a sitting; a second time changes nothing (UNIQUE)."""
    if papers.frozen(session, at) is not None:
        return
    make_orders(session, at.site, actor=BY_ITSELF, now=now)
    settle_sets(session, site_id=at.site.id, day=at.day, slot=at.slot, actor=BY_ITSELF, now=now)
    sheet = sitting_sheet(session, site_id=at.site.id, day=at.day, slot=at.slot)
    facts = papers.kitchen_facts(at, sheet, None, edition=0, actor=BY_ITSELF, now=now)
    sealed = the_vault().seal(facts.as_json(), papers.place_of_count(at))
    row = FrozenCount(site_id=at.site.id, day=at.day, slot=at.slot, frozen_at=now, sealed=sealed)
    session.add(row)
    session.flush()
    detail = {"day": at.day, "slot": at.slot, "meals": sheet.count.total}
    trail.record(session, BY_ITSELF, "freeze_count", f"frozen_count:{row.id}", now, site_id=at.site.id, **detail)


def _tell(at: SittingAt, now: datetime) -> None:
    """Print the count that was fixed, or what changed since; nothing without a printer, or for no meals at all."""
    with reading() as session:
        if default_printer(session, at.site.id) is None:
            return
        sheet = sitting_sheet(session, site_id=at.site.id, day=at.day, slot=at.slot)
        news = papers.news_of(session, at, sheet)
    is_first = news.told.job_id is None
    if (is_first and not sheet.count.total) or (news.is_known and not is_first):
        return
    try:
        print_for_kitchen(at, news.told.edition + 1, whole=is_first, actor=BY_ITSELF, now=now)
    except Refusal:  # somebody pressed the button meanwhile, or took the printer away: looked at again in a minute
        return
