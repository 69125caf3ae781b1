"""Keys belong to one database: restored without them, or with others, it says so and writes nothing."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import create_engine, inspect, text

from canteen import create_app
from canteen.base.config import ROOT, Settings
from tests.conftest import KEY
from tests.server import Program

ROSTER = "tests/data/roster_jinxi.xlsx"
INIT = ("init", "--area", "金溪县/云溪镇/枫林村", "--site", "枫林村助餐点", "--scheme", "jinxi", "--admin", "admin")


class Canteen:
    """A canteen somebody set up and imported people into, and what becomes of it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.keys = program.data_dir / "keys"

    def rows(self) -> dict[str, int]:
        """Table -> number of rows."""
        engine = create_engine(self.settings.url)
        with engine.connect() as connection:
            names = inspect(connection).get_table_names()
            found = {name: connection.execute(text(f'select count(*) from "{name}"')).scalar_one() for name in names}
        engine.dispose()
        return found

    @property
    def settings(self) -> Settings:
        url = self.program.environ["CANTEEN_DATABASE_URL"]
        return Settings(env="test", data_dir=self.program.data_dir, database_url=url, secret_key=KEY)

    def client(self) -> FlaskClient:
        """A browser at a program that just started."""
        return create_app(self.settings).test_client()

    def forget_the_mark(self) -> None:
        """As an earlier version left it, which knew no mark."""
        self.program.does("db", "downgrade", "c4a700050005")


