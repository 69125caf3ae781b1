"""The forms of printers and papers: text becomes types here."""

from __future__ import annotations

from collections.abc import Callable

from werkzeug.datastructures import MultiDict

from canteen.base.errors import BadInput
from canteen.base.fields import Fields, line, one_of, row_id
from canteen.base.rows import as_record, as_row
from canteen.printing.drawing.device import DOTS, ENCODINGS, FENCES, MODES, ROMS
from canteen.printing.models import Printer
from canteen.printing.requests import NewPrinter
from canteen.printing.sending.address import Limits, parse_address

#: Why a copy is made; "other" wants a note.
REASONS = ("打印不清楚", "缺纸或卡纸", "小票遗失", "其他")
_WIDTHS = tuple(str(width) for width in DOTS)


def read_printer(
    form: MultiDict[str, str], *, site_id: int, limits: Limits
) -> tuple[NewPrinter | None, dict[str, str]]:
    """A printer as typed, or None and a sentence for each field that is wrong."""
    fields = Fields(form)
    new = NewPrinter(
        site_id=site_id,
        name=fields.take("name", line(20, needed=True), ""),
        address=fields.take("address", _address(limits), ""),
        width_mm=int(fields.take("width_mm", one_of(_WIDTHS), "58")),
        encoding=fields.take("encoding", one_of(ENCODINGS), "gb18030"),
        rom=fields.take("rom", one_of(ROMS), "gbk"),
        has_cutter="has_cutter" in form,
        has_qr="has_qr" in form,
        answers="answers" in form,
        fence=fields.take("fence", one_of(FENCES), "gs_r"),
        mode=fields.take("mode", one_of(MODES), "text"),
        has_drawer="has_drawer" in form,
        is_remote="is_remote" in form,
    )
    return (None if fields.errors else new), fields.errors


def printer_values(printer: Printer | NewPrinter) -> MultiDict[str, str]:
    """The settings of a printer as their form sends them: a tick is there or not."""
    settings = as_row(as_record(NewPrinter, printer), but=("site_id",))
    return MultiDict(
        (name, "1" if value is True else str(value)) for name, value in settings.items() if value is not False
    )


def _address(limits: Limits) -> Callable[[str], str]:
    def parse(text: str) -> str:
        parse_address(text, limits)
        return text.strip()

    return parse


def read_reason(form: MultiDict[str, str]) -> tuple[str, dict[str, str]]:
    """Why a copy is wanted: one of the usual reasons, with a note."""
    fields = Fields(form)
    reason = fields.take("reason", one_of(REASONS), "")
    note = fields.take("note", line(40, needed=reason == "其他"), "")
    return (f"{reason} {note}".strip() if reason != "其他" else note), fields.errors


def read_copy(form: MultiDict[str, str]) -> int:
    """Which copy the person saw on the button. Raises ``BadInput``."""
    text = form.get("copy", "")
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 1000):
        raise BadInput("请求不完整", next_step="请返回上一页重新填写")
    return int(text)


def read_answer(form: MultiDict[str, str], field: str) -> bool:
    """The answer to a question: is it there, is it wanted? Raises ``BadInput``."""
    answer = form.get(field, "")
    if answer not in ("yes", "no"):
        raise BadInput("请求不完整", next_step="请返回上一页重新填写")
    return answer == "yes"


def read_key(form: MultiDict[str, str]) -> str:
    """The one-time key of a form. Raises ``BadInput``."""
    key = form.get("key", "")
    if not (8 <= len(key) <= 64 and key.isascii() and key.isalnum()):
        raise BadInput("请求不完整", next_step="请刷新页面再试")
    return key


def read_printer_id(form: MultiDict[str, str], field: str = "printer") -> int:
    """A printer chosen from a list. Raises ``BadInput``."""
    return row_id(form.get(field, ""))
