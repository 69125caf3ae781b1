"""Whatever is typed: a form answers with a value, or with a sentence beside the field."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canteen.base.errors import BadFields, BadInput
from canteen.base.fields import iso_day
from canteen.people import forms
from canteen.people.requests import PeopleFilter
from tests.factories import TODAY
from tests.people.rosters import id_number

ANY = st.text(max_size=40) | st.sampled_from(
    [id_number(), "1950-01-01", "male", "able", "枫林村", "13800000001", "1", "0"]
)
FIELDS = (
    "name",
    "id_number",
    "birth_day",
    "sex",
    "residence",
    "hukou",
    "settlement",
    "village_group",
    "home_site_id",
    "wants_delivery",
    "ability",
    "ability_day",
    "living",
    "diet",
    "phone",
    "address",
    "contact_name",
    "contact_phone",
    "contact_relation",
    "note",
    "card",
    "status_kind",
    "status_from",
    "status_to",
    "issuer",
    "evidence",
    "event_kind",
    "event_from",
    "event_to",
    "event_reason",
    "to_day",
    "reason",
    "resident_since",
    "permit",
    "scheme",
    "waiver_reason",
)
any_form = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
one_database = pytest.mark.parametrize("backend", ["sqlite"])


@one_database
@any_form
@given(form=st.dictionaries(st.sampled_from(FIELDS), ANY))
def test_any_form_is_read_or_blamed(app: Flask, form: dict[str, str]):
    for has_id in (True, False):
        try:
            person = forms.read_person(form, today=TODAY, has_id=has_id)
        except BadFields as wrong:
            assert all(str(error) for error in wrong.errors.values())
        else:
            assert person.name and (person.id_number or person.birth_day or has_id)
    for declared in (forms.STATUS, forms.EVENT, forms.WAIVER, forms.TAKEN_BACK):
        try:
            assert declared.read(form) is not None
        except BadFields as wrong:
            assert all(str(error) for error in wrong.errors.values())
    for read_one in (iso_day, forms.reason):
        try:
            read_one(form.get("to_day", ""))
        except BadInput as error:
            assert str(error)


@any_form
@given(args=st.dictionaries(st.sampled_from(["q", "site", "area", "state", "after"]), ANY))
def test_any_filter_is_read(args: dict[str, str]):
    found = forms.read_filter(args)

    assert found.state in ("", "active", "paused", "moved", "died")
    assert found.site_id is None or found.site_id >= 0


def test_a_filter():
    args = {"q": " 王　秀 ", "site": "3", "area": "金溪县", "state": "paused", "after": "50"}

    assert forms.read_filter(args) == PeopleFilter(text="王 秀", site_id=3, area="金溪县", state="paused", after=50)


@pytest.mark.parametrize("query", ["q=%00", "area=%00", "q=%ff", "area=%25%5F", "after=99999999999", "site=%EF%BC%91"])
def test_no_address_breaks_the_list(keeper: FlaskClient, query: str):
    answer = keeper.get(f"/people/?{query}")

    assert (answer.status_code, "程序出错了" in answer.get_data(as_text=True)) == (200, False)


@one_database
def test_birth_days_that_may_be_typed(app: Flask):
    for text in ("1950-01-01", "1950.1.1", "1950年1月1日", "19500101"):
        typed = {"name": "测试", "residence": "枫林村", "birth_day": text}
        assert forms.read_person(typed, today=TODAY, has_id=False).birth_day == date(1950, 1, 1)
