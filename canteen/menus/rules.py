"""Pure decisions about menus: what a set may be, what an import or a copy changes, and which price changes to tell."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from canteen.base.errors import BadInput
from canteen.menus.dishes.rules import CLASH_KINDS, DishFacts, clashes_of
from canteen.printing.rules import refuse_label

#: Most sets of one sitting.
MOST_SETS = 10
HIGHEST_PRICE_FEN = 100_000
MOST_NAME, MOST_DISHES, MOST_TAGS = 20, 200, 60

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_BETWEEN_DISHES = re.compile(r"[、,;|+\s]+")

#: A sitting within one site.
Sitting = tuple[date, str]


@dataclass(frozen=True, slots=True)
class SetDraft:
    """One set as somebody wants it."""

    name: str
    price_fen: int
    #: Joined by 、.
    dishes: str
    tags: str = ""


class Tagged(Protocol):
    """A set as far as a diet asks."""

    @property
    def name(self) -> str: ...

    @property
    def tags(self) -> str:
        """Diet tags joined by 、."""

    @property
    def dishes(self) -> str:
        """Dishes joined by 、."""


@dataclass(frozen=True, slots=True)
class MenuRow:
    """One good row of a menu file."""

    row: int
    day: date
    slot: str
    draft: SetDraft


@dataclass(frozen=True, slots=True)
class SetChange:
    """One set that an import would write; ``before`` is None for a new one."""

    sitting: Sitting
    draft: SetDraft
    before: SetDraft | None


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What importing rows would do."""

    changes: tuple[SetChange, ...]
    unchanged: int

    @property
    def sittings(self) -> list[Sitting]:
        """The sittings that would be written, in order of time."""
        return sorted({change.sitting for change in self.changes})


@dataclass(frozen=True, slots=True)
class PriceNote:
    """A price that changed where people already know the old one: today, or meals were served at it."""

    sitting: Sitting
    name: str
    before_fen: int
    after_fen: int
    #: Meals already served; they keep the price they copied.
    served: int


def plain(text: str) -> str:
    """Text in one normal form: full-width letters and digits are narrow, runs of space are one space."""
    return " ".join(_UNPRINTABLE.sub(" ", unicodedata.normalize("NFKC", text)).split())


def list_of(text: str) -> str:
    """Dishes or tags, however they were separated, joined by 、."""
    return "、".join(part for part in _BETWEEN_DISHES.split(plain(text)) if part)


def make_draft(*, name: str, price_fen: int, dishes: str, tags: str) -> SetDraft:
    """A set in normal form. Raises ``BadInput`` naming the field that is missing or too long."""
    draft = SetDraft(plain(name), price_fen, list_of(dishes), list_of(tags))
    for field, text, most in (
        ("name", draft.name, MOST_NAME),
        ("dishes", draft.dishes, MOST_DISHES),
        ("tags", draft.tags, MOST_TAGS),
    ):
        if len(text) > most:
            raise BadInput("内容太长,最多 %(most)s 个字", field=field, most=most)
        refuse_label(text, field=field)
    if not draft.name:
        raise BadInput("缺少套餐名称", field="name")
    if not draft.dishes:
        raise BadInput("缺少菜品", field="dishes")
    check_price(price_fen)
    return draft


def check_price(price_fen: int) -> None:
    """Refuse what no meal costs. Raises ``BadInput``."""
    if not 0 <= price_fen <= HIGHEST_PRICE_FEN:
        raise BadInput("价格要在 0 到 1000 元之间", field="price")


def repeated_name(sets: Sequence[SetDraft]) -> int | None:
    """The index of the first set whose name stands before it in the same sitting."""
    seen: set[str] = set()
    for index, draft in enumerate(sets):
        if draft.name in seen:
            return index
        seen.add(draft.name)
    return None


def plan_import(rows: Iterable[MenuRow], existing: Mapping[Sitting, Mapping[str, SetDraft]]) -> ImportPlan:
    """What writing these rows changes. Sets that are not in the file stay; a set is known by its name."""
    changes, unchanged = [], 0
    for row in rows:
        sitting = (row.day, row.slot)
        before = existing.get(sitting, {}).get(row.draft.name)
        if before == row.draft:
            unchanged += 1
        else:
            changes.append(SetChange(sitting, row.draft, before))
    return ImportPlan(tuple(changes), unchanged)


def price_notes(
    changes: Iterable[SetChange], served: Mapping[tuple[Sitting, str], int], *, today: date
) -> tuple[PriceNote, ...]:
    """The price changes somebody must hear about: of today, or after meals were served at the old price.

    A serving copies price and name, so a change never alters a meal that was served.
    """
    notes = []
    for change in changes:
        before = change.before
        if before is None or before.price_fen == change.draft.price_fen:
            continue
        count = served.get((change.sitting, change.draft.name), 0)
        if count or change.sitting[0] == today:
            notes.append(PriceNote(change.sitting, change.draft.name, before.price_fen, change.draft.price_fen, count))
    return tuple(notes)


def week_of(day: date) -> list[date]:
    """Monday to Sunday of the week a day is in."""
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=ahead) for ahead in range(7)]


def unmet_diet(diet: str, one: Tagged, known: Mapping[str, DishFacts]) -> tuple[str, ...]:
    """The words of a diet (少盐、花生过敏) that a set does not fit, the worst first. ``known``: the dish list by name."""
    clashes = clashes_of(list_of(diet), tags=list_of(one.tags), dishes=one.dishes, known=known)
    return tuple(dict.fromkeys(clash.word for clash in clashes))


def fitting_set(sets: Sequence[Tagged], diet: str, known: Mapping[str, DishFacts]) -> str:
    """The name of the set that fits a diet best, of equal ones the first; "" without a menu.

    One allergy is worse than anything somebody would rather leave out, and that than a tag that is missing.
    """

    def misfit(one: Tagged) -> list[int]:
        clashes = clashes_of(list_of(diet), tags=list_of(one.tags), dishes=one.dishes, known=known)
        return [len({clash.word for clash in clashes if clash.kind == kind}) for kind in CLASH_KINDS]

    return min(sets, key=misfit).name if sets else ""