@pytest.fixture
def makes(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[..., Canteen]:
    """Sets up canteens, each on a database of its own, with people of the test roster."""

    def make(name: str, *, is_empty: bool = False) -> Canteen:
        url = request.getfixturevalue("postgresql").create(f"keys_{name}") if backend == "postgresql" else ""
        place = tmp_path / name
        place.mkdir()
        program = Program(place, ENV="test", DATABASE_URL=url, ADMIN_PASSWORD="a-long-test-password-7")
        if not is_empty:
            program.does("db", "upgrade")
            program.does(*INIT)
            program.does("import-elders", ROSTER, "--json")
        return Canteen(program)

    return make


#: A process that needs the keys before there are any.
SAY_A_HASH = """
from wsgi import app
from canteen.base.vault import the_vault
with app.app_context():
    print(the_vault().index("kind", "value"))
"""


def mode(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


def lose(canteen: Canteen, other: Canteen) -> None:
    shutil.rmtree(canteen.keys)


def lose_one(canteen: Canteen, other: Canteen) -> None:
    (canteen.keys / "index.key").unlink()


def exchange(canteen: Canteen, other: Canteen) -> None:
    seal, index = canteen.keys / "seal.key", canteen.keys / "index.key"
    was = seal.read_bytes()
    seal.write_bytes(index.read_bytes())
    index.write_bytes(was)


def cut(canteen: Canteen, other: Canteen) -> None:
    (canteen.keys / "seal.key").write_bytes(b"short")


def take_another_database_s(canteen: Canteen, other: Canteen) -> None:
    for name in ("seal.key", "index.key"):
        shutil.copy(other.keys / name, canteen.keys / name)


HARMS = {
    lose: (("seal.key", "index.key"), "缺少密钥文件"),
    lose_one: (("index.key",), "缺少密钥文件"),
    exchange: (("seal.key", "index.key"), "不是这个数据库的"),
    cut: (("seal.key",), "已损坏"),
    take_another_database_s: (("seal.key", "index.key"), "不是这个数据库的"),
}


COMMANDS = (
    ("check",),
    ("serve", "--port", "0", "--no-print-worker"),
    ("print-worker",),
    INIT,
    ("import-elders", ROSTER),
)


def test_wrong_keys_are_said_by_every_command_and_nothing_is_written(makes, backend):
    canteen, other = makes("one"), makes("two", is_empty=True)
    other.program.does("db", "upgrade")
    kept, before = canteen.keys.with_name("kept"), canteen.rows()
    assert before["key_mark"] == 1 and before["elder"] > 0
    shutil.copytree(canteen.keys, kept)
    for harm, (files, words) in HARMS.items():
        harm(canteen, other)
        as_left = sorted(canteen.keys.iterdir()) if canteen.keys.exists() else []
        # Each command is a process of a second or two: all of them where a canteen's own database lies beside it.
        every = backend == "sqlite" and harm in (lose, take_another_database_s)
        for command in COMMANDS if every else COMMANDS[:1]:
            done = canteen.program.run(*command)
            assert done.returncode == 1, (harm.__name__, command, done.stdout, done.stderr)
            assert words in done.stderr and str(canteen.keys) in done.stderr, (harm.__name__, command, done.stderr)
            assert all(name in done.stderr for name in files) and "备份" in done.stderr
            assert "Traceback" not in done.stderr
        answer = canteen.client().get("/healthz")
        assert answer.status_code == 503 and answer.json["ok"] is False
        assert words in answer.json["message"] and str(canteen.keys) not in answer.text
        assert (sorted(canteen.keys.iterdir()) if canteen.keys.exists() else []) == as_left, "no key was made"
        assert canteen.rows() == before
        shutil.rmtree(canteen.keys, ignore_errors=True)
        shutil.copytree(kept, canteen.keys)
    canteen.program.does("check")
    assert canteen.client().get("/healthz").json["ok"] is True


def test_a_database_of_before_is_marked_with_the_keys_that_open_it_and_with_no_others(makes):
    canteen, other = makes("one"), makes("two", is_empty=True)
    other.program.does("db", "upgrade")
    kept = canteen.keys.with_name("kept")
    shutil.copytree(canteen.keys, kept)
    canteen.forget_the_mark()
    before = canteen.rows()
    for harm, (_files, words) in HARMS.items():
        harm(canteen, other)
        done = canteen.program.run("db", "upgrade")
        assert done.returncode == 1 and words in done.stderr, (harm.__name__, done.stdout, done.stderr)
        assert canteen.rows() == before, "the upgrade was never begun"
        shutil.rmtree(canteen.keys, ignore_errors=True)
        shutil.copytree(kept, canteen.keys)

    canteen.program.does("db", "upgrade")

    after = canteen.rows()
    # What newer versions keep of older tables is said in the trail as it is found.
    heard, had = after.pop("audit"), before.pop("audit")
    assert {name: after[name] for name in before} == before
    assert heard >= had and after["key_mark"] == 1
    canteen.program.does("check")


def test_two_processes_that_start_at_once_on_an_empty_folder_agree_on_the_keys(makes):
    canteen = makes("one", is_empty=True)
    program = canteen.program
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", SAY_A_HASH], cwd=ROOT, env=program.environ, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    said = {start.communicate(timeout=60)[0] for start in starts}
    assert len(said) == 1 and "" not in said
    assert sorted(file.name for file in canteen.keys.iterdir()) == ["index.key", "seal.key"]
    program.does("db", "upgrade")
    assert canteen.rows()["key_mark"] == 1


def test_commands_that_need_no_keys_go_on_and_make_none(makes):
    canteen = makes("one", is_empty=True)
    canteen.program.does("scheme", "check", "canteen/schemes/builtin/jinxi.toml")
    assert not canteen.keys.exists()


def test_files_are_their_account_s_alone_whatever_the_umask(makes, tmp_path):
    canteen = makes("one", is_empty=True)
    canteen.program.environ["CANTEEN_DATA_DIR"] = str(tmp_path / "made" / "data")
    canteen.program.environ["CANTEEN_KEYS_DIR"] = str(tmp_path / "made" / "apart")
    before = os.umask(0)
    try:
        canteen.program.does("db", "upgrade")
        canteen.program.does(*INIT)
        canteen.program.does("import-elders", ROSTER)
    finally:
        os.umask(before)
    made = tmp_path / "made"
    modes = {str(path.relative_to(made)): mode(path) for path in (made, *made.rglob("*"))}
    wrong = {name: has for name, has in modes.items() if has != ("0o700" if (made / name).is_dir() else "0o600")}
    assert wrong == {}
    assert {"apart/seal.key", "apart/index.key"} <= modes.keys() and not (made / "data" / "keys").exists()
