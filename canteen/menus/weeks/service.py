"""What people do with whole weeks: write one on one page, copy days, weeks and rounds."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from canteen.audit import trail
from canteen.base import clock
from canteen.base.access import Actor
from canteen.base.db import transaction
from canteen.base.errors import BadFields, BadInput
from canteen.menus.queries import drafts_at, served_by_set
from canteen.menus.registry import write_sets
from canteen.menus.rules import PriceNote, SetChange, SetDraft, Sitting, price_notes
from canteen.menus.weeks.copying import Copied, carry_dishes, copy_to
from canteen.menus.weeks.rules import CopyRequest, digest_of, pairs_of
from canteen.places.registry import held_site


def save_week(
    *, site_id: int, week: Mapping[Sitting, Sequence[SetDraft]], seen: str, actor: Actor, now: datetime
) -> tuple[int, tuple[PriceNote, ...]]:
    """Make the menus of these sittings exactly these sets; a sitting without any has no menu. ``seen``: ``digest_of`` the
    week as it was when the page was made.

    Returns how many sittings changed, and the price changes somebody must hear about. Raises ``BadFields`` when somebody
    else has changed the week since, ``NotFound`` out of reach.
    """
    days = {day for day, _ in week}
    with transaction() as session:
        held_site(session, site_id, actor)
        before = drafts_at(session, site_id=site_id, days=days)
        if digest_of({at: list(before.get(at, {}).values()) for at in week}) != seen:
            raise BadFields({"seen": BadInput("这一周的菜单刚才被别人改过,还没有保存。再保存一次,就按这一页的写")})
        changed = {at: sets for at, sets in week.items() if list(before.get(at, {}).values()) != list(sets)}
        for sitting, sets in sorted(changed.items()):
            write_sets(session, site_id=site_id, sitting=sitting, sets=sets)
        if changed:
            detail = {"week": min(days), "sittings": len(changed)}
            trail.record(session, actor, "save_menu", f"site:{site_id}", now, site_id=site_id, **detail)
        changes = [SetChange(at, one, before.get(at, {}).get(one.name)) for at, sets in changed.items() for one in sets]
        served = served_by_set(session, site_id=site_id, days=days)
        return len(changed), price_notes(changes, served, today=clock.day_of(now))


def copy_menus(request: CopyRequest, *, actor: Actor, now: datetime) -> dict[str, Copied]:
    """Copy a day, a week, or a round of weeks again and again, to one or several sites: name of the site -> what was done.

    Raises ``BadInput`` for days that cannot be, ``NotFound`` for a site out of reach.
    """
    pairs = pairs_of(request)
    done: dict[str, Copied] = {}
    with transaction() as session:
        held = {one: held_site(session, one, actor) for one in sorted({request.site_id, *request.site_ids})}
        days = [first for first, _ in pairs]
        source = {
            at: sets for at, sets in drafts_at(session, site_id=request.site_id, days=days).items() if at[0] in days
        }
        for site_id in sorted(set(request.site_ids)):
            site = held[site_id]
            done[site.name] = copy_to(session, source, pairs, site, replace=request.replace, actor=actor, now=now)
            if site_id != request.site_id and done[site.name].copied:
                carry_dishes(session, source, from_id=request.site_id, to_id=site_id, actor=actor, now=now)
    return done
