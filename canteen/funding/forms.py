"""What is typed about budgets and money received: text becomes types here."""

from collections.abc import Mapping

from canteen.base.errors import BadInput
from canteen.base.fields import YEARS, Facts, Field, Form, amount, hidden, iso_day, key_like, line, one_of, row_id
from canteen.base.money import parse_yuan
from canteen.base.months import bounds_of, is_period
from canteen.base.words import INCOME_KINDS
from canteen.funding.requests import BudgetChange, NewIncome

#: The most one receipt may hold; more is a typing error.
MOST_FEN = 10_000_000_00


def two_names(text: str) -> dict[str, str]:
    """``scheme|payer`` as a list offers them."""
    scheme, bar, payer = text.partition("|")
    if not (bar and 0 < len(scheme) <= 60 and 0 < len(payer) <= 40 and text.isprintable()):
        raise BadInput("请从列表中选择")
    return {"scheme": scheme, "payer": payer}


def _account(text: str) -> dict[str, object]:
    """``site|scheme|payer``."""
    site, _, against = text.partition("|")
    try:
        return {"site_id": row_id(site), **two_names(against)}
    except BadInput:
        raise BadInput("请从列表中选择") from None


def period(text: str) -> str:
    """``2026`` or ``2026-11``, in a year that can be meant."""
    plain = text.strip()
    if not is_period(plain) or bounds_of(plain)[0].year not in YEARS:
        raise BadInput("「%(text)s」不是年份或月份,请写成 2026 或 2026-11", text=plain[:20])
    return plain


_BUDGET = Form[Facts](
    dict,
    source_of=two_names,
    area_id=hidden(row_id),
    period=period,
    amount_fen=Field(parse_yuan, "amount"),
    source=line(120, needed=True),
    reason=line(200),
)
_INCOME = Form[Facts](
    dict,
    key=hidden(key_like(r"\w-")),
    against=_account,
    day=iso_day,
    kind=one_of(INCOME_KINDS),
    giver=line(60),
    amount_fen=Field(amount(MOST_FEN), "amount"),
    reference=line(60),
    note=line(200),
)


def read_budget(form: Mapping[str, str]) -> BudgetChange:
    """A budget. Raises ``BadFields``."""
    read = _BUDGET.read(form)
    return BudgetChange(**read.pop("source_of"), **read)


def read_income(form: Mapping[str, str]) -> NewIncome:
    """Money received. Raises ``BadFields``."""
    read = _INCOME.read(form)
    return NewIncome(**read.pop("against"), **read)
