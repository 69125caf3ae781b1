"""The forms of menus: text becomes types here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from canteen.base.errors import BadInput, NotFound
from canteen.base.fields import iso_day
from canteen.base.money import parse_yuan
from canteen.base.web import say
from canteen.base.words import SLOTS
from canteen.menus.rules import MOST_SETS, SetDraft, Sitting, make_draft, repeated_name

PARTS = ("name", "price", "dishes", "tags")
MOST_PREPARED = 2000


def read_day(text: str, *, today: date) -> date:
    """A day of an address (``?day=2026-11-21``); today when nothing is given. Raises ``BadInput``."""
    return iso_day(text) if text.strip() else today


def read_sitting(day_text: str, slot: str) -> Sitting:
    """The sitting of an address (``/menus/2026-11-21/lunch``). Raises ``BadInput`` or ``NotFound``."""
    if slot not in SLOTS:
        raise NotFound("没有这个餐次")
    return iso_day(day_text), slot


def read_sets(form: Mapping[str, str]) -> tuple[list[SetDraft] | None, dict[str, str]]:
    """The sets of a sitting, or None and a sentence for each field that is wrong. Rows left empty are no sets."""
    sets: list[SetDraft] = []
    rows: list[int] = []
    errors: dict[str, str] = {}
    for row in range(MOST_SETS):
        parts = {part: form.get(f"{part}_{row}", "").strip() for part in PARTS}
        if not any(parts[part] for part in ("name", "price", "dishes")):
            continue
        try:
            sets.append(_draft(parts))
            rows.append(row)
        except BadInput as error:
            errors[f"{error.field}_{row}"] = say(error)
    if (repeated := repeated_name(sets)) is not None:
        errors[f"name_{rows[repeated]}"] = say(BadInput("这个套餐名称写了两次"))
    return (None if errors else sets), errors


def _draft(parts: Mapping[str, str]) -> SetDraft:
    try:
        price_fen = parse_yuan(parts["price"])
    except BadInput as error:
        error.field = "price"
        raise
    return make_draft(name=parts["name"], price_fen=price_fen, dishes=parts["dishes"], tags=parts["tags"])


def read_prepared(form: Mapping[str, str]) -> tuple[dict[str, int | None] | None, dict[str, str]]:
    """How many of each set were cooked, by name; an empty field is None. Or None and what is wrong where."""
    counts: dict[str, int | None] = {}
    errors: dict[str, str] = {}
    for row in range(MOST_SETS):
        name, text = form.get(f"set_{row}", ""), form.get(f"count_{row}", "").strip()
        if not name:
            continue
        if text and not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= MOST_PREPARED):
            errors[f"count_{row}"] = say(BadInput("请写 0 到 %(most)s 的份数", most=MOST_PREPARED))
        else:
            counts[name] = int(text) if text else None
    return (None if errors else counts), errors
