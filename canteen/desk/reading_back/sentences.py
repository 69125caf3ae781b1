"""One term of a scheme as a sentence. What has no sentence is told with its key, so that nothing is left out."""

from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

from canteen.base.money import yuan
from canteen.desk.reading_back.labels import Say, key_word
from canteen.desk.reading_back.vocabulary import VALUES


def words_of(key: str, value: Any, say: Say) -> str:
    """What one key of a scheme says. A value that its sentence does not fit is told as it is written."""
    if isinstance(value, Mapping) and key in _TABLES:
        return _TABLES[key](value, say)
    if isinstance(value, list) and key in _LISTS:
        items = (_LISTS[key](item, say) if isinstance(item, Mapping) else plain_words(item, say) for item in value)
        return say(";").join(items)
    if isinstance(value, bool) and key == "set_meal_only":
        return say("只补助套餐") if value else say("不限套餐")
    if isinstance(value, str) and VALUES.get(key, {}).get(value):
        return say(VALUES[key][value])
    if isinstance(value, list) and key in VALUES and all(isinstance(item, str) for item in value):
        return say("、").join(words_of(key, item, say) for item in value)
    if key.endswith("yuan") and not isinstance(value, list):
        return rate_words(value, say)
    if key.endswith("percent") and not isinstance(value, list):
        return percent_words(value, say)
    return plain_words(value, say)


def plain_words(value: Any, say: Say) -> str:
    """Anything, with its keys: for what has no sentence."""
    if isinstance(value, Mapping):
        return say(",").join(_keyed(key, rest, say) for key, rest in value.items() if key != "source") or say("有")
    if isinstance(value, list):
        if not any(isinstance(item, Mapping | list) for item in value):
            return say("、").join(plain_words(item, say) for item in value)
        signs = (f"({place})" if len(value) > 1 else "" for place in range(1, len(value) + 1))
        return say(";").join(sign + plain_words(item, say) for sign, item in zip(signs, value, strict=True))
    if isinstance(value, bool):
        return say("是") if value else say("否")
    return number(value, say)


def _keyed(key: str, value: Any, say: Say) -> str:
    is_inner_list = isinstance(value, list) and key in _LISTS  # Its ";" would not be told from those around it.
    return f"{key_word(key, say)}:{plain_words(value, say) if is_inner_list else words_of(key, value, say)}"


def _with_rest(words: Iterable[str], value: Mapping[str, Any], told: Collection[str], say: Say) -> str:
    """A sentence, and after it the keys that it did not tell."""
    rest = {key: more for key, more in value.items() if key not in told and key != "source"}
    return say(";").join(filter(None, (*words, plain_words(rest, say) if rest else "")))


def condition_words(table: Any, say: Say) -> str:
    """Who is meant. An empty table is everybody."""
    if not isinstance(table, Mapping):
        return plain_words(table, say)
    parts = [_condition_part(key, value, say) for key, value in table.items() if key != "source"]
    return say(",并且").join(parts) if parts else say("所有人")


#: Condition -> its sentence about some places or words.
_CONDITIONS = {
    "hukou": "户籍在%(words)s",
    "residence": "居住在%(words)s",
    "settlement": "属于%(words)s",
    "ability": "评估为%(words)s",
    "any_status": "属于%(words)s之一",
    "all_status": "同时属于%(words)s",
}


def _condition_part(key: str, value: Any, say: Say) -> str:
    if key == "age" and isinstance(value, Mapping):
        return _age_words(value, say)
    if key in ("hukou", "residence") or (key in _CONDITIONS and isinstance(value, list)):
        is_one = key.endswith("_status") and len(value) == 1
        return say("属于%(words)s" if is_one else _CONDITIONS[key], words=words_of(key, value, say))
    if key == "resident_months":
        months = value.get("from") if isinstance(value, Mapping) and set(value) <= {"from", "source"} else value
        return say("居住满 %(n)s 个月", n=plain_words(months, say))
    if key in ("all", "any") and isinstance(value, list):
        joined = say(")并且(") if key == "all" else say(")或者(")
        return say("(%(parts)s)", parts=joined.join(condition_words(part, say) for part in value))
    if key == "not":
        return say("不是(%(part)s)", part=condition_words(value, say))
    return _keyed(key, value, say)


def _age_words(value: Mapping[str, Any], say: Say) -> str:
    texts = {"from": "满 %(n)s 周岁", "over": "超过 %(n)s 周岁", "to": "%(n)s 周岁以下(含)", "under": "不满 %(n)s 周岁"}
    return say("、").join(
        say(texts[key], n=number(years, say)) if key in texts else _keyed(key, years, say)
        for key, years in value.items()
        if key != "source"
    )


