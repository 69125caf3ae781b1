"""``serve`` as a process: it says when it listens, refuses in one line, and leaves nobody behind."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import request

from canteen.base.config import ROOT
from canteen.base.web import public
from tests.conftest import make_app
from tests.postgresql import PostgreSQL
from tests.server import InThread, Program, Server


@pytest.fixture(scope="module")
def program(tmp_path_factory) -> Program:
    """The program on a database that is ready."""
    made = Program(tmp_path_factory.mktemp("serve"), ENV="test")
    made.does("db", "upgrade")
    return made


@pytest.fixture
def serves() -> Iterator[Callable[..., Server]]:
    """Starts servers, and leaves none behind whatever the test does."""
    started: list[Server] = []

    def start(program: Program, *options: str) -> Server:
        started.append(Server(program, *options))
        return started[-1]

    yield start
    for server in started:
        server.stop()


def print_worker_of(server: Server) -> int:
    """The process beside a server, which may start a moment after the server listens."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        lists = [(task / "children").read_text() for task in Path(f"/proc/{server.process.pid}/task").iterdir()]
        found = [int(word) for words in lists for word in words.split()]
        if found:
            return found[0]
        time.sleep(0.02)
    raise AssertionError("no print worker was started")


def is_gone(pid: int, within_s: float = 20) -> bool:
    """Whether a process ends within the time (a zombie nobody waits for has ended too)."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_it_serves_once_it_says_so_and_ends_with_its_print_worker(program, serves):
    server = serves(program)
    with urllib.request.urlopen(f"{server.url}/healthz") as answer:
        health = json.load(answer)
    worker = print_worker_of(server)

    code = server.stop()

    assert health == {"ok": True, "print_worker": "no_printer", "print_worker_seen_at": None}
    assert code == 0
    assert is_gone(worker)


def test_a_killed_server_leaves_no_print_worker_behind(program, serves):
    server = serves(program)
    worker = print_worker_of(server)

    server.process.send_signal(signal.SIGKILL)
    server.process.wait()

    assert is_gone(worker)


def test_a_database_of_another_version_is_refused_in_one_line(tmp_path):
    done = Program(tmp_path, ENV="test").run("serve", "--port", "0", "--no-print-worker")

    assert done.returncode == 1
    assert done.stderr.splitlines() == ["Error: 数据库还不是这个版本的结构,请先运行:flask --app wsgi db upgrade"]


def test_a_database_that_does_not_answer_is_refused_in_one_line(tmp_path):
    program = Program(tmp_path, ENV="test", DATABASE_URL=f"postgresql://nobody@/none?host={tmp_path}")

    done = program.run("serve", "--port", "0", "--no-print-worker")

    assert done.returncode == 1
    assert done.stderr.startswith("Error: 数据库没有回答:")
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_refused_in_one_line(program):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = program.run("serve", "--port", str(port), "--no-print-worker")

    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"Error: 不能在 127.0.0.1:{port} 上提供服务(Address already in use),请换一个端口,例如 --port {port + 1}"
    ]


@pytest.mark.parametrize(
    ("settings", "command", "line"),
    [
        pytest.param({"SECRET_KEY": ""}, "serve", "CANTEEN_SECRET_KEY is not set. Make one: ", id="no secret key"),
        pytest.param({"THREADS": "many"}, "check", "CANTEEN_THREADS=many: a whole number is needed", id="a word"),
        pytest.param({"ENV": "live"}, "routes", "CANTEEN_ENV=live: allowed are production, demo, test", id="unknown"),
    ],
)
def test_a_wrong_setting_ends_every_command_with_one_line(tmp_path, settings, command, line):
    done = Program(tmp_path, **settings).run(command)

    assert done.returncode == 2
    assert done.stderr.startswith(line)
    assert done.stderr.count("\n") == 1


def test_a_scheme_is_checked_on_a_machine_without_a_secret_key(tmp_path):
    program = Program(tmp_path, SECRET_KEY="")

    done = program.run("scheme", "check", "jinxi")

    assert (done.returncode, json.loads(done.stdout)["id"]) == (0, "jinxi")
    assert program.run("check").returncode == 2


@pytest.fixture
def postgresql_to_break() -> Iterator[PostgreSQL]:
    """A server of its own: the others' is not to be killed."""
    server = PostgreSQL(durable=True)
    yield server
    server.stop()


@pytest.mark.parametrize(
    ("proxies", "seen"),
    [
        pytest.param(0, "127.0.0.1 http", id="no proxy: whoever says it lies"),
        pytest.param(1, "192.0.2.7 https", id="one proxy: its own word, not what it was told"),
        pytest.param(2, "203.0.113.9 https", id="two proxies"),
    ],
)
def test_forwarded_addresses_are_believed_as_far_as_set(proxies, seen, tmp_path, request):
    app = make_app("sqlite", tmp_path, request, proxies=proxies)
    app.add_url_rule("/who", "who", public(_who))
    server = InThread(app)
    told = {"X_Forwarded_For": "203.0.113.9, 192.0.2.7", "X_Forwarded_Proto": "https, https"}

    answer = server.ask("GET", "/who", **told)
    server.stop()

    assert answer == (200, seen)


def _who() -> str:
    return f"{request.remote_addr} {request.scheme}"


def test_healthz_says_when_the_database_is_gone(tmp_path, postgresql_to_break, serves):
    """A monitor must see it: 503, and no details for strangers."""
    program = Program(tmp_path, ENV="test", DATABASE_URL=postgresql_to_break.create("canteen"))
    program.does("db", "upgrade")
    server = serves(program, "--no-print-worker")
    port = int(server.url.rsplit(":", 1)[1])

    def ask() -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/healthz")
        return connection.getresponse().status

    before = ask()
    postgresql_to_break.kill()
    without = ask()
    postgresql_to_break.start()
    after = ask()

    assert (before, without, after) == (200, 503, 200)


def test_the_server_holds_nothing_that_only_migrating_needs(tmp_path):
    program = Program(tmp_path, ENV="test")

    loads = "import sys, wsgi; print([one for one in ('alembic', 'mako', 'pygments') if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", loads], cwd=ROOT, env=program.environ, capture_output=True, text=True)

    assert done.stdout == "[]\n", done.stderr
