"""The forms of welfare checks: text becomes types here."""

from werkzeug.datastructures import MultiDict

from canteen.base.fields import Form, as_sent, hidden, key_like, line, or_none, whole
from canteen.welfare.requests import StepInput
from canteen.welfare.rules import LONGEST_WORDS
from canteen.welfare.seen import CheckEnd, Seen

_words = line(LONGEST_WORDS)
#: The one-time key of a tap: a page's, or one a phone made.
one_tap = key_like(r"0-9A-Za-z_-")

#: What was done for somebody, and how a check ends.
STEP = Form(
    StepInput,
    key=hidden(one_tap),
    kind=as_sent,
    result=as_sent,
    contact=or_none(whole(1, 50, "请从列表中选择")),
    words=_words,
)
END = Form(CheckEnd, how=as_sent, words=_words)


def read_seen(form: MultiDict[str, str]) -> Seen:
    """What somebody saw. Raises ``BadInput``."""
    return Seen(tuple(form.getlist("signs")), _words(form.get("words", "")))
