"""The migrations make exactly the tables of the models, on both databases, up and down, with people's data in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Engine, inspect, select

from canteen import create_app
from canteen.base.config import Settings
from canteen.base.db import Base, database, reading, transaction
from canteen.base.db.migrating import MIGRATIONS, is_of_this_version, migrate
from canteen.base.db.sealed import sealed_columns
from canteen.base.vault import the_vault
from canteen.check import proving
from canteen.counter.requests import ServeRequest
from canteen.counter.servings import record_serving
from canteen.deliveries.models import Run
from canteen.welfare.models import WelfareCheck
from tests.at_rest import readable
from tests.conftest import KEY
from tests.factories import NOW, TODAY, make_elder, make_life_event, make_menu, make_site, make_staff
from tests.lived import CLASSES, SENTENCES, live

SCRIPTS = ScriptDirectory(str(MIGRATIONS))
#: The newest first.
REVISIONS = list(SCRIPTS.walk_revisions())


@pytest.fixture
def empty_app(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """An application on a database without a single table."""
    url = request.getfixturevalue("postgresql").create("canteen_migrations") if backend == "postgresql" else ""
    app = create_app(Settings(env="test", data_dir=tmp_path, database_url=url, secret_key=KEY))
    migrate(app)
    with app.app_context():
        yield app
        database.session.remove()
        database.engine.dispose()


def facts(engine: Engine) -> dict[str, Any]:
    """All there is to know about every table: columns, keys, constraints, and indexes with their conditions."""
    seen = inspect(engine)
    found: dict[str, Any] = {}
    for table in sorted(set(seen.get_table_names()) - {"alembic_version"}):
        columns = seen.get_columns(table)
        found[table] = {
            "columns": sorted((c["name"], str(c["type"]), c["nullable"], c["default"]) for c in columns),
            "primary key": seen.get_pk_constraint(table)["constrained_columns"],
            "foreign keys": sorted(
                (str(k["name"]), k["constrained_columns"], k["referred_table"]) for k in seen.get_foreign_keys(table)
            ),
            "unique": sorted((str(u["name"]), u["column_names"]) for u in seen.get_unique_constraints(table)),
            "checks": sorted((str(c["name"]), _bare(c["sqltext"])) for c in seen.get_check_constraints(table)),
            "indexes": sorted(
                (
                    str(i["name"]),
                    i["column_names"],
                    bool(i["unique"]),
                    sorted(f"{option} {value}" for option, value in i["dialect_options"].items()),
                )
                for i in seen.get_indexes(table)
            ),
        }
    return found


def _bare(condition: str) -> str:
    return re.sub(r"\s", "", condition)


def rows(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        names = inspect(connection).get_table_names()
        return {name: connection.exec_driver_sql(f'select count(*) from "{name}"').scalar_one() for name in names}


#: Their rows change by migrating: the trail says what it found.
NOT_COUNTED = {"alembic_version", "audit"}


def live_a_little() -> None:
    """People, places, a menu and a lunch, so that there is something to lose."""
    site = make_site()
    clerk = make_staff("clerk", site=site)
    elder = make_elder(card="000042", site=site)
    make_menu(site)
    make_life_event(elder, "paused", TODAY.replace(month=1), TODAY.replace(month=2), "测试")
    request = ServeRequest(key="migration", site_id=site.id, slot="lunch", elder_id=elder)
    with transaction() as session:
        record_serving(session, request, actor=clerk.actor, now=NOW)


def test_the_head_migration_makes_the_models(empty_app):
    assert not is_of_this_version()
    flask_migrate.upgrade(str(MIGRATIONS))
    assert is_of_this_version()

    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_constraints_and_partial_indexes_are_the_models_too(empty_app):
    """What alembic's comparison does not look at."""
    flask_migrate.upgrade(str(MIGRATIONS))
    migrated = facts(database.engine)
    flask_migrate.downgrade(str(MIGRATIONS), "base")
    Base.metadata.create_all(database.engine)

    assert migrated == facts(database.engine)


def test_each_migration_goes_down_and_up_without_losing_anybody(empty_app):
    """Each with what is left of a day's data below it: one step down, up again, and down for the next."""
    flask_migrate.upgrade(str(MIGRATIONS))
    live_a_little()
    database.session.remove()
    for revision in REVISIONS:
        below, before = revision.down_revision or "base", rows(database.engine)

        flask_migrate.downgrade(str(MIGRATIONS), below)
        between = rows(database.engine)
        flask_migrate.upgrade(str(MIGRATIONS), revision.revision)
        after = rows(database.engine)

        kept = between.keys() - NOT_COUNTED
        assert {name: after[name] for name in kept} == {name: before[name] for name in kept}, revision.revision
        assert after.keys() == before.keys(), revision.revision
        assert kept or below == "base", "only below the first migration are there no tables"
        flask_migrate.downgrade(str(MIGRATIONS), below)


