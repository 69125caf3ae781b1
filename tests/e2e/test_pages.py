"""Every page anybody can reach by links: readable by everybody, and never wider than the screen."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESK, PHONE
from tests.e2e.people import find_barriers, overflow_px

#: Papers to download are no pages.
_FILE = re.compile(r"\.(xlsx|csv|svg|json|toml)$")


def shape(url: str) -> str:
    """``/staff/3`` and ``/staff/4`` are one page: numbers, days and codes in a path do not count."""
    return re.sub(r"/(\d+|\d{4}-\d\d-\d\d|S\d+)(?=/|$)", "/…", urlsplit(url).path)


def links(page: Page) -> list[str]:
    found = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
    return [url for url in found if url.startswith(page.url.split("/", 3)[0]) and not _FILE.search(urlsplit(url).path)]


@pytest.fixture(scope="session")
def looked_at() -> set[str]:
    """Shapes of pages that were judged for an earlier account."""
    return set()


@pytest.mark.parametrize("username", ["admin", "manager", "clerk", "volunteer", "committee", "civil", ""])
def test_every_page_is_without_barriers_and_fits(username, opens, canteen, looked_at):
    page, narrow = opens(username, DESK), opens(username, PHONE)
    waiting, wrong = [f"{canteen.url}/", f"{canteen.url}/menu", f"{canteen.url}/no-such-page"], []

    while waiting:
        url = waiting.pop()
        if shape(url) in looked_at and shape(url) != "/":
            continue
        answer = page.goto(url)
        assert answer, url
        looked_at |= {shape(url), shape(page.url)}
        waiting += [link for link in links(page) if link.startswith(canteen.url) and shape(link) not in looked_at]
        narrow.goto(url)
        wrong += [f"{url}: answered {answer.status}"] if answer.status >= 500 else []
        wrong += [f"{url}: {text}" for text in filter(None, (find_barriers(page), find_barriers(narrow)))]
        wrong += [f"{url}: {over} px too wide at {v.viewport_size}" for v in (page, narrow) if (over := overflow_px(v))]

    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


def test_a_page_that_is_not_there_shows_the_way_back(opens):
    page = opens("clerk")

    page.goto("/no-such-page")

    expect(page.get_by_role("link", name="回到首页")).to_be_visible()
