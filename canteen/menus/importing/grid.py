"""A grid of days and slots, either way round: every cell belongs to what stands before it and above it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from canteen.base.errors import BadInput
from canteen.base.sheets.reading import Cell, Line
from canteen.menus.importing.days import WrittenDay
from canteen.menus.importing.labels import NOTHING, Label, read_label, read_price
from canteen.menus.importing.pieces import PASSED_OVER, BadRow, Heap, Known, Piece

#: Days stand in the first rows, or in the first columns.
ROWS_WITHIN, COLUMNS_WITHIN = 15, 6
#: An unknown word before a row is a kind of dish (特色, 风味) as long as it is short.
SHORT = 6
#: Columns that are read where they belong to a list, and of which a grid has no use.
_PASSED_OVER = ("day", "slot", "tags", "kind", "ingredients", "allergens")

Labels = Sequence[Label]


@dataclass(slots=True)
class _Edge:
    """What is carried on from label to label: an empty one means that above it, or left of it."""

    slot: str = ""
    name: str = ""
    kind: str = ""
    column: str = ""
    price_fen: int | None = None

    def take(self, label: Label) -> None:
        """Go on to a label: a slot begins with no set, a set with no kind."""
        if label.slot:
            self.slot, self.name, self.kind, self.column, self.price_fen = label.slot, "", "", "", None
        if label.name:
            self.name, self.kind, self.column, self.price_fen = label.name, "", "", None
        if label.kind or label.column:
            self.kind, self.column = label.kind, label.column
        if label.price_fen is not None:
            self.price_fen = label.price_fen

    def join(self, more: "_Edge") -> None:
        """Add what another edge says."""
        self.slot, self.name = more.slot or self.slot, more.name or self.name
        self.kind, self.column = more.kind or self.kind, more.column or self.column
        self.price_fen = self.price_fen if more.price_fen is None else more.price_fen

    def piece(self, row: int, day: date) -> Piece:
        """An empty piece of what the edge says."""
        return Piece(row=row, day=day, slot=self.slot, name=self.name, kind=self.kind, price_fen=self.price_fen)


def read_grid(lines: Sequence[Line], known: Known) -> Heap | None:
    """Read a grid; None: there are no days at its edges."""
    labels = [[read_label(cell) for cell in line.cells] for line in lines]
    days = [[column for column, label in enumerate(row) if label.day and not label.rest] for row in labels]
    different = [_different(row, columns) for row, columns in zip(labels, days, strict=True)]
    across = max(different[:ROWS_WITHIN], default=0)
    single = [columns for columns, count in zip(days, different, strict=True) if count == 1]
    down = [sum(column in columns for columns in single) for column in range(COLUMNS_WITHIN)]
    if not any(days):
        return None
    is_across = across > 1 and across > max(down)
    if is_across or not any(down):
        return _Across(lines, labels, days, known, of_one_day=False).read()
    heap = _Down(lines, labels, days, known, down.index(max(down))).read()
    other = None if heap.pieces else _Across(lines, labels, days, known, of_one_day=True).read()
    return other if other and other.pieces else heap


def _different(labels: Labels, columns: Sequence[int]) -> int:
    """How many days of one row are different ones: 12月7日 beside 周一 is one."""
    days = [labels[column].day for column in columns]
    dated = {(day.month, day.day) for day in days if day and day.day}
    named = {day.weekday for day in days if day and day.weekday and not day.day}
    return max(len(dated), len(named))


def _together(days: Iterable[WrittenDay | None]) -> WrittenDay | None:
    """One day that is said in two cells: 周一 and 12月7日."""
    said = [day for day in days if day]
    dated = next((day for day in said if day.day), None)
    named = next((day for day in said if day.weekday), None)
    return replace(dated, weekday=dated.weekday or named.weekday) if dated and named else dated or named


def _week_of(labels: Labels) -> int | None:
    """The number of a row 第二周."""
    return next((label.week for label in labels if label.week and not label.rest), None)


def _passed_over(line: Line) -> BadRow:
    text = next((str(cell) for cell in line.cells if cell is not None), "")
    return BadRow(line.number, BadInput(PASSED_OVER, text=text[:20]))


class _Across:
    """Days across; slots, sets or kinds of dish down."""

    def __init__(
        self,
        lines: Sequence[Line],
        labels: Sequence[Labels],
        days: Sequence[Sequence[int]],
        known: Known,
        *,
        of_one_day: bool,
    ):
        self._rows = list(zip(lines, labels, days, strict=True))
        self._least = 1 if of_one_day else 2
        self._known, self._heap, self._edge = known, Heap(known), _Edge()
        #: Column -> its day as the head says it, and once a row below needs it.
        self._said: dict[int, WrittenDay] = {}
        self._days: dict[int, date] = {}
        #: Columns in which slots stand; the column of prices right of the days, or left of them.
        self._slot_columns: set[int] = set()
        self._priced: int | None = None
        self._is_below_head = False

    def read(self) -> Heap:
        """Row by row."""
        for line, labels, columns in self._rows:
            week = _week_of(labels)
            if week:
                self._known.calendar.week_offset = week - 1
            is_head = _different(labels, columns) >= self._least or set(columns) <= set(self._said)
            if len(columns) >= self._least and is_head:
                self._head(labels, columns)
            elif self._said and not (week and all(label == NOTHING or label.week for label in labels)):
                self._settle(line)
                self._row(line, labels)
        return self._heap

    def _head(self, labels: Labels, columns: Sequence[int]) -> None:
        """The days of the columns below. Two heads, one below the other, say one thing together."""
        above = self._said if self._is_below_head else {}
        self._said = {}
        for column in columns:
            if day := _together((labels[column].day, above.get(column))):
                self._said[column] = day
        self._days, self._is_below_head = {}, True
        if not above:
            self._edge, self._slot_columns = _Edge(), set()
            self._edge.take(Label(slot=next((labels[column].slot for column in columns), "")))
        self._priced = next((at for at, label in enumerate(labels) if label.column == "price"), self._priced)

    def _settle(self, line: Line) -> None:
        if not self._is_below_head:
            return
        self._is_below_head = False
        for column, said in self._said.items():
            try:
                self._days[column] = self._known.calendar.day_of(said)
            except BadInput as error:
                self._heap.bad.append(BadRow(line.number, error))

    def _row(self, line: Line, labels: Labels) -> None:
        before = labels[: min(self._said)]
        if any(label.is_note for label in before):
            self._heap.bad.append(_passed_over(line))
            return
        is_of_all = False
        for column, label in enumerate(before):
            if label.rest and len(label.rest) > SHORT:
                self._heap.bad.append(_passed_over(line))
                return
            if label.slot:
                self._slot_columns.add(column)
            if label.column == "price":
                is_of_all = column in self._slot_columns or not self._edge.slot
            if column != self._priced:
                self._edge.take(replace(label, rest="", kind="other") if label.rest else label)
        own = line.at(self._priced) if self._priced is not None else None
        for column, day in self._days.items():
            if (cell := line.at(column)) is None:
                continue
            try:
                if self._edge.column == "price":
                    slot, name = ("", "") if is_of_all else (self._edge.slot, self._edge.name)
                    self._heap.add_price(day, slot, name, read_price(cell))
                else:
                    piece = self._edge.piece(line.number, day)
                    self._heap.add_text(
                        str(cell), replace(piece, price_fen=piece.price_fen if own is None else read_price(own))
                    )
            except BadInput as error:
                self._heap.bad.append(BadRow(line.number, error))


class _Down:
    """Days down; slots, sets or kinds of dish across, or before the dishes of a row."""

    def __init__(
        self, lines: Sequence[Line], labels: Sequence[Labels], days: Sequence[Sequence[int]], known: Known, column: int
    ):
        self._rows = list(zip(lines, labels, days, strict=True))
        self._known, self._column, self._heap = known, column, Heap(known)
        self._first = next(
            at for at, columns in enumerate(days) if column in columns and _different(labels[at], columns) == 1
        )
        self._heads = self._read_heads(labels)

    def _read_heads(self, labels: Sequence[Labels]) -> dict[int, _Edge]:
        """What stands above each column, in every row of labels above the first day."""
        rows = [row for row in labels[: self._first] if sum(label.says_something for label in row) > 1]
        carried = [_Edge() for _ in rows]
        heads: dict[int, _Edge] = {}
        for column in range(max(map(len, labels))):
            heads[column] = _Edge()
            for at, row in enumerate(rows):
                label = row[column] if column < len(row) else NOTHING
                carried[at].take(label)
                is_last = at == len(rows) - 1
                if label.is_note or (is_last and label.rest):
                    heads[column].column = "note" if label.is_note else ""
                if label != NOTHING or not is_last:
                    heads[column].join(carried[at])
        return heads

    def read(self) -> Heap:
        """Row by row; a day left out is that of the row above."""
        day: date | None = None
        edge = _Edge()
        for line, labels, columns in self._rows[self._first :]:
            said = _together(labels[column].day for column in columns)
            week = _week_of(labels)
            if week:
                self._known.calendar.week_offset = week - 1
            if week and not said:
                continue
            at = labels[self._column] if self._column < len(labels) else NOTHING
            if not said and (
                at != NOTHING or day is None or any(label.is_note for label in labels[: self._column + 1])
            ):
                self._heap.bad.append(_passed_over(line))
                continue
            try:
                if said:
                    day, edge = None, _Edge()
                    day = self._known.calendar.day_of(said)
            except BadInput as error:
                self._heap.bad.append(BadRow(line.number, error))
            if day is not None:
                self._row(line, labels, day, edge, columns)
        return self._heap

    def _row(self, line: Line, labels: Labels, day: date, edge: _Edge, columns: Sequence[int]) -> None:
        for column, label in enumerate(labels):
            head = self._heads[column]
            if column in columns or label == NOTHING or head.column == "note" or head.column in _PASSED_OVER[2:]:
                continue
            if label.says_something and (label.slot or label.name or label.kind) and not (head.slot or head.kind):
                edge.take(label)
                continue
            both = _Edge()
            both.join(edge)
            both.join(head)
            try:
                self._take(line.at(column), both, line.number, day)
            except BadInput as error:
                self._heap.bad.append(BadRow(line.number, error))

    def _take(self, cell: Cell, edge: _Edge, row: int, day: date) -> None:
        if edge.column == "price":
            self._heap.add_price(day, edge.slot, edge.name, read_price(cell))
        else:
            self._heap.add_text("" if cell is None else str(cell), edge.piece(row, day))
