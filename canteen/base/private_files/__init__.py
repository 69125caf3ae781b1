"""Files (600) and directories (700) that only the account of the program may open, whatever the umask."""

import os
from contextlib import suppress
from pathlib import Path


def as_private(path: str, flags: int) -> int:
    """The ``opener`` of ``open()`` for a file that nobody else reads."""
    return os.open(path, flags, 0o600)


def write_private(path: Path, content: bytes) -> None:
    """Write a file that nobody else reads. Raises OSError."""
    with open(path, "wb", opener=as_private) as file:
        file.write(content)


def private_folder(path: Path) -> None:
    """Make a directory, and what is missing above it, that nobody else enters; what is there stays as it is."""
    if not path.is_dir():
        private_folder(path.parent)
        path.mkdir(exist_ok=True, mode=0o700)


def keep_private(path: Path) -> None:
    """Take a file from everybody else; one that belongs to another account stays as it is."""
    with suppress(OSError):
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
