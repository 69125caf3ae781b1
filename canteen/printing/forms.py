"""The forms of printers and papers: text becomes types here."""

from collections.abc import Callable

from werkzeug.datastructures import MultiDict

from canteen.base.fields import Fields, Form, line, one_of, whole, yes_or
from canteen.base.records import as_record, as_row
from canteen.printing.drawing.device import DOTS, ENCODINGS, FENCES, MODES, ROMS
from canteen.printing.models import Printer
from canteen.printing.requests import NewPrinter
from canteen.printing.sending.address import Limits, parse_address

#: Why a copy is made; "other" wants a note.
REASONS = ("打印不清楚", "缺纸或卡纸", "小票遗失", "其他")
_TICKS = ("has_cutter", "has_qr", "answers", "has_drawer", "is_remote")


def read_printer(form: MultiDict[str, str], *, site_id: int, limits: Limits) -> NewPrinter:
    """A printer as typed. Raises ``BadFields``."""
    texts = Form(
        NewPrinter,
        name=line(20, needed=True),
        address=_address(limits),
        width_mm=lambda text: int(one_of([str(width) for width in DOTS])(text)),
        encoding=one_of(ENCODINGS),
        rom=one_of(ROMS),
        fence=one_of(FENCES),
        mode=one_of(MODES),
    )
    return texts.read(form, site_id=site_id, **{tick: tick in form for tick in _TICKS})


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


def read_reason(form: MultiDict[str, str]) -> str:
    """Why a copy is wanted: one of the usual reasons, with a note. Raises ``BadFields``."""
    fields = Fields(form)
    reason = fields.take("reason", one_of(REASONS), "")
    note = fields.take("note", line(40, needed=reason == "其他"), "")
    fields.stop()
    return f"{reason} {note}".strip() if reason != "其他" else note


#: Which copy the person saw on the button.
copy_number = whole(1, 999, next_step="请返回上一页重新填写")
#: The answers to "is it there?" and "is it still wanted?".
yes = yes_or("no", "yes")
