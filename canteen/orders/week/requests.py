"""What the week's page asks for."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class CellChange:
    """One cell somebody wrote something else into."""

    elder_id: int
    day: date
    text: str
