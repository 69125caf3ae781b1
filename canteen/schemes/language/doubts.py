"""What in a scheme can be read but can hardly be meant: classes nobody reaches, limits that never count.

A scheme with doubts works. Each doubt is one sentence with its place, for the officer who writes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from canteen.base.money import yuan
from canteen.schemes.deciding.known import ON
from canteen.schemes.language.amounts import Amount, Free, Layers, MonthlyNorm, OwnPrice, Percent, PerDay, PerMeal
from canteen.schemes.language.conditions import OLDEST, Condition
from canteen.schemes.language.more_doubts import beyond_doubts
from canteen.schemes.language.possible import Box, People, TooManyError, both, span
from canteen.schemes.language.rates import Rate

if TYPE_CHECKING:
    from canteen.schemes.language.classes import SchemeClass
    from canteen.schemes.language.scheme import Scheme

_PER = {"sitting": "每餐次", "day": "每日", "week": "每周", "month": "每月", "year": "每年"}
#: How often the shorter period fits into the longer one at most; a week has parts in two months, so it is not here.
_TIMES = {("day", "week"): 7, ("day", "month"): 31, ("day", "year"): 366, ("month", "year"): 12, ("week", "year"): 54}


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
    yield from _of_meals(scheme)
    yield from _of_payers(scheme)
    yield from beyond_doubts(scheme)


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
            yield from _of_caps(scheme, one, f"{place}.caps" if name else "caps")


def _conditions(scheme: Scheme) -> Iterator[Condition]:
    for one in scheme.classes:
        yield one.when
        if isinstance(one.amount, Layers):
            yield from [layer.when for layer in one.amount.layers if layer.when is not None]


def _of_amount(scheme: Scheme, one: SchemeClass, where: str, people: People, reached: list[Box]) -> Iterator[str]:
    """Numbers that never count: of slots and ways that are not subsidised, of ages nobody in the class has, of 0."""
    ages = [box.get(f"age {ON[0]}", span(0, OLDEST)) for box in reached]
    for rate in _rates(one.amount):
        if rate.plain == 0:
            yield f"{where}:写的是 0,这样从不补助"
        yield from _of_rate(scheme, rate, where, ages)
    if isinstance(one.amount, Layers):
        for number, layer in enumerate(one.amount.layers, start=1):
            if layer.when is not None and not both(reached, people.who(layer.when)):
                yield f"{where}.layers[{number}]:「{layer.payer}」这一层没有人符合"


def _rates(amount: Amount) -> list[Rate]:
    """The numbers of an amount; a part of 0 percent that the elder pays is meant, and so is a ceiling."""
    if isinstance(amount, PerMeal | PerDay):
        return [amount.rate]
    if isinstance(amount, Percent):
        return [amount.percent, *([amount.at_most] if amount.at_most else [])]
    if isinstance(amount, Free | OwnPrice):
        return [amount.at_most] if amount.at_most else []
    if isinstance(amount, MonthlyNorm):
        return [amount.norm]
    return [rate for layer in amount.layers for rate in _rates(layer.amount)] if isinstance(amount, Layers) else []


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


def _of_caps(scheme: Scheme, one: SchemeClass, where: str) -> Iterator[str]:
    """Caps of 0, and caps that another one always reaches first."""
    by_meals = [(cap.per, cap.meals.plain) for cap in one.meal_caps]
    by_money = [(cap.per, cap.public.plain) for cap in one.money_caps]
    for caps, shown in ((by_meals, "{} 餐".format), (by_money, yuan)):
        known = [(per, limit) for per, limit in caps if limit is not None]
        for per, limit in known:
            if limit == 0:
                yield f"{where}:{_PER[per]}的上限是 0,这样从不补助"
        for number, (per, limit) in enumerate(known):
            if per in [earlier for earlier, _ in known[:number]] and (per, limit) != ("sitting", 1):
                yield f"{where}:{_PER[per]}的上限写了两条,只有较低的一条起作用"
        for short, less in known:
            for long, more in known:
                if list(_PER).index(short) >= list(_PER).index(long) or not less or not more:
                    continue
                times = _TIMES.get((short, long))
                if short == "sitting" and long == "day":
                    times = len(scheme.slots)
                if less >= more and not (short == "sitting" and less == 1):
                    yield f"{where}:{_PER[short]}上限 {shown(less)} 不低于{_PER[long]}上限 {shown(more)},{_PER[short]}的一条不起作用"
                elif times is not None and more >= less * times:
                    yield f"{where}:{_PER[long]}上限 {shown(more)} 到不了({_PER[short]}最多 {shown(less)}),{_PER[long]}的一条不起作用"


def _of_meals(scheme: Scheme) -> Iterator[str]:
    """Terms of the meal that cannot hold together."""
    area, meal = scheme.site_area, scheme.meal
    if area is not None and area.outside and all(inside.startswith(area.outside) for inside in area.inside):
        yield "site_area:in 的地区都在 except 里,没有助餐点符合"
    if meal.working_days_only and meal.weekdays is not None and meal.weekdays <= {5, 6}:
        yield "weekdays:和 working_days_only 合在一起,只剩调休上班的周末"
    if meal.delivery is not None and "delivery" not in meal.ways:
        yield "delivery:ways 里没有 delivery,送餐费的补助永远用不到"


def _of_payers(scheme: Scheme) -> Iterator[str]:
    """Payers who never pay."""
    paying = scheme.paying
    for number, (payer, percent_bp) in enumerate(scheme.funding, start=1):
        budget = paying.budget_of(payer)
        if budget is not None and budget.limit_fen == 0:
            yield f"funding[{number}]:「{payer}」预算是 0,从不付款"
        if paying.order == "percent" and percent_bp == 0 and len(scheme.funding) > 1:
            yield f"funding[{number}]:「{payer}」比例是 0,从不付款"
        if paying.order == "waterfall" and budget is None and number < len(scheme.funding):
            yield f"funding[{number}]:「{payer}」没有预算上限,后面的各方永远轮不到"
            return
