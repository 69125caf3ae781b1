"""Copying menus inside the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.menus.dishes.listing import put_dishes
from canteen.menus.dishes.queries import dishes_at
from canteen.menus.dishes.rules import filled
from canteen.menus.queries import drafts_at, served_by_set
from canteen.menus.registry import put_sets
from canteen.menus.rules import SetDraft, Sitting
from canteen.places.models import Site
from canteen.places.queries import service_plan
from canteen.places.rules import is_planned_day


@dataclass(frozen=True, slots=True)
class Copied:
    """What copying did at one site."""

    copied: list[Sitting] = field(default_factory=list)
    #: Left as they were, because there was a menu already.
    existing: list[Sitting] = field(default_factory=list)
    #: Left out, because the site does not serve on that day or no longer serves that slot.
    closed: list[Sitting] = field(default_factory=list)


Drafts = Mapping[Sitting, Mapping[str, SetDraft]]


def copy_to(
    session: Session,
    source: Drafts,
    pairs: Sequence[tuple[date, date]],
    site: Site,
    *,
    replace: bool,
    actor: Actor,
    now: datetime,
) -> Copied:
    """Write the menus of some days to others of a site that is held, without counts of prepared meals."""
    done = Copied()
    plan, served = service_plan(session, site.id), {one.slot for one in site.slots}
    targets = [day for _, day in pairs]
    there = drafts_at(session, site_id=site.id, days=targets)
    eaten = {sitting for sitting, _ in served_by_set(session, site_id=site.id, days=targets)}
    by_day: dict[date, list[str]] = {}
    for day, slot in sorted(source):
        by_day.setdefault(day, []).append(slot)
    for first, day in pairs:
        for slot in by_day.get(first, ()):
            target = (day, slot)
            sets = list(source[first, slot].values())
            may_replace = replace and day >= day_of(now) and target not in eaten
            if slot not in served or not is_planned_day(plan, day):
                done.closed.append(target)
            elif target in there and not may_replace:
                done.existing.append(target)
            elif list(there.get(target, {}).values()) != sets:
                put_sets(session, site_id=site.id, sitting=target, sets=sets, keep_others=False)
                done.copied.append(target)
    if done.copied:
        detail = {"first": targets[0], "last": targets[-1], "sittings": len(done.copied)}
        trail.record(session, actor, "copy_menus", f"site:{site.id}", now, site_id=site.id, **detail)
    return done


def carry_dishes(session: Session, source: Drafts, *, from_id: int, to_id: int, actor: Actor, now: datetime) -> None:
    """Tell another site what is in the dishes it is given menus of; what its list says already stays."""
    names = {name for sets in source.values() for one in sets.values() for name in one.dishes.split("、")}
    known = [dish for name, dish in dishes_at(session, site_id=from_id).items() if name in names]
    dishes = filled(dishes_at(session, site_id=to_id), known)
    put_dishes(session, site_id=to_id, dishes=dishes, actor=actor, now=now)
