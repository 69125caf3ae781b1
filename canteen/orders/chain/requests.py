"""What the page of a chain asks for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedLine:
    """One line of a chain, and whom a person says it means."""

    #: Name and relation as the chain says them.
    said: str
    #: None: nobody was chosen, nothing is ordered.
    elder_id: int | None
    portions: int = 1
    way: str = "dine_in"
    set_name: str = ""
    is_cancelled: bool = False
