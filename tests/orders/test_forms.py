"""Whatever is sent, a form is an order or a list of sentences."""

from __future__ import annotations

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canteen.base.errors import BadInput
from canteen.base.words import WAYS
from canteen.orders.forms import read_order, read_search

fields = st.sampled_from(["site_id", "elder_id", "day", "slot", "set", "way", "q"])
values = st.one_of(st.text(max_size=30), st.sampled_from(["1", "2026-11-21", "lunch", "dine_in", "A套餐"]))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(form=st.dictionaries(fields, values))
def test_every_form_is_an_order_or_sentences(app: Flask, form: dict[str, str]) -> None:
    try:
        request, errors = read_order(form)
    except BadInput:  # no site at all: the page was not ours
        return

    assert (request is None) == bool(errors)
    assert request is None or (request.way in WAYS and request.elder_id > 0 and "\x00" not in request.set_name)


def test_a_search_has_an_end() -> None:
    assert read_search(" 王秀兰 ") == "王秀兰"
    assert len(read_search("x" * 500)) == 60
