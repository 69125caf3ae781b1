"""Meals that a purse pays, through the counter: drawn, emptied, given back; and own money as a way to pay."""

from __future__ import annotations

from datetime import date

import pytest
from factories import NOW, TODAY, make_elder, make_life_event, make_menu

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import transaction
from canteen.base.errors import Refusal
from canteen.check import proving
from canteen.counter import service as counter
from canteen.counter.requests import ServeRequest, VoidRequest
from canteen.purses import drawing, service
from canteen.purses.credits.run import Job
from canteen.purses.credits.service import credit_month
from canteen.purses.requests import TopUp


@pytest.fixture(autouse=True)
def _books_hold_at_the_end(app):
    """Whatever a test did, ``check`` finds nothing."""
    yield
    assert proving.prove().problems == []


@pytest.fixture
def elder(site) -> int:
    """Somebody of 82 with 100.00 for this month, and a lunch at 30.00 and a dinner at 90.00."""
    found = make_elder(site=site)
    make_menu(site, price_fen=3000)
    make_menu(site, slot="dinner", price_fen=9000)
    credit_month(Job(date(2026, 11, 1)), actor=COMMAND, now=NOW, confirmed=clock.day_of(NOW))
    return found


def serve(site, clerk, elder, *, slot="lunch", pay_way="cash"):
    asked = ServeRequest(key=f"serve-{slot}-{pay_way}", site_id=site.id, elder_id=elder, slot=slot, pay_way=pay_way)
    return counter.serve_meal(asked, actor=clerk.actor, now=NOW)


def spendable(elder):
    with transaction() as session:
        return drawing.balances(session, elder_id=elder, day=TODAY), drawing.own_money(session, elder_id=elder)


def test_a_purse_pays_until_it_is_empty(site, clerk, elder):
    lunch = serve(site, clerk, elder)
    again = serve(site, clerk, elder)
    dinner = serve(site, clerk, elder, slot="dinner")

    assert (lunch.own_fen, again.id, dinner.own_fen) == (0, lunch.id, 2000)  # 100.00 paid 30.00 and 70.00 of 90.00
    assert spendable(elder) == ({}, 0)


def test_a_voided_meal_gives_its_draw_back(site, clerk, elder):
    lunch = serve(site, clerk, elder)
    assert spendable(elder) == ({"care": 7000}, 0)

    counter.void_serving(
        VoidRequest(serving_id=lunch.id, key="void-key-1", reason="没有取餐"), actor=clerk.actor, now=NOW
    )

    assert spendable(elder) == ({"care": 10000}, 0)


def test_the_own_part_may_be_paid_out_of_own_money(site, clerk, elder):
    service.top_up(
        TopUp(elder_id=elder, site_id=site.id, amount_fen=2500, pay_way="code", key="top-up-1"),
        actor=clerk.actor,
        now=NOW,
    )
    serve(site, clerk, elder)
    dinner = serve(site, clerk, elder, slot="dinner", pay_way="purse")

    assert (dinner.own_fen, spendable(elder)) == (2000, ({}, 500))
    counter.void_serving(
        VoidRequest(serving_id=dinner.id, key="void-key-1", reason="没有取餐"), actor=clerk.actor, now=NOW
    )
    assert spendable(elder) == ({"care": 7000}, 2500)


def test_too_little_own_money_is_told_and_nothing_is_written(site, clerk, elder):
    serve(site, clerk, elder)
    with pytest.raises(Refusal) as refusal:
        serve(site, clerk, elder, slot="dinner", pay_way="purse")
    assert refusal.value.code == "own_money_short" and spendable(elder) == ({"care": 7000}, 0)


def test_a_sheet_keyed_in_after_a_death_is_decided_as_on_its_day(site, clerk, elder):
    make_life_event(elder, "died", TODAY)
    make_menu(site, day=date(2026, 11, 20), price_fen=3000)

    asked = ServeRequest(key="serve-late", site_id=site.id, elder_id=elder, slot="lunch", day=date(2026, 11, 20))
    assert counter.serve_meal(asked, actor=clerk.actor, now=NOW).own_fen == 0


@pytest.mark.parametrize("kind", ["died", "moved"])
def test_a_purse_pays_nothing_from_the_day_of_a_death_or_move(site, elder, kind):
    assert spendable(elder)[0] == {"care": 10000}

    make_life_event(elder, kind, TODAY)

    assert spendable(elder)[0].get("care", 0) == 0
