"""The forms of a door: text becomes types here."""

from collections.abc import Mapping
from datetime import UTC, datetime

from canteen.base.errors import BadInput
from canteen.base.fields import Form, as_sent, line, or_none, whole
from canteen.deliveries.marking.requests import MarkRequest, PhoneTime
from canteen.deliveries.marking.rules import LONGEST_WHO
from canteen.deliveries.rules import LONGEST_TEXT

#: Milliseconds since 1970 as a phone counts them, up to the year 2200.
_instant = or_none(whole(0, 7_258_118_400_000))
_TAP = Form(MarkRequest, outcome=as_sent, key=as_sent, note=line(LONGEST_TEXT), who=line(LONGEST_WHO))


def read_mark(form: Mapping[str, str]) -> MarkRequest:
    """What a volunteer says at a door. Raises ``BadInput``; a phone's clock that says nonsense is passed over."""
    return _TAP.read(form, phone=_phone(form))


def _phone(form: Mapping[str, str]) -> PhoneTime | None:
    try:
        pressed, sent = (_instant(form.get(name, "")) for name in ("phone_at", "phone_now"))
    except BadInput:
        return None
    if pressed is None or sent is None:
        return None
    return PhoneTime(*(datetime.fromtimestamp(one / 1000, UTC) for one in (pressed, sent)))
