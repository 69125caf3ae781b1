"""What lies in the database and in files as it is written there, and whether somebody could read a word in it.

A word may stand as UTF-8, as one of the encodings of files from offices, or, in a column of JSON on SQLite, as
``\\uXXXX``: whoever looks for it in one spelling only finds nothing, and proves nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session


def spellings(word: str) -> set[bytes]:
    """Every way in which a word may stand in bytes."""
    plain = {word.encode(encoding) for encoding in ("utf-8", "utf-16-le", "gb18030")}
    return plain | {json.dumps(word)[1:-1].encode()}


def readable(words: Iterable[str], content: bytes | str) -> list[str]:
    """Those of the words that can be read in a content, in whichever spelling."""
    raw = content.encode() if isinstance(content, str) else bytes(content)
    return [word for word in words if any(spelling in raw for spelling in spellings(word))]


def rows_at_rest(session: Session, tables: Iterable[str]) -> dict[str, bytes]:
    """Table -> all its cells as the database keeps them."""
    return {
        f"table {name}": b"\n".join(
            _cell(value) for row in session.connection().exec_driver_sql(f'select * from "{name}"') for value in row
        )
        for name in tables
    }


def leaks(words: Iterable[str], places: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """Place and word of everything that can be read."""
    return [(place, word) for place, content in places.items() for word in readable(words, content)]


def _cell(value: Any) -> bytes:
    """Bytes as they are; JSON that the driver has read already as text."""
    if isinstance(value, bytes | memoryview):
        return bytes(value)
    return value.encode() if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str).encode()
