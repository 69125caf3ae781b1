"""How sessions begin and end, and the change of one's own password."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from canteen.base.access import COMMAND
from canteen.base.db import database, reading
from canteen.base.errors import BadInput, Refusal
from canteen.staff import queries, service
from canteen.staff.models import StaffSession
from canteen.staff.rules import LONGEST_SESSION, PasswordChange, SignedIn
from tests.factories import NOW, PASSWORD, Person, Place, make_staff
from tests.staff.steps import GOOD, TRIES, enter, session_of

# Sessions


def test_a_new_session_ends_the_one_the_browser_had(clerk: Person) -> None:
    old = session_of(clerk)
    new = enter(clerk.username, replaces=old)

    assert isinstance(new, SignedIn)
    assert queries.account_of_session(old, now=NOW) is None
    assert queries.account_of_session(new.session_id, now=NOW) is not None


def test_two_browsers_of_one_person_are_signed_in_at_once(clerk: Person) -> None:
    ids = [session_of(clerk), session_of(clerk)]

    assert [queries.account_of_session(session_id, now=NOW) is not None for session_id in ids] == [True, True]


def test_signing_out_ends_one_session_only(clerk: Person) -> None:
    here, elsewhere = session_of(clerk), session_of(clerk)

    service.sign_out(clerk.actor, session_id=here, now=NOW)

    assert queries.account_of_session(here, now=NOW) is None
    assert queries.account_of_session(elsewhere, now=NOW) is not None


@pytest.mark.parametrize(
    ("role", "hours"),
    [("clerk", 14), ("manager", 14), ("volunteer", 14), ("committee", 9), ("civil_affairs", 9), ("administrator", 9)],
)
def test_a_session_ends_with_the_day_of_its_role(site: Place, role: str, hours: int) -> None:
    person = make_staff(role, site=site)
    old, end = session_of(person), NOW + timedelta(hours=hours)

    assert queries.account_of_session(old, now=end - timedelta(seconds=1)) is not None
    assert queries.account_of_session(old, now=end) is None
    assert queries.sessions_of(person.actor, here="", now=end) == []


def test_a_session_ends_with_the_working_day_and_is_forgotten(clerk: Person) -> None:
    old = session_of(clerk)
    later = NOW + LONGEST_SESSION

    assert queries.account_of_session(old, now=later - timedelta(seconds=1)) is not None
    assert queries.account_of_session(old, now=later) is None
    enter(clerk.username, at=later)
    with reading() as session:
        assert session.get(StaffSession, old) is None


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda person: service.lock_account(COMMAND, person.id, now=NOW), id="locked"),
        pytest.param(
            lambda person: service.reset_password(
                COMMAND, person.id, password=GOOD, must_change_password=False, now=NOW
            ),
            id="password reset",
        ),
    ],
)
def test_sessions_end_at_once_when_the_account_is(clerk: Person, end) -> None:
    sessions = [session_of(clerk), session_of(clerk)]

    end(clerk)

    assert [queries.account_of_session(session_id, now=NOW) for session_id in sessions] == [None, None]


def test_unlocking_does_not_bring_old_sessions_back(clerk: Person) -> None:
    old = session_of(clerk)
    service.lock_account(COMMAND, clerk.id, now=NOW)
    service.unlock_account(COMMAND, clerk.id, now=NOW)

    assert queries.account_of_session(old, now=NOW) is None
    assert isinstance(enter(clerk.username), SignedIn)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)  # the plan of an empty PostgreSQL table says nothing
def test_who_is_asking_costs_one_statement_that_scans_nothing(clerk: Person) -> None:
    asked = str(
        queries._OF_SESSION.where(StaffSession.id == "x").compile(
            database.engine, compile_kwargs={"literal_binds": True}
        )
    )

    with reading() as session:
        plan = [row.detail for row in session.execute(text(f"explain query plan {asked}"))]

    assert [line for line in plan if line.startswith("SCAN")] == []
    assert len(plan) == 3


# The own password


def change(person: Person, session_id: str, current: str = PASSWORD, new: str = GOOD, at=NOW):
    return service.change_own_password(
        person.actor, PasswordChange(current, new, "10.0.0.7", session_id), tries=TRIES, now=at
    )


def test_a_changed_password_ends_all_sessions_and_goes_on_in_a_new_one(clerk: Person) -> None:
    here, elsewhere = session_of(clerk), session_of(clerk)

    outcome = change(clerk, here)

    assert isinstance(outcome, SignedIn)
    found = [queries.account_of_session(one, now=NOW) is None for one in (here, elsewhere, outcome.session_id)]
    assert found == [True, True, False]
    assert isinstance(enter(clerk.username), Refusal)
    assert isinstance(enter(clerk.username, GOOD), SignedIn)


def test_a_wrong_current_password_changes_nothing_and_counts_as_a_failure(clerk: Person) -> None:
    here = session_of(clerk)

    codes = [change(clerk, here, current="x").code for _ in range(TRIES + 1)]

    assert codes == ["sign_in_failed"] * TRIES + ["sign_in_paused"]
    assert queries.account_of_session(here, now=NOW) is not None


@pytest.mark.parametrize(
    "new",
    [
        pytest.param(PASSWORD, id="the same again"),
        pytest.param("password123", id="a common one"),
        pytest.param("short", id="a short one"),
    ],
)
def test_a_bad_new_password_is_refused_and_the_session_stays(clerk: Person, new: str) -> None:
    here = session_of(clerk)

    with pytest.raises(BadInput) as caught:
        change(clerk, here, new=new)

    assert caught.value.field == "password"
    assert queries.account_of_session(here, now=NOW) is not None


def test_a_password_set_by_somebody_else_must_be_replaced_once(clerk: Person) -> None:
    service.reset_password(COMMAND, clerk.id, password=GOOD, must_change_password=True, now=NOW)
    entered = enter(clerk.username, GOOD)
    assert isinstance(entered, SignedIn)
    before = queries.account_of_session(entered.session_id, now=NOW)

    changed = change(clerk, entered.session_id, current=GOOD, new=PASSWORD)

    assert isinstance(changed, SignedIn)
    after = queries.account_of_session(changed.session_id, now=NOW)
    assert before is not None
    assert after is not None
    assert (before.must_change_password, after.must_change_password) == (True, False)
