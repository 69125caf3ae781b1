"""The key files: read, or made whole and once. Only their owner may read them, whatever the umask."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from canteen.base.private_files import as_private, keep_private, private_folder

SEAL, INDEX = "seal.key", "index.key"
NAMES = (SEAL, INDEX)
LENGTH = 32


def read_key(path: Path) -> bytes | None:
    """The key; None when there is no such file or this account cannot read it."""
    try:
        key = path.read_bytes()
    except OSError:
        return None
    keep_private(path)
    return key


def make_key(path: Path) -> None:
    """Make a key unless there is one. It appears under its name whole: of two processes one wins, both read the same."""
    private_folder(path.parent)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with open(draft, "xb", opener=as_private) as file:
            file.write(os.urandom(LENGTH))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
