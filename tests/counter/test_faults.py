"""Trouble under the counter: a clear message, nothing half-written, and it goes on when the trouble is over."""

from __future__ import annotations

import resource
from collections.abc import Callable
from typing import Any

import pytest
from factories import NOW, Person, Place, make_elder, make_menu, sign_in
from flask import Flask
from sqlalchemy import event, func, select, text

from canteen.base import clock
from canteen.base.db import Base, database, reading
from canteen.base.errors import StorageTrouble
from canteen.books.models.servings import Serving
from canteen.counter.requests import ServeRequest
from canteen.counter.service import serve_meal


def ask(site: Place, elder_id: int, key: str = "test-key-fault") -> ServeRequest:
    return ServeRequest(key=key, site_id=site.id, elder_id=elder_id)


def everything() -> dict[str, int]:
    """Rows of every table but the audit of refusals."""
    with reading() as session:
        return {
            name: session.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in Base.metadata.tables.items()
        }


def trouble(work: Callable[[], object]) -> str:
    with pytest.raises(StorageTrouble) as caught:
        work()
    assert caught.value.next_step
    return caught.value.kind


def is_sqlite() -> bool:
    return database.engine.dialect.name == "sqlite"


@pytest.fixture
def impatient(app: Flask) -> Any:
    """Writers that wait a tenth of a second for another's lock, so that the test does not."""

    def settle(connection: Any, *_: Any) -> None:
        statement = "pragma busy_timeout=100" if is_sqlite() else "set lock_timeout=100"
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()
        if not is_sqlite():
            connection.commit()

    event.listen(database.engine, "checkout", settle)
    yield
    event.remove(database.engine, "checkout", settle)
    database.engine.dispose()


def test_a_locked_database_says_busy_and_the_same_key_serves_later(site: Place, clerk: Person, impatient: None) -> None:
    elder = make_elder(site=site)
    before = everything()
    with database.engine.connect() as other:
        if is_sqlite():
            other.execution_options(begin="IMMEDIATE").exec_driver_sql("select 1")
        else:
            other.execute(text(f"select 1 from elder where id = {elder} for update"))
        assert trouble(lambda: serve_meal(ask(site, elder), actor=clerk.actor, now=NOW)) == "busy"
        other.rollback()
    assert everything() == before

    assert serve_meal(ask(site, elder), actor=clerk.actor, now=NOW).own_fen == 500


#: Where in the serve transaction the fault strikes: the first words of the statement it meets.
STAGES = (
    "insert into serving ",
    "insert into serving_share",
    "insert into posting",
    "insert into norm_use",
    "insert into print_job",
    "insert into audit ",
)


@pytest.mark.parametrize("stage", STAGES)
def test_a_full_disk_at_any_stage_leaves_nothing(app: Flask, site: Place, clerk: Person, stage: str) -> None:
    """The database itself refuses: SQLite has no page left to grow by, PostgreSQL is told to run out."""
    elder = make_elder(site=site)
    before = everything()
    with Fault(stage, full_disk):
        assert trouble(lambda: serve_meal(ask(site, elder), actor=clerk.actor, now=NOW)) == "full"
    assert everything() == before

    served = serve_meal(ask(site, elder), actor=clerk.actor, now=NOW)
    assert (served.number, served.own_fen) == ("1121-001", 500)


@pytest.mark.parametrize("stage", STAGES)
def test_a_connection_lost_at_any_stage_leaves_nothing(app: Flask, site: Place, clerk: Person, stage: str) -> None:
    if is_sqlite():
        pytest.skip("SQLite has no connection to lose; a killed process is in tests/drills")
    elder = make_elder(site=site)
    before = everything()
    with Fault(stage, lose_connection):
        assert trouble(lambda: serve_meal(ask(site, elder), actor=clerk.actor, now=NOW)) == "lost"
    assert everything() == before

    assert serve_meal(ask(site, elder), actor=clerk.actor, now=NOW).number == "1121-001"


def test_a_data_file_that_cannot_be_written_says_so(app: Flask, site: Place, clerk: Person) -> None:
    elder = make_elder(site=site)
    before = everything()
    with Fault("insert into serving ", read_only):
        assert trouble(lambda: serve_meal(ask(site, elder), actor=clerk.actor, now=NOW)) == "read_only"
    assert everything() == before


def test_the_page_says_what_happened_and_that_nothing_doubles(app: Flask, site: Place, clerk: Person) -> None:
    client = sign_in(app.test_client(), clerk)
    elder = make_elder(card="7", site=site)
    if clock.today() != NOW.date():
        make_menu(site, day=clock.today())
    html = client.get("/counter/find?q=7&slot=lunch", headers={"HX-Request": "true"}).get_data(as_text=True)
    form = {name: html.split(f'name="{name}" value="', 1)[1].split('"', 1)[0] for name in ("csrf_token", "key", "slot")}
    form["elder_id"] = str(elder)

    with Fault("insert into serving ", full_disk):
        answer = client.post("/counter/servings", data=form, headers={"HX-Request": "true"})

    assert answer.status_code == 503
    assert "磁盘已满" in answer.get_data(as_text=True)
    assert client.post("/counter/servings", data=form, headers={"HX-Request": "true"}).status_code == 200
    with reading() as session:
        assert session.execute(select(func.count()).select_from(Serving)).scalar_one() == 1


class Fault:
    """Break the database underneath, once, just before the statement that begins with ``stage``."""

    def __init__(self, stage: str, break_it: Callable[[Any], None]) -> None:
        self.stage, self.break_it, self.struck = stage, break_it, False

    def __enter__(self) -> Fault:
        self.limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
        event.listen(database.engine, "before_cursor_execute", self._strike)
        return self

    def _strike(self, connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if not self.struck and statement.lower().startswith(self.stage):
            self.struck = True
            self.break_it(cursor)

    def __exit__(self, *_: object) -> None:
        event.remove(database.engine, "before_cursor_execute", self._strike)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.limit, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        database.engine.dispose()
        assert self.struck, f"no statement began with {self.stage!r}"


def full_disk(cursor: Any) -> None:
    """No file may be written beyond its first page: SQLite meets it when it writes its log at the commit, wherever in the
    log that begins; PostgreSQL is told to run out."""
    if not is_sqlite():
        raise_in_database(cursor, "53100", "could not extend file: No space left on device")
        return
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


def read_only(cursor: Any) -> None:
    if is_sqlite():
        cursor.connection.execute("pragma query_only=on")
    else:
        cursor.execute("set transaction_read_only = on")


def raise_in_database(cursor: Any, code: str, words: str) -> None:
    cursor.execute(f"do $$ begin raise exception '{words}' using errcode = '{code}'; end $$")


def lose_connection(cursor: Any) -> None:
    pid = cursor.connection.info.backend_pid
    with database.engine.connect() as other:
        other.exec_driver_sql(f"select pg_terminate_backend({pid})")
