"""Every route, for every role and for nobody: who is let in is written out here and nowhere derived.

A new route fails ``test_the_table_is_complete`` until it stands in ``EXPECTED`` with its action; a route whose action
changed fails ``test_a_route_needs_its_action``. Who may do an action is ``staff.rules.ALLOWED``; what a role finds at
another site's things is tested in each feature, except for addresses that name a site, which are walked here.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from canteen.base import clock
from canteen.base.access import ALLOWED, COMMAND
from canteen.base.db import transaction
from canteen.base.words import ROLES
from canteen.staff import accounts, service
from tests.factories import Place, make_site, make_staff

#: Endpoint -> the action it needs; "public": anybody. Flask's own ``static`` serves files and is left out.
EXPECTED = {
    "purses.undo_lapse": "run_credits",
    "statements.reopen_month": "close_month",
    "clock.confirm": "confirm_clock",
    "clock.clock_page": "confirm_clock",
    "counts_api.counts": "see_counts",
    "api.create_serving": "serve",
    "api.find_elders": "find_elders",
    "api.openapi": "public",
    "api.void_serving": "void",
    "care.behind_page": "see_services",
    "care.care_list": "see_services",
    "care.care_page": "see_services",
    "care.new_care": "record_services",
    "care.providers.add_contract": "keep_providers",
    "care.providers.add_provider": "keep_providers",
    "care.providers.assess": "keep_providers",
    "care.providers.ban": "keep_providers",
    "care.providers.end_contract": "keep_providers",
    "care.providers.lift_ban": "keep_providers",
    "care.providers.new_provider": "keep_providers",
    "care.providers.provider_list": "see_providers",
    "care.providers.provider_page": "see_providers",
    "care.record_care": "record_services",
    "care.void_care": "record_services",
    "counter.counter_page": "serve",
    "counter.create_serving": "serve",
    "counter.customer_display": "serve",
    "counter.board": "serve",
    "counter.find_elder": "serve",
    "counter.guest": "serve",
    "counter.key_in": "serve",
    "counter.name_till": "serve",
    "counter.paper_page": "serve",
    "counter.serving_page": "serve",
    "counter.serving_paper": "serve",
    "counter.void_serving": "void",
    "day.day_page": "close_day",
    "day.open_drawer": "close_day",
    "day.print_closing": "close_day",
    "deliveries.add_route": "keep_routes",
    "deliveries.add_stop": "keep_routes",
    "deliveries.board": "see_runs",
    "deliveries.hand_over_run": "keep_routes",
    "deliveries.keep_door": "keep_routes",
    "deliveries.keep_place_at_door": "deliver",
    "deliveries.raise_concern": "deliver",
    "deliveries.keep_route": "keep_routes",
    "deliveries.keep_stop": "keep_routes",
    "deliveries.move_doors": "keep_routes",
    "deliveries.move_stop": "keep_routes",
    "deliveries.my_run": "deliver",
    "deliveries.run_paper_page": "deliver",
    "deliveries.key_in_door": "deliver",
    "deliveries.plan_routes": "keep_routes",
    "deliveries.plan_run": "keep_routes",
    "deliveries.phone_manifest": "public",
    "deliveries.phone_worker": "public",
    "deliveries.planning_page": "keep_routes",
    "deliveries.print_labels": "keep_routes",
    "deliveries.print_route_sheet": "keep_routes",
    "deliveries.look_at_mark": "see_runs",
    "deliveries.record_drop": "deliver",
    "deliveries.undo_mark": "deliver",
    "deliveries.remove_stop": "keep_routes",
    "deliveries.route_page": "keep_routes",
    "deliveries.run_page": "keep_routes",
    "deliveries.take_plan": "keep_routes",
    "entitlements.add_document": "take_applications",
    "entitlements.adopt_roster": "keep_entitlements",
    "entitlements.answer_objection": "decide_applications",
    "entitlements.application": "take_applications",
    "entitlements.application_form": "start_applications",
    "entitlements.calendar_page": "take_applications",
    "entitlements.choose_elder": "start_applications",
    "entitlements.confirm_year": "keep_work_calendar",
    "entitlements.decide_step": "decide_applications",
    "entitlements.desk_page": "take_applications",
    "entitlements.due_page": "keep_entitlements",
    "entitlements.elder_page": "start_applications",
    "entitlements.end_right": "keep_entitlements",
    "entitlements.ending_soon": "start_applications",
    "entitlements.enter_days": "keep_work_calendar",
    "entitlements.grant_due": "keep_entitlements",
    "entitlements.lift_sanction": "keep_entitlements",
    "entitlements.look_back": "settle_look_back",
    "entitlements.notice_page": "take_applications",
    "entitlements.notices_page": "take_applications",
    "entitlements.photo": "take_applications",
    "entitlements.post_list": "decide_applications",
    "entitlements.record_notice": "take_applications",
    "entitlements.record_objection": "take_applications",
    "entitlements.remove_day": "keep_work_calendar",
    "entitlements.sanction_elder": "keep_entitlements",
    "entitlements.settle_look_back": "settle_look_back",
    "entitlements.take_application": "start_applications",
    "entitlements.withdraw": "take_applications",
    "entitlements.written_notice": "take_applications",
    "families.links_page": "keep_family_links",
    "families.make_link": "keep_family_links",
    "families.revoke_link": "keep_family_links",
    "volunteers.add_volunteer": "keep_volunteers",
    "volunteers.certificate": "see_volunteers",
    "volunteers.change_volunteer": "keep_volunteers",
    "volunteers.export": "see_volunteers",
    "volunteers.points_page": "keep_points",
    "volunteers.set_points": "keep_points",
    "volunteers.take_work_back": "keep_volunteers",
    "volunteers.type_work": "keep_volunteers",
    "volunteers.volunteer_page": "see_volunteers",
    "volunteers.volunteers_page": "see_volunteers",
    "family.cancel_meal": "public",
    "family.family_page": "public",
    "family.order_meal": "public",
    "funding.budgets_page": "see_funding",
    "funding.chart": "see_small_counts",
    "funding.export": "see_funding",
    "funding.history_page": "see_funding",
    "funding.record_income": "keep_funding",
    "funding.set_budget": "keep_funding",
    "funding.sources_page": "see_funding",
    "grants.grants_page": "see_people_masked",
    "health.healthz": "public",
    "home.index": "use_own_account",
    "htmx": "public",
    "menu_wall.public_index": "public",
    "menu_wall.public_page": "public",
    "menus.copy_menus": "keep_menus",
    "menus.copy_page": "keep_menus",
    "menus.copy_week": "keep_menus",
    "menus.clashes_page": "keep_menus",
    "menus.dish_page": "keep_menus",
    "menus.dishes_page": "keep_menus",
    "menus.guest_prices_page": "keep_menus",
    "menus.set_guest_price": "keep_menus",
    "menus.end_guest_price": "keep_menus",
    "menus.import_menu": "keep_menus",
    "menus.keep_dish": "keep_menus",
    "menus.paste_dishes": "keep_menus",
    "menus.remove_dish": "keep_menus",
    "menus.import_page": "keep_menus",
    "menus.preview_page": "keep_menus",
    "menus.save_prepared": "keep_menus",
    "menus.save_sitting": "keep_menus",
    "menus.save_week": "keep_menus",
    "menus.sitting_page": "keep_menus",
    "menus.upload_menu": "keep_menus",
    "menus.week_page": "keep_menus",
    "menus.write_page": "keep_menus",
    "orders.cancel_order": "take_orders",
    "orders.close_day": "keep_site",
    "orders.closing_page": "keep_site",
    "orders.change_order": "take_orders",
    "orders.keep_week": "take_orders",
    "orders.order_by_phone": "take_orders",
    "orders.phone_page": "take_orders",
    "orders.read_week_table": "take_orders",
    "orders.week_page": "take_orders",
    "orders.chain_page": "take_orders",
    "orders.order_chain": "take_orders",
    "orders.read_chain": "take_orders",
    "orders.end_standing": "take_orders",
    "orders.keep_standing": "take_orders",
    "orders.kitchen_page": "take_orders",
    "orders.orders_page": "take_orders",
    "orders.place_order": "take_orders",
    "orders.print_day_sheet": "take_orders",
    "orders.print_for_kitchen": "take_orders",
    "orders.standing_page": "take_orders",
    "committee.chart": "see_people_masked",
    "committee.export_month": "see_people_masked",
    "committee.export_names": "see_people_masked",
    "committee.month_page": "see_people_masked",
    "committee.names_page": "see_people_masked",
    "committee.questions_page": "see_people_masked",
    "people.add_event": "keep_elders",
    "people.add_person": "keep_elders",
    "people.add_status": "keep_elders",
    "people.cancel_event": "keep_elders",
    "people.change_person": "keep_elders",
    "people.edit_person": "keep_elders",
    "people.end_card": "keep_elders",
    "people.end_status": "keep_elders",
    "people.give_up_scheme": "keep_elders",
    "people.take_back_scheme": "keep_elders",
    "people.importing.bad_rows": "keep_elders",
    "people.importing.choose_file": "keep_elders",
    "people.importing.confirm": "keep_elders",
    "people.importing.preview": "keep_elders",
    "people.importing.result": "keep_elders",
    "people.importing.upload": "keep_elders",
    "people.issue_card": "keep_elders",
    "people.new_person": "keep_elders",
    "people.people_page": "keep_elders",
    "people.looks_page": "keep_elders",
    "people.person": "keep_elders",
    "people.unmask_id": "unmask",
    "places.add_exception": "keep_site",
    "places.calendar_page": "keep_site",
    "places.choose_site": "use_own_account",
    "places.remove_exception": "keep_site",
    "places.save_site": "keep_site",
    "places.site_page": "keep_site",
    "places.sites_page": "use_own_account",
    "print_api.claim": "print_jobs",
    "print_api.leave": "print_jobs",
    "print_api.outcome": "print_jobs",
    "print_api.postpone": "print_jobs",
    "print_api.printers": "print_jobs",
    "print_api.turn": "print_jobs",
    "printing.answer_held": "reprint",
    "printing.cancel_job": "reprint",
    "printing.change_printer": "keep_printers",
    "printing.create_printer": "keep_printers",
    "printing.deactivate_printer": "keep_printers",
    "printing.reactivate_printer": "keep_printers",
    "printing.make_default": "keep_printers",
    "printing.move_job": "reprint",
    "printing.move_waiting": "reprint",
    "printing.paper_page": "see_tickets",
    "printing.papers": "see_tickets",
    "printing.print_test_page": "keep_printers",
    "printing.printer_page": "keep_printers",
    "printing.printers": "see_tickets",
    "printing.reprint_ticket": "reprint",
    "printing.settle_uncertain": "reprint",
    "printing.want_job": "reprint",
    "purses.begin_credits": "run_credits",
    "purses.close": "keep_purses",
    "purses.correct": "keep_purses",
    "purses.credits_page": "run_credits",
    "purses.elder_page": "see_purses",
    "purses.freeze": "keep_purses",
    "purses.let_lapse": "run_credits",
    "purses.purses_page": "see_purses",
    "purses.refund": "refund_own_money",
    "purses.run_page": "run_credits",
    "purses.step_run": "run_credits",
    "purses.thaw": "keep_purses",
    "purses.top_up": "take_own_money",
    "second.pass_step": "public",
    "second.remove_passkey": "public",
    "second.set_up": "public",
    "second.set_up_page": "public",
    "second.step_page": "public",
    "staff.account": "use_own_account",
    "staff.account_page": "keep_staff",
    "staff.add_account": "keep_staff",
    "trail.audit_page": "see_audit",
    "trail.export": "see_audit",
    "staff.change_password": "use_own_account",
    "staff.change_second_step": "use_own_account",
    "staff.choose_language": "public",
    "staff.end_sessions": "use_own_account",
    "staff.lock_account": "keep_staff",
    "staff.new_account": "keep_staff",
    "staff.reset_password": "keep_staff",
    "staff.reset_second_step": "keep_staff",
    "staff.sign_in": "public",
    "staff.sign_in_page": "public",
    "staff.sign_out": "public",
    "staff.staff_page": "keep_staff",
    "staff.unlock_account": "keep_staff",
    "statements.books_page": "see_books",
    "statements.check_correction": "correct_books",
    "statements.close_month": "close_month",
    "statements.export": "see_statements",
    "statements.propose_correction": "correct_books",
    "statements.statement_page": "see_statements",
    "desk.builtin_page": "see_schemes",
    "desk.check_draft": "keep_schemes",
    "desk.compare_page": "see_schemes",
    "desk.discard_draft": "keep_schemes",
    "desk.draft": "keep_schemes",
    "desk.numbers": "keep_schemes",
    "desk.save_draft": "keep_schemes",
    "desk.save_numbers": "keep_schemes",
    "desk.start_draft": "keep_schemes",
    "desk.try_draft": "keep_schemes",
    "desk.try_page": "keep_schemes",
    "schemes.scheme_page": "see_schemes",
    "schemes.schemes_page": "see_schemes",
    "welfare.add_plan": "keep_visits",
    "welfare.end_plan": "keep_visits",
    "welfare.my_visits": "visit",
    "welfare.record_visit": "visit",
    "welfare.visits_page": "keep_visits",
    "welfare.check_page": "close_welfare_checks",
    "welfare.checks_page": "close_welfare_checks",
    "welfare.close_check": "close_welfare_checks",
    "welfare.elder_page": "see_all_checks",
    "welfare.raise_concern": "see_all_checks",
    "welfare.take_step": "close_welfare_checks",
    "switch.cancel_preview": "keep_schemes",
    "switch.end_version": "keep_schemes",
    "switch.export_preview": "keep_schemes",
    "switch.preview": "keep_schemes",
    "switch.preview_names": "keep_schemes",
    "switch.start_preview": "keep_schemes",
    "switch.switch_on": "keep_schemes",
    "switch.switch_on_page": "keep_schemes",
    "switch.withdraw_version": "keep_schemes",
}

#: What stands for a part of an address, by its name; numbers are 1, and a site is the own one.
SAMPLES = {"day_text": "2026-11-21", "slot": "lunch", "kind": "xlsx", "code": "zh", "token": "x"}
#: Everybody who might knock. A terminal has a bearer token, a person a session, nobody neither.
CALLERS = (*ROLES, "terminal", "nobody")

one_database = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


def routes(app: Flask) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            found.setdefault(rule.endpoint, []).append(rule)
    return found


@one_database
def test_the_table_is_complete(app: Flask) -> None:
    missing = {
        endpoint: getattr(app.view_functions[endpoint], "canteen_action", "NO MARK: answers 404 to everybody")
        for endpoint in routes(app)
        if endpoint not in EXPECTED
    }
    gone = sorted(set(EXPECTED) - set(routes(app)))

    assert missing == {}, f"routes that are not in EXPECTED (check each action, then add it): {missing}"
    assert gone == [], f"EXPECTED names routes that are not there: {gone}"


@one_database
def test_a_route_needs_its_action(app: Flask) -> None:
    found = {endpoint: getattr(app.view_functions[endpoint], "canteen_action", None) for endpoint in routes(app)}

    changed = {
        endpoint: f"{found[endpoint]}, not {action}"
        for endpoint, action in EXPECTED.items()
        if endpoint in found and found[endpoint] != action
    }
    assert changed == {}


def test_every_action_exists_and_is_used() -> None:
    assert sorted(set(EXPECTED.values()) - {"public"} - set(ALLOWED)) == []


@dataclass(frozen=True)
class Knock:
    """One caller at one address."""

    client: FlaskClient
    form: dict[str, str]
    headers: dict[str, str]


def knocks(app: Flask, site: Place) -> dict[str, Knock]:
    """Every caller with what it has, made straight in the tables and the cookie: the walk is long."""
    secret = app.secret_key
    assert isinstance(secret, str)
    form = {"csrf_token": URLSafeTimedSerializer(secret, salt="wtf-csrf-token").dumps("raw")}
    now = clock.now()
    people = {role: make_staff(role, site=site) for role in ROLES}
    with transaction() as session:
        sessions = {
            role: accounts.start_session(session, staff_id=person.id, epoch=0, at=now)
            for role, person in people.items()
        }
    token = service.add_token(COMMAND, name="一号机", site_id=site.id, role="terminal", now=now)
    found = {}
    for caller in CALLERS:
        client = app.test_client()
        with client.session_transaction() as held:
            held.update({"csrf_token": "raw"})
            if caller in sessions:
                held.update({"_user_id": sessions[caller], "_fresh": True, "seen": int(now.timestamp())})
        bearer = {"Authorization": f"Bearer {token}"} if caller == "terminal" else {}
        found[caller] = Knock(client, form, bearer)
    return found


def address(app: Flask, rule: Rule, site: Place) -> str:
    samples: dict[str, object] = {name: SAMPLES.get(name, 1) for name in rule.arguments}
    if "site_id" in samples:
        samples["site_id"] = site.id
    with app.test_request_context():
        return app.url_map.bind("localhost").build(rule.endpoint, samples)


def knock(app: Flask, rule: Rule, at: Knock, site: Place) -> TestResponse:
    path = address(app, rule, site)
    if "POST" in (rule.methods or ()):
        return at.client.post(path, data=at.form, headers=at.headers)
    return at.client.get(path, headers=at.headers)


def verdict(answer: TestResponse) -> str:
    """What an answer means for the door: in, who are you, no, or broken."""
    if answer.status_code >= 500:
        return f"broken ({answer.status_code})"
    to_sign_in = answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in")
    if answer.status_code == 401 or to_sign_in:
        return "sign in first"
    return "no" if answer.status_code == 403 else "in"


def expected(action: str, caller: str, *, is_api: bool) -> str:
    is_known = caller == "terminal" if is_api else caller in ROLES
    if not is_known:
        return "sign in first"
    return "in" if caller in ALLOWED[action] else "no"


@one_database
@pytest.mark.parametrize("endpoint", EXPECTED)
def test_the_door_opens_for_the_right_people_only(app: Flask, endpoint: str) -> None:
    site = make_site()
    callers = knocks(app, site)

    for rule in routes(app)[endpoint]:
        found = {caller: verdict(knock(app, rule, at, site)) for caller, at in callers.items()}
        if EXPECTED[endpoint] == "public":  # signing in and out may well end at the sign-in page
            assert set(found.values()) <= {"in", "sign in first"}
            continue
        is_api = rule.rule.startswith("/api/")
        assert found == {caller: expected(EXPECTED[endpoint], caller, is_api=is_api) for caller in CALLERS}


@one_database
def test_an_address_that_names_a_foreign_site_leads_nowhere(app: Flask) -> None:
    own, foreign = make_site(), make_site("柳树村助餐点", path="金溪县/石桥镇/柳树村")
    callers = knocks(app, own)
    naming = [rule for rules in routes(app).values() for rule in rules if "site_id" in rule.arguments]

    found = {
        (rule.endpoint, role): knock(app, rule, callers[role], foreign).status_code
        for rule in naming
        for role in sorted(ALLOWED[EXPECTED[rule.endpoint]] - {"terminal"})
    }

    assert len(naming) > 0
    assert {knocked: status for knocked, status in found.items() if status != 404} == {}


@one_database
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_an_address_that_is_not_there_is_not_there_for_anybody(app: Flask, method: str) -> None:
    statuses = {
        caller: getattr(at.client, method)("/nowhere", data=at.form, headers=at.headers).status_code
        for caller, at in knocks(app, make_site()).items()
    }

    assert statuses == dict.fromkeys(CALLERS, 404)
