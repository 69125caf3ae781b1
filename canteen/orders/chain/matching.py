"""Whom a line of a chain may mean, among the people of a site. Pure. Only a full name that one person bears, or a nickname
that a person told before, is sure; everything else is asked."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from canteen.orders.chain import words
from canteen.orders.chain.rules import ChainEntry
from canteen.people.facts import Contact
from canteen.people.rules import person_name

#: People offered for one line; more is no choice.
MOST_OFFERED = 8
#: In 老王 and 小李 the surname stands behind.
_FAMILIAR = "老小阿"
#: Behind it stands a part of the given name.
_GIVEN = "阿"


@dataclass(frozen=True, slots=True, kw_only=True)
class RollPerson:
    """One person of a site, with what a chain may call them by."""

    id: int
    name: str
    village_group: str
    age: int
    sex: str
    #: Pinyin and initials in lower case.
    keys: frozenset[str] = frozenset()
    contacts: tuple[Contact, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """Whom an entry may mean, and by what: ``name``, ``nickname``, ``relative``, ``pinyin``, ``part``; "" is nobody."""

    people: tuple[RollPerson, ...] = ()
    how: str = ""

    @property
    def is_sure(self) -> bool:
        """Whether nobody need be asked."""
        return len(self.people) == 1 and self.how in ("name", "nickname")


def match(
    entry: ChainEntry,
    roll: Sequence[RollPerson],
    nicknames: Mapping[str, int],
    spelled: Callable[[str], Collection[str]],
) -> Match:
    """``nicknames``: what the chat calls somebody -> id; ``spelled``: the pinyin of a name."""
    who = person_name(entry.who)
    if not entry.relation:
        named = [one for one in roll if one.name == who]
        if named:
            return _found(named, "name", entry)
    known = [one for one in roll if one.id == nicknames.get(entry.said)]
    if known:
        return _found(known, "nickname", entry)
    is_title = bool(entry.relation) and words.TITLE_WORD.fullmatch(entry.relation) is not None
    if is_title:
        titled = [one for one in roll if one.name == who] or _by_part(who, roll)
        titled = _of_sex(titled, entry.relation)
        if titled:
            return _found(titled, "part", entry)
    related = [one for one in roll if any(contact.name == who for contact in one.contacts)]
    if related:
        return _found(_of_sex(related, entry.relation), "relative", entry)
    if entry.relation:
        return Match()
    if who.isascii():
        letters = who.lower().replace("'", "").replace(" ", "")
        return _found([one for one in roll if len(letters) > 1 and letters in one.keys], "pinyin", entry)
    partly = _by_part(who, roll)
    if partly:
        return _found(partly, "part", entry)
    sounds = set(spelled(who)) if 1 < len(who) < 5 else set()
    return _found([one for one in roll if sounds & one.keys and len(one.name) == len(who)], "pinyin", entry)


def _by_part(who: str, roll: Iterable[RollPerson]) -> list[RollPerson]:
    """老王, 王 before a title, 秀兰, 兰兰 and 阿兰."""
    bare = who[1:] if len(who) > 1 and who[0] in _FAMILIAR else who
    if len(bare) == 2 and bare[0] == bare[1]:
        bare = bare[0]
    if not bare:
        return []
    if len(bare) == 1:
        family = [one for one in roll if one.name.startswith(bare) and bare in words.SURNAMES]
        if family and who[0] != _GIVEN:
            return family
        return [one for one in roll if bare in one.name[1:]]
    return [one for one in roll if one.name[1:] == bare or one.name.replace("·", "") == bare]


def _of_sex(people: list[RollPerson], relation: str) -> list[RollPerson]:
    """Those a word like 妈妈 or 爷爷 may mean; all when that leaves nobody."""
    sex = "female" if relation in words.FEMALE else "male" if relation in words.MALE else ""
    fitting = [one for one in people if not sex or one.sex in ("", sex)]
    return fitting or people


def _found(people: Sequence[RollPerson], how: str, entry: ChainEntry) -> Match:
    """Narrowed by the village group where the chain says it and that leaves somebody."""
    if entry.group and len(people) > 1:
        near = [one for one in people if one.village_group.removesuffix("组") == entry.group]
        if near and how != "name":
            people = near
        elif near:
            people = [*near, *(one for one in people if one not in near)]
    return Match(tuple(people[:MOST_OFFERED]), how) if people else Match()
