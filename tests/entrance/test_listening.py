"""The server's ear on real sockets: bodies by who sends them, and slow connections that stop nobody."""

from __future__ import annotations

import ast
import http.client
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask, Response

from canteen.base import clock
from canteen.base.web import public
from canteen.entrance import listening
from tests.architecture.test_routes import Knock, knocks, one_database
from tests.conftest import make_app
from tests.factories import make_site
from tests.server import InThread, Program, Server

MEGABYTE = 1024 * 1024
ROOT = Path(__file__).parents[2]


@pytest.fixture
def serve() -> Iterator[Callable[[Flask], InThread]]:
    """Serves an application in this process until the test ends."""
    started: list[InThread] = []

    def start(app: Flask) -> InThread:
        started.append(InThread(app))
        return started[-1]

    yield start
    for server in started:
        server.stop()


def cookie(app: Flask, knock: Knock) -> dict[str, str]:
    found = knock.client.get_cookie("session")
    return {"Cookie": f"session={found.value}"} if found else {}


def half(port: int, size: int, *, announced: int, path: str = "/sign-in", source: str = "", **headers: str):
    """A connection whose request never ends: ``size`` bytes of an announced body."""
    connection = socket.create_connection(("127.0.0.1", port), 20, (source or "127.0.0.1", 0))
    told = "".join(f"{name}: {text}\r\n" for name, text in headers.items())
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {announced}\r\n{told}\r\n"
    connection.sendall(head.encode() + b"x" * size)
    return connection


def is_ended(connection: socket.socket) -> bool:
    """Whether the server ends a connection within the socket's seconds; what it still says is read."""
    try:
        while connection.recv(65536):
            pass
    except TimeoutError:
        return False
    except ConnectionResetError:
        pass
    return True


@one_database
@pytest.mark.parametrize(
    ("caller", "path", "size", "status"),
    [
        pytest.param("nobody", "/sign-in", 60_000, 401, id="a form that is carried through the sign-in page"),
        pytest.param("nobody", "/sign-in", 70_000, 401, id="what is too long is asked for again, empty"),
        pytest.param("nobody", "/people/import/", 3 * MEGABYTE, 401, id="nobody, where a file is taken"),
        pytest.param("nobody", "/api/v1/servings", 70_000, 413, id="a terminal"),
        pytest.param("manager", "/people/import/", 3 * MEGABYTE, 422, id="a roster: read, and no roster"),
        pytest.param("volunteer", "/people/import/", 3 * MEGABYTE, 413, id="a role that takes no files"),
        pytest.param("volunteer", "/language/zh", 400_000, 303, id="a long form"),
        pytest.param("manager", "/language/zh", 3 * MEGABYTE, 413, id="a file where none is taken"),
        pytest.param("manager", "/people/import/", 11 * MEGABYTE, 413, id="beyond the largest upload"),
    ],
)
def test_a_body_is_as_large_as_its_sender_may_send(app, serve, caller, path, size, status) -> None:
    knock = knocks(app, make_site())[caller]
    if caller != "nobody":
        knock.client.get("/")  # the cookie learns the role
    boundary = "b0undary"
    fields = f'--{boundary}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{knock.form["csrf_token"]}\r\n'
    file = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="r.csv"\r\n\r\n'
    if path == "/people/import/":
        body, kind = (fields + file).encode() + b"x" * size, f"multipart/form-data; boundary={boundary}"
        body += f"\r\n--{boundary}--\r\n".encode()
    else:
        body, kind = b"x=" + b"x" * size, "application/x-www-form-urlencoded"

    answer = serve(app).ask("POST", path, body, Content_Type=kind, **cookie(app, knock))

    assert answer[0] == status


@one_database
def test_a_session_that_is_not_ours_or_was_left_alone_sends_no_files(app, serve) -> None:
    at = knocks(app, make_site())["manager"]
    at.client.get("/")
    server = serve(app).server

    def allowed(**changes: object) -> int:
        with at.client.session_transaction() as held:
            held.update(changes)
        wanted = listening._Request(SimpleNamespace(adj=server.adj, server=server, last_activity=float(now)))
        wanted.headers, wanted.path, wanted.command = (
            {"COOKIE": cookie(app, at)["Cookie"] + forged},
            "/people/import/",
            "POST",
        )
        return server._largest(wanted)

    now, forged = int(clock.now().timestamp()), ""
    assert allowed(seen=now) == 10 * MEGABYTE + 65536
    assert allowed(seen=now - 31 * 60) == listening.FORM
    assert allowed(seen=now, role="clerk") == listening.FORM
    forged = "x"
    assert allowed(role="manager") == listening.FROM_ANYBODY


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    made = Program(tmp_path_factory.mktemp("listening"), ENV="test")
    made.does("db", "upgrade")
    return made


