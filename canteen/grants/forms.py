"""What the grants page may be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from canteen.errors import BadInput
from canteen.fields import YEARS


def read_year(args: Mapping[str, str], *, today: date) -> int:
    """A year; this year when none is given. Raises ``BadInput``."""
    text = args.get("year", "").strip()
    if not text:
        return today.year
    if not (text.isascii() and text.isdigit() and len(text) == 4 and int(text) in YEARS):
        raise BadInput("「%(text)s」不是年份,请写成 2026", field="year", text=text[:20])
    return int(text)


def read_site_id(args: Mapping[str, str]) -> int | None:
    """A site; None when none is given. Raises ``BadInput``."""
    text = args.get("site", "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 12 and 0 < int(text) < 2**31):
        raise BadInput("请从列表中选择助餐点", field="site")
    return int(text)
