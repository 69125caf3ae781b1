"""What is pasted back into the chat, in the chat's own language: a tidy list, and reminders. Pure.

In a chat everybody reads along: people are called as the chat called them, those it did not name with first and last
character only; never a class, an amount or a number of anybody.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from canteen.base.text import masked_name
from canteen.base.words import WORDS

_WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryLine:
    """One line of the chain and what became of it."""

    said: str
    portions: int = 1
    way: str = ""
    set_name: str = ""
    #: An order stands; otherwise it was cancelled, or nobody knows yet.
    is_ordered: bool
    is_cancelled: bool = False


def _when(day: date, slot: str) -> str:
    return f"{day.month}月{day.day}日 周{_WEEKDAYS[day.weekday()]} {WORDS['slot'][slot]}"


def until_text(day: date, wall_time: str) -> str:
    """12月2日 09:30 前."""
    return f"{day.month}月{day.day}日 {wall_time} 前"


def summary_text(lines: Sequence[SummaryLine], *, day: date, slot: str) -> str:
    """The tidy list to paste back."""
    ordered = [line for line in lines if line.is_ordered]
    total = sum(line.portions for line in ordered)
    text = [f"【{_when(day, slot)} 订餐小结】共 {total} 份"]
    for place, line in enumerate(ordered, 1):
        told = (line.said, f"{line.portions}份", line.set_name, WORDS["way"].get(line.way, ""))
        text.append(f"{place}. " + " ".join(filter(None, told)))
    cancelled = [line.said for line in lines if line.is_cancelled]
    if cancelled:
        text.append("已取消:" + "、".join(cancelled))
    open_ = [line.said for line in lines if not line.is_ordered and not line.is_cancelled]
    if open_:
        text.append("还没订上,请回复老人的全名:" + "、".join(open_))
    return "\n".join(text)


def reminder_text(names: Iterable[str], *, day: date, slot: str, until: str) -> str:
    """One message for the whole chat; "" when nobody is missing."""
    missing = "、".join(masked_name(name) for name in names)
    if not missing:
        return ""
    return f"【提醒】{_when(day, slot)}还没有接龙的老人:{missing}。{until}要订的请接龙,不订的请回一句。"


def family_text(name: str, *, site_name: str, day: date, slot: str, until: str) -> str:
    """A message for one family alone."""
    return f"您好,{site_name}提醒:{name} {_when(day, slot)}还没有订餐。{until}要订请回复份数,不订也请回一声。"
