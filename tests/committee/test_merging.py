"""What a committee sees of classes and payers: nothing that a few people share, and nothing that gives it away."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from factories import TODAY, Person, Place, make_elder, make_menu, make_site, make_staff, sign_in
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from canteen.base import clock
from canteen.committee.merging import MergedSums, merged_sums_of
from canteen.committee.rules import LEAST_SHOWN, merged_keys

from .conftest import Serve

NOVEMBER = {"first": date(2026, 11, 1), "last": date(2026, 11, 30)}
#: What makes an elder of 82 this class of Jinxi.
STATUSES = {"四类": ("tekun",), "六类": ("hardship",)}


@given(st.dictionaries(st.sampled_from("abcdefg"), st.sets(st.integers(1, 30), max_size=9), max_size=7))
def test_whatever_is_shown_or_can_be_taken_off_the_total_is_of_enough_people(groups: dict[str, set[int]]) -> None:
    merged = merged_keys(groups)
    together = {elder for key in merged for elder in groups[key]}

    assert all(len(groups[key]) >= LEAST_SHOWN for key in groups if key not in merged and groups[key])
    assert not merged or len(together) >= LEAST_SHOWN or merged == {key for key in groups if groups[key]}


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ({}, ""),
        ({"a": 5, "b": 6}, ""),
        ({"a": 0, "b": 6}, ""),
        ({"a": 1, "b": 6, "c": 9}, "ab"),
        ({"a": 2, "b": 3, "c": 9}, "ab"),
        ({"a": 1, "b": 3}, "ab"),
        ({"a": 4, "b": 5}, "ab"),
    ],
)
def test_the_next_smallest_joins_what_would_be_told_by_the_total(sizes: dict[str, int], expected: str) -> None:
    people = {key: range(100 * at, 100 * at + size) for at, (key, size) in enumerate(sizes.items())}

    assert merged_keys(people) == set(expected)


def test_the_same_few_people_in_two_groups_are_still_few() -> None:
    assert merged_keys({"a": [1, 2, 3], "b": [1, 2, 3], "c": range(9)}) == {"a", "b", "c"}


def _eat(serve: Serve, site: Place, class_code: str, count: int, **where: Place) -> None:
    for at in range(count):
        elder = make_elder(f"测试{class_code}{at}", site=site, path=site.area_path, statuses=STATUSES[class_code])
        serve(elder, **where)


def test_a_class_of_few_is_added_to_another_and_the_sum_stays(serve: Serve, site: Place) -> None:
    _eat(serve, site, "四类", 1)
    _eat(serve, site, "六类", 6)
    serve()

    found = merged_sums_of(site_ids=(site.id,), **NOVEMBER)

    assert (found.by_class, found.other_meals) == ({}, 7), "one of seven is told by the total: the six join it"
    assert sum(source.amount_fen for source in found.sources) + found.other_fen == 8_000


def test_all_sites_less_the_others_is_no_smaller_group(serve: Serve, site: Place) -> None:
    far = make_site("测试外村助餐点", path="金溪县/云溪镇/测试村")
    make_menu(far)
    _eat(serve, site, "六类", 6)
    _eat(serve, far, "六类", 2, where=far)
    _eat(serve, far, "四类", 5, where=far)

    def look(*sites: Place) -> MergedSums:
        return merged_sums_of(site_ids=[one.id for one in sites], **NOVEMBER)

    assert (look(site).by_class, look(site).other_meals) == ({"六类": 6}, 0)
    assert (look(far).by_class, look(far).other_meals) == ({}, 7)
    assert (look(site, far).by_class, look(site, far).other_meals) == ({"六类": 6}, 7)


def test_the_page_of_a_month_that_is_over_merges_and_a_running_one_has_no_classes(
    app: Flask, site: Place, committee: Person, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    _eat(serve, site, "四类", 2)
    _eat(serve, site, "六类", 7)
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, TODAY.day, 6, tzinfo=UTC))
    client = sign_in(app.test_client(), committee)
    running = client.get("/oversight?month=2026-11").get_data(as_text=True)
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 12, 2, 6, tzinfo=UTC))
    client = sign_in(app.test_client(), committee)
    over = client.get("/oversight?month=2026-11").get_data(as_text=True)
    manager = sign_in(app.test_client(), make_staff("manager", site=site))
    whole = manager.get("/oversight?month=2026-11").get_data(as_text=True)

    assert "整月过完以后" in running and "四类" not in running and "六类" not in running
    assert not re.search("[一二三四五六]类", over.split("<main")[1])
    assert re.search(r"其他\(不到5人的合在一起\)</th><td class=\"number\">9<", over)
    assert "四类" in whole and "六类" in whole
