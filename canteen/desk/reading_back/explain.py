"""A scheme read back in plain words, so that somebody who does not read TOML sees what it says.

It is made from the tables of the text, not from the engine's types: what the language gains is shown with its key until
it has a sentence here, and nothing that is written is ever left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from canteen.desk.reading_back.labels import Say, chinese, label_of
from canteen.desk.reading_back.sentences import condition_words, plain_words, words_of

#: Keys told by the head of the page or by tables of their own.
_ELSEWHERE = ("id", "version", "name", "source", "classes", "overrides", "stack_group", "valid_from", "valid_to")
#: In the order a notice tells them; other keys follow.
_ORDER = (
    *("eligible", "amount", "credit", "purse", "slots", "ways", "weekdays", "working_days_only", "set_meal_only"),
    *("spend", "own_at_least_yuan", "booking", "delivery", "site_area", "caps", "choose", "rounding"),
    *("funding", "funding_order", "when_exhausted", "operating_grant"),
)


@dataclass(frozen=True, slots=True)
class TermRow:
    """One term: what it is about, what it says, and where it comes from."""

    title: str
    words: str
    source: str


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class of people and what they get."""

    code: str
    name: str
    who: str
    how_much: str
    caps: str
    more: str
    source: str


@dataclass(frozen=True, slots=True)
class OverrideRow:
    """Other terms at the sites of an area."""

    area: str
    rows: tuple[TermRow, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Explained:
    """A scheme in words."""

    name: str
    id: str
    version: str
    #: In which days it decides, as the text says it.
    period: str
    stack_group: str
    source: str
    rows: tuple[TermRow, ...]
    classes: tuple[ClassRow, ...]
    overrides: tuple[OverrideRow, ...]


def explain(document: Mapping[str, Any], say: Say = chinese) -> Explained:
    """Put the tables of a scheme in words. Values that are wrong are shown as they are written."""
    keys = [key for key in _ORDER if key in document]
    keys += [key for key in document if key not in _ORDER and key not in _ELSEWHERE]
    return Explained(
        name=_text(document.get("name")),
        id=_text(document.get("id")),
        version=_text(document.get("version")),
        period=_period(document, say),
        stack_group=_text(document.get("stack_group")),
        source=_text(document.get("source")),
        rows=(*(_row(key, document[key], document, say) for key in keys), *_unsaid(document, say)),
        classes=tuple(_class_row(one, document, say) for one in _tables(document.get("classes"))),
        overrides=tuple(_override_row(one, say) for one in _tables(document.get("overrides"))),
    )


def _row(key: str, value: Any, document: Mapping[str, Any], say: Say) -> TermRow:
    words = condition_words(value, say) if key == "eligible" else words_of(key, value, say)
    return TermRow(label_of(key, document, say), words, _source(value))


def _unsaid(document: Mapping[str, Any], say: Say) -> list[TermRow]:
    """What holds for meals where the text says nothing: a reader of the notice must see it, too."""
    pays_meals = "purse" not in document and any(
        "amount" in one for one in (document, *_tables(document.get("classes")))
    )
    if not pays_meals:
        return []
    rows = []
    if "slots" not in document:
        rows.append(TermRow(say("餐次"), say("没有写明:每个餐次都补助"), ""))
    if not any(cap.get("per") == "sitting" and "meals" in cap for cap in _tables(document.get("caps"))):
        rows.append(TermRow(say("限额"), say("没有写明:每餐次最多补助 1 餐"), ""))
    if "funding" not in document:
        rows.append(TermRow(say("谁出钱"), say("政府补助,没有写明由谁出资"), ""))
    return rows


def _class_row(one: Mapping[str, Any], document: Mapping[str, Any], say: Say) -> ClassRow:
    how_much = [
        words_of(key, value, say)
        for key in ("amount", "credit")
        if (value := one.get(key, document.get(key))) is not None
    ]
    elsewhere = ("code", "name", "when", "amount", "caps", "source", "credit")
    more = [
        f"{label_of(key, one, say)}:{words_of(key, value, say)}" for key, value in one.items() if key not in elsewhere
    ]
    return ClassRow(
        code=_text(one.get("code")),
        name=_text(one.get("name")),
        who=condition_words(one.get("when", {}), say),
        how_much=say(";").join(filter(None, how_much)),
        caps=words_of("caps", _tables(one.get("caps")), say),
        more=say(";").join(more),
        source=say(";").join(filter(None, (_text(one.get("source")), _source(one.get("amount"))))),
    )


def _override_row(one: Mapping[str, Any], say: Say) -> OverrideRow:
    rows = []
    for key, value in one.items():
        is_change = key == "amount" and isinstance(value, Mapping) and "kind" not in value
        if key not in ("area", "source"):
            words = plain_words(value, say) if is_change else words_of(key, value, say)
            rows.append(TermRow(label_of(key, one, say), words, _source(value)))
    return OverrideRow(_text(one.get("area")), tuple(rows), _text(one.get("source")))


def _period(document: Mapping[str, Any], say: Say) -> str:
    first, last = document.get("valid_from"), document.get("valid_to")
    if first and last:
        return say("%(first)s 至 %(last)s", first=first, last=last)
    if first:
        return say("%(first)s 起", first=first)
    return say("至 %(last)s", last=last) if last else ""


def _source(value: Any) -> str:
    if isinstance(value, list):
        return ";".join(dict.fromkeys(filter(None, (_source(item) for item in value))))
    return _text(value.get("source")) if isinstance(value, Mapping) else ""


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _tables(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
