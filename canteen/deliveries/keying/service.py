"""Keying in one door of a run sheet: the same service, refusals and keys as on the phone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from canteen.base.access import Actor
from canteen.base.errors import CanteenError, NotFound
from canteen.counter.paper.rules import sheet_number
from canteen.deliveries.doors import Door, RunView
from canteen.deliveries.keying.queries import people_meant
from canteen.deliveries.keying.rules import read_door
from canteen.deliveries.marking.requests import MarkRequest
from canteen.deliveries.marking.service import record_drop


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedDoor:
    """What became of a row: a door that is decided, a question which is meant, or why nothing was written."""

    #: The row as it was typed.
    text: str = ""
    drop_id: int | None = None
    #: Doors that may be meant, when not one.
    matches: tuple[Door, ...] = ()
    trouble: CanteenError | None = None


def take_door(
    run: RunView, text: str, *, drop_id: int | None, key: str, county: str, actor: Actor, now: datetime
) -> KeyedDoor:
    """Key in one door as it was typed; ``drop_id``: which was chosen of several. A refusal is an outcome: the next row
    goes on."""
    ticked = read_door(text)
    try:
        meant = [door for door in run.doors if door.id == drop_id]
        if not meant and ticked.who:
            meant = _doors_meant(run.doors, ticked.who, people_meant(ticked.who, county=county, day=run.day))
        if not meant:
            raise NotFound(
                "这趟出车里没有「%(who)s」", who=ticked.who[:20], next_step="请看路线单上的号,或者打姓名、拼音"
            )
        if len(meant) > 1:
            return KeyedDoor(text=text, matches=tuple(meant))
        mark = MarkRequest(outcome=ticked.outcome, key=key, note=ticked.note, is_kept=False)
        record_drop(meant[0].id, mark, now=now, actor=actor)
    except CanteenError as trouble:
        return KeyedDoor(text=text, trouble=trouble)
    return KeyedDoor(text=text, drop_id=meant[0].id)


def _doors_meant(doors: Sequence[Door], who: str, found: Sequence[int]) -> list[Door]:
    """The doors a number or name means; ``found``: the elders a search takes the text for."""
    number = sheet_number(who)
    if number is not None:
        return [door for door in doors if door.position == number]
    named = [door for door in doors if door.name == who]
    return named or [door for door in doors if door.elder_id in found]
