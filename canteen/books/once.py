"""One-time keys: a form, phone or terminal makes one, and the same key is the same thing however often it is sent. Pure."""

import hashlib
import json
import re
from dataclasses import asdict
from typing import Any

from canteen.base.errors import BadInput

_KEY = re.compile(r"[!-~]{8,100}")


def check_key(key: str) -> None:
    """A key has 8 to 100 printable ASCII characters. Raises ``BadInput``."""
    if not _KEY.fullmatch(key):
        raise BadInput("一次性编号不对", field="key", next_step="请刷新页面再试")


def check_void(key: str, reason: str, *, example: str) -> None:
    """What is undone is undone under a key and with a reason of 2 to 200 characters. Raises ``BadInput``."""
    check_key(key)
    if len(reason.strip()) < 2:
        raise BadInput("作废要写明原因", field="reason", next_step=example)
    if len(reason) > 200:
        raise BadInput("原因太长,最多 200 个字", field="reason", next_step="请缩短后再试")


def content_of(request: Any, *, apart: tuple[str, ...] = ("key",)) -> str:
    """A fingerprint (SHA-256, hex) of everything in a record but ``apart``: one key stands for one content."""
    facts = {name: value for name, value in asdict(request).items() if name not in apart}
    return hashlib.sha256(json.dumps(facts, default=str, sort_keys=True).encode()).hexdigest()