@pytest.fixture
def server(program: Program) -> Iterator[Server]:
    started = Server(program, "--no-print-worker")
    yield started
    started.stop()


def megabytes(server: Server) -> float:
    """Memory of a server's process."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def port_of(server: Server) -> int:
    return int(server.url.rsplit(":", 1)[1])


def ask(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/healthz")
    return connection.getresponse().status


def test_half_sent_uploads_of_strangers_hold_next_to_nothing(server) -> None:
    port = port_of(server)
    assert ask(port) == 200
    before = megabytes(server)

    halves = [half(port, 9 * MEGABYTE, announced=9 * MEGABYTE + 1) for _ in range(24)]
    halves += [half(port, 60_000, announced=60_001) for _ in range(24)]

    assert ask(port) == 200
    assert megabytes(server) - before < 16
    for connection in halves:
        connection.close()


def test_a_thousand_slow_connections_stop_nobody(server) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    port = port_of(server)
    clerk = http.client.HTTPConnection("127.0.0.1", port, timeout=20, source_address=("127.0.0.2", 0))
    clerk.request("GET", "/healthz")
    assert clerk.getresponse().read()
    held = clerk.sock

    slow = [half(port, 4, announced=5_000) for _ in range(1_050)]
    clerk.request("GET", "/healthz")
    told = clerk.getresponse()
    newcomer = ask(port)

    assert (told.status, newcomer) == (200, 200)
    assert clerk.sock is held  # who has one connection keeps it
    for connection in slow:
        connection.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_request_that_does_not_come_on_is_ended(tmp_path, request, serve) -> None:
    served = serve(make_app("sqlite", tmp_path, request))
    silent = half(served.port, 4, announced=5_000)
    steady = half(served.port, 60_000, announced=60_001)
    idle = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    idle.request("GET", "/nowhere")
    idle.getresponse().read()

    def pass_seconds(seconds: int) -> None:
        served.server.maintenance(time.time() + seconds)
        served.server.pull_trigger()

    pass_seconds(listening.SECONDS - 2)
    silent.settimeout(0.2)
    assert not is_ended(silent)
    silent.settimeout(20)
    pass_seconds(listening.SECONDS + 2)
    assert is_ended(silent)
    steady.sendall(b"x")  # it sent more, so it has more time; the request is there and is answered
    assert steady.recv(65536).split()[1] in (b"400", b"401")
    held = idle.sock
    idle.request("GET", "/nowhere")
    idle.getresponse().read()
    assert idle.sock is held


@one_database
def test_together_uploads_are_bounded(app, serve) -> None:
    at = knocks(app, make_site())["manager"]
    at.client.get("/")
    served = serve(app)
    halves = [
        half(served.port, 10, announced=10 * MEGABYTE, path="/people/import/", **cookie(app, at))
        for _ in range(listening.UPLOADS)
    ]
    for connection in halves:
        connection.settimeout(20)
    served.ask("GET", "/sign-in")  # the ear hears in order
    status, text = served.ask("POST", "/people/import/", b"x" * MEGABYTE, **cookie(app, at))

    assert (status, "正在接收的文件太多" in text) == (409, True)
    for connection in halves:
        connection.close()


def test_an_answer_nobody_takes_holds_no_thread(tmp_path, request, serve) -> None:
    app = make_app("sqlite", tmp_path, request, threads=1)
    is_left = threading.Event()
    is_full = threading.Event()

    def endless() -> Response:
        def parts() -> Iterator[bytes]:
            try:
                for part in range(10_000):
                    if part == 16:
                        is_full.set()
                    yield b"x" * MEGABYTE
            finally:
                is_left.set()

        return Response(parts())

    app.add_url_rule("/endless", "endless", public(endless))
    served = serve(app)
    reader = socket.create_connection(("127.0.0.1", served.port), 20)
    reader.sendall(b"GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert is_full.wait(20)

    while not is_left.wait(0.05):  # it stops when the buffers of both sides are full
        served.server.maintenance(time.time() + listening.IDLE_S + 2)
        served.server.pull_trigger()

    assert served.ask("GET", "/nowhere")[0] == 404
    reader.close()


def test_every_view_that_takes_a_file_says_so(tmp_path, request) -> None:
    app = make_app("sqlite", tmp_path, request)
    reading = {
        f"{path.relative_to(ROOT).with_suffix('').as_posix().replace('/', '.')}.{node.name}"
        for path in (ROOT / "canteen").rglob("*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and "request.files" in ast.unparse(node)
    }
    marked = {
        f"{view.__module__}.{view.__name__}"
        for view in app.view_functions.values()
        if hasattr(view, "canteen_takes_file")
    }

    assert len(reading) == 3
    assert marked == reading
