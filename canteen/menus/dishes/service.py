"""What people do with the dish list: describe a dish, paste many, take one out."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.db import transaction
from canteen.base.errors import NotFound
from canteen.menus.dishes.listing import put_dishes
from canteen.menus.dishes.rules import DishFacts, check_dish
from canteen.menus.models import Dish
from canteen.places.registry import held_site


def keep_dishes(*, site_id: int, dishes: Sequence[DishFacts], actor: Actor, now: datetime) -> int:
    """Write dishes into the list of a site; one of a name that is there is written anew. How many.

    Raises ``BadInput``, and ``NotFound`` for a site out of reach.
    """
    for dish in dishes:
        check_dish(dish)
    with transaction() as session:
        held_site(session, site_id, actor)
        return put_dishes(session, site_id=site_id, dishes=dishes, actor=actor, now=now)


def remove_dish(*, site_id: int, name: str, actor: Actor, now: datetime) -> None:
    """Take a dish out of the list; menus that name it stay. Raises ``NotFound``."""
    with transaction() as session:
        held_site(session, site_id, actor)
        dish = session.scalar(select(Dish).where(Dish.site_id == site_id, Dish.name == name))
        if dish is None:
            raise NotFound("菜品库里没有这道菜", next_step="请刷新菜品库页面")
        session.delete(dish)
        session.flush()
        trail.record(session, actor, "remove_dish", f"site:{site_id}", now, site_id=site_id, name=name)
