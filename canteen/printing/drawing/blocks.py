"""Lines that several papers share: amounts, heads, titles, counts."""

from collections.abc import Iterable, Iterator
from datetime import date

from canteen.base.money import yuan
from canteen.printing.drawing.flow import clean, columns
from canteen.printing.drawing.lines import PrintLine, Text

#: Where something is written by hand.
BLANK = "________"


def money(fen: int) -> str:
    """An amount as paper shows it: ￥1,234.50, with the sign every Chinese printer has."""
    return f"-￥{yuan(-fen)}" if fen < 0 else f"￥{yuan(fen)}"


def on_paper(day: date) -> str:
    """2026年11月21日 周六."""
    return f"{day.year}年{day.month}月{day.day}日 周{'一二三四五六日'[day.weekday()]}"


def head(site_name: str, day: date, slot_name: str) -> Iterator[PrintLine]:
    """Whose paper it is, of which sitting."""
    yield Text(site_name, bold=True, align="center")
    yield Text(f"{on_paper(day)} {slot_name}".rstrip(), align="center")


def title(text: str) -> Text:
    """What kind of paper it is."""
    return Text(text, scale=2, bold=True, align="center")


def largest(text: str, width: int, most: int = 3) -> int:
    """The largest scale up to ``most`` at which the text fits one line; at least 2, where it may wrap."""
    return next((scale for scale in range(most, 2, -1) if columns(clean(text)) * scale <= width), 2)


def counts(items: Iterable[tuple[str, int]], width: int) -> Iterator[PrintLine]:
    """堂食 120  自取 40: a name and its number never stand on two lines."""
    line = ""
    for name, number in items:
        item = f"{name} {number}"
        if line and columns(line) + 2 + columns(item) > width:
            yield Text(line)
            line = item
        else:
            line = f"{line}  {item}" if line else item
    if line:
        yield Text(line)
