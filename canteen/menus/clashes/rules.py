"""Pure decisions about clashes: what of a person's diet a meal does not fit, and in which order people are called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from canteen.menus.dishes.rules import CLASH_KINDS, Clash, DishFacts, clashes_of, undescribed
from canteen.menus.rules import Tagged, fitting_set, list_of


@dataclass(frozen=True, slots=True)
class MealClash:
    """One meal of somebody that does not fit."""

    day: date
    slot: str
    set_name: str
    way: str
    is_standing: bool
    clashes: tuple[Clash, ...] = ()
    #: The menu has no set of that name any more.
    is_gone: bool = False
    #: Dishes nobody has described, for a diet that leaves something out.
    unknown: tuple[str, ...] = ()
    #: A set of the same meal that fits; "": there is none.
    instead: str = ""

    @property
    def rank(self) -> int:
        """How bad it is: 0 is an allergy that is certain."""
        ranks = [2 * CLASH_KINDS.index(one.kind) + one.is_guess for one in self.clashes]
        return min([*ranks, 3 if self.is_gone else 9])


def judge(meal: MealClash, diet: str, sets: Sequence[Tagged], known: Mapping[str, DishFacts]) -> MealClash:
    """A meal of a menu, with what of a diet it does not fit."""
    words = list_of(diet)
    names = [one.name for one in sets]
    is_open = not meal.set_name or (meal.is_standing and meal.set_name not in names)
    name = fitting_set(sets, diet, known) if is_open else meal.set_name
    found = next((one for one in sets if one.name == name), None)
    free = [one for one in sets if not clashes_of(words, tags=list_of(one.tags), dishes=one.dishes, known=known)]
    if found is None:
        return replace(meal, is_gone=True, instead=fitting_set(free, diet, known))
    clashes = clashes_of(words, tags=list_of(found.tags), dishes=found.dishes, known=known)
    unknown = undescribed(words, dishes=found.dishes, known=known)
    instead = fitting_set(free, diet, known) if clashes else ""
    return replace(meal, set_name=name, clashes=clashes, unknown=unknown, instead=instead)
