"""Writing the dish list of a site inside the caller's transaction."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.records import as_row
from canteen.menus.dishes.rules import DishFacts
from canteen.menus.models import Dish


def put_dishes(session: Session, *, site_id: int, dishes: Iterable[DishFacts], actor: Actor, now: datetime) -> int:
    """Write dishes as they are given; a dish is known by its name. How many. Whoever calls holds the site."""
    wanted = {dish.name: dish for dish in dishes}
    there = {
        one.name: one for one in session.scalars(select(Dish).where(Dish.site_id == site_id, Dish.name.in_(wanted)))
    }
    for name, dish in wanted.items():
        if name in there:
            for field, value in as_row(dish).items():
                setattr(there[name], field, value)
        else:
            session.add(Dish(site_id=site_id, **as_row(dish)))
    session.flush()
    if wanted:
        names = list(wanted)[:MOST_NAMED]
        trail.record(
            session, actor, "keep_dishes", f"site:{site_id}", now, site_id=site_id, dishes=len(wanted), names=names
        )
    return len(wanted)


#: Names of dishes in one row of the trail.
MOST_NAMED = 50
