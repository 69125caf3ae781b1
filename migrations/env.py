"""Runs migrations in one transaction on the application's own database.

SQLite cannot change most things about a table: batch mode builds the table anew, copies the rows and drops the old
one. Foreign keys must be off meanwhile (a dropped table would take the rows that point at it along, or be refused),
which SQLite allows only outside a transaction; what they guard is checked before the commit instead.
"""

from __future__ import annotations

import logging
from logging.config import fileConfig

from alembic import context
from alembic.operations.ops import MigrationScript
from alembic.runtime.migration import MigrationContext
from flask import current_app
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from canteen.audit.adopting import adopt
from canteen.base import clock
from canteen.base.console import plain_trouble
from canteen.base.db import Base, Instant, database
from canteen.base.keys import the_keys

if current_app.config["CANTEEN"].env != "test":
    fileConfig(context.config.config_file_name, disable_existing_loggers=False)
log = logging.getLogger("alembic.env")


def write_instants_plainly(kind: str, item: object, _autogen: object) -> str | bool:
    """A migration must not depend on today's code: ``Instant`` is written as the type it stores."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Instant) else False


def leave_out_nothing(_context: MigrationContext, _revision: object, directives: list[MigrationScript]) -> None:
    """``db migrate`` without a difference writes no file."""
    if getattr(context.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives.clear()
        log.info("No difference between the models and the database: no migration written.")


def mark_with_keys(connection: Connection) -> None:
    """Bind the database to the keys that fit it, or to new ones when it holds nothing sealed; else nothing is upgraded."""
    with plain_trouble():
        the_keys().mark(connection)


def take_up(connection: Connection, rewritten: set[str]) -> None:
    """Have the trail take up what is kept for the first time or in another shape, and kinds whose values a migration
    changed: it names them in ``rewrites``."""
    with Session(connection, autoflush=False) as session:
        adopt(session, clock.now(), rewritten)
        session.flush()


def migrate(connection: Connection) -> None:
    applied: list[str] = []
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        compare_server_default=True,
        render_as_batch=True,
        render_item=write_instants_plainly,
        process_revision_directives=leave_out_nothing,
        transactional_ddl=True,
        on_version_apply=lambda *, step, **_: applied.extend(step.up_revision_ids if step.is_upgrade else ()),
    )
    with context.begin_transaction():
        context.run_migrations()
        if applied:
            mark_with_keys(connection)
            scripts = map(context.script.get_revision, applied)
            rewritten = {kind for one in scripts for kind in getattr(one.module, "rewrites", ())}
            if set(context.get_context().get_current_heads()) == set(context.script.get_heads()):
                take_up(connection, rewritten)
        if connection.dialect.name == "sqlite":
            lost = connection.exec_driver_sql("pragma foreign_key_check").fetchall()
            assert not lost, f"rows that point at nothing: {lost[:5]}"


def run() -> None:
    """With ``--sql`` print the statements instead (for a database administrator who runs them by hand)."""
    if context.is_offline_mode():
        context.configure(url=database.engine.url, target_metadata=Base.metadata, literal_binds=True)
        with context.begin_transaction():
            context.run_migrations()
        return
    engine = current_app.extensions["canteen_write_engine"]
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        if connection.dialect.name != "sqlite":
            migrate(connection)
            return
        driver.execute("pragma foreign_keys=off")
        try:
            migrate(connection)
        finally:
            connection.rollback()
            driver.execute("pragma foreign_keys=on")


run()
