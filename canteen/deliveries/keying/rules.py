"""Pure reading of what is typed for one door of a run sheet."""

from collections.abc import Sequence
from dataclasses import dataclass

from canteen.base.words import WORDS
from canteen.deliveries.doors import Door

#: Behind a number or name: nobody answered; or the beginning of the word itself.
NOBODY = "w"


@dataclass(frozen=True, slots=True)
class Ticked:
    """One door as it was ticked."""

    #: Number on the sheet, or a name.
    who: str
    outcome: str
    note: str = ""


def read_door(text: str) -> Ticked:
    """``3``: handed over; ``3 w`` and what was written beside it: nobody answered. A note may stand behind both."""
    who, *more = text.split() or [""]
    if more and (more[0].lower() == NOBODY or WORDS["drop"]["no_answer"].startswith(more[0])):
        return Ticked(who, "no_answer", " ".join(more[1:]))
    return Ticked(who, "handed_over", " ".join(more))


def doors_meant(doors: Sequence[Door], who: str, found: Sequence[int]) -> list[Door]:
    """The doors a number or name means; ``found``: the elders a search takes the text for."""
    if who.isascii() and who.isdigit() and len(who) <= 3 and not who.startswith("0"):
        return [door for door in doors if door.position == int(who)]
    named = [door for door in doors if door.name == who]
    return named or [door for door in doors if door.elder_id in found]
