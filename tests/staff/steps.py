"""What the tests of sign-in do again and again: enter, look at a page, leave a browser alone, read the trail."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from canteen.audit.models import Audit
from canteen.base import clock
from canteen.base.db import reading
from canteen.base.errors import Refusal
from canteen.staff import service
from canteen.staff.rules import SignedIn, SignInRequest
from tests.factories import NOW, PASSWORD, Person, csrf

#: A password that breaks no rule.
GOOD = "麦田 火车 雨伞 七点半"
TRIES = 5
HERE = {"Origin": "http://localhost"}
HTMX = {"HX-Request": "true"}
#: A half-typed form; every POST view would do.
TYPED = {
    "username": "li.mei",
    "name": "李梅 <i>",
    "role": "clerk",
    "reach": "",
    "elder_id": "",
    "password": "secret words",
}


def enter(
    username: str,
    password: str = PASSWORD,
    *,
    address: str = "10.0.0.7",
    at: datetime = NOW,
    replaces: str = "",
    tries: int = TRIES,
) -> SignedIn | Refusal:
    """Sign in without a browser."""
    return service.sign_in(SignInRequest(username, password, address, replaces), tries=tries, now=at)


def session_of(person: Person) -> str:
    """The id of a new session of a person."""
    outcome = enter(person.username)
    assert isinstance(outcome, SignedIn)
    return outcome.session_id


def text(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def hidden(answer: TestResponse) -> dict[str, str]:
    """The hidden fields of the form in ``main``, by name."""
    body = text(answer).split("<main", 1)[1]
    return {
        html.unescape(name): html.unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', body)
    }


def errors(answer: TestResponse) -> dict[str, str]:
    """Field -> the sentence beside it."""
    found = re.findall(r'<p class="error" id="e-(\w+)" role="alert">(.*?)</p>', text(answer))
    return {name: re.sub("<[^>]+>", "", sentence).strip() for name, sentence in found}


def token(client: FlaskClient) -> str:
    """A form token of a signed-in session."""
    return csrf(client, "/account")


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


@contextmanager
def cookie_of(client: FlaskClient) -> Iterator[dict[str, object]]:
    """What the session cookie holds."""
    with client.session_transaction() as held:
        yield held  # type: ignore[misc]


def leave_alone(client: FlaskClient, minutes: int = 31) -> None:
    """Nobody touches the browser for a while."""
    with client.session_transaction() as held:
        held["seen"] = int((clock.now() - timedelta(minutes=minutes)).timestamp())


def trail(action: str = "") -> list[tuple[str, str, str]]:
    """Actor, action and subject of the audit rows, the oldest first."""
    asked = select(Audit).where(Audit.action != "write").order_by(Audit.id)
    with reading() as session:
        rows = session.scalars(asked.where(Audit.action == action) if action else asked).all()
    return [(row.actor, row.action, row.subject) for row in rows]
