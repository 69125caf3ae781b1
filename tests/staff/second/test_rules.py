"""Codes: which are made, how they are read, and when one counts."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canteen.staff.second.passkeys import Origin, origin_of
from canteen.staff.second.rules import matching_step, new_codes, new_secret, place_of, tidy_code
from tests.factories import NOW

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
STEP = int(NOW.timestamp()) // 30


@pytest.mark.parametrize("offset", range(-4, 5))
def test_a_code_counts_in_its_half_minute_and_the_ones_beside_it(offset: int) -> None:
    code = pyotp.TOTP(SECRET).generate_otp(STEP + offset)

    found = matching_step(SECRET, code, now=NOW, last_step=0)

    assert found == (STEP + offset if abs(offset) <= 1 else None)


@pytest.mark.parametrize(("last", "counts"), [(STEP - 1, True), (STEP, False), (STEP + 1, False)])
def test_a_code_counts_once_and_none_before_one_that_was_used(last: int, counts: bool) -> None:
    code = pyotp.TOTP(SECRET).generate_otp(STEP)

    assert (matching_step(SECRET, code, now=NOW, last_step=last) is not None) == counts


def test_the_next_half_minute_has_another_code() -> None:
    code = pyotp.TOTP(SECRET).at(NOW)
    later = NOW + timedelta(seconds=90)

    assert matching_step(SECRET, code, now=later, last_step=0) is None


def test_recovery_codes_say_which_they_are_and_no_two_sets_share_one() -> None:
    sets = [new_codes() for _ in range(5)]

    assert [[place_of(tidy_code(code)) for code in one] for one in sets] == [list(range(10))] * 5
    assert len({code for one in sets for code in one}) == 50
    assert {len(tidy_code(code)) for one in sets for code in one} == {12}


def test_secrets_have_160_bits() -> None:
    assert {len(new_secret()) for _ in range(3)} == {32}
    assert len({new_secret() for _ in range(3)}) == 3


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("123 456", "123456"),
        ("１２３４５６", "123456"),
        (" AKFM-9Q2T-XW7P ", "akfm9q2txw7p"),
        ("akfm9q2txw7p", "akfm9q2txw7p"),
        ("12345", ""),
        ("1234567", ""),
        ("一二三四五六", ""),
        ("x" * 100_000, ""),
        ("", ""),
    ],
)
def test_codes_are_read_as_people_type_them(typed: str, code: str) -> None:
    assert tidy_code(typed) == code


@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_code_or_nothing(typed: str) -> None:
    code = tidy_code(typed)

    assert code == "" or (code.isascii() and code.isalnum() and len(code) in (6, 12))
    assert place_of(code) in (None, *range(10))
    assert code == "" or len(code) == 12 or matching_step(SECRET, code, now=NOW, last_step=STEP + 2) is None


@pytest.mark.parametrize(
    ("host", "is_https", "origin"),
    [
        ("localhost:8000", False, Origin("localhost", "http://localhost:8000")),
        ("localhost", False, Origin("localhost", "http://localhost")),
        ("canteen.example.org", True, Origin("canteen.example.org", "https://canteen.example.org")),
        ("canteen.example.org:8443", True, Origin("canteen.example.org", "https://canteen.example.org:8443")),
        ("canteen.example.org", False, None),
        ("192.168.1.9:8000", False, None),
        ("192.168.1.9", True, None),
        ("127.0.0.1:8000", False, None),
        ("[::1]:8000", False, None),
        ("[::1]", True, None),
    ],
)
def test_passkeys_need_https_and_a_name(host: str, is_https: bool, origin: Origin | None) -> None:
    assert origin_of(host, is_https=is_https) == origin
