"""A drill: every form, page, importer, terminal, cookie and header with hostile input, as every role.

    python -m tests.drills.fuzz --inputs 100000 [--seed 1] [--postgresql]

It walks the pages of an invented canteen as everybody, keeps the forms it finds, and sends them back spoiled. An answer
of 500, a request that works too much, and memory that stays are findings. The suite does the same with fewer inputs.
"""

from __future__ import annotations

import argparse
import collections
import io
import json
import logging
import random
import re
import resource
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask
from sqlalchemy import event, select, update
from werkzeug.datastructures import MultiDict
from werkzeug.test import EnvironBuilder

from canteen import create_app
from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.config import Settings
from canteen.base.db import Base, database, reading, transaction
from canteen.places.models import Area, Site
from canteen.staff import accounts, service
from canteen.staff.models import Staff
from tests.architecture.test_routes import SAMPLES, Knock, knocks, routes
from tests.drills import hostile
from tests.factories import Place
from tests.postgresql import PostgreSQL

#: Statements of one request; the largest page of the demo needs some 60.
MOST_STATEMENTS = 5_000
#: Seconds of the processor, not of the clock: the dearest page of the demo needs a tenth.
MOST_SECONDS = 10
#: Pages a caller looks at, and addresses of one endpoint among them.
MOST_PAGES, MOST_ALIKE = 250, 3
#: These would end what the walk needs.
ENDS = {"staff.sign_out"}
#: What stands in a field that a page leaves empty, by its type: so that a form gets as far as what is spoiled in it.
PLAUSIBLE = {
    "number": "1",
    "date": "2026-11-21",
    "month": "2026-11",
    "time": "11:30",
    "hidden": "",
    "textarea": "测试说明",
}
#: Answers that are no fault although they begin with a 5.
HONEST = {501}


@dataclass(frozen=True)
class Form:
    """A form, or an address alone, and who found it."""

    caller: str
    method: str
    path: str
    fields: tuple[tuple[str, str], ...] = ()
    files: tuple[str, ...] = ()


class _Forms(HTMLParser):
    """The forms and links of a page."""

    def __init__(self, caller: str, path: str) -> None:
        super().__init__()
        self.caller, self.path, self.links = caller, path, []
        self.forms: list[tuple[str, str, list[tuple[str, str]], list[str]]] = []
        self._choosing = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.links += [told[name] for name in ("href", "hx-get", "src") if name in told]
        if tag == "form":
            self.forms.append((told.get("method", "get").upper(), told.get("action") or self.path, [], []))
        elif self.forms and tag == "option" and self._choosing:
            self._take(self._choosing, told.get("value", ""))
            self._choosing = "" if told.get("value") else self._choosing
        elif self.forms and tag == "select":
            self._choosing = told.get("name", "")
        elif self.forms and told.get("type") == "file":
            self.forms[-1][3].append(told.get("name", ""))
        elif self.forms and told.get("name"):
            self._take(told["name"], told.get("value") or PLAUSIBLE.get(told.get("type", tag), "测试"))

    def _take(self, name: str, value: str) -> None:
        fields = self.forms[-1][2]
        fields[:] = [*((known, was) for known, was in fields if known != name), (name, value)]


@dataclass
class Findings:
    """What the drill found, and what it saw."""

    #: The first input of each kind of fault, and how often each came.
    faults: dict[str, str] = field(default_factory=dict)
    counts: collections.Counter[str] = field(default_factory=collections.Counter)
    statuses: collections.Counter[int] = field(default_factory=collections.Counter)
    most_statements: int = 0
    slowest: tuple[float, str] = (0.0, "")

    def add(self, kind: str, told: str) -> None:
        self.counts[kind] += 1
        self.faults.setdefault(kind, told[:1500])


class _Errors(logging.Handler):
    """Where an error 500 came from."""

    last = ""

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1] is not None:
            error, frame = record.exc_info[1], record.exc_info[2]
            places = []
            while frame is not None:
                code = frame.tb_frame.f_code
                if "/canteen/" in code.co_filename:
                    places.append(f"{code.co_filename.rpartition('/canteen/')[2]}:{frame.tb_lineno}")
                frame = frame.tb_next
            self.last = f"{type(error).__name__}: {str(error)[:120]} at {' < '.join(places[-1:-4:-1])}"


