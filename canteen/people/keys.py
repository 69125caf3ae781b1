"""The keys an elder is found by, and what a typed text may mean. Pure; phones and ID numbers are hashed elsewhere.

Names, pinyin and initials are found by prefix. A clerk types what the ear hears, so every reading of a surname is a
key: 单 is dan, chan and shan. ü is typed v or u.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice, product

from canteen.errors import BadInput
from canteen.people.rules import card_number, check_phone, id_digits, person_name, plain_text

#: Surnames of two characters that are still in use; the reading of each character is a key of its own.
COMPOUND_SURNAMES = frozenset(
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 "
    "慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 "
    "轩辕 令狐 段干 百里 呼延 东郭 南门 羊舌 微生 公户 公玉 公仪 梁丘 公仲 公上 公门 公山 公坚 左丘 公伯 西门 公祖 第五 "
    "公乘 贯丘 公皙 南荣 东里 东宫 仲长 子书 子桑 即墨 达奚 褚师 纳兰 单于".split()
)
#: Readings pypinyin 0.55 does not know.
_MISSING_READINGS = {"𠮷": ("ji",)}
#: Names made of characters with many readings would make very many keys; the likely ones come first.
_MOST_SPELLINGS = 12
_LATIN = re.compile(r"[a-zü]+")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a typed text may mean. Empty fields mean it cannot be that."""

    #: Normalised number of a card, found by equality.
    card: str = ""
    #: Prefix of a name.
    name: str = ""
    #: Prefix of pinyin or initials, in lower case.
    letters: str = ""
    #: A whole phone, and the last four digits of one; found by keyed hash.
    phone: str = ""
    phone_tail: str = ""
    #: A whole ID number; found by keyed hash.
    id_number: str = ""


def asked_for(text: str) -> Asked:
    """Decide what a typed or scanned text may mean; several at once where it is open (four digits: card or phone)."""
    text = plain_text(text)[:60]
    card = card_number(text)
    number = id_digits(text)
    if len(number) == 18 and number.isascii() and number[:17].isdigit():
        return Asked(card=card, id_number=number)
    if card.isascii() and card.isdigit():
        tail = number if len(number) == 4 else ""
        return Asked(card=card, phone=_phone_or_nothing(text), phone_tail=tail)
    letters = re.sub(r"[\s'·.\-]+", "", text.lower()).replace("ü", "v")
    if _LATIN.fullmatch(letters):
        return Asked(card=card, letters=letters)
    return Asked(card=card if card.isascii() else "", name=person_name(text))


def _phone_or_nothing(text: str) -> str:
    try:
        return check_phone(text)
    except BadInput:
        return ""


def name_keys(name: str) -> Iterator[tuple[str, str]]:
    """(kind, key) of every way to find a name: ``name``, ``pinyin`` and ``initials``, without repeats."""
    name = person_name(name)
    joined = name.replace("·", "")
    surname = 2 if joined[:2] in COMPOUND_SURNAMES and len(joined) > 2 else 1
    written = [name, joined, "" if name.isascii() else joined[surname:], *name.split("·")[1:]]
    for key in dict.fromkeys(key for key in written if key):
        yield "name", key
    spelled = list(_spellings(joined, surname))
    pinyin = (variant for syllables in spelled for variant in _with_u("".join(syllables)))
    for key in dict.fromkeys(pinyin):
        yield "pinyin", key
    for key in dict.fromkeys("".join(syllable[:1] for syllable in syllables) for syllables in spelled):
        yield "initials", key


def _with_u(pinyin: str) -> tuple[str, ...]:
    return (pinyin, pinyin.replace("v", "u")) if "v" in pinyin else (pinyin,)


def _spellings(name: str, surname: int) -> Iterator[tuple[str, ...]]:
    """Spellings of a name, at most ``_MOST_SPELLINGS``, each a tuple of syllables: all of the surname come first."""
    surnames = list(product(*(_readings(sign) for sign in name[:surname])))
    given = product(*(_readings(sign)[:2] for sign in name[surname:]))
    everything = (first + rest for rest in given for first in surnames)
    return islice(everything, max(_MOST_SPELLINGS, len(surnames)))


@cache
def _readings(sign: str) -> tuple[str, ...]:
    """Every reading of a character without tones; a sign without one stands for itself."""
    if sign in _MISSING_READINGS:
        return _MISSING_READINGS[sign]
    if sign.isascii():
        return (sign.lower().strip(),)
    from pypinyin import Style, pinyin  # 0.3 s: only where names are written

    found = pinyin(sign, style=Style.NORMAL, heteronym=True, errors=lambda unknown: [[each] for each in unknown])
    return tuple(dict.fromkeys(found[0])) if found and found[0] else (sign,)
