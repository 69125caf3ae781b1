"""What is sealed of a mark."""

from dataclasses import asdict, dataclass
from typing import Any

from canteen.base.errors import Refusal
from canteen.base.vault import Vault
from canteen.deliveries.models import DropMark


@dataclass(frozen=True, slots=True)
class MarkTold:
    """What somebody wrote at a door, and the sentence it was refused with; "" for nothing."""

    note: str = ""
    #: Which neighbour took it.
    who: str = ""
    #: Sentence of the refusal and its facts.
    why: str = ""
    facts: tuple[tuple[str, str], ...] = ()

    def refused(self, refusal: Refusal) -> "MarkTold":
        """The same, with why it was refused."""
        facts = tuple((name, str(value)) for name, value in refusal.fields.items())
        return MarkTold(self.note, self.who, refusal.text, facts)


def seal_told(told: MarkTold, drop_id: int, vault: Vault) -> bytes | None:
    """What to keep of a mark; None for nothing."""
    return vault.seal(asdict(told), f"drop:{drop_id}") if told != MarkTold() else None


def told_of(mark: Any | DropMark, vault: Vault) -> MarkTold:
    """What a mark keeps; of one from before there is the remark alone."""
    if mark.sealed_told is None:
        return MarkTold()
    found = vault.open(mark.sealed_told, f"drop:{mark.drop_id}")
    if isinstance(found, str):
        return MarkTold(note=found)
    return MarkTold(found["note"], found["who"], found["why"], tuple((name, value) for name, value in found["facts"]))