class Fuzzer:
    """Everybody of an invented canteen, and the forms each of them finds."""

    def __init__(self, app: Flask, seed: int) -> None:
        self.app, self.chance, self.found = app, random.Random(seed), Findings()
        self._errors = _Errors()
        logging.getLogger("canteen").addHandler(self._errors)
        self._statements = 0
        event.listen(database.engine, "before_cursor_execute", self._count)
        with reading() as session:
            site = session.execute(select(Site.id, Site.code, Site.name, Site.area_id, Area.path).join(Area)).first()
        assert site is not None
        self.site = Place(*site)
        self.callers = knocks(app, self.site)
        agent = service.add_token(COMMAND, name="打印机", site_id=self.site.id, role="print_agent", now=clock.now())
        self.callers["agent"] = Knock(app.test_client(), {}, {"Authorization": f"Bearer {agent}"})
        self.forms = [form for caller in self.callers for form in self._walk(caller)]
        self.addresses = list(self._addresses())

    def _count(self, *_: Any) -> None:
        self._statements += 1

    def _walk(self, caller: str) -> Iterator[Form]:
        """The forms of the pages a caller can reach by links; the first pages of each kind."""
        waiting, seen, alike = ["/"], {"/"}, collections.Counter[str]()
        pages = 0
        while waiting and pages < MOST_PAGES:
            path = waiting.pop(0)
            answer = self.callers[caller].client.get(path, headers=self.callers[caller].headers)
            pages += 1
            if answer.mimetype != "text/html":
                continue
            page = _Forms(caller, path)
            page.feed(answer.get_data(as_text=True))
            for link in page.links:
                there = urlsplit(link)
                kind = re.sub(r"\d+", "0", there.path)
                if (
                    link.startswith("/")
                    and not link.startswith("/static")
                    and link not in seen
                    and alike[kind] < MOST_ALIKE
                ):
                    seen.add(link)
                    alike[kind] += 1
                    waiting.append(link)
            for method, action, fields, files in page.forms:
                yield Form(caller, method, urlsplit(action).path, tuple(fields), tuple(files))

    def _addresses(self) -> Iterator[Form]:
        for endpoint, rules in routes(self.app).items():
            for rule in rules:
                path = re.sub(r"<(?:\w+:)?(\w+)>", lambda part: str(SAMPLES.get(part[1], 1)), rule.rule)
                for method in sorted((rule.methods or set()) & {"GET", "POST"} if endpoint not in ENDS else ()):
                    for caller in self.callers:
                        yield Form(caller, method, path, (("key", "k" * 16), ("day", "2026-11-21"), ("q", "张")))

    def run(self, inputs: int) -> Findings:
        """Send so many inputs."""
        for number in range(inputs):
            if number % 250 == 0:
                self._wake_everybody()
            form = self.chance.choice(self.forms if self.chance.random() < 0.7 else self.addresses)
            with self.app.app_context():
                self._send(form)
        return self.found

    def _send(self, form: Form) -> None:
        knock = self.callers[form.caller]
        path, method = self._path(form.path), form.method
        if "sign-out" in path:
            return
        headers = dict(knock.headers)
        for _ in range(self.chance.choice((0, 0, 0, 1, 2))):
            headers[self.chance.choice(hostile.HEADERS)] = self.chance.choice(hostile.HEADER_TEXTS)
        if self.chance.random() < 0.3:
            headers.setdefault("HX-Request", "true")
        told = f"{form.caller} {method} {path[:200]}"
        try:
            if path.startswith("/api/") and method == "POST":
                body = self._json()
                told += f" {body[:300]!r}"
                builder = EnvironBuilder(path, method=method, data=body, headers=headers)
            else:
                fields = self._fields(form)
                told += f" {str(list(fields.items(multi=True)))[:900]}"
                builder = self._builder(form, path, method, fields, knock, headers)
            environ = builder.get_environ()
        except (UnicodeError, ValueError):
            return  # no client can send it
        self._statements, began = 0, time.thread_time()
        try:
            answer = knock.client.open(environ)
        except (UnicodeError, ValueError) as error:  # of the sending side, unless the program stands in its way
            if any(frame.name == "wsgi_app" for frame in traceback.extract_tb(error.__traceback__)):
                self.found.add(f"outside of any handler: {error!r}", f"{told} {headers}")
            return
        took = time.thread_time() - began
        answer.get_data()
        self.found.statuses[answer.status_code] += 1
        self.found.most_statements = max(self.found.most_statements, self._statements)
        self.found.slowest = max(self.found.slowest, (took, told[:300]))
        if answer.status_code >= 500 and answer.status_code not in HONEST:
            self.found.add(f"{answer.status_code} {self._errors.last}", f"{told} {headers if headers else ''}")
        if took > MOST_SECONDS:
            self.found.add(f"{took:.0f} seconds at {form.path}", told)
        if self._statements > MOST_STATEMENTS:
            self.found.add(f"{self._statements // 1000} thousand statements at {form.path}", told)

    def _builder(
        self, form: Form, path: str, method: str, fields: MultiDict[str, str], knock: Knock, headers: dict[str, str]
    ) -> EnvironBuilder:
        pairs = list(fields.items(multi=True))
        if method != "GET" and self.chance.random() < 0.97:
            pairs += knock.form.items()
        sent = urlencode(pairs, encoding="utf-8", errors="surrogatepass")
        if method == "GET":
            return EnvironBuilder(path, method=method, query_string=sent, headers=headers)
        if not form.files:
            kind = "application/x-www-form-urlencoded"
            return EnvironBuilder(path, method=method, data=sent, headers={"Content-Type": kind} | headers)
        data: dict[str, Any] = {}
        for name, value in pairs:
            data.setdefault(name, []).append(value)
        for name in form.files:
            content, filename = hostile.file(self.chance)
            data[name] = (io.BytesIO(content), filename.replace("\0", "0"))
        return EnvironBuilder(path, method=method, data=data, headers=headers)

    def _path(self, path: str) -> str:
        """Now and then a part of the address is another one."""
        if self.chance.random() > 0.15:
            return path
        parts = path.split("/")
        place = self.chance.randrange(len(parts))
        parts[place] = hostile.value(self.chance, parts[place])[:3000]
        return "/" + "/".join(parts).lstrip("/").replace("?", "").replace("#", "")

    def _fields(self, form: Form) -> MultiDict[str, str]:
        fields = [(name, was) for name, was in form.fields if name != "csrf_token"]
        spoiled = (
            {self.chance.randrange(len(fields)) for _ in range(self.chance.choice((1, 1, 2, 3, 9)))}
            if fields
            else set()
        )
        made: list[tuple[str, str]] = []
        for place, (name, was) in enumerate(fields):
            if place not in spoiled:
                made.append((name, was))
            elif name == "text" and self.chance.random() < 0.8:
                made.append((name, hostile.scheme(self.chance)))
            elif self.chance.random() < 0.9:
                made.append((name, hostile.value(self.chance, was)))
            if place in spoiled and self.chance.random() < 0.1:
                made.append((name, hostile.value(self.chance, was)))
        if self.chance.random() < 0.02:
            made += [(f"x{number}", "1") for number in range(self.chance.choice((10, 2000)))]
        return MultiDict(made)

    def _json(self) -> bytes:
        def anything(depth: int) -> Any:
            kind = self.chance.randrange(8 if depth else 5)
            simple: list[Any] = [
                None,
                True,
                self.chance.choice((0, -1, 2**31, 2**63, 10**400, 1e308, 0.1)),
                hostile.value(self.chance),
            ]
            if kind < 5:
                return self.chance.choice(simple)
            return [anything(depth - 1)] if kind == 5 else {hostile.value(self.chance)[:20]: anything(depth - 1)}

        names = (
            "elder_id",
            "slot",
            "key",
            "served_at",
            "reason",
            "portions",
            "payment",
            "printer",
            "job",
            "claim",
            "outcome",
            "q",
        )
        body = {name: anything(2) for name in self.chance.sample(names, 5)} | {
            "key": "k" * 16,
            "elder_id": 1,
            "slot": "lunch",
        }
        for name in self.chance.sample(sorted(body), 2):
            body[name] = anything(3)
        text = json.dumps(self.chance.choice((body, body, anything(3)))).encode()
        return text if self.chance.random() < 0.9 else text[: self.chance.randrange(len(text) + 1)]

    def _wake_everybody(self) -> None:
        """Whoever was locked, moved or signed out by an input comes back."""
        fresh = knocks_again(self.app, self.callers, self.site)
        self.callers |= fresh


