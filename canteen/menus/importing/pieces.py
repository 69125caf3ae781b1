"""What cells said, put together: dishes of one set from many cells become one row of a menu. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from canteen.base.errors import BadInput
from canteen.base.money import parse_yuan, yen_sign
from canteen.menus.dishes.rules import MOST_FACTS, MOST_NAME, DishFacts
from canteen.menus.importing.days import Calendar
from canteen.menus.importing.labels import numbered, read_label
from canteen.menus.importing.words import LETTER, NO_MEAL, PRICE, SLOT_WORDS
from canteen.menus.rules import MOST_SETS, MenuRow, list_of, make_draft, plain

#: The name of a set where neither the file nor an earlier menu says one.
ONLY_SET = "A套餐"
PASSED_OVER = "没有读:%(text)s"


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was not taken, and why."""

    row: int
    error: BadInput
    sheet: str = ""

    @property
    def reason(self) -> str:
        """The reason in Chinese."""
        return str(self.error)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known besides the file."""

    served: Collection[str]
    calendar: Calendar
    #: Slot -> set -> price, of the latest menu: what is meant where the file is silent.
    usual: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def slot_alone(self) -> str:
        """The slot of a file that names none: the only one the site serves, or that of its title; else ""."""
        return next(iter(self.served)) if len(self.served) == 1 else self.calendar.slot

    def set_name(self, slot: str, said: str) -> str:
        """The whole name of a set: of one that is not said, or by a letter alone."""
        letter = LETTER.fullmatch(said)
        if said and not letter:
            return said
        names = list(self.usual.get(slot, ()))
        if letter:
            return next((name for name in names if name.startswith(letter[1])), f"{letter[1]}套餐")
        name = names[0] if names else ONLY_SET
        self.calendar.remark(BadInput("没有写套餐名称的按「%(name)s」", name=name))
        return name

    def usual_price(self, slot: str, name: str) -> int:
        """The price of a set where the file says none. Raises ``BadInput``."""
        prices = self.usual.get(slot)
        if not prices:
            raise BadInput("缺少价格", next_step="请在表里写上价格,或填「没有写价格的按」")
        price_fen = prices.get(name, next(iter(prices.values())))
        self.calendar.remark(
            BadInput("没有写价格的%(slot)s按 %(price)s", slot=SLOT_WORDS[slot][0], price=yen_sign(price_fen))
        )
        return price_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What one cell, or one row of a list, says of one set."""

    row: int
    day: date
    slot: str
    name: str = ""
    kind: str = ""
    dishes: str = ""
    price_fen: int | None = None
    tags: str = ""
    ingredients: str = ""
    allergens: str = ""
    #: One of several that make one set; otherwise it is the whole of it, and a second one is a mistake.
    is_part: bool = True


@dataclass(slots=True)
class Heap:
    """The pieces of one sheet, and what could not be read in it."""

    known: Known
    pieces: list[Piece] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    #: (day, slot, set) -> price said apart from the dishes; "" is every one.
    prices: dict[tuple[date, str, str], int] = field(default_factory=dict)

    def add_price(self, day: date, slot: str, name: str, price_fen: int) -> None:
        """Take a price: of a slot or set, or (slot "") of what the day has so far without one, or else of all of it."""
        priced = {(one.slot, one.name) for one in self.pieces if one.day == day and one.price_fen is not None}
        there = {(one.slot, one.name) for one in self.pieces if one.day == day} - priced
        there = {one for one in there if (day, *one) not in self.prices}
        for key in there if there and not slot else [(slot, name)]:
            self.prices[day, *key] = price_fen

    def price_of(self, day: date, slot: str, name: str) -> int | None:
        """The price said apart from the dishes; None: there is none."""
        keys = ((day, slot, name), (day, slot, ""), (day, "", ""))
        return next((self.prices[key] for key in keys if key in self.prices), None)

    def add(self, piece: Piece) -> None:
        """Take a piece. Raises ``BadInput`` for a slot nobody named or that the site does not serve."""
        slot = piece.slot or self.known.slot_alone()
        if not slot:
            raise BadInput("看不出是哪一餐", next_step="请在表头或行首写明早餐、午餐或晚餐")
        if slot not in self.known.served:
            raise BadInput("本助餐点不供应%(slot)s", slot=SLOT_WORDS[slot][0])
        self.pieces.append(replace(piece, slot=slot))

    def add_text(self, text: str, piece: Piece) -> None:
        """Take the text of a cell: dishes, perhaps a line for each set or kind (A餐:…), perhaps with a price."""
        current = piece
        for line in text.splitlines():
            before, colon, after = plain(line).replace(":", ":", 1).partition(":")
            label = read_label(before)
            if colon and label.says_something and not label.is_note and label.day is None:
                if label.column == "price":
                    line = ""
                    current = replace(current, price_fen=parse_yuan(after))
                else:
                    line = after
                    current = replace(
                        current,
                        name=label.name or current.name,
                        kind=label.kind or current.kind,
                        price_fen=label.price_fen if label.price_fen is not None else current.price_fen,
                    )
            price_fen = current.price_fen
            if found := PRICE.search(plain(line)):
                price_fen, line = parse_yuan(found[1]), PRICE.sub(" ", plain(line))
            dishes = list_of(numbered(line))
            if dishes in NO_MEAL and price_fen is None:
                continue
            self.add(replace(current, dishes="" if dishes in NO_MEAL else dishes, price_fen=price_fen))


