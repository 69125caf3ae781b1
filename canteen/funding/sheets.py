"""The gap, the sources and money received as tables for a file."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext

from canteen.base.i18n import word
from canteen.base.sheets.writing import Cell, Fen, Sheet
from canteen.funding.sources import GapLine, IncomeLine, SourceMonth
from canteen.schemes.showing import show_payer, show_scheme


def gap_sheet(lines: Sequence[GapLine], *, year: int) -> Sheet:
    """A row for each site, a column for each month: what nobody carried less what came for it."""
    rows: list[list[Cell]] = []
    for line in lines:
        months = (line.months.get(month, (0, 0)) for month in range(1, 13))
        rows.append(
            [
                line.site_name,
                Fen(line.before_fen),
                *(Fen(carried - came) for carried, came in months),
                Fen(line.open_fen),
            ]
        )
    header = (
        gettext("助餐点"),
        gettext("往年未到"),
        *(gettext("%(n)s月", n=month) for month in range(1, 13)),
        gettext("现在还差"),
    )
    return Sheet(title=gettext("%(year)s 年的来源与缺口", year=year), header=header, rows=rows)


def source_sheet(lines: Sequence[SourceMonth], *, year: int) -> Sheet:
    """What each source carried by month, and what came for it."""
    return Sheet(
        title=gettext("%(year)s 年的来源与缺口", year=year),
        header=(gettext("月份"), gettext("方案"), gettext("来源"), gettext("承担"), gettext("已到账")),
        rows=[
            [
                line.month,
                show_scheme(line.scheme),
                show_payer(line.payer),
                Fen(line.carried_fen),
                Fen(line.received_fen),
            ]
            for line in lines
        ],
    )


def income_sheet(lines: Sequence[IncomeLine]) -> Sheet:
    """Money received, as it stands in the book of gifts (捐赠台账)."""
    return Sheet(
        title=gettext("到账记录"),
        header=tuple(
            gettext(name)
            for name in ("日期", "助餐点", "来自", "付款人", "抵哪一项", "方案", "金额(元)", "凭证号", "用途", "登记人")
        ),
        rows=[
            [
                line.day,
                line.site_name,
                word(line.kind, "income"),
                line.giver or gettext("不具名"),
                show_payer(line.payer),
                show_scheme(line.scheme),
                Fen(line.amount_fen),
                line.reference,
                line.note,
                line.staff_name,
            ]
            for line in lines
        ],
    )
