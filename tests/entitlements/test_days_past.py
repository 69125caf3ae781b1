"""What is past stays as it was: halts of days gone by, and lists that hang."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from factories import TODAY, make_elder
from sqlalchemy import select, text

from canteen.base.db import reading, transaction
from canteen.base.errors import BadInput, Refusal
from canteen.entitlements.applications.models import PublicNotice
from canteen.entitlements.following import follow
from canteen.entitlements.models import Halt
from canteen.entitlements.queries import approved_schemes
from canteen.people import service as people
from canteen.people.models import Elder
from canteen.people.registry import StatusDraft
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


def test_following_again_another_day_writes_nothing(office: Office) -> None:
    office = replace(office, version_id=switch(RURAL))
    elder = make_elder(site=office.site)
    approve(office, elder)
    moved = START + timedelta(days=3)
    settle_in(office, elder, "urban", moved)
    before = halts()

    settle_in(office, elder, "urban", moved + timedelta(days=30))

    assert halts() == before == [("settlement", moved, None, at(moved))]


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
