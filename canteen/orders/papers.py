"""What orders are on paper: the kitchen's count, what changed since, and the sheet to be ticked by hand. Session-first.

What the kitchen was told is its last paper of the sitting: counts and changes share one numbering, so that the cook
sees which is the latest, and a number is printed once however often it is asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.clock import wall_time
from canteen.base.db import with_reading
from canteen.base.db.sealed import place_of
from canteen.base.vault import the_vault
from canteen.base.words import WAYS, WORDS
from canteen.orders.models import FrozenCount
from canteen.orders.queries import KitchenSheet, sitting_sheet
from canteen.orders.rules import OrderLine
from canteen.places.queries import SiteFacts
from canteen.printing.models import JOB
from canteen.printing.papers.change_slip import ChangeFacts, CountChange
from canteen.printing.papers.day_sheet import DayFacts, Expected
from canteen.printing.papers.facts import MealCount
from canteen.printing.papers.kinds import Paper
from canteen.printing.papers.kitchen_count import KitchenFacts, SetMeals
from canteen.printing.papers.sealing import opened

#: Papers for the kitchen about one sitting: more is a mistake.
MOST_EDITIONS = 40
#: A paper in one of these states never reached the kitchen.
_NEVER_OUT = ("cancelled", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingAt:
    """Which sitting."""

    site: SiteFacts
    day: date
    slot: str


@dataclass(frozen=True, slots=True)
class Told:
    """What the kitchen was told last: by its last paper, or by the count that was fixed when orders closed."""

    #: Number of the last paper; 0 when there is none.
    edition: int = 0
    #: None: it has no paper yet.
    job_id: int | None = None
    facts: KitchenFacts | None = None


@dataclass(frozen=True, slots=True)
class News:
    """How the count differs from what the kitchen was told; None without a paper to compare with."""

    told: Told
    changes: tuple[CountChange, ...] = ()
    diet_changes: tuple[CountChange, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether the kitchen has what is true now."""
        return self.told.facts is not None and not self.changes and not self.diet_changes


def key_of(at: SittingAt, edition: int) -> str:
    """The key of a kitchen's paper."""
    return f"kitchen:{at.site.id}:{at.day.isoformat()}:{at.slot}:{edition}"


def told(session: Session, at: SittingAt) -> Told:
    """The last paper the kitchen got about a sitting, and the number of the last that was asked for."""
    keys = {key_of(at, edition): edition for edition in range(1, MOST_EDITIONS + 1)}
    rows = session.execute(
        select(JOB.c.id, JOB.c.key, JOB.c.kind, JOB.c.sealed, JOB.c.state).where(JOB.c.key.in_(keys)).order_by(JOB.c.id)
    ).all()
    out = [row for row in rows if row.state not in _NEVER_OUT]
    last = max((keys[row.key] for row in rows), default=0)
    if not out:
        return Told(last, None, frozen(session, at))
    paper = Paper.of(out[-1].kind, opened(out[-1].sealed, key=out[-1].key))
    assert isinstance(paper.body, KitchenFacts), out[-1].kind
    return Told(last, out[-1].id, paper.body)


def place_of_count(at: SittingAt) -> str:
    """Where the vault keeps the fixed count of a sitting."""
    return place_of(FrozenCount.sealed, site_id=at.site.id, day=at.day, slot=at.slot)


def frozen(session: Session, at: SittingAt) -> KitchenFacts | None:
    """The count that was fixed when orders closed; None before."""
    sealed = session.scalar(
        select(FrozenCount.sealed).where(
            FrozenCount.site_id == at.site.id, FrozenCount.day == at.day, FrozenCount.slot == at.slot
        )
    )
    return KitchenFacts.from_json(the_vault().open(sealed, place_of_count(at))) if sealed else None


def news_of(session: Session, at: SittingAt, sheet: KitchenSheet) -> News:
    """What the kitchen does not know yet."""
    last = told(session, at)
    if last.facts is None:
        return News(last)
    sets, diets = _sets(sheet), _diets(sheet)
    return News(
        last,
        _changes({one.set_name: one.meals for one in last.facts.sets}, {one.set_name: one.meals for one in sets}),
        _changes({one.name: one.meals for one in last.facts.diets}, {one.name: one.meals for one in diets}),
    )


@with_reading
def kitchen_news(session: Session, at: SittingAt) -> tuple[KitchenSheet, News]:
    """Count and news for a page."""
    sheet = sitting_sheet(session, site_id=at.site.id, day=at.day, slot=at.slot)
    return sheet, news_of(session, at, sheet)


def _changes(before: Mapping[str, int], now: Mapping[str, int]) -> tuple[CountChange, ...]:
    names = list(dict.fromkeys([*now, *before]))
    return tuple(
        CountChange(name, before.get(name, 0), now.get(name, 0))
        for name in names
        if before.get(name, 0) != now.get(name, 0)
    )


def _sets(sheet: KitchenSheet) -> tuple[SetMeals, ...]:
    return tuple(
        SetMeals(
            set_name=name,
            meals=sum(ways.values()),
            ways=tuple(MealCount(WORDS["way"][way], ways[way]) for way in WAYS if way in ways),
        )
        for name, ways in sheet.count.meals.items()
    )


def _diets(sheet: KitchenSheet) -> tuple[MealCount, ...]:
    """Diets as paper may say them; two that are the same then are one."""
    counts: dict[str, int] = {}
    for diet, meals in sheet.diets.items():
        name = MealCount(diet, meals).name
        counts[name] = counts.get(name, 0) + meals
    return tuple(MealCount(name, meals) for name, meals in counts.items())


def kitchen_facts(
    at: SittingAt, sheet: KitchenSheet, news: News | None, *, edition: int, actor: Actor, now: datetime
) -> KitchenFacts:
    """The kitchen's count; with ``news`` what is other than the kitchen was told."""
    common: dict[str, Any] = {
        "site_name": at.site.name,
        "day": at.day,
        "slot_name": WORDS["slot"][at.slot],
        "edition": edition,
        "total": sheet.count.total,
        "sets": _sets(sheet),
        "diets": _diets(sheet),
        "counted_at": wall_time(now),
        "staff_name": actor.name,
    }
    if news is None:
        return KitchenFacts(**common)
    assert news.told.facts is not None, at
    return ChangeFacts(
        total_before=news.told.facts.total, changes=news.changes, diet_changes=news.diet_changes, **common
    )


def day_facts(
    at: SittingAt, expected: list[OrderLine], own_parts: Mapping[int, int], *, actor: Actor, now: datetime
) -> DayFacts:
    """Who ordered and is expected, by group and name. ``own_parts``: order id -> fen."""
    return DayFacts(
        site_name=at.site.name,
        day=at.day,
        slot_name=WORDS["slot"][at.slot],
        printed_at=wall_time(now),
        staff_name=actor.name,
        lines=tuple(
            Expected(
                order.name,
                order.village_group,
                _meals(order),
                WORDS["way"][order.way],
                own_parts.get(order.id),
                order.number,
            )
            for order in sorted(expected, key=_place_on_sheet)
        ),
    )


def _meals(order: OrderLine) -> str:
    return f"{order.set_name} ×{order.portions}".strip() if order.portions > 1 else order.set_name


def _place_on_sheet(order: OrderLine) -> tuple[int, str, bytes]:
    """Groups by their number (2组 before 10组), names by their codes: GB 2312 lists common characters by pinyin."""
    digits = "".join(sign for sign in order.village_group if sign.isdecimal() and sign.isascii())
    return int(digits or 0), order.village_group, order.name.encode("gb18030", "replace")