@dataclass(slots=True)
class _Set:
    """A set on its way."""

    first: Piece
    #: As the file has it; "" where it has none.
    said_name: str
    dishes: list[str] = field(default_factory=list)
    price_fen: int | None = None
    tags: list[str] = field(default_factory=list)


def gather(heap: Heap) -> list[MenuRow]:
    """The sets the pieces make, in the order of the file; what makes none goes to ``heap.bad``."""
    sets: dict[tuple[date, str, str], _Set] = {}
    for piece in heap.pieces:
        name = heap.known.set_name(piece.slot, plain(piece.name))
        key = (piece.day, piece.slot, name)
        if (there := sets.get(key)) and not (piece.is_part and there.first.is_part):
            heap.bad.append(BadRow(piece.row, BadInput("与第 %(row)s 行重复", row=there.first.row)))
            continue
        one = sets.setdefault(key, _Set(replace(piece, name=name), piece.name))
        if piece.dishes:
            one.dishes.append(piece.dishes)
        if piece.price_fen is not None:
            if one.price_fen not in (None, piece.price_fen):
                heap.bad.append(BadRow(piece.row, BadInput("「%(name)s」写了两个价格", name=name)))
                continue
            one.price_fen = piece.price_fen
        if piece.tags:
            one.tags.append(piece.tags)
    rows = []
    sizes: dict[tuple[date, str], int] = {}
    for (day, slot, _), one in sets.items():
        try:
            if one.price_fen is None:
                one.price_fen = heap.price_of(day, slot, one.said_name)
            rows.append(_row(one, heap.known))
            sizes[day, slot] = sizes.get((day, slot), 0) + 1
            if sizes[day, slot] > MOST_SETS:
                rows.pop()
                raise BadInput("一餐最多 %(most)s 个套餐", most=MOST_SETS)
        except BadInput as error:
            heap.bad.append(BadRow(one.first.row, error))
    return rows


def dishes_in(heap: Heap) -> list[DishFacts]:
    """What the pieces say of dishes themselves: their kind, and what is in a dish that has a row of its own."""
    found = []
    for piece in heap.pieces:
        names = [name for name in list_of(piece.dishes).split("、") if name and len(name) <= MOST_NAME]
        facts = (piece.ingredients, piece.allergens) if len(names) == 1 else ("", "")
        if piece.kind or any(facts):
            ingredients, allergens = (list_of(text)[:MOST_FACTS] for text in facts)
            found += [DishFacts(name, piece.kind or "other", ingredients, allergens) for name in names]
    return found


def _row(one: _Set, known: Known) -> MenuRow:
    piece = one.first
    price_fen = known.usual_price(piece.slot, piece.name) if one.price_fen is None else one.price_fen
    dishes = "、".join(dict.fromkeys(list_of("、".join(one.dishes)).split("、")))
    draft = make_draft(name=piece.name, price_fen=price_fen, dishes=dishes, tags="、".join(one.tags))
    return MenuRow(piece.row, piece.day, piece.slot, draft)
