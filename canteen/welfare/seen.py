"""What checks keep sealed: what was seen at a door, what was said at a step, and how the person is."""

from dataclasses import asdict, dataclass
from typing import Any

from cattrs import Converter

from canteen.base.vault import Vault
from canteen.welfare.models import WelfareCheck, WelfareStep

_JSON = Converter()


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody saw: words of ``sign``, and a sentence."""

    signs: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class StepTold:
    """What came of a step: whom somebody asked (a contact person), and what was said."""

    contact: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class CheckEnd:
    """How the person is: a word of ``check_end``, and a sentence."""

    how: str
    words: str = ""


def seal_seen(seen: Seen, key: str, vault: Vault) -> bytes:
    """For the check that was opened under a key."""
    return vault.seal(asdict(seen), f"welfare_seen:{key}")


def seal_told(told: StepTold, key: str, vault: Vault) -> bytes | None:
    """For the step that was taken under a key; None when there is nothing to keep."""
    return vault.seal(asdict(told), f"welfare_step:{key}") if told != StepTold() else None


def seal_outcome(outcome: CheckEnd, check_id: int, vault: Vault) -> bytes:
    """For a check that is closed."""
    return vault.seal(asdict(outcome), f"welfare_check:{check_id}")


def seen_of(check: WelfareCheck, vault: Vault) -> Seen:
    """What was seen; nothing when it was no concern."""
    if check.sealed_seen is None:
        return Seen()
    return _JSON.structure(vault.open(check.sealed_seen, f"welfare_seen:{check.key}"), Seen)


def told_of(step: WelfareStep, vault: Vault) -> StepTold:
    """What came of a step."""
    if step.sealed_told is None:
        return StepTold()
    return _JSON.structure(vault.open(step.sealed_told, f"welfare_step:{step.key}"), StepTold)


def outcome_of(check: WelfareCheck, vault: Vault) -> CheckEnd | None:
    """How the person was when the check was closed; None while it is open. A text alone was kept before there were words."""
    if check.sealed_outcome is None:
        return None
    opened: Any = vault.open(check.sealed_outcome, f"welfare_check:{check.id}")
    return CheckEnd("other", opened) if isinstance(opened, str) else _JSON.structure(opened, CheckEnd)
