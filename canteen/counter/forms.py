"""The only place where the counter's text becomes types: HTML forms and the terminals' JSON."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from canteen.base.errors import BadInput
from canteen.base.words import WORDS
from canteen.counter.requests import ServeRequest, VoidRequest

#: What a terminal may send for a serving: name -> (type, whether it must be there).
SERVING_FIELDS: dict[str, tuple[type, bool]] = {
    "key": (str, True),
    "site": (str, True),
    "slot": (str, False),
    "card": (str, False),
    "elder_id": (int, False),
    "set": (str, False),
    "day": (str, False),
    "way": (str, False),
    "second_portion": (bool, False),
    "pay_way": (str, False),
    "collected_by": (str, False),
    "relation": (str, False),
    "guest_kind": (str, False),
}
VOID_FIELDS: dict[str, tuple[type, bool]] = {"key": (str, True), "reason": (str, True)}
_TYPE_WORDS = {str: "文字", int: "整数", bool: "true 或 false"}


def read_day(text: str, field: str = "day") -> date | None:
    """An ISO day; "" is None. Raises ``BadInput``."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput("「%(text)s」不是日期", field=field, next_step="请写成 2026-11-21", text=text[:40]) from None


def _read_id(text: str, field: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise BadInput("编号不对", field=field, next_step="请重新刷卡或查找")
    return int(text)


def _plain(text: str) -> str:
    """One line without control characters."""
    return " ".join("".join(" " if ord(letter) < 32 else letter for letter in text).split())


def serve_form(form: Mapping[str, str], *, site_id: int, till: str) -> ServeRequest:
    """Read the counter's form."""
    way = form.get("way", "") or "dine_in"
    return ServeRequest(
        key=form.get("key", ""),
        site_id=site_id,
        day=read_day(form.get("day", "")),
        slot=form.get("slot", ""),
        elder_id=_read_id(form.get("elder_id", ""), "elder_id"),
        guest_kind=form.get("guest_kind", ""),
        set_name=_plain(form.get("set", "")),
        way=way,
        collected_by=_plain(form.get("collected_by", "")) if way == "proxy" else "",
        relation=_plain(form.get("relation", "")) if way == "proxy" else "",
        second_portion=form.get("second_portion") == "1",
        portions=_read_id(form.get("portions", ""), "portions") or 1,
        pay_way=form.get("pay_way", "") or "cash",
        till=till,
        shown_day=read_day(form.get("shown_day", ""), "shown_day"),
    )


def void_form(form: Mapping[str, str], *, serving_id: int) -> VoidRequest:
    """Read the void form: a typed reason goes before a chosen one, which is kept in the words of the papers."""
    chosen = form.get("reason_choice", "")
    reason = _plain(form.get("reason", "")) or WORDS["void_reason"].get(chosen, _plain(chosen))
    return VoidRequest(serving_id=serving_id, key=form.get("key", ""), reason=reason)


def read_json(body: Any, fields: Mapping[str, tuple[type, bool]]) -> dict[str, Any]:
    """A JSON object with known names and types; null is the same as absent. Raises ``BadInput`` naming the field."""
    if not isinstance(body, dict):
        raise BadInput("请求内容不是 JSON 对象", next_step="请按 /api/v1/openapi.json 的说明发送")
    unknown = [name for name in body if name not in fields]
    if unknown:
        raise BadInput(
            "不认识的字段「%(name)s」",
            field=str(unknown[0])[:40],
            name=str(unknown[0])[:40],
            next_step="请按 /api/v1/openapi.json 的说明发送",
        )
    found: dict[str, Any] = {}
    for name, (kind, needed) in fields.items():
        value: Any = body.get(name)
        if value is None:
            if needed:
                raise BadInput("缺少字段「%(name)s」", field=name, name=name, next_step="请补上后再发送")
            continue
        if type(value) is not kind:
            raise BadInput(
                "字段「%(name)s」应为%(kind)s",
                field=name,
                name=name,
                kind=_TYPE_WORDS[kind],
                next_step="请改正后再发送",
            )
        if isinstance(value, str) and ("\x00" in value or len(value) > 400):
            raise BadInput("字段「%(name)s」太长或有控制字符", field=name, name=name, next_step="请改正后再发送")
        if isinstance(value, int) and kind is int and not 0 < value < 2**31:
            raise BadInput("字段「%(name)s」的数值不对", field=name, name=name, next_step="请改正后再发送")
        found[name] = value
    return found


def serve_json(body: dict[str, Any], *, site_id: int) -> ServeRequest:
    """A terminal's serving, already read by ``read_json``."""
    return ServeRequest(
        key=body["key"],
        site_id=site_id,
        day=read_day(body.get("day", "")),
        slot=body.get("slot", ""),
        card=_plain(body.get("card", "")),
        elder_id=body.get("elder_id"),
        guest_kind=body.get("guest_kind", ""),
        set_name=_plain(body.get("set", "")),
        way=body.get("way", "") or "dine_in",
        collected_by=_plain(body.get("collected_by", "")),
        relation=_plain(body.get("relation", "")),
        second_portion=body.get("second_portion", False),
        pay_way=body.get("pay_way", "") or "cash",
    )
