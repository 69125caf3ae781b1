"""What every kind of paper is made of: facts, frozen when its job is made, kept sealed in its row, independent of any
printer; and what a kind must say of itself.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

from cattrs import Converter

from canteen.printing.drawing.device import Device
from canteen.printing.drawing.lines import PrintLine
from canteen.printing.papers.neutral import Diet, Neutral, Part, PersonName

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class PayerShare(Part):
    """What one public payer carries of the price: 县级补贴, 300 fen, 一类 每餐3元."""

    label: Annotated[str, Neutral.instead("补贴")]
    amount_fen: int
    reason: Annotated[str, Neutral.instead("按资格")] = ""


@dataclass(frozen=True, slots=True)
class MealCount(Part):
    """MealCount of one way, or of one diet."""

    name: Diet
    meals: int


def _only(wanted: type[Value]) -> Callable[[Any, Any], Value]:
    def take(value: Any, _: Any) -> Value:
        if type(value) is not wanted:
            raise TypeError(f"{value!r} is not of type {wanted.__name__}")
        return value

    return take


#: JSON both ways: days as ISO texts, parts as objects; unknown keys of a newer version are left out.
_JSON = Converter(detailed_validation=False)
for _kind in (str, int, bool):
    _JSON.register_structure_hook(_kind, _only(_kind))
_JSON.register_structure_hook(date, lambda text, _: date.fromisoformat(text))
_JSON.register_unstructure_hook(date, date.isoformat)


class Facts(Part):
    """What is kept as JSON."""

    __slots__ = ()

    def as_json(self) -> dict[str, Any]:
        facts: dict[str, Any] = _JSON.unstructure(self)
        return facts

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> Self:
        """Raises ``TypeError`` when something is missing or of another type."""
        try:
            return _JSON.structure(facts, cls)
        except KeyError as missing:
            raise TypeError(f"{cls.__name__} without {missing}") from missing


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperFacts(Facts):
    """A kind of paper: what it says, how it looks, and what is decided by its kind alone."""

    #: Its word in the vocabulary ``paper``.
    kind: ClassVar[str]
    #: The action somebody needs to look at it.
    needs: ClassVar[str] = "see_tickets"
    #: It tells of one serving, to which its row points.
    is_of_a_serving: ClassVar[bool] = False
    #: It may be printed again, marked 补打.
    has_copies: ClassVar[bool] = True
    #: For so many seconds it is printed without asking: nobody wants the breakfast ticket at noon.
    wait_s: ClassVar[int] = 4 * 3600
    #: When nobody knows whether it came out: a person looks; or it is sent again by itself, marked 可能重复; or it was
    #: tried once, and whoever asked stands beside it.
    in_doubt: ClassVar[Literal["look", "again", "once"]] = "look"

    site_name: str
    day: date

    @property
    def subject(self) -> str:
        """What a list says of it."""
        raise NotImplementedError

    @property
    def opens_drawer(self) -> bool:
        """Whether the cash drawer opens for it, the first time."""
        return False

    def layout(self, device: Device) -> Iterator[PrintLine]:
        """What it looks like, laid out in columns of the device, so that a waiting job can go to a printer of another
        width. Large type (twice and more) holds what is looked for across a counter. Pure."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingFacts(PaperFacts):
    """A paper of one sitting."""

    #: 午餐
    slot_name: str

    @property
    def when(self) -> str:
        """11月21日 午餐."""
        return f"{self.day.month}月{self.day.day}日 {self.slot_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedFacts(SittingFacts):
    """A paper of one serving, or of its undoing."""

    is_of_a_serving = True

    #: The serving's number as people say it (``1121-017``); in large type.
    number: str
    person_name: PersonName = ""
    set_name: str
    #: What the person pays.
    own_fen: int
    pay_way: str
    staff_name: str

    @property
    def subject(self) -> str:
        return f"{self.number} {self.person_name}".rstrip()
