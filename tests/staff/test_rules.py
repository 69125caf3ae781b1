"""Reach, names and time, as tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from canteen.base.access import ALLOWED, COMMAND, NOBODY, Actor, may, reaches_area, reaches_site
from canteen.base.words import ROLES
from canteen.staff.rules import is_idle, minutes_left, name_problem, reaches_account, tidy_username, username_problem

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
TOWNSHIP = Actor("staff", 1, "镇管理员", "administrator", "金溪县/云溪镇")
AT_SITE = Actor("staff", 2, "站长", "administrator", "金溪县/云溪镇/枫林村", site_id=7)


@pytest.mark.parametrize(
    ("actor", "path", "reaches"),
    [
        pytest.param(TOWNSHIP, "金溪县/云溪镇", True, id="the own area"),
        pytest.param(TOWNSHIP, "金溪县/云溪镇/枫林村", True, id="an area below"),
        pytest.param(TOWNSHIP, "金溪县", False, id="the area above"),
        pytest.param(TOWNSHIP, "金溪县/云溪镇东", False, id="a neighbour whose name begins the same"),
        pytest.param(TOWNSHIP, "玉山县/云溪镇", False, id="a namesake elsewhere"),
        pytest.param(COMMAND, "金溪县", True, id="the command line reaches all"),
        pytest.param(NOBODY, "金溪县", False, id="nobody reaches nothing"),
    ],
)
def test_reach_goes_down_the_tree_only(actor: Actor, path: str, reaches: bool) -> None:
    assert reaches_area(actor, path) == reaches


@pytest.mark.parametrize(
    ("actor", "site_id", "path", "reaches"),
    [
        pytest.param(AT_SITE, 7, "金溪县/云溪镇/枫林村", True, id="the own site"),
        pytest.param(AT_SITE, 8, "金溪县/云溪镇/枫林村", False, id="another site of the same village"),
        pytest.param(TOWNSHIP, 8, "金溪县/云溪镇/枫林村", True, id="every site of the area"),
    ],
)
def test_somebody_bound_to_a_site_reaches_only_that(actor: Actor, site_id: int, path: str, reaches: bool) -> None:
    assert reaches_site(actor, site_id=site_id, area_path=path) == reaches


@pytest.mark.parametrize(
    ("actor", "site_id", "path", "reaches"),
    [
        pytest.param(AT_SITE, 7, "金溪县/云溪镇/枫林村", True, id="an account of the own site"),
        pytest.param(AT_SITE, None, "金溪县/云溪镇/枫林村", False, id="the village's account, above the site"),
        pytest.param(TOWNSHIP, None, "金溪县/云溪镇/枫林村", True, id="a village's account"),
        pytest.param(TOWNSHIP, None, "金溪县", False, id="the county's account"),
    ],
)
def test_accounts_are_kept_from_above(actor: Actor, site_id: int | None, path: str, reaches: bool) -> None:
    assert reaches_account(actor, site_id=site_id, area_path=path) == reaches


def test_nobody_may_do_nothing() -> None:
    assert [action for action in ALLOWED if may(NOBODY, action)] == []


def test_every_allowed_role_exists() -> None:
    assert {role for roles in ALLOWED.values() for role in roles} == {*ROLES, "terminal", "print_agent"}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        pytest.param("  Wang.Li ", "wang.li", id="capitals and spaces around"),
        pytest.param("ｗａｎｇ１", "wang1", id="full-width letters of an input method"),
        pytest.param("wang\x00\u200b\n", "wang", id="signs no screen shows"),
        pytest.param("王秀兰", "王秀兰", id="Chinese stays, and is refused"),
    ],
)
def test_user_names_are_brought_to_one_form(typed: str, kept: str) -> None:
    assert tidy_username(typed) == kept


@pytest.mark.parametrize(
    ("username", "is_good"),
    [
        pytest.param("li", True, id="two letters"),
        pytest.param("a" * 32, True, id="32 letters"),
        pytest.param("wang_li-2.x", True, id="every sign allowed"),
        pytest.param("a", False, id="one letter"),
        pytest.param("a" * 33, False, id="33 letters"),
        pytest.param("王秀兰", False, id="Chinese"),
        pytest.param("wаng", False, id="a Cyrillic a among Latin letters"),
        pytest.param("wang li", False, id="a space inside"),
        pytest.param("wang\n", False, id="a line break at the end"),
        pytest.param("Wang", False, id="a capital"),
        pytest.param("", False, id="nothing"),
        pytest.param("１２", False, id="digits that are not ASCII"),
    ],
)
def test_user_names_are_plain_ascii(username: str, is_good: bool) -> None:
    assert (username_problem(username) == "") == is_good


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        pytest.param("王", "", id="one character"),
        pytest.param("", "请填写姓名", id="empty"),
        pytest.param("王\x00", "姓名里有看不见的字,请重新输入", id="a sign no database keeps"),
        pytest.param("王" * 41, "姓名太长,最多 40 个字", id="41 characters"),
    ],
)
def test_names_are_short_and_there(name: str, problem: str) -> None:
    assert name_problem(name) == problem


@pytest.mark.parametrize(
    ("seen_minutes_ago", "idle"),
    [
        pytest.param(0, False, id="now"),
        pytest.param(30, False, id="exactly the limit"),
        pytest.param(30.1, True, id="beyond it"),
        pytest.param(-5, False, id="a clock set back a little"),
        pytest.param(-24 * 60, True, id="a clock that was a day ahead"),
    ],
)
def test_a_session_is_idle_by_distance(seen_minutes_ago: float, idle: bool) -> None:
    seen_at = NOON - timedelta(minutes=seen_minutes_ago)

    assert is_idle(seen_at=seen_at, now=NOON, idle_minutes=30) == idle


@pytest.mark.parametrize(
    ("seconds_ago", "minutes"),
    [
        pytest.param(0, 15, id="just failed"),
        pytest.param(1, 15, id="rounded up"),
        pytest.param(14 * 60, 1, id="a minute left"),
        pytest.param(15 * 60 - 1, 1, id="never zero"),
    ],
)
def test_the_pause_is_said_in_whole_minutes(seconds_ago: int, minutes: int) -> None:
    assert minutes_left(oldest_at=NOON - timedelta(seconds=seconds_ago), now=NOON) == minutes


def test_what_is_wrong_with_a_user_name_is_said() -> None:
    assert username_problem("a") == "用户名只能用小写英文字母、数字、点、下划线和短横线,2 到 32 个"
    assert name_problem("王" * 40) == ""
