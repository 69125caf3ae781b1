"""Whatever is sent, a form is a request or a list of sentences."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from canteen.base.errors import BadFields, BadInput
from canteen.base.fields import iso_day, line, one_of, read_month, row_id
from canteen.places.forms import EXCEPTION, read_site

NAMES = [
    "site_id",
    "name",
    "phone",
    "operating_model",
    "weekdays",
    "served",
    "opened_on",
    "closed_on",
    "absent_days",
    "day",
    "kind",
    "reason",
    "lunch_opens",
    "lunch_closes",
    "lunch_cutoff",
]
values = st.one_of(
    st.text(max_size=40), st.sampled_from(["1", "lunch", "11:00", "12:30", "2026-11-21", "open", "mutual", "25:00"])
)
forms = st.lists(st.tuples(st.sampled_from(NAMES), values), max_size=24).map(MultiDict)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(form=forms)
def test_every_form_is_a_request_or_sentences(app: Flask, form: MultiDict[str, str]) -> None:
    for read in (read_site, EXCEPTION.read):
        try:
            assert read(form) is not None
        except BadFields as wrong:
            assert wrong.errors
            assert all(str(error) for error in wrong.errors.values())
        except BadInput:  # no site at all: the page was not ours
            continue


@pytest.mark.parametrize("text", ["", "0", "-1", "x", "1.5", "²", str(2**31), "9" * 400, "0" * 12 + "9" * 12])
def test_an_id_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        row_id(text)


@pytest.mark.parametrize("text", ["", "2026-02-29", "1999-12-31", "2101-01-01", "0001-01-01", "x" * 400])
def test_a_day_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        iso_day(text)


def test_a_line_has_no_control_characters_and_an_end() -> None:
    assert line(10)(" a\x00b\nc ") == "a b c"
    assert line(3)("") == ""
    for parse, text in ((line(3), "abcd"), (line(3, needed=True), " \n "), (one_of(("a",)), "b")):
        with pytest.raises(BadInput):
            parse(text)


def test_a_month_is_this_one_unless_named() -> None:
    assert read_month({}, today=date(2026, 11, 21)) == date(2026, 11, 1)
    assert read_month({"month": "2026-2"}, today=date(2026, 11, 21)) == date(2026, 2, 1)
