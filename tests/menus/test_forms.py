"""Whatever is sent, a form is sets or a list of sentences."""

from __future__ import annotations

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canteen.base.errors import BadFields
from canteen.menus.forms import MOST_PREPARED, read_prepared, read_sets
from canteen.menus.rules import MOST_SETS

PARTS = ("name", "price", "dishes", "tags", "set", "count")
fields = st.sampled_from([f"{part}_{row}" for part in PARTS for row in (0, 1, 9, 10)])
values = st.one_of(st.text(max_size=30), st.sampled_from(["A套餐", "10", "10.50", "粥", "30", "0000000009999"]))
forms = st.dictionaries(fields, values, max_size=20)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(form=forms)
def test_every_form_is_sets_or_sentences(app: Flask, form: dict[str, str]) -> None:
    for read in (read_sets, read_prepared):
        try:
            found = read(form)
        except BadFields as wrong:
            assert wrong.errors
            assert set(wrong.errors) <= {f"{part}_{row}" for part in PARTS for row in range(MOST_SETS)}
            continue
        if isinstance(found, list):
            assert len({one.name for one in found}) == len(found)
        else:
            assert all(count is None or 0 <= count <= MOST_PREPARED for count in found.values())


def test_a_meal_has_ten_sets_and_no_row_beyond_them_is_read(app: Flask) -> None:
    form = {}
    for row in range(11):
        form |= {f"name_{row}": f"{row}号", f"price_{row}": "10", f"dishes_{row}": "测试青菜", f"tags_{row}": ""}

    assert [one.name for one in read_sets(form)] == [f"{row}号" for row in range(10)]
