"""What is asked of statements and typed into the books: text becomes types here."""

import re
from collections.abc import Mapping
from datetime import date

from canteen.base.errors import BadInput
from canteen.base.fields import (
    Facts,
    Field,
    Form,
    amount,
    hidden,
    iso_day,
    iso_day_or_none,
    key_like,
    line,
    one_of,
    row_id,
)
from canteen.base.months import last_day
from canteen.statements.requests import NewCorrection
from canteen.statements.rules import LONG_PAGE, MOST_DAYS, PAGE, SUBJECTS, LinePlace, StatementRequest

#: The most one correction may move; more is a typing error.
MOST_FEN = 1_000_000_00
_PLACE = re.compile(r"(\d{1,10})\.(\d{4}-\d\d-\d\d)\.(\d{1,15})\.(\d{1,4})", re.ASCII)
_NUMBER = re.compile(r"\d{4}-\d{3,5}", re.ASCII)


def read_wanted(
    args: Mapping[str, str], *, site_ids: tuple[int, ...], today: date, full_names: bool
) -> StatementRequest:
    """A statement; by default of the site, of this month. Raises ``BadInput``."""
    first = iso_day_or_none(args.get("first", "")) or today.replace(day=1)
    last = iso_day_or_none(args.get("last", "")) or last_day(first)
    if last < first:
        raise BadInput("结束的日期早于开始的日期", field="last")
    if (last - first).days >= MOST_DAYS:
        raise BadInput("一份对账单最多三年", field="last", next_step="请选短一些的期间")
    return StatementRequest(
        subject=one_of(SUBJECTS)(args.get("of", "site")),
        site_ids=tuple(sorted(site_ids)),
        first=first,
        last=last,
        full_names=full_names,
        scheme=_name(args.get("scheme", "")),
        payer=_name(args.get("payer", "")),
        elder_id=row_id(args["elder"]) if args.get("elder") else 0,
    )


def _name(text: str) -> str:
    if len(text) > 60 or not text.isprintable():
        raise BadInput("请从列表中选择")
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


def correction_form(accounts: list[str]) -> Form[NewCorrection]:
    """A correction between accounts of a site."""
    return Form(
        NewCorrection,
        _fits,
        key=hidden(key_like(r"\w-")),
        day=iso_day,
        from_account=one_of(accounts),
        to_account=one_of(accounts),
        amount_fen=Field(amount(MOST_FEN), "amount"),
        number=_number,
        serving_day=iso_day_or_none,
        reason=line(200, needed=True),
    )


def _fits(new: NewCorrection) -> None:
    if new.from_account == new.to_account:
        raise BadInput("两个科目要不同", field="to_account")
    if bool(new.number) != bool(new.serving_day):
        raise BadInput("单号和它的日期要一起填写", field="number")


def _number(text: str) -> str:
    plain = text.strip()
    if plain and not _NUMBER.fullmatch(plain):
        raise BadInput("「%(text)s」不是单号,请写成 1121-017", text=plain[:20])
    return plain


#: Whether a correction is posted, and why not.
CHECK = Form[Facts](
    dict, accept=Field(lambda text: one_of(("post", "refuse"))(text) == "post", "verdict"), answer=line(200)
)
