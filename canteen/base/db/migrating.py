"""``db …`` of Flask-Migrate, and whether the tables are those of this version.

Flask-Migrate and alembic take 8 MiB that a server would hold all day: only who migrates loads them.
"""

import re
from collections.abc import Iterator
from typing import Any

import click
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, ProgrammingError

from canteen.base.config import ROOT
from canteen.base.db import database, reading

MIGRATIONS = ROOT / "migrations"
_SAID = re.compile(r"^(revision|down_revision)\b.*?= *(.*)$", re.MULTILINE)


def migrate(app: Flask) -> click.Group:
    """The commands of Flask-Migrate, ready for this application."""
    from flask_migrate import Migrate

    Migrate(app, database, directory=str(MIGRATIONS))
    group = app.cli.commands["db"]
    assert isinstance(group, click.Group)
    return group


class Migrations(click.Command):
    """``db``: becomes that of Flask-Migrate when it is called."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of Flask-Migrate's own group."""
        assert parent is not None
        return migrate(parent.ensure_object(ScriptInfo).load_app()).make_context(info_name, args, parent, **extra)


def is_of_this_version() -> bool:
    """Whether every migration was made, and none that this version does not know. Raises ``StorageTrouble``."""
    with reading() as session:
        try:
            found = set(session.scalars(text("select version_num from alembic_version")))
        except (OperationalError, ProgrammingError) as error:
            if "alembic_version" in str(error.orig):  # no such table: nothing was ever made
                return False
            raise
    return found == set(_heads())


def _heads() -> Iterator[str]:
    """What alembic says of the folder: every migration that no other follows."""
    known, followed = set(), set()
    for file in (MIGRATIONS / "versions").glob("*.py"):
        said = dict(_SAID.findall(file.read_text("utf-8")))
        known.update(re.findall(r"\w+", said["revision"]))
        followed.update(re.findall(r"\w+", said["down_revision"]))
    yield from known - followed
