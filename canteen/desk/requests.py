"""What people ask of the desk, as types."""

from dataclasses import dataclass
from datetime import date

from canteen.schemes.facts import Meal, Person


@dataclass(frozen=True, slots=True)
class NewDraft:
    """A draft to begin. ``source``: ``version:<id>``, ``builtin:<name>`` or ``empty``."""

    source: str
    area_id: int


@dataclass(frozen=True, slots=True)
class SaveDraft:
    """A text to keep, made from this revision of the draft."""

    draft_id: int
    revision: int
    text: str


@dataclass(frozen=True, slots=True)
class SwitchOn:
    """A draft to put in force. ``consent``: the person read what the day means."""

    draft_id: int
    revision: int
    first: date
    last: date | None
    consent: bool


@dataclass(frozen=True, slots=True)
class EndVersion:
    """A last day for a version; None leaves it open."""

    version_id: int
    last: date | None
    consent: bool


@dataclass(frozen=True, slots=True)
class DraftConflict:
    """Somebody saved the draft meanwhile: what stands there now, and what was about to be written."""

    their_name: str
    their_text: str
    #: The revision that stands there now.
    revision: int
    text: str


@dataclass(frozen=True, slots=True)
class PreviewRequest:
    """A preview to work out. ``month``: first day of the month to count again; None: the last full one."""

    from_day: date
    month: date | None = None


@dataclass(frozen=True, slots=True)
class TryRequest:
    """Who eats what. ``person`` None: the registered elder ``elder_id``, with the facts of each day."""

    person: Person | None
    elder_id: int | None
    meals: tuple[Meal, ...]
    #: Together with the other schemes in force at the place, as at the counter; else the draft alone.
    with_others: bool
