"""What is typed about budgets and money received: text becomes types here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from canteen.base.errors import BadInput
from canteen.base.fields import YEARS, Fields, iso_day, line, one_of, row_id
from canteen.base.money import parse_yuan
from canteen.base.months import bounds_of, is_period
from canteen.base.words import INCOME_KINDS
from canteen.funding.requests import BudgetChange, NewIncome

#: The most one receipt may hold; more is a typing error.
MOST_FEN = 10_000_000_00
_NOBODY = date(2000, 1, 1)
_KEY = re.compile(r"[\w-]{8,64}", re.ASCII)


def read_budget(form: Mapping[str, str]) -> tuple[BudgetChange | None, dict[str, str]]:
    """A budget, or None and a sentence for each field that is wrong."""
    fields = Fields(form)
    scheme, payer = fields.take("source_of", two_names, ("", ""))
    change = BudgetChange(
        scheme=scheme,
        payer=payer,
        area_id=row_id(form.get("area_id", "")),
        period=fields.take("period", period, "2000"),
        amount_fen=fields.take("amount", parse_yuan, 0),
        source=fields.take("source", line(120, needed=True), ""),
        reason=fields.take("reason", line(200), ""),
    )
    return (None if fields.errors else change), fields.errors


def read_income(form: Mapping[str, str]) -> tuple[NewIncome | None, dict[str, str]]:
    """Money received, or None and a sentence for each field that is wrong."""
    fields = Fields(form)
    site_text, _, against = form.get("against", "").partition("|")
    scheme, payer = "", ""
    try:
        site_id = row_id(site_text)
        scheme, payer = two_names(against)
    except BadInput:
        site_id = 0
        fields.blame(BadInput("请从列表中选择", field="against"))
    new = NewIncome(
        key=_key(form.get("key", "")),
        site_id=site_id,
        scheme=scheme,
        payer=payer,
        day=fields.take("day", iso_day, _NOBODY),
        kind=fields.take("kind", one_of(INCOME_KINDS), ""),
        giver=fields.take("giver", line(60), ""),
        amount_fen=fields.take("amount", amount, 0),
        reference=fields.take("reference", line(60), ""),
        note=fields.take("note", line(200), ""),
    )
    return (None if fields.errors else new), fields.errors


def _key(text: str) -> str:
    if not _KEY.fullmatch(text):
        raise BadInput("请求不完整", next_step="请返回上一页重新填写")
    return text


def two_names(text: str) -> tuple[str, str]:
    """``scheme|payer`` as a list offers them."""
    scheme, bar, payer = text.partition("|")
    if not (bar and 0 < len(scheme) <= 60 and 0 < len(payer) <= 40 and text.isprintable()):
        raise BadInput("请从列表中选择")
    return scheme, payer


def period(text: str) -> str:
    """``2026`` or ``2026-11``, in a year that can be meant."""
    plain = text.strip()
    if not is_period(plain) or bounds_of(plain)[0].year not in YEARS:
        raise BadInput("「%(text)s」不是年份或月份,请写成 2026 或 2026-11", text=plain[:20])
    return plain


def amount(text: str) -> int:
    """An amount above zero and not absurd."""
    fen = parse_yuan(text)
    if not 0 < fen <= MOST_FEN:
        raise BadInput("金额要大于 0,不超过 %(most)s 元", most=MOST_FEN // 100)
    return fen


def read_site_id(args: Mapping[str, str]) -> int | None:
    """A site; None when none is given. Raises ``BadInput``."""
    text = args.get("site", "").strip()
    return row_id(text) if text else None
