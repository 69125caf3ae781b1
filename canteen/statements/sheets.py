"""A statement as a file, with headings, accounts and reasons in the person's language."""

from collections.abc import Iterable, Iterator
from functools import cache

from flask_babel import gettext

from canteen.base.i18n import word
from canteen.base.sheets.writing import Cell, Column, Fen
from canteen.books.accounts import LedgerAccount
from canteen.schemes.showing import show_payer, show_reason, show_scheme
from canteen.statements.explaining import StatementLine
from canteen.statements.queries import Statement


def account_name(account: LedgerAccount) -> str:
    """An account as people call it."""
    if account.side == "own":
        return str(gettext("自付:%(way)s", way=word(account.payer, "pay_way")))
    if account.side == "due-from":
        return str(
            gettext("%(payer)s(%(scheme)s)", payer=show_payer(account.payer), scheme=show_scheme(account.scheme))
        )
    if account.side == "paid-off":
        return str(
            gettext("到账抵:%(payer)s(%(scheme)s)", payer=show_payer(account.payer), scheme=show_scheme(account.scheme))
        )
    if account.side == "received":
        return str(gettext("收到:%(kind)s", kind=word(account.payer, "income")))
    return str({"meals": gettext("餐费收入"), "services": gettext("服务收入")}.get(account.side, account.side))


def reason_of(line: StatementLine) -> str:
    """Why the line is what it is."""
    return show_reason(line.reason) if line.reason else line.note


def what_of(line: StatementLine) -> str:
    """午餐 A套餐, or the kind of entry."""
    if line.kind == "serving":
        return f"{word(line.slot, 'slot')} {line.set_name}"
    if line.kind == "service":
        return word(line.service, "service")
    return word(line.kind, "entry")


def who_of(line: StatementLine) -> str:
    """The name as the reader may know it, or the kind of guest."""
    return line.name or (word(line.guest_kind, "guest") if line.guest_kind else "")


def columns() -> list[Column[StatementLine]]:
    """The columns of a statement, in the language of one request."""
    named = cache(account_name)
    return [
        Column("日期", lambda line: line.place.day),
        Column("单号", lambda line: line.number),
        Column("助餐点", lambda line: line.site_name),
        Column("姓名", who_of),
        Column("事项", what_of),
        Column("科目", lambda line: named(line.account)),
        Column("原因", reason_of),
        Column("金额(元)", lambda line: Fen(line.amount_fen)),
        Column("余额(元)", lambda line: Fen(line.balance_fen)),
    ]


def rows(frame: Statement, lines: Iterable[StatementLine]) -> Iterator[list[Cell]]:
    """Opening balance, every line, closing balance."""
    shown, balance_fen = columns(), frame.opening_fen

    def balance(name: str) -> list[Cell]:
        edge: dict[str, Cell] = {"事项": name, "余额(元)": Fen(balance_fen)}
        return [edge.get(column.head, "") for column in shown]

    yield balance(gettext("期初"))
    for line in lines:
        balance_fen = line.balance_fen
        yield [column.cell(line) for column in shown]
    yield balance(gettext("期末"))
