"""What is left of each credit of a purse while a case is tried. See ``course.py``."""

from dataclasses import dataclass
from datetime import date


@dataclass(slots=True)
class _Lot:
    """What is left of one credit."""

    scheme: str
    left_fen: int
    expires_on: date | None

    def open_on(self, day: date) -> int:
        return self.left_fen if self.expires_on is None or day <= self.expires_on else 0


class Lots:
    """The credits of one person, of all purses."""

    def __init__(self) -> None:
        self._lots: list[_Lot] = []

    def add(self, scheme: str, fen: int, expires_on: date | None) -> None:
        self._lots.append(_Lot(scheme, fen, expires_on))

    def left(self, scheme: str) -> int:
        """What is left of a purse, spendable or not."""
        return sum(lot.left_fen for lot in self._lots if lot.scheme == scheme)

    def open_on(self, day: date, scheme: str | None = None) -> int:
        """What has not expired on a day, of one purse or of all."""
        return sum(lot.open_on(day) for lot in self._lots if scheme in (None, lot.scheme))

    def spend(self, scheme: str, fen: int, day: date) -> None:
        """Take from the credit that expires first."""
        for lot in sorted(self._lots, key=lambda lot: lot.expires_on or date.max):
            if lot.scheme == scheme and fen:
                taken = min(fen, lot.open_on(day))
                lot.left_fen -= taken
                fen -= taken
        assert not fen, (scheme, fen)

    def expire(self, day: date) -> dict[str, int]:
        """Empty the credits whose last day is not after a day; what is gone, by purse."""
        found: dict[str, int] = {}
        for lot in self._lots:
            if lot.left_fen and lot.expires_on is not None and lot.expires_on <= day:
                found[lot.scheme] = found.get(lot.scheme, 0) + lot.left_fen
                lot.left_fen = 0
        return found
