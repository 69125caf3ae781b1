"""A real server, a real print worker and a real Chromium.

Everything lives in directories of its own and on a free port of the loopback. A test that makes the browser complain
(a script error, a broken content security policy, a request to the outside) fails, whatever else it shows.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from tests.e2e.people import signs_in
from tests.server import Program, Server

#: No sandbox: it cannot be had as root in a container, and the only pages are our own.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
#: The old counter PC, and the cheap phone.
DESK, PHONE = {"width": 1366, "height": 768}, {"width": 360, "height": 740}


@dataclass(frozen=True)
class Canteen:
    """The demo canteen all walks share: each walk has people of its own."""

    program: Program
    url: str


@pytest.fixture(scope="session")
def canteen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canteen]:
    """The demo on an embedded SQLite file, served with its print worker."""
    program = Program(tmp_path_factory.mktemp("canteen"), ENV="demo")
    program.does("db", "upgrade")
    program.does("demo")
    server = Server(program)
    yield Canteen(program, server.url)
    assert server.stop() == 0, server.says
    assert "Traceback" not in server.says, server.says


def _chromium() -> str:
    found = os.environ.get("CANTEEN_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        pytest.fail("no Chromium: install one, or leave its tests out by CANTEEN_TEST_BROWSER=skip", pytrace=False)
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's Chromium with an empty profile."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=_chromium(), args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def cookies() -> dict[str, object]:
    """Who signed in once stays signed in for the later tests."""
    return {}


class Watch:
    """Notes what the browser complains of."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._forgiven: tuple[str, ...] = ()
        self.complaints: list[str] = []

    def forgives(self, *signs: str) -> None:
        """For a test that makes trouble on purpose: complaints with one of these words are expected."""
        self._forgiven = signs

    def over(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        """A refusal is answered with 409 or 422, which Chromium writes down as a failed resource: that one is fine."""
        is_refusal = message.text.startswith("Failed to load resource") and "status of 4" in message.text
        is_expected = is_refusal or any(sign in message.text for sign in self._forgiven)
        if message.type in ("error", "warning") and not is_expected:
            self.complaints.append(f"{message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self._url, "data:", "blob:")):
            self.complaints.append(f"a request to the outside: {request.url}")


@pytest.fixture
def watch(canteen: Canteen) -> Iterator[Watch]:
    """What the browser complained of in this test, which must be nothing."""
    watching = Watch(canteen.url)
    yield watching
    assert watching.complaints == []


@pytest.fixture
def opens(
    browser: Browser, canteen: Canteen, cookies: dict[str, object], watch: Watch
) -> Iterator[Callable[..., Page]]:
    """``opens("clerk", PHONE)``: a page of somebody signed in ("" for nobody), watched until the test ends."""
    contexts = list[BrowserContext]()

    def open_page(username: str = "", size: dict[str, int] = DESK, *, scripts: bool = True) -> Page:
        context = browser.new_context(
            base_url=canteen.url,
            viewport=size,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            java_script_enabled=scripts,
            storage_state=cookies.get(username),
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        watch.over(page)
        if username and username not in cookies:
            signs_in(page, username)
            cookies[username] = context.storage_state()
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def desk(opens: Callable[..., Page]) -> Page:
    """The clerk's PC, 1366 × 768."""
    return opens("clerk", DESK)


@pytest.fixture
def phone(opens: Callable[..., Page]) -> Page:
    """The volunteer's phone, 360 × 740."""
    return opens("volunteer", PHONE)
