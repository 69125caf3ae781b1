"""The forms of purses: text becomes types here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from canteen.base.errors import BadInput
from canteen.base.fields import Fields, iso_day, iso_day_or_none, line, one_of, row_id
from canteen.base.money import parse_yuan
from canteen.base.words import TOP_UP_WAYS
from canteen.purses.requests import FreezeRequest, PurseCorrection, Refund, TopUp
from canteen.purses.rules import MOST_CORRECTION_FEN, MOST_TOP_UP_FEN, month_of

_NO_DAY = date(2000, 1, 1)


def read_search(text: str) -> str:
    """What was typed or scanned to find an elder, short enough to be one."""
    return text.strip()[:60]


def read_run(form: Mapping[str, str]) -> tuple[date, str]:
    """Month and scheme of a credit run. Raises ``BadInput``."""
    return month_of(form.get("month", "")), line(40)(form.get("scheme", ""))


def read_day(text: str, *, today: date) -> date:
    """A day; today when nothing is given. Raises ``BadInput``."""
    return iso_day(text) if text.strip() else today


def read_before(text: str) -> int | None:
    """Lines before which one is asked for; None: the newest. Raises ``BadInput``."""
    return row_id(text) if text.strip() else None


def _amount(most_fen: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        fen = parse_yuan(text)
        if not 0 < fen <= most_fen:
            raise BadInput("金额要大于 0,最多 %(most)s 元", most=most_fen // 100)
        return fen

    return parse


def read_top_up(form: Mapping[str, str], *, elder_id: int, site_id: int) -> tuple[TopUp | None, dict[str, str]]:
    """Own money paid in, or None and a sentence for each field that is wrong."""
    fields = Fields(form)
    request = TopUp(
        elder_id=elder_id,
        site_id=site_id,
        key=form.get("key", ""),
        amount_fen=fields.take("amount", _amount(MOST_TOP_UP_FEN), 0),
        pay_way=fields.take("pay_way", one_of(TOP_UP_WAYS), ""),
        note=fields.take("note", line(60), ""),
    )
    return (None if fields.errors else request), fields.errors


def read_refund(form: Mapping[str, str], *, elder_id: int, site_id: int) -> tuple[Refund | None, dict[str, str]]:
    """Own money paid back; no sum means all of it."""
    fields = Fields(form)
    request = Refund(
        elder_id=elder_id,
        site_id=site_id,
        key=form.get("key", ""),
        amount_fen=fields.take("refund_amount", lambda text: parse_yuan(text) if text.strip() else 0, 0),
        pay_way=fields.take("refund_way", one_of(TOP_UP_WAYS), ""),
        receiver=fields.take("receiver", line(40, needed=True), ""),
        reason=fields.take("refund_reason", line(100, needed=True), ""),
    )
    return (None if fields.errors else request), fields.errors


def read_freeze(form: Mapping[str, str], *, elder_id: int) -> tuple[FreezeRequest | None, dict[str, str]]:
    """A freeze, or None and a sentence for each field that is wrong."""
    fields = Fields(form)
    request = FreezeRequest(
        elder_id=elder_id,
        scheme=fields.take("freeze_scheme", line(40), ""),
        from_day=fields.take("from_day", iso_day, _NO_DAY),
        to_day=fields.take("to_day", iso_day_or_none, None),
        reason=fields.take("freeze_reason", line(100, needed=True), ""),
    )
    if request.to_day and not fields.errors and request.to_day < request.from_day:
        fields.blame(BadInput("最后一天不能早于第一天", field="to_day"))
    return (None if fields.errors else request), fields.errors


def read_correction(form: Mapping[str, str], *, elder_id: int) -> tuple[PurseCorrection | None, dict[str, str]]:
    """A correction; ``direction`` says whether it adds or takes."""
    fields = Fields(form)
    fen = fields.take("correct_amount", _amount(MOST_CORRECTION_FEN), 0)
    adds = fields.take("direction", one_of(("add", "take")), "add") == "add"
    request = PurseCorrection(
        elder_id=elder_id,
        key=form.get("key", ""),
        amount_fen=fen if adds else -fen,
        scheme=fields.take("correct_scheme", line(40, needed=True), ""),
        expires_on=fields.take("expires_on", iso_day_or_none, None),
        reason=fields.take("correct_reason", line(100, needed=True), ""),
    )
    return (None if fields.errors else request), fields.errors
