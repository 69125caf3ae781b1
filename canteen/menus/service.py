"""What people do with menus: write one, copy a week, import a file, say how many were cooked."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from canteen.audit import trail
from canteen.base import clock
from canteen.base.access import Actor
from canteen.base.db import transaction
from canteen.base.errors import BadInput
from canteen.menus.dishes.listing import put_dishes
from canteen.menus.dishes.queries import dishes_at
from canteen.menus.dishes.rules import filled
from canteen.menus.importing.reading import MenuFile
from canteen.menus.queries import ImportPreview, drafts_at, import_preview, served_by_set
from canteen.menus.registry import menu_at, put_sets, write_sets
from canteen.menus.rules import PriceNote, SetChange, SetDraft, Sitting, price_notes, repeated_name, week_of
from canteen.menus.weeks.copying import Copied, copy_to
from canteen.places.registry import held_site


def save_menu(
    *, site_id: int, sitting: Sitting, sets: Sequence[SetDraft], actor: Actor, now: datetime
) -> tuple[PriceNote, ...]:
    """Make the menu of one sitting exactly these sets; without any, there is no menu.

    Counts of prepared meals stay with sets of the same name; servings keep the name and price they copied. Returns
    the price changes somebody must hear about. Raises ``BadInput`` for a repeated name, ``NotFound`` out of reach.
    """
    if (repeated := repeated_name(sets)) is not None:
        raise BadInput("套餐「%(name)s」写了两次", field=f"name_{repeated}", name=sets[repeated].name)
    with transaction() as session:
        held_site(session, site_id, actor)
        before = drafts_at(session, site_id=site_id, days={sitting[0]}).get(sitting, {})
        if list(before.values()) == list(sets):
            return ()
        write_sets(session, site_id=site_id, sitting=sitting, sets=sets)
        changes = [SetChange(sitting, draft, before.get(draft.name)) for draft in sets]
        served = served_by_set(session, site_id=site_id, days={sitting[0]})
        detail = {"day": sitting[0], "slot": sitting[1], "prices": {one.name: one.price_fen for one in sets}}
        trail.record(session, actor, "save_menu", f"site:{site_id}", now, site_id=site_id, **detail)
        return price_notes(changes, served, today=clock.day_of(now))


def set_prepared(
    *, site_id: int, sitting: Sitting, counts: Mapping[str, int | None], actor: Actor, now: datetime
) -> None:
    """Say how many of each set (by name) were cooked; None: nobody counted. Unknown names change nothing.

    Raises ``NotFound`` for a site out of reach.
    """
    with transaction() as session:
        held_site(session, site_id, actor)
        menu = menu_at(session, site_id=site_id, sitting=sitting)
        changed = {}
        for one in menu.sets if menu else []:
            wanted = counts.get(one.name, one.prepared)
            if wanted != one.prepared:
                one.prepared = wanted
                changed[one.name] = wanted
        if changed:
            session.flush()
            detail = {"day": sitting[0], "slot": sitting[1], "prepared": changed}
            trail.record(session, actor, "set_prepared", f"site:{site_id}", now, site_id=site_id, **detail)


def copy_last_week(*, site_id: int, day: date, actor: Actor, now: datetime) -> Copied:
    """Copy the menus of the week before to the week ``day`` is in, without counts of prepared meals.

    A sitting that has a menu stays as it is; days and slots the site does not serve are left out. Raises
    ``NotFound`` for a site out of reach.
    """
    monday = week_of(day)[0]
    before = monday - timedelta(days=7)
    pairs = [(before + timedelta(days=ahead), monday + timedelta(days=ahead)) for ahead in range(7)]
    with transaction() as session:
        site = held_site(session, site_id, actor)
        source = drafts_at(session, site_id=site_id, days=[first for first, _ in pairs])
        return copy_to(session, source, pairs, site, replace=False, actor=actor, now=now)


def import_menu(*, site_id: int, file: MenuFile, actor: Actor, now: datetime) -> ImportPreview:
    """Write all good rows of a file in one transaction; a second time nothing changes.

    Sets that are not in the file stay; what it says of dishes is added to the dish list. Returns what was written and
    the price changes somebody must hear about.
    Raises ``NotFound`` for a site out of reach.
    """
    with transaction() as session:
        held_site(session, site_id, actor)
        preview = import_preview(session, file.good, site_id=site_id, today=clock.day_of(now))
        by_sitting: dict[Sitting, list[SetDraft]] = {}
        for change in preview.plan.changes:
            by_sitting.setdefault(change.sitting, []).append(change.draft)
        for sitting, sets in sorted(by_sitting.items()):
            put_sets(session, site_id=site_id, sitting=sitting, sets=sets, keep_others=True)
        dishes = filled(dishes_at(session, site_id=site_id), file.dishes)
        put_dishes(session, site_id=site_id, dishes=dishes, actor=actor, now=now)
        if by_sitting:
            detail = {"sets": len(preview.plan.changes), "sittings": len(by_sitting), "rejected": len(file.bad)}
            trail.record(session, actor, "import_menu", f"site:{site_id}", now, site_id=site_id, **detail)
    return preview
