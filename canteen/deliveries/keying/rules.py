"""Pure reading of what is typed for one door of a run sheet."""

from dataclasses import dataclass

from canteen.base.words import WORDS

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
