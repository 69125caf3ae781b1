"""Counts, names and questions on real databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from factories import NOW, TODAY, Person, Place, make_elder, make_life_event, make_menu, make_site, make_staff
from flask import Flask
from sqlalchemy import select

from canteen.audit.models import Audit
from canteen.base.db import reading, transaction
from canteen.base.errors import NotFound, Refusal
from canteen.committee import queries, service
from canteen.committee.questions import Question, questions
from canteen.committee.rules import QUESTIONS, NamesFilter, tally
from canteen.counter.requests import Served
from canteen.people.models import LifeEvent
from canteen.places.models import CalendarException
from canteen.places.scope import scope_of
from canteen.staff.models import Staff
from tests.trail import broken_chains

from .conftest import Serve

YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def day(serve: Serve, void: Callable[[Served], None], site: Place) -> dict[str, Served]:
    """Two subsidised, one without a class, a guest, and one voided."""
    wang = make_elder("王秀兰", site=site)
    li = make_elder("李桂英", site=site, statuses=("tekun",), village_group="3组")
    young = make_elder("赵福贵", site=site, birth_day=date(1970, 1, 1), statuses=())
    undone = serve(wang)
    void(undone)
    return {
        "undone": undone,
        "wang": serve(wang),
        "li": serve(li, way="proxy", collected_by="测试邻居", relation="邻居"),
        "young": serve(young, slot="dinner"),
        "guest": serve(way="take_away"),
    }


def test_counts_of_a_day_leave_voids_out(day: dict[str, Served], site: Place) -> None:
    assert queries.counts_of_day(site.id, TODAY) == {
        "total": 4,
        "guests": 1,
        "voided": 1,
        "by_slot": {"lunch": 3, "dinner": 1},
        "by_way": {"dine_in": 2, "take_away": 1, "proxy": 1},
        "by_class": {"四类": 1, "六类": 1, "无": 1},
        "own_fen": 3000,
        "public_fen": 1000,
    }


def test_counts_of_a_day_without_meals_are_zero(site: Place) -> None:
    assert queries.counts_of_day(site.id, TODAY) == {
        "total": 0,
        "guests": 0,
        "voided": 0,
        "by_slot": {},
        "by_way": {},
        "by_class": {},
        "own_fen": 0,
        "public_fen": 0,
    }


def test_counts_are_of_the_days_and_sites_asked_for(serve: Serve, site: Place) -> None:
    other = make_site("测试外村助餐点", path="金溪县/云溪镇/测试村")
    make_menu(other)
    make_menu(site, day=YESTERDAY)
    serve()
    serve(day=YESTERDAY)
    serve(where=other)

    with reading() as session:
        today = queries.counts(session, site_ids=[site.id], first=TODAY, last=TODAY)
        both_days = queries.counts(session, site_ids=[site.id], first=YESTERDAY, last=TODAY)
        both_sites = queries.counts(session, site_ids=[site.id, other.id], first=TODAY, last=TODAY)
        nothing = queries.counts(session, site_ids=[], first=YESTERDAY, last=TODAY)

    assert [tally(rows).total for rows in (today, both_days, both_sites, nothing)] == [1, 2, 2, 0]


def test_sums_name_every_source_and_agree_with_the_counts(day: dict[str, Served], site: Place) -> None:
    sums = queries.sums(site_ids=[site.id], first=TODAY, last=TODAY)

    assert [(source.payer, source.scheme, source.amount_fen) for source in sums.sources] == [
        ("own", "", 3000),
        ("public", "jinxi", 1000),
    ]
    assert (sums.persons, sums.voided) == (3, 1)
    total = tally(sums.rows)
    assert total.own_fen + total.public_fen == sum(source.amount_fen for source in sums.sources)


# -- names ----------------------------------------------------------------------------------------------------------


def ask(site: Place, **more: object) -> NamesFilter:
    return NamesFilter(**({"site_ids": (site.id,), "first": TODAY, "last": TODAY} | more))  # type: ignore[arg-type]


def look(asked: NamesFilter, person: Person, before: int | None = None) -> queries.NamesPage:
    return service.look_at_names(asked, before=before, actor=person.actor, now=NOW)


@pytest.mark.parametrize(
    ("more", "names"),
    [
        pytest.param({}, ["", "赵*贵", "李*英", "王*兰"], id="all, the latest first"),
        pytest.param({"slot": "dinner"}, ["赵*贵"], id="by slot"),
        pytest.param({"way": "proxy"}, ["李*英"], id="by way"),
        pytest.param({"class_code": "六类"}, ["王*兰"], id="by class"),
        pytest.param({"class_code": ""}, ["赵*贵"], id="without a class: guests are apart"),
        pytest.param({"who": "guests"}, [""], id="guests"),
        pytest.param({"who": "elders", "slot": "lunch"}, ["李*英", "王*兰"], id="elders at lunch"),
        pytest.param({"voided": True}, ["王*兰"], id="voids"),
        pytest.param({"first": YESTERDAY, "last": YESTERDAY}, [], id="another day"),
        pytest.param({"site_ids": ()}, [], id="no site"),
    ],
)
def test_names_behind_a_number_are_masked(
    day: dict[str, Served], site: Place, committee: Person, more: dict[str, object], names: list[str]
) -> None:
    found = look(ask(site, **more), committee)

    assert [line.masked_name for line in found.lines] == names
    assert found.total == len(names)


def test_every_number_opens_as_many_names(day: dict[str, Served], site: Place, committee: Person) -> None:
    total = tally(queries.sums(site_ids=[site.id], first=TODAY, last=TODAY).rows)
    classes = queries.classes_between(site_ids=[site.id], first=TODAY, last=TODAY)

    assert sum(classes.values()) + total.guests == total.total
    for slot, count in total.by_slot.items():
        assert look(ask(site, slot=slot), committee).total == count
    for way, count in total.by_way.items():
        assert look(ask(site, way=way), committee).total == count
    for code, count in classes.items():
        assert look(ask(site, class_code="" if code == "无" else code), committee).total == count
    assert look(ask(site, who="guests"), committee).total == total.guests


def test_names_come_page_by_page(serve: Serve, site: Place, committee: Person) -> None:
    for _ in range(queries.PAGE + 1):
        serve()

    first = look(ask(site), committee)
    second = look(ask(site), committee, before=first.next_before)

    assert (len(first.lines), len(second.lines)) == (queries.PAGE, 1)
    assert (first.total, second.total, second.next_before) == (queries.PAGE + 1, queries.PAGE + 1, None)
    assert {line.id for line in first.lines}.isdisjoint({line.id for line in second.lines})


def test_who_looked_is_written_down_once_a_page(day: dict[str, Served], site: Place, committee: Person) -> None:
    look(ask(site, way="proxy"), committee)

    with reading() as session:
        row = session.scalars(select(Audit).where(Audit.action == "look")).one()
        chains = list(broken_chains(session))
    assert (row.actor, row.subject, row.chain) == (committee.actor.label, "servings", site.id)
    assert row.detail == {"sites": 1, "first": "2026-11-21", "last": "2026-11-21", "way": "proxy", "names": 1}
    assert chains == []


def test_an_export_is_written_down_and_has_a_limit(
    day: dict[str, Served], site: Place, committee: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = service.export_names(ask(site), actor=committee.actor, now=NOW)

    with reading() as session:
        assert session.scalars(select(Audit.detail).where(Audit.action == "export")).one()["names"] == 4
    assert len(found.lines) == 4
    monkeypatch.setattr(service, "MOST_EXPORTED", 3)
    with pytest.raises(Refusal) as refused:
        service.export_names(ask(site), actor=committee.actor, now=NOW)
    assert refused.value.code == "too_many_rows"


def test_a_scope_is_one_site_or_all_in_reach(site: Place, committee: Person) -> None:
    far = make_site("测试外村助餐点", path="金溪县/云溪镇/测试村")
    county = make_staff("civil_affairs")

    assert scope_of(committee.actor, None).chosen is not None
    assert scope_of(county.actor, None).site_ids == (site.id, far.id)
    assert scope_of(county.actor, far.id).site_ids == (far.id,)
    with pytest.raises(NotFound):
        scope_of(committee.actor, far.id)
    nobody = make_staff("civil_affairs", path="空县")
    with pytest.raises(NotFound):
        scope_of(nobody.actor, None)


# -- questions ------------------------------------------------------------------------------------------------------


def found(site: Place, code: str, first: date = TODAY, last: date = TODAY) -> Question:
    with reading() as session:
        asked = questions(session, site_ids=[site.id], first=first, last=last)
    assert [one.code for one in asked] == list(QUESTIONS)
    return next(one for one in asked if one.code == code)


@pytest.mark.parametrize("code", QUESTIONS)
def test_an_ordinary_day_asks_nothing(serve: Serve, site: Place, code: str) -> None:
    serve(make_elder("王秀兰", site=site))
    serve()

    assert found(site, code).count == 0


@pytest.mark.parametrize(
    ("kind", "first", "last", "count"),
    [
        pytest.param("died", YESTERDAY, None, 1, id="a death recorded later"),
        pytest.param("moved", TODAY, None, 1, id="moved that day"),
        pytest.param("paused", YESTERDAY, TODAY, 1, id="the last day of a pause"),
        pytest.param("paused", YESTERDAY - timedelta(days=3), YESTERDAY, 0, id="a pause that was over"),
        pytest.param("died", TODAY + timedelta(days=1), None, 0, id="died the day after"),
    ],
)
def test_meals_after_an_event_that_was_recorded_later(
    serve: Serve, site: Place, kind: str, first: date, last: date | None, count: int
) -> None:
    wang = make_elder("王秀兰", site=site)
    serve(wang)
    make_life_event(wang, kind, first, last)

    question = found(site, "after_event")

    assert question.count == count
    assert [(line.masked_name, line.life, line.since) for line in question.lines] == [("王*兰", kind, first)] * count


def test_a_cancelled_event_asks_nothing(serve: Serve, site: Place) -> None:
    wang = make_elder("王秀兰", site=site)
    serve(wang)
    with transaction() as session:
        session.add(LifeEvent(elder_id=wang, kind="died", from_day=TODAY, recorded_at=NOW, cancelled_at=NOW))

    assert found(site, "after_event").count == 0


def test_who_records_their_own_meal(serve: Serve, site: Place, clerk: Person) -> None:
    wang = make_elder("王秀兰", site=site)
    with transaction() as session:
        session.get_one(Staff, clerk.id).elder_id = wang
    served = serve(wang)
    serve(make_elder("李桂英", site=site))

    question = found(site, "own_recorder")

    assert [(line.number, line.masked_name) for line in question.lines] == [(served.number, "王*兰")]


def test_two_sites_in_one_sitting(serve: Serve, site: Place) -> None:
    other = make_site("测试外村助餐点", path="金溪县/云溪镇/测试村")
    make_menu(other)
    wang = make_elder("王秀兰", site=site)
    serve(wang)
    serve(wang, where=other, second_portion=True)
    serve(wang, slot="dinner")

    question = found(site, "two_sites")

    assert [(line.site_name, line.other) for line in question.lines] == [("枫林村助餐点", "测试外村助餐点")]


def test_meals_on_closed_days(serve: Serve, site: Place) -> None:
    with transaction() as session:
        session.add(CalendarException(site_id=site.id, day=TODAY, is_open=False, reason="测试停电"))
    serve()
    serve()

    question = found(site, "closed_days")

    assert [(line.day, line.slot, line.meals) for line in question.lines] == [(TODAY, "lunch", 2)]


@pytest.mark.parametrize(("people", "count"), [(2, 0), (3, 1), (4, 1)])
def test_one_person_who_collects_for_many(serve: Serve, site: Place, people: int, count: int) -> None:
    for number in range(people):
        elder = make_elder(f"测试{number}", site=site)
        serve(elder, way="proxy", collected_by="测试代领人", relation="邻居")

    question = found(site, "one_collector")

    assert [(line.other, line.meals) for line in question.lines] == [("测***人", people)] * count


def test_voids_say_why(serve: Serve, void: Callable[..., None], site: Place) -> None:
    void(serve(), reason="测试刷错卡")

    question = found(site, "voids")

    assert [line.other for line in question.lines] == ["测试刷错卡"]
    assert found(site, "closed_days").count == 0


def test_voided_meals_ask_nothing_else(serve: Serve, void: Callable[[Served], None], site: Place) -> None:
    wang = make_elder("王秀兰", site=site)
    void(serve(wang))
    make_life_event(wang, "died", TODAY)

    assert found(site, "after_event").count == 0


def test_looking_at_questions_is_written_down(app: Flask, serve: Serve, site: Place, committee: Person) -> None:
    scope = scope_of(committee.actor, None)

    service.look_at_questions(scope, first=TODAY, last=TODAY, actor=committee.actor, now=NOW)

    with reading() as session:
        assert session.scalars(select(Audit.detail).where(Audit.action == "look")).one() == {
            "questions": 0,
            "first": "2026-11-21",
            "last": "2026-11-21",
        }
