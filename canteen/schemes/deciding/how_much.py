"""How much: what the amount of a class, or the terms of a service, come to. All money is in fen.

What is due is worked out before caps and before other schemes, and is never above the price.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from canteen.base.money import yuan
from canteen.schemes.deciding.numbers import Part, View, number, silence
from canteen.schemes.deciding.which_meal import site_against
from canteen.schemes.deciding.who import question
from canteen.schemes.facts import Person, Service
from canteen.schemes.language.amounts import (
    WHOLE_BP,
    Amount,
    Care,
    Discount,
    Free,
    Layers,
    MonthlyNorm,
    OwnPrice,
    Percent,
    PerDay,
    PerMeal,
    Rounding,
)
from canteen.schemes.language.rates import Rate
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.language.services import ServiceTerms


class Contribution(NamedTuple):
    """What a scheme would pay of one price, the part of the price it takes into account, and why (see ``Reason``)."""

    public_fen: int
    settled_fen: int
    code: str
    fields: Mapping[str, Any]
    #: Who pays which part, where the amount itself says so (``Layers``).
    parts: tuple[tuple[str, int], ...] = ()

    def cut(self, public_fen: int, code: str, **fields: Any) -> Contribution:
        """As much as a limit leaves of it."""
        return self._replace(public_fen=public_fen, code=code, fields={**fields, "public_fen": public_fen})


#: What an amount comes to.
HowMuch: TypeAlias = Callable[[View], Contribution]
_NORM_CODES = {0: "norm_free", WHOLE_BP // 2: "norm_half"}


def nothing(code: str, fields: Mapping[str, Any] | None = None) -> Contribution:
    """Nothing is paid, for a reason."""
    return Contribution(0, 0, code, fields or {})


def how_much(amount: Amount, rounding: Rounding) -> HowMuch:
    """An amount made ready to be asked."""
    if isinstance(amount, PerMeal):
        return lambda view: _per_meal(amount, view)
    if isinstance(amount, PerDay):
        return lambda view: _per_day(amount, view)
    if isinstance(amount, MonthlyNorm):
        return lambda view: _norm(amount, view, rounding)
    if isinstance(amount, Percent):
        return lambda view: _percent(amount.percent, amount.at_most, "percent", view, rounding)
    if isinstance(amount, Discount):
        return lambda view: _percent(amount.percent, None, "discount", view, rounding)
    if isinstance(amount, OwnPrice):
        return lambda view: _own_price(amount, view)
    if isinstance(amount, Free):
        return lambda view: _at_most(amount.at_most, view, _of_price(view, view.price_fen, "free"))
    if isinstance(amount, Layers):
        return _layers(amount, rounding)
    assert isinstance(amount, Care)
    return lambda _: nothing("care")


def how_much_of_service(terms: ServiceTerms | None, rounding: Rounding) -> HowMuch:
    """What the terms of a service leave to the scheme; without terms (a purse buys it) the whole price."""

    def due(view: View) -> Contribution:
        price_fen = view.price_fen
        if terms is None:
            own_fen = 0
        elif terms.own_fen is not None:
            own_fen = min(terms.own_fen, price_fen)
        else:
            own_fen = rounding.share(price_fen, terms.own_bp)
        public_fen = price_fen - own_fen
        if terms is not None and terms.at_most_fen is not None and public_fen > terms.at_most_fen:
            found = Contribution(terms.at_most_fen, price_fen, "service_at_most", {"at_most_fen": terms.at_most_fen})
        elif own_fen:
            found = Contribution(public_fen, price_fen, "service_own", {"own_fen": own_fen})
        else:
            found = Contribution(public_fen, price_fen, "service_whole", {})
        return found.cut(found.public_fen, found.code, **found.fields)

    return due


def price_of_service(person: Person, service: Service, schemes: Iterable[Scheme]) -> int | None:
    """The provider's price, else that of the first scheme that states one."""
    if service.price_fen is not None:
        return service.price_fen
    terms = [one.service(service.kind) for one in schemes]
    stated = [one.price_of(person.settlement, service.minutes) for one in terms if one is not None]
    return next((fen for fen in stated if fen is not None), None)


def part_of(limit: int | None, part: Part) -> int | None:
    """The limit of a part month by days, whole fen or meals, what is over left out."""
    return limit if limit is None or part is None else limit * part[0] // part[1]


def _of_price(view: View, public_fen: int, code: str, **fields: int) -> Contribution:
    """The whole price is taken into account; the sum is told with its reason."""
    if not public_fen:
        return nothing("nothing_due")
    return Contribution(public_fen, view.price_fen, code, {**fields, "public_fen": public_fen})


