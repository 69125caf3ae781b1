"""What is sealed of a mark."""

from dataclasses import asdict, dataclass
from typing import Any

from canteen.base.errors import Refusal
from canteen.base.vault import Vault
from canteen.deliveries.models import DropMark


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody wrote at a door, and the sentence it was refused with; "" for nothing."""

    note: str = ""
    #: Which neighbour took it.
    who: str = ""
    #: Sentence of the refusal and its facts.
    why: str = ""
    facts: tuple[tuple[str, str], ...] = ()

    def refused(self, refusal: Refusal) -> "Told":
        """The same, with why it was refused."""
        facts = tuple((name, str(value)) for name, value in refusal.fields.items())
        return Told(self.note, self.who, refusal.text, facts)


def seal_told(told: Told, drop_id: int, vault: Vault) -> bytes | None:
    """What to keep of a mark; None for nothing."""
    return vault.seal(asdict(told), f"drop:{drop_id}") if told != Told() else None


def told_of(mark: Any | DropMark, vault: Vault) -> Told:
    """What a mark keeps; of one from before there is the remark alone."""
    if mark.sealed_told is None:
        return Told()
    found = vault.open(mark.sealed_told, f"drop:{mark.drop_id}")
    if isinstance(found, str):
        return Told(note=found)
    return Told(found["note"], found["who"], found["why"], tuple((name, value) for name, value in found["facts"]))
