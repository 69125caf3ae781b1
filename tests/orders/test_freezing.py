"""The kitchen's count is fixed when orders close, without anybody pressing a button, and what changes then is printed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from canteen.base.access import COMMAND
from canteen.base.clock import day_of
from canteen.base.db import reading
from canteen.orders import papers
from canteen.orders.freezing.service import freeze, look_after_kitchen
from canteen.orders.models import FrozenCount
from canteen.orders.papers import SittingAt
from canteen.orders.rules import OrderRequest
from canteen.orders.service import cancel_order, place_order, print_for_kitchen
from canteen.places.queries import SiteFacts, site_for
from canteen.places.requests import ExceptionChange
from canteen.places.service import set_exception
from canteen.printing.models import JOB
from canteen.printing.papers.sealing import opened
from tests.factories import TODAY, Place, make_elder, make_menu, make_staff
from tests.orders.conftest import EARLY
from tests.printing.records import make_printer

#: 09:30 in China is the cut-off of the test lunch and still in time; a minute later it has passed.
CUTOFF = EARLY.replace(hour=1, minute=30)
PASSED = CUTOFF + timedelta(minutes=1)


@pytest.fixture
def kitchen(site: Place) -> SiteFacts:
    make_menu(site)
    return site_for(COMMAND, site.id)


def order(site: Place, name: str, *, at: datetime = EARLY, **more: Any) -> int:
    elder = make_elder(name, site=site)
    request = OrderRequest(**({"site_id": site.id, "elder_id": elder, "day": TODAY, "slot": "lunch"} | more))
    return place_order(request, actor=COMMAND, now=at)


def counts() -> list[int]:
    """Meals of the lunches that were fixed."""
    with reading() as session:
        rows = session.execute(select(FrozenCount.site_id, FrozenCount.day).where(FrozenCount.slot == "lunch")).all()
        found = []
        for row in rows:
            facts = papers.frozen(session, SittingAt(site=site_for(COMMAND, row.site_id), day=row.day, slot="lunch"))
            assert facts is not None
            found.append(facts.total)
        return found


def printed() -> list[tuple[str, int]]:
    """Kind and total of the kitchen's papers."""
    with reading() as session:
        rows = session.execute(select(JOB.c.kind, JOB.c.key, JOB.c.sealed).order_by(JOB.c.id)).all()
    return [(row.kind, opened(row.sealed, key=row.key)["total"]) for row in rows]


def makers() -> set[str]:
    """Who made the papers, as they say it."""
    with reading() as session:
        rows = session.execute(select(JOB.c.key, JOB.c.sealed)).all()
    return {opened(row.sealed, key=row.key)["staff_name"] for row in rows}


def test_the_count_is_fixed_when_the_minute_of_the_cutoff_is_over_and_not_before(
    site: Place, kitchen: SiteFacts
) -> None:
    order(site, "王秀兰")

    look_after_kitchen(kitchen, now=CUTOFF)
    assert counts() == []

    look_after_kitchen(kitchen, now=PASSED)
    look_after_kitchen(kitchen, now=PASSED + timedelta(minutes=1))

    assert counts() == [1]


def test_what_was_fixed_is_compared_with_even_without_a_printer(site: Place, kitchen: SiteFacts) -> None:
    order(site, "王秀兰")
    look_after_kitchen(kitchen, now=PASSED)
    late = order(site, "李桂英", at=PASSED)

    _, news = papers.kitchen_news(SittingAt(site=kitchen, day=TODAY, slot="lunch"))

    assert [(change.before, change.after) for change in news.changes] == [(1, 2)]
    cancel_order(late, actor=COMMAND, now=PASSED)
    _, news = papers.kitchen_news(SittingAt(site=kitchen, day=TODAY, slot="lunch"))
    assert news.is_known and counts() == [1] and printed() == []


def test_the_kitchen_gets_the_count_and_then_each_change_on_paper_once(site: Place, kitchen: SiteFacts) -> None:
    make_printer(site)
    first = order(site, "王秀兰")
    order(site, "李桂英")
    for minutes in range(3):
        look_after_kitchen(kitchen, now=PASSED + timedelta(minutes=minutes))
    assert printed() == [("kitchen_count", 2)]

    cancel_order(first, actor=COMMAND, now=PASSED)
    for minutes in range(3, 6):
        look_after_kitchen(kitchen, now=PASSED + timedelta(minutes=minutes))

    assert printed() == [("kitchen_count", 2), ("change_slip", 1)]
    assert makers() == {"程序"}


def test_who_printed_before_the_cutoff_gets_only_the_change(site: Place, kitchen: SiteFacts) -> None:
    make_printer(site)
    order(site, "王秀兰")
    at = SittingAt(site=kitchen, day=TODAY, slot="lunch")
    print_for_kitchen(at, 1, whole=True, actor=COMMAND, now=EARLY)
    order(site, "李桂英")

    look_after_kitchen(kitchen, now=PASSED)

    assert printed() == [("kitchen_count", 1), ("change_slip", 2)]


@pytest.mark.parametrize("case", ["nobody ordered", "over", "closed day"])
def test_nothing_is_printed_where_nothing_is_cooked(site: Place, kitchen: SiteFacts, case: str) -> None:
    make_printer(site)
    now = PASSED
    if case != "nobody ordered":
        order(site, "王秀兰")
    if case == "over":
        now = PASSED.replace(hour=5)  # 13:31, lunch closes at 12:30
    if case == "closed day":
        manager = make_staff("manager", site=site)
        change = ExceptionChange(site_id=site.id, day=TODAY, is_open=False, reason="测试停餐")
        set_exception(change, actor=manager.actor, now=EARLY)

    look_after_kitchen(kitchen, now=now)

    assert [kind for kind, _ in printed()] == []
    assert counts() == ([0] if case == "nobody ordered" else [])


def test_two_servers_fix_one_count(site: Place, kitchen: SiteFacts) -> None:
    order(site, "王秀兰")
    at = SittingAt(site=kitchen, day=day_of(PASSED), slot="lunch")

    freeze(at, now=PASSED)
    freeze(at, now=PASSED + timedelta(seconds=1))

    assert counts() == [1]
