"""Pure decisions of the desk: states, version names, and what stands against switching on from a day."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from canteen.base.errors import BadInput, Refusal

_NUMBER_AT_END = re.compile(r"(.*?)(\d+)$")
#: A version that is a year gets a number of its own: 2026 is followed by 2026-2, not by 2027.
_YEAR = re.compile(r"(19|20)\d\d")
#: Days ahead that a version may be planned for; farther ones are typing errors.
FARTHEST = timedelta(days=366 * 3)


@dataclass(frozen=True, slots=True)
class Period:
    """The days on which one version of a scheme is in force in one area; ``last`` None: open."""

    version_id: int
    version: str
    first: date
    last: date | None


@dataclass(frozen=True, slots=True)
class StartNote:
    """What a day of switching on means, and whether somebody must say that they mean it."""

    text: str
    fields: dict[str, object]
    needs_consent: bool


def state_of(first: date, last: date | None, today: date) -> str:
    """``in_force``, ``planned`` or ``ended`` on a day; first and last day are inside."""
    if first > today:
        return "planned"
    return "ended" if last is not None and last < today else "in_force"


def next_version(version: str, taken: Collection[str]) -> str:
    """A name for the version after this one that is not taken: 1 → 2, 2026 → 2026-2, 2026-1 → 2026-2."""
    found = _NUMBER_AT_END.fullmatch(version)
    if not found or _YEAR.fullmatch(version):
        stem, number = f"{version}-" if version else "", 2
    else:
        stem, number = found[1], int(found[2]) + 1
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def superseded(others: Iterable[Period], first: date, last: date | None, *, name: str) -> list[Period]:
    """The open versions that end the day before ``first``. ``others`` are the scheme's versions in the same area.

    Raises ``Refusal`` (``overlap``) when a version with days of its own is in the way, and (``later_version``) when a
    later one begins while the new one would still be in force.
    """
    ending = []
    for other in sorted(others, key=lambda one: one.first):
        if last is not None and last < other.first:
            continue
        if other.first >= first:
            raise Refusal(
                "later_version",
                "方案 %(name)s 已有从 %(day)s 起的版本 %(version)s",
                name=name,
                day=other.first.isoformat(),
                version=other.version,
                next_step="请选择更晚的启用日期,或填写早于那一天的结束日期",
            )
        if other.last is None:
            ending.append(other)
        elif other.last >= first:
            raise Refusal(
                "overlap",
                "方案 %(name)s 的版本 %(version)s 到 %(day)s 才结束,日期重叠",
                name=name,
                version=other.version,
                day=other.last.isoformat(),
                next_step="请从它结束的第二天起启用,或先把它的结束日期改早",
            )
    return ending


def version_in_use(name: str, version: str) -> Refusal:
    """What is said of another text under the name of a version in use."""
    return Refusal(
        "version_in_use",
        "方案 %(name)s 的版本 %(version)s 已启用,不能修改",
        next_step="请给修改后的内容一个新的版本号",
        name=name,
        version=version,
    )


def check_end(period: Period, last: date | None, others: Iterable[Period], *, name: str) -> None:
    """Refuse an end day that cannot be (``overlap``), or is before the first day (``BadInput``)."""
    if last is not None and last < period.first:
        raise BadInput("结束日期早于启用日期 %(day)s", field="last", day=period.first.isoformat())
    for other in others:
        if other.first > period.first and (last is None or last >= other.first):
            raise Refusal(
                "overlap",
                "方案 %(name)s 的版本 %(version)s 从 %(day)s 起执行,日期重叠",
                name=name,
                version=other.version,
                day=other.first.isoformat(),
                next_step="请选择早于那一天的结束日期",
            )


def check_days(first: date, last: date | None, *, today: date) -> None:
    """Refuse days that can only be typing errors."""
    if last is not None and last < first:
        raise BadInput("结束日期早于启用日期 %(day)s", field="last", day=first.isoformat())
    if first > today + FARTHEST:
        raise BadInput("启用日期太远:%(day)s", field="first", day=first.isoformat())


def start_notes(
    first: date, *, today: date, served: int, own_first: date | None, own_last: date | None
) -> list[StartNote]:
    """What switching on from this day means. ``served``: meals written since then; ``own_``: the text's own validity."""
    notes = []
    if first < today:
        notes.append(
            StartNote(
                "启用日期已经过去:从那天起已登记的 %(n)s 份用餐仍按当时的方案,不会重算;以后补登的用餐按新版本",
                {"n": served},
                True,
            )
        )
    if first.day != 1:
        notes.append(
            StartNote(
                "从月中启用:本月 %(day)s 以前用掉的额度照算,新标准较低时可能已没有余额,已付的补助不追回",
                {"day": first.isoformat()},
                True,
            )
        )
    if own_first is not None and own_first > first:
        notes.append(StartNote("方案写明从 %(day)s 起有效,在那以前不补助", {"day": own_first.isoformat()}, True))
    if own_last is not None:
        notes.append(StartNote("方案写明到 %(day)s 为止有效", {"day": own_last.isoformat()}, own_last < first))
    return notes


def may_switch_on(*, edited_by: int | None, actor_id: int | None, others: Collection[str]) -> Refusal | None:
    """Who writes does not switch on, where there is somebody else who may. ``others``: names of those people.

    The command line (no account) is whoever owns the machine. Source: product.md, "Maker differs from checker".
    """
    if actor_id is None or edited_by != actor_id or not others:
        return None
    return Refusal(
        "maker_is_checker",
        "这份草稿最后是您改的,要由另一个人启用",
        names="、".join(sorted(others)),
        next_step="请让其中一位来启用:%(names)s",
    )
