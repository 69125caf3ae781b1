"""What is asked of the register of people: frozen records between forms and services."""

from dataclasses import dataclass
from datetime import date

from canteen.people.facts import Contact, TypedFacts
from canteen.people.rules import IdNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonInput(TypedFacts):
    """A person as the form gives them. Areas are texts still: the service places them in the tree."""

    name: str
    #: None: not known, or (of a known elder) not changed.
    id_number: IdNumber | None
    #: None only beside an ID number, which says it.
    birth_day: date | None
    sex: str
    residence: str
    hukou: str
    settlement: str
    village_group: str
    home_site_id: int | None
    wants_delivery: bool
    contact: Contact | None
    #: Only for a new elder.
    card: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardEnding:
    """A card that is lost, broken or given back, and the number of the one that replaces it ("" for none)."""

    elder_id: int
    card_id: int
    reason: str
    replacement: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleFilter:
    """What the list of people shows. Empty fields do not narrow it."""

    text: str = ""
    site_id: int | None = None
    #: Path of an area.
    area: str = ""
    #: active, paused, moved, died
    state: str = ""
    #: Keyset: people after this id.
    after: int = 0
