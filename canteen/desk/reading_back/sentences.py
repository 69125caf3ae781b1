"""One term of a scheme as a sentence. What has no sentence is told with its key, so that nothing is left out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any

from canteen.base.money import yuan
from canteen.desk.reading_back.labels import Say, key_word
from canteen.desk.reading_back.vocabulary import VALUES


def sentence_of(key: str, value: Any, say: Say) -> str:
    """What one key of a scheme says."""
    if key in _SENTENCES and isinstance(value, Mapping):
        return _SENTENCES[key](value, say)
    if key == "caps" and isinstance(value, list):
        return say(";").join(cap_words(cap, say) for cap in value)
    if key == "funding":
        return funding_words(value, say)
    if key == "set_meal_only" and isinstance(value, bool):
        return say("只补助套餐") if value else say("不限套餐")
    if key == "settlement" and isinstance(value, Mapping):
        return plain_words(value, say)
    return value_words(key, value, say)


def condition_words(table: Any, say: Say) -> str:
    """Who is meant. An empty table is everybody."""
    if not isinstance(table, Mapping):
        return plain_words(table, say)
    parts = [_condition_part(key, value, say) for key, value in table.items() if key != "source"]
    return say(",并且").join(parts) if parts else say("所有人")


def _condition_part(key: str, value: Any, say: Say) -> str:
    if key == "age" and isinstance(value, Mapping):
        return _age_words(value, say)
    if key == "hukou":
        return say("户籍在%(places)s", places=places_words(value, say))
    if key == "residence":
        return say("居住在%(places)s", places=places_words(value, say))
    if key == "settlement" and isinstance(value, list):
        return say("属于%(words)s", words=value_words(key, value, say))
    if key in ("any_status", "all_status") and isinstance(value, list):
        words = value_words(key, value, say)
        if len(value) == 1:
            return say("属于%(words)s", words=words)
        return say("属于%(words)s之一", words=words) if key == "any_status" else say("同时属于%(words)s", words=words)
    if key == "ability" and isinstance(value, list):
        return say("评估为%(words)s", words=value_words(key, value, say))
    if key == "resident_months":
        months = value.get("from") if isinstance(value, Mapping) and set(value) <= {"from", "source"} else value
        return say("居住满 %(n)s 个月", n=plain_words(months, say))
    if key in ("all", "any") and isinstance(value, list):
        joined = say(")并且(") if key == "all" else say(")或者(")
        return say("(%(parts)s)", parts=joined.join(condition_words(part, say) for part in value))
    if key == "not":
        return say("不是(%(part)s)", part=condition_words(value, say))
    return f"{key_word(key, say)}:{value_words(key, value, say)}"


def _age_words(value: Mapping[str, Any], say: Say) -> str:
    texts = {"from": "满 %(n)s 周岁", "over": "超过 %(n)s 周岁", "to": "%(n)s 周岁以下(含)", "under": "不满 %(n)s 周岁"}
    parts = [
        say(texts[key], n=number(years, say))
        if key in texts
        else f"{key_word(key, say)}:{value_words(key, years, say)}"
        for key, years in value.items()
        if key != "source"
    ]
    return say("、").join(parts)


def places_words(value: Any, say: Say) -> str:
    """``{ in = [...], except = [...] }``"""
    if isinstance(value, Mapping) and "same" in value and set(value) <= {"same", "by", "source"}:
        own = say("户籍") if value.get("by") == "hukou" else say("居住地")
        return say("与%(own)s同一个%(level)s", own=own, level=value_words("same", value["same"], say))
    if not isinstance(value, Mapping) or not set(value) <= {"in", "except", "source"}:
        return plain_words(value, say)
    inside = _texts(value.get("in"), say) or say("任何地方")
    outside = _texts(value.get("except"), say)
    return say("%(inside)s(%(outside)s除外)", inside=inside, outside=outside) if outside else inside


def _texts(value: Any, say: Say) -> str:
    return say("、").join(map(str, value)) if isinstance(value, list) else ("" if value is None else str(value))


def amount_words(value: Any, say: Say) -> str:
    """How much."""
    if not isinstance(value, Mapping):
        return plain_words(value, say)
    kind, told = value.get("kind"), ["kind", "source"]
    if isinstance(kind, str) and kind in _AMOUNTS:
        text, keys = _AMOUNTS[kind]
        told += keys
        fields = {key: _figure(key, value.get(key), say) for key in keys}
        words = say(text, **fields) if fields else say(text)
    else:
        words = value_words("kind", kind, say) if kind else ""
    if "at_most_yuan" in value:
        words += say(",每餐最多 %(money)s", money=rate_words(value["at_most_yuan"], say))
        told.append("at_most_yuan")
    if isinstance(value.get("layers"), list):
        words += ":" + say(";").join(_layer_words(layer, say) for layer in value["layers"])
        told.append("layers")
    return say(";").join(filter(None, (words, _rest_words(value, told, say))))


#: Kind of amount -> its sentence, and the keys that stand in it.
_AMOUNTS = {
    "per_meal": ("每餐补助 %(yuan)s,不超过餐价", ["yuan"]),
    "per_day": ("每天补助 %(yuan)s,不管几餐,不超过餐价", ["yuan"]),
    "percent": ("补助餐价的 %(percent)s", ["percent"]),
    "own_price": ("老人自付 %(own_yuan)s,其余由补助支付", ["own_yuan"]),
    "free": ("免费用餐", []),
    "monthly_norm": ("每月标准 %(yuan)s,其中老人自付 %(own_percent)s", ["yuan", "own_percent"]),
    "discount": ("站点减免餐价的 %(percent)s", ["percent"]),
    "care": ("关爱帮扶,没有金额", []),
}


def _figure(key: str, value: Any, say: Say) -> str:
    return rate_words(value, say) if key.endswith("yuan") else percent_words(value, say)


def _layer_words(layer: Any, say: Say) -> str:
    if not isinstance(layer, Mapping):
        return plain_words(layer, say)
    more = [
        f"{key_word(key, say)}:{condition_words(rest, say) if key == 'when' else sentence_of(key, rest, say)}"
        for key, rest in layer.items()
        if key not in ("payer", "amount", "source")
    ]
    words = say(
        "%(payer)s %(amount)s", payer=str(layer.get("payer", "?")), amount=amount_words(layer.get("amount"), say)
    )
    return say("%(words)s(%(more)s)", words=words, more=say(";").join(more)) if more else words


def credit_words(value: Any, say: Say) -> str:
    """What a purse is credited for a month."""
    if not isinstance(value, Mapping):
        return plain_words(value, say)
    if "hours" in value:
        return say(
            "每月 %(n)s 小时,每小时 %(money)s",
            n=rate_words(value["hours"], say, number),
            money=rate_words(value.get("rate_yuan"), say),
        )
    if "points" in value:
        return say(
            "每月 %(n)s 分,每分 %(money)s",
            n=rate_words(value["points"], say, number),
            money=rate_words(value.get("point_yuan"), say),
        )
    return say("每月额度 %(money)s", money=rate_words(value.get("yuan"), say))


def cap_words(cap: Any, say: Say) -> str:
    """At most how much in which period."""
    if not isinstance(cap, Mapping) or not {"per", "meals", "yuan", "source"} >= set(cap):
        return plain_words(cap, say)
    per = value_words("per", cap.get("per"), say)
    if "meals" in cap:
        return say("%(per)s最多补助 %(n)s 餐", per=per, n=rate_words(cap["meals"], say, number))
    return say("%(per)s最多补助 %(money)s", per=per, money=rate_words(cap.get("yuan"), say))


def funding_words(value: Any, say: Say) -> str:
    """Who pays which part."""
    if value is None:
        return say("政府补助,没有写明由谁出资")
    if not isinstance(value, list):
        return plain_words(value, say)
    parts = []
    for item in value:
        if not isinstance(item, Mapping):
            parts.append(plain_words(item, say))
            continue
        more = {key: rest for key, rest in item.items() if key not in ("payer", "percent", "source")}
        words = str(item.get("payer", "?"))
        if "percent" in item:
            words = say("%(payer)s %(percent)s", payer=words, percent=percent_words(item["percent"], say))
        parts.append(say("%(words)s(%(more)s)", words=words, more=plain_words(more, say)) if more else words)
    return say(";").join(parts)


def rate_words(value: Any, say: Say, write: Callable[[Any, Say], str] | None = None) -> str:
    """A number: one for all, or a table by slot, settlement, area, age … that may hold further tables."""
    if isinstance(value, Mapping):
        parts = []
        for key, rest in value.items():
            if key == "source":
                continue
            band = key in ("age", "price") and isinstance(rest, Mapping)
            if band:
                texts = {"age": "满 %(n)s 岁 %(words)s", "price": "餐价满 %(n)s 元 %(words)s"}
                parts += [say(texts[key], n=bound, words=rate_words(one, say, write)) for bound, one in rest.items()]
            else:
                parts.append(f"{key_word(key, say)} {rate_words(rest, say, write)}")
        return say("、").join(parts)
    return (write or money)(value, say)


def percent_words(value: Any, say: Say) -> str:
    """A percentage: one for all, or a table."""
    return rate_words(value, say, lambda found, tell: number(found, tell) + ("" if found in (None, "?") else "%"))


def money(value: Any, say: Say) -> str:
    """Yuan as people read them; what is not stated says so."""
    if value is None or value == "?":
        return say("(没有写明)")
    try:
        return say("%(money)s 元", money=yuan(int(Decimal(str(value)) * 100)))
    except (ArithmeticError, ValueError):
        return str(value)


def number(value: Any, say: Say) -> str:
    """A number; what is not stated says so."""
    return say("(没有写明)") if value is None or value == "?" else str(value)


def plain_words(value: Any, say: Say) -> str:
    """Anything, with its keys: for what has no sentence."""
    if isinstance(value, Mapping):
        parts = [
            f"{key_word(key, say)}:{value_words(key, rest, say)}" for key, rest in value.items() if key != "source"
        ]
        return say(",").join(parts) or say("有")
    if isinstance(value, list):
        if not any(isinstance(item, Mapping | list) for item in value):
            return say("、").join(plain_words(item, say) for item in value)
        numbered = len(value) > 1
        items = (f"({place})" if numbered else "" for place in range(1, len(value) + 1))
        return say(";").join(sign + plain_words(item, say) for sign, item in zip(items, value, strict=True))
    if isinstance(value, bool):
        return say("是") if value else say("否")
    return number(value, say)


def value_words(key: str, value: Any, say: Say) -> str:
    """A value of which the key is known."""
    if isinstance(value, str) and VALUES.get(key, {}).get(value):
        return say(VALUES[key][value])
    if isinstance(value, list) and key in VALUES and all(isinstance(item, str) for item in value):
        return say("、").join(value_words(key, item, say) for item in value)
    if key in _SENTENCES and isinstance(value, Mapping):
        return _SENTENCES[key](value, say)
    if key.endswith("yuan") and not isinstance(value, list):
        return rate_words(value, say)
    if key.endswith("percent") and not isinstance(value, list):
        return percent_words(value, say)
    return plain_words(value, say)


def _spend_words(value: Mapping[str, Any], say: Say) -> str:
    key, text = ("over", "餐价超过 %(money)s 才补助") if "over" in value else ("from", "餐价满 %(money)s 才补助")
    words = say(text, money=rate_words(value.get(key), say))
    return say(";").join(filter(None, (words, _rest_words(value, (key, "source"), say))))


def _rounding_words(value: Mapping[str, Any], say: Say) -> str:
    return say(
        "到%(unit)s,%(mode)s",
        unit=value_words("to", value.get("to", "fen"), say),
        mode=value_words("mode", value.get("mode", "half_up"), say),
    )


def _booking_words(value: Mapping[str, Any], say: Say) -> str:
    key, text = ("before", "%(time)s 以前预订才补助") if "before" in value else ("by", "不晚于 %(time)s 预订才补助")
    time = rate_words(value.get(key), say, number)
    days = value.get("days_before")
    return say("提前 %(n)s 天,", n=days) + say(text, time=time) if days else say(text, time=time)


def _grant_words(value: Mapping[str, Any], say: Say) -> str:
    listed = value.get("tiers")
    tiers = [
        say("每天 %(n)s 餐:每年 %(money)s", n=tier.get("meals_a_day", "?"), money=money(tier.get("yuan"), say))
        for tier in (listed if isinstance(listed, list) else [])
        if isinstance(tier, Mapping)
    ]
    tiers.append(say("完成计划供餐日的 %(n)s%% 以上", n=number(value.get("threshold_percent"), say)))
    if "pro_rata" in value:
        tiers.append(value_words("pro_rata", value["pro_rata"], say))
    told = ("tiers", "threshold_percent", "source", "pro_rata")
    return say(";").join(filter(None, (*tiers, _rest_words(value, told, say))))


def _rest_words(value: Mapping[str, Any], told: Collection[str], say: Say) -> str:
    """The keys a sentence did not tell; "" when it told all."""
    more = {key: rest for key, rest in value.items() if key not in told}
    return plain_words(more, say) if more else ""


#: Key of a table -> how it is told.
_SENTENCES: dict[str, Callable[[Mapping[str, Any], Say], str]] = {
    "amount": amount_words,
    "credit": credit_words,
    "spend": _spend_words,
    "site_area": places_words,
    "hukou": places_words,
    "residence": places_words,
    "operating_grant": _grant_words,
    "rounding": _rounding_words,
    "booking": _booking_words,
}
