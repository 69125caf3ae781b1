"""Uploaded menu files between preview and import: kept under the hash of their content, for a day."""

import errno
import hashlib
import re
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from flask import current_app

from canteen.base.errors import NotFound, StorageTrouble
from canteen.base.private_files import private_folder, write_private

KEPT_FOR = timedelta(days=1)
_TOKEN = re.compile(r"[0-9a-f]{64}")


def _folder() -> Path:
    folder: Path = current_app.config["CANTEEN"].data_dir / "uploads" / "menus"
    return folder


def keep(content: bytes, *, now: datetime) -> str:
    """Keep a file and return the token it is found by; older ones are forgotten. Raises ``StorageTrouble``."""
    token = hashlib.sha256(content).hexdigest()
    try:
        private_folder(_folder())
        for old in _folder().iterdir():
            with suppress(FileNotFoundError):  # another upload was quicker to tidy
                if old.stat().st_mtime < (now - KEPT_FOR).timestamp():
                    old.unlink()
        write_private(_folder() / token, content)
    except OSError as error:
        raise StorageTrouble("full" if error.errno == errno.ENOSPC else "read_only") from error
    return token


def kept(token: str) -> bytes:
    """The file of a token. Raises ``NotFound`` when it was forgotten."""
    if _TOKEN.fullmatch(token):
        try:
            return (_folder() / token).read_bytes()
        except FileNotFoundError as error:
            raise NotFound("上传的文件已经过期", next_step="请重新选择文件") from error
    raise NotFound("上传的文件已经过期", next_step="请重新选择文件")
