"""A preview as a table to take along: everybody for whom something changes, names masked."""

from __future__ import annotations

from flask_babel import gettext

from canteen.base.errors import NotFound
from canteen.base.sheets.writing import Cell, Fen, Sheet
from canteen.desk.queries import ChangeLine, PreviewPage


def preview_sheet(found: PreviewPage | None, lines: list[ChangeLine], *, name: str) -> Sheet:
    """One row an elder. Raises ``NotFound`` while there is no result."""
    if found is None or found.totals is None:
        raise NotFound("还没有算过。", next_step="请先计算")
    title = gettext(
        "%(name)s:从 %(day)s 起谁受影响(按 %(month)s 的用餐)",
        name=name,
        day=found.from_day.isoformat(),
        month=f"{found.month:%Y-%m}",
    )
    header = (
        gettext("姓名"),
        gettext("村组"),
        gettext("现行类别"),
        gettext("新的类别"),
        gettext("餐数"),
        gettext("现行自付"),
        gettext("新的自付"),
        gettext("现行额度"),
        gettext("新的额度"),
        gettext("每月得失"),
    )
    return Sheet(title, header, [_row(line) for line in lines])


def _row(line: ChangeLine) -> list[Cell]:
    one = line.changed
    return [
        line.name,
        line.place,
        one.class_before,
        one.class_after,
        one.meals,
        Fen(one.own_before),
        Fen(one.own_after),
        Fen(one.credit_before),
        Fen(one.credit_after),
        Fen(-one.loss_fen),
    ]
