"""The keys an elder is found by, and what a typed text may mean. Pure; phones and ID numbers are hashed elsewhere.

Names, pinyin and initials are found by prefix. A clerk types what the ear hears, so every reading of a surname is a
key: 单 is dan, chan and shan. ü is typed v or u.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice, product

from canteen.base.text import plain_text
from canteen.people.rules import card_number, id_digits, person_name, phone_or_nothing

#: Surnames of two characters that are still in use, one after the other.
_COMPOUND = (
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠公孙慕容"
    "仲孙钟离长孙宇文司徒鲜于司空闾丘子车亓官司寇巫马公西颛孙壤驷公良漆雕乐正宰父谷梁拓跋夹谷轩辕令狐"
    "段干百里呼延东郭南门羊舌微生梁丘左丘西门第五南荣东里东宫即墨达奚褚师纳兰单于"
)
COMPOUND_SURNAMES = frozenset(_COMPOUND[at : at + 2] for at in range(0, len(_COMPOUND), 2))
#: Readings pypinyin 0.55 does not know.
_MISSING_READINGS = {"𠮷": ("ji",)}
#: Names made of characters with many readings would make very many keys; the likely ones come first.
_MOST_SPELLINGS = 12
_LATIN = re.compile(r"[a-zü]+")


@dataclass(frozen=True, slots=True)
class TypedText:
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


def typed_text(text: str) -> TypedText:
    """Decide what a typed or scanned text may mean; several at once where it is open (four digits: card or phone)."""
    text = plain_text(text)[:60]
    card = card_number(text)
    number = id_digits(text)
    if len(number) == 18 and number.isascii() and number[:17].isdigit():
        return TypedText(card=card, id_number=number)
    if card.isascii() and card.isdigit():
        tail = number if len(number) == 4 else ""
        return TypedText(card=card, phone=phone_or_nothing(text), phone_tail=tail)
    letters = re.sub(r"[\s'·.\-]+", "", text.lower()).replace("ü", "v")
    if _LATIN.fullmatch(letters):
        return TypedText(card=card, letters=letters)
    return TypedText(card=card if card.isascii() else "", name=person_name(text))


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

    found = pinyin(sign, style=Style.NORMAL, heteronym=True, errors="ignore")
    return tuple(dict.fromkeys(found[0])) if found else (sign,)
