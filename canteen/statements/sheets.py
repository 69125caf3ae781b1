"""A statement as a file, with headings, accounts and reasons in the person's language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask_babel import gettext

from canteen.base.i18n import word
from canteen.base.sheets.writing import Cell, Fen
from canteen.books.accounts import LedgerAccount
from canteen.schemes.showing import show_frozen_reason, show_payer, show_scheme
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
    return show_frozen_reason(line.reason) if line.reason else line.note


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


def header() -> list[str]:
    """The columns of a statement."""
    return [
        gettext(name) for name in ("日期", "单号", "助餐点", "姓名", "事项", "科目", "原因", "金额(元)", "余额(元)")
    ]


def rows(frame: Statement, lines: Iterable[StatementLine]) -> Iterator[list[Cell]]:
    """Opening balance, every line, closing balance."""
    balance_fen = frame.opening_fen
    names: dict[LedgerAccount, str] = {}
    yield ["", "", "", "", gettext("期初"), "", "", "", Fen(balance_fen)]
    for line in lines:
        balance_fen = line.balance_fen
        if line.account not in names:
            names[line.account] = account_name(line.account)
        yield [
            line.place.day,
            line.number,
            line.site_name,
            who_of(line),
            what_of(line),
            names[line.account],
            reason_of(line),
            Fen(line.amount_fen),
            Fen(line.balance_fen),
        ]
    yield ["", "", "", "", gettext("期末"), "", "", "", Fen(balance_fen)]
