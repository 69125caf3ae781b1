"""Placing an address in the tree of areas: 金溪县云溪镇石桥村4组8号 is a village, a group and a door. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from canteen.base.errors import BadInput
from canteen.base.text import plain_text

_ABOVE_COUNTY = re.compile(r"(?:.{1,8}?(?:省|自治区|市|自治州|州|盟|地区))*")
_OTHER_COUNTY = re.compile(r"[^镇乡村\d]{1,20}?(?:县|市|旗|(?<!社)(?<!小)区)")
_TOWNSHIP = re.compile(r"[^村\d]{1,8}?(?:街道办事处|街道|镇|乡)")
_VILLAGE = re.compile(r"([^\d]{1,10}?)(社区居委会|社区|居民委员会|居委会|村民委员会|村委会|村)")
#: First character of what a village is called -> how its name ends when it is made.
_KEPT_ENDING = {"社": "社区", "居": "居委会", "村": "村"}
_COMMITTEE = re.compile(r"^(?:(?:社区)?(?:村民|居民|民)?委(?:员)?会|居委会|村委会)")
_GROUP = re.compile(r"第?(\d{1,3}|[一二三四五六七八九十]{1,3})(?:村民)?(?:小组|组|队|社)|([^\d]{1,6}?(?:小组|组))")
_DIGITS = {sign: at for at, sign in enumerate("零一二三四五六七八九")}
_LONGEST_NAME = 20
#: An address that only says "here".
_HERE = frozenset(("本村", "本社区", "本地", "本村组", "同上", "同户籍", "同户籍地"))


@dataclass(frozen=True, slots=True)
class PlacedAddress:
    """Where an address is."""

    #: Path of the area: a village, or a township when no village is named.
    path: str
    #: 4组, or "" when none is named.
    group: str = ""


class Gazetteer:
    """The areas of one county, with the villages that reading a roster adds to it."""

    def __init__(self, areas: Iterable[tuple[str, str]], *, home: str) -> None:
        """``areas`` are (path, level) of every area that is known; ``home`` is the area of the roster's site."""
        levels = dict(areas)
        above = [home[:at] for at, sign in enumerate(home) if sign == "/"] + [home]
        self.home = home
        self.county = next((path for path in above if levels.get(path) == "county"), above[0])
        #: Areas of the county that were there before anything was placed.
        self.given = frozenset(path for path in levels if (path + "/").startswith(self.county + "/"))
        self._townships = {path for path in self.given if levels[path] == "township"}
        self._villages: dict[str, list[str]] = {}
        for path in sorted(self.given):
            if levels[path] == "village":
                self._villages.setdefault(_last(path), []).append(path)

    def place(self, text: str, *, near: str = "") -> PlacedAddress:
        """Find the village of an address; a village nobody knows yet is taken into a township that is known.

        ``near`` (the hukou, or the site's area) says which township is meant when the address names none.
        Raises ``BadInput`` when the address is in another county, in an unknown township, or in no village.
        """
        near = near or self.home
        plain = plain_text(text).replace(" ", "").replace("/", "")
        if plain in _HERE:
            return PlacedAddress(near)
        rest = self._below_county(plain)
        township = self._township_at(rest)
        if township:
            rest = rest[len(_last(township)) :]
        elif (unknown := _TOWNSHIP.match(rest)) and not self._village_at(rest, ""):
            raise BadInput("%(county)s没有「%(name)s」这个乡镇", county=_last(self.county), name=unknown[0])
        path, rest = self._village(rest, township, near)
        group = _GROUP.match(rest)
        return PlacedAddress(path, _group_name(group) if group else "")

    def _below_county(self, text: str) -> str:
        county = _last(self.county)
        at = text.find(county)
        if at >= 0 and _ABOVE_COUNTY.fullmatch(text[:at]):
            return text[at + len(county) :]
        local = self._township_at(text) or self._village_at(text, "")
        if not local and _OTHER_COUNTY.match(text):
            raise BadInput("地址不在%(county)s", county=county)
        return text

    def _township_at(self, text: str) -> str:
        """The township a text starts with."""
        return max((path for path in self._townships if text.startswith(_last(path))), key=len, default="")

    def _village_at(self, text: str, township: str) -> list[str]:
        """The villages of the longest name a text starts with, inside a township when one is named."""
        for length in range(min(len(text), _LONGEST_NAME), 1, -1):
            found = self._villages.get(text[:length], ())
            inside = [path for path in found if not township or path.startswith(township + "/")]
            if inside:
                return inside
        return []

    def _village(self, text: str, township: str, near: str) -> tuple[str, str]:
        """The path of the village a text starts with, and the text behind it."""
        known = self._village_at(text, township)
        if known:
            path = self._only(known, near)
            return path, _COMMITTEE.sub("", text[len(_last(path)) :])
        named = _VILLAGE.match(text)
        if named:
            name = named[1] + _KEPT_ENDING[named[2][0]]
            path = self._add(name, township or self._township_of(near))
            return path, _COMMITTEE.sub("", text[named.end() :])
        if township and not (near + "/").startswith(township + "/"):
            return township, text
        if not township and not _GROUP.match(text):
            raise BadInput("地址看不出是哪个村")
        return near, text

    def _only(self, same: list[str], near: str) -> str:
        if len(same) > 1:
            same = [path for path in same if path.startswith(self._township_of(near) + "/")] or same
        if len(same) > 1:
            raise BadInput("几个乡镇都有「%(name)s」,请写上乡镇", name=_last(same[0]))
        return same[0]

    def _township_of(self, path: str) -> str:
        found = [township for township in self._townships if (path + "/").startswith(township + "/")]
        if not found:
            raise BadInput("地址没有写乡镇,不能确定是哪个村")
        return found[0]

    def _add(self, name: str, township: str) -> str:
        path = f"{township}/{name}"
        self._villages.setdefault(name, []).append(path)
        return path


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def group_name(text: str) -> str:
    """A village group as it is kept: 七组, 第7村民小组 and 7 are 7组; anything else stays."""
    plain = plain_text(text).replace(" ", "")
    found = _GROUP.fullmatch(plain) or _GROUP.fullmatch(plain + "组")
    return _group_name(found) if found and found[1] else plain[:20]


def _group_name(found: re.Match[str]) -> str:
    number = found[1]
    if not number:
        return found[2]
    return f"{int(number) if number.isdigit() else _chinese_number(number)}组"


def _chinese_number(text: str) -> int:
    """一 to 九十九."""
    tens, ten, ones = text.rpartition("十")
    return (_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones, 0)
