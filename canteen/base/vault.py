"""Sealing of personal facts at rest, and keyed hashes for finding them again.

Two keys live in a directory apart from the database (``canteen.base.keys``): ``seal.key`` (AES-256-GCM) and
``index.key`` (HMAC-SHA256). Losing them means the sealed facts are lost: they belong in a backup of
their own. A sealed value is ``0x01 || nonce(12) || ciphertext``; its *place* (for example ``elder:17``)
is bound in, so that a value copied to another row does not open.
"""

import hashlib
import hmac
import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

_VERSION = b"\x01"
#: Text -> (value, where it ends): half the time of ``json.loads``, which guesses encodings and skips spaces.
_read = json.JSONDecoder().raw_decode


class Vault:
    """Seals and opens JSON values, and makes search hashes. One per process."""

    def __init__(self, seal_key: bytes, index_key: bytes) -> None:
        self._aead = AESGCM(seal_key)
        self._index_key = index_key

    def seal(self, value: Any, place: str) -> bytes:
        """Seal a JSON value for one place in the database."""
        nonce = os.urandom(12)
        plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return _VERSION + nonce + self._aead.encrypt(nonce, plain, place.encode())

    def open(self, sealed: bytes, place: str) -> Any:
        """Open what ``seal`` made for the same place; ``cryptography.exceptions.InvalidTag`` if it was moved."""
        sealed = bytes(sealed)
        if sealed[:1] != _VERSION:
            raise InvalidTag("unknown seal version")
        # What ``seal`` wrote is one JSON value without spaces around it: nothing has to be looked for.
        return _read(self._aead.decrypt(sealed[1:13], sealed[13:], place.encode()).decode())[0]

    def index(self, kind: str, value: str) -> str:
        """A keyed hash (32 hex digits) to look a value up by equality: ``kind`` keeps namespaces apart."""
        return hmac.new(self._index_key, f"{kind}\0{value}".encode(), hashlib.sha256).hexdigest()[:32]


def the_vault() -> Vault:
    """The vault of the running application. Raises ``KeyTrouble`` when its keys are not those of the database."""
    found: Vault = current_app.extensions["keys"].vault()
    return found
