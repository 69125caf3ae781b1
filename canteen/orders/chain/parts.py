"""What one line of a chain says: whom it names, and for each how many, how carried, which set, what else. Pure."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TypeAlias

from canteen.orders.chain import words

#: Longer is no name of anybody, whatever the chat calls them.
MOST_NAME = 12
#: Known names are looked for up to this length.
_LONGEST_KNOWN = 12
_LATIN_GAP = re.compile(r"(?<=[A-Za-z]) (?=[A-Za-z])")
_UNIT_GAP = re.compile(r"(?<=\d)\s+(?=[份个位盒客套人组])")
_SIGN_GAP = re.compile(r"(?<=[+×*])\s+(?=\d)")
_SLOT_GAP = re.compile(r"(?=[早午中晚][餐饭上]|中午|下午|(?<!中)(?<!下)[早午晚]\d)")
_LATIN = re.compile(r"[A-Za-z][A-Za-z']{1,24}")
_SOME = re.compile(r"[一-鿿〇𠀀-𲎯·]{2,4}")
_LEADING = re.compile(
    r"^(?:我(?:要|家)?|帮|请|替|给|麻烦|还有|加上|还是|刚才的?|上面的?|那个|是|要|订|报|报名|来|的|家)+(?=.)"
)
#: Endings that belong to what was said and not to the name.
_TRAILING = re.compile(r"(?:家的?|的|要|订|报|来|吃|是|也|只|那份?|这份?)+$")


@dataclass(slots=True, kw_only=True)
class SaidPart:
    """What a line says of one person. None and "" is: not said."""

    who: str = ""
    #: 妈妈: the meal is for this relative of ``who``; also a title behind a name (王奶奶).
    relation: str = ""
    group: str = ""
    #: Number of another line it speaks of (3号改两份).
    points_at: int | None = None
    portions: int | None = None
    #: One more, one less.
    delta: int = 0
    way: str = ""
    set_name: str = ""
    other_slots: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    is_cancelled: bool = False
    is_change: bool = False
    doubts: set[str] = field(default_factory=set)

    @property
    def says_something(self) -> bool:
        """Whether it says more than a name."""
        return bool(
            self.portions is not None
            or self.delta
            or self.way
            or self.is_cancelled
            or self.is_change
            or self.relation
            or self.other_slots
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """What a line is read with."""

    #: Names of people of the site: what begins with one is about that person.
    known: Collection[str]
    slot: str
    sets: tuple[str, ...] = ()


#: Writes what a pattern found into a part.
Keep: TypeAlias = Callable[[SaidPart, re.Match[str], Reading], None]


def looks_like_name(text: str) -> bool:
    """Two to four characters that begin with a surname, or letters that may be pinyin."""
    return bool(_SOME.fullmatch(text) and text[0] in words.SURNAMES and text not in words.CHATTER) or bool(
        _LATIN.fullmatch(text) and text.lower() not in ("ok", "yes", "hi")
    )


def parts_of(body: str, reading: Reading) -> list[SaidPart]:
    """The parts of a line without its number and writer; the first may have no name."""
    for gap in (_LATIN_GAP, _UNIT_GAP, _SIGN_GAP):
        body = gap.sub("", body)
    body = words.EMOTICON.sub(" ", body)
    body = _SLOT_GAP.sub(" ", words.LONG_NUMBER.sub(" ", body))
    parts = [SaidPart()]
    slot, each = "", None
    for token in filter(None, words.SEPARATORS.split(body)):
        said = SaidPart()
        found = words.SLOT_WORDS.search(token)
        if found:
            slot = found.lastgroup or ""
            token = _cut(token, found)
        is_each = words.EACH.search(token)
        token = words.EACH.sub("", token, count=1) if is_each else token
        rest = _features(token, said, reading)
        known, rest = _known(rest, reading.known)
        is_other = bool(known) or (looks_like_name(rest) and said.portions is not None)
        if (parts[-1].who or parts[-1].points_at is not None) and is_other and not parts[-1].is_change:
            if said.relation and known and not parts[-1].says_something:
                parts.pop()  # 李强(父亲李德福): who eats is told, not who writes
                said.relation = ""
            parts.append(SaidPart())
            slot = found.lastgroup or "" if found else ""
        _join(parts[-1], said, other_slot=slot if slot != reading.slot else "")
        if is_each:
            each = said.portions or 1
        if known:
            parts[-1].who = parts[-1].who or known
        if rest:
            _place(parts[-1], rest)
    if each is not None:
        for part in parts:
            part.portions = part.portions or each
    for part in parts:
        if any(_holds_name(remark, reading.known) for remark in part.remarks):
            part.doubts.add("count")
    return parts


def _holds_name(text: str, known: Collection[str]) -> bool:
    return any(_known(text[at:], known)[0] for at in range(len(text)))


def _place(part: SaidPart, rest: str) -> None:
    """A text that is left over: the name when there is none yet, else a remark."""
    if part.who:
        part.remarks.append(rest)
        return
    wish = words.WISH.search(rest)
    name = _TRAILING.sub("", rest[: wish.start()] if wish else rest) or (rest if not wish else "")
    if name and len(name) <= MOST_NAME and name not in words.CHATTER:
        part.who = name
    elif not wish:
        part.remarks.append(rest)
    if wish:
        part.remarks.append(rest[wish.start() :])


def _join(part: SaidPart, said: SaidPart, *, other_slot: str) -> None:
    """Add what a token says to what is said of a person so far."""
    if other_slot:
        part.other_slots.append(other_slot)
        if said.portions is not None and part.portions is not None:
            said.portions = None  # of the other meal
    if said.portions is not None:
        if part.portions is not None and other_slot == "" and not part.other_slots:
            part.doubts.add("count")
            said.portions += part.portions
        part.portions = said.portions
    if said.way and part.way and said.way != part.way:
        part.doubts.add("way")
    for name in ("relation", "group", "way", "set_name"):
        setattr(part, name, getattr(part, name) or getattr(said, name))
    part.points_at = said.points_at if part.points_at is None else part.points_at
    part.delta += said.delta
    part.is_cancelled |= said.is_cancelled
    part.is_change |= said.is_change
    part.remarks += said.remarks
    part.doubts |= said.doubts


def _features(token: str, said: SaidPart, reading: Reading) -> str:
    """Take what a token says beside a name into ``said``; answers what is left."""
    found = words.POINTS_AT.match(token)
    if found:
        said.points_at, token = int(found["nth"] or found["n"]), token[found.end() :]
    for pattern, keep in _KEPT:
        for match in pattern.finditer(token):
            keep(said, match, reading)
        token = pattern.sub(" ", token)
    for way, pattern in words.WAY_WORDS:
        if (at := pattern.search(token)) is not None:
            said.way = said.way or way
            if not way or way == "proxy":
                said.remarks.append(at[0])
            token = _cut(token, at)
    tail = words.TAIL_NUMBER.search(token) if said.portions is None and not said.delta else None
    if tail:
        said.portions, token = int(tail["n"]), _cut(token, tail)
    left = _LEADING.sub("", " ".join(token.split()).strip("- ·+=").replace(" ", ""))
    if left in ("我", "帮", "请", "要", "订", "报", "来", "家", "的", "+"):
        left = ""
    return left


def _cut(text: str, match: re.Match[str]) -> str:
    return f"{text[: match.start()]} {text[match.end() :]}".strip()


def number_of(text: str) -> int:
    """两 is 2."""
    return int(text) if text.isdigit() else words.COUNTS[text]


def _portions(said: SaidPart, match: re.Match[str], _reading: Reading) -> None:
    text = next(one for one in match.groups() if one)
    if said.portions is not None:
        said.doubts.add("count")
    said.portions = (said.portions or 0) + number_of(text)


def _delta(sign: int) -> Keep:
    def keep(said: SaidPart, match: re.Match[str], _reading: Reading) -> None:
        said.delta += sign * number_of(match[1])

    return keep


def _odd(said: SaidPart, match: re.Match[str], _reading: Reading) -> None:
    said.doubts.add("count")
    said.remarks.append(match[0])


def _remark(said: SaidPart, match: re.Match[str], _reading: Reading) -> None:
    said.remarks.append(match[0])


def _cancel(said: SaidPart, _match: re.Match[str], _reading: Reading) -> None:
    said.is_cancelled = True


def _change(said: SaidPart, _match: re.Match[str], _reading: Reading) -> None:
    said.is_change = True


def _group(said: SaidPart, match: re.Match[str], _reading: Reading) -> None:
    text = match["group"]
    said.group = text if text.isdigit() else str(_tens(text))


def _tens(text: str) -> int:
    tens, ten, ones = text.rpartition("十")
    return (words.COUNTS.get(tens[:1], 1) if ten else 0) * (10 if ten else 0) + words.COUNTS.get(ones[:1], 0)


def _set(said: SaidPart, match: re.Match[str], reading: Reading) -> None:
    letter = (match["a"] or match["b"]).upper()
    named = [name for name in reading.sets if name.upper().startswith(letter) or name.upper().endswith(letter)]
    if len(named) == 1 and said.set_name in ("", named[0]):
        said.set_name = named[0]
    else:
        said.doubts.add("set")
        said.remarks.append(match[0])


def _relation(said: SaidPart, match: re.Match[str], _reading: Reading) -> None:
    said.relation = said.relation or match["word"]
    if match["word"] in words.BOTH:
        said.doubts.add("count")


def _title(said: SaidPart, match: re.Match[str], _reading: Reading) -> None:
    said.relation = said.relation or match[0]


#: In this order: what is longer and tells more is taken first.
_KEPT: tuple[tuple[re.Pattern[str], Keep], ...] = (
    (words.ODD_COUNT, _odd),
    (words.GROUP, _group),
    (words.ADD, _delta(1)),
    (words.LESS, _delta(-1)),
    (words.NOT_CANCELLED, _remark),
    (words.SET_LETTER, _set),
    (words.PORTIONS, _portions),
    (words.CANCEL, _cancel),
    (words.CHANGE, _change),
    (words.TITLE_WORD, _title),
    (words.RELATIVE, _relation),
)


def _known(text: str, known: Collection[str]) -> tuple[str, str]:
    """The longest known name a text begins with, and what is behind it."""
    for length in range(min(_LONGEST_KNOWN, len(text)), 1, -1):
        if text[:length] in known:
            return text[:length], text[length:].strip()
    return "", text
