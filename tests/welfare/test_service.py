"""Checks on real databases: steps, ends, who sees which, who ate since, and who stays away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from factories import NOW, TODAY, VILLAGE, Person, Place, make_elder, make_life_event, make_site, make_staff
from sqlalchemy import func, select

from canteen.audit.models import Audit
from canteen.base.db import reading, transaction
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.base.vault import the_vault
from canteen.places.queries import site_facts
from canteen.welfare import queries, service
from canteen.welfare.models import WelfareCheck, WelfareStep
from canteen.welfare.requests import StepInput
from canteen.welfare.seen import CheckEnd, Seen, outcome_of
from tests.at_rest import readable
from tests.sent import statements

from .conftest import ask_after, ate, came_until, check_of, nobody_answered

MIDNIGHT = NOW - timedelta(hours=11, minutes=42)
MINUTE = timedelta(minutes=1)


def step(check_id: int, person: Person, kind: str, result: str, *, key: str, minutes: int = 0, **more: object) -> None:
    given = StepInput(key=key, kind=kind, result=result, **more)
    service.take_step(check_id, given, actor=person.actor, now=NOW + minutes * MINUTE)


def page(person: Person, check_id: int, *, minutes: int = 0) -> queries.CheckPage:
    return queries.check_page(person.actor, check_id, now=NOW + minutes * MINUTE)


def listed(person: Person, site: Place, *, minutes: int = 0) -> queries.ChecksPage:
    now = NOW + minutes * MINUTE
    return queries.checks_page(person.actor, [site.id], now=now, midnight=MIDNIGHT)


def waiting(person: Person, site: Place, *, minutes: int = 0) -> tuple[int, int]:
    return queries.waiting(person.actor, [site.id], now=NOW + minutes * MINUTE)


def count(model: type) -> int:
    with reading() as session:
        return session.execute(select(func.count()).select_from(model)).scalar_one()


def refusal_of(work: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        work()
    return caught.value.code


# -- steps ----------------------------------------------------------------------------------------------------------


def test_a_check_goes_from_call_to_committee_with_who_when_and_what_came_of_it(
    site: Place, wang: int, volunteer: Person, clerk: Person, manager: Person
) -> None:
    check = nobody_answered(wang, site, volunteer, words="测试:门口有报纸")
    asked = [page(clerk, check).next_kind]
    step(check, clerk, "call", "not_reached", key="step-0001", minutes=10)
    asked.append(page(clerk, check).next_kind)
    step(check, clerk, "knock", "not_reached", key="step-0002", minutes=20)
    asked.append(page(clerk, check).next_contact)
    step(check, manager, "contact", "not_reached", key="step-0003", minutes=30, contact=1, words="测试:关机")
    asked.append(page(clerk, check).next_contact)
    step(check, manager, "contact", "not_reached", key="step-0004", minutes=40, contact=2)
    asked.append(page(clerk, check).next_kind)
    step(check, manager, "committee", "told", key="step-0005", minutes=50)

    found = page(clerk, check)
    assert asked == ["call", "knock", 1, 2, "committee"]
    assert (found.next_kind, found.line.due_at) == ("knock", NOW + 80 * MINUTE)
    assert found.line.seen.words == "测试:门口有报纸"
    assert [(one.kind, one.result, one.at, one.who, one.told.contact) for one in found.line.steps] == [
        ("call", "not_reached", NOW + 10 * MINUTE, "测试clerk", ""),
        ("knock", "not_reached", NOW + 20 * MINUTE, "测试clerk", ""),
        ("contact", "not_reached", NOW + 30 * MINUTE, "测试manager", "测试女儿 女儿"),
        ("contact", "not_reached", NOW + 40 * MINUTE, "测试manager", "测试邻居"),
        ("committee", "told", NOW + 50 * MINUTE, "测试manager", ""),
    ]
    assert (found.phone, found.address, [one.phone for one in found.contacts]) == (
        "13900000001",
        "测试路一号二楼",
        ["13900000002", ""],
    )


def test_what_was_said_at_a_step_is_sealed(site: Place, wang: int, volunteer: Person, clerk: Person) -> None:
    check = nobody_answered(wang, site, volunteer, words="测试:听见咳嗽")
    step(check, clerk, "contact", "needs_help", key="step-0001", contact=1, words="测试:发烧")

    with reading() as session:
        sealed = session.scalars(select(WelfareStep.sealed_told)).one()
        seen = session.scalars(select(WelfareCheck.sealed_seen)).one()
    assert sealed is not None and not readable(["测试女儿", "发烧"], sealed)
    assert seen is not None and not readable(["咳嗽"], seen)


def test_somebody_who_is_well_closes_the_check_with_the_step(
    site: Place, wang: int, volunteer: Person, clerk: Person
) -> None:
    check = nobody_answered(wang, site, volunteer)

    for _ in range(2):  # the second is the same tap again
        step(check, clerk, "call", "well", key="step-0001", minutes=5, words="测试:在菜地")

    [line] = listed(clerk, site, minutes=6).closed
    assert (line.outcome, line.closed_by, line.closed_at) == (
        CheckEnd("well", "测试:在菜地"),
        "测试clerk",
        NOW + 5 * MINUTE,
    )
    assert len(line.steps) == 1


def test_who_needs_help_is_urgent_whatever_the_check_was_about(site: Place, wang: int, clerk: Person) -> None:
    service.raise_concern(wang, Seen(("unsteady",)), site_id=site.id, key="concern-01", actor=clerk.actor, now=NOW)
    check = check_of(wang)

    step(check.id, clerk, "knock", "needs_help", key="step-0001", minutes=60)

    assert (check.due_at, check_of(wang).due_at) == (NOW + 240 * MINUTE, NOW + 90 * MINUTE)


def test_a_step_key_is_not_used_for_two_things(site: Place, wang: int, volunteer: Person, clerk: Person) -> None:
    check = nobody_answered(wang, site, volunteer)
    step(check, clerk, "call", "not_reached", key="step-0001")

    again = lambda: step(check, clerk, "call", "well", key="step-0001")  # noqa: E731

    assert refusal_of(again) == "key_reused"
    assert (count(WelfareStep), check_of(wang).closed_at) == (1, None)


def test_a_contact_person_who_is_not_on_file_any_more_is_told(
    site: Place, wang: int, volunteer: Person, clerk: Person
) -> None:
    check = nobody_answered(wang, site, volunteer)

    with pytest.raises(BadInput) as wrong:
        step(check, clerk, "contact", "not_reached", key="step-0001", contact=3)

    assert (wrong.value.field, count(WelfareStep)) == ("contact", 0)


def test_a_closed_check_takes_no_more_steps(site: Place, wang: int, volunteer: Person, clerk: Person) -> None:
    check = nobody_answered(wang, site, volunteer)
    service.close_check(check, CheckEnd("well"), actor=clerk.actor, now=NOW)

    assert refusal_of(lambda: step(check, clerk, "call", "not_reached", key="step-0001")) == "already_closed"


def test_the_next_door_after_a_closed_check_is_a_new_one(
    site: Place, wang: int, volunteer: Person, clerk: Person
) -> None:
    check = nobody_answered(wang, site, volunteer)
    service.close_check(check, CheckEnd("well"), actor=clerk.actor, now=NOW)

    with transaction() as session:
        from canteen.welfare import checks

        checks.nobody_answered(
            session, wang, site_id=site.id, day=TODAY, key="tap-later", words="", actor=volunteer.actor, now=NOW
        )

    assert (count(WelfareCheck), count(WelfareStep)) == (2, 0)


# -- ends -----------------------------------------------------------------------------------------------------------


def test_an_end_is_sealed_and_said_once(site: Place, wang: int, volunteer: Person, clerk: Person) -> None:
    check = nobody_answered(wang, site, volunteer)
    outcome = CheckEnd("hospital", "测试:县医院")
    service.close_check(check, outcome, actor=clerk.actor, now=NOW)

    service.close_check(check, outcome, actor=clerk.actor, now=NOW + MINUTE)

    closed = check_of(wang)
    assert closed.sealed_outcome is not None and not readable(["hospital", "县医院"], closed.sealed_outcome)
    assert (outcome_of(closed, the_vault()), closed.closed_at) == (outcome, NOW)
    with reading() as session:
        ends = select(func.count()).select_from(Audit).where(Audit.action == "close_welfare_check")
        assert session.execute(ends).scalar_one() == 1


def test_two_people_do_not_close_one_check_in_two_ways(
    site: Place, wang: int, volunteer: Person, clerk: Person, manager: Person
) -> None:
    check = nobody_answered(wang, site, volunteer)
    service.close_check(check, CheckEnd("well"), actor=clerk.actor, now=NOW)

    for how, person in (("ate", clerk), ("well", manager)):
        close = lambda how=how, person=person: service.close_check(  # noqa: E731
            check, CheckEnd(how), actor=person.actor, now=NOW
        )
        assert refusal_of(close) == "already_closed"


def test_words_kept_before_there_were_kinds_of_ends_are_still_read(
    site: Place, wang: int, volunteer: Person, clerk: Person
) -> None:
    check = nobody_answered(wang, site, volunteer)
    with transaction() as session:
        row = session.get_one(WelfareCheck, check)
        row.closed_at, row.closed_by = NOW, clerk.id
        row.sealed_outcome = the_vault().seal("测试:平安", f"welfare_check:{check}")

    [line] = listed(clerk, site).closed
    assert line.outcome == CheckEnd("other", "测试:平安")


# -- who sees what --------------------------------------------------------------------------------------------------


def test_the_committee_sees_what_is_overdue_or_was_passed_on(
    site: Place, wang: int, volunteer: Person, clerk: Person, committee: Person
) -> None:
    li = make_elder("李桂英", site=site)
    late = nobody_answered(li, site, volunteer, now=NOW)
    told = nobody_answered(wang, site, volunteer, now=NOW + 20 * MINUTE)

    assert listed(committee, site, minutes=25).open == ()
    assert waiting(clerk, site, minutes=25) == (2, 0)
    with pytest.raises(NotFound):
        page(committee, told, minutes=25)
    step(told, clerk, "committee", "told", key="step-0001", minutes=25)

    assert [line.id for line in listed(committee, site, minutes=26).open] == [told]
    assert page(committee, told, minutes=26).phone == "13900000001"
    assert waiting(committee, site, minutes=26) == (1, 0)
    assert [line.id for line in listed(committee, site, minutes=31).open] == [late, told]
    assert (waiting(committee, site, minutes=31), waiting(clerk, site, minutes=31)) == ((2, 1), (2, 1))


def test_the_committee_closes_what_it_sees_and_only_that(
    site: Place, wang: int, volunteer: Person, committee: Person
) -> None:
    check = nobody_answered(wang, site, volunteer)
    with pytest.raises(NotFound):
        service.close_check(check, CheckEnd("well"), actor=committee.actor, now=NOW)

    late = NOW + 31 * MINUTE
    for _ in range(2):
        service.close_check(check, CheckEnd("well", "测试:已上门"), actor=committee.actor, now=late)

    assert check_of(wang).closed_by == committee.id
    assert [line.id for line in listed(committee, site, minutes=32).closed] == [check]


@pytest.mark.parametrize("role", ["manager", "clerk", "committee"])
def test_a_check_of_another_site_is_not_there(site: Place, wang: int, volunteer: Person, role: str) -> None:
    check = nobody_answered(wang, site, volunteer)
    far = "金溪县/云溪镇/测试村"
    place = make_site("测试外村助餐点", path=far)
    stranger = make_staff(role, path=far) if role == "committee" else make_staff(role, site=place)
    later = NOW + 60 * MINUTE

    for work in (
        lambda: queries.check_page(stranger.actor, check, now=later),
        lambda: service.close_check(check, CheckEnd("well"), actor=stranger.actor, now=later),
        lambda: service.take_step(
            check, StepInput(key="step-0001", kind="call", result="well"), actor=stranger.actor, now=later
        ),
        lambda: queries.history_of(stranger.actor, wang, now=later),
        lambda: service.raise_concern(
            wang, Seen(("doctor",)), site_id=place.id, key="concern-01", actor=stranger.actor, now=later
        ),
    ):
        with pytest.raises(NotFound):
            work()
    assert (check_of(wang).closed_at, count(WelfareStep)) == (None, 0)


def test_a_check_goes_on_when_the_elder_moves_to_another_site(
    site: Place, wang: int, volunteer: Person, clerk: Person
) -> None:
    """The site that opened it closes it; that the elder moved is said beside the name."""
    check = nobody_answered(wang, site, volunteer)
    make_life_event(wang, "moved", TODAY, reason="测试")

    [line] = listed(clerk, site).open
    service.close_check(check, CheckEnd("other", "测试:搬去女儿家"), actor=clerk.actor, now=NOW)

    assert line.life.kind == "moved"
    assert check_of(wang).closed_at == NOW


# -- who ate since --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "day", "minutes", "more", "soft"),
    [
        pytest.param("dine_in", TODAY, 5, {}, True, id="ate here"),
        pytest.param("delivery", TODAY, 5, {}, True, id="handed over after all"),
        pytest.param("proxy", TODAY, 5, {}, False, id="somebody else collected"),
        pytest.param("dine_in", TODAY, -5, {}, False, id="before the door"),
        pytest.param("dine_in", TODAY - timedelta(days=1), 5, {}, False, id="yesterday's sheet keyed in today"),
        pytest.param(
            "dine_in", TODAY, 5, {"voided_at": NOW + 6 * MINUTE, "void_reason": "wrong_person"}, False, id="undone"
        ),
    ],
)
def test_who_is_seen_to_eat_since_needs_no_hurry(
    site: Place,
    wang: int,
    volunteer: Person,
    clerk: Person,
    way: str,
    day: date,
    minutes: int,
    more: dict[str, object],
    soft: bool,
) -> None:
    check = nobody_answered(wang, site, volunteer)
    ate(wang, site, day, at=NOW + minutes * MINUTE, way=way, **more)

    found = listed(clerk, site, minutes=60)

    assert ([line.id for line in found.soft], [line.id for line in found.open]) == (
        ([check], []) if soft else ([], [check])
    )
    assert waiting(clerk, site, minutes=60) == ((0, 0) if soft else (1, 1))
    assert [line.is_overdue for line in (*found.soft, *found.open)] == [not soft]


def test_what_somebody_saw_is_not_over_with_a_meal(site: Place, wang: int, clerk: Person) -> None:
    service.raise_concern(wang, Seen(("confused",)), site_id=site.id, key="concern-01", actor=clerk.actor, now=NOW)
    ate(wang, site, TODAY, at=NOW + MINUTE)

    assert waiting(clerk, site, minutes=241) == (1, 1)
    [line] = listed(clerk, site, minutes=241).open
    assert (line.is_overdue, line.ate_where) == (True, "枫林村助餐点")


def test_a_concern_sent_twice_is_one_and_another_time_it_is_another(site: Place, wang: int, clerk: Person) -> None:
    for key in ("concern-01", "concern-01", "concern-02"):
        service.raise_concern(wang, Seen(("confused",)), site_id=site.id, key=key, actor=clerk.actor, now=NOW)

    assert count(WelfareCheck) == 2
    history = queries.history_of(clerk.actor, wang, now=NOW)
    assert [line.seen for line in history.lines] == [Seen(("confused",))] * 2


# -- who stays away -------------------------------------------------------------------------------------------------


def look(site: Place, *, days: int = 0) -> None:
    with reading() as session:
        facts = site_facts(session, site.id)
    service.look_for_absent(facts, now=NOW + timedelta(days=days))


def test_a_regular_who_stays_away_is_a_check_once(site: Place, wang: int, clerk: Person) -> None:
    ask_after(site, 3)
    came_until(wang, site, TODAY - timedelta(days=4))

    for _ in range(3):
        look(site)

    check = check_of(wang)
    assert (check.cause, check.site_id, check.day, check.opened_by, check.due_at) == (
        "absent",
        site.id,
        TODAY,
        None,
        NOW + timedelta(days=1),
    )
    [line] = listed(clerk, site).open
    assert line.last_meal == TODAY - timedelta(days=4)
    assert waiting(clerk, site, minutes=24 * 60 + 1) == (1, 1)


@pytest.mark.parametrize(
    ("last", "days", "asked"),
    [
        pytest.param(4, 10, True, id="three days missed"),
        pytest.param(3, 10, False, id="two days missed"),
        pytest.param(4, 7, False, id="no regular"),
        pytest.param(31, 10, True, id="the last day somebody is still a regular"),
        pytest.param(32, 10, False, id="away for so long that it is no news"),
    ],
)
def test_who_is_asked_after(site: Place, wang: int, last: int, days: int, asked: bool) -> None:
    ask_after(site, 3)
    came_until(wang, site, TODAY - timedelta(days=last), days=days)

    look(site)

    assert count(WelfareCheck) == int(asked)


@pytest.mark.parametrize(
    ("kind", "first", "last", "asked"),
    [
        pytest.param("paused", -10, None, False, id="paused"),
        pytest.param("paused", -10, -2, False, id="a pause that ended within these days"),
        pytest.param("paused", -10, -4, True, id="a pause that ended before them"),
        pytest.param("died", -1, None, False, id="died"),
        pytest.param("moved", 1, None, True, id="moves tomorrow"),
    ],
)
def test_who_is_away_for_a_known_reason_is_not_asked_after(
    site: Place, wang: int, kind: str, first: int, last: int | None, asked: bool
) -> None:
    ask_after(site, 3)
    came_until(wang, site, TODAY - timedelta(days=4))
    to_day = TODAY + timedelta(days=last) if last is not None else None
    make_life_event(wang, kind, TODAY + timedelta(days=first), to_day, "测试")

    look(site)

    assert count(WelfareCheck) == int(asked)


def test_closed_days_are_no_days_somebody_missed(site: Place, wang: int) -> None:
    """Four days without a meal, two of them without service."""
    from canteen.places.models import CalendarException

    ask_after(site, 3)
    came_until(wang, site, TODAY - timedelta(days=5))
    with transaction() as session:
        for ago in (1, 2):
            day = TODAY - timedelta(days=ago)
            session.add(CalendarException(site_id=site.id, day=day, is_open=False, reason="测试停电"))

    look(site)

    assert count(WelfareCheck) == 0


def test_nobody_is_asked_after_where_the_site_does_not_want_it(site: Place, wang: int) -> None:
    ask_after(site, 0)
    came_until(wang, site, TODAY - timedelta(days=10))

    look(site)

    assert count(WelfareCheck) == 0


def test_who_eats_elsewhere_is_not_missed_and_who_has_no_usual_canteen_is_the_village_s(
    site: Place, wang: int, clerk: Person
) -> None:
    other = make_site("测试外村助餐点", path="金溪县/云溪镇/测试村")
    nowhere = make_elder("孙测试", path=VILLAGE)
    ask_after(site, 3)
    ask_after(other, 3)
    for elder in (wang, nowhere):
        came_until(elder, site, TODAY - timedelta(days=4))
    ate(wang, other, TODAY - timedelta(days=1))

    look(other)
    look(site)

    assert [(line.name, line.site_name) for line in listed(clerk, site).open] == [("孙测试", site.name)]


def test_somebody_who_was_looked_after_is_asked_after_again_only_when_they_stay_away_as_long_again(
    site: Place, wang: int, clerk: Person
) -> None:
    ask_after(site, 3)
    came_until(wang, site, TODAY - timedelta(days=4))
    look(site)
    service.close_check(check_of(wang).id, CheckEnd("away", "测试:在女儿家"), actor=clerk.actor, now=NOW)

    look(site, days=3)
    before = count(WelfareCheck)
    look(site, days=4)

    assert (before, count(WelfareCheck)) == (1, 2)


def test_who_comes_back_needs_no_hurry(site: Place, wang: int, clerk: Person) -> None:
    ask_after(site, 3)
    came_until(wang, site, TODAY - timedelta(days=4))
    look(site)

    ate(wang, site, TODAY, at=NOW + MINUTE)

    assert waiting(clerk, site, minutes=2000) == (0, 0)


# -- counts and cost ------------------------------------------------------------------------------------------------


def test_the_committee_counts_checks_by_cause(site: Place, wang: int, volunteer: Person, clerk: Person) -> None:
    li = make_elder("李桂英", site=site)
    check = nobody_answered(wang, site, volunteer)
    nobody_answered(li, site, volunteer)
    service.raise_concern(li, Seen(("doctor",)), site_id=site.id, key="concern-01", actor=clerk.actor, now=NOW)
    service.close_check(check, CheckEnd("well"), actor=clerk.actor, now=NOW)

    counts = queries.counts_of(site_ids=[site.id], first=TODAY, last=TODAY)

    assert [(one.cause, one.opened, one.closed, one.still_open) for one in counts] == [
        ("no_answer", 2, 1, 1),
        ("concern", 1, 0, 1),
    ]
    yesterday = TODAY - timedelta(days=1)
    assert queries.counts_of(site_ids=[site.id], first=yesterday, last=yesterday) == ()


def test_a_page_of_checks_asks_as_often_for_many_as_for_one(site: Place, volunteer: Person, clerk: Person) -> None:
    sent = []
    for _ in range(2):
        for _ in range(4):
            nobody_answered(make_elder("孙测试", site=site), site, volunteer)
        with statements() as seen:
            listed(clerk, site)
        sent.append(len(seen))

    assert sent[0] == sent[1]


def test_looking_for_who_stays_away_does_not_read_the_meals_of_everybody(site: Place, wang: int) -> None:
    """Every minute, for every site: two look-ups an elder by index, and the days only of who is missed."""
    came_until(wang, site, TODAY)

    with statements() as sent:
        look(site)

    assert not [one for one in sent if one.startswith("SELECT serving.")]
    assert len(sent) == 5
