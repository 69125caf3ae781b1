"""Two sorted streams of rows read together, so that a million rows need no more memory than a thousand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def side_by_side(one: Any, other: Any) -> Iterator[tuple[int, list[Any], list[Any]]]:
    """Two streams grouped by the same ascending key, together; either side may lack a key."""
    left, right = _next_group(one), _next_group(other)
    while left or right:
        key = min(group[0] for group in (left, right) if group)
        in_left, in_right = [], []
        if left and left[0] == key:
            in_left, left = left[1], _next_group(one)
        if right and right[0] == key:
            in_right, right = right[1], _next_group(other)
        yield key, in_left, in_right


def _next_group(groups: Any) -> tuple[int, list[Any]] | None:
    found = next(groups, None)
    return (found[0], list(found[1])) if found else None
