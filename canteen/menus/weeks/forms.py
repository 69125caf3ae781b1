"""The forms of whole weeks: text becomes types here."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from canteen.base.errors import BadFields, BadInput
from canteen.base.fields import Field, Form, hidden, iso_day, iso_day_or_none, one_of, row_id
from canteen.base.money import parse_yuan
from canteen.menus.rules import SetDraft, Sitting, list_of, make_draft
from canteen.menus.weeks.rules import BLOCKS, MOST_COLUMNS, CopyRequest

PARTS = ("slot", "name", "price", "tags")


def read_week(
    form: Mapping[str, str], *, days: Sequence[date], slots: Collection[str]
) -> dict[Sitting, list[SetDraft]]:
    """A week as its page sends it: a column a set, a row a day. Every sitting of the week is there, be it empty.

    Raises ``BadFields``.
    """
    week: dict[Sitting, list[SetDraft]] = {(day, slot): [] for day in days for slot in slots}
    errors: dict[str, BadInput] = {}
    for column in columns_in(form):
        head = {part: form.get(f"{part}_{column}", "").strip() for part in PARTS}
        cells = {row: list_of(form.get(f"dishes_{row}_{column}", "")) for row in range(len(days))}
        cells = {row: dishes for row, dishes in cells.items() if dishes}
        if not cells or head["slot"] not in slots:
            continue
        try:
            price_fen = parse_yuan(head["price"])
        except BadInput as error:
            errors[f"price_{column}"] = error
            continue
        for row, dishes in cells.items():
            sets = week[days[row], head["slot"]]
            try:
                draft = make_draft(name=head["name"], price_fen=price_fen, dishes=dishes, tags=head["tags"])
                if draft.name in {one.name for one in sets}:
                    raise BadInput("同一天这个套餐写了两次", field="dishes")
                sets.append(draft)
            except BadInput as error:
                place = f"dishes_{row}_{column}" if error.field == "dishes" else f"{error.field}_{column}"
                errors[place] = error
    if errors:
        raise BadFields(errors)
    return week


def columns_in(form: Mapping[str, str]) -> list[int]:
    """The columns a form has."""
    return [column for column in range(MOST_COLUMNS) if f"slot_{column}" in form]


def _block(text: str) -> int:
    return int(one_of([str(days) for days in BLOCKS])(text))


#: A copy; the sites are many fields of one name.
COPY = Form(
    CopyRequest,
    site_id=hidden(row_id),
    first=iso_day,
    days=_block,
    to=iso_day,
    until=iso_day_or_none,
    site_ids=Field(lambda text: tuple(row_id(one) for one in text.split())),
    replace=lambda text: text == "1",
)
