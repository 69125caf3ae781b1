"""A roster between preview and import, and what came of it: sealed files that live for a day.

Each file belongs to who uploaded it: its seal is bound to that account, so nobody else's token opens it.
"""

import base64
import errno
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag

from canteen.base.access import Actor
from canteen.base.errors import NotFound, StorageTrouble
from canteen.base.private_files import private_folder, write_private
from canteen.base.vault import Vault

KEPT_FOR = timedelta(days=1)
#: An import that took its file longer ago than this is dead.
LONGEST_IMPORT = timedelta(minutes=5)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file somebody wants to import."""

    data: bytes
    filename: str
    site_id: int


@dataclass(frozen=True, slots=True)
class Uploads:
    """The uploads of one account. A token's file is ``.upload`` until it is taken, and ``.result`` after it."""

    folder: Path
    vault: Vault
    actor: Actor

    def keep(self, upload: Upload, *, now: datetime) -> str:
        """Keep a file; the token finds it again. Files older than a day are forgotten. Raises ``StorageTrouble``."""
        token = secrets.token_urlsafe(16)
        with _disk():
            private_folder(self.folder)
            self._forget_old(now)
        self._write(
            token,
            "upload",
            {"data": base64.b64encode(upload.data).decode(), "filename": upload.filename, "site_id": upload.site_id},
        )
        return token

    def open(self, token: str) -> Upload:
        """The file of a token. Raises ``NotFound`` when it is somebody else's, taken, or forgotten."""
        facts = self._read(token, "upload")
        return Upload(base64.b64decode(facts["data"]), facts["filename"], facts["site_id"])

    def take(self, token: str) -> Upload:
        """The same, and nobody can take it again: of two clicks one imports."""
        upload = self.open(token)
        with _disk():
            try:
                self._path(token, "upload").rename(self._path(token, "taken"))
                self._path(token, "taken").touch()
            except FileNotFoundError as error:
                raise _gone() from error
        return upload

    def give_back(self, token: str) -> None:
        """Undo ``take`` when the import failed, so that it can be tried again."""
        with _disk():
            self._path(token, "taken").rename(self._path(token, "upload"))

    def finish(self, token: str, result: dict[str, Any]) -> None:
        """Keep what came of a taken file, and forget the file."""
        self._write(token, "result", result)
        with _disk():
            self._path(token, "taken").unlink(missing_ok=True)

    def is_done(self, token: str) -> bool:
        """Whether there is a result."""
        return self._path(token, "result").exists()

    def is_running(self, token: str, *, now: datetime) -> bool:
        """Whether an import took the file and is at work. One that died gives it back after a while."""
        taken = self._path(token, "taken")
        try:
            since = taken.stat().st_mtime
        except FileNotFoundError:
            return False
        if since > (now - LONGEST_IMPORT).timestamp() or self.is_done(token):
            return True
        self.give_back(token)
        return False

    def result(self, token: str) -> dict[str, Any]:
        """What came of a file. Raises ``NotFound``."""
        return self._read(token, "result")

    def _path(self, token: str, kind: str) -> Path:
        if not _TOKEN.fullmatch(token):
            raise _gone()
        return self.folder / f"{token}.{kind}"

    def _place(self, token: str) -> str:
        return f"roster:{token}:{self.actor.label}"

    def _write(self, token: str, kind: str, facts: dict[str, Any]) -> None:
        sealed = self.vault.seal(facts, self._place(token))
        with _disk():
            write_private(self._path(token, kind), sealed)

    def _read(self, token: str, kind: str) -> dict[str, Any]:
        try:
            facts: dict[str, Any] = self.vault.open(self._path(token, kind).read_bytes(), self._place(token))
        except (FileNotFoundError, InvalidTag) as error:
            raise _gone() from error
        return facts

    def _forget_old(self, now: datetime) -> None:
        for file in self.folder.iterdir():
            with suppress(FileNotFoundError):  # another upload was quicker to tidy
                if file.is_file() and file.stat().st_mtime < (now - KEPT_FOR).timestamp():
                    file.unlink()


def _gone() -> NotFound:
    return NotFound("上传的名册不在了(只保留一天)", next_step="请重新选择文件上传")


@contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StorageTrouble("full" if error.errno == errno.ENOSPC else "read_only") from error
