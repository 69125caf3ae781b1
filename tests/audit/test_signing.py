"""The trail as a signed file: whoever has it notices whatever was changed, and whose key it was."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from canteen.audit import signing
from canteen.audit.kinds import every_kind
from canteen.audit.signing import (
    KEY,
    ROWS,
    SIGNATURE,
    SUM,
    fingerprint_of,
    prove_signed,
    same_fingerprint,
    write_signed,
)
from canteen.audit.verbs import KINDS
from canteen.base.errors import BadInput

SIGNER = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
LINES = [{"first": "2026-11-01", "last": "2026-11-30"}, *({"row": row, "name": "王秀兰"} for row in range(1, 6))]
Parts = dict[str, bytes]


def signed(lines: list[dict[str, object]] = LINES, signer: Ed25519PrivateKey = SIGNER) -> bytes:  # type: ignore[assignment]
    out = io.BytesIO()
    write_signed(out, signer, lines)
    return out.getvalue()


def parts_of(file: bytes) -> Parts:
    with ZipFile(io.BytesIO(file)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def packed(parts: Parts) -> io.BytesIO:
    out = io.BytesIO()
    with ZipFile(out, "w") as file:
        for name, part in parts.items():
            file.writestr(name, part)
    out.seek(0)
    return out


def test_what_was_signed_is_proved_with_its_days_and_rows() -> None:
    found = prove_signed(io.BytesIO(signed()), fingerprint_of(SIGNER.public_key()))

    assert (found.head, found.rows) == (LINES[0], 5)
    assert [json.loads(line) for line in parts_of(signed())[ROWS].splitlines()] == LINES


def lines(parts: Parts, order: Callable[[list[bytes]], list[bytes]]) -> Parts:
    return parts | {ROWS: b"".join(order(parts[ROWS].splitlines(keepends=True)))}


def signed_again(parts: Parts) -> Parts:
    """Rows changed and signed with a key of one's own."""
    return parts_of(signed([*LINES[:3], *LINES[4:]], Ed25519PrivateKey.from_private_bytes(b"o" * 32)))


CHANGES: dict[str, Callable[[Parts], Parts]] = {
    "a byte": lambda parts: parts | {ROWS: parts[ROWS].replace(b'"row":3', b'"row":4')},
    "a line cut": lambda parts: lines(parts, lambda every: every[:3] + every[4:]),
    "the last line cut": lambda parts: lines(parts, lambda every: every[:-1]),
    "two lines exchanged": lambda parts: lines(parts, lambda every: [*every[:2], every[3], every[2], *every[4:]]),
    "a line twice": lambda parts: lines(parts, lambda every: [*every, every[-1]]),
    "rows and their sum": lambda parts: parts | {ROWS: b"{}\n", SUM: parts_of(signed([{}]))[SUM]},
    "signed with another key": signed_again,
    "the key": lambda parts: parts | {KEY: signed_again(parts)[KEY]},
    "the key gone": lambda parts: {name: part for name, part in parts.items() if name != KEY},
    "no key": lambda parts: parts | {KEY: b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"},
    "a sum without end": lambda parts: parts | {SUM: b"0" * 10_000_000},
    "nothing": lambda _: {},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_is_changed_is_noticed(change: Callable[[Parts], Parts]) -> None:
    with pytest.raises(BadInput):
        prove_signed(packed(change(parts_of(signed()))), fingerprint_of(SIGNER.public_key()))


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_byte_of_any_part_is_noticed(place: int, mask: int) -> None:
    parts = parts_of(signed())
    names = [name for name in (ROWS, SUM, SIGNATURE) for _ in parts[name]]
    name = names[place % len(names)]
    part = bytearray(parts[name])
    part[place % len(part)] ^= mask
    with pytest.raises(BadInput):
        prove_signed(packed(parts | {name: bytes(part)}))


@given(st.binary(max_size=200))
def test_no_file_crashes_the_proof(file: bytes) -> None:
    with pytest.raises(BadInput):
        prove_signed(io.BytesIO(file))


def test_a_fingerprint_may_be_typed_in_any_way_and_is_that_of_the_key() -> None:
    shown = fingerprint_of(SIGNER.public_key())

    assert same_fingerprint(shown, shown.upper().replace(" ", ":"))
    assert not same_fingerprint(shown, shown[:-1] + ("0" if shown[-1] != "0" else "1"))
    assert not same_fingerprint(shown, shown[:20])
    assert len(shown.replace(" ", "")) == signing._DIGITS


@pytest.mark.skipif(shutil.which("openssl") is None or shutil.which("sha256sum") is None, reason="no openssl here")
def test_openssl_proves_it_too(tmp_path: Path) -> None:
    """The way docs/security.md tells somebody who has nothing of this program."""
    for name, part in parts_of(signed()).items():
        (tmp_path / name).write_bytes(part)
    told = f"sha256sum -c {SUM} && openssl pkeyutl -verify -pubin -inkey {KEY} -rawin -in {SUM} -sigfile {SIGNATURE}"
    print_ = f"openssl pkey -pubin -in {KEY} -outform DER | sha256sum"

    assert subprocess.run(["sh", "-c", told], cwd=tmp_path, capture_output=True).returncode == 0
    shown = subprocess.run(["sh", "-c", print_], cwd=tmp_path, capture_output=True, text=True).stdout
    assert same_fingerprint(shown[:32], fingerprint_of(SIGNER.public_key()))
    (tmp_path / ROWS).write_bytes(b"{}\n")
    assert subprocess.run(["sh", "-c", told], cwd=tmp_path, capture_output=True).returncode != 0


def test_every_kind_of_subject_has_a_word(app: Flask) -> None:
    assert set(KINDS) == set(every_kind())