def _places_words(value: Mapping[str, Any], say: Say) -> str:
    """``{ in = [...], except = [...] }`` or ``{ same = "county", by = "hukou" }``"""
    if "same" in value and set(value) <= {"same", "by", "source"}:
        own = say("户籍") if value.get("by") == "hukou" else say("居住地")
        return say("与%(own)s同一个%(level)s", own=own, level=words_of("same", value["same"], say))
    if not set(value) <= {"in", "except", "source"}:
        return plain_words(value, say)
    inside = _texts(value.get("in"), say) or say("任何地方")
    outside = _texts(value.get("except"), say)
    return say("%(inside)s(%(outside)s除外)", inside=inside, outside=outside) if outside else inside


def _texts(value: Any, say: Say) -> str:
    return say("、").join(map(str, value)) if isinstance(value, list) else ("" if value is None else str(value))


def _amount_words(value: Mapping[str, Any], say: Say) -> str:
    """How much."""
    kind, told = value.get("kind"), ["kind"]
    if isinstance(kind, str) and kind in _AMOUNTS:
        text, keys = _AMOUNTS[kind]
        told += keys
        words = say(text, **{key: words_of(key, value.get(key), say) for key in keys})
    else:
        words = words_of("kind", kind, say) if kind else ""
    if "at_most_yuan" in value:
        words += say(",每餐最多 %(money)s", money=rate_words(value["at_most_yuan"], say))
        told.append("at_most_yuan")
    if isinstance(value.get("layers"), list):
        words += ":" + words_of("layers", value["layers"], say)
        told.append("layers")
    return _with_rest([words], value, told, say)


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


def _layer_words(layer: Mapping[str, Any], say: Say) -> str:
    more = [
        f"{key_word(key, say)}:{condition_words(rest, say) if key == 'when' else words_of(key, rest, say)}"
        for key, rest in layer.items()
        if key not in ("payer", "amount", "source")
    ]
    amount = words_of("amount", layer.get("amount"), say)
    words = say("%(payer)s %(amount)s", payer=str(layer.get("payer", "?")), amount=amount)
    return say("%(words)s(%(more)s)", words=words, more=say(";").join(more)) if more else words


def _credit_words(value: Mapping[str, Any], say: Say) -> str:
    """What a purse is credited for a month."""
    for key, rate, text in (
        ("hours", "rate_yuan", "每月 %(n)s 小时,每小时 %(money)s"),
        ("points", "point_yuan", "每月 %(n)s 分,每分 %(money)s"),
    ):
        if key in value:
            return say(text, n=rate_words(value[key], say, number), money=rate_words(value.get(rate), say))
    return say("每月额度 %(money)s", money=rate_words(value.get("yuan"), say))


def _cap_words(cap: Mapping[str, Any], say: Say) -> str:
    """At most how much in which period."""
    if not {"per", "meals", "yuan", "source"} >= set(cap):
        return plain_words(cap, say)
    per = words_of("per", cap.get("per"), say)
    if "meals" in cap:
        return say("%(per)s最多补助 %(n)s 餐", per=per, n=rate_words(cap["meals"], say, number))
    return say("%(per)s最多补助 %(money)s", per=per, money=rate_words(cap.get("yuan"), say))


def _funding_words(item: Mapping[str, Any], say: Say) -> str:
    """Who pays which part."""
    more = {key: rest for key, rest in item.items() if key not in ("payer", "percent", "source")}
    words = str(item.get("payer", "?"))
    if "percent" in item:
        words = say("%(payer)s %(percent)s", payer=words, percent=percent_words(item["percent"], say))
    return say("%(words)s(%(more)s)", words=words, more=plain_words(more, say)) if more else words


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


def _spend_words(value: Mapping[str, Any], say: Say) -> str:
    key, text = ("over", "餐价超过 %(money)s 才补助") if "over" in value else ("from", "餐价满 %(money)s 才补助")
    return _with_rest([say(text, money=rate_words(value.get(key), say))], value, (key,), say)


def _rounding_words(value: Mapping[str, Any], say: Say) -> str:
    return say(
        "到%(unit)s,%(mode)s",
        unit=words_of("to", value.get("to", "fen"), say),
        mode=words_of("mode", value.get("mode", "half_up"), say),
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
        tiers.append(words_of("pro_rata", value["pro_rata"], say))
    return _with_rest(tiers, value, ("tiers", "threshold_percent", "pro_rata"), say)


#: Key of a table -> how it is told.
_TABLES: dict[str, Callable[[Mapping[str, Any], Say], str]] = {
    "amount": _amount_words,
    "credit": _credit_words,
    "spend": _spend_words,
    "site_area": _places_words,
    "hukou": _places_words,
    "residence": _places_words,
    "operating_grant": _grant_words,
    "rounding": _rounding_words,
    "booking": _booking_words,
}
#: Key of a list -> how one of its tables is told.
_LISTS: dict[str, Callable[[Mapping[str, Any], Say], str]] = {
    "caps": _cap_words,
    "funding": _funding_words,
    "layers": _layer_words,
}
