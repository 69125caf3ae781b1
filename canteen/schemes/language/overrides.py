"""Other terms in some areas: the tables of a scheme with those of an override in their place."""

from __future__ import annotations

from typing import Any

from canteen.schemes.language.reader import Table

#: Keys an override may replace as a whole.
REPLACEABLE = (
    *("slots", "set_meal_only", "spend", "caps", "rounding", "funding", "choose", "valid_from", "valid_to"),
    *("services", "frequency", "site_money", "operating_grant"),
    *("ways", "weekdays", "working_days_only", "booking", "delivery", "own_at_least_yuan", "part_month"),
    *("funding_order", "when_exhausted"),
)


def merge(table: Table, document: dict[str, Any]) -> dict[str, Any]:
    """The document with an override's keys: ``amount`` key by key, the others as a whole."""
    merged = {key: value for key, value in document.items() if key != "overrides"}
    merged |= {key: table.take(key) for key in REPLACEABLE if table.has(key)}
    codes, change = table.take("for_classes"), table.take("amount")
    if codes is None:
        if change is not None:
            merged["amount"] = _merged_amount(document.get("amount"), change)
        return merged
    known = [item.get("code") for item in _dicts(document.get("classes"))]
    if not isinstance(codes, list) or not codes or not all(code in known for code in codes):
        table.notes.wrong(table.path("for_classes"), codes, "类别代号的列表,可以用:" + "、".join(map(str, known)))
    elif change is None:
        table.notes.lacks(table.path("amount"), "一个表:这些类别改成补多少")
    else:
        merged["classes"] = [
            item | {"amount": _merged_amount(item.get("amount", document.get("amount")), change)}
            if item.get("code") in codes
            else item
            for item in _dicts(document["classes"])
        ]
    return merged


def _merged_amount(amount: Any, change: Any) -> Any:
    """The changed keys over the old ones; a change that names a kind stands alone."""
    if isinstance(amount, dict) and isinstance(change, dict) and "kind" not in change:
        return {key: value for key, value in amount.items() if key != "source"} | change
    return change


def _dicts(found: Any) -> list[dict[str, Any]]:
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
