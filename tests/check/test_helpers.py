"""Several processes prove the books together: the same proof, on one moment, whatever becomes of a helper."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from canteen.base import keys
from canteen.base.db import database
from canteen.check import helpers, proving
from canteen.check.helpers import Helper, helping, snapshot
from canteen.counter.requests import Served, ServeRequest
from canteen.counter.service import serve_meal
from tests.factories import NOW, Place, make_elder, make_menu, make_site, make_staff


@pytest.fixture
def place(app: Flask) -> Place:
    keys.require()
    site = make_site()
    make_menu(site)
    return site


class Till:
    """Serves one elder after another."""

    def __init__(self, place: Place) -> None:
        self.place, self.clerk, self.served = place, make_staff("clerk", site=place), 0

    def serve(self) -> Served:
        self.served += 1
        elder = make_elder(f"王{'一二三四五六七八九'[self.served - 1]}", card=str(self.served), site=self.place)
        request = ServeRequest(key=f"meal-{self.served:05}", site_id=self.place.id, slot="lunch", elder_id=elder)
        return serve_meal(request, actor=self.clerk.actor, now=NOW)


@pytest.fixture
def till(place: Place) -> Till:
    return Till(place)


@pytest.mark.by_hand
def test_what_helpers_find_is_what_one_process_finds(till: Till) -> None:
    for _ in range(7):
        till.serve()
    with database.engine.begin() as connection:
        for statement in (
            "update serving_share set amount_fen = amount_fen + 1 where serving_id in (2, 6)",
            "delete from print_job where serving_id = 7",
            "update balance set amount_fen = amount_fen - 1",
            "update audit set detail = '{}' where subject = 'serving:4'",
            "update card set shown = '77' where elder_id = 1",
        ):
            connection.execute(text(statement))

    alone, together = proving.prove(helpers=0), proving.prove(helpers=2)

    assert sorted(together.problems) == sorted(alone.problems) and len(alone.problems) > 9
    assert (together.servings, together.entries, together.tickets) == (7, 7, 6)


def kill(found: list[Helper]) -> None:
    for helper in found:
        helper._process.kill()
        helper._process.wait()


@pytest.mark.parametrize("when", ["before it begins", "when it has begun"])
def test_a_helper_that_dies_is_not_missed(till: Till, when: str) -> None:
    for _ in range(3):
        till.serve()

    with helping(1) as found:
        assert len(found) == 1
        if when == "before it begins":
            kill(found)
        with snapshot(found) as session:
            kill(found)
            report = proving.prove_in(session, (), found)

    assert (report.problems, report.servings) == ([], 3)


def test_a_helper_that_does_not_start_is_not_missed(till: Till, tmp_path: Any, monkeypatch: Any) -> None:
    till.serve()
    monkeypatch.setattr(helpers, "ROOT", tmp_path)  # where there is no program

    assert (proving.prove(helpers=1).problems, proving.prove(helpers=1).servings) == ([], 1)


def test_helpers_see_what_is_seen_here_although_others_write(till: Till) -> None:
    """The moment is looked for again when somebody wrote between two beginnings; what comes later nobody sees."""
    till.serve()

    class Disturbed(Helper):
        asked = 0

        def ask(self, question: Any) -> Any:
            if not isinstance(question, tuple):
                self.asked += 1
                if self.asked < 4:
                    till.serve()
            return super().ask(question)

    one = Disturbed()
    try:
        assert one.answer() is True
        with snapshot([one]) as session:
            before = till.served
            till.serve()
            report = proving.prove_in(session, (), [one])
    finally:
        one.end()

    is_sqlite = database.engine.dialect.name == "sqlite"
    assert (report.problems, report.servings) == ([], before if is_sqlite else 1)
    assert one.asked == (4 if is_sqlite else 1)


def test_a_text_where_a_number_belongs_is_named(till: Till) -> None:
    if database.engine.dialect.name == "postgresql":
        return  # it takes none
    till.serve()
    with database.engine.connect() as connection:
        connection.execute(text("update serving_share set amount_fen = 'viel' where serving_id = 1"))
        with proving.Session(connection) as session:
            codes = [problem.split(":")[0] for problem in proving.prove_in(session).problems]
        connection.rollback()

    assert codes[:2] == ["changed", "unreadable"]
