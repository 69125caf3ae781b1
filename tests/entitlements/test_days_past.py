"""What is past stays as it was: halts of days gone by, and lists that hang."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from factories import TODAY, make_area, make_elder
from sqlalchemy import select, text

from canteen.audit.models import Audit
from canteen.base.db import reading, transaction
from canteen.base.errors import BadInput, Refusal
from canteen.entitlements.applications.models import PublicNotice
from canteen.entitlements.elder_page import elder_page
from canteen.entitlements.following import follow
from canteen.entitlements.models import Entitlement, Halt
from canteen.entitlements.queries import approved_schemes
from canteen.entitlements.requests import SanctionInput
from canteen.entitlements.service import rights
from canteen.people import service as people
from canteen.people.models import Elder
from canteen.people.registry import StatusDraft
from canteen.schemes.models import SchemeVersion
from canteen.schemes.switching import end_version
from tests.entitlements.office import SCHEME, Office, approve, at, decide, post, show, switch, take

START = TODAY + timedelta(days=8)
RURAL = SCHEME.replace('id = "care"', 'id = "rural"').replace(
    "eligible = { age = { from = 70 } }", 'eligible = { age = { from = 70 }, settlement = ["rural"] }'
)


def halts() -> list[tuple[str, date, date | None, datetime]]:
    """Cause, days and when they were recorded, of the halts that count."""
    with reading() as session:
        rows = session.scalars(select(Halt).where(Halt.cancelled_at.is_(None)).order_by(Halt.from_day))
        return [(row.reason_code, row.from_day, row.to_day, row.recorded_at) for row in rows]


def settle_in(office: Office, elder: int, settlement: str, day: date) -> None:
    """A fact that has no day of its own: it counts from the day it is changed."""
    with transaction() as session:
        session.get_one(Elder, elder).settlement = settlement
        session.flush()
        follow(session, elder, day=day, actor=office.county.actor, at=at(day))


def held(elder: int, day: date) -> bool:
    with reading() as session:
        return bool(approved_schemes(session, elder_id=elder, day=day))


def test_a_fact_that_changes_today_leaves_the_days_before_as_they_were(office: Office) -> None:
    office = replace(office, version_id=switch(RURAL))
    elder, actor = make_elder(site=office.site), office.county.actor
    approve(office, elder)
    with reading() as session:
        status = session.scalar(text("select id from status"))
    last = START + timedelta(days=20)
    people.end_status(elder, status, last, actor=actor, now=at(START))
    again = last + timedelta(days=11)
    people.record_status(
        elder,
        StatusDraft(kind="dibao", from_day=again, issuer="民政局", evidence="2026-7号"),
        actor=actor,
        now=at(again),
    )
    [first] = halts()
    assert first[1:3] == (last + timedelta(days=1), again - timedelta(days=1))

    moved = again + timedelta(days=20)
    settle_in(office, elder, "urban", moved)

    assert halts() == [first, ("settlement", moved, None, at(moved))]
    assert [held(elder, day) for day in (last, again - timedelta(days=1), again, moved - timedelta(days=1), moved)] == [
        True,
        False,
        True,
        True,
        False,
    ]

    back = moved + timedelta(days=5)
    settle_in(office, elder, "rural", back)

    assert halts()[0] == first
    assert [one[1:3] for one in halts()] == [first[1:3], (moved, back - timedelta(days=1))]
    assert held(elder, back) and not held(elder, back - timedelta(days=1))


def test_who_lives_elsewhere_is_followed_by_the_scheme_of_the_registration(office: Office) -> None:
    office = replace(office, version_id=switch(RURAL))
    elder, far = make_elder(site=office.site), make_area("青禾县/云溪镇/枫林村")
    approve(office, elder)
    with transaction() as session:
        session.get_one(Elder, elder).residence_area_id = far

    settle_in(office, elder, "urban", START)

    assert halts() == [("settlement", START, None, at(START))]


def test_following_again_another_day_writes_nothing(office: Office) -> None:
    office = replace(office, version_id=switch(RURAL))
    elder = make_elder(site=office.site)
    approve(office, elder)
    moved = START + timedelta(days=3)
    settle_in(office, elder, "urban", moved)
    before = halts()

    settle_in(office, elder, "urban", moved + timedelta(days=30))

    assert halts() == before == [("settlement", moved, None, at(moved))]


def test_a_change_before_the_first_day_takes_the_place_of_a_right_that_never_began(office: Office) -> None:
    """Approved for the next month, and changed before it came: one right, and nobody is entitled twice."""
    text = (
        SCHEME.replace("[approval]\n", '[approval]\nstarts = "next_month"\n', 1)
        .replace('id = "care"', 'id = "next"')
        .replace('publicity = { days = 7, counts = "natural" }\n', "")
    )
    office = replace(office, version_id=switch(text))
    elder = make_elder(site=office.site)

    for day, purpose in ((TODAY, "new"), (TODAY + timedelta(days=1), "change")):
        application = take(office, elder, day, key=purpose.ljust(32, "0"), purpose=purpose)
        show(office, application)
        for position, who in enumerate((office.village, office.township, office.county)):
            decide(who, application, position, day)

    with reading() as session:
        rows = session.scalars(select(Entitlement).order_by(Entitlement.id)).all()
        found = [(row.from_day, row.to_day, row.cancelled_at is None) for row in rows]
    assert found == [(date(2026, 12, 1), None, False), (date(2026, 12, 1), None, True)]


def test_what_is_decided_about_a_right_is_in_the_trail(office: Office) -> None:
    elder, actor = make_elder(site=office.site), office.county.actor
    approve(office, elder)
    asked = SanctionInput(elder_id=elder, scheme="care", number=0, reason="冒名领取", decided_on=START)
    rights.sanction_elder(asked, actor=actor, now=at(START))
    right = elder_page(elder, actor=actor, today=START).rights[0]
    rights.end_entitlement(right.id, START, "取消", actor=actor, now=at(START))

    with reading() as session:
        rows = session.execute(
            select(Audit.actor, Audit.action).where(Audit.action != "write").order_by(Audit.id)
        ).all()
    of_county = [row.action for row in rows if row.actor == f"staff:{office.county.id}"]
    assert sorted(of_county) == [
        "decide_step",
        "end_entitlement",
        "grant_entitlement",
        "halt_entitlement",
        "sanction_elder",
    ]


def test_a_scheme_takes_applications_to_its_last_day(office: Office) -> None:
    with transaction() as session:
        version = session.get_one(SchemeVersion, office.version_id)
        end_version(session, version, last=TODAY, actor=office.county.actor, at=at(TODAY))
    assert take(office, make_elder(site=office.site), TODAY)

    with pytest.raises(Refusal) as raised:
        take(office, make_elder("李桂花", site=office.site), TODAY + timedelta(days=1))
    assert raised.value.code == "not_open"


def test_a_list_hangs_from_the_day_its_step_began_and_not_from_tomorrow(office: Office) -> None:
    application = take(office, make_elder(site=office.site))
    show(office, application)

    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=1)):
        with pytest.raises(BadInput) as raised:
            post(office, (application,), day, now=at(TODAY))
        assert raised.value.field == "posted_on"
    # Hung on the first day of the step, entered two days later.
    notice = post(office, (application,), TODAY, now=at(TODAY + timedelta(days=2)))

    with reading() as session:
        row = session.get_one(PublicNotice, notice)
    assert (row.posted_on, row.last_day) == (TODAY, TODAY + timedelta(days=7))


def test_a_step_is_decided_on_the_day_after_the_last_one_and_not_on_it(office: Office) -> None:
    application = take(office, make_elder(site=office.site))
    show(office, application)
    post(office, (application,))
    last = TODAY + timedelta(days=7)

    with pytest.raises(Refusal) as raised:
        decide(office.village, application, 0, last)
    assert raised.value.code == "still_posted"
    assert decide(office.village, application, 0, last + timedelta(days=1)) == "open"
