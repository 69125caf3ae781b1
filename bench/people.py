"""Elders of an invented county. Nobody could take them for real: every given name is two cyclical signs (甲子, 乙丑),
every village is called 示例, phones begin with 100 and ID numbers with 000, which nobody has."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

from stdnum.cn import ric

from canteen.people.personal import Personal
from canteen.people.registry import ElderDraft, StatusDraft
from canteen.people.rules import with_living
from canteen.schemes.facts import Person

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧田董袁潘蔡蒋余于杜叶程苏魏吕丁任沈姚卢"
    "姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤单仇解区"
)
_SIGNS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
_GIVEN = ["".join(pair) for pair in product(_SIGNS, _SIGNS)]
_DIETS = ("", "", "", "", "", "", "少盐", "软食", "少糖", "不吃辣")
#: How often somebody comes for lunch; a third as often for dinner.
_HABITS = (0.95, 0.95, 0.95, 0.9, 0.9, 0.6, 0.6, 0.5, 0.2, 0.05)


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of person: how many of a hundred, their ages, statuses and living situation."""

    weight: int
    ages: tuple[int, int]
    statuses: tuple[str, ...]
    living: str = "with_family"


_KINDS = (
    Kind(30, (80, 95), ("hardship",)),
    Kind(12, (70, 90), ("dibao",)),
    Kind(8, (72, 88), ("tekun",)),
    Kind(10, (70, 79), ("hardship",), "living_alone"),
    Kind(3, (62, 80), ("lost_only_child", "hardship")),
    Kind(5, (65, 85), ("entitled_veteran",)),
    Kind(12, (70, 85), (), "left_behind"),
    Kind(20, (60, 90), ()),
)


@dataclass(frozen=True, slots=True)
class Village:
    """Where elders live and the site they eat at."""

    area_id: int
    path: str
    settlement: str
    site_id: int


@dataclass(frozen=True, slots=True)
class Resident:
    """An elder as the history needs them."""

    id: int
    name: str
    village: Village
    person: Person
    #: Chance to come for lunch on a day.
    habit: float


def residents(
    ids: list[int], villages: list[Village], *, chance: random.Random, today: date
) -> Iterator[tuple[Resident, ElderDraft]]:
    """One resident and what is written of them for every id; their cards are numbered by the ids."""
    kinds = chance.choices(_KINDS, [kind.weight for kind in _KINDS], k=len(ids))
    for elder_id, kind in zip(ids, kinds, strict=True):
        village = villages[elder_id % len(villages)]
        draft = _draft(elder_id, kind, village, chance, today)
        person = Person(
            birth_day=draft.birth_day,
            hukou=village.path,
            residence=village.path,
            settlement=village.settlement,
            statuses=with_living(kind.statuses, kind.living),
            ability="able",
        )
        yield Resident(elder_id, draft.name, village, person, chance.choice(_HABITS)), draft


def _draft(elder_id: int, kind: Kind, village: Village, chance: random.Random, today: date) -> ElderDraft:
    days_old = chance.randint(kind.ages[0] * 366, (kind.ages[1] + 1) * 365 - 1)
    born = today - timedelta(days=days_old)
    known_since = today - timedelta(days=800)
    return ElderDraft(
        name=chance.choice(_SURNAMES) + chance.choice(_GIVEN),
        birth_day=born,
        sex=chance.choice(("male", "female")),
        residence_area_id=village.area_id,
        hukou_area_id=village.area_id,
        settlement=village.settlement,
        village_group=f"{chance.randint(1, 12)}组",
        home_site_id=village.site_id,
        personal=Personal(
            id_number=_id_number(elder_id, born),
            ability="able",
            ability_day=known_since,
            living=kind.living,
            diet=chance.choice(_DIETS),
            phone=f"100{elder_id:08d}",
            address=f"示例路{elder_id}号",
        ),
        statuses=tuple(
            StatusDraft(kind=status, from_day=known_since, issuer="示例民政办", evidence="示例", origin="roster")
            for status in kind.statuses
        ),
        card=f"{elder_id:06d}",
    )


def _id_number(elder_id: int, born: date) -> str:
    """A number of a region that does not exist, with a right check digit; no two are equal below a million elders."""
    number = f"000{elder_id // 1000:03d}{born:%Y%m%d}{elder_id % 1000:03d}"
    return number + str(ric.calc_check_digit(number + "0"))
