"""The house rules hold for every file, and the checker itself catches what it should."""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import re
import sys
import tomllib
from collections import Counter
from dataclasses import fields
from functools import cache
from importlib.resources import files
from pathlib import Path, PurePath

import pytest
from flask import Flask

from canteen.base.config import ROOT, Settings
from tests.architecture.house import FORBIDDEN, Source, broken_rules, broken_template_rules

SOURCES = sorted(path.relative_to(ROOT) for path in ROOT.glob("canteen/**/*.py"))
TEMPLATES = sorted(path.relative_to(ROOT / "canteen/templates") for path in ROOT.glob("canteen/templates/**/*.html"))


@cache
def source(path: Path) -> Source:
    return Source(PurePath(path), (ROOT / path).read_text("utf-8"))


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_source_keeps_the_house_rules(path):
    assert broken_rules(source(path)) == []


CLOCK = "line 2: {}() reads a clock; only clock.py does"
ONE_WAY = "{} may not import {}: imports go one way"
PLANTED = {
    "rules: database": ("people/rules.py", "import sqlalchemy.orm", "rules may not import sqlalchemy.orm"),
    "rules: flask": ("people/rules.py", "from flask import g", "rules may not import flask.g"),
    "rules: clock": ("people/rules.py", "from canteen.base import clock", "rules may not import canteen.base.clock"),
    "rules: upwards": (
        "people/rules.py",
        "from canteen.people.models import Elder",
        ONE_WAY.format("rules", "canteen.people.models.Elder"),
    ),
    "view: database, hidden in a function": (
        "people/views.py",
        "def show():\n    import sqlalchemy",
        "views may not import sqlalchemy",
    ),
    "view: session": (
        "people/views.py",
        "from canteen.base.db import reading",
        "views may not import canteen.base.db.reading",
    ),
    "view catches": (
        "people/views.py",
        "try:\n    pass\nexcept ValueError:\n    pass",
        "line 1: views has no try; one handler shows every error",
    ),
    "a service package is a service": (
        "people/service/moving.py",
        "from flask import request",
        "service may not import flask.request",
    ),
    "a view in a room of its own": (
        "people/importing/views.py",
        "import sqlalchemy",
        "views may not import sqlalchemy",
    ),
    "a view in a package of views": ("desk/views/drafts.py", "import sqlalchemy", "views may not import sqlalchemy"),
    "a form by the end of its name": (
        "printing/sending/agent_forms.py",
        "import sqlalchemy",
        "forms may not import sqlalchemy",
    ),
    "another feature's service": (
        "menus/views.py",
        "from canteen.people.service import move_elder",
        "canteen.people.service.move_elder belongs to people alone",
    ),
    "query: upwards": (
        "menus/queries.py",
        "from canteen.menus import forms",
        ONE_WAY.format("queries", "canteen.menus.forms"),
    ),
    "commit": ("people/service.py", "def move(session):\n    session.commit()", "line 2: only db.py commits"),
    "naked session": (
        "people/service.py",
        "from canteen.base.db import database\ndatabase.session.add(1)",
        "line 2: database.session is for db.py; use reading() or transaction()",
    ),
    "nesting": (
        "people/ledger.py",
        "def post(session):\n    with transaction() as other: pass",
        "line 2: post has a session and opens another",
    ),
    "clock by module": (
        "base/web.py",
        "import datetime\nday = datetime.date.today()",
        CLOCK.format("datetime.date.today"),
    ),
    "clock by another name": (
        "base/web.py",
        "from datetime import datetime as d\nd.now()",
        CLOCK.format("datetime.datetime.now"),
    ),
    "time()": ("base/web.py", "from time import time\ntime()", CLOCK.format("time.time")),
    "service asks the clock": (
        "people/service.py",
        "from canteen.base import clock\nclock.now()",
        "line 2: only views and commands ask for the time; take now or day as an argument",
    ),
}


@pytest.mark.parametrize(("path", "text", "sentence"), PLANTED.values(), ids=PLANTED)
def test_a_planted_violation_is_caught(path, text, sentence):
    assert broken_rules(Source(PurePath("canteen", path), text)) == [sentence]


FOLDERS = sorted({path.parent for path in SOURCES if len(path.parts) > 2})


@pytest.mark.parametrize("role", FORBIDDEN)
@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_the_law_binds_every_folder(folder, role):
    """A file of any role, planted in any folder, is not let through with what its role forbids."""
    planted = Source(PurePath(folder, f"{role}.py"), f"import {FORBIDDEN[role][0]}")

    assert broken_rules(planted) == [f"{role} may not import {FORBIDDEN[role][0]}"]


