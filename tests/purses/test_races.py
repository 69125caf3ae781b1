"""Several at once: two runs of one month, and many draws on one purse. Real threads, both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date

from factories import NOW, TODAY, make_elder, make_menu
from flask import Flask
from sqlalchemy import func, select

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import LostRace, settle, transaction
from canteen.books.models.servings import Serving
from canteen.purses import drawing, service
from canteen.purses.credits.run import Job
from canteen.purses.credits.service import credit_month
from canteen.purses.lines import LINE
from canteen.schemes.deciding.answer import Draw
from tests.factories import sealed_answer

MONTH = Job(date(2026, 11, 1))


def at_once(app: Flask, works: list[Callable[[], object]]) -> list[object]:
    """Start all at one moment; what each came to, or its error."""
    gate, results = threading.Barrier(len(works)), [None] * len(works)

    def run(place: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                results[place] = works[place]()
            except Exception as error:
                results[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def credit() -> None:
    credit_month(MONTH, actor=COMMAND, now=NOW, confirmed=clock.day_of(NOW))


def test_two_runs_at_once_credit_everybody_once(app, site, monkeypatch):
    elders = [make_elder(f"测{number}", site=site) for number in range(12)]
    monkeypatch.setattr("canteen.purses.credits.run.step.__kwdefaults__", {"limit": 3})

    results = at_once(
        app,
        [
            credit,
            credit,
            lambda: credit_month(Job(MONTH.month, "care"), actor=COMMAND, now=NOW, confirmed=clock.day_of(NOW)),
        ],
    )

    assert results == [None] * 3
    with transaction() as session:
        rows = session.execute(
            select(LINE.c.elder_id, func.count(), func.sum(LINE.c.amount_fen)).group_by(LINE.c.elder_id)
        )
        assert sorted(map(tuple, rows)) == [(elder, 1, 10000) for elder in elders]


def test_one_purse_is_not_spent_twice(app, site):
    elder = make_elder(site=site)
    make_menu(site)
    credit()
    with transaction() as session:
        servings = [_serving(session, site, elder, number) for number in range(6)]

    def draw(serving: int) -> str:
        def work(session):
            held = drawing.balances(session, elder_id=elder, day=TODAY, lock=True).get("care", 0)
            wanted = min(3000, held)
            drawing.draw(
                session,
                elder_id=elder,
                draws=[Draw("care", wanted)],
                day=TODAY,
                at=NOW,
                actor=COMMAND,
                serving_id=serving,
            )
            return wanted

        return settle(work)

    drawn = at_once(app, [lambda serving=serving: draw(serving) for serving in servings])

    assert sorted(drawn) == [0, 0, 1000, 3000, 3000, 3000]
    with transaction() as session:
        assert drawing.balances(session, elder_id=elder, day=TODAY) == {}


def _serving(session, site, elder, number):
    row = Serving(
        key=f"serving-{number}",
        asked="",
        site_id=site.id,
        day=TODAY,
        slot="lunch",
        sequence=number + 1,
        number=str(number),
        elder_id=elder,
        guest_kind="",
        set_name="A",
        price_fen=3000,
        own_fen=0,
        way="dine_in",
        second_portion=number > 0,
        pay_way="cash",
        class_mark="",
        sealed=sealed_answer(Serving, f"serving-{number}"),
        served_at=NOW,
        void_reason="",
    )
    session.add(row)
    session.flush()
    return row.id


def test_a_draw_after_an_expiry_is_a_lost_race_and_not_a_debt(app, site):
    elder = make_elder(site=site)
    credit()
    with transaction() as session:
        found = drawing.balances(session, elder_id=elder, day=TODAY)
    service.let_lapse(
        date(2026, 12, 1), actor=COMMAND, now=NOW.replace(month=12), confirmed=clock.day_of(NOW.replace(month=12))
    )

    try:
        with transaction() as session:
            drawing.draw(
                session,
                elder_id=elder,
                draws=[Draw("care", found["care"])],
                day=TODAY,
                at=NOW,
                actor=COMMAND,
                care_id=1,
            )
    except LostRace:
        found = {}
    assert found == {}
