"""Pure decisions about marks: how a door moves, what a tap must say, when it was pressed, what may be taken back."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from canteen.base.errors import BadInput, Refusal
from canteen.base.words import DELIVERED, OUTCOMES, WORDS
from canteen.deliveries.marking.requests import MarkRequest, PhoneTime
from canteen.deliveries.rules import check_length

#: Outcomes after which the box is still in somebody's hands.
FAILED = ("no_answer", "refused", "wrong_address")
#: (state, outcome) -> next state; every other move is refused. Whoever found nobody, or brought the box back, may come
#: again; nothing but taking it back undoes a meal.
DROP_MOVES = (
    {("planned", outcome): outcome for outcome in OUTCOMES}
    | {(state, outcome): outcome for state in FAILED for outcome in OUTCOMES if outcome != state}
    | {("brought_back", outcome): outcome for outcome in DELIVERED}
)
#: Longest name of a neighbour, in characters.
LONGEST_WHO = 40
#: A phone's clock that is off by more is said to be wrong; a mark that took longer says when it was pressed.
CLOCK_DOUBT = timedelta(minutes=10)
#: A mark that waited longer, or came from the future, was pressed at a time nobody knows.
LONGEST_WAIT = timedelta(days=7)

_KEY = re.compile(r"[0-9A-Za-z_-]{8,60}")


@dataclass(frozen=True, slots=True)
class Pressed:
    """When a button was pressed."""

    #: By the server's clock.
    at: datetime
    #: By the phone's; None: a plain form.
    phone_at: datetime | None


def when_pressed(phone: PhoneTime | None, *, now: datetime) -> Pressed:
    """The server's own time, reckoned back by what passed on the phone between pressing and sending: that is right even
    where the phone's clock is not. What the clock says is kept beside it."""
    if phone is None:
        return Pressed(now, None)
    waited = phone.sent - phone.pressed
    return Pressed(now - waited if timedelta(0) <= waited <= LONGEST_WAIT else now, phone.pressed)


def is_clock_wrong(pressed_at: datetime, phone_at: datetime | None) -> bool:
    """Whether the phone's clock said something else than the server's."""
    return phone_at is not None and abs(phone_at - pressed_at) > CLOCK_DOUBT


def next_drop_state(state: str, outcome: str) -> str:
    """The state after an outcome at the door. Raises ``Refusal`` (``drop_decided``) for every other move."""
    found = DROP_MOVES.get((state, outcome))
    if found is None:
        raise Refusal(
            "drop_decided",
            "这一户已登记为「%(state)s」,不能改成「%(outcome)s」",
            next_step="登记错了,请先按「撤销」;撤销不了,请告诉站点负责人",
            state=WORDS["drop"][state],
            outcome=WORDS["drop"].get(outcome, outcome),
        )
    return found


def check_tap(mark: MarkRequest) -> None:
    """Refuse a tap no phone could have meant. Raises ``BadInput`` naming the field."""
    if mark.outcome not in OUTCOMES:
        raise BadInput(
            "没有「%(outcome)s」这种结果", field="outcome", outcome=mark.outcome, next_step="请按页面上的按钮"
        )
    check_key(mark.key)
    check_length(mark.note, field="note")
    if mark.outcome == "neighbour" and not mark.who.strip():
        raise BadInput("还没有写是谁代收的", field="who", next_step="请写上邻居的名字,例如「隔壁张家」")
    if len(mark.who) > LONGEST_WHO:
        raise BadInput("内容太长,最多 %(most)s 个字", field="who", next_step="请缩短后再试", most=LONGEST_WHO)


def check_key(key: str) -> None:
    """Refuse what is no one-time key. Raises ``BadInput``."""
    if not _KEY.fullmatch(key):
        raise BadInput("一次性编号不对", field="key", next_step="请刷新页面再试")


def check_arrived(day: date, *, today: date) -> None:
    """A door of a later day was not knocked at yet. Raises ``Refusal`` (``day_ahead``)."""
    if day > today:
        raise Refusal(
            "day_ahead",
            "这一趟是 %(day)s 的,今天还不能登记",
            day=day.isoformat(),
            next_step="请核对手机的日期,并刷新送餐页面;当天送到门口再登记",
        )


def is_worth_keeping(refusal: Refusal, *, state: str, outcome: str) -> bool:
    """Whether somebody must look at a mark that was refused: it says something that nobody knows yet."""
    return refusal.code not in ("key_reused", "day_ahead") and state != outcome


def order_taken_back() -> Refusal:
    """Somebody cancelled the order a door was planned for."""
    return Refusal(
        "order_cancelled",
        "这一户的订餐已经取消,不能登记送达",
        next_step="餐请带回;如果老人还是收下了,请站点负责人补订以后再按",
    )


def not_the_last() -> Refusal:
    """Something was said of the door after what is to be taken back."""
    return Refusal(
        "mark_followed", "这一户后来又登记过,这一条不能撤销", next_step="请先撤销后来的那一条,或告诉站点负责人"
    )
