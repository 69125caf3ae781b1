"""Pure decisions about dishes: what one may be, and whom a set does not fit, dish by dish."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from canteen.base.errors import BadInput
from canteen.base.words import DISH_KINDS
from canteen.menus.dishes.foods import answers, avoided, is_known, sign_of
from canteen.printing.rules import refuse_label

MOST_NAME, MOST_FACTS = 30, 200


@dataclass(frozen=True, slots=True)
class DishFacts:
    """One dish of the list; lists are joined by 、."""

    name: str
    kind: str = "other"
    ingredients: str = ""
    allergens: str = ""
    tags: str = ""

    @property
    def is_described(self) -> bool:
        """Whether it is known what is in it: otherwise its name alone can be looked at."""
        return bool(self.ingredients or self.allergens)

    def fill(self, more: "DishFacts") -> "DishFacts":
        """This dish, with what it does not say yet."""
        return DishFacts(
            self.name,
            self.kind if self.kind != "other" else more.kind,
            self.ingredients or more.ingredients,
            self.allergens or more.allergens,
            self.tags or more.tags,
        )


@dataclass(frozen=True, slots=True)
class Clash:
    """One word of a diet that a set does not fit."""

    #: As it is registered: 花生过敏, 少盐.
    word: str
    #: ``allergy``, ``avoid``, ``need``, or ``unclear``: nobody here knows the word, somebody must look.
    kind: str
    #: The dish, and the word in it that says so; "": no dish, the set lacks a tag.
    dish: str = ""
    sign: str = ""
    #: Only the name of the dish says so: nobody has written down what is in it.
    is_guess: bool = False


#: The worst first.
CLASH_KINDS = ("allergy", "avoid", "need", "unclear")


def check_dish(dish: DishFacts) -> DishFacts:
    """A dish as it may stand in the list. Raises ``BadInput`` naming the field."""
    if not dish.name:
        raise BadInput("缺少菜名", field="name")
    if dish.kind not in DISH_KINDS:
        raise BadInput("请从列表中选择", field="kind")
    for field, text, most in (
        ("name", dish.name, MOST_NAME),
        ("ingredients", dish.ingredients, MOST_FACTS),
        ("allergens", dish.allergens, MOST_FACTS),
        ("tags", dish.tags, MOST_FACTS),
    ):
        if len(text) > most:
            raise BadInput("内容太长,最多 %(most)s 个字", field=field, most=most)
        refuse_label(text, field=field)
    return dish


def filled(there: Mapping[str, DishFacts], more: Iterable[DishFacts]) -> list[DishFacts]:
    """The dishes to write so that the list has these too; what it says already stays."""
    found: dict[str, DishFacts] = {}
    for dish in more:
        before = found.get(dish.name) or there.get(dish.name)
        found[dish.name] = before.fill(dish) if before else dish
    return [dish for dish in found.values() if there.get(dish.name) != dish]


def clashes_of(diet: str, *, tags: str, dishes: str, known: Mapping[str, DishFacts]) -> tuple[Clash, ...]:
    """What of a diet (少盐、花生过敏) a set does not fit, the worst first. ``known``: the dish list by name."""
    served = [known.get(name) or DishFacts(name) for name in _parts(dishes)]
    found: list[Clash] = []
    for word in _parts(diet):
        foods, is_allergy = avoided(word)
        if foods:
            kind = "allergy" if is_allergy else "avoid"
            found += [replace(one, word=word, kind=kind) for dish in served if (one := _holds(dish, foods))]
        elif not answers(word, tags) and not (served and all(answers(word, dish.tags) for dish in served)):
            found.append(Clash(word, "need" if is_known(word) else "unclear"))
    return tuple(sorted(found, key=lambda one: (CLASH_KINDS.index(one.kind), one.is_guess)))


def _holds(dish: DishFacts, foods: Iterable[str]) -> Clash | None:
    text = f"{dish.ingredients} {dish.allergens}" if dish.is_described else dish.name
    sign = next((sign for food in foods if (sign := sign_of(food, text))), "")
    return Clash("", "", dish.name, sign, not dish.is_described) if sign else None


def undescribed(diet: str, *, dishes: str, known: Mapping[str, DishFacts]) -> tuple[str, ...]:
    """The dishes of a set of which nobody can say whether they fit a diet that leaves something out."""
    if not any(avoided(word)[0] for word in _parts(diet)):
        return ()
    return tuple(name for name in _parts(dishes) if not (name in known and known[name].is_described))


def allergens_of(dishes: str, known: Mapping[str, DishFacts]) -> str:
    """What is written down as allergens of the dishes of a set, joined by 、."""
    found = (part for name in _parts(dishes) if name in known for part in _parts(known[name].allergens))
    return "、".join(dict.fromkeys(found))


def _parts(text: str) -> list[str]:
    return [part for part in text.split("、") if part]
