"""What in a scheme can be read but can hardly be meant: classes nobody reaches, limits that never count.

A scheme with doubts works. Each doubt is one sentence with its place, for the officer who writes it. What a block says
of itself stands with the block; here is what takes several of them to see.
"""

from collections.abc import Iterator, Sequence

from canteen.base.money import yuan
from canteen.schemes.language.amounts import Layers, rates_of
from canteen.schemes.language.classes import SchemeClass, doubts_of_caps
from canteen.schemes.language.conditions import OLDEST, ON, Condition
from canteen.schemes.language.funding import doubts_of_payers
from canteen.schemes.language.meals import doubts_of_meals
from canteen.schemes.language.possible import Answers, People, TooManyError, both, span
from canteen.schemes.language.purse import doubts_of_purse
from canteen.schemes.language.rates import Rate
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.language.services import doubts_of_frequency, doubts_of_services
from canteen.schemes.language.site_money import doubts_of_site_money


def warnings_of(scheme: Scheme) -> tuple[str, ...]:
    """Doubts about a scheme and about each of its overrides, in Chinese, each once.

    None about an incomplete one: what a number that is missing would change cannot be known.
    """
    if scheme.incomplete:
        return ()
    found = list(_doubts(scheme))
    for override in scheme.overrides:
        place = f"overrides:「{override.area[:-1]}」"
        area = scheme.site_area
        if (
            area is not None
            and not area.hold(override.area)
            and not any(inside.startswith(override.area) for inside in area.inside)
        ):
            found.append(f"{place}不在 site_area 的范围内,永远用不到")
        found += [f"{place}{doubt}" for doubt in _doubts(override.scheme) if doubt not in found]
    return tuple(dict.fromkeys(found))


def _doubts(scheme: Scheme) -> Iterator[str]:
    yield from _of_classes(scheme)
    yield from doubts_of_meals(scheme.meal, scheme.site_area)
    yield from doubts_of_payers(scheme.funding, scheme.paying)
    if scheme.purse is not None:
        places = [f"classes[{n}].credit" if one.code else "credit" for n, one in enumerate(scheme.classes, start=1)]
        credits = {place: one.credit for place, one in zip(places, scheme.classes, strict=True)}
        yield from doubts_of_purse(scheme.purse, scheme.id, credits)
    yield from doubts_of_services(scheme.services, scheme.purse)
    yield from doubts_of_frequency(scheme.frequency)
    for one in scheme.site_money:
        yield from doubts_of_site_money(one)


def _of_classes(scheme: Scheme) -> Iterator[str]:
    """Classes that nobody can be in, or that earlier ones always come before."""
    try:
        people = People([scheme.eligible, *_conditions(scheme)])
        eligible = people.who(scheme.eligible)
    except TooManyError:
        return
    if not eligible:
        yield "eligible:这些条件互相矛盾,没有人符合"
        return
    left = eligible
    for number, one in enumerate(scheme.classes, start=1):
        place, name = (f"classes[{number}]", f"「{one.code}」") if one.code else ("amount", "")
        try:
            own = both(eligible, people.who(one.when))
            reached = both(left, own) if scheme.choose == "first" else own
            left = both(left, people.who(one.when, holds=False)) if scheme.choose == "first" else left
        except TooManyError:
            return
        if not people.who(one.when):
            yield f"{place}.when:{name}的条件互相矛盾,没有人符合"
        elif not own:
            yield f"{place}.when:{name}和 eligible 合在一起没有人符合"
        elif not reached:
            yield f"{place}.when:符合{name}的人都已归入前面的类别,这一类永远用不到"
        else:
            yield from _of_amount(scheme, one, f"{place}.amount" if name else place, people, reached)
            where = f"{place}.caps" if name else "caps"
            yield from doubts_of_caps(one, where, slots=len(scheme.slots))


def _conditions(scheme: Scheme) -> Iterator[Condition]:
    for one in scheme.classes:
        yield one.when
        if isinstance(one.amount, Layers):
            yield from [layer.when for layer in one.amount.layers if layer.when is not None]


def _of_amount(scheme: Scheme, one: SchemeClass, where: str, people: People, reached: list[Answers]) -> Iterator[str]:
    """Numbers that never count: of slots and ways that are not subsidised, of ages nobody in the class has, of 0."""
    ages = [group.get(f"age {ON[0]}", span(0, OLDEST)) for group in reached]
    for rate in rates_of(one.amount):
        if rate.plain == 0:
            yield f"{where}:写的是 0,这样从不补助"
        yield from _of_rate(scheme, rate, where, ages)
    if isinstance(one.amount, Layers):
        for number, layer in enumerate(one.amount.layers, start=1):
            if layer.when is not None and not both(reached, people.who(layer.when)):
                yield f"{where}.layers[{number}]:「{layer.payer}」这一层没有人符合"


def _of_rate(scheme: Scheme, rate: Rate, where: str, ages: Sequence[int]) -> Iterator[str]:
    named = {"slot": scheme.slots, "way": scheme.meal.ways}.get(rate.by)
    if named is not None:
        key = "slots" if rate.by == "slot" else "ways"
        for word in rate.fen:
            if word not in named:
                yield f"{where}:写了 {word},但 {key} 里没有,这一项永远用不到"
        for word in named:
            if word not in rate.fen:
                yield f"{where}:{key} 里有 {word},但金额表里没有,这样不补助"
    if rate.by == "age":
        for lowest, following in zip(rate.bounds, (*rate.bounds[1:], OLDEST + 1), strict=True):
            if not any(span(lowest, following - 1) & possible for possible in ages):
                yield f"{where}.age.{lowest}:没有人在这一档"
    spend = scheme.spend.bound.plain if scheme.spend is not None and not scheme.spend.with_fee else None
    if rate.by == "price" and spend is not None:
        for lowest, following in zip(rate.bounds, rate.bounds[1:], strict=False):
            if following <= spend:
                yield f"{where}.price:{yuan(lowest)} 起的一档低于起补金额 {yuan(spend)},永远用不到"
    for number in rate.fen.values():
        if isinstance(number, Rate):
            yield from _of_rate(scheme, number, where, ages)
