"""Keys belong to one database: a mark in it says which, and no others are ever made beside it.

Keys are made only for a database without a mark and without sealed facts. Everywhere else missing, broken or foreign
key files are ``KeyTrouble``, told before anything is sealed, opened or looked for with them.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from flask import Flask, current_app
from sqlalchemy import Connection, insert, inspect, select

from canteen.base import db
from canteen.base.db import reading, table_of
from canteen.base.db.sealed import sealed_columns
from canteen.base.errors import KeyTrouble
from canteen.base.keys import changing
from canteen.base.keys.models import KeyMark
from canteen.base.private_files.key_files import INDEX, LENGTH, NAMES, SEAL, make_key, read_key
from canteen.base.vault import Vault

#: What the mark says, sealed and hashed.
WORDS = PLACE = "key_mark"
#: A database of an older version without a mark is asked for a fact it holds: (seal key fits, index key fits).
Witness = Callable[[Connection, Vault], tuple[bool, bool]]


class KeyRing:
    """The key files of one application, and their vault once they are proven on its database."""

    def __init__(self, place: Path, files: Path, witness: Witness) -> None:
        """``files``: the directory of sealed files beside the database."""
        self.place, self.files = place, files
        self._witness = witness
        self._vault: Vault | None = None
        self._held: int | None = None

    def vault(self) -> Vault:
        """The vault of this process. Makes the keys of a new database. Raises ``KeyTrouble``."""
        if self._vault is None:
            if self._held is None and self.place.is_dir():
                self._held = changing.hold(self.place)
            with reading() as session:
                self._vault = self.vault_for(session.connection())
            if self._held is None:
                self._held = changing.hold(self.place)
        return self._vault

    def let_go(self) -> None:
        """Forget the vault: this process uses the keys no more until it asks again."""
        self._vault = None
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def vault_for(self, connection: Connection) -> Vault:
        """The same, as a connection sees the database."""
        proven = self.prove(connection)
        if proven is None:
            for name in NAMES:
                make_key(self.place / name)
            proven = self.prove(connection)
            assert proven, "keys that were made can be read"
        return proven

    def prove(self, connection: Connection) -> Vault | None:
        """The vault of the files as they lie there now; None when none are needed yet. Raises ``KeyTrouble``."""
        found = {name: read_key(self.place / name) for name in NAMES}
        mark = _mark(connection)
        missing = [name for name, key in found.items() if key is None]
        if missing:
            if mark is None and not _holds_sealed(connection):
                return None
            raise KeyTrouble("missing", missing, self.place)
        if mark and self._finish(mark):
            return self.prove(connection)
        keys = {name: key for name, key in found.items() if key is not None}
        if broken := [name for name, key in keys.items() if len(key) != LENGTH]:
            raise KeyTrouble("broken", broken, self.place)
        vault = Vault(keys[SEAL], keys[INDEX])
        if mark:
            fits = opens(vault, mark[0], PLACE), vault.index(PLACE, WORDS) == mark[1]
        else:
            fits = self._witness(connection, vault) if _holds_sealed(connection) else (True, True)
        if foreign := [name for name, fit in zip((SEAL, INDEX), fits, strict=True) if not fit]:
            raise KeyTrouble("foreign", foreign, self.place)
        return vault

    def _finish(self, mark: tuple[bytes, str]) -> bool:
        """A change of the keys that was cut after its transaction goes on; False when there is none."""
        new = changing.new_vault(self.place)
        if new is None or not (opens(new, mark[0], PLACE) and new.index(PLACE, WORDS) == mark[1]):
            return False
        changing.take_over(self.place, self.files)
        return True

    def mark(self, connection: Connection) -> None:
        """Mark a database that has no mark yet with the keys that fit it. Raises ``KeyTrouble``."""
        if not inspect(connection).has_table(KeyMark.__tablename__):
            return
        vault = self._vault = self.vault_for(connection)
        if _mark(connection) is None:
            connection.execute(insert(table_of(KeyMark)).values(mark_of(vault)))


def connect(app: Flask, place: Path, files: Path, witness: Witness) -> None:
    """Give the application its keys; they are looked at when they are first needed."""
    app.extensions["keys"] = KeyRing(place, files, witness)


def mark_of(vault: Vault) -> dict[str, Any]:
    """The row that binds a database to keys."""
    return {"id": 1, "sealed": vault.seal(WORDS, PLACE), "index_hash": vault.index(PLACE, WORDS)}


def the_keys() -> KeyRing:
    """The keys of the running application."""
    found: KeyRing = current_app.extensions["keys"]
    return found


def require() -> None:
    """Before work that seals or opens: the keys are this database's, and it bears their mark. Raises ``KeyTrouble``."""
    with reading() as session:
        is_marked = _mark(session.connection()) is not None
        the_keys().vault_for(session.connection())
    if not is_marked:
        db.settle(lambda session: the_keys().mark(session.connection()))


def trouble(connection: Connection) -> KeyTrouble | None:
    """What is wrong with the key files as they lie there now; makes nothing."""
    try:
        the_keys().prove(connection)
    except KeyTrouble as found:
        return found
    return None


def _mark(connection: Connection) -> tuple[bytes, str] | None:
    if not inspect(connection).has_table(KeyMark.__tablename__):
        return None
    found = connection.execute(select(KeyMark.sealed, KeyMark.index_hash)).one_or_none()
    return found and (found.sealed, found.index_hash)


def opens(vault: Vault, sealed: bytes, place: str) -> bool:
    """Whether these keys open what was sealed for a place."""
    try:
        vault.open(sealed, place)
    except InvalidTag:
        return False
    return True


def _holds_sealed(connection: Connection) -> bool:
    """Whether anything is sealed, but the mark itself. Tables or columns may not be there yet: a migration asks too."""
    there = inspect(connection)
    return any(
        connection.execute(one.values().limit(1)).first()
        for one in sealed_columns()
        if one.table.name != PLACE
        and there.has_table(one.table.name)
        and one.name in {column["name"] for column in there.get_columns(one.table.name)}
    )
