"""PostgreSQL as docs/operating.md says: the program's account may change no table, and in the trail only add."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from canteen.base.config import ROOT
from tests.postgresql import PostgreSQL
from tests.server import Program, Server

DOCUMENT = (ROOT / "docs" / "operating.md").read_text("utf-8").partition("## PostgreSQL with least rights")[2]
MAKE, ALLOW, AFTERWARDS = re.findall(r"```sql\n(.*?)```", DOCUMENT, re.DOTALL)[:3]


@pytest.fixture(scope="module")
def limited(postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Program, str]]:
    """The demo canteen, made by an account with least rights; also that account's address."""
    owner = postgresql.url("canteen").replace("postgres@", "canteen_owner@")
    app = postgresql.url("canteen").replace("postgres@", "canteen_app@")
    place: Path = tmp_path_factory.mktemp("limited")
    with psycopg.connect(postgresql.url("postgres"), autocommit=True) as administrator:
        for line in MAKE.strip().split(";\n"):
            administrator.execute(line)
    with psycopg.connect(postgresql.url("canteen"), autocommit=True) as administrator:
        administrator.execute(ALLOW)
    Program(place, ENV="demo", DATABASE_URL=owner).does("db", "upgrade")
    with psycopg.connect(owner, autocommit=True) as its_owner:
        its_owner.execute(AFTERWARDS)
    program = Program(place, ENV="demo", DATABASE_URL=app)
    program.does("demo")
    yield program, app
    with psycopg.connect(postgresql.url("postgres"), autocommit=True) as administrator:
        administrator.execute("drop database canteen with (force)")


def test_a_day_runs_as_an_account_that_may_change_no_table(limited: tuple[Program, str]) -> None:
    program, _ = limited

    program.does("check")
    server = Server(program)
    with urllib.request.urlopen(f"{server.url}/healthz") as answer:
        health = json.load(answer)

    assert health["ok"] is True
    assert server.stop() == 0


@pytest.mark.parametrize(
    "statement",
    [
        "create table mine (x int)",
        "drop table staff",
        "alter table serving add column x int",
        "truncate serving",
        "create index on staff (name)",
        "update audit set actor = 'staff:1'",
        "delete from audit",
        "update alembic_version set version_num = 'x'",
        "create role another",
        "copy staff to program 'true'",
    ],
)
def test_that_account_may_not(limited: tuple[Program, str], statement: str) -> None:
    with (
        psycopg.connect(limited[1], autocommit=True) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)
