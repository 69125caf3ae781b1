"""How much: the kinds of amount a class may have, each with its arithmetic. All money is in fen.

An amount makes an *offer* for one meal before caps and before other schemes. No offer is above the price.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from canteen.base.money import yuan
from canteen.schemes.deciding.known import Part, Situation
from canteen.schemes.language.areas import SiteArea
from canteen.schemes.language.conditions import Condition
from canteen.schemes.language.rates import Rate
from canteen.schemes.values import value

#: 100 % in hundredths of a percent, the unit of every ``_bp``.
WHOLE_BP = 100_00
UNITS_FEN = {"fen": 1, "jiao": 10, "yuan": 100}
MODES = ("half_up", "down", "up")
#: The payer of a discount when a scheme names none.
SITE = "site"


@value
class Offer:
    """What a scheme would pay of one meal, the part of the price it takes into account, and why (see ``Reason``)."""

    public_fen: int
    settled_fen: int
    code: str
    fields: Mapping[str, Any]
    #: Who pays which part, where the amount itself says so (``Layers``).
    parts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Rounding:
    """To which coin, and which way, the share that is stated in percent is rounded."""

    unit_fen: int = 1
    mode: str = "half_up"

    def share(self, amount_fen: int, percent_bp: int) -> int:
        """A percentage of an amount, rounded once, from the exact fraction. Never above the amount."""
        unit = WHOLE_BP * self.unit_fen
        exact = amount_fen * percent_bp
        if self.mode == "half_up":
            units = (exact * 2 + unit) // (unit * 2)
        elif self.mode == "up":
            units = -(-exact // unit)
        else:
            units = exact // unit
        return min(units * self.unit_fen, amount_fen)


@dataclass(frozen=True, slots=True)
class PerMeal:
    """A fixed sum a meal, but never more than the price."""

    rate: Rate
    periods: ClassVar[frozenset[str]] = frozenset()

    def offer(self, asked: Situation, rounding: Rounding) -> Offer:
        rate_fen = self.rate.of(asked)
        if rate_fen is None:
            return silence(self.rate, asked)
        public_fen = min(rate_fen, asked.price_fen)
        if not public_fen:
            return _NOTHING
        return Offer(public_fen, asked.price_fen, "per_meal", {"rate_fen": rate_fen, "public_fen": public_fen})


@dataclass(frozen=True, slots=True)
class PerDay:
    """A fixed sum a day, whatever the number of meals."""

    rate: Rate
    periods: ClassVar[frozenset[str]] = frozenset({"day"})

    def offer(self, asked: Situation, rounding: Rounding) -> Offer:
        rate_fen = self.rate.of(asked)
        if rate_fen is None:
            return silence(self.rate, asked)
        used_fen = asked.use("day").public_fen
        fields = {"rate_fen": rate_fen, "used_fen": used_fen}
        public_fen = min(max(rate_fen - used_fen, 0), asked.price_fen)
        if not public_fen:
            return Offer(0, 0, "per_day_used_up", fields) if used_fen and asked.price_fen else _NOTHING
        return Offer(public_fen, asked.price_fen, "per_day", fields | {"public_fen": public_fen})


@dataclass(frozen=True, slots=True)
class Percent:
    """A percentage of the price, rounded as the scheme states, up to a ceiling."""

    percent: Rate
    at_most: Rate | None
    periods: ClassVar[frozenset[str]] = frozenset()

    def offer(self, asked: Situation, rounding: Rounding) -> Offer:
        percent_bp = self.percent.of(asked)
        if percent_bp is None:
            return silence(self.percent, asked)
        public_fen = rounding.share(asked.price_fen, percent_bp)
        offer = _offer(asked, public_fen, "percent", {"price_fen": asked.price_fen, "percent_bp": percent_bp})
        return _at_most(self.at_most, asked, offer)


@dataclass(frozen=True, slots=True)
class Discount:
    """A percentage off the price before the other schemes, or off what they leave to the elder."""

    percent: Rate
    #: Off what the other schemes leave, instead of off the price.
    after: bool
    periods: ClassVar[frozenset[str]] = frozenset()

    def offer(self, asked: Situation, rounding: Rounding) -> Offer:
        percent_bp = self.percent.of(asked)
        if percent_bp is None:
            return silence(self.percent, asked)
        public_fen = rounding.share(asked.price_fen, percent_bp)
        return _offer(asked, public_fen, "discount", {"price_fen": asked.price_fen, "percent_bp": percent_bp})


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """The elder pays a fixed price, the subsidy the rest, up to a ceiling."""

    own: Rate
    at_most: Rate | None
    periods: ClassVar[frozenset[str]] = frozenset()

    def offer(self, asked: Situation, rounding: Rounding) -> Offer:
        own_fen = self.own.of(asked)
        if own_fen is None:
            return silence(self.own, asked)
        offer = _offer(asked, max(asked.price_fen - own_fen, 0), "own_price", {"own_fen": own_fen})
        return _at_most(self.at_most, asked, offer)


@dataclass(frozen=True, slots=True)
class Free:
    """The whole price, up to a ceiling."""

    at_most: Rate | None
    periods: ClassVar[frozenset[str]] = frozenset()

    def offer(self, asked: Situation, rounding: Rounding) -> Offer:
        return _at_most(self.at_most, asked, _offer(asked, asked.price_fen, "free", {}))


@dataclass(frozen=True, slots=True)
class MonthlyNorm:
    """A cost norm a month, of which the elder pays a percentage. What exceeds the norm is all the elder's.

    A meal is *settled* against what is left of the norm; the own part of the settled sum is rounded as the
    scheme states and the public part is the rest, so the two always add up.
    Source: docs/schemes.md, "Monthly norm"; JX-2, JX-3, AMB-01, AMB-02.
    """

    norm: Rate
    own: Rate
    periods: ClassVar[frozenset[str]] = frozenset({"month"})

    def offer(self, asked: Situation, rounding: Rounding) -> Offer:
        norm_fen, own_bp = self.limit(asked), self.own.of(asked)
        if norm_fen is None:
            return silence(self.norm, asked)
        if own_bp is None:
            return silence(self.own, asked)
        used_fen = asked.use("month").settled_fen
        now_fen = min(asked.price_fen, max(norm_fen - used_fen, 0))
        own_fen = rounding.share(now_fen, own_bp)
        if now_fen == own_fen:
            if now_fen == asked.price_fen:
                return _NOTHING
            return Offer(0, 0, "norm_used_up", {"norm_fen": norm_fen, "used_fen": used_fen})
        fields = {
            "norm_fen": norm_fen,
            "used_fen": used_fen,
            "settled_fen": now_fen,
            "own_fen": own_fen,
            "own_bp": own_bp,
        }
        return Offer(now_fen - own_fen, now_fen, _NORM_CODES.get(own_bp, "norm"), fields)

    def limit(self, asked: Situation) -> int | None:
        """The norm of the month, or of the part of it that is in force."""
        return part_of(self.norm.of(asked), asked.part)


@dataclass(frozen=True, slots=True)
class Layer:
    """What one payer adds, for some people or at some sites."""

    payer: str
    amount: PerMeal | Percent | OwnPrice | Free
    when: Condition | None
    site_area: SiteArea | None

    def holds(self, asked: Situation) -> bool:
        """Does this payer pay for this person at this site? An unknown fact is no yes."""
        if self.when is not None and self.when.failing(asked.known):
            return False
        return self.site_area is None or not self.site_area.refuse(asked.meal.site_area, asked.known)


@dataclass(frozen=True, slots=True)
class Layers:
    """Several payers, each adding an amount of its own under conditions of its own, in order, up to the price."""

    layers: tuple[Layer, ...]
    periods: ClassVar[frozenset[str]] = frozenset()

    def offer(self, asked: Situation, rounding: Rounding) -> Offer:
        open_fen, parts, lost = asked.price_fen, [], []
        for layer in self.layers:
            if not layer.holds(asked):
                lost.append(layer.payer)
                continue
            part_fen = min(layer.amount.offer(asked, rounding).public_fen, open_fen)
            if part_fen:
                parts.append((layer.payer, part_fen))
                open_fen -= part_fen
        if not parts:
            return Offer(0, 0, "layers_none", {"lost": "、".join(lost)}) if lost else _NOTHING
        public_fen = asked.price_fen - open_fen
        fields = {"public_fen": public_fen, "parts": "、".join(f"{payer} {yuan(fen)}" for payer, fen in parts)}
        code = "layers"
        if lost:
            code, fields["lost"] = "layers_some", "、".join(lost)
        return Offer(public_fen, asked.price_fen, code, fields, tuple(parts))


@dataclass(frozen=True, slots=True)
class Care:
    """Looked after, without an amount (关爱帮扶)."""

    periods: ClassVar[frozenset[str]] = frozenset()

    def offer(self, asked: Situation, rounding: Rounding) -> Offer:
        return Offer(0, 0, "care", {})


Amount: TypeAlias = PerMeal | PerDay | Percent | OwnPrice | Free | MonthlyNorm | Layers | Discount | Care
_NORM_CODES = {0: "norm_free", WHOLE_BP // 2: "norm_half"}
_NOTHING = Offer(0, 0, "nothing_due", {})


def part_of(limit: int | None, part: Part) -> int | None:
    """The limit of a part month by days, whole fen or meals, what is over left out."""
    return limit if limit is None or part is None else limit * part[0] // part[1]


def silence(rate: Rate, asked: Situation) -> Offer:
    """The offer where a table of numbers says nothing about this person or meal."""
    code, fields = rate.silence(asked)
    return Offer(0, 0, code, fields)


def _offer(asked: Situation, public_fen: int, code: str, fields: dict[str, int]) -> Offer:
    """The whole price is taken into account; the sum is told with its reason."""
    if public_fen == 0:
        return _NOTHING
    fields["public_fen"] = public_fen
    return Offer(public_fen, asked.price_fen, code, fields)


def _at_most(ceiling: Rate | None, asked: Situation, offer: Offer) -> Offer:
    if ceiling is None:
        return offer
    at_most_fen = ceiling.of(asked)
    if at_most_fen is None:
        return silence(ceiling, asked)
    if offer.public_fen <= at_most_fen:
        return offer
    return _offer(asked, at_most_fen, "at_most", {"at_most_fen": at_most_fen})
