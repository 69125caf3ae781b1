"""How much: the kinds of amount a class may have (``[amount]``), and how shares in percent are rounded.

The arithmetic is in ``deciding/how_much.py``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from canteen.schemes.language.conditions import Condition, SiteArea, read_condition, read_site_area
from canteen.schemes.language.rates import ALL, LASTING, Rate, read_percents, read_rate
from canteen.schemes.language.reader import Table, neutral

#: 100 % in hundredths of a percent, the unit of every ``_bp``.
WHOLE_BP = 100_00
UNITS_FEN = {"fen": 1, "jiao": 10, "yuan": 100}
MODES = ("half_up", "down", "up")
KINDS = ("per_meal", "percent", "own_price", "free", "monthly_norm", "care", "per_day", "layers", "discount")
#: Kinds a layer may have.
SINGLE = ("per_meal", "percent", "own_price", "free")


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


@dataclass(frozen=True, slots=True)
class PerDay:
    """A fixed sum a day, whatever the number of meals."""

    rate: Rate
    period: ClassVar[str] = "day"


@dataclass(frozen=True, slots=True)
class Percent:
    """A percentage of the price, rounded as the scheme states, up to a ceiling."""

    percent: Rate
    at_most: Rate | None


@dataclass(frozen=True, slots=True)
class Discount:
    """A percentage off the price before the other schemes, or off what they leave to the elder."""

    percent: Rate
    #: Off what the other schemes leave, instead of off the price.
    after: bool


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """The elder pays a fixed price, the subsidy the rest, up to a ceiling."""

    own: Rate
    at_most: Rate | None


@dataclass(frozen=True, slots=True)
class Free:
    """The whole price, up to a ceiling."""

    at_most: Rate | None


@dataclass(frozen=True, slots=True)
class MonthlyNorm:
    """A cost norm a month, of which the elder pays a percentage. What exceeds the norm is all the elder's."""

    norm: Rate
    own: Rate
    period: ClassVar[str] = "month"


@dataclass(frozen=True, slots=True)
class Layer:
    """What one payer adds, for some people or at some sites."""

    payer: str
    amount: PerMeal | Percent | OwnPrice | Free
    when: Condition | None
    site_area: SiteArea | None


@dataclass(frozen=True, slots=True)
class Layers:
    """Several payers, each adding an amount of its own under conditions of its own, in order, up to the price."""

    layers: tuple[Layer, ...]


@dataclass(frozen=True, slots=True)
class Care:
    """Looked after, without an amount (关爱帮扶)."""


Amount: TypeAlias = PerMeal | PerDay | Percent | OwnPrice | Free | MonthlyNorm | Layers | Discount | Care


def rates_of(amount: Amount) -> Iterator[Rate]:
    """The numbers of an amount that are hardly meant to be 0: a part of 0 percent that the elder pays is, and so is
    an own price of 0."""
    if isinstance(amount, PerMeal | PerDay):
        yield amount.rate
    elif isinstance(amount, MonthlyNorm):
        yield amount.norm
    elif isinstance(amount, Percent):
        yield amount.percent
    elif isinstance(amount, Layers):
        for layer in amount.layers:
            yield from rates_of(layer.amount)
    if isinstance(amount, Percent | Free | OwnPrice) and amount.at_most is not None:
        yield amount.at_most


def read_rounding(table: Table) -> Rounding:
    """``{ to = "fen", mode = "half_up" }``, which is also the default."""
    unit = table.choice("to", UNITS_FEN, default="fen")
    return Rounding(UNITS_FEN[unit], table.choice("mode", MODES, default="half_up"))


def read_amount(table: Table, kinds: tuple[str, ...] = KINDS) -> Amount:
    """Read one ``amount`` table. Its ``kind`` says which other keys it may have."""
    kind = table.choice("kind", kinds)
    amount: Amount = Care()
    if kind == "per_meal":
        amount = PerMeal(read_rate(table, "yuan"))
    elif kind == "per_day":
        amount = PerDay(read_rate(table, "yuan", LASTING))
    elif kind == "percent":
        amount = Percent(read_percents(table, "percent", ALL), _read_at_most(table))
    elif kind == "own_price":
        amount = OwnPrice(read_rate(table, "own_yuan"), _read_at_most(table))
    elif kind == "free":
        amount = Free(_read_at_most(table))
    elif kind == "monthly_norm":
        amount = MonthlyNorm(read_rate(table, "yuan", LASTING), read_percents(table, "own_percent"))
    elif kind == "layers":
        amount = Layers(table.parts("layers", _read_layer))
        if not table.has("layers"):
            table.notes.lacks(table.path("layers"), "列表 [...],每项写 payer(谁付)和 amount(付多少)")
    elif kind == "discount":
        percent = read_percents(table, "percent", ALL)
        amount = Discount(percent, table.choice("when", ("before", "after"), default="before") == "after")
    if kind:
        table.done_with_source()
    return amount


def _read_layer(table: Table) -> Layer:
    payer, amount = neutral(table, "payer", longest=20), read_amount(table.table("amount"), SINGLE)
    return Layer(
        payer=payer,
        amount=amount if isinstance(amount, PerMeal | Percent | OwnPrice | Free) else Free(None),
        when=read_condition(table.table("when")) if table.has("when") else None,
        site_area=table.part("site_area", read_site_area),
    )


def _read_at_most(table: Table) -> Rate | None:
    return read_rate(table, "at_most_yuan") if table.has("at_most_yuan") else None
