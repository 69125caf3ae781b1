"""The officer's way from a notice to a scheme, on the PC and on the phone. Nothing is switched on: others eat here."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.conftest import DESK, PHONE
from tests.e2e.people import find_barriers, overflow_px


def test_an_officer_writes_tries_and_looks_before_anything_is_in_force(opens):
    page, phone = opens("civil", DESK), opens("civil", PHONE)
    page.goto("/schemes/1")
    page.get_by_role("button", name="从这一版新建草稿").click()
    editor, checked = page.locator("#text"), page.locator("#checked")
    expect(page.locator(".gutter")).to_contain_text("1\n2\n3")
    text = editor.input_value()

    editor.fill(text.replace("own_percent = 50", "own_percent = 500"))
    line = text[: text.index("own_percent = 50")].count("\n") + 1
    checked.get_by_role("button", name=f"第 {line} 行").click()
    assert (
        page.evaluate("t => t.value.slice(t.selectionStart, t.selectionEnd)", editor.element_handle())
        == "own_percent = 500"
    )

    editor.fill(text.replace("own_percent = 50", "own_percent = 60"))
    expect(checked.get_by_text("没有发现问题")).to_be_visible()
    expect(checked).to_contain_text("其中老人自付 60%")
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_text("草稿已保存")).to_be_visible()

    at = re.sub(r"#.*", "", page.url)
    page.goto(f"{at}/try")
    page.get_by_label("经济困难", exact=True).check()
    page.get_by_label("出生日期").fill("1940-03-01")
    page.get_by_role("button", name="试算").click()
    expect(page.locator("#tried")).to_contain_text("自付 60% 即 6.00")

    page.goto(f"{at}/preview")
    page.get_by_role("button", name="计算").click()
    expect(page.locator("#outcome")).to_contain_text("谁要出多少钱")

    for step in ("", "/numbers", "/try", "/preview", "/switch-on"):
        for shown in (page, phone):
            shown.goto(at + step)
            assert find_barriers(shown) == "", step
            assert overflow_px(shown) == 0, step
    expect(page.get_by_text("最后是您改的,要由另一个人启用")).to_be_visible()

    page.goto(at)
    page.locator("summary", has_text="删除这份草稿").click()
    page.get_by_role("button", name="删除", exact=True).click()
    expect(page.get_by_text("草稿已删除")).to_be_visible()


def test_the_desk_works_without_scripts(opens):
    page = opens("civil", DESK, scripts=False)
    page.goto("/schemes/builtin/jinxi")
    page.get_by_role("button", name="新建草稿").click()

    page.locator("#text").fill("id = 1")
    page.get_by_role("button", name="保存草稿").click()

    expect(page.locator("#checked")).to_contain_text("处问题")
    page.locator("summary", has_text="删除这份草稿").click()
    page.get_by_role("button", name="删除", exact=True).click()
    expect(page.get_by_text("草稿已删除")).to_be_visible()
