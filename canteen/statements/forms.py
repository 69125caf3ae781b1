"""What is asked of statements and typed into the books: text becomes types here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta

from canteen.base.errors import BadInput
from canteen.base.fields import YEARS, Fields, iso_day, iso_day_or_none, line, row_id
from canteen.base.money import parse_yuan
from canteen.statements.requests import NewCorrection
from canteen.statements.rules import LONG_PAGE, MOST_DAYS, PAGE, SUBJECTS, LinePlace, StatementRequest

#: The most one correction may move; more is a typing error.
MOST_FEN = 1_000_000_00
_NOBODY = date(2000, 1, 1)
_KEY = re.compile(r"[\w-]{8,64}", re.ASCII)
_PLACE = re.compile(r"(\d{1,10})\.(\d{4}-\d\d-\d\d)\.(\d{1,15})\.(\d{1,4})", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
_NUMBER = re.compile(r"\d{4}-\d{3,5}", re.ASCII)


def read_asked(
    args: Mapping[str, str], *, site_ids: tuple[int, ...], today: date, full_names: bool
) -> StatementRequest:
    """A statement; by default of the site, of this month. Raises ``BadInput``."""
    subject = args.get("of", "site")
    if subject not in SUBJECTS:
        raise BadInput("请从列表中选择", field="of")
    first = iso_day(args["first"]) if args.get("first") else today.replace(day=1)
    month_after = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    last = iso_day(args["last"]) if args.get("last") else month_after - timedelta(days=1)
    if last < first:
        raise BadInput("结束的日期早于开始的日期", field="last")
    if (last - first).days >= MOST_DAYS:
        raise BadInput("一份对账单最多三年", field="last", next_step="请选短一些的期间")
    return StatementRequest(
        subject=subject,
        site_ids=tuple(sorted(site_ids)),
        first=first,
        last=last,
        full_names=full_names,
        scheme=_name(args, "scheme"),
        payer=_name(args, "payer"),
        elder_id=row_id(args["elder"]) if args.get("elder") else 0,
    )


def _name(args: Mapping[str, str], field: str) -> str:
    text = args.get(field, "")
    if len(text) > 60 or not text.isprintable():
        raise BadInput("请从列表中选择", field=field)
    return text


def read_place(args: Mapping[str, str]) -> LinePlace | None:
    """Where the page before ended; None at the beginning. Raises ``BadInput``."""
    text = args.get("after", "")
    if not text:
        return None
    found = _PLACE.fullmatch(text)
    if not found or int(found[1]) >= 2**31:
        raise BadInput("请求不完整", next_step="请从第一页重新看")
    return LinePlace(int(found[1]), iso_day(found[2]), int(found[3]), int(found[4]))


def read_size(args: Mapping[str, str]) -> int:
    """Lines on a page: many for paper."""
    return LONG_PAGE if args.get("long") == "1" else PAGE


def read_month(form: Mapping[str, str]) -> date:
    """The first day of a month. Raises ``BadInput``."""
    found = _MONTH.fullmatch(form.get("month", "").strip())
    if not found or int(found[1]) not in YEARS:
        raise BadInput("「%(text)s」不是月份,请写成 2026-11", field="month", text=form.get("month", "")[:20])
    return date(int(found[1]), int(found[2]), 1)


def read_site_id(args: Mapping[str, str]) -> int | None:
    """A site; None when none is given. Raises ``BadInput``."""
    text = args.get("site", "").strip()
    return row_id(text) if text else None


def read_correction(
    form: Mapping[str, str], *, accounts: list[str], site_id: int
) -> tuple[NewCorrection | None, dict[str, str]]:
    """A correction, or None and a sentence for each field that is wrong."""
    if not _KEY.fullmatch(form.get("key", "")):
        raise BadInput("请求不完整", next_step="请返回上一页重新填写")
    fields = Fields(form)

    def account(text: str) -> str:
        if text not in accounts:
            raise BadInput("请从列表中选择")
        return text

    new = NewCorrection(
        key=form["key"],
        site_id=site_id,
        day=fields.take("day", iso_day, _NOBODY),
        from_account=fields.take("from_account", account, ""),
        to_account=fields.take("to_account", account, ""),
        amount_fen=fields.take("amount", _amount, 0),
        number=fields.take("number", _number, ""),
        serving_day=fields.take("serving_day", iso_day_or_none, None),
        reason=fields.take("reason", line(200, needed=True), ""),
    )
    if not fields.errors and new.from_account == new.to_account:
        fields.blame(BadInput("两个科目要不同", field="to_account"))
    if not fields.errors and bool(new.number) != bool(new.serving_day):
        fields.blame(BadInput("单号和它的日期要一起填写", field="number"))
    return (None if fields.errors else new), fields.errors


def _number(text: str) -> str:
    plain = text.strip()
    if plain and not _NUMBER.fullmatch(plain):
        raise BadInput("「%(text)s」不是单号,请写成 1121-017", text=plain[:20])
    return plain


def _amount(text: str) -> int:
    fen = parse_yuan(text)
    if not 0 < fen <= MOST_FEN:
        raise BadInput("金额要大于 0,不超过 %(most)s 元", most=MOST_FEN // 100)
    return fen


def read_check(form: Mapping[str, str]) -> tuple[bool, str]:
    """Whether a correction is posted, and why not. Raises ``BadInput``."""
    verdict = form.get("verdict", "")
    if verdict not in ("post", "refuse"):
        raise BadInput("请从列表中选择", field="verdict")
    return verdict == "post", line(200)(form.get("answer", ""))
