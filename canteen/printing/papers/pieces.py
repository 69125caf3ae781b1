"""What several papers share: amounts, days, heads and marks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from canteen.base.money import yuan
from canteen.printing.drawing.flow import clean, columns
from canteen.printing.drawing.lines import Line, Rule, Text
from canteen.printing.papers.facts import Reprint


def money(fen: int) -> str:
    """An amount as paper shows it: ￥1,234.50, with the sign every Chinese printer has."""
    return f"-￥{yuan(-fen)}" if fen < 0 else f"￥{yuan(fen)}"


def on_paper(day: date) -> str:
    """2026年11月21日 周六."""
    return f"{day.year}年{day.month}月{day.day}日 周{'一二三四五六日'[day.weekday()]}"


def head(site_name: str, day: date, slot_name: str) -> Iterator[Line]:
    """Whose paper it is, of which sitting."""
    yield Text(site_name, bold=True, align="center")
    yield Text(f"{on_paper(day)} {slot_name}".rstrip(), align="center")


def title(text: str) -> Text:
    """What kind of paper it is."""
    return Text(text, scale=2, bold=True, align="center")


def largest(text: str, width: int, most: int = 3) -> int:
    """The largest scale up to ``most`` at which the text fits one line; at least 2, where it may wrap."""
    return next((scale for scale in range(most, 2, -1) if columns(clean(text)) * scale <= width), 2)


def reprint_mark(reprint: Reprint) -> Iterator[Line]:
    """What makes a copy one."""
    yield title(f"补打 第{reprint.copy}次")
    yield Text(f"{on_paper(reprint.day)} {reprint.asked_at} {reprint.staff_name}", align="center")
    yield Text(f"原因:{reprint.reason}", align="center")
    yield Rule()


def maybe_again_mark() -> Iterator[Line]:
    """A slip that was tried again by itself."""
    yield title("可能重复")
    yield Text("上一张没有得到确认。如已有同样的一张,请丢掉这张。", align="center")
    yield Rule()
