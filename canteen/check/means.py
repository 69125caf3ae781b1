"""What is needed to prove the books: opened once in each process that does."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from canteen.audit.chain_key import Secret, sealed_secret
from canteen.base import keys
from canteen.base.vault import Vault


@dataclass(frozen=True, slots=True)
class Means:
    """Keys of one proof."""

    #: Of the trail; None: there is none, or the key files are not right.
    secret: Secret | None
    #: None: nothing sealed is opened.
    vault: Vault | None
    #: Random, for ``uses``: the same for all of one proof.
    key: bytes


def open_means(session: Session, key: bytes) -> Means:
    """What the key files as they lie there now open."""
    if keys.trouble(session.connection()):
        return Means(None, None, key)
    return Means(sealed_secret(session), keys.the_keys().prove(session.connection()), key)
