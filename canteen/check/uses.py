"""Sums of uses compared without keeping them: two lists of (elder, scheme, period, sums), in whatever order, are told
apart by one number for each group of elders. A sum with another key is as good as another sum: each key counts with a
random factor nobody knows before. Which elder it is, is looked for only in the groups that differ.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

#: Groups of elders: what is kept is as much for a village as for a county.
GROUPS = 1024
#: Bits apart at which three sums stand in one number; a column holds 64.
_APART = 96


@dataclass(slots=True)
class Uses:
    """Sums of uses by group of elders; nought where as much was added as was taken."""

    groups: list[int] = field(default_factory=lambda: [0] * GROUPS)

    def add(self, key: bytes, elder_id: int, scheme: str, period: str, settled: int, public: int, meals: int) -> None:
        """Add a use, or take it by giving the sums below zero. ``key`` is random and the same for all of one proof."""
        name = f"{elder_id}\0{scheme}\0{period}".encode()
        factor = int.from_bytes(hashlib.blake2b(name, key=key, digest_size=16).digest())
        self.groups[elder_id % GROUPS] += factor * (settled + (public << _APART) + (meals << 2 * _APART))

    def add_all(self, other: "Uses") -> None:
        """Add the sums of another part."""
        self.groups = [one + more for one, more in zip(self.groups, other.groups, strict=True)]

    def differing(self) -> Iterator[int]:
        """The groups in which something is not as it should be."""
        return (group for group, total in enumerate(self.groups) if total)
