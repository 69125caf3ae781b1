"""Writing menus inside the caller's transaction. Whoever calls holds the site (``places.registry.held_site``)."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.base.errors import BadInput
from canteen.menus.models import Menu, MenuSet
from canteen.menus.rules import MOST_SETS, SetDraft, Sitting


def menu_at(session: Session, *, site_id: int, sitting: Sitting) -> Menu | None:
    """The menu of one sitting with its sets, to be changed."""
    day, slot = sitting
    return session.scalar(select(Menu).where(Menu.site_id == site_id, Menu.day == day, Menu.slot == slot))


def put_sets(session: Session, *, site_id: int, sitting: Sitting, sets: Sequence[SetDraft], keep_others: bool) -> None:
    """Write the sets of a sitting; a set is known by its name and keeps how many were prepared.

    Sets that are not given stay at the end (``keep_others``) or go. Raises ``BadInput`` above ``MOST_SETS``.
    """
    menu = menu_at(session, site_id=site_id, sitting=sitting)
    if menu is None:
        menu = Menu(site_id=site_id, day=sitting[0], slot=sitting[1], sets=[])
        session.add(menu)
    there = {one.name: one for one in menu.sets}
    given = {draft.name for draft in sets}
    for name, one in there.items():
        if not keep_others and name not in given:
            menu.sets.remove(one)
    position = max((one.position for one in menu.sets), default=-1) if keep_others else -1
    for draft in sets:
        found = there.get(draft.name)
        if found is None or not keep_others:
            position += 1
        if found is None:
            found = MenuSet(name=draft.name, position=position, prepared=None)
            menu.sets.append(found)
        elif not keep_others:
            found.position = position
        found.price_fen, found.dishes, found.tags = draft.price_fen, draft.dishes, draft.tags
    if len(menu.sets) > MOST_SETS:
        raise BadInput(
            "%(day)s 这一餐超过 %(most)s 个套餐",
            most=MOST_SETS,
            day=sitting[0].isoformat(),
            next_step="请先删去不用的套餐",
        )
    session.flush()


def write_sets(session: Session, *, site_id: int, sitting: Sitting, sets: Sequence[SetDraft]) -> None:
    """Make the menu of a sitting exactly these sets; without any there is no menu."""
    if sets:
        put_sets(session, site_id=site_id, sitting=sitting, sets=sets, keep_others=False)
    elif menu := menu_at(session, site_id=site_id, sitting=sitting):
        session.delete(menu)
        session.flush()