def test_no_room_is_crowded():
    """At most fifteen files a folder, three hundred lines a file, nothing loose beside ``create_app``."""
    files_in = Counter(path.parent.as_posix() for path in SOURCES if path.name != "__init__.py")
    long = {path.as_posix(): n for path in SOURCES if (n := len((ROOT / path).read_text("utf-8").splitlines())) > 300}

    assert {folder: n for folder, n in files_in.items() if n > 15} == {}
    assert long == {}
    assert [path.name for path in SOURCES if len(path.parts) == 2] == ["__init__.py"]


def test_a_class_name_lives_once():
    """Whoever reads a name knows which thing is meant; two rooms that say the same word add whose it is."""
    names = Counter(node.name for path in SOURCES for node in source(path).tree.body if isinstance(node, ast.ClassDef))

    assert [name for name, times in names.items() if times > 1 and not name.startswith("_")] == []


def test_no_template_line_is_wide():
    wide = {
        f"{path}:{number}"
        for path in TEMPLATES
        for number, line in enumerate((ROOT / "canteen/templates" / path).read_text("utf-8").splitlines(), 1)
        if len(line) > 160
    }

    assert sorted(wide) == []


ALLOWED = {
    "clock.py reads the clock": ("base/clock.py", "from datetime import UTC, datetime\ndatetime.now(UTC)"),
    "db.py commits": ("base/db/__init__.py", "session.commit()"),
    "a command asks the time": ("people/commands.py", "from canteen.base import clock\ncommands = [clock.now()]"),
    "a deadline is not a time of day": ("printing/sending/worker.py", "import time\ntime.monotonic()"),
    "a neighbour's queries": ("menus/queries.py", "from canteen.people import queries"),
}


@pytest.mark.parametrize(("path", "text"), ALLOWED.values(), ids=ALLOWED)
def test_what_is_allowed_is_not_caught(path, text):
    assert broken_rules(Source(PurePath("canteen", path), text)) == []


@cache
def imports_of() -> dict[str, set[str]]:
    """Module of canteen -> the modules it imports: its own ones, and others by their full names."""
    modules = {source(path).module: set(source(path).imports()) for path in SOURCES}

    def module(name: str) -> str:
        """``canteen.base.money.yuan`` is in ``canteen.base.money``."""
        parts = name.split(".")
        ends = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
        return next((found for found in ends if found in modules), name)

    return {name: {module(imported) for imported in found} for name, found in modules.items()}


def impurities(module: str) -> set[str]:
    """What no rule may use, among everything the module imports directly or through others."""
    reached, waiting = set(), [module]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += imports_of().get(name, ())
    return {name for name in reached for bad in FORBIDDEN["rules"] if f"{name}.".startswith(f"{bad}.")}


@pytest.mark.parametrize("path", [path for path in SOURCES if source(path).role == "rules"], ids=str)
def test_rules_stay_pure_through_everything_they_import(path):
    """A rule may use other modules, as long as nothing behind them touches database, web, clock or settings."""
    assert impurities(source(path).module) == set()


def test_impurity_behind_another_module_is_seen():
    assert "canteen.base.db" in impurities("canteen.counter.tickets")


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_template_keeps_the_house_rules(path):
    assert broken_template_rules((ROOT / "canteen/templates" / path).read_text("utf-8")) == []


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_template_compiles(app: Flask, path):
    assert app.jinja_env.get_template(path.as_posix()).name == path.as_posix()


FIVE = '<p hx-get="/" hx-target="a" hx-swap="b" hx-vals="c" hx-push-url="d">'
PLANTED_IN_TEMPLATE = {
    "inline script": ("<script>go()</script>", "inline script: <script>"),
    "style sheet": ("<style>p {}</style>", "inline style sheet"),
    "style attribute": ('<p style="color:red">', 'inline style: <p style="color:red">'),
    "event handler": ('<p onclick="go()">', 'inline onclick: <p onclick="go()">'),
    "htmx event handler": ('<p hx-on:click="go()">', 'inline hx-on:click: <p hx-on:click="go()">'),
    "script address": ('<a href="javascript:go()">', 'script in an attribute: <a href="javascript:go()">'),
    "from outside": ('<img src="//example.org/a">', 'something from outside: <img src="//example.org/a">'),
    "five hx-": (FIVE, f"more than four hx- attributes: {FIVE}"),
    "Chinese text": ("<p>今天</p>", "Chinese without _(): <p>今天</p>"),
    "Chinese in an attribute": ('<p title="今天">', 'Chinese without _(): <p title="今天">'),
    "no token": (
        '<form action="/" method="post"></form>',
        'a form without its token: <form action="/" method="post"></form>',
    ),
    "no action": ("<form>{{ csrf() }}</form>", "a form without action or method: <form>{{ csrf() }}</form>"),
}


