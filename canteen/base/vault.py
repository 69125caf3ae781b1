"""Sealing of personal facts at rest, and keyed hashes for finding them again.

Two keys live in a directory apart from the database (``canteen.base.keys``): ``seal.key`` (AES-256-GCM) and
``index.key`` (HMAC-SHA256). Losing them means the sealed facts are lost: they belong in a backup of
their own. A sealed value is ``version || nonce(12) || ciphertext`` (version ``0x01``: JSON, ``0x02``: JSON packed by
deflate); its *place* (for example ``elder:17``) is bound in, so that a value copied to another row does not open.
"""

import hashlib
import hmac
import json
import os
import zlib
from collections.abc import Iterable
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

_PLAIN, _PACKED = b"\x01", b"\x02"
#: From so many bytes on a value is packed: what is frozen of a meal is half as long then. A window of 4 KiB is made in a
#: tenth of the time of the usual one.
_PACK_FROM, _WINDOW, _MEMORY = 128, -12, 5
#: Bytes that are made ready for what is unpacked: a kibibyte holds most of it.
_ROOM = 1024
#: Lengths come in steps of so many bytes, so that the length does not tell one short word from another.
_STEP = 32
#: What ``json.dumps`` makes anew for each value.
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
#: Text -> (value, where it ends): half the time of ``json.loads``, which guesses encodings and skips spaces.
_read = json.JSONDecoder().raw_decode


class Vault:
    """Seals and opens JSON values, and makes search hashes. One per process."""

    def __init__(self, seal_key: bytes, index_key: bytes) -> None:
        self._aead = AESGCM(seal_key)
        self._index_key = index_key

    def seal(self, value: Any, place: str) -> bytes:
        """Seal a JSON value for one place in the database."""
        return self.seal_each(value, (place,))[0]

    def seal_each(self, value: Any, places: Iterable[str]) -> list[bytes]:
        """The same value for each of several places."""
        version, plain = _PLAIN, _write(value).encode()
        if len(plain) >= _PACK_FROM:
            packer = zlib.compressobj(1, zlib.DEFLATED, _WINDOW, _MEMORY)
            version, plain = _PACKED, packer.compress(plain) + packer.flush()
        plain += b" " * (-len(plain) % _STEP)
        nonces = ((os.urandom(12), place.encode()) for place in places)
        return [version + nonce + self._aead.encrypt(nonce, plain, place) for nonce, place in nonces]

    def open(self, sealed: bytes, place: str) -> Any:
        """Open what ``seal`` made for the same place; ``cryptography.exceptions.InvalidTag`` if it was moved."""
        # What ``seal`` wrote begins with its JSON value: nothing has to be looked for; what fills the step is left over.
        return _read(self.open_text(sealed, place))[0]

    def open_text(self, sealed: bytes, place: str) -> str:
        """The same as the JSON text it was sealed as, for who reads only a part of it; spaces behind it."""
        sealed = bytes(sealed)
        version = sealed[:1]
        if version not in (_PLAIN, _PACKED):
            raise InvalidTag("unknown seal version")
        plain = self._aead.decrypt(sealed[1:13], sealed[13:], place.encode())
        if version == _PACKED:
            plain = zlib.decompress(plain, _WINDOW, _ROOM)
        return plain.decode()

    def index(self, kind: str, value: str) -> str:
        """A keyed hash (32 hex digits) to look a value up by equality: ``kind`` keeps namespaces apart."""
        return hmac.new(self._index_key, f"{kind}\0{value}".encode(), hashlib.sha256).hexdigest()[:32]


def the_vault() -> Vault:
    """The vault of the running application. Raises ``KeyTrouble`` when its keys are not those of the database."""
    found: Vault = current_app.extensions["keys"].vault()
    return found
