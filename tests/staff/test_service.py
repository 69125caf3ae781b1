"""Keeping accounts, inside the own reach only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from canteen.audit.models import Audit
from canteen.base.access import ALLOWED, COMMAND, Actor, may
from canteen.base.db import reading
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.base.words import TOKEN_ROLES
from canteen.staff import queries, service
from canteen.staff.models import Staff
from canteen.staff.rules import NewAccount
from canteen.staff.service import PasswordChange, SignedIn
from tests.factories import NOW, PASSWORD, Person, Place, make_area, make_elder, make_site, make_staff
from tests.staff.steps import GOOD, TRIES, enter, trail


def wanted(site: Place, **changes: object) -> NewAccount:
    facts = {
        "username": "li.mei",
        "name": "李梅",
        "role": "clerk",
        "area_id": site.area_id,
        "site_id": site.id,
        "password": GOOD,
    } | changes
    return NewAccount(**facts)  # type: ignore[arg-type]


def test_an_added_account_can_sign_in_and_is_recorded(site: Place, administrator: Person) -> None:
    staff_id = service.add_user(administrator.actor, wanted(site, username=" Li.Mei "), now=NOW)

    assert isinstance(enter("li.mei", GOOD), SignedIn)
    assert trail("add_account") == [(f"staff:{administrator.id}", "add_account", f"staff:{staff_id}")]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"username": "李梅"}, "username", id="a Chinese user name"),
        pytest.param({"username": "wаng"}, "username", id="a Cyrillic letter"),
        pytest.param({"name": ""}, "name", id="no name"),
        pytest.param({"role": "terminal"}, "role", id="a role that is not a person's"),
        pytest.param({"password": "li.mei"}, "password", id="a short password"),
        pytest.param({"password": "zhucandian2026"}, "password", id="a common password"),
        pytest.param({"site_id": None}, "reach", id="a clerk without a site"),
    ],
)
def test_an_account_that_breaks_a_rule_is_not_added(site: Place, changes: dict[str, object], field: str) -> None:
    with pytest.raises(BadInput) as caught:
        service.add_user(COMMAND, wanted(site, **changes), now=NOW)

    assert caught.value.field == field
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Staff)) == 0


def test_a_user_name_is_given_once(site: Place, clerk: Person) -> None:
    with pytest.raises(Refusal) as caught:
        service.add_user(COMMAND, wanted(site, username=clerk.username.upper()), now=NOW)

    assert caught.value.code == "username_taken"


def test_two_administrators_adding_one_name_at_once_make_one_account(app: Flask, site: Place) -> None:
    def add(_number: int) -> str:
        with app.app_context():
            try:
                service.add_user(COMMAND, wanted(site), now=NOW)
            except Refusal as refusal:
                return refusal.code
            return "added"

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(add, range(4)))

    assert outcomes == ["added", "username_taken", "username_taken", "username_taken"]


TOWNSHIP = "金溪县/云溪镇"
ELSEWHERE = "金溪县/石桥镇/柳树村"


def test_accounts_are_added_inside_the_own_area_only(site: Place) -> None:
    township = make_staff("administrator", path=TOWNSHIP).actor
    foreign = make_site("柳树村助餐点", path=ELSEWHERE)
    county = make_area("金溪县")

    service.add_user(township, wanted(site), now=NOW)
    for area_id, site_id in ((foreign.area_id, foreign.id), (county, None), (site.area_id, foreign.id), (999, None)):
        with pytest.raises(NotFound):
            service.add_user(
                township, wanted(site, username="other", role="manager", area_id=area_id, site_id=site_id), now=NOW
            )


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda actor, staff_id: service.lock_account(actor, staff_id, now=NOW), id="lock"),
        pytest.param(lambda actor, staff_id: service.unlock_account(actor, staff_id, now=NOW), id="unlock"),
        pytest.param(
            lambda actor, staff_id: service.reset_password(
                actor, staff_id, password=GOOD, must_change_password=True, now=NOW
            ),
            id="reset the password",
        ),
        pytest.param(lambda actor, staff_id: queries.account_for(actor, staff_id), id="look at"),
    ],
)
@pytest.mark.parametrize("where", ["a foreign site", "the area above", "not there"])
def test_accounts_out_of_reach_are_as_if_they_were_not_there(site: Place, act, where: str) -> None:
    actor = make_staff("administrator", path=TOWNSHIP).actor
    staff_id = {
        "a foreign site": make_staff("clerk", site=make_site("柳树村助餐点", path=ELSEWHERE)).id,
        "the area above": make_staff("administrator", path="金溪县").id,
        "not there": 999,
    }[where]

    with pytest.raises(NotFound):
        act(actor, staff_id)


def test_an_administrator_of_one_site_keeps_only_its_accounts(site: Place) -> None:
    second = make_site("枫林村第二助餐点")
    keeper = make_staff("administrator", site=site).actor
    mine, other = make_staff("clerk", site=site), make_staff("clerk", site=second)

    service.lock_account(keeper, mine.id, now=NOW)
    with pytest.raises(NotFound):
        service.lock_account(keeper, other.id, now=NOW)

    assert {row.id for row in queries.accounts_of(keeper)} == {keeper.id, mine.id}


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda actor: service.lock_account(actor, actor.id, now=NOW), id="lock"),
        pytest.param(
            lambda actor: service.reset_password(actor, actor.id, password=GOOD, must_change_password=True, now=NOW),
            id="reset the password without the current one",
        ),
    ],
)
def test_the_own_account_is_not_kept_by_oneself(administrator: Person, act) -> None:
    with pytest.raises(Refusal) as caught:
        act(administrator.actor)

    assert caught.value.code == "own_account"
    assert isinstance(enter(administrator.username), SignedIn)


def test_locking_twice_is_recorded_once(clerk: Person) -> None:
    service.lock_account(COMMAND, clerk.id, now=NOW)
    service.lock_account(COMMAND, clerk.id, now=NOW)

    assert trail() == [("command", "lock_account", f"staff:{clerk.id}")]


def test_an_account_may_be_an_elder_who_is_there(site: Place) -> None:
    elder_id = make_elder(site=site)

    staff_id = service.add_user(COMMAND, wanted(site, elder_id=elder_id), now=NOW)
    with pytest.raises(NotFound):
        service.add_user(COMMAND, wanted(site, username="other", elder_id=elder_id + 99), now=NOW)

    assert queries.account_for(COMMAND, staff_id).elder_id == elder_id


def test_refusals_are_recorded_in_the_chain_of_the_site(clerk: Person) -> None:
    service.record_refusal(clerk.actor, code="already_served", where="counter.serve", now=NOW)
    service.record_refusal(None, code="no_menu", where="menus.today", now=NOW)

    kept = (
        select(Audit.chain, Audit.actor, Audit.action, Audit.subject, Audit.detail)
        .where(Audit.action != "write")
        .order_by(Audit.id)
    )
    with reading() as session:
        rows = session.execute(kept).all()
    assert [tuple(row) for row in rows] == [
        (clerk.actor.site_id, f"staff:{clerk.id}", "refuse", "counter.serve", {"code": "already_served"}),
        (0, "nobody", "refuse", "menus.today", {"code": "no_menu"}),
    ]


def test_sign_in_at_a_wrong_actor_kind_is_impossible(clerk: Person) -> None:
    terminal = Actor("token", clerk.id, "终端", "terminal")

    with pytest.raises(AssertionError):
        service.change_own_password(terminal, PasswordChange(PASSWORD, GOOD, "", ""), tries=TRIES, now=NOW)


@pytest.mark.parametrize("role", TOKEN_ROLES)
def test_the_table_takes_no_person_for_a_machine(site: Place, role: str) -> None:
    with pytest.raises(IntegrityError):
        make_staff(role, site=site)


def test_a_role_nobody_said_what_it_may_do_may_nothing(site: Place) -> None:
    nobody = make_staff("auditor", site=site)

    assert not [action for action in ALLOWED if may(nobody.actor, action)]