@pytest.mark.parametrize(("text", "sentence"), PLANTED_IN_TEMPLATE.values(), ids=PLANTED_IN_TEMPLATE)
def test_a_planted_template_violation_is_caught(text, sentence):
    assert broken_template_rules(text) == [sentence]


def test_a_good_template_is_not_caught():
    text = """{# 说明 #}<form action="{{ url_for('x') }}" method="post" hx-post="/" hx-target="#a">{{ csrf() }}
    <button class="{{ 'on' if a > b }}">✓ {{ _('保存') }}</button></form><script src="/a.js" defer></script>"""

    assert broken_template_rules(text) == []


def test_htmx_is_the_file_that_was_looked_at():
    """htmx.min.js 2.0.3, byte for byte as its makers published it."""
    script = files("js_lib_htmx").joinpath("static/htmx/htmx.min.js").read_bytes()

    assert hashlib.sha256(script).hexdigest() == "491955cd1810747d7d7b9ccb936400afb760e06d25d53e4572b64b6563b2784e"


def test_every_setting_is_documented_with_its_default():
    text = (ROOT / "docs/operating.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(CANTEEN_\w+)` \| (.*?) \|", text, re.MULTILINE))

    for setting in fields(Settings):
        default = rows[f"CANTEEN_{setting.name.upper()}"].strip("`")
        shown = {"data_dir": "var", "https": "0"}.get(setting.name, str(setting.default))
        assert default == (shown or "empty"), setting.name


def test_every_variable_read_anywhere_is_documented():
    text = (ROOT / "docs/operating.md").read_text("utf-8")
    sources = [(ROOT / path).read_text("utf-8") for path in [*SOURCES, Path("dev.py")]]
    read = {name for source in sources for name in re.findall(r"CANTEEN_[A-Z_]*[A-Z]\b", source)}

    assert {name for name in read if name not in text} == {"CANTEEN_X_Y"}  # the docstring that explains the names


def pins(text: str) -> dict[str, str]:
    """Distribution -> exact version of every line ``name[extra]==version``."""
    return {plain(name): version for name, version in re.findall(r"^([\w.-]+)(?:\[\w+\])?==([^\s;]+)", text, re.M)}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(file: str) -> dict[str, str]:
    return pins((ROOT / file).read_text("utf-8"))


def wanted() -> tuple[dict[str, str], dict[str, str]]:
    """The direct dependencies of ``pyproject.toml``: what the canteen needs, and what its tests need besides."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    runtime, dev = project["project"]["dependencies"], project["dependency-groups"]["dev"]
    return pins("\n".join(runtime)), pins("\n".join(dev))


def test_the_pinned_files_follow_the_lists():
    runtime, dev = wanted()

    assert runtime.items() <= pinned("requirements.txt").items()
    assert dev.items() <= pinned("requirements-dev.txt").items()
    assert not set(dev) & set(pinned("requirements.txt")), "a village PC installs a tool of the tests"


def test_requirements_name_no_registry_and_pin_every_file_by_hash():
    for file in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / file).read_text("utf-8")
        assert not re.search(r"https?:|file:|--(extra-)?index|--find-links", text), file
        for block in re.split(r"\n(?=\S)", text):
            assert "==" not in block or "--hash=sha256:" in block, block


def test_every_direct_dependency_is_imported_and_every_import_is_one():
    """The driver ``psycopg`` is named by the database's URL, ``django-js-lib-htmx`` is read as a resource, and
    ``python-escpos`` is loaded by name, only where a USB or serial printer hangs."""
    runtime, _ = wanted()
    owners = importlib.metadata.packages_distributions()
    names = {name.split(".")[0] for path in SOURCES for name in source(path).imports()}
    names |= {"psycopg", "js_lib_htmx", "escpos"}
    third_party = names - set(sys.stdlib_module_names) - {"canteen"}

    imported = {plain(owners[name][0]) for name in third_party}

    assert imported == set(runtime)
