"""Whatever the cells hold: an import never crashes, and what it says is what it wrote."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from canteen.base.access import COMMAND
from canteen.base.db import database, reading
from canteen.base.errors import BadInput
from canteen.people.importing.columns import FIELDS
from canteen.people.importing.reading import read_roster
from canteen.people.importing.service import import_roster
from canteen.people.models import Elder
from tests.factories import NOW, TODAY, make_site
from tests.people.rosters import HEADER, id_number, person, text

AREAS = [("金溪县", "county"), ("金溪县/云溪镇", "township"), ("金溪县/云溪镇/枫林村", "village")]
WORDS = st.sampled_from(
    [
        "低保家庭老人",
        "枫林村7组1号",
        "金溪县云溪镇石桥村",
        "合计",
        "制表人:",
        "=1+1",
        "1951.07.15",
        "男",
        "独居",
        "000001",
        "是",
        "无",
        "13800000001",
        id_number(),
        id_number(serial=3),
        id_number("20990101"),
        "３６１０２７",
        "阿卜杜·热合曼",
        "\u200b",
        "姓名",
    ]
)
_sites = itertools.count(1)
CELLS = st.none() | WORDS | st.text(max_size=30) | st.integers(-(10**19), 10**19).map(str)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(CELLS, max_size=14), max_size=12), st.lists(st.sampled_from(sorted(FIELDS)), max_size=14))
def test_any_cells_are_read_or_refused(rows: list[list[Any]], header: list[str]):
    lines = [header, *rows]
    data = "\n".join(",".join("" if cell is None else f'"{cell}"'.replace("\0", "") for cell in line) for line in lines)
    try:
        roster = read_roster(data.encode("utf-8", "ignore"), "x.csv", areas=AREAS, home=AREAS[-1][0], day=TODAY)
    except BadInput:
        return
    bad = {problem.row for problem in roster.problems}
    assert roster.count == len(roster.persons) + len(bad)
    assert not bad & {one.row for one in roster.persons}


@settings(deadline=None)
@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda rest: b"PK\x03\x04" + rest))
def test_any_bytes_are_read_or_refused(data: bytes):
    with pytest.raises(BadInput):
        read_roster(data, "x.xlsx", areas=AREAS, home=AREAS[-1][0], day=TODAY)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.dictionaries(st.sampled_from(HEADER), CELLS, max_size=4), min_size=1, max_size=6))
def test_what_an_import_says_is_what_it_wrote(app: Flask, rows: list[dict[str, Any]]):
    site = make_site(f"助餐点{next(_sites)}")
    before = _elders()
    people = [person(number, 身份证号码=id_number(serial=2 * number + 1)) | row for number, row in enumerate(rows, 1)]
    try:
        result = import_roster(text(*people), "x.csv", site_id=site.id, actor=COMMAND, now=NOW)
    except BadInput:
        assert _elders() == before
        return
    finally:
        database.session.remove()
    assert _elders() == before + result.imported
    assert result.rows == result.imported + result.updated + result.unchanged + len(result.rejected)


def _elders() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(Elder)) or 0
