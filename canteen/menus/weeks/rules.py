"""Pure decisions about weeks: the columns a week is written in, and which days a copy goes to."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from canteen.base.errors import BadInput
from canteen.menus.rules import SetDraft, Sitting

#: Columns of a week on one page, and days a copy may go ahead.
MOST_COLUMNS, MOST_DAYS = 40, 366
#: Days of a block that is copied: a day, or a round of one to eight weeks.
BLOCKS = (1, *(7 * weeks for weeks in range(1, 9)))


@dataclass(frozen=True, slots=True)
class SetColumn:
    """One set as a column of the week: what is the same on all its days."""

    slot: str
    name: str
    price_fen: int
    tags: str


def columns_of(
    week: Mapping[Sitting, Sequence[SetDraft]], latest: Mapping[str, Sequence[SetDraft]], slots: Iterable[str]
) -> list[SetColumn]:
    """The columns of a week, slot by slot in the order of the menus; of a slot without any those of its latest menu.

    A set whose price or tags differ on a day has a column for each.
    """
    found: list[SetColumn] = []
    for slot in slots:
        sets = [one for sitting in sorted(week) if sitting[1] == slot for one in week[sitting]] or latest.get(slot, ())
        found += dict.fromkeys(SetColumn(slot, one.name, one.price_fen, one.tags) for one in sets)
    return found


def digest_of(week: Mapping[Sitting, Sequence[SetDraft]]) -> str:
    """What a week holds, in short: whoever saves says what they saw."""
    return hashlib.sha256(repr(sorted((at, list(sets)) for at, sets in week.items() if sets)).encode()).hexdigest()[:20]


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyRequest:
    """A block of days, copied to other days, again and again until a day, at this site and at others."""

    site_id: int
    first: date
    #: One of ``BLOCKS``.
    days: int
    to: date
    #: Last day that is written; None: the block once.
    until: date | None
    site_ids: tuple[int, ...]
    #: Menus that are there already are written anew, but none of a day before today or that was served.
    replace: bool


def pairs_of(request: CopyRequest) -> list[tuple[date, date]]:
    """(from, to) of every day of a copy. Raises ``BadInput`` naming the field."""
    until = request.until or request.to + timedelta(days=request.days - 1)
    if request.days not in BLOCKS:
        raise BadInput("请从列表中选择", field="days")
    if not request.site_ids:
        raise BadInput("请至少选一个助餐点", field="site_ids")
    if until < request.to:
        raise BadInput("最后一天不能早于开始的一天", field="until")
    if (until - request.to).days >= MOST_DAYS:
        raise BadInput("一次最多排 %(most)s 天", field="until", most=MOST_DAYS)
    if request.days > 1 and request.first.weekday() != request.to.weekday():
        raise BadInput("整周复制,开始的两天要是同一个星期几", field="to")
    last = request.first + timedelta(days=request.days - 1)
    if request.site_id in request.site_ids and request.to <= last and until >= request.first:
        raise BadInput("复制到的日子和原来的日子重叠了", field="to")
    span = (until - request.to).days + 1
    ahead = [timedelta(days=day) for day in range(span)]
    return [(request.first + timedelta(days=one.days % request.days), request.to + one) for one in ahead]
