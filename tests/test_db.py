"""Transactions and snapshots: what is kept, what is not, and that errors are told alike whichever way a statement runs."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import bindparam, func, insert, select

from canteen.base.db import LostRace, reading, table_of, transaction
from canteen.base.db.prepared import Prepared, batches, one_of
from canteen.places.models import Area, Site

AREA = table_of(Area)
NEW = Prepared(insert(AREA).returning(AREA.c.id), columns=["parent_id", "name", "level", "path", "settlement"])
FIND = Prepared(select(AREA.c.id, AREA.c.path).where(AREA.c.path == bindparam("path")))
COUNT = select(func.count()).select_from(AREA)


def put(session, path: str) -> int:
    return NEW.value(session, parent_id=None, name=path, level="county", path=path, settlement="")


def count() -> int:
    with reading() as session:
        return session.scalar(COUNT)


def test_what_is_written_while_reading_is_not_kept(app: Flask) -> None:
    before = count()
    with reading() as session:
        put(session, "甲县")
        session.add(Area(name="乙县", level="county", path="乙县"))
        session.flush()

    assert count() == before


def test_objects_and_prepared_statements_share_one_transaction(app: Flask) -> None:
    before = count()
    with transaction() as session:
        session.add(Area(name="甲县", level="county", path="甲县"))
        session.flush()
        assert FIND.first(session, path="甲县").path == "甲县"
        put(session, "乙县")

    assert count() == before + 2


def test_an_exception_leaves_nothing_of_either(app: Flask) -> None:
    before = count()
    with pytest.raises(ZeroDivisionError), transaction() as session:
        put(session, "甲县")
        session.add(Area(name="乙县", level="county", path="乙县"))
        session.flush()
        raise ZeroDivisionError

    assert count() == before


def test_a_lost_race_is_told_by_a_prepared_statement_too(app: Flask) -> None:
    with transaction() as session:
        put(session, "甲县")

    with pytest.raises(LostRace), transaction() as session:
        put(session, "甲县")


def test_ids_are_asked_for_in_batches_without_repeats(app: Flask) -> None:
    with transaction() as session:
        ids = [put(session, f"{number}县") for number in range(60)]
    some = Prepared(select(AREA.c.id).where(one_of(AREA.c.id)))

    with reading() as session:
        found = [row.id for values in batches(ids) for row in some.all(session, **values)]

    assert sorted(found) == sorted(ids)
    assert list(batches([])) == []


def test_values_are_converted_as_everywhere(app: Flask) -> None:
    day = date(2026, 11, 21)
    site = table_of(Site)
    with transaction() as session:
        area_id = put(session, "甲县")
        facts = {
            "code": "S9",
            "name": "示例点",
            "area_id": area_id,
            "operating_model": "village_run",
            "opened_on": day,
            "weekdays": "1234567",
            "phone": "",
            "place": "",
            "absent_days": 5,
        }
        Prepared(insert(site), columns=list(facts)).run(session, **facts)

    with reading() as session:
        row = Prepared(select(site.c.opened_on, site.c.closed_on).where(site.c.code == bindparam("code"))).first(
            session, code="S9"
        )

    assert (row.opened_on, row.closed_on) == (day, None)


def test_a_value_that_is_forgotten_is_nothing_and_no_number(app: Flask) -> None:
    """What SQLAlchemy keeps in the place of a required value would be written into a column of numbers."""
    with transaction() as session:
        area_id = NEW.value(session, name="丙县", level="county", path="丙县", settlement="")
        parent = session.scalar(select(AREA.c.parent_id).where(AREA.c.id == area_id))

    assert parent is None
