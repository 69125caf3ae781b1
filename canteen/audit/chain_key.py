"""The secret of the trail: made once for a database, sealed with its keys, opened once by each process.

Sealed with it lies where each chain ended when the secret was made: rows up to there were written by a version that
hashed without a key, and nothing written later can pass for one of them.
"""

import os
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import current_app
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from canteen.audit.hashing import derived
from canteen.audit.models import AuditHead, ChainKey
from canteen.audit.signing import fingerprint_of
from canteen.base.db import table_of
from canteen.base.db.prepared import Prepared
from canteen.base.db.sealed import place_of
from canteen.base.vault import Vault, the_vault

KEY = table_of(ChainKey)
PLACE = place_of(KEY.c.sealed)
_HEAD = table_of(AuditHead)
_SEALED = Prepared(select(KEY.c.sealed))
#: Two first writers at once agree on one secret.
_FIRST = text("insert into chain_key (id, sealed) values (1, :sealed) on conflict do nothing")


@dataclass(frozen=True, slots=True)
class Secret:
    """What is sealed: the secret, the ends of the old chains, and the shape in which each kind of subject is kept."""

    key: bytes
    #: Chain -> (sequence, hash) of its last row without a key.
    before: dict[int, tuple[int, str]] = field(default_factory=dict)
    shapes: dict[str, str] = field(default_factory=dict)

    def signer(self) -> Ed25519PrivateKey:
        """The key that signs what leaves the house, for as long as the database lives."""
        return Ed25519PrivateKey.from_private_bytes(derived(self.key, b"sign"))


def secret_of(session: Session) -> Secret:
    """The secret of the trail; made where there is none yet, before the first row is written. Raises ``KeyTrouble``."""
    sealed = _SEALED.value(session)
    return opened(_make(session) if sealed is None else sealed)


def sealed_secret(session: Session, vault: Vault | None = None) -> Secret | None:
    """The secret of the trail, if it was made; ``vault`` is another than this process has. Raises ``KeyTrouble``, or ``InvalidTag``."""
    sealed = _SEALED.value(session)
    return None if sealed is None else opened(bytes(sealed), vault)


def fingerprint_in(session: Session) -> str:
    """Of the key that signs what leaves the house; "" while nothing was ever written. Raises ``KeyTrouble``."""
    secret = sealed_secret(session)
    return fingerprint_of(secret.signer().public_key()) if secret is not None else ""


def opened(sealed: bytes, vault: Vault | None = None) -> Secret:
    """What is sealed; remembered for as long as it is the same. Raises ``KeyTrouble``, or ``InvalidTag``."""
    known: tuple[bytes, Secret] | None = current_app.extensions.get(PLACE)
    if known is None or known[0] != sealed:
        found = (vault or the_vault()).open(sealed, PLACE)
        before = {chain: (sequence, hash_) for chain, sequence, hash_ in found["before"]}
        known = current_app.extensions[PLACE] = (
            bytes(sealed),
            Secret(bytes.fromhex(found["key"]), before, found["shapes"]),
        )
    return known[1]


def keep_shapes(session: Session, shapes: dict[str, str]) -> None:
    """Write down in which shape each kind is kept from now on."""
    secret = secret_of(session)
    session.execute(update(KEY).values(sealed=_sealed(Secret(secret.key, secret.before, shapes))))


def _make(session: Session) -> bytes:
    heads = session.execute(select(_HEAD.c.chain, _HEAD.c.sequence, _HEAD.c.hash))
    before = {chain: (sequence, hash_) for chain, sequence, hash_ in heads if sequence}
    session.execute(_FIRST, {"sealed": _sealed(Secret(os.urandom(32), before))})
    return bytes(session.execute(select(KEY.c.sealed)).scalar_one())


def _sealed(secret: Secret) -> bytes:
    plain: dict[str, Any] = {
        "key": secret.key.hex(),
        "before": [[chain, *end] for chain, end in sorted(secret.before.items())],
        "shapes": secret.shapes,
    }
    return the_vault().seal(plain, PLACE)
