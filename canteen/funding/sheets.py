"""The gap, the sources and money received as tables for a file."""

from collections.abc import Callable, Sequence

from flask_babel import gettext

from canteen.base.i18n import word
from canteen.base.sheets.writing import Cell, Column, Fen, Sheet, table
from canteen.funding.sources import GapLine, IncomeLine, SourceMonth
from canteen.schemes.showing import show_payer, show_scheme


def gap_sheet(lines: Sequence[GapLine], *, year: int) -> Sheet:
    """A row for each site, a column for each month: what nobody carried less what came for it."""
    columns: list[Column[GapLine]] = [
        Column("助餐点", lambda line: line.site_name),
        Column("往年未到", lambda line: Fen(line.before_fen)),
        *(Column(gettext("%(n)s月", n=month), _open_in(month)) for month in range(1, 13)),
        Column("现在还差", lambda line: Fen(line.open_fen)),
    ]
    return table(gettext("%(year)s 年的来源与缺口", year=year), columns, lines)


def _open_in(month: int) -> Callable[[GapLine], Cell]:
    def cell(line: GapLine) -> Fen:
        carried, came = line.months.get(month, (0, 0))
        return Fen(carried - came)

    return cell


SOURCES: list[Column[SourceMonth]] = [
    Column("月份", lambda line: line.month),
    Column("方案", lambda line: show_scheme(line.scheme)),
    Column("来源", lambda line: show_payer(line.payer)),
    Column("承担", lambda line: Fen(line.carried_fen)),
    Column("已到账", lambda line: Fen(line.received_fen)),
]


def source_sheet(lines: Sequence[SourceMonth], *, year: int) -> Sheet:
    """What each source carried by month, and what came for it."""
    return table(gettext("%(year)s 年的来源与缺口", year=year), SOURCES, lines)


INCOMES: list[Column[IncomeLine]] = [
    Column("日期", lambda line: line.day),
    Column("助餐点", lambda line: line.site_name),
    Column("来自", lambda line: word(line.kind, "income")),
    Column("付款人", lambda line: line.giver or gettext("不具名")),
    Column("抵哪一项", lambda line: show_payer(line.payer)),
    Column("方案", lambda line: show_scheme(line.scheme)),
    Column("金额(元)", lambda line: Fen(line.amount_fen)),
    Column("凭证号", lambda line: line.reference),
    Column("用途", lambda line: line.note),
    Column("登记人", lambda line: line.staff_name),
]


def income_sheet(lines: Sequence[IncomeLine]) -> Sheet:
    """Money received, as it stands in the book of gifts (捐赠台账)."""
    return table(gettext("到账记录"), INCOMES, lines)
