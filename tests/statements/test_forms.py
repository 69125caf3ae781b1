"""Whatever is typed or put into an address: types, or words. Nothing else."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canteen.base.errors import BadInput
from canteen.base.fields import month, read_site_id, read_year
from canteen.funding import forms as funding
from canteen.statements import forms
from canteen.statements.rules import LinePlace

TODAY = date(2026, 11, 21)
texts = st.text(max_size=24) | st.sampled_from(
    [
        "",
        "site",
        "elder",
        "2026-11-21",
        "2026-02-30",
        "0001-01-01",
        "9999-12-31",
        "1.2026-11-21.4.0",
        "x|y",
        "1|a|b",
        "1e9",
        "-1",
        "10.50",
        "2026-11",
        "1121-017",
        "\x00",
        "٣",
        "own:cash",
    ]
)
names = st.sampled_from(
    [
        "of",
        "first",
        "last",
        "scheme",
        "payer",
        "elder",
        "after",
        "month",
        "site",
        "year",
        "key",
        "amount",
        "day",
        "kind",
        "source_of",
        "area_id",
        "period",
        "source",
        "reason",
        "against",
        "from_account",
        "to_account",
        "number",
        "serving_day",
        "verdict",
        "answer",
    ]
)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(form=st.dictionaries(names, texts, max_size=12))
def test_only_words_of_ours_come_out(app: Flask, form: dict[str, str]) -> None:
    readers = (
        lambda: forms.read_wanted(form, site_ids=(2, 1), today=TODAY, full_names=False),
        lambda: forms.read_place(form),
        lambda: month(form.get("month", "")),
        lambda: read_site_id(form),
        lambda: forms.CHECK.read(form),
        lambda: forms.correction_form(["own:cash", "own:code"]).read(form | {"key": "a-key-of-eight"}, site_id=1),
        lambda: read_year(form, today=TODAY),
        lambda: funding.read_budget({"area_id": "1"} | form),
        lambda: funding.read_income({"key": "a-key-of-eight"} | form),
    )
    with app.test_request_context():
        for read in readers:
            try:
                read()
            except BadInput as error:
                assert error.text


@pytest.mark.parametrize(
    ("given_dates", "found"),
    [
        ({}, (date(2026, 11, 1), date(2026, 11, 30))),
        ({"first": "2026-02-10"}, (date(2026, 2, 10), date(2026, 2, 28))),
        ({"first": "2026-12-05"}, (date(2026, 12, 5), date(2026, 12, 31))),
        ({"first": "2026-01-31"}, (date(2026, 1, 31), date(2026, 1, 31))),
        ({"first": "2026-01-01", "last": "2026-12-31"}, (date(2026, 1, 1), date(2026, 12, 31))),
    ],
)
def test_a_period_is_the_rest_of_its_month_unless_said(given_dates: dict[str, str], found: tuple[date, date]) -> None:
    asked = forms.read_wanted(given_dates, site_ids=(2, 1), today=TODAY, full_names=False)

    assert ((asked.first, asked.last), asked.site_ids) == (found, (1, 2))


def test_a_place_goes_into_an_address_and_back() -> None:
    place = LinePlace(3, TODAY, 55, 0)

    assert forms.read_place({"after": place.text()}) == place
