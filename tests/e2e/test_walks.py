"""The main walks as people do them: at the counter, without scripts, on the volunteer's phone, in the committee."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Route, expect

from tests.e2e.conftest import DESK, PHONE
from tests.e2e.people import Till, Volunteer, comes_true, find_barriers

# People of the demo, one for each walk, so that no walk eats another's lunch.
FOR_SCANNER, FOR_TWICE, FOR_VOID, WITHOUT_SCRIPTS, FOR_COUNT, FOR_LOST, FOR_BOARD, FOR_SLOW, FOR_NEXT = (
    f"{n:06d}" for n in (1, 2, 3, 4, 5, 7, 9, 10, 11)
)


def test_a_scan_and_enter_serve_and_the_search_box_is_ready_for_the_next(desk):
    till = Till(desk)

    till.scans(FOR_SCANNER)
    offered = till.own
    number = till.serves()

    assert till.own == offered
    assert re.fullmatch(r"\d{4}-\d{3}", number)
    expect(desk.locator("#q")).to_be_focused()
    expect(desk.locator("#board")).to_contain_text(number[5:])
    assert find_barriers(desk) == ""


def test_what_was_served_stays_clear_while_the_board_and_the_paper_beside_it_are_fetched(desk):
    till = Till(desk)
    held: list[Route] = []
    for address in ("**/counter/board?*", "**/counter/servings/*/paper"):
        desk.route(address, lambda route: held.append(route))
    till.scans(FOR_BOARD)

    with desk.expect_request("**/counter/board?*"):
        number = till.serves()

    expect(till.region).not_to_have_class(re.compile("is-waiting"))
    for route in held:
        route.continue_()
    expect(desk.locator("#board")).to_contain_text(number[5:])


def test_a_card_scanned_before_the_answer_about_the_last_one_is_not_lost(desk):
    """The next in line holds out the card while the server is still writing; a card half read stays as it is."""
    till = Till(desk)
    held: list[Route] = []
    desk.route("**/counter/servings", lambda route: held.append(route))
    till.scans(FOR_SLOW)
    desk.keyboard.press("Enter")
    expect(till.region.locator(".serve-button")).to_have_attribute("aria-busy", "true")

    desk.keyboard.type(FOR_NEXT)
    desk.keyboard.press("Enter")
    held[0].continue_()
    expect(till.region.locator(".serve-button")).to_be_focused()
    expect(till.region.locator(".serve-button")).not_to_have_attribute("aria-busy", "true")
    expect(desk.locator("#q")).to_have_value("")
    desk.keyboard.press("Enter")
    expect(till.region.locator(".serve-button")).to_have_attribute("aria-busy", "true")
    desk.keyboard.type(FOR_SLOW[:3])
    held[1].continue_()

    expect(till.region.locator(".result-head .number")).to_be_visible()
    expect(desk.locator("#board")).to_contain_text(till.region.locator(".result-head .number").inner_text()[5:])
    expect(desk.locator("#q")).to_have_value(FOR_SLOW[:3])
    desk.keyboard.type(FOR_SLOW[3:])
    desk.keyboard.press("Enter")
    expect(till.region.locator('.refusal[data-code="already_served"]')).to_be_visible()


def test_the_same_card_again_is_refused_with_when_and_what_to_do(desk):
    till = Till(desk)
    till.scans(FOR_TWICE)
    till.serves()

    till.scans(FOR_TWICE)

    expect(till.region.locator('.refusal[data-code="already_served"]')).to_be_visible()
    expect(till.region.get_by_role("link", name="第二份(自费)")).to_be_visible()
    assert find_barriers(desk) == ""


def test_a_void_gives_the_lunch_back(desk):
    till = Till(desk)
    till.scans(FOR_VOID)
    till.serves()

    till.voids("刷错了人")
    expect(desk.get_by_text("已作废").first).to_be_visible()
    again = Till(desk)
    again.scans(FOR_VOID)

    assert re.fullmatch(r"\d{4}-\d{3}", again.serves())


def test_the_counter_works_without_scripts(opens):
    page = opens("clerk", DESK, scripts=False)
    page.goto("/counter?slot=lunch")

    page.locator("#q").fill(WITHOUT_SCRIPTS)
    page.locator("#q").press("Enter")
    page.locator(".serve-button").click()

    expect(page.locator(".result-head .number")).to_have_text(re.compile(r"\d{4}-\d{3}"))


def test_a_lost_answer_is_asked_again_and_serves_once(desk, canteen, watch):
    """The server does its work and the answer never arrives: the page asks under the same key."""
    till, lost = Till(desk), []
    watch.forgives("net::ERR_FAILED", "htmx:")

    def lose_the_first(route):
        if not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    before = json.loads(canteen.program.does("check", "--json"))["servings"]
    desk.route("**/counter/servings", lose_the_first)
    till.scans(FOR_LOST)
    number = till.serves()

    assert lost
    assert re.fullmatch(r"\d{4}-\d{3}", number)
    assert json.loads(canteen.program.does("check", "--json"))["servings"] == before + 1


def test_the_ticket_appears_on_the_drawn_printer(desk):
    till = Till(desk)

    till.scans("000008")
    till.serves()

    expect(till.region.locator(".paper")).to_be_visible()
    till.region.get_by_role("link", name="查看小票和明细").click()
    comes_true(desk, desk.get_by_role("link", name=re.compile("小票 · 已打印")))


def test_the_committees_count_goes_up_by_one(desk, opens):
    committee = opens("committee")
    committee.goto("/oversight")
    before = committee.locator("#today .number").first.inner_text()

    till = Till(desk)
    till.scans(FOR_COUNT)
    till.serves()
    committee.reload()

    assert int(committee.locator("#today .number").first.inner_text()) == int(before) + 1


def test_a_volunteer_hands_over_and_no_answer_reaches_the_manager(opens):
    manager = opens("manager")
    manager.goto("/deliveries")
    manager.get_by_role("button", name="排出车").first.click()
    volunteer = Volunteer(opens("volunteer", PHONE))
    names = volunteer.names()

    volunteer.hands_over(names[0])
    volunteer.finds_nobody(names[1])

    expect(volunteer.door(names[0])).to_contain_text("已送达")
    assert find_barriers(volunteer.page) == ""
    header = volunteer.page.locator("header").bounding_box()
    assert header["height"] <= PHONE["height"] / 10
    manager.get_by_role("link", name="没有应答的,看「探访」").click()
    expect(manager.locator("main")).to_contain_text(names[1])
    assert find_barriers(manager) == ""


def test_the_books_hold_after_all_that(canteen):
    books = json.loads(canteen.program.does("check", "--json"))

    assert books["problems"] == []
    assert books["ok"] is True
