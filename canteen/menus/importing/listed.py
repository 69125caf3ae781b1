"""A list: one set a row, one dish a row, or a column for each kind of dish; headers in any order under usual names. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from canteen.base.errors import BadInput
from canteen.base.sheets.reading import Cell, Line
from canteen.menus.importing.days import read_day
from canteen.menus.importing.labels import read_label, read_price, read_slot
from canteen.menus.importing.pieces import BadRow, Heap, Known, Piece
from canteen.menus.importing.words import NO_MEAL, TITLES, column_of, kind_of
from canteen.menus.rules import list_of, plain

#: The header stands within so many rows of the top: village lists begin with a title and a site name.
HEADER_WITHIN = 10

#: Name of a column, or (kind of dish, n) of several of one kind -> where it is.
Columns = dict[str | tuple[str, int], int]


def find_list(lines: Sequence[Line], known: Known) -> tuple[int, Columns] | None:
    """Where the header of a list stands and which columns it has; None: this is no list."""
    for at, line in enumerate(lines[:HEADER_WITHIN]):
        columns = columns_of(line)
        if _is_header(columns, known) and not any(_names_a_slot(above) for above in lines[:at]):
            return at, columns
    return None


def columns_of(line: Line) -> Columns:
    """The columns a line names."""
    columns: Columns = {}
    for place, cell in enumerate(line.cells):
        if name := column_of(cell):
            columns.setdefault(name, place)
        elif isinstance(cell, str) and len(cell) < 12 and (kind := kind_of(plain(cell))):
            columns[kind, sum(isinstance(one, tuple) for one in columns)] = place
    return columns


def missing_columns(lines: Sequence[Line]) -> list[str]:
    """The titles a list needs besides those of the line that has most of them."""
    best = max((columns_of(line) for line in lines[:HEADER_WITHIN]), key=len, default={})
    return [TITLES[name] for name in ("day", "slot", "name", "price", "dishes") if name not in best]


def _is_header(columns: Columns, known: Known) -> bool:
    has_dishes = "dishes" in columns or any(isinstance(one, tuple) for one in columns)
    return has_dishes and "day" in columns and ("slot" in columns or bool(known.slot_alone()))


def _names_a_slot(line: Line) -> bool:
    """A header above the header: the columns below are those of one slot each, which a grid reads."""
    return any(label.slot and not label.rest for label in map(read_label, line.cells))


def read_list(lines: Sequence[Line], columns: Columns, known: Known) -> Heap:
    """The rows below a header. A day left out is that of the row above, a slot too within one day."""
    heap = Heap(known)
    above: dict[str, Cell] = {}
    for line in lines:
        cells = {name: line.at(column) for name, column in columns.items() if isinstance(name, str)}
        kinds: dict[str, list[str]] = {name[0]: [] for name in columns if isinstance(name, tuple)}
        for name, column in columns.items():
            if isinstance(name, tuple) and _text(line.at(column)) not in NO_MEAL:
                kinds[name[0]].append(_text(line.at(column)))
        try:
            _fill(cells, above)
            _add(heap, line.number, cells, kinds)
        except BadInput as error:
            heap.bad.append(BadRow(line.number, error))
    return heap


def _fill(cells: dict[str, Cell], above: dict[str, Cell]) -> None:
    """Complete a row with the one above: what a merged cell covers is empty in a pasted table."""
    is_same = _text(cells.get("day")) in ("", _text(above.get("day")))
    names = ["day", "slot"] if is_same and above else []
    if _is_part(cells):
        names.append("name")
    for name in names:
        if name not in cells:
            continue
        if not _text(cells[name]):
            cells[name] = above.get(name)
        elif name == "slot" and _text(cells[name]) != _text(above.get(name)):
            break  # another slot: what stands right of it is its own
    above.clear()
    above.update(cells)


def _add(heap: Heap, number: int, cells: Mapping[str, Cell], kinds: Mapping[str, list[str]]) -> None:
    day = read_day(cells["day"], heap.known.calendar)
    slot = read_slot(cells["slot"]) if "slot" in cells else ""
    name = plain(_text(cells.get("name")))
    if "name" in cells and not name:
        raise BadInput("缺少套餐名称")
    price_fen = read_price(cells["price"]) if _text(cells.get("price")) else None
    dishes = list_of(_text(cells.get("dishes")))
    is_part = _is_part(cells)
    if price_fen is None and "price" in cells and not is_part and not heap.known.usual:
        raise BadInput("缺少价格")
    if not dishes and not any(kinds.values()):
        raise BadInput("缺少菜品")
    piece = Piece(
        row=number,
        day=day,
        slot=slot,
        name=name,
        price_fen=price_fen,
        tags=_text(cells.get("tags")),
        ingredients=_text(cells.get("ingredients")),
        allergens=_text(cells.get("allergens")),
    )
    if dishes:
        kind = kind_of(plain(_text(cells.get("kind")))) or ""
        heap.add(replace(piece, kind=kind, dishes=dishes, is_part=is_part))
    for kind, texts in kinds.items():
        if texts:
            heap.add(replace(piece, kind=kind, dishes=list_of(" ".join(texts))))


def _is_part(cells: Mapping[str, Cell]) -> bool:
    """Whether a row is one dish of a set, and not the whole of it."""
    dishes = list_of(_text(cells.get("dishes")))
    return bool(dishes) and "、" not in dishes


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell).strip()
