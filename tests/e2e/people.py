"""The people of the walks, speaking as they do: ``till.scans("000001")``, ``till.serves()``."""

from __future__ import annotations

import re
import time

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from canteen.entrance.demo import PASSWORD

#: A page is judged by its whole self: no rule is left out.
_AXE = Axe()


def signs_in(page: Page, username: str) -> None:
    """Through the page everybody uses."""
    page.goto("/sign-in")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.locator("form[action='/sign-out']")).to_have_count(1)


def find_barriers(page: Page) -> str:
    """What axe-core finds wrong for people with disabilities; "" when nothing."""
    found = _AXE.run(page)
    wrong = [f"{rule['id']}: {node['html']}" for rule in found.response["violations"] for node in rule["nodes"]]
    return "; ".join(wrong)


def overflow_px(page: Page) -> int:
    """How many pixels the page is wider than its window: 0 when nobody must scroll sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def comes_true(page: Page, sight: Locator, within_s: float = 30) -> None:
    """Reload the page until something is to be seen that another process brings about."""
    deadline = time.monotonic() + within_s
    while not sight.is_visible() and time.monotonic() < deadline:
        page.wait_for_timeout(200)
        page.reload()
    expect(sight).to_be_visible()


class Till:
    """A clerk at the counter with a scanner, who does not touch the mouse."""

    def __init__(self, page: Page, *, slot: str = "lunch") -> None:
        self.page = page
        page.goto(f"/counter?slot={slot}")
        self.region = page.locator("#till")

    def scans(self, card: str) -> None:
        """The scanner types the number and Enter into whatever has the focus."""
        self.page.keyboard.type(card)
        self.page.keyboard.press("Enter")
        expect(self.region.locator(".offer, .matches, .refusal, .result").first).to_be_visible()

    def serves(self) -> str:
        """Enter on the button that has the focus; the number of the serving."""
        expect(self.region.locator(".serve-button")).to_be_focused()
        self.page.keyboard.press("Enter")
        head = self.region.locator(".result-head .number")
        expect(head).to_be_visible()
        return head.inner_text()

    def voids(self, reason: str) -> None:
        """From the result to its page, with one of the reasons written there."""
        self.region.get_by_role("link", name="查看小票和明细").click()
        self.page.get_by_label(reason).check()
        self.page.get_by_role("button", name="作废这一份").click()

    @property
    def own(self) -> str:
        """The largest number on the page: what the elder pays."""
        return self.region.locator(".own-amount").inner_text()

    @property
    def says(self) -> str:
        """The refusal, or the person that is shown."""
        return re.sub(r"\s+", " ", self.region.inner_text())


class Volunteer:
    """Somebody with boxes in one hand and a phone in the other."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.goto("/deliveries/run")

    def names(self) -> list[str]:
        """Who is still to be visited, in walking order."""
        doors = self.page.locator(".door.planned h3").all_inner_texts()
        return [text.split()[1] for text in doors]

    def door(self, name: str) -> Locator:
        return self.page.locator(".door", has_text=name)

    def hands_over(self, name: str) -> None:
        self.door(name).get_by_role("button", name="已送达").click()

    def finds_nobody(self, name: str) -> None:
        self.door(name).get_by_role("button", name="无人应答").click()
