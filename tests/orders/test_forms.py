"""Whatever is sent, a form is an order or a list of sentences."""

from __future__ import annotations

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canteen.base.errors import BadFields, BadInput
from canteen.base.fields import search_text
from canteen.base.words import WAYS
from canteen.orders.forms import ORDER

fields = st.sampled_from(["site_id", "elder_id", "day", "slot", "set", "way", "q"])
values = st.one_of(st.text(max_size=30), st.sampled_from(["1", "2026-11-21", "lunch", "dine_in", "A套餐"]))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(form=st.dictionaries(fields, values))
def test_every_form_is_an_order_or_sentences(app: Flask, form: dict[str, str]) -> None:
    try:
        request = ORDER.read(form)
    except BadFields as wrong:
        assert wrong.errors
        return
    except BadInput:  # no site at all: the page was not ours
        return

    assert request.way in WAYS and request.elder_id > 0 and "\x00" not in request.set_name


def test_a_search_has_an_end() -> None:
    assert search_text(" 王秀兰 ") == "王秀兰"
    assert len(search_text("x" * 500)) == 60
