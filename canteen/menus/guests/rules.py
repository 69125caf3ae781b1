"""Pure decisions about the price list of guests."""

from dataclasses import dataclass
from datetime import date, timedelta

from canteen.base.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRequest:
    """What guests of some kinds shall pay from a day on."""

    kinds: tuple[str, ...]
    #: None: what the menu says.
    price_fen: int | None
    from_day: date
    to_day: date | None
    #: For the county of the site instead of the site alone.
    for_county: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLine:
    """One line of the list."""

    id: int
    guest_kind: str
    price_fen: int | None
    from_day: date
    to_day: date | None
    is_county: bool


def check_price(request: PriceRequest, *, today: date) -> None:
    """Refuse what would change a day that is over, and what never begins. Raises ``BadInput`` naming the field."""
    if not request.kinds:
        raise BadInput("请至少选一类散客", field="kinds")
    if request.from_day < today:
        raise BadInput("过去的日子不能改价", field="from_day", next_step="请从今天或以后开始")
    if request.to_day is not None and request.to_day < request.from_day:
        raise BadInput("最后一天不能早于第一天", field="to_day")


def last_day_when_ended(line: PriceLine, *, today: date) -> date:
    """The last day of a line that is ended now: what was paid before today stays."""
    return max(today, line.from_day) - timedelta(days=1)
