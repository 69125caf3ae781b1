"""The forms of the dish list: text becomes types here."""

from collections.abc import Mapping, Sequence

from canteen.base.errors import BadInput
from canteen.base.fields import Form
from canteen.base.sheets.reading import Cell, FoundSheet, Line
from canteen.menus.dishes.rules import DishFacts, check_dish
from canteen.menus.importing.listed import HEADER_WITHIN, columns_of
from canteen.menus.importing.words import kind_of
from canteen.menus.rules import list_of, plain

#: One dish.
DISH = Form(DishFacts, check_dish, name=plain, kind=plain, ingredients=list_of, allergens=list_of, tags=list_of)


def read_list(sheets: Sequence[FoundSheet]) -> list[DishFacts]:
    """A pasted list of dishes: a header with 菜名 and any of 类别, 配料, 过敏原, 标签; a dish a row.

    Raises ``BadInput`` for no header, and for the first row that cannot be taken.
    """
    for sheet in sheets:
        for at, line in enumerate(sheet.lines[:HEADER_WITHIN]):
            columns = {name: place for name, place in columns_of(line).items() if isinstance(name, str)}
            name = columns.get("dishes", columns.get("name"))
            if name is not None and len(columns) > 1:
                return [dish for one in sheet.lines[at + 1 :] if (dish := _dish(one, name, columns))]
    raise BadInput("没有找到「菜名」这一列", field="text", next_step="第一行请写:菜名、类别、配料、过敏原、标签")


def _dish(line: Line, name: int, columns: Mapping[str, int]) -> DishFacts | None:
    cells = {title: _text(line.at(place)) for title, place in columns.items()}
    if not _text(line.at(name)):
        return None
    kind = cells.get("kind", "")
    dish = DishFacts(
        plain(_text(line.at(name))),
        kind_of(plain(kind)) or "other",
        *(list_of(cells.get(title, "")) for title in ("ingredients", "allergens", "tags")),
    )
    try:
        return check_dish(dish)
    except BadInput as error:
        error.field = "text"
        raise BadInput(
            "第 %(row)s 行「%(name)s」:%(reason)s",
            field="text",
            row=line.number,
            name=dish.name[:20],
            reason=error.text % error.fields,
        ) from error


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell).strip()