@pytest.mark.parametrize("revision", REVISIONS[:4], ids=lambda script: script.revision)
def test_what_the_newest_migrations_meet_is_taken_up_by_the_trail(empty_app, revision):
    """All the way up again from below each: then the books are proved, which only the newest tables allow."""
    flask_migrate.upgrade(str(MIGRATIONS))
    live_a_little()
    before = rows(database.engine)
    database.session.remove()

    flask_migrate.downgrade(str(MIGRATIONS), revision.down_revision or "base")
    kept = rows(database.engine).keys() - NOT_COUNTED
    flask_migrate.upgrade(str(MIGRATIONS))

    after = rows(database.engine)
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert proving.prove().problems == []


def test_there_is_one_line_of_migrations_and_each_says_why():
    assert len(SCRIPTS.get_heads()) == 1
    for script in REVISIONS:
        assert re.fullmatch(r"\d{8}_\d{4}_[0-9a-f]+_\w+\.py", Path(script.path).name)
        assert re.search(r"^Why: (?!\(say it here\))\S", script.longdoc or "", re.M), f"{script.path}: why?"


#: The last version in which classes, reasons and decisions lay readable.
BEFORE_SEALING = "c4a7000a0002"
#: What older versions have no place for: it ends on the way down.
KEPT_SINCE = {
    "door_place.sealed",
    "family_link.sealed_for",
    "drop_mark.sealed_told",
    "frozen_count.sealed",
    "welfare_check.sealed_seen",
    "welfare_step.sealed_told",
    "visit.sealed_words",
    "volunteer.sealed",
}


def test_what_lay_readable_is_sealed_and_comes_back_on_the_way_down(empty_app, backend, tmp_path):
    """A whole day goes down, where everything is readable, and up again: then it says the same, and nothing is left."""
    flask_migrate.upgrade(str(MIGRATIONS))
    live()
    before = opened()
    database.session.remove()

    flask_migrate.downgrade(str(MIGRATIONS), BEFORE_SEALING)
    with database.engine.connect() as connection:
        codes = connection.exec_driver_sql("select class_code from serving where elder_id is not null order by id")
        assert [code for (code,) in codes] == list(CLASSES)
        [reason] = connection.exec_driver_sql("select reason from serving_share order by serving_id, position limit 1")
        assert reason[0].startswith("一类:每餐补助")
        kinds = connection.exec_driver_sql("select class_code from purse_line where kind = 'credit'").fetchall()
        assert [code for (code,) in kinds] == ["一类"]
    flask_migrate.upgrade(str(MIGRATIONS))

    assert opened() == before
    assert proving.prove().problems == []
    database.session.remove()
    database.engine.dispose()
    if backend == "sqlite":
        assert readable(SENTENCES, (tmp_path / "canteen.db").read_bytes()) == []


def opened() -> dict[str, list[Any]]:
    """What every sealed value says, by column."""
    with reading() as session:
        return {
            f"{one.table.name}.{one.name}": [
                the_vault().open(row.sealed, one.place(row))
                for row in session.execute(one.values().order_by(*one.table.primary_key))
            ]
            for one in sealed_columns()
            if one.table.name != "chain_key"  # the key of the trail is made anew by the migration behind
            and f"{one.table.name}.{one.name}" not in KEPT_SINCE
        }


def test_a_check_from_before_knows_who_was_at_the_door_and_when(empty_app):
    """Before there were steps a check named its door; from then on it names who walked there."""
    flask_migrate.upgrade(str(MIGRATIONS))
    live()
    database.session.remove()
    flask_migrate.downgrade(str(MIGRATIONS), BEFORE_SEALING)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("update welfare_check set drop_id = (select min(id) from drop_point) where id = 1")

    flask_migrate.upgrade(str(MIGRATIONS))

    with reading() as session:
        check = session.get_one(WelfareCheck, 1)
        walker = session.scalars(select(Run.staff_id)).one()
    assert (check.cause, check.day, check.opened_by) == ("no_answer", TODAY, walker)
    assert check.due_at - check.opened_at == timedelta(minutes=30)
    assert proving.prove().problems == []
