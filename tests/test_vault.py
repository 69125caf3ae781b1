"""What is sealed opens at its place only, is packed where that is worth it, and does not tell by its length what it is."""

from __future__ import annotations

import json
import os

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from canteen.base.vault import Vault
from canteen.base.words import WORDS

KEY = os.urandom(32)
VAULT = Vault(KEY, os.urandom(32))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inside: st.lists(inside, max_size=20) | st.dictionaries(st.text(), inside, max_size=20),
    max_leaves=60,
)


@given(JSON)
def test_what_is_sealed_opens_again_at_its_place(value: object) -> None:
    sealed = VAULT.seal(value, "serving:a")

    assert VAULT.open(sealed, "serving:a") == value
    with pytest.raises(InvalidTag):
        VAULT.open(sealed, "serving:b")


@pytest.mark.parametrize(
    "change", [lambda sealed: b"\x03" + sealed[1:], lambda sealed: b"\x01" + sealed[1:], lambda _: b""]
)
def test_another_version_or_none_does_not_open(change) -> None:
    sealed = VAULT.seal(["测试"] * 100, "x")

    with pytest.raises((InvalidTag, UnicodeDecodeError)):
        VAULT.open(change(sealed), "x")


def test_what_was_sealed_before_values_were_packed_opens() -> None:
    nonce, plain = os.urandom(12), json.dumps({"kind": "dibao", "note": "很久以前" * 50}).encode()
    old = b"\x01" + nonce + AESGCM(KEY).encrypt(nonce, plain, b"status:1")

    assert VAULT.open(old, "status:1") == {"kind": "dibao", "note": "很久以前" * 50}


def test_a_long_value_is_packed() -> None:
    long = ["每餐补助 3.00,不超过餐价,本次补助 3.00"] * 20

    assert len(VAULT.seal(long, "x")) < len(json.dumps(long, ensure_ascii=False).encode()) / 5


def test_a_status_is_not_told_by_its_length() -> None:
    lengths = {len(VAULT.seal({"kind": kind, "issuer": "", "evidence": ""}, "x")) for kind in WORDS["status"]}

    assert len(lengths) == 1
