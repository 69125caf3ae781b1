"""What people and their phones do at the second step."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pyotp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.encode_cbor import encode_cbor
from werkzeug.test import TestResponse

from canteen.base import clock
from tests.factories import PASSWORD, Person, csrf
from tests.staff.steps import text


@dataclass
class Phone:
    """An app that shows codes. ``code()`` is one that was not shown to the site before, for the first two.

    This half minute's and the next one's: both still hold when half a minute ends before the site looks at them.
    """

    secret: str = ""
    _used: int = -1

    def code(self) -> str:
        self._used = min(self._used + 1, 1)
        return self.at(clock.now() + timedelta(seconds=30 * self._used))

    def at(self, moment: datetime) -> str:
        return pyotp.TOTP(self.secret).at(moment)


@dataclass
class Stick:
    """A security key in software: makes passkeys and signs with them, as a browser passes it on."""

    origin: str = "http://localhost"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential: bytes = b"a key of a test, never a real one"
    count: int = 0

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _authenticator_data(self, rp_id: str, flags: int, more: bytes = b"") -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big") + more

    def _answer(self, **response: str) -> str:
        name = bytes_to_base64url(self.credential)
        return json.dumps(
            {"id": name, "rawId": name, "type": "public-key", "clientExtensionResults": {}, "response": response}
        )

    def makes(self, options: dict) -> str:
        """What ``navigator.credentials.create`` answers."""
        numbers = self.key.public_key().public_numbers()
        public = encode_cbor({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        attested = bytes(16) + len(self.credential).to_bytes(2, "big") + self.credential + public
        data = self._authenticator_data(options["rp"]["id"], 0x45, attested)
        return self._answer(
            clientDataJSON=bytes_to_base64url(self._client_data("webauthn.create", options["challenge"])),
            attestationObject=bytes_to_base64url(encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})),
        )

    def signs(self, options: dict) -> str:
        """What ``navigator.credentials.get`` answers."""
        self.count += 1
        client, data = (
            self._client_data("webauthn.get", options["challenge"]),
            self._authenticator_data(options["rpId"], 0x05),
        )
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            clientDataJSON=bytes_to_base64url(client),
            authenticatorData=bytes_to_base64url(data),
            signature=bytes_to_base64url(signature),
        )


def options_on(page: TestResponse) -> dict:
    """What a page asks a passkey for; {} when it asks for none."""
    found = re.search(r'data-options="([^"]*)"', text(page))
    return json.loads(found[1].replace("&#34;", '"').replace("&amp;", "&")) if found else {}


def password_of(client: FlaskClient, person: Person, **more: str) -> TestResponse:
    """Type name and password."""
    form = {"username": person.username, "password": PASSWORD, "csrf_token": csrf(client)}
    return client.post("/sign-in", data=form | more)


def send(client: FlaskClient, path: str, **form: str) -> TestResponse:
    """Send a form with the token of this browser's session."""
    with client.session_transaction() as held:
        is_waiting = "step" in held
    page = client.get("/sign-in/second" if is_waiting else "/account", follow_redirects=True)
    token = re.findall(r'name="csrf_token" value="([^"]*)"', text(page))[0]
    return client.post(path, data=form | {"csrf_token": token})


def send_same(client: FlaskClient, path: str, **form: str) -> TestResponse:
    """The same without opening a page first, which would ask for another passkey, or say that nothing waits."""
    with client.session_transaction() as held:
        raw = held.setdefault("csrf_token", "raw")
    signer = URLSafeTimedSerializer(client.application.config["SECRET_KEY"], salt="wtf-csrf-token")
    return client.post(path, data=form | {"csrf_token": signer.dumps(raw)})


def sets_up_app(client: FlaskClient, **more: str) -> tuple[Phone, list[str]]:
    """Take the secret from the set-up page into a phone; the phone, and the recovery codes that were shown."""
    page = text(client.get("/sign-in/set-up"))
    phone = Phone(re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].replace(" ", ""))  # type: ignore[index]
    done = send(client, "/sign-in/set-up", code=phone.code(), **more)
    assert done.status_code in (200, 303), text(done)
    return phone, codes_on(done)


def codes_on(page: TestResponse) -> list[str]:
    return re.findall(r"<li><code>([a-z0-9-]{14})</code></li>", text(page))


def has_second_step(client: FlaskClient, person: Person) -> tuple[Phone, list[str]]:
    """Sign in, and set up an app on the way or on the own page; the browser is signed in afterwards."""
    answer = password_of(client, person)
    if answer.status_code == 303:
        begin_on_own_page(client)
    return sets_up_app(client)


def begin_on_own_page(client: FlaskClient, aim: str = "set_up") -> TestResponse:
    return client.post(
        "/account/second-step", data={"aim": aim, "second_password": PASSWORD, "csrf_token": csrf(client, "/account")}
    )


def leave(client: FlaskClient) -> None:
    client.post("/sign-out", data={"csrf_token": csrf(client, "/account")})
