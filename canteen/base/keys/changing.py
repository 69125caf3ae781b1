"""Changing the keys: what lies beside them meanwhile, and who may use them.

New keys lie beside the old as ``seal.key.new`` until the database, in one transaction, holds everything sealed with them
and bears their mark. Then they take their names, and the old ones are ``seal.key.old``. Cut at any moment, the mark says
which keys are right: before the transaction the old ones, after it the new, whatever they are called.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from canteen.base.private_files import as_private
from canteen.base.private_files.key_files import INDEX, NAMES, SEAL, make_key, read_key
from canteen.base.vault import Vault

NEW, OLD = ".new", ".old"
#: A sealed file that was written anew, beside the one it will replace.
RENEWED = ".renewed"


def beside(place: Path, suffix: str) -> list[Path]:
    """Key files with a suffix that are there."""
    return [path for path in (place / (name + suffix) for name in NAMES) if path.exists()]


def prepare(place: Path, files: Path) -> Vault:
    """Make new keys beside the old; what an attempt left that was cut before its transaction goes first."""
    for left in [*beside(place, NEW), *files.rglob(f"*{RENEWED}")]:
        left.unlink()
    for name in NAMES:
        make_key(place / (name + NEW))
    made = new_vault(place)
    assert made, "keys that were made can be read"
    return made


def new_vault(place: Path) -> Vault | None:
    """The vault of the new keys, of which one may have its name already; None when no new key is there."""
    if not beside(place, NEW):
        return None
    keys = {name: read_key(place / (name + NEW)) or read_key(place / name) or b"" for name in NAMES}
    return Vault(keys[SEAL], keys[INDEX]) if all(keys.values()) else None


def write_renewed(path: Path, content: bytes) -> None:
    """Write a file beside the one it will replace, durably."""
    with open(path.with_name(path.name + RENEWED), "wb", opener=as_private) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def take_over(place: Path, files: Path) -> None:
    """The database bears the mark of the new keys: files and keys take their names, the keys last. Safe to repeat."""
    for renewed in list(files.rglob(f"*{RENEWED}")):
        renewed.replace(renewed.with_name(renewed.name.removesuffix(RENEWED)))
    for new in beside(place, NEW):
        current = new.with_name(new.name.removesuffix(NEW))
        with suppress(
            FileExistsError, FileNotFoundError
        ):  # the old name stays where the new key is until it is replaced
            current.with_name(current.name + OLD).hardlink_to(current)
        with suppress(FileNotFoundError):  # another process that starts now was quicker
            new.replace(current)
    _settle_folder(place)


def _settle_folder(place: Path) -> None:
    with suppress(OSError):
        folder = os.open(place, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def hold(place: Path) -> int | None:
    """Say that this process uses the keys, until it ends or the handle is closed; waits while they are changed.

    None where a directory cannot be locked (Windows): there whoever changes keys has to see to it.
    """
    return _locked(place, alone=False)


@contextmanager
def alone(place: Path) -> Iterator[bool]:
    """Whether nobody else uses the keys: for the time of the block nobody begins to."""
    try:
        handle = _locked(place, alone=True)
    except BlockingIOError:
        yield False
        return
    try:
        yield True
    finally:
        if handle is not None:
            os.close(handle)


def _locked(place: Path, *, alone: bool) -> int | None:
    try:
        import fcntl
    except ImportError:
        return None
    handle = os.open(place, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB if alone else fcntl.LOCK_SH)
    except BaseException:
        os.close(handle)
        raise
    return handle
