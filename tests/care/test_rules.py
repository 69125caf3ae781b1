"""Pure decisions about providers, as tables."""

from __future__ import annotations

from datetime import date

import pytest

from canteen.base.words import GRADES, SERVICES, WORDS
from canteen.care import rules
from canteen.care.rules import Ban, Contract, ProviderStanding

YEAR = Contract(date(2026, 1, 1), date(2026, 12, 31))
BAN = Ban(date(2026, 11, 20), date(2029, 11, 20), "测试")


@pytest.mark.parametrize(
    ("decided_on", "until"),
    [
        (date(2026, 11, 20), date(2029, 11, 20)),
        (date(2024, 2, 29), date(2027, 3, 1)),
        (date(2026, 12, 31), date(2029, 12, 31)),
    ],
)
def test_a_ban_ends_on_the_same_day_three_years_on(decided_on, until):
    assert rules.ban_until(decided_on) == until


@pytest.mark.parametrize(
    ("provider", "day", "word"),
    [
        pytest.param(ProviderStanding("x", (), [YEAR], []), date(2026, 12, 31), "contracted", id="the last day counts"),
        pytest.param(ProviderStanding("x", (), [YEAR], []), date(2027, 1, 1), "no_contract", id="the day after"),
        pytest.param(
            ProviderStanding("x", (), [Contract(YEAR.from_day, YEAR.to_day, date(2026, 6, 30))], []),
            date(2026, 7, 1),
            "no_contract",
            id="ended early",
        ),
        pytest.param(
            ProviderStanding("x", (), [YEAR], [BAN]), date(2026, 11, 19), "contracted", id="before the decision"
        ),
        pytest.param(ProviderStanding("x", (), [YEAR], [BAN]), date(2026, 11, 20), "banned", id="from the decision"),
        pytest.param(
            ProviderStanding("x", (), [Contract(date(2029, 1, 1), date(2030, 1, 1))], [BAN]),
            date(2029, 11, 20),
            "contracted",
            id="the same day three years on",
        ),
        pytest.param(
            ProviderStanding("x", (), [YEAR], [], "fail"), date(2026, 5, 1), "failed", id="a failed assessment"
        ),
        pytest.param(
            ProviderStanding("x", (), [YEAR], [], "pass_with_rectification"),
            date(2026, 5, 1),
            "contracted",
            id="to be put right",
        ),
    ],
)
def test_standing(provider, day, word):
    assert provider.word(day) == word
    assert (rules.refuse_provider(provider, "cleaning", day) is None) == (word == "contracted")


def test_a_provider_serves_only_its_kinds():
    provider = ProviderStanding("x", ("bathing",), [YEAR], [])

    assert rules.refuse_provider(provider, "bathing", date(2026, 5, 1)) is None
    refusal = rules.refuse_provider(provider, "cleaning", date(2026, 5, 1))
    assert refusal is not None and refusal.code == "provider_other_kind"


def test_every_stored_word_can_be_read():
    assert set(SERVICES) <= set(WORDS["service"])
    assert {key: WORDS["service"][key] for key in SERVICES} == dict(SERVICES)
    assert set(GRADES) | {""} == set(WORDS["grade"])
