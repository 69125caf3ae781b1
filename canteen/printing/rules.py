"""What becomes of a paper when something goes wrong, and how long it may wait: by its kind. Pure.

Exactly once is impossible with a printer, so each kind says what it fears more (``PaperFacts.in_doubt``). Two kitchen
slips are better than a lost meal: sent again, marked 可能重复. A ticket is worth a meal, so a person looks. A drawer that
opens by itself is worst: never again.
"""

from datetime import datetime, timedelta

from canteen.base.errors import BadInput
from canteen.base.words import label_in
from canteen.printing.papers.kinds import KINDS

#: Papers are sent again by themselves, although they may be on paper already, this often; then a person is asked after
#: all (a printer that is set wrong would print for ever).
MOST_REPEATS = 2
#: Pauses between tries: not reached, 2 s doubling to 60 s; waiting for a hand (paper, cover), 2 s.
FIRST_PAUSE_S, LONGEST_PAUSE_S, HOLD_PAUSE_S = 2, 60, 2


def is_too_old(kind: str, *, wanted_at: datetime, now: datetime) -> bool:
    """Whether a paper waited so long that somebody must say whether it is still wanted."""
    return now - wanted_at > timedelta(seconds=KINDS[kind].wait_s)


def state_after_doubt(kind: str, *, repeats: int) -> str:
    """Nobody knows whether it is on paper: ``queued`` (sent again, marked), ``uncertain`` (a person looks) or
    ``failed`` (not again)."""
    in_doubt = KINDS[kind].in_doubt
    if in_doubt == "again":
        return "queued" if repeats < MOST_REPEATS else "uncertain"
    return "failed" if in_doubt == "once" else "uncertain"


def unless_at_once(kind: str, state: str) -> str:
    """What a paper that cannot be printed now becomes, too old or its printer not ready: ``state``, or ``failed`` where
    only whoever asked could want it."""
    return "failed" if KINDS[kind].in_doubt == "once" else state


def pause_s(attempts: int, *, is_hold: bool) -> int:
    """Seconds until the next try. ``is_hold``: the printer answers and waits for a hand."""
    return HOLD_PAUSE_S if is_hold else min(FIRST_PAUSE_S * 2 ** min(attempts, 10), LONGEST_PAUSE_S)


def refuse_label(text: str, *, field: str) -> None:
    """Raise ``BadInput`` for a name that is printed and says what people are: 低保套餐."""
    if label := label_in(text):
        raise BadInput("会印在小票和餐盒上,不能有「%(label)s」,请换一个中性的写法", field=field, label=label)
