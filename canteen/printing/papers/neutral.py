"""Texts that people or schemes wrote, made neutral: a status label or an ID number must never come onto paper nor lie
readable in the database, whatever a scheme, a reason or a clerk's words hold. A field says in its type what becomes of
its text, before it is kept and before it is printed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, get_type_hints

from canteen.base.words import WORDS
from canteen.printing.drawing.flow import clean

#: Words that label a person.
_LABELS = (
    *WORDS["status"].values(),
    *(WORDS["living"][word] for word in ("living_alone", "empty_nest", "left_behind")),
    *(word for word in WORDS["ability"].values() if "失能" in word),
    *("孤寡", "孤老", "低收入", "重残", "残障", "贫困户", "建档立卡", "精神障碍"),
)
#: One of them, also with blanks inside.
_LABEL = re.compile("|".join(" *".join(word) for word in sorted(_LABELS, key=len, reverse=True)))
#: What makes a place of the word before it: 优抚医院, 五老村, 残疾人联合会. 五老村民 is a person again.
_PLACE = "人?(?:联(?!系)|服务|之家)|医院|学|儿童|中心|供养|敬老|院|所|站|路|街|巷|桥|村(?!民)|社区|协会|基金"
_LABEL_OF_A_PERSON = re.compile(f"(?:{_LABEL.pattern})(?!{_PLACE})(?:人员|对象|家庭|人|户)?")
_GAP = "[ .·–—-]"
#: Phone and ID numbers, whole or in their usual groups: eleven digits and more. Dates and amounts are not.
_LONG_NUMBER = re.compile(
    rf"\d{{11,}}[Xx]?|1\d\d{_GAP}\d{{4}}{_GAP}\d{{4}}|1\d{{3}}{_GAP}\d{{3}}{_GAP}\d{{4}}|0\d{{2,3}}{_GAP}\d{{7,8}}"
    rf"|\d{{6}}{_GAP}\d{{8}}{_GAP}\d{{3}}[\dXx]"
)


def neutral(text: str, instead: str = "") -> str:
    """The text as it is printed (``flow.clean``), without ID and phone numbers; ``instead`` replaces a text that labels
    a person. Invisible characters go first: a number that holds one would be whole on paper."""
    text = clean(text)
    if instead and _LABEL.search(text):
        return instead
    return _LONG_NUMBER.sub("***", text)


def unlabelled(text: str) -> str:
    """The same without words that label a person; the rest stays (a door's hint), also names of places that hold one."""
    text, before = clean(text), ""
    while text != before:
        text, before = _LABEL_OF_A_PERSON.sub("", text), text
    return neutral(text)


@dataclass(frozen=True, slots=True)
class Neutral:
    """Behind a field's type: how its text is made neutral."""

    by: Callable[[str], str]

    @classmethod
    def instead(cls, words: str) -> Neutral:
        """A text that labels a person becomes ``words``."""
        return cls(lambda text: neutral(text, words))


PersonName = Annotated[str, Neutral(neutral)]
#: Village and group, an address, a hint.
PlaceName = Annotated[str, Neutral(unlabelled)]
Diet = Annotated[str, Neutral.instead("特殊饮食")]
#: Why somebody asked for it.
Reason = Annotated[str, Neutral.instead("见登记")]


@cache
def _written_by_people(kind: type[Any]) -> tuple[tuple[str, Callable[[str], str], bool], ...]:
    """The fields of a dataclass to be made neutral, how, and whether they hold several texts."""
    hints = get_type_hints(kind, include_extras=True)
    found = []
    for name, hint in hints.items():
        is_several = getattr(hint, "__origin__", None) is tuple
        rules = getattr(hint.__args__[0] if is_several else hint, "__metadata__", ())
        found += [(name, rule.by, is_several) for rule in rules if isinstance(rule, Neutral)]
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a paper; its texts are made neutral as their types say."""

    def __post_init__(self) -> None:
        for name, by, is_several in _written_by_people(type(self)):  # type: ignore[arg-type]  # a class is hashable
            text = getattr(self, name)
            object.__setattr__(self, name, tuple(map(by, text)) if is_several else by(text))
