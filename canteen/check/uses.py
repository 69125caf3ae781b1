"""Sums of uses compared without keeping them: two lists of (elder, scheme, period, sums), in whatever order, are told
apart by one number for each group of elders. A sum with another key is as good as another sum: each elder counts with a
random factor nobody knows before, and so does each scheme and period; what differs adds up to nought for two factors in
2**128. Which elder it is, is looked for only in the groups that differ.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from canteen.schemes.deciding.answer import UseChange

#: Groups of elders: what is kept is as much for a village as for a county.
GROUPS = 1024
#: Bits apart at which three sums stand in one number; a column holds 64.
_APART = 96


@dataclass(slots=True)
class Uses:
    """Sums of uses by group of elders; nought where as much was added as was taken."""

    groups: list[int] = field(default_factory=lambda: [0] * GROUPS)

    def add(self, key: bytes, elder_id: int, uses: Iterable[UseChange | tuple[str, str, int, int, int]]) -> None:
        """Add uses of an elder, or take them by giving the sums below zero. ``key`` is random and the same for all of
        one proof."""
        total = 0
        for scheme, period, settled, public, meals in uses:
            total += _factor(key, scheme, period) * (settled + (public << _APART) + (meals << 2 * _APART))
        self.groups[elder_id % GROUPS] += _factor(key, elder_id) * total

    def add_all(self, other: "Uses") -> None:
        """Add the sums of another part."""
        self.groups = [one + more for one, more in zip(self.groups, other.groups, strict=True)]

    def differing(self) -> Iterator[int]:
        """The groups in which something is not as it should be."""
        return (group for group, total in enumerate(self.groups) if total)


@lru_cache(maxsize=1 << 16)
def _factor(key: bytes, *name: object) -> int:
    return int.from_bytes(hashlib.blake2b(repr(name).encode(), key=key, digest_size=16).digest())
