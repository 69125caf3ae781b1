"""Keys of the scheme language in words, and paths as people read them: 二类 · 条件 · 年龄 · 满."""

from collections.abc import Mapping
from typing import Any, Protocol

from canteen.desk.reading_back.vocabulary import KEYS
from canteen.desk.toml_text import steps


class Say(Protocol):
    """Fills a Chinese template, or its translation, with facts: ``gettext`` does."""

    def __call__(self, text: str, /, **fields: Any) -> str: ...


def chinese(text: str, /, **fields: Any) -> str:
    """The template itself, filled."""
    return text % fields if fields else text


#: Keys that mean something else at the top of a file than in a condition.
_TOP = {"settlement": "结算"}
#: Which key names an item of a list.
NAMED_BY = ("code", "payer", "area", "name", "kind")


def label_of(path: str, document: Mapping[str, Any], say: Say = chinese) -> str:
    """A path in words; "" (the whole file) is the scheme. Items of lists are named by their code, payer or area."""
    here: Any = document
    words: list[str] = []
    for step in steps(path):
        if isinstance(step, int):
            here = here[step - 1] if isinstance(here, list) and 0 < step <= len(here) else None
            name = name_of(here)
            if name and words:
                words[-1] = name
            elif words:
                words[-1] = say("%(what)s第 %(n)s 项", what=words[-1], n=step)
        else:
            here = here.get(step) if isinstance(here, Mapping) else None
            if step == "yuan" and words and words[-1] == say(KEYS["amount"]):
                continue  # 金额 · 农村, not 金额 · 金额(元) · 农村
            words.append(key_word(step, say) if words else say(_TOP.get(step, KEYS.get(step, step))))
    return " · ".join(words) or say("整个方案")


def key_word(key: str, say: Say) -> str:
    """What a key is about."""
    return say(KEYS[key]) if key in KEYS else key


def name_of(item: Any) -> str:
    """What an item of a list is called; "" when it has no name."""
    if not isinstance(item, Mapping):
        return ""
    return next((item[key] for key in NAMED_BY if isinstance(item.get(key), str) and key != "kind"), "")
