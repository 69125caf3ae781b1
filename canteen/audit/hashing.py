"""Keyed hashes of rows. Pure: stored values in, bytes out; the same on both databases and in every later version."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zlib import crc32

import msgpack

#: Bytes of one hash.
SIZE = 16
#: Stored rows of one subject by table.
Rows = Mapping[str, list[tuple[Any, ...]]]


def content_hash(key: bytes, kind: str, number: int, tables: Sequence[str], rows: Rows) -> bytes:
    """Hash of all rows of one subject, whatever order they were read in. No rows: the subject is gone.

    Behind the hash stand two bytes for each table of a kind that has several: only to say which of them differs.
    """
    parts = _parts(tables, rows)
    whole = _keyed(key, b"content", msgpack.packb((kind, number)) + b"".join(parts))
    return whole if len(parts) < 2 else whole + b"".join([_hint(part) for part in parts])


def rows_hasher(key: bytes, kind: str, tables: Sequence[str]) -> Callable[[int, Rows], bytes]:
    """Makes the same of one subject after another, without what is only to say which table differs; for one thread."""
    packer = msgpack.Packer(autoreset=False)

    def rows_hash(number: int, rows: Rows) -> bytes:
        packer.reset()
        packer.pack((kind, number))
        for name in tables:
            if name in rows:
                packer.pack((name, _in_order(rows[name])))
        return _keyed(key, b"content", packer.getbuffer())

    return rows_hash


def _parts(tables: Sequence[str], rows: Rows) -> list[bytes]:
    return [msgpack.packb((name, _in_order(rows[name]))) if name in rows else b"" for name in tables]


def _hint(part: bytes) -> bytes:
    return (crc32(part) & 0xFFFF).to_bytes(2, "big")


def differing_tables(tables: Sequence[str], should: bytes, found: bytes) -> list[str]:
    """Which tables differ between two contents of one subject, as far as they say it."""
    if len(tables) < 2 or len(should) != len(found):
        return list(tables)
    places = range(SIZE, SIZE + 2 * len(tables), 2)
    return [name for name, at in zip(tables, places, strict=True) if should[at : at + 2] != found[at : at + 2]]


def _in_order(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """By their primary keys, which stand first."""
    if len(rows) > 1:
        try:
            return sorted(rows)
        except TypeError:  # somebody wrote a text where a number belongs
            return sorted(rows, key=repr)
    return rows


def row_hash(key: bytes, previous: str, facts: Iterable[Any]) -> str:
    """Hash (hex) of a row of the trail as it is stored, and of the hash of the row before it."""
    return _keyed(key, b"row", msgpack.packb((previous, *facts))).hex()


def unkeyed_hash(previous: str, facts: tuple[Any, ...]) -> str:
    """The same as versions before the key wrote it: SHA-256 over chain, sequence, instant, actor, action, subject and detail."""
    chain, sequence, at, actor, action, subject, detail = facts
    instant = datetime.fromisoformat(at).replace(tzinfo=UTC).isoformat()
    every = [previous, chain, sequence, instant, actor, action, subject, json.loads(detail)]
    return hashlib.sha256(json.dumps(every, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def derived(key: bytes, purpose: bytes) -> bytes:
    """Another key (32 bytes) for another purpose."""
    return hashlib.blake2b(key=key, digest_size=32, person=purpose).digest()


def shape_of(tables: Iterable[tuple[str, list[str]]]) -> str:
    """A short name of which columns of which tables are kept."""
    return hashlib.blake2b(json.dumps(sorted(tables)).encode(), digest_size=8).hexdigest()


def _keyed(key: bytes, purpose: bytes, data: bytes | memoryview) -> bytes:
    return hashlib.blake2b(data, key=key, digest_size=SIZE, person=purpose).digest()
