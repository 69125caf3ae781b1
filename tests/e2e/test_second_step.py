"""A passkey in a real browser: Chromium's own virtual authenticator makes it and signs with it."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from canteen.entrance.demo import PASSWORD, VILLAGE
from tests.e2e.conftest import DESK, Canteen, Watch
from tests.e2e.people import find_barriers, signs_in

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_passkey_is_made_and_opens_the_door(browser: Browser, canteen: Canteen):
    canteen.program.environ["CANTEEN_ADMIN_PASSWORD"] = PASSWORD
    canteen.program.does("user", "add", "keykeeper", "--name", "演示钥匙", "--role", "committee", "--area", VILLAGE)
    home = canteen.url.replace("127.0.0.1", "localhost")
    watch = Watch(home)
    context = browser.new_context(base_url=home, viewport=DESK, locale="zh-CN")
    page = context.new_page()
    watch.over(page)
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})

    signs_in(page, "keykeeper")
    page.goto("/account")
    assert find_barriers(page) == ""
    page.locator("#second-step").get_by_label("您自己的密码").fill(PASSWORD)
    page.locator("#second-step").get_by_role("button", name="继续").click()
    expect(page.get_by_role("img", name="给手机验证器扫的二维码")).to_be_visible()
    assert find_barriers(page) == ""
    page.get_by_label("给它起个名字").fill("办公室电脑")
    page.get_by_role("button", name="建立通行密钥").click()
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    assert find_barriers(page) == ""
    page.get_by_role("link", name="已收好,继续").click()
    page.get_by_role("button", name="退出").click()

    page.get_by_label("用户名").fill("keykeeper")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="第二步验证")).to_be_visible()
    assert find_barriers(page) == ""
    page.get_by_role("button", name="使用通行密钥").click()

    expect(page.get_by_role("button", name="退出")).to_be_visible()
    assert watch.complaints == []
    context.close()
