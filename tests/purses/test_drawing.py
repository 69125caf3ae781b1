"""What may be spent on a day, what a draw takes, and what a void gives back: lots, years, freezes and days as tables."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from factories import NOW, TODAY, make_elder, make_life_event
from sqlalchemy import insert, select

from canteen.base.access import COMMAND
from canteen.base.db import LostRace, reading, transaction
from canteen.purses import drawing
from canteen.purses.lines import LINE, LOT, YEAR
from canteen.purses.models import NEVER, OWN, PurseFreeze
from canteen.schemes.deciding.answer import Draw
from tests.purses.test_service import make_care

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


@pytest.fixture
def elder(site) -> int:
    return make_elder(site=site)


def lot(elder, fen, *, scheme="care", first=date(2026, 11, 1), last=date(2026, 11, 30), by_year=False):
    row = {"elder_id": elder, "scheme": scheme, "starts_on": first, "expires_on": last}
    with transaction() as session:
        session.execute(insert(LOT).values(row | {"left_fen": fen, "by_year": by_year}))


def year(elder, *, scheme="care", of=2026, opening=0, credited=0, drawn=0):
    sums = {"opening_fen": opening, "credited_fen": credited, "drawn_fen": drawn}
    with transaction() as session:
        session.execute(insert(YEAR).values({"elder_id": elder, "scheme": scheme, "year": of} | sums))


def freeze(elder, *, scheme=None, first=TODAY, last=None, lifted=None):
    row = {"elder_id": elder, "scheme": scheme, "from_day": first, "to_day": last, "lifted_at": lifted}
    with transaction() as session:
        session.add(PurseFreeze(**row, reason="住院", recorded_at=NOW))


def may_spend(elder, day=TODAY):
    with transaction() as session:
        return drawing.balances(session, elder_id=elder, day=day)


def draw(elder, *draws, day=TODAY):
    """Draw for a service, and answer its id."""
    care = make_care(elder, day, sum(one.amount_fen for one in draws), "care")
    with transaction() as session:
        drawing.draw(session, elder_id=elder, draws=draws, day=day, at=NOW, actor=COMMAND, care_id=care)
    return care


def rows(table, *names):
    with reading() as session:
        keys = list(table.primary_key)
        return [tuple(row) for row in session.execute(select(*table.c[names]).order_by(*keys))]


HELD = {
    "within its days": ({}, {"care": 500}),
    "on its first day": ({"first": TODAY}, {"care": 500}),
    "on its last day": ({"last": TODAY}, {"care": 500}),
    "not before": ({"first": TOMORROW}, {}),
    "not after": ({"last": YESTERDAY}, {}),
    "own money is nobody's subsidy": ({"scheme": OWN}, {}),
    "settled by the year, nothing is known of that": ({"by_year": True}, {}),
}


@pytest.mark.parametrize(("facts", "open_fen"), HELD.values(), ids=HELD)
def test_a_lot_is_spent_within_its_days(elder, facts, open_fen):
    lot(elder, 500, **facts)

    assert may_spend(elder) == open_fen


def test_lots_of_one_purse_add_up_and_those_of_others_stay_theirs(site, elder):
    other = make_elder("李桂花", site=site)
    lot(elder, 500)
    lot(elder, 70, last=date(2026, 12, 31))
    lot(elder, 0, scheme="empty")
    lot(elder, 9, scheme="long", last=NEVER)
    lot(other, 4000)

    assert may_spend(elder) == {"care": 570, "long": 9}


YEARS = {
    "what the year credited": ({"credited": 300}, 300),
    "and brought in": ({"opening": 100, "credited": 300}, 400),
    "less what was drawn": ({"credited": 300, "drawn": 120}, 180),
    "no more than is there": ({"credited": 3000}, 1000),
    "nothing more": ({"credited": 300, "drawn": 300}, None),
    "another year's is not this one's": ({"credited": 300, "of": 2025}, None),
    "another purse's neither": ({"credited": 300, "scheme": "long"}, None),
}


@pytest.mark.parametrize(("facts", "fen"), YEARS.values(), ids=YEARS)
def test_a_purse_settled_by_the_year_opens_as_far_as_the_year_goes(elder, facts, fen):
    lot(elder, 1000, by_year=True)
    year(elder, **facts)

    assert may_spend(elder).get("care") == fen
    if fen:
        with pytest.raises(LostRace):
            draw(elder, Draw("care", fen + 1))
        draw(elder, Draw("care", fen))
    assert may_spend(elder) == {}


def test_the_year_of_somebody_else_opens_nothing(site, elder):
    lot(elder, 1000, by_year=True)
    year(make_elder("李桂花", site=site), credited=300)

    assert may_spend(elder) == {}


FREEZES = {
    "all": ({}, set()),
    "one": ({"scheme": "care"}, {"long"}),
    "another": ({"scheme": "long"}, {"care"}),
    "from tomorrow": ({"first": TOMORROW}, {"care", "long"}),
    "until today": ({"first": date(2026, 11, 1), "last": TODAY}, set()),
    "until yesterday": ({"first": date(2026, 11, 1), "last": YESTERDAY}, {"care", "long"}),
    "lifted": ({"lifted": NOW}, {"care", "long"}),
}


@pytest.mark.parametrize(("facts", "open_purses"), FREEZES.values(), ids=FREEZES)
def test_a_freeze_closes_its_purses_on_its_days(site, elder, facts, open_purses):
    other = make_elder("李桂花", site=site)
    for one in (elder, other):
        lot(one, 500)
        lot(one, 500, scheme="long")
    freeze(elder, **facts)

    assert set(may_spend(elder)) == open_purses
    assert set(may_spend(other)) == {"care", "long"}


EVENTS = {
    "died": (("died", TODAY), False),
    "moved": (("moved", TODAY), False),
    "moved until today": (("moved", date(2026, 11, 1), TODAY), False),
    "moved and came back": (("moved", date(2026, 11, 1), YESTERDAY), True),
    "moves tomorrow": (("moved", TOMORROW), True),
    "paused": (("paused", TODAY), True),
}


@pytest.mark.parametrize(("event", "is_open"), EVENTS.values(), ids=EVENTS)
def test_a_death_or_move_closes_every_purse_from_its_day(site, elder, event, is_open):
    other = make_elder("李桂花", site=site)
    lot(elder, 500)
    lot(other, 500)
    make_life_event(elder, *event)

    assert (bool(may_spend(elder)), bool(may_spend(other))) == (is_open, True)


def test_a_draw_takes_what_expires_first_and_says_what_for(elder):
    lot(elder, 100, last=date(2026, 12, 31))
    lot(elder, 100)
    lot(elder, 100, scheme="long", last=NEVER)

    care = draw(elder, Draw("long", 80), Draw("care", 150), Draw("empty", 0))

    names = ("scheme", "expires_on", "amount_fen", "kind", "day", "care_id", "serving_id", "month", "recorded_at")
    november, december = date(2026, 11, 30), date(2026, 12, 31)
    told = ("service", TODAY, care, None, "", NOW)
    assert rows(LINE, *names) == [
        ("care", november, -100, *told),
        ("care", december, -50, *told),
        ("long", NEVER, -80, *told),
    ]
    assert rows(LOT, "left_fen") == [(0,), (50,), (20,)]


def test_nothing_to_draw_writes_nothing(elder):
    draw(elder, Draw("care", 0))

    assert rows(LINE, "id") == []


DRAWS = {
    "more than is there": Draw("care", 501),
    "of a purse that is not there": Draw("long", 1),
    "of own money": Draw(OWN, 1),
}


@pytest.mark.parametrize("wanted", DRAWS.values(), ids=DRAWS)
def test_who_finds_less_than_was_decided_decides_again(elder, wanted):
    lot(elder, 500)
    lot(elder, 500, scheme=OWN, last=NEVER)

    with pytest.raises(LostRace):
        draw(elder, wanted)

    assert rows(LOT, "left_fen") == [(500,), (500,)]


def draw_own(elder, fen, care):
    with transaction() as session:
        drawing.draw_own(session, elder_id=elder, amount_fen=fen, day=TODAY, at=NOW, actor=COMMAND, care_id=care)


def test_own_money_pays_and_never_out_of_a_subsidy(elder):
    lot(elder, 5000)
    lot(elder, 300, scheme=OWN, last=NEVER)
    care = make_care(elder, TODAY, 200, "care")

    draw_own(elder, 0, care)
    with pytest.raises(LostRace):
        draw_own(elder, 301, care)
    assert rows(LINE, "id") == []
    draw_own(elder, 200, care)

    assert rows(LINE, "scheme", "amount_fen", "kind", "care_id") == [(OWN, -200, "service", care)]
    assert sorted(rows(LOT, "scheme", "left_fen")) == [(OWN, 100), ("care", 5000)]
    with reading() as session:
        assert drawing.own_money(session, elder_id=elder) == 100


def test_what_is_given_back_returns_to_its_lot_and_its_year(elder):
    lot(elder, 1000, by_year=True)
    lot(elder, 1000, scheme="long", last=NEVER)
    year(elder, credited=1000)
    draw(elder, Draw("care", 100), day=YESTERDAY)
    care = draw(elder, Draw("care", 400), Draw("long", 30))
    assert rows(YEAR, "drawn_fen") == [(500,)]

    with transaction() as session:
        drawing.give_back(session, at=NOW + timedelta(hours=1), actor=COMMAND, care_id=care)

    names = ("kind", "scheme", "amount_fen", "day", "care_id", "reverses_id", "recorded_at")
    later = NOW + timedelta(hours=1)
    assert rows(LINE, *names)[-2:] == [
        ("reversal", "care", 400, TODAY, care, 2, later),
        ("reversal", "long", 30, TODAY, care, 3, later),
    ]
    assert (rows(LOT, "left_fen"), rows(YEAR, "drawn_fen")) == ([(900,), (1000,)], [(100,)])


def test_what_drew_nothing_gives_nothing_back(elder):
    lot(elder, 500)
    draw(elder, Draw("care", 200))

    with transaction() as session:
        drawing.give_back(session, at=NOW, actor=COMMAND, care_id=999)

    assert rows(LINE, "amount_fen") == [(-200,)]
