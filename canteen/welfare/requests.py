"""What is asked of welfare checks: frozen records between forms and services."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StepInput:
    """A step somebody took for an elder."""

    key: str
    kind: str
    result: str
    #: Which contact person of the file, from 1; None: none, or another.
    contact: int | None = None
    words: str = ""
