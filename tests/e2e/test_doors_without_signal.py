"""A phone without signal: taps are kept by drop, outcome and key alone, and sent once when the signal is back."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.e2e.conftest import PHONE, Canteen
from tests.e2e.people import Volunteer, find_barriers, signs_in

KEPT = """async () => {
  const ask = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
  const store = await ask(indexedDB.open("canteen-deliveries", 1));
  return ask(store.transaction("taps").objectStore("taps").getAll());
}"""


@pytest.fixture
def context(browser: Browser, canteen: Canteen) -> Iterator[BrowserContext]:
    """A phone that may lose its signal: the browser's complaints about that are no failure here."""
    opened = browser.new_context(base_url=canteen.url, viewport=PHONE, locale="zh-CN")
    yield opened
    opened.close()


@pytest.fixture
def volunteer(context: BrowserContext) -> Volunteer:
    page = context.new_page()
    signs_in(page, "volunteer")
    return Volunteer(page)


def kept(page: Page) -> list[dict[str, object]]:
    found: list[dict[str, object]] = page.evaluate(KEPT)
    return found


def servings(canteen: Canteen) -> int:
    books = json.loads(canteen.program.does("check", "--json"))
    assert books["problems"] == []
    return int(books["servings"])


def test_a_tap_without_signal_waits_and_is_sent_once(
    context: BrowserContext, volunteer: Volunteer, canteen: Canteen
) -> None:
    page, name, before = volunteer.page, volunteer.names()[-1], servings(canteen)
    page.wait_for_function("caches.match('/deliveries/run')")
    context.set_offline(True)

    volunteer.hands_over(volunteer.names()[0])
    page.get_by_role("button", name="按错了,撤销").click()
    expect(page.locator("#unsent")).to_be_hidden()
    volunteer.hands_over(name)
    expect(page.locator("#unsent")).to_contain_text("1 条等待发送")
    page.reload()

    expect(page.locator("#kept")).to_contain_text("没有信号:这是")
    expect(volunteer.door(name)).to_contain_text("已送达:已记在手机里,等待发送")
    expect(page.locator("#unsent")).to_contain_text("1 条等待发送")
    [tap] = kept(page)
    assert {*tap} == {"drop", "key", "outcome", "note", "who", "at", "owner", "undo"}
    assert (tap["outcome"], name in json.dumps(tap, ensure_ascii=False)) == ("handed_over", False)
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert find_barriers(page) == ""
    assert servings(canteen) == before

    context.set_offline(False)

    expect(page.locator("#unsent")).to_be_hidden(timeout=20_000)
    expect(volunteer.door(name)).to_contain_text("已送达")
    for _ in range(50):  # the page forgets a tap a moment after it shows its answer
        if not kept(page):
            break
        page.wait_for_timeout(100)
    assert kept(page) == []
    assert servings(canteen) == before + 1

    context.set_offline(True)
    page.reload()

    expect(volunteer.door(name)).to_contain_text("单号")  # the kept page knows what became of the tap
    context.set_offline(False)
    page.locator(".phone-menu summary").click()
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_label("用户名")).to_be_visible()
    assert page.evaluate("caches.match('/deliveries/run').then((kept) => kept === undefined)")


def test_a_lost_answer_is_asked_for_again_under_the_same_key(volunteer: Volunteer, canteen: Canteen) -> None:
    page, name, before = volunteer.page, volunteer.names()[-1], servings(canteen)
    page.wait_for_function("caches.match('/deliveries/run')")

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/deliveries/drops/*", lose_the_answer, times=1)
    volunteer.hands_over(name)
    expect(page.locator("#unsent")).to_contain_text("1 条等待发送")

    page.reload()

    expect(page.locator("#unsent")).to_be_hidden()
    expect(volunteer.door(name)).to_contain_text("已送达")
    for _ in range(50):  # the page forgets a tap a moment after it shows its answer
        if not kept(page):
            break
        page.wait_for_timeout(100)
    assert kept(page) == []
    assert servings(canteen) == before + 1
