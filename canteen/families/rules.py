"""Pure decisions about links for families: how long one lasts, when it opens, and what is said of a meal."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from canteen.base.errors import BadInput, NotFound

#: Random bytes of a link: 192 bits.
TOKEN_BYTES = 24
#: A link lasts so long unless somebody says otherwise, and at most so long.
USUAL_DAYS, LONGEST_DAYS = 365, 731
#: The page shows today and so many days after it: those that standing orders are made for.
DAYS_AHEAD = 7
#: Links that open, of one elder.
MOST_LINKS = 8
#: Addresses that open nothing, from one place, and orders and cancellations of one link, in a quarter of an hour.
MOST_WRONG, MOST_CHANGES = 30, 40

_TOKEN = re.compile(r"[0-9A-Za-z_-]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLink:
    """A link to be made: for whose eyes, and until when."""

    elder_id: int
    for_whom: str
    last_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyWish:
    """A meal somebody asks for through a link. Set "": the one that fits the diet."""

    day: date
    slot: str
    set_name: str = ""


@dataclass(frozen=True, slots=True)
class Came:
    """What is known of a meal of today: served when and how (a word of ``way``), or how the door stands (``drop``)."""

    served_at: datetime | None = None
    way: str = ""
    door: str = ""
    door_at: datetime | None = None


def is_token(text: str) -> bool:
    """Whether an address could be one of ours."""
    return _TOKEN.fullmatch(text) is not None


def check_link(new: NewLink, *, today: date) -> None:
    """Refuse a link that is over before it begins, or outlasts what somebody looks after. Raises ``BadInput``."""
    if not today <= new.last_day <= today + timedelta(days=LONGEST_DAYS):
        raise BadInput("请选今天到两年以内的一天", field="last_day")


def opens(*, last_day: date, revoked_at: datetime | None, life: str, today: date) -> bool:
    """Whether a link opens on a day; ``life``: how the elder is then. Who died or moved away has no page any more."""
    return revoked_at is None and today <= last_day and life not in ("died", "moved")


def no_link() -> NotFound:
    """The address opens nothing: never made, taken back, too old, or the elder has left. The same answer for all."""
    return NotFound(
        "这个链接打不开:可能已停用、已到期,或者网址不完整", next_step="请重新扫纸上的二维码,或向助餐点要一个新的"
    )


def too_many_changes(minutes: int) -> BadInput:
    """Somebody, or a fault of a phone, orders and cancels again and again. No refusal: those are written to the trail."""
    return BadInput(
        "短时间内改动太多,先停一停", next_step="请过 %(minutes)s 分钟再试,或者给助餐点打电话", minutes=minutes
    )
