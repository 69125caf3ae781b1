"""Reading amounts: ``amount`` of a scheme, of a class, of a layer."""

from __future__ import annotations

from canteen.schemes.language.amounts import (
    Amount,
    Care,
    Discount,
    Free,
    Layer,
    Layers,
    MonthlyNorm,
    OwnPrice,
    Percent,
    PerDay,
    PerMeal,
)
from canteen.schemes.language.areas import read_site_area
from canteen.schemes.language.neutral import neutral
from canteen.schemes.language.rates import ALL, LASTING, Rate, read_percents, read_rate
from canteen.schemes.language.read_conditions import read_condition
from canteen.schemes.language.reader import Table

KINDS = ("per_meal", "percent", "own_price", "free", "monthly_norm", "care", "per_day", "layers", "discount")
#: Kinds a layer may have.
SINGLE = ("per_meal", "percent", "own_price", "free")


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
        amount = Layers(tuple(_read_layer(layer) for layer in table.tables("layers")))
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
    layer = Layer(
        payer=payer,
        amount=amount if isinstance(amount, PerMeal | Percent | OwnPrice | Free) else Free(None),
        when=read_condition(table.table("when")) if table.has("when") else None,
        site_area=read_site_area(table.table("site_area")) if table.has("site_area") else None,
    )
    table.done_with_source()
    return layer


def _read_at_most(table: Table) -> Rate | None:
    return read_rate(table, "at_most_yuan") if table.has("at_most_yuan") else None