def knocks_again(app: Flask, callers: dict[str, Knock], site: Place) -> dict[str, Knock]:
    """The same accounts with new sessions."""
    now, found = clock.now(), {}
    with app.app_context(), transaction() as session:
        session.execute(update(Site).where(Site.id == site.id).values(closed_on=None))
        for role in set(callers) - {"terminal", "agent", "nobody"}:
            row = session.scalars(select(Staff).where(Staff.name == f"测试{role}", Staff.role == role)).first()
            if row is None:
                continue
            row.is_active, row.must_change_password = True, False
            name = accounts.start_session(session, staff_id=row.id, epoch=row.session_epoch, at=now)
            client = app.test_client()
            with client.session_transaction() as held:
                held.update({"csrf_token": "raw", "_user_id": name, "_fresh": True, "seen": int(now.timestamp())})
            found[role] = Knock(client, callers[role].form, {})
    return found


def demo_app(data_dir: Path, url: str = "") -> Flask:
    """An application on an invented canteen, with everybody's accounts."""
    app = create_app(Settings(env="demo", data_dir=data_dir, database_url=url, secret_key="k" * 40))
    with app.app_context():
        Base.metadata.drop_all(database.engine)
        Base.metadata.create_all(database.engine)
    done = app.test_cli_runner().invoke(args=["demo"])
    assert done.exit_code == 0, done.output
    return app


def memory() -> int:
    """The most this process ever needed, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgresql", action="store_true")
    options = parser.parse_args()
    server = PostgreSQL() if options.postgresql else None
    with tempfile.TemporaryDirectory() as place:
        app = demo_app(Path(place), server.create("fuzz") if server else "")
        with app.app_context():
            fuzzer = Fuzzer(app, options.seed)
            print(f"{len(fuzzer.forms)} forms, {len(fuzzer.addresses)} addresses", flush=True)
            fuzzer.run(500)
            before = memory()
            for thousand in range(max(options.inputs // 1000, 1)):
                fuzzer.run(1000)
                print(thousand + 1, memory() - before, dict(fuzzer.found.statuses), flush=True)
                for kind, told in fuzzer.found.faults.items():
                    print(f"  {fuzzer.found.counts[kind]} x {kind}\n    {told}", flush=True)
                print(f"  most statements {fuzzer.found.most_statements}, slowest {fuzzer.found.slowest}", flush=True)
    if server:
        server.stop()
    return 1 if fuzzer.found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
