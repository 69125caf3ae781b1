"""How much: the kinds of amount a class may have, each with its arithmetic. All money is in fen.

An amount makes an *offer* for one meal before caps and before other schemes. No offer is above the price.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from canteen.subsidies.facts import SETTLEMENTS, SLOTS, Meal, Person
from canteen.subsidies.reader import Table
from canteen.subsidies.values import value

#: 100 % in hundredths of a percent, the unit of every ``_bp``.
WHOLE_BP = 100_00
UNITS_FEN = {"fen": 1, "jiao": 10, "yuan": 100}
MODES = ("half_up", "down", "up")


@value
class Offer:
    """What a scheme would pay of one meal, the part of the price it takes into account, and why (see ``Reason``)."""

    public_fen: int
    settled_fen: int
    code: str
    fields: Mapping[str, Any]


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
class Rate:
    """An amount of money: one for all, or by the slot of the meal, or by the settlement of the person."""

    #: "" | ``slot`` | ``settlement``
    by: str
    #: Fen by slot or settlement; under "" when it is one for all.
    fen: Mapping[str, int]

    def of(self, person: Person, meal: Meal) -> int | None:
        """Fen for this person and meal; None when the table says nothing (slot not named, settlement unknown)."""
        if not self.by:
            return self.fen[""]
        return self.fen.get(meal.slot if self.by == "slot" else person.settlement)

    def silence(self) -> Offer:
        """The offer when ``of`` is None: nothing, because the slot is not covered or the settlement unknown."""
        return Offer(0, 0, "slot" if self.by == "slot" else "unknown_settlement", {})


@dataclass(frozen=True, slots=True)
class PerMeal:
    """A fixed sum a meal, but never more than the price."""

    rate: Rate

    def offer(self, person: Person, meal: Meal, rounding: Rounding, settled_fen: int) -> Offer:
        rate_fen = self.rate.of(person, meal)
        if rate_fen is None:
            return self.rate.silence()
        public_fen = min(rate_fen, meal.price_fen)
        return _offer(meal, public_fen, "per_meal", {"rate_fen": rate_fen})


@dataclass(frozen=True, slots=True)
class Percent:
    """A percentage of the price, rounded as the scheme states, up to a ceiling."""

    percent_bp: int
    at_most: Rate | None

    def offer(self, person: Person, meal: Meal, rounding: Rounding, settled_fen: int) -> Offer:
        public_fen = rounding.share(meal.price_fen, self.percent_bp)
        offer = _offer(meal, public_fen, "percent", {"price_fen": meal.price_fen, "percent_bp": self.percent_bp})
        return _at_most(self.at_most, person, meal, offer)


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """The elder pays a fixed price, the subsidy the rest, up to a ceiling."""

    own: Rate
    at_most: Rate | None

    def offer(self, person: Person, meal: Meal, rounding: Rounding, settled_fen: int) -> Offer:
        own_fen = self.own.of(person, meal)
        if own_fen is None:
            return self.own.silence()
        offer = _offer(meal, max(meal.price_fen - own_fen, 0), "own_price", {"own_fen": own_fen})
        return _at_most(self.at_most, person, meal, offer)


@dataclass(frozen=True, slots=True)
class Free:
    """The whole price, up to a ceiling."""

    at_most: Rate | None

    def offer(self, person: Person, meal: Meal, rounding: Rounding, settled_fen: int) -> Offer:
        return _at_most(self.at_most, person, meal, _offer(meal, meal.price_fen, "free", {}))


@dataclass(frozen=True, slots=True)
class MonthlyNorm:
    """A cost norm a month, of which the elder pays a percentage. What exceeds the norm is all the elder's.

    A meal is *settled* against what is left of the norm; the own part of the settled sum is rounded as the
    scheme states and the public part is the rest, so the two always add up.
    Source: docs/schemes.md, "Monthly norm"; JX-2, JX-3, AMB-01, AMB-02.
    """

    norm: Rate
    own_bp: int

    def offer(self, person: Person, meal: Meal, rounding: Rounding, settled_fen: int) -> Offer:
        """``settled_fen`` is what this scheme has settled for this person in the month before this meal."""
        norm_fen = self.norm.of(person, meal)
        if norm_fen is None:
            return self.norm.silence()
        now_fen = min(meal.price_fen, max(norm_fen - settled_fen, 0))
        own_fen = rounding.share(now_fen, self.own_bp)
        fields = {"norm_fen": norm_fen, "used_fen": settled_fen}
        if now_fen == own_fen:
            return Offer(0, 0, *(("norm_used_up", fields) if now_fen < meal.price_fen else ("nothing_due", {})))
        fields |= {"settled_fen": now_fen, "own_fen": own_fen, "own_bp": self.own_bp}
        code = {0: "norm_free", WHOLE_BP // 2: "norm_half"}.get(self.own_bp, "norm")
        return Offer(now_fen - own_fen, now_fen, code, fields)


@dataclass(frozen=True, slots=True)
class Care:
    """Looked after, without an amount (关爱帮扶)."""

    def offer(self, person: Person, meal: Meal, rounding: Rounding, settled_fen: int) -> Offer:
        return Offer(0, 0, "care", {})


Amount: TypeAlias = PerMeal | Percent | OwnPrice | Free | MonthlyNorm | Care
KINDS = ("per_meal", "percent", "own_price", "free", "monthly_norm", "care")


def read_amount(table: Table) -> Amount:
    """Read one ``amount`` table. Its ``kind`` says which other keys it may have."""
    kind = table.choice("kind", KINDS)
    amount: Amount = Care()
    if kind == "per_meal":
        amount = PerMeal(read_rate(table, "yuan"))
    elif kind == "percent":
        amount = Percent(table.percent("percent"), _read_at_most(table))
    elif kind == "own_price":
        amount = OwnPrice(read_rate(table, "own_yuan"), _read_at_most(table))
    elif kind == "free":
        amount = Free(_read_at_most(table))
    elif kind == "monthly_norm":
        amount = MonthlyNorm(read_rate(table, "yuan", by_slot=False), table.percent("own_percent"))
    if kind:
        table.done_with_source()
    return amount


def read_rate(table: Table, key: str, *, by_slot: bool = True) -> Rate:
    """Read yuan: one number, or a table by settlement (both must be there) or by slot (others get nothing)."""
    if not isinstance(table.take(key), dict):
        return Rate("", {"": table.money(key)})
    rates = table.table(key)
    if by_slot and any(rates.has(slot) for slot in SLOTS):
        rate = Rate("slot", {slot: rates.money(slot) for slot in SLOTS if rates.has(slot)})
    else:
        rate = Rate("settlement", {settlement: rates.money(settlement) for settlement in SETTLEMENTS})
    rates.done()
    return rate


def _read_at_most(table: Table) -> Rate | None:
    return read_rate(table, "at_most_yuan") if table.has("at_most_yuan") else None


def _offer(meal: Meal, public_fen: int, code: str, fields: dict[str, int]) -> Offer:
    """The whole price is taken into account; the sum is told with its reason."""
    if public_fen == 0:
        return Offer(0, 0, "nothing_due", {})
    fields["public_fen"] = public_fen
    return Offer(public_fen, meal.price_fen, code, fields)


def _at_most(ceiling: Rate | None, person: Person, meal: Meal, offer: Offer) -> Offer:
    if ceiling is None:
        return offer
    at_most_fen = ceiling.of(person, meal)
    if at_most_fen is None:
        return ceiling.silence()
    if offer.public_fen <= at_most_fen:
        return offer
    return _offer(meal, at_most_fen, "at_most", {"at_most_fen": at_most_fen})

