"""Rights on their days: what holds and what ends soon, who is due, who is barred, what a sanction and an end leave behind."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta

import pytest
from factories import NOW, TODAY, make_elder, make_life_event, make_staff
from sqlalchemy import select

from canteen.audit import trail as audit
from canteen.audit.models import Audit
from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import reading, transaction
from canteen.base.db.rows import add_row
from canteen.base.errors import BadInput
from canteen.base.vault import the_vault
from canteen.entitlements import queries
from canteen.entitlements.due import Due, due, grant, on_roster
from canteen.entitlements.elder_page import elder_page
from canteen.entitlements.granting import refuse_barred, refuse_gone
from canteen.entitlements.models import ENTITLEMENT, HALT, SANCTION, Entitlement
from canteen.entitlements.requests import SanctionInput
from canteen.entitlements.service import rights
from canteen.people import registry
from canteen.people.models import Elder
from canteen.people.registry import StatusDraft
from canteen.schemes.language.scheme import load_scheme
from tests.entitlements.office import AUTOMATIC, SCHEME, approve, at, switch, take
from tests.told import told
from tests.trail import change

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
_numbers = itertools.count(1)


def right(elder: int, first: date = TODAY, last: date | None = None, **facts) -> int:
    known = {
        "scheme": "care",
        "settlement": "rural",
        "origin": "automatic",
        "sealed": the_vault().seal({"evidence": "年龄", "class_code": "二类"}, f"elder:{elder}"),
        "created_at": NOW,
    }
    with transaction() as session:
        audit.touch(session, "elder", elder)
        return add_row(session, ENTITLEMENT, elder_id=elder, from_day=first, to_day=last, **known | facts)


def halt(entitlement: int, first: date = TODAY, last: date | None = None, **facts) -> int:
    known = {"kind": "stopped", "cause": "facts", "reason_code": "", "source_id": 0, "recorded_at": NOW}
    with transaction() as session:
        elder = session.scalar(select(ENTITLEMENT.c.elder_id).where(ENTITLEMENT.c.id == entitlement))
        audit.touch(session, "elder", elder)
        return add_row(session, HALT, entitlement_id=entitlement, from_day=first, to_day=last, **known | facts)


def sanction(elder: int, **facts) -> int:
    known = {
        "scheme": "care",
        "decided_on": date(2026, 11, 1),
        "barred": "years",
        "until_day": date(2027, 11, 1),
        "measures": "cancel",
        "sealed": the_vault().seal({"words": "骗取", "reason": "冒名"}, f"elder:{elder}"),
        "decided_at": NOW,
    }
    with transaction() as session:
        audit.touch(session, "elder", elder)
        return add_row(session, SANCTION, elder_id=elder, **known | facts)


def trail(action: str) -> list[tuple[str, dict]]:
    with reading() as session:
        rows = session.execute(select(Audit.subject, Audit.detail).where(Audit.action == action).order_by(Audit.id))
        return [tuple(row) for row in rows]


# What holds.

HOLDS = {
    "from its first day": ({"first": TODAY}, None, True),
    "not before": ({"first": TOMORROW}, None, False),
    "to its last day": ({"first": date(2026, 1, 1), "last": TODAY}, None, True),
    "not after": ({"first": date(2026, 1, 1), "last": YESTERDAY}, None, False),
    "not when it was cancelled": ({"cancelled_at": NOW}, None, False),
    "not on the first day of a halt": ({"first": date(2026, 1, 1)}, {"first": TODAY}, False),
    "before a halt": ({"first": date(2026, 1, 1)}, {"first": TOMORROW}, True),
    "not on the last day of a halt": ({"first": date(2026, 1, 1)}, {"first": date(2026, 2, 1), "last": TODAY}, False),
    "after a halt": ({"first": date(2026, 1, 1)}, {"first": date(2026, 2, 1), "last": YESTERDAY}, True),
    "in spite of a halt that was undone": ({"first": date(2026, 1, 1)}, {"cancelled_at": NOW}, True),
    "not while it is frozen": ({"first": date(2026, 1, 1)}, {"kind": "frozen", "cause": "paused"}, False),
}


@pytest.mark.parametrize(("facts", "halted", "holds"), HOLDS.values(), ids=HOLDS)
def test_a_right_holds_on_its_days(office, facts, halted, holds):
    elder, other = make_elder(site=office.site), make_elder("李桂花", site=office.site)
    held = right(elder, **facts)
    right(elder, scheme="by-age")
    kept = right(other, scheme="by-age")
    if halted is not None:
        halt(held, **halted)
    halt(kept, first=TOMORROW)

    with reading() as session:
        one = queries.approved_schemes(session, elder_id=elder, day=TODAY)
        since = queries.approved_since(session, elder_id=elder, day=TODAY)
        some = queries.approved_schemes_of(session, elder_ids=[elder, other], day=TODAY)
        alone = queries.approved_schemes_of(session, elder_ids=[other, 99], day=TODAY)
    assert one == {"by-age"} | ({"care"} if holds else set())
    assert set(since) == one and since.get("care", facts.get("first", TODAY)) == facts.get("first", TODAY)
    assert some == {elder: one, other: {"by-age"}} and alone == {other: {"by-age"}}


def test_who_asks_for_very_many_gets_the_same(office, monkeypatch):
    elder, other = make_elder(site=office.site), make_elder("李桂花", site=office.site)
    for one in (elder, other):
        right(one)
    monkeypatch.setattr(queries, "_MOST_IDS", 1)

    with reading() as session:
        found = queries.approved_schemes_of(session, elder_ids=[elder, 99], day=TODAY)
    assert found == {elder: {"care"}}


def test_what_ends_soon_is_told_the_earliest_first(office):
    """Until the sixtieth day: ends of rights, and halts that begin; nothing that is over, undone or out of reach."""
    elder, other = make_elder(site=office.site), make_elder("李桂花", site=office.site)
    soon = TODAY + timedelta(days=60)
    for last in (YESTERDAY, TODAY, soon, soon + timedelta(days=1)):
        right(elder, date(2026, 1, 1), last, scheme=f"s{next(_numbers)}")
    right(elder, date(2026, 1, 1), TODAY, cancelled_at=NOW)
    held = right(other, date(2026, 1, 1))
    for first in (TODAY, TOMORROW, soon + timedelta(days=1), soon + timedelta(days=2)):
        halt(held, first)
    halt(held, TOMORROW, cancelled_at=NOW)

    found = queries.ending_soon(office.county.actor, today=TODAY)

    assert [(one.elder_id, one.last_day, one.cause) for one in found] == [
        (elder, TODAY, "valid"),
        (other, TODAY, "facts"),
        (elder, soon, "valid"),
        (other, soon, "facts"),
    ]
    assert (found[1].name, found[1].scheme_name, found[1].class_code) == ("李桂花", "测试助餐资格", "二类")
    assert found[0].scheme_name == found[0].scheme
    stranger = make_staff("civil_affairs", path="临川区")
    assert queries.ending_soon(stranger.actor, today=TODAY) == []


# Who is due.


def test_who_is_due_is_told_with_everything_a_right_needs(office):
    switch(AUTOMATIC + "valid_months = 12\n")
    elder = make_elder("到龄者", birth_day=date(1951, 12, 1), site=office.site, settlement="urban", village_group="3组")

    (found,) = due(office.county.actor, today=TODAY)

    assert found == Due(
        elder_id=elder,
        name="到龄者",
        age_on=date(2026, 12, 1),
        birth_day=date(1951, 12, 1),
        residence="金溪县/云溪镇/枫林村",
        village_group="3组",
        scheme="by-age",
        scheme_name="到龄补助",
        class_code="",
        settlement="urban",
        from_day=date(2026, 12, 1),
        to_day=date(2027, 11, 30),
        recorders=frozenset(),
    )


TAKEN = {
    "nothing": (lambda elder: None, True),
    "a right that lasts": (lambda elder: right(elder, date(2026, 1, 1), scheme="by-age"), False),
    "a right that was cancelled": (
        lambda elder: right(elder, date(2026, 1, 1), scheme="by-age", cancelled_at=NOW),
        True,
    ),
    "another scheme's right": (lambda elder: right(elder, date(2026, 1, 1)), True),
    "a right that ended before": (
        lambda elder: right(elder, date(2024, 1, 1), date(2025, 1, 1), scheme="by-age"),
        True,
    ),
    "a sanction that bars": (lambda elder: sanction(elder, scheme="by-age"), False),
    "a sanction that was lifted": (lambda elder: sanction(elder, scheme="by-age", lifted_at=NOW), True),
    "a sanction that does not bar": (lambda elder: sanction(elder, scheme="by-age", barred="none"), True),
    "a sanction of another scheme": (lambda elder: sanction(elder), True),
    "a death": (lambda elder: make_life_event(elder, "died", TODAY), False),
    "a move to come": (lambda elder: make_life_event(elder, "moved", TOMORROW), True),
    "a pause": (lambda elder: make_life_event(elder, "paused", TODAY), True),
}


@pytest.mark.parametrize(("happened", "is_due"), TAKEN.values(), ids=TAKEN)
def test_who_has_a_right_or_may_not_have_one_is_not_due(office, happened, is_due):
    switch(AUTOMATIC)
    elder = make_elder(birth_day=date(1950, 1, 1), site=office.site)
    far = make_staff("civil_affairs", path="临川区")
    happened(elder)

    assert bool(due(office.county.actor, today=TODAY)) is is_due
    assert due(far.actor, today=TODAY) == []


def test_nobody_is_due_where_no_scheme_gives_a_right_by_age(office):
    make_elder(birth_day=date(1950, 1, 1), site=office.site)
    assert due(office.county.actor, today=TODAY) == []
    assert on_roster(office.county.actor, today=TODAY) == []

    switch(AUTOMATIC, path="临川区")
    assert due(office.county.actor, today=TODAY) == []


def listed(elder: int, actor, kind: str = "hardship", origin: str = "roster") -> None:
    draft = StatusDraft(kind=kind, from_day=date(2026, 1, 1), issuer="枫林村", evidence="花名册", origin=origin)
    with transaction() as session:
        registry.add_status(session, elder, draft, actor=actor, at=NOW, vault=the_vault())


def test_a_roster_brings_those_whose_status_fits_and_who_never_applied(office):
    fits, typed, other, applied = (make_elder(name, site=office.site, statuses=()) for name in "甲乙丙丁")
    for elder, kind, origin in (
        (fits, "hardship", "roster"),
        (typed, "hardship", "staff"),
        (other, "veteran", "roster"),
        (applied, "hardship", "roster"),
    ):
        listed(elder, office.county.actor, kind, origin)
    take(office, applied)

    (found,) = on_roster(make_staff("civil_affairs").actor, today=TODAY)

    assert (found.elder_id, found.scheme, found.class_code, found.from_day, found.to_day) == (
        fits, "care", "二类", date(2026, 1, 1), None
    )  # fmt: skip
    assert found.recorders == {office.county.id}


def test_what_is_adopted_from_a_roster_is_chosen_and_written_with_its_evidence(office):
    first, second = (make_elder(name, site=office.site, statuses=()) for name in "甲乙")
    for elder in (first, second):
        listed(elder, office.county.actor)
    other = make_staff("civil_affairs")

    assert told(lambda: rights.adopt_roster(set(), actor=other.actor, now=NOW, confirmed=clock.day_of(NOW))) == (
        "请勾选要认定的人",
        "",
    )
    assert told(lambda: rights.adopt_roster(None, actor=office.county.actor, now=NOW, confirmed=clock.day_of(NOW))) == (
        "名册由您导入,要由另一个人认定",
        "请由其他民政人员认定",
    )
    assert (
        rights.adopt_roster(
            {(first, "care"), (second, "other")}, actor=other.actor, now=NOW, confirmed=clock.day_of(NOW)
        )
        == 1
    )
    assert rights.adopt_roster(None, actor=COMMAND, now=NOW, confirmed=clock.day_of(NOW)) == 1

    with reading() as session:
        rows = session.execute(select(ENTITLEMENT).order_by(ENTITLEMENT.c.id)).all()
    assert [(row.elder_id, row.scheme, row.origin, row.created_by, row.from_day) for row in rows] == [
        (first, "care", "import", other.id, date(2026, 1, 1)),
        (second, "care", "import", None, date(2026, 1, 1)),
    ]
    found = [elder_page(one, actor=other.actor, today=TODAY).rights[0] for one in (first, second)]
    assert {(one.evidence, one.class_code) for one in found} == {("导入的花名册", "二类")}
    assert trail("grant_entitlement") == [
        ("entitlements", {"origin": "import", "elders": [first]}),
        ("entitlements", {"origin": "import", "elders": [second]}),
    ]


def test_rights_by_age_are_written_in_parts_with_the_halts_that_go_with_them(office, monkeypatch):
    switch(AUTOMATIC)
    monkeypatch.setattr(rights, "_BATCH", 2)
    ids = [make_elder(f"到龄{n}", birth_day=date(1950, 1, 1 + n), site=office.site) for n in range(5)]
    make_life_event(ids[4], "paused", TODAY, TOMORROW)

    assert rights.grant_due(actor=office.county.actor, now=NOW, confirmed=clock.day_of(NOW)) == 5

    assert [len(detail["elders"]) for _, detail in trail("grant_entitlement")] == [2, 2, 1]
    with reading() as session:
        halts = session.execute(select(HALT.c.kind, HALT.c.cause, HALT.c.from_day, HALT.c.to_day)).all()
        row = session.execute(select(ENTITLEMENT)).first()
    assert ("frozen", "paused", TODAY, TOMORROW) in halts
    assert (row.origin, row.settlement, row.created_at, row.application_id) == ("automatic", "rural", NOW, None)
    assert elder_page(ids[0], actor=office.county.actor, today=TODAY).rights[0].evidence == "年龄"
    assert all(
        [one.from_day for one in elder_page(elder, actor=office.county.actor, today=TODAY).rights] == [TODAY]
        for elder in ids
    )  # registered today


def test_the_daily_run_follows_birthdays_and_ends_that_came_into_sight(office, monkeypatch):
    """Somebody of 79 has a right to the day before the next birthday, whenever the run first sees it."""
    switch(AUTOMATIC)
    monkeypatch.setattr(rights, "_BATCH", 1)
    near, far = (make_elder(name, birth_day=date(1948, 1, 1), site=office.site) for name in "甲乙")
    for elder in (near, far):
        right(elder, date(2026, 1, 1), scheme="by-age")

    assert rights.grant_due(actor=office.county.actor, now=NOW, confirmed=clock.day_of(NOW)) == 0
    with reading() as session:
        assert session.execute(select(HALT.c.id)).all() == []
    rights.grant_due(actor=office.county.actor, now=at(date(2027, 1, 2)), confirmed=date(2027, 1, 2))

    with reading() as session:
        halts = session.execute(select(HALT.c.from_day, HALT.c.reason_code)).all()
    assert halts == [(date(2028, 1, 1), "age")] * 2


def test_of_two_who_give_the_same_right_the_second_gives_nothing(office):
    switch(AUTOMATIC)
    make_elder(birth_day=date(1950, 1, 1), site=office.site)
    chosen = due(office.county.actor, today=TODAY)

    with transaction() as session:
        given = [
            grant(session, some, origin="automatic", evidence="年龄", actor=COMMAND, at=NOW)
            for some in (chosen * 2, chosen, [])
        ]

    assert given == [1, 0, 0] and len(trail("grant_entitlement")) == 1


# Who may not.

GONE = ("登记显示这位老人已去世或迁出", "登记错了的请先在老人页面撤销;否则这份申请不能办理")


@pytest.mark.parametrize(
    ("kind", "first", "is_refused"),
    [("died", TODAY, True), ("moved", TODAY, True), ("paused", TODAY, False), ("moved", TOMORROW, False)],
)
def test_nobody_who_is_gone_gets_a_right(office, kind, first, is_refused):
    elder = make_elder(site=office.site)
    make_life_event(elder, kind, first)

    with reading() as session:
        if is_refused:
            assert told(lambda: refuse_gone(session, elder, TODAY)) == GONE
        else:
            refuse_gone(session, elder, TODAY)


NEXT = "处理决定有误的,请民政人员先撤销决定"
BARRED = {
    "for life": ({"barred": "lifetime", "until_day": None}, ("这位老人已按规定终身不得享受这个方案", NEXT)),
    "for some years": ({"until_day": TOMORROW}, ("这位老人到 2026-11-22 才可以重新申请这个方案", NEXT)),
    "until today": ({"until_day": TODAY}, None),
    "lifted": ({"barred": "lifetime", "until_day": None, "lifted_at": NOW}, None),
    "another scheme": ({"barred": "lifetime", "until_day": None, "scheme": "other"}, None),
    "until a new decision": ({"barred": "decision", "until_day": None}, None),
    "not at all": ({"barred": "none", "until_day": None}, None),
}


@pytest.mark.parametrize(("facts", "said"), BARRED.values(), ids=BARRED)
def test_a_sanction_bars_as_long_as_it_says(office, facts, said):
    elder, other = make_elder(site=office.site), make_elder("李桂花", site=office.site)
    sanction(elder, **facts)

    with reading() as session:
        refuse_barred(session, other, load_scheme(SCHEME), TODAY)
        if said:
            assert told(lambda: refuse_barred(session, elder, load_scheme(SCHEME), TODAY)) == said
        else:
            refuse_barred(session, elder, load_scheme(SCHEME), TODAY)


# Sanctions and ends.

MEASURES = SCHEME.replace('barred = "lifetime"', "barred_years = 2") + (
    '\n[[approval.sanctions]]\nwho = "provider"\nwords = "机构"\nmeasures = ["recover"]\nbarred = "none"\n'
    '\n[[approval.sanctions]]\nwho = "elder"\nwords = "多领的退回"\nmeasures = ["recover"]\nbarred = "none"\n'
)


def punish(elder: int, number: int | None = 0, day: date = TODAY, **facts) -> SanctionInput:
    return SanctionInput(
        **({"elder_id": elder, "scheme": "care", "number": number, "reason": "冒名", "decided_on": day} | facts)
    )


def test_a_sanction_keeps_its_words_and_its_end(office):
    switch(MEASURES.replace('version = "1"', 'version = "2"').replace('id = "care"', 'id = "more"'))
    elder = make_elder(site=office.site)
    actor = office.county.actor
    held = right(elder, date(2026, 1, 1), scheme="more", created_at=at(date(2026, 1, 1)))

    rights.sanction_elder(punish(elder, scheme="more"), actor=actor, now=NOW)
    rights.sanction_elder(punish(elder, 1, scheme="more"), actor=actor, now=NOW)

    second, first = elder_page(elder, actor=actor, today=TODAY).sanctions
    assert (first.words, first.reason, first.barred, first.until_day, first.measures, first.lifted, first.decided_by) == (
        "骗取补助的追回,终身不得享受", "冒名", "years", date(2028, 11, 21), "cancel,recover", False, actor.name
    )  # fmt: skip
    assert (second.words, second.barred, second.until_day, second.measures) == ("多领的退回", "none", None, "recover")
    with reading() as session:
        halts = session.execute(select(HALT.c.entitlement_id, HALT.c.cause, HALT.c.from_day, HALT.c.to_day)).all()
    assert halts == [(held, "sanction", TODAY, date(2028, 11, 20))]
    assert trail("sanction_elder") == [
        (f"elder_sanction:{first.id}", {"elder": elder, "scheme": "more", "barred": "years"}),
        (f"elder_sanction:{second.id}", {"elder": elder, "scheme": "more", "barred": "none"}),
    ]


SANCTIONS = {
    "tomorrow's": ({"decided_on": TOMORROW}, "决定日期不能在今天之后", "decided_on"),
    "of a scheme that is not in force": ({"scheme": "other"}, "请从列表中选择方案", "scheme"),
    "of no number": ({"number": None}, "请从列表中选择处理措施", "number"),
    "of a number too high": ({"number": 1}, "请从列表中选择处理措施", "number"),
    "of a number below": ({"number": -1}, "请从列表中选择处理措施", "number"),
}


@pytest.mark.parametrize(("facts", "said", "field"), SANCTIONS.values(), ids=SANCTIONS)
def test_a_sanction_the_scheme_does_not_have_is_not_recorded(office, facts, said, field):
    elder = make_elder(site=office.site)

    with pytest.raises(BadInput) as error:
        rights.sanction_elder(punish(elder, **facts), actor=office.county.actor, now=NOW)

    assert (str(error.value), error.value.field) == (said, field)
    assert elder_page(elder, actor=office.county.actor, today=TODAY).sanctions == ()


def test_a_sanction_is_lifted_once_and_not_by_who_decided_it_nor_from_afar(office):
    elder = make_elder(site=office.site)
    rights.sanction_elder(punish(elder), actor=office.county.actor, now=NOW)
    (kept,) = elder_page(elder, actor=office.county.actor, today=TODAY).sanctions
    other, far = make_staff("civil_affairs").actor, make_staff("civil_affairs", path="临川区").actor

    assert told(lambda: rights.lift_sanction(kept.id, actor=office.county.actor, now=NOW)) == (
        "处理决定由您作出,要由另一个人撤销",
        "请由其他民政人员复核后撤销",
    )
    for missing in (
        lambda: rights.lift_sanction(kept.id, actor=far, now=NOW),
        lambda: rights.lift_sanction(99, actor=other, now=NOW),
    ):
        assert told(missing) == ("没有找到这项处理", "请从老人的资格页面重新打开")
    assert rights.lift_sanction(kept.id, actor=other, now=NOW) == elder
    assert rights.lift_sanction(kept.id, actor=COMMAND, now=NOW + timedelta(hours=1)) == elder

    with reading() as session:
        row = session.execute(select(SANCTION)).one()
    assert (row.lifted_at, row.lifted_by) == (NOW, other.id)
    assert elder_page(elder, actor=other, today=TODAY).sanctions[0].lifted


ENDS = {
    "today": (TODAY, (TODAY, None)),
    "on its first day": (date(2026, 11, 1), (date(2026, 11, 1), None)),
    "before it began: it never was": (date(2026, 10, 31), (date(2027, 1, 31), NOW)),
    "on the last day it has": (date(2027, 1, 31), (date(2027, 1, 31), None)),
}


@pytest.mark.parametrize(("last", "ended"), ENDS.values(), ids=ENDS)
def test_a_right_is_ended_on_a_day(office, last, ended):
    elder = make_elder(site=office.site)
    held = right(elder, date(2026, 11, 1), date(2027, 1, 31))

    assert rights.end_entitlement(held, last, "本人放弃", actor=office.county.actor, now=NOW) == elder

    with reading() as session:
        row = session.execute(select(ENTITLEMENT)).one()
    assert (row.to_day, row.cancelled_at) == ended
    shown = elder_page(elder, actor=office.county.actor, today=TODAY).rights[0]
    assert (shown.ended, shown.evidence, shown.cancelled) == ("本人放弃", "年龄", ended[1] is not None)
    assert trail("end_entitlement") == [(f"entitlement:{held}", {"last_day": last.isoformat()})]


def test_a_right_is_not_made_longer_nor_ended_from_afar_or_twice(office):
    elder = make_elder(site=office.site)
    held, gone = right(elder, date(2026, 11, 1), date(2027, 1, 31)), right(elder, scheme="x", cancelled_at=NOW)
    far = make_staff("civil_affairs", path="临川区")

    with pytest.raises(BadInput) as error:
        rights.end_entitlement(held, date(2027, 2, 1), "改晚", actor=office.county.actor, now=NOW)
    assert (str(error.value), error.value.field) == ("这项资格到 2027-01-31 已经结束,不能改晚", "last_day")
    for which, actor in ((held, far.actor), (gone, office.county.actor), (99, office.county.actor)):
        assert told(
            lambda which=which, actor=actor: rights.end_entitlement(which, TODAY, "x", actor=actor, now=NOW)
        ) == ("没有找到这项资格", "请从老人的资格页面重新打开")


# One elder's page.

STATES = {
    "in force": ({"first": date(2026, 1, 1)}, [], "in_force"),
    "from today": ({"first": TODAY}, [], "in_force"),
    "later": ({"first": TOMORROW}, [], "later"),
    "to today": ({"first": date(2026, 1, 1), "last": TODAY}, [], "in_force"),
    "ended": ({"first": date(2026, 1, 1), "last": YESTERDAY}, [], "ended"),
    "cancelled": ({"first": TOMORROW, "cancelled_at": NOW}, [], "cancelled"),
    "stopped": ({"first": date(2026, 1, 1)}, [{"first": TODAY}], "stopped"),
    "frozen": ({"first": date(2026, 1, 1)}, [{"first": TODAY, "last": TODAY, "kind": "frozen", "cause": "paused"}], "frozen"),
    "both": (
        {"first": date(2026, 1, 1)},
        [{"first": YESTERDAY, "kind": "frozen", "cause": "paused"}, {"first": TODAY}],
        "stopped",
    ),
    "stopped from tomorrow": ({"first": date(2026, 1, 1)}, [{"first": TOMORROW}], "in_force"),
    "stopped until yesterday": ({"first": date(2026, 1, 1)}, [{"first": date(2026, 2, 1), "last": YESTERDAY}], "in_force"),
}  # fmt: skip


@pytest.mark.parametrize(("facts", "halts", "state"), STATES.values(), ids=STATES)
def test_the_page_says_how_a_right_stands(office, facts, halts, state):
    elder = make_elder(site=office.site)
    held = right(elder, **facts)
    for one in halts:
        halt(held, **one)
    halt(held, first=TODAY, cancelled_at=NOW)

    page = elder_page(elder, actor=office.county.actor, today=TODAY)

    (shown,) = page.rights
    assert (shown.state, [one.from_day for one in shown.halts]) == (state, [one["first"] for one in halts])
    assert (shown.scheme_name, shown.class_now) == ("测试助餐资格", "")
    assert page.offered[0].has_right is (state not in ("ended", "cancelled"))


def test_the_page_offers_what_is_in_force_here_and_says_what_stands_against_it(office):
    switch(SCHEME.replace('id = "care"', 'id = "far"'), path="临川区")
    switch(
        SCHEME.replace('id = "care"', 'id = "home"').replace("测试助餐资格", "户籍地资格"), path="临川区/石桥镇/柳树村"
    )
    switch(SCHEME.replace('version = "1"', 'version = "near"').replace("测试助餐资格", "镇里的"), path="金溪县/云溪镇")
    switch(AUTOMATIC)
    elder = make_elder(
        site=office.site, statuses=("dibao",), hukou="临川区/石桥镇/柳树村", living="empty_nest", village_group="3组"
    )
    number = take(office, elder)
    right(elder, date(2026, 1, 1), scheme="gone")
    right(elder, date(2026, 3, 1))

    page = elder_page(elder, actor=office.county.actor, today=TODAY)

    assert (page.elder_id, page.name, page.birth_day, page.village_group) == (elder, "王秀兰", date(1944, 3, 1), "3组")
    assert [(one.scheme.name, one.has_right, one.open_id, bool(one.open_number)) for one in page.offered] == [
        ("镇里的", True, number, True),
        ("测试助餐资格", False, 0, False),
        ("户籍地资格", False, 0, False),
    ]
    assert [(one.standing.class_code, one.against) for one in page.offered] == [("一类", None)] * 3
    assert [(one.scheme_name, one.class_now) for one in page.rights] == [("镇里的", "一类"), ("gone", "")]
    assert [one.id for one in page.applications] == [number]
    young = make_elder(site=office.site, birth_day=date(1960, 1, 1))
    assert {one.against.code for one in elder_page(young, actor=office.county.actor, today=TODAY).offered} == {"age"}
    far = make_staff("civil_affairs", path="江都区")
    assert told(lambda: elder_page(elder, actor=far.actor, today=TODAY)) == ("没有找到这位老人", "请重新查找")


def test_a_right_through_an_application_begins_and_ends_as_the_scheme_says(office):
    elder = make_elder(site=office.site)
    application = approve(office, elder)
    day = TODAY + timedelta(days=8)

    with reading() as session:
        row = session.execute(select(ENTITLEMENT)).one()
    assert (row.origin, row.application_id, row.settlement, row.from_day, row.to_day, row.created_by) == (
        "application", application, "rural", day, None, office.county.id
    )  # fmt: skip
    found = elder_page(elder, actor=office.county.actor, today=day).rights[0]
    assert (found.evidence, found.class_code) == ("测字〔2026〕0001号", "二类")
    facts = {"elder": elder, "scheme": "care", "origin": "application", "from_day": day.isoformat()}
    assert trail("grant_entitlement") == [(f"entitlement:{row.id}", facts)]


def test_a_meal_of_the_list_is_ticked_once_and_one_that_is_not_on_it_is_told(office):
    assert told(lambda: rights.settle_look_back(99, "x", actor=office.county.actor, now=NOW)) == (
        "这份用餐不在回看清单里",
        "请刷新回看清单",
    )


def test_a_sanction_after_which_the_right_was_given_does_not_touch_it(office):
    elder = make_elder(site=office.site)
    sanction(elder, decided_at=datetime(2026, 11, 1, tzinfo=NOW.tzinfo), measures="suspend,recover")
    right(elder, date(2026, 1, 1), created_at=NOW)
    older = right(elder, date(2025, 1, 1), date(2025, 12, 31), created_at=NOW)
    with transaction() as session:
        change(session, Elder, created_at=NOW)
    rights.grant_due(actor=office.county.actor, now=NOW, confirmed=clock.day_of(NOW))

    with reading() as session:
        assert session.execute(select(HALT.c.entitlement_id, HALT.c.cause)).all() == []
    with transaction() as session:
        change(session, Entitlement, Entitlement.id != older, created_at=datetime(2026, 1, 1, tzinfo=NOW.tzinfo))
    rights.grant_due(actor=office.county.actor, now=NOW, confirmed=clock.day_of(NOW))
    with reading() as session:
        halts = session.execute(select(HALT.c.cause, HALT.c.from_day, HALT.c.to_day)).all()
    assert halts == [("sanction", date(2026, 11, 1), date(2027, 10, 31))]
