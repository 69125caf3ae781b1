"""The forms of a chain: text becomes types here."""

from collections.abc import Mapping
from dataclasses import dataclass

from canteen.base.errors import BadInput
from canteen.base.fields import Form, line, one_of, or_none, row_id, whole
from canteen.base.words import WAYS
from canteen.orders.chain.requests import ConfirmedLine
from canteen.orders.chain.rules import MOST_LINES, MOST_SIGNS
from canteen.orders.forms import portions


@dataclass(frozen=True, slots=True)
class ChainText:
    """What was pasted."""

    text: str


def _pasted(text: str) -> str:
    if not text.strip():
        raise BadInput("请先粘贴接龙", field="text")
    if len(text) > MOST_SIGNS or text.count("\n") > MOST_LINES:
        raise BadInput("内容太长,最多 %(most)s 行", field="text", next_step="请分几次粘贴", most=MOST_LINES)
    return text


CHAIN_TEXT = Form(ChainText, text=_pasted)
_LINE = Form(
    ConfirmedLine,
    said=line(40, needed=True),
    elder_id=or_none(row_id),
    portions=portions,
    way=one_of(WAYS),
    set_name=line(20),
    is_cancelled=lambda text: text == "1",
)
_rows = whole(1, MOST_LINES)


def confirmed(form: Mapping[str, str]) -> list[ConfirmedLine]:
    """The lines of the page of drafts, as they were confirmed. Raises ``BadFields``."""
    names = ("said", "elder_id", "portions", "way", "set_name", "is_cancelled")
    rows = range(_rows(form.get("rows", "")))
    return [_LINE.read({name: form.get(f"{name}-{at}", "") for name in names}) for at in rows]
