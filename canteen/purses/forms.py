"""The forms of purses: text becomes types here."""

from collections.abc import Mapping
from datetime import date

from canteen.base.errors import BadInput
from canteen.base.fields import Field, Form, amount, as_sent, iso_day, iso_day_or_none, line, one_of, or_none
from canteen.base.money import parse_yuan
from canteen.base.words import TOP_UP_WAYS
from canteen.purses.requests import FreezeRequest, PurseCorrection, Refund, TopUp
from canteen.purses.rules import MOST_CORRECTION_FEN, MOST_TOP_UP_FEN, month_of

TOO_MUCH = "金额要大于 0,最多 %(most)s 元"


def read_run(form: Mapping[str, str]) -> tuple[date, str]:
    """Month and scheme of a credit run. Raises ``BadInput``."""
    return month_of(form.get("month", "")), line(40)(form.get("scheme", ""))


#: Own money paid in.
TOP_UP = Form(
    TopUp,
    key=as_sent,
    amount_fen=Field(amount(MOST_TOP_UP_FEN, TOO_MUCH), "amount"),
    pay_way=one_of(TOP_UP_WAYS),
    note=line(60),
)

#: Own money paid back; no sum means all of it.
REFUND = Form(
    Refund,
    key=as_sent,
    amount_fen=Field(lambda text: or_none(parse_yuan)(text) or 0, "refund_amount"),
    pay_way=Field(one_of(TOP_UP_WAYS), "refund_way"),
    receiver=line(40, needed=True),
    reason=Field(line(100, needed=True), "refund_reason"),
)


def _in_order(request: FreezeRequest) -> None:
    if request.to_day and request.to_day < request.from_day:
        raise BadInput("最后一天不能早于第一天", field="to_day")


FREEZE = Form(
    FreezeRequest,
    _in_order,
    scheme=Field(line(40), "freeze_scheme"),
    from_day=iso_day,
    to_day=iso_day_or_none,
    reason=Field(line(100, needed=True), "freeze_reason"),
)


def _corrected(*, direction: str, amount_fen: int, **facts: object) -> PurseCorrection:
    return PurseCorrection(amount_fen=amount_fen if direction == "add" else -amount_fen, **facts)  # type: ignore[arg-type]


#: A new line that adds or takes.
CORRECTION = Form(
    _corrected,
    key=as_sent,
    direction=one_of(("add", "take")),
    amount_fen=Field(amount(MOST_CORRECTION_FEN, TOO_MUCH), "correct_amount"),
    scheme=Field(line(40, needed=True), "correct_scheme"),
    expires_on=iso_day_or_none,
    reason=Field(line(100, needed=True), "correct_reason"),
)
