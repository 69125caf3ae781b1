"""Browsers a person has signed in with before: a signed cookie that says which names are known there.

Somebody else's wrong passwords pause a name everywhere but in these browsers, where the name has a count of its own: a
clerk is never kept from the till by a stranger who keeps guessing. The cookie opens nothing by itself.
"""

import secrets
from dataclasses import dataclass

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from canteen.base.config import Settings
from canteen.base.vault import the_vault

#: The newest names of a till that many clerks share; a cookie holds 4096 signs.
_MOST_NAMES = 20
_LASTS_S = 400 * 86400


@dataclass(frozen=True, slots=True)
class KnownBrowser:
    """What the cookie says: 128 random bits of the browser, and keyed hashes of the names known in it."""

    id: str
    names: tuple[str, ...]


def known_device(username: str) -> str:
    """The id of this browser if that person has signed in with it before; ""."""
    device = _read()
    return device.id if device is not None and _hash(username) in device.names else ""


def remember(username: str) -> None:
    """The answer to this request tells the browser that the person is known in it."""
    device = _read() or KnownBrowser(secrets.token_hex(16), ())
    mine = _hash(username)
    names = (mine, *(name for name in device.names if name != mine))[:_MOST_NAMES]
    settings: Settings = current_app.config["CANTEEN"]
    text = _signer().dumps([device.id, *names])

    @after_this_request
    def tell(answer: Response) -> Response:
        answer.set_cookie(
            _cookie(settings), text, max_age=_LASTS_S, samesite="Strict", httponly=True, secure=settings.https
        )
        return answer


def _read() -> KnownBrowser | None:
    try:
        device_id, *names = _signer().loads(request.cookies.get(_cookie(current_app.config["CANTEEN"]), ""))
    except BadSignature:
        return None
    return KnownBrowser(device_id, tuple(names))


def _cookie(settings: Settings) -> str:
    return "__Host-device" if settings.https else "device"


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="known device")


def _hash(username: str) -> str:
    return the_vault().index("known device", username)