def _at_most(ceiling: Rate | None, view: View, due: Contribution) -> Contribution:
    if ceiling is None:
        return due
    at_most_fen = number(ceiling, view)
    if at_most_fen is None:
        return nothing(*silence(ceiling, view))
    if due.public_fen <= at_most_fen:
        return due
    return _of_price(view, at_most_fen, "at_most", at_most_fen=at_most_fen)


def _per_meal(amount: PerMeal, view: View) -> Contribution:
    rate_fen = number(amount.rate, view)
    if rate_fen is None:
        return nothing(*silence(amount.rate, view))
    return _of_price(view, min(rate_fen, view.price_fen), "per_meal", rate_fen=rate_fen)


def _percent(percent: Rate, ceiling: Rate | None, code: str, view: View, rounding: Rounding) -> Contribution:
    percent_bp = number(percent, view)
    if percent_bp is None:
        return nothing(*silence(percent, view))
    public_fen = rounding.share(view.price_fen, percent_bp)
    return _at_most(ceiling, view, _of_price(view, public_fen, code, price_fen=view.price_fen, percent_bp=percent_bp))


def _own_price(amount: OwnPrice, view: View) -> Contribution:
    own_fen = number(amount.own, view)
    if own_fen is None:
        return nothing(*silence(amount.own, view))
    due = _of_price(view, max(view.price_fen - own_fen, 0), "own_price", own_fen=own_fen)
    return _at_most(amount.at_most, view, due)


def _per_day(amount: PerDay, view: View) -> Contribution:
    rate_fen = number(amount.rate, view)
    if rate_fen is None:
        return nothing(*silence(amount.rate, view))
    used_fen = view.use("day").public_fen
    public_fen = min(max(rate_fen - used_fen, 0), view.price_fen)
    if not public_fen and used_fen and view.price_fen:
        return nothing("per_day_used_up", {"rate_fen": rate_fen, "used_fen": used_fen})
    return _of_price(view, public_fen, "per_day", rate_fen=rate_fen, used_fen=used_fen)


def norm_of(amount: MonthlyNorm, view: View) -> int | None:
    """The norm of the month, or of the part of it that is in force."""
    return part_of(number(amount.norm, view), view.part)


def _norm(amount: MonthlyNorm, view: View, rounding: Rounding) -> Contribution:
    """A meal is *settled* against what is left of the norm; the own part of the settled sum is rounded as the scheme
    states and the public part is the rest, so the two always add up.

    Source: docs/schemes.md, "Monthly norm"; JX-2, JX-3, AMB-01, AMB-02.
    """
    norm_fen, own_bp = norm_of(amount, view), number(amount.own, view)
    if norm_fen is None:
        return nothing(*silence(amount.norm, view))
    if own_bp is None:
        return nothing(*silence(amount.own, view))
    used_fen = view.use("month").settled_fen
    now_fen = min(view.price_fen, max(norm_fen - used_fen, 0))
    own_fen = rounding.share(now_fen, own_bp)
    fields = {"norm_fen": norm_fen, "used_fen": used_fen}
    if now_fen == own_fen:
        return nothing("nothing_due") if now_fen == view.price_fen else nothing("norm_used_up", fields)
    fields |= {"settled_fen": now_fen, "own_fen": own_fen, "own_bp": own_bp}
    return Contribution(now_fen - own_fen, now_fen, _NORM_CODES.get(own_bp, "norm"), fields)


def _layers(amount: Layers, rounding: Rounding) -> HowMuch:
    """Each layer that holds adds its own, in order, up to the price. An unknown fact is no yes."""
    layers = [
        (one.payer, one.when and question(one.when), one.site_area, how_much(one.amount, rounding))
        for one in amount.layers
    ]

    def due(view: View) -> Contribution:
        who, site = view.facts.who, view.facts.meal.site_area
        open_fen, parts, lost = view.price_fen, [], []
        for payer, when, area, much in layers:
            if (when and not when(who).holds) or (area is not None and site_against(area, site, who)):
                lost.append(payer)
            elif part_fen := min(much(view).public_fen, open_fen):
                parts.append((payer, part_fen))
                open_fen -= part_fen
        gone = {"lost": "、".join(lost)} if lost else {}
        if not parts:
            return nothing("layers_none", gone) if lost else nothing("nothing_due")
        public_fen = view.price_fen - open_fen
        told = "、".join(f"{payer} {yuan(fen)}" for payer, fen in parts)
        code = "layers_some" if lost else "layers"
        return Contribution(
            public_fen, view.price_fen, code, {"public_fen": public_fen, "parts": told, **gone}, tuple(parts)
        )

    return due
