"""The dish list of a site to read."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.base.db import with_reading
from canteen.base.records import as_record
from canteen.menus.dishes.rules import DishFacts
from canteen.menus.models import Dish, Menu, MenuSet


def dishes_at(session: Session, *, site_id: int) -> dict[str, DishFacts]:
    """The dish list of a site by name, in the order of the kinds' rows: as it was written."""
    rows = session.execute(select(Dish.__table__).where(Dish.site_id == site_id).order_by(Dish.id))
    return {row.name: as_record(DishFacts, row) for row in rows}


#: For a page.
dishes_of = with_reading(dishes_at)


@with_reading
def named_on_menus(session: Session, *, site_id: int, first: date) -> dict[str, date]:
    """The dishes that menus name from a day on, with the first day of each."""
    at = (Menu.site_id == site_id) & (Menu.day >= first)
    rows = session.execute(
        select(Menu.day, MenuSet.dishes).join(Menu, Menu.id == MenuSet.menu_id).where(at).order_by(Menu.day, MenuSet.id)
    )
    found: dict[str, date] = {}
    for row in rows:
        for name in row.dishes.split("、"):
            found.setdefault(name, row.day)
    return found
