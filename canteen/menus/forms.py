"""The forms of menus: text becomes types here."""

from collections.abc import Mapping

from canteen.base.errors import BadFields, BadInput, NotFound
from canteen.base.fields import Fields, iso_day, or_none, whole
from canteen.base.money import parse_yuan
from canteen.base.words import SLOTS
from canteen.menus.rules import MOST_SETS, SetDraft, Sitting, check_price, make_draft, repeated_name

PARTS = ("name", "price", "dishes", "tags")
MOST_PREPARED = 2000
_count = or_none(whole(0, MOST_PREPARED, "请写 0 到 %(most)s 的份数"))


def _price(text: str) -> int:
    price_fen = parse_yuan(text)
    check_price(price_fen)
    return price_fen


#: A price in fen; None: nobody typed one.
price_or_none = or_none(_price)


def read_sitting(day_text: str, slot: str) -> Sitting:
    """The sitting of an address (``/menus/2026-11-21/lunch``). Raises ``BadInput`` or ``NotFound``."""
    if slot not in SLOTS:
        raise NotFound("没有这个餐次")
    return iso_day(day_text), slot


def read_sets(form: Mapping[str, str]) -> list[SetDraft]:
    """The sets of a sitting. Rows left empty are no sets. Raises ``BadFields``."""
    sets: list[SetDraft] = []
    rows: list[int] = []
    errors: dict[str, BadInput] = {}
    for row in range(MOST_SETS):
        parts = {part: form.get(f"{part}_{row}", "").strip() for part in PARTS}
        if not any(parts[part] for part in ("name", "price", "dishes")):
            continue
        try:
            sets.append(_draft(parts))
            rows.append(row)
        except BadInput as error:
            errors[f"{error.field}_{row}"] = error
    if (repeated := repeated_name(sets)) is not None:
        errors[f"name_{rows[repeated]}"] = BadInput("这个套餐名称写了两次")
    if errors:
        raise BadFields(errors)
    return sets


def _draft(parts: Mapping[str, str]) -> SetDraft:
    try:
        price_fen = parse_yuan(parts["price"])
    except BadInput as error:
        error.field = "price"
        raise
    return make_draft(name=parts["name"], price_fen=price_fen, dishes=parts["dishes"], tags=parts["tags"])


def read_prepared(form: Mapping[str, str]) -> dict[str, int | None]:
    """How many of each set were cooked, by name; an empty field is None. Raises ``BadFields``."""
    fields = Fields(form)
    rows = {name: row for row in range(MOST_SETS) if (name := form.get(f"set_{row}", ""))}
    counts = {name: fields.take(f"count_{row}", _count, None) for name, row in rows.items()}
    fields.stop()
    return counts
