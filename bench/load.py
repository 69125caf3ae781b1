"""Clients: what they ask, one after another or many at once, and what their times say."""

from __future__ import annotations

import http.client
import itertools
import random
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import quote, urlencode

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_HTMX = {"HX-Request": "true"}
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
#: Seconds a single answer may take.
_PATIENCE = 30.0


@dataclass(slots=True)
class Till:
    """A signed-in browser at one site's counter."""

    cookie: str
    token: str


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, and a mark its good answer bears."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None = None
    mark: bytes = b""
    #: The browser whose cookie goes along, and which keeps the one that comes back.
    till: Till | None = None


@dataclass(slots=True)
class Times:
    """What happened: seconds of every good answer, how many failed, and how long it all took."""

    seconds: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    elapsed_s: float = 0.0

    def add(self, other: Times) -> None:
        """Put another block of the same measurement behind this one."""
        self.seconds += other.seconds
        self.failed += other.failed
        self.elapsed_s += other.elapsed_s

    def at(self, percent: float) -> float:
        """Milliseconds that ``percent`` of the answers did not exceed."""
        ordered = sorted(self.seconds)
        return ordered[min(int(len(ordered) * percent / 100), len(ordered) - 1)] * 1000

    @property
    def per_second(self) -> float:
        """Good answers a second."""
        return len(self.seconds) / self.elapsed_s


class Target:
    """A server and an endless row of requests to it. ``next_ask`` may be called from any thread."""

    def __init__(self, port: int, asks: Iterator[Ask]) -> None:
        self.port = port
        self._asks = asks
        self._taking = threading.Lock()

    def next_ask(self) -> Ask:
        """The next request; no two are the same serving."""
        with self._taking:
            ask = next(self._asks, None)
        if ask is None:
            raise SystemExit("every elder has been served in every sitting: make a county with more elders")
        return ask

    def connect(self) -> http.client.HTTPConnection:
        """A connection that stays open."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        connection.connect()
        return connection


def floor_asks(elders: int) -> Iterator[Ask]:
    """Servings at the floor: every elder once a sitting, in no order."""
    order = random.Random(2).sample(range(elders), elders)
    for slot, card in itertools.product(("lunch", "dinner"), order):
        form = {"key": secrets.token_urlsafe(18), "card": card, "day": date.today().isoformat(), "slot": slot}
        yield Ask("POST", "/serve", _FORM, urlencode(form).encode(), b"served")


def sign_in(port: int, *, username: str, password: str) -> Till:
    """Sign in through the page, and read the form token of the new session."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    token, cookie, _ = _page(connection, "GET", "/sign-in", "")
    form = urlencode({"username": username, "password": password, "csrf_token": token}).encode()
    _, cookie, status = _page(connection, "POST", "/sign-in", cookie, form)
    if status != 303:
        raise SystemExit(f"{username} could not sign in: {status}")
    token, cookie, _ = _page(connection, "GET", "/counter", cookie)
    connection.close()
    return Till(cookie, token)


def _page(
    connection: http.client.HTTPConnection, method: str, path: str, cookie: str, body: bytes | None = None
) -> tuple[str, str, int]:
    """Token, cookies and status of a page."""
    connection.request(method, path, body, ({"Cookie": cookie} if cookie else {}) | (_FORM if body else {}))
    answer = connection.getresponse()
    found = _TOKEN.search(answer.read().decode())
    kept = dict(one.split("=", 1) for one in cookie.split("; ") if one)
    kept |= dict(one.split(";")[0].split("=", 1) for one in answer.headers.get_all("Set-Cookie", ()))
    cookies = "; ".join(f"{name}={value}" for name, value in kept.items())
    return found[1] if found else "", cookies, answer.status


def our_asks(tills: list[Till], elders: int) -> Iterator[Ask]:
    """Servings at our counter: every elder once a sitting, in no order, at one site after another."""
    order = random.Random(2).sample(range(1, elders + 1), elders)
    for number, (slot, elder_id) in enumerate(itertools.product(("lunch", "dinner"), order)):
        till = tills[number % len(tills)]
        form = {
            "csrf_token": till.token,
            "key": secrets.token_urlsafe(18),
            "slot": slot,
            "elder_id": elder_id,
            "set": "A套餐",
            "way": "dine_in",
            "collected_by": "",
            "relation": "",
            "pay_way": "cash",
        }
        yield Ask("POST", "/counter/servings", _HTMX | _FORM, urlencode(form).encode(), b"data-serving", till)


def page_asks(tills: list[Till], query: Callable[[int], str], mark: bytes) -> Iterator[Ask]:
    """Endless GETs of the counter, each with what ``query`` makes of its number."""
    for number in itertools.count():
        yield Ask("GET", query(number), _HTMX, mark=mark, till=tills[number % len(tills)])


def find_path(text: str) -> str:
    """Where the counter's search box goes."""
    return f"/counter/find?slot=lunch&q={quote(text)}"


def one_by_one(target: Target, count: int) -> Times:
    """One client, one request after another."""
    times = Times()
    connection = target.connect()
    for _ in range(count):
        _ask(connection, target.next_ask(), times, None)
    connection.close()
    times.elapsed_s = sum(times.seconds)
    return times


def together(target: Target, *, clients: int, seconds: float) -> Times:
    """Clients at once, each asking again as soon as it has an answer."""
    deadline = time.perf_counter() + seconds

    def client(connection: http.client.HTTPConnection, times: Times) -> None:
        while time.perf_counter() < deadline:
            _ask(connection, target.next_ask(), times, None)

    return _threads(target, clients, client)


def open_loop(target: Target, *, per_second: float, seconds: float, clients: int) -> Times:
    """Requests at set instants, whether or not earlier ones are answered; waiting for a free client counts."""
    began = time.perf_counter() + 0.2
    instants = iter([began + number / per_second for number in range(int(per_second * seconds))])
    taking = threading.Lock()

    def client(connection: http.client.HTTPConnection, times: Times) -> None:
        while True:
            with taking:
                due = next(instants, None)
            if due is None:
                return
            time.sleep(max(due - time.perf_counter(), 0))
            _ask(connection, target.next_ask(), times, due)

    return _threads(target, clients, client)


def _threads(target: Target, clients: int, client: Callable[[http.client.HTTPConnection, Times], None]) -> Times:
    connections = [target.connect() for _ in range(clients)]
    parts = [Times() for _ in connections]
    threads = [threading.Thread(target=client, args=pair) for pair in zip(connections, parts, strict=True)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    all_of_them = Times()
    for part in parts:
        all_of_them.add(part)
    all_of_them.elapsed_s = time.perf_counter() - began
    for connection in connections:
        connection.close()
    return all_of_them


def _ask(connection: http.client.HTTPConnection, ask: Ask, times: Times, due: float | None) -> None:
    """Ask once and note the time since then, or since it was due."""
    began = time.perf_counter() if due is None else due
    headers = ask.headers | {"Cookie": ask.till.cookie} if ask.till else ask.headers
    try:
        connection.request(ask.method, ask.path, ask.body, headers)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        times.failed.append(repr(error))
        connection.close()
        return
    seconds = time.perf_counter() - began
    if ask.till and (given := answer.getheader("Set-Cookie")):
        ask.till.cookie = given.split(";")[0]
    if answer.status == 200 and ask.mark in body:
        times.seconds.append(seconds)
    else:
        times.failed.append(f"{answer.status} {body[:300].decode(errors='replace')}")
