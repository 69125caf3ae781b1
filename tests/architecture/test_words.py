"""A word of the trade is said once: every place that holds or offers a kind of word is walked, and a stale one is named.

What a place holds is read from the place itself: the migrated database, the page as it is sent, the description of the
API, the catalogue. ``test_a_planted_word_is_missed_where_it_must_be_added`` adds words to a copy of the program and runs
these very tests there: what fails is exactly what somebody who adds such a word still has to do.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from html.parser import HTMLParser

import flask_migrate
import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient
from sqlalchemy import CheckConstraint, inspect

from canteen import create_app
from canteen.base import clock
from canteen.base.access import ALLOWED
from canteen.base.config import Settings
from canteen.base.db import Base, database, transaction
from canteen.base.db.migrating import MIGRATIONS, migrate
from canteen.base.words import (
    APPLICANTS,
    CONFIRMED_BY,
    DOOR_PAY_WAYS,
    GRADES,
    GUEST_KINDS,
    LABELS,
    LIFE_KINDS,
    OPERATING_MODELS,
    PAY_WAYS,
    PROVIDER_KINDS,
    ROLES,
    SERVICES,
    SLOTS,
    STATUSES,
    TOP_UP_WAYS,
    WAYS,
    WORDS,
    codes,
    label_in,
)
from canteen.care.models import Provider
from canteen.counter.openapi import SCHEMAS
from canteen.counter.requests import ServeRequest
from canteen.counter.servings import record_serving
from canteen.deliveries.requests import NewStop, RouteChange
from canteen.deliveries.service import routes
from canteen.desk import service as desk
from canteen.desk.reading_back.vocabulary import VALUES
from canteen.desk.requests import NewDraft
from canteen.menus.importing.words import SLOT_WORDS
from canteen.places.rules import USUAL_HOURS
from canteen.printing.models import Printer
from canteen.printing.papers.kinds import KINDS
from canteen.purses.rules import OTHER_SIDE
from tests.architecture.messages import ROOT
from tests.conftest import KEY
from tests.entitlements.office import SCHEME, switch
from tests.factories import make_elder, make_menu, make_site, make_staff, sign_in

Codes = Collection[str]

#: CHECK constraints that were made from words (``db.check_one_of``): name -> the words.
CHECKS = {
    str(constraint.name): set(constraint.info["words"])
    for table in Base.metadata.sorted_tables
    for constraint in table.constraints
    if isinstance(constraint, CheckConstraint) and "words" in constraint.info
}


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, set[str]]]:
    """CHECK constraint of the database the migrations make -> the words it names."""
    app = create_app(Settings(env="test", data_dir=tmp_path_factory.mktemp("migrated"), secret_key=KEY))
    with app.app_context():
        migrate(app)
        flask_migrate.upgrade(str(MIGRATIONS))
        seen = inspect(database.engine)
        yield {
            str(check["name"]): set(re.findall(r"'(\w*)'", check["sqltext"]))
            for table in seen.get_table_names()
            for check in seen.get_check_constraints(table)
        }
        database.session.remove()
        database.engine.dispose()


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_the_migrated_database_takes_every_word(migrated, name):
    assert migrated[name] == CHECKS[name], "a migration has to make this constraint anew"


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("ServeRequest.slot", SLOTS),
        ("ServeRequest.guest_kind", GUEST_KINDS),
        ("ServeRequest.way", WAYS),
        ("ServeRequest.pay_way", PAY_WAYS),
        ("Serving.slot", SLOTS),
        ("Elder.state", ("active", *LIFE_KINDS)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_terminals_are_told_every_word(field, words):
    schema, name = field.split(".")

    assert SCHEMAS[schema]["properties"][name]["enum"] == list(words)


#: Other tables by word, each complete: what a new word needs besides its name.
TABLES: dict[str, tuple[Codes, Codes]] = {
    "usual hours": (SLOTS, USUAL_HOURS),
    "what a menu file calls a slot": (SLOTS, SLOT_WORDS),
    "kinds of paper": (WORDS["paper"], KINDS),
    "other side of a purse line": (WORDS["purse_line"], {*OTHER_SIDE, "reversal"}),
    "what each role may do": (WORDS["role"], {role for roles in ALLOWED.values() for role in roles}),
    "statuses read back": (STATUSES, VALUES["any_status"]),
    "applicants read back": (APPLICANTS, VALUES["applicants"]),
}


@pytest.mark.parametrize("table", TABLES)
def test_a_table_by_word_has_them_all(table):
    words, found = TABLES[table]

    assert set(found) == set(words)


@pytest.mark.parametrize("state", codes("job"))
def test_every_state_of_a_paper_is_shown(app, state):
    with app.test_request_context():
        assert WORDS["job"][state] in render_template("printing/_state.html", state=state)


def test_a_label_of_a_person_stands_in_no_name():
    """Statuses that are no judgement may; the short forms are found in the longer ones."""
    free = {label for label in STATUSES.values() if not label_in(label)}

    assert free == {"劳动模范", "子女不在本地", "机构供养", "退役军人", "市级以上劳动模范", "特殊贡献"}
    assert all(label_in(f"{label}套餐") for label in LABELS)


class _Offers(HTMLParser):
    """What a page offers, by field: options of selects, radio buttons, boxes, and ``field=`` in addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, set[str]] = {}
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "select":
            self._select = given.get("name", "")
        elif tag == "option":
            self._add(self._select, given.get("value", ""))
        elif tag == "input" and given.get("type") in ("radio", "checkbox"):
            self._add(given.get("name", ""), given.get("value", ""))
        elif tag == "a":
            for name, value in re.findall(r"[?&](\w+)=(\w+)", given.get("href", "")):
                self._add(name, value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""

    def _add(self, field: str, value: str) -> None:
        self.found.setdefault(field, set()).add(value)


#: Somebody owes money for a meal, so that money may arrive.
FREE = 'id = "free"\nversion = "1"\nname = "免费"\nstack_group = "free"\neligible = {}\namount = { kind = "free" }\n'


@dataclass(frozen=True)
class Town:
    """One site with something of everything that is chosen from."""

    manager: FlaskClient
    officer: FlaskClient
    elder: int
    serving: int
    route: int
    printer: int
    provider: int
    draft: int
    version: int


@pytest.fixture
def town(app: Flask) -> Town:
    now = clock.now()
    site = make_site()
    manager, officer = make_staff("manager", site=site), make_staff("administrator")
    elder, fed = make_elder(site=site), make_elder(site=site)
    for slot in ("lunch", "dinner"):  # whichever is on while the test runs
        make_menu(site, day=clock.today(), slot=slot)
    route = routes.keep_route(
        RouteChange(site_id=site.id, route_id=None, name="东线", staff_id=None), actor=manager.actor, now=now
    )
    routes.add_stop(NewStop(route_id=route, elder_id=elder), actor=manager.actor, now=now)
    version, _ = switch(SCHEME), switch(FREE)
    draft = desk.start_draft(NewDraft(f"version:{version}", 1), actor=officer.actor, now=now)
    with transaction() as session:
        request = ServeRequest(key="chosen-from", site_id=site.id, slot="lunch", guest_kind="other", day=clock.today())
        served = record_serving(session, request, actor=manager.actor, now=now)
        record_serving(
            session, replace(request, key="owed-for", guest_kind="", elder_id=fed), actor=manager.actor, now=now
        )
        printer = Printer(site_id=site.id, name="柜台", address="screen://a")
        provider = Provider(
            area_id=site.area_id, name="测试服务队", kind="business", phone="", licence="", services=[], created_at=now
        )
        session.add_all([printer, provider])
        session.flush()
        ids = printer.id, provider.id
    return Town(
        sign_in(app.test_client(), manager),
        sign_in(app.test_client(), officer),
        elder,
        served.id,
        route,
        *ids,
        draft,
        version,
    )


@dataclass(frozen=True)
class Offer:
    """A field of a page and the words it must offer. ``also``: what it offers besides."""

    who: str
    page: str
    field: str
    words: Codes
    also: frozenset[str] = frozenset({""})


def without(words: Codes, *left_out: str) -> Codes:
    return [word for word in words if word not in left_out]


OFFERS = [
    Offer("manager", "/counter/guest", "kind", GUEST_KINDS),
    Offer("manager", "/counter/guest", "way", without(WAYS, "delivery", "proxy")),
    Offer("manager", "/counter/guest", "pay_way", without(PAY_WAYS, "purse")),
    Offer("manager", "/counter/find?elder={0.elder}", "way", without(WAYS, "delivery")),
    Offer("manager", "/counter/find?elder={0.elder}", "pay_way", without(PAY_WAYS, "purse")),
    Offer("manager", "/counter/servings/{0.serving}", "reason_choice", without(WORDS["void_reason"], "mistake")),
    Offer("manager", "/site", "served", SLOTS),
    Offer("manager", "/site", "operating_model", OPERATING_MODELS),
    Offer("manager", "/orders?q=王", "way", WAYS),
    Offer("manager", "/deliveries/routes/{0.route}", "pay_way", DOOR_PAY_WAYS),
    Offer("manager", "/purses/elders/{0.elder}", "pay_way", TOP_UP_WAYS),
    Offer("manager", "/people/new", "sex", codes("sex")),
    Offer("manager", "/people/new", "settlement", codes("settlement")),
    Offer("manager", "/people/new", "ability", codes("ability")),
    Offer("manager", "/people/new", "permit", codes("permit")),
    Offer("manager", "/people/new", "living", codes("living")),
    Offer("manager", "/people/{0.elder}", "status_kind", STATUSES),
    Offer("manager", "/people/{0.elder}", "event_kind", LIFE_KINDS),
    Offer("manager", "/care/new?elder_id={0.elder}", "kind", SERVICES),
    Offer("manager", "/care/new?elder_id={0.elder}", "pay_way", PAY_WAYS),
    Offer("manager", "/care/new?elder_id={0.elder}", "confirmed_by", CONFIRMED_BY),
    Offer("officer", "/care/providers/new", "kind", PROVIDER_KINDS),
    Offer("officer", "/care/providers/new", "services", SERVICES),
    Offer("officer", "/care/providers/{0.provider}", "grade", GRADES),
    Offer("officer", "/funding/sources", "kind", codes("income")),
    Offer("officer", "/staff/new", "role", ROLES),
    Offer("manager", "/printing/printers/{0.printer}", "fence", codes("fence")),
    Offer("manager", "/printing/printers/{0.printer}", "mode", codes("print_mode")),
    Offer("officer", "/entitlements/elders/{0.elder}/apply/{0.version}", "applicant", APPLICANTS),
    Offer("officer", "/entitlements/elders/{0.elder}/apply/{0.version}", "channel", codes("channel")),
    Offer("officer", "/entitlements/elders/{0.elder}/apply/{0.version}", "purpose", codes("purpose")),
    Offer("officer", "/schemes/drafts/{0.draft}/try", "slot0", SLOTS),
    Offer("officer", "/schemes/drafts/{0.draft}/try", "way0", WAYS),
    Offer("officer", "/schemes/drafts/{0.draft}/try", "statuses", STATUSES),
    Offer("officer", "/schemes/drafts/{0.draft}/try", "ability", codes("ability")),
]


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("offer", OFFERS, ids=lambda one: f"{one.page.partition('?')[0]} {one.field}")
def test_the_page_offers_every_word(town, offer):
    client: FlaskClient = getattr(town, offer.who)
    answer = client.get(offer.page.format(town), follow_redirects=True)
    page = _Offers()
    page.feed(answer.get_data(as_text=True))

    assert answer.status_code == 200
    assert page.found.get(offer.field, set()) - offer.also == set(offer.words)


#: A word that somebody adds, after which word of the vocabulary, and what then has to be done: no more than this fails.
PLANTED = {
    '"other": ("其他散客", "Other guest")': ('"student": ("学生", "Student")', set()),
    '"purse": ("自有资金", "Own money")': (
        '"card": ("银行卡", "Bank card")',
        {"ck_serving_pay_way", "ck_care_service_pay_way"},
    ),
    '"wrong_set": ("套餐登记错了", "Wrong set recorded")': ('"spilt": ("餐洒了", "Spilt")', set()),
    '"civil_affairs": ("民政", "Civil affairs")': ('"auditor": ("审计", "Auditor")', {"what each role may do"}),
    '"dementia": ("失智", "dementia")': ('"bedridden": ("长期卧床", "Bedridden")', set()),
    '"dinner": ("晚餐", "Dinner")': (
        '"supper": ("夜宵", "Supper")',
        {
            "ck_menu_slot",
            "ck_site_slot_slot",
            "ck_meal_order_slot",
            "ck_serving_slot",
            "ck_standing_order_slot",
            "ck_frozen_count_slot",
        }
        | {"usual hours", "/site served", "/site operating_model"},
    ),
}


def test_a_planted_word_is_missed_where_it_must_be_added(tmp_path):
    for folder in ("canteen", "migrations", "tests", "docs"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    vocabulary = tmp_path / "canteen/base/words/vocabulary.py"
    text = vocabulary.read_text("utf-8")
    for after, (planted, _) in PLANTED.items():
        assert text.count(after) == 1
        text = text.replace(after, f"{after}, {planted}")
    vocabulary.write_text(text, "utf-8")

    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "--tb=no", "-rf"]
    here = "tests/architecture/test_words.py"
    run = subprocess.run(
        [*command, "-k", "not planted and not postgresql", here],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    missed = set(re.findall(r"^FAILED .*?\[(.+?)(?:-sqlite)?\]", run.stdout, re.M))
    assert missed == set().union(*(places for _, places in PLANTED.values())), run.stdout
