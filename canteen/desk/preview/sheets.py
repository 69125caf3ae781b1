"""A preview as a table to take along: everybody for whom something changes, names masked."""

from flask_babel import gettext

from canteen.base.errors import NotFound
from canteen.base.sheets.writing import Column, Fen, Sheet, table
from canteen.desk.queries import ChangeLine, PreviewPage

COLUMNS: list[Column[ChangeLine]] = [
    Column("姓名", lambda line: line.name),
    Column("村组", lambda line: line.place),
    Column("现行类别", lambda line: line.changed.class_before),
    Column("新的类别", lambda line: line.changed.class_after),
    Column("餐数", lambda line: line.changed.meals),
    Column("现行自付", lambda line: Fen(line.changed.own_before)),
    Column("新的自付", lambda line: Fen(line.changed.own_after)),
    Column("现行额度", lambda line: Fen(line.changed.credit_before)),
    Column("新的额度", lambda line: Fen(line.changed.credit_after)),
    Column("每月得失", lambda line: Fen(-line.changed.loss_fen)),
]


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
    return table(title, COLUMNS, lines)
