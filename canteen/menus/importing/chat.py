"""Lines as they are sent in a chat: a day, then the slots with their dishes, or all in one line. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from canteen.base.errors import BadInput
from canteen.base.sheets.reading import Line
from canteen.menus.importing.labels import Label, read_label
from canteen.menus.importing.pieces import PASSED_OVER, BadRow, Heap, Known, Piece
from canteen.menus.rules import plain


def read_lines(lines: Iterable[Line], known: Known) -> Heap:
    """Read lines of one cell each; what names a day, a slot or a set holds for the lines below it."""
    heap = Heap(known)
    day: date | None = None
    at = Label()
    for line in lines:
        label, rest = _cut(plain(str(line.cells[0])))
        try:
            if label.week:
                known.calendar.week_offset = label.week - 1
            if label.day:
                day, at = known.calendar.day_of(label.day), Label()
            if label.column == "price" and label.price_fen is not None and day is not None and not rest:
                heap.add_price(day, at.slot, at.name, label.price_fen)
                continue
            at = _further(at, label)
            if not rest and (label.says_something or label.price_fen is not None):
                continue
            if day is None or not rest or label.is_note:
                raise BadInput(PASSED_OVER, text=str(line.cells[0])[:20])
            piece = Piece(row=line.number, day=day, slot=at.slot, name=at.name, kind=at.kind, price_fen=at.price_fen)
            heap.add_text(rest, piece)
        except BadInput as error:
            heap.bad.append(BadRow(line.number, error))
    return heap


def _further(at: Label, label: Label) -> Label:
    """The labels in force after one more: a slot begins with no set, a set with no kind."""
    if label.slot:
        at = Label(slot=label.slot)
    if label.name:
        at = replace(at, name=label.name, kind="", price_fen=None)
    return replace(
        at,
        kind=label.kind or ("" if label.slot or label.name else at.kind),
        price_fen=at.price_fen if label.price_fen is None else label.price_fen,
    )


def _cut(text: str) -> tuple[Label, str]:
    """The labels a line begins with, as one, and what comes after them."""
    found = Label()
    rest = text.replace(":", ":")
    while rest:
        words = rest.split(" ")
        heads = [rest.split(":", 1)[0]] if ":" in rest else []
        heads += [" ".join(words[:count]) for count in range(min(3, len(words)), 0, -1)]
        head = next((one for one in heads if read_label(one).says_something or read_label(one).is_note), None)
        if head is None:
            break
        label = read_label(head)
        found = Label(
            day=label.day or found.day,
            slot=label.slot or found.slot,
            name=label.name or found.name,
            kind=label.kind or found.kind,
            price_fen=found.price_fen if label.price_fen is None else label.price_fen,
            week=label.week or found.week,
            column=label.column or found.column,
            is_note=label.is_note or found.is_note,
        )
        rest = rest[len(head) :].lstrip(" :")
    return found, rest
