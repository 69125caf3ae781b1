"""What a meal keeps of a decision, and meals counted by what a page wants."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from flask import Flask

from canteen.base.access import COMMAND
from canteen.base.db import reading, transaction
from canteen.books.meals import IS_GUEST, carried, count_meals, live_meals_at, meals_at
from canteen.books.models.servings import Serving, ServingShare
from canteen.books.shares import freeze, share_rows, thaw, uses_in
from canteen.counter.requests import ServeRequest, VoidRequest
from canteen.counter.service import serve_meal, void_serving
from canteen.schemes.deciding.answer import Decision, Left, Share, UseChange, Verdict
from canteen.schemes.reasons import Reason
from canteen.schemes.switching import switch_on
from tests.factories import NOW, TODAY, make_area, make_elder, make_menu, make_site


def test_what_is_kept_of_a_decision_is_what_was_decided() -> None:
    """Reasons are kept once and pointed at; what was left before the meal is the offer's, and is not kept."""
    own, paid = Reason("own_all", {"own_fen": 1000}), Reason("care", {"class_code": "关爱"})
    use = UseChange("a", "2026-11", 1000, 500, 1)
    decision = Decision(
        1000,
        500,
        (Share("public", "a", "1", 500, paid), Share("own", "", "", 500, own)),
        (Verdict("a", "甲", "1", paid), Verdict("b", "乙", "2", own)),
        class_code="关爱",
        groups=("关爱", "六类"),
        uses=(use,),
        left=(Left("a", "2026-11", "public", 9000, 8000, 7500),),
    )

    kept = json.loads(json.dumps(freeze(decision), ensure_ascii=False, separators=(",", ":")))
    found = thaw(kept)

    assert len(kept["reasons"]) == 2
    assert (found.class_code, found.groups, found.uses, found.reasons) == ("关爱", ["关爱", "六类"], [use], (paid, own))
    assert [(one["scheme"], one["name"], one["version"], one["code"], one["reason"]) for one in found.verdicts] == [
        ("a", "甲", "1", "care", paid.words()),
        ("b", "乙", "2", "own_all", "没有补助,全部自付 10.00"),
    ]
    assert found.left == [{"scheme": "a", "period": "2026-11", "counts": "public", "limit_fen": 9000, "left_fen": 7500}]
    assert uses_in(json.dumps(kept, ensure_ascii=False, separators=(",", ":"))) == [use]
    assert share_rows(decision.shares) == [
        {"position": 0, "payer": "public", "scheme": "a", "version": "1", "amount_fen": 500},
        {"position": 1, "payer": "own", "scheme": "", "version": "", "amount_fen": 500},
    ]


@pytest.fixture
def scheme(app: Flask) -> None:
    text = 'id = "plain"\nversion = "1"\nname = "助餐"\nstack_group = "m"\namount = { kind = "per_meal", yuan = 3 }\n'
    area = make_area("金溪县")
    with transaction() as session:
        switch_on(session, text=text, area_id=area, valid_from=date(2026, 1, 1), actor=COMMAND, at=NOW)


def test_meals_are_counted_by_what_a_page_wants(app: Flask, scheme: None) -> None:
    site = make_site()
    elder, yesterday = make_elder(site=site), TODAY - timedelta(days=1)
    make_menu(site)
    make_menu(site, day=yesterday, price_fen=500)

    def serve(who: int | None, day: date = TODAY) -> int:
        now = NOW - (TODAY - day)
        key = f"meal-{who or 0:05}-{day}"
        request = ServeRequest(key=key, site_id=site.id, slot="lunch", elder_id=who, guest_kind="" if who else "child")
        return serve_meal(request, actor=COMMAND, now=now).id

    serve(elder, yesterday)
    serve(elder)
    serve(None)
    gone = serve(make_elder("李桂花", site=site))
    void_serving(VoidRequest(serving_id=gone, key="void-00001", reason="没有取餐"), actor=COMMAND, now=NOW)

    with reading() as session:
        both = live_meals_at([site.id], yesterday, TODAY)
        by_day = count_meals(session, Serving.day, IS_GUEST, where=both)
        everything = count_meals(session, where=meals_at([site.id], TODAY, TODAY))
        nothing = count_meals(session, Serving.day, where=live_meals_at([site.id + 1], yesterday, TODAY))
        shares = carried(session, Serving.day, ServingShare.payer, where=both)
    assert [tuple(row)[:-1] for row in by_day] == [
        (yesterday, False, 1, 500, 200),
        (TODAY, False, 1, 1000, 700),
        (TODAY, True, 1, 1000, 1000),
    ]
    assert [tuple(row)[:-1] for row in everything] == [(3, 3000, 2400)]
    assert nothing == []
    assert [tuple(row) for row in shares] == [
        (yesterday, "own", 200), (yesterday, "public", 300), (TODAY, "own", 1700), (TODAY, "public", 300)
    ]  # fmt: skip
