"""Pure decisions of welfare checks: what is done next, until when, and who has stayed away too long."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, timedelta

from canteen.base.errors import BadInput
from canteen.base.months import days_between
from canteen.base.words import CHECK_ENDS, CHECK_STEPS, SIGNS, STEP_RESULTS
from canteen.places.rules import ServicePlan, is_planned_day

#: How long each step may take, by why the check was opened; ``urgent``: a doctor or other help is needed.
PACES = {
    "no_answer": timedelta(minutes=30),
    "urgent": timedelta(minutes=30),
    "concern": timedelta(hours=4),
    "absent": timedelta(days=1),
}
#: Longest words of one field, in characters.
LONGEST_WORDS = 200
#: A regular has eaten on so many days …
REGULAR_DAYS = 8
#: … of so many, up to the last meal. Who stayed away for longer than that besides is no regular any more.
REGULAR_SPAN = 28
#: Farthest back service days are looked for: a canteen that was closed for longer has no regulars.
_FARTHEST = 200


def pace_of(cause: str, signs: Collection[str] = ()) -> timedelta:
    """How long each step of a check may take."""
    return PACES["urgent" if "doctor" in signs else cause]


def ladder(*, has_phone: bool, contacts: int) -> tuple[str, ...]:
    """What is done for somebody, in order: call, knock, each contact person, the committee."""
    return (*(("call",) if has_phone else ()), "knock", *(("contact",) * contacts), "committee")


def next_step(steps: Sequence[str], done: Sequence[str]) -> tuple[str, int]:
    """The first step of a ladder that was not taken, and how often its kind was taken before: which contact person.

    When all were taken somebody knocks again: a check is never left to itself.
    """
    left = Counter(done)
    for kind in steps:
        if left[kind] == 0:
            return kind, done.count(kind)
        left[kind] -= 1
    return "knock", done.count("knock")


def check_step(kind: str, result: str) -> None:
    """Refuse a step no form could have meant. Raises ``BadInput`` naming the field."""
    if kind not in CHECK_STEPS:
        raise BadInput("请从列表中选择", field="kind")
    if result not in STEP_RESULTS or (result == "told") != (kind == "committee"):
        raise BadInput("请按页面上的按钮", field="result")


def check_signs(signs: Collection[str], words: str) -> tuple[str, ...]:
    """The signs somebody tapped, each once in their order. Raises ``BadInput`` naming the field when nothing is said."""
    if any(sign not in SIGNS for sign in signs):
        raise BadInput("请从列表中选择", field="signs")
    if not signs and len(words) < 2:
        raise BadInput("请选看到了什么,或写一句", field="signs", next_step="至少选一项,或写两个字以上")
    return tuple(sign for sign in SIGNS if sign in signs)


def check_end(how: str, words: str) -> None:
    """Refuse an end that does not say how the person is. Raises ``BadInput`` naming the field."""
    if how not in CHECK_ENDS:
        raise BadInput("请选老人现在怎么样", field="how")
    if how in ("away", "other") and len(words) < 2:
        raise BadInput("请写明老人现在怎么样", field="words", next_step="例如:在女儿家,周五回来")


def missed_since(plan: ServicePlan, *, today: date, most: int) -> date | None:
    """The day on which ``most`` days of service before today began: who ate last before it has stayed away too long.

    None: there were not so many, or ``most`` is 0 (nobody is looked for).
    """
    if most == 0:
        return None
    days = days_between(today - timedelta(days=_FARTHEST), today - timedelta(days=1))
    served = [day for day in days if is_planned_day(plan, day)]
    return served[-most] if len(served) >= most else None


def is_regular(days: Collection[date]) -> bool:
    """Whether somebody came often up to the last of these days on which they ate."""
    last = max(days)
    return len({day for day in days if last - day < timedelta(days=REGULAR_SPAN)}) >= REGULAR_DAYS
