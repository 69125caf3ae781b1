"""Clashes to read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from canteen.base.db import with_reading
from canteen.base.records import as_record, as_row, chunks
from canteen.base.vault import the_vault
from canteen.base.words import SLOTS
from canteen.menus.clashes.eaters import EATERS, Eater
from canteen.menus.clashes.rules import MealClash, judge
from canteen.menus.dishes.queries import dishes_at
from canteen.menus.queries import menus_at
from canteen.people.personal import open_personal
from canteen.people.queries import ELDER, people_with

#: People asked for in one statement.
MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class PersonClash:
    """Somebody to call: the meals that do not fit, the worst first by ``rank``."""

    elder_id: int
    name: str
    village_group: str
    residence: str
    diet: str
    phone: str
    #: Of the first contact person.
    contact: str
    contact_phone: str
    meals: tuple[MealClash, ...]

    @property
    def rank(self) -> int:
        """How bad the worst of them is."""
        return min(one.rank for one in self.meals)

    @property
    def alike(self) -> list[tuple[MealClash, str]]:
        """Meals of a week that are the same but for the day, each with the ISO numbers of its days."""
        found: dict[MealClash, list[date]] = {}
        for one in self.meals:
            found.setdefault(replace(one, day=self.meals[0].day, way="", is_standing=False), []).append(one.day)
        return [(one, "".join(str(day.isoweekday()) for day in days)) for one, days in found.items()]


@dataclass(frozen=True, slots=True)
class Clashes:
    """The clashes of some days."""

    #: To be called, the worst first, then by group and name.
    people: tuple[PersonClash, ...]
    #: Dishes nobody has described -> how many people's diets they leave open.
    unknown: dict[str, int]


@with_reading
def clashes_between(session: Session, *, site_id: int, first: date, last: date) -> Clashes:
    """Whose diet does not fit the set they are to have from ``first`` to ``last`` (both included)."""
    menus = menus_at(session, site_id=site_id, first=first, last=last)
    eaters: dict[int, list[Eater]] = {}
    for ask in EATERS if menus else ():
        for eater in ask(session, site_id=site_id, first=first, last=last):
            if (eater.day, eater.slot) in menus:
                eaters.setdefault(eater.elder_id, []).append(eater)
    known = dishes_at(session, site_id=site_id)
    vault = the_vault()
    people: list[PersonClash] = []
    unknown: dict[str, set[int]] = {}
    judged: dict[tuple[str, MealClash], MealClash] = {}
    for row in _people(session, list(eaters)):
        personal = open_personal(row.sealed, row.elder_id, vault)
        meals = []
        for eater in sorted(eaters[row.elder_id], key=lambda one: (one.day, SLOTS.index(one.slot))):
            meal = MealClash(**as_row(eater, but=["elder_id"]))
            # People have few diets and sets: each is looked at once.
            if (asked := (personal.diet, meal)) not in judged:
                judged[asked] = judge(meal, personal.diet, menus[eater.day, eater.slot], known)
            meals.append(judged[asked])
        for dish in {dish for meal in meals for dish in meal.unknown}:
            unknown.setdefault(dish, set()).add(row.elder_id)
        if hit := tuple(meal for meal in meals if meal.clashes or meal.is_gone):
            contact = next(iter(personal.contacts), None)
            more = {"contact": contact.name if contact else "", "contact_phone": contact.phone if contact else ""}
            people.append(as_record(PersonClash, row, diet=personal.diet, phone=personal.phone, meals=hit, **more))
    people.sort(key=lambda one: (one.rank, one.village_group, one.name, one.elder_id))
    return Clashes(tuple(people), {dish: len(ids) for dish, ids in sorted(unknown.items())})


def _people(session: Session, elder_ids: Sequence[int]) -> Iterator[Any]:
    for some in chunks(elder_ids, MOST_AT_ONCE):
        yield from session.execute(people_with(ELDER.c.sealed).where(ELDER.c.id.in_(some)))
