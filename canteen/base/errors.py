"""What can go wrong on purpose. Texts are Chinese templates; ``web.py`` and the API translate them.

A text holds its facts as ``%(name)s`` so that the catalogue of another language can order them; a tuple is a list of words.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


class CanteenError(Exception):
    """A trouble with words for the person: ``text`` says what, ``next_step`` what to do now."""

    def __init__(self, text: str, /, *, next_step: str = "", **fields: Any) -> None:
        listed = {name: "、".join(value) if isinstance(value, tuple) else value for name, value in fields.items()}
        super().__init__(text % listed if fields else text)
        self.text = text
        self.next_step = next_step
        self.fields = fields


class BadInput(CanteenError):
    """What was typed or sent cannot be understood (HTTP 422). ``field`` names the input it came from."""

    def __init__(self, text: str, /, *, field: str = "", next_step: str = "", **fields: Any) -> None:
        super().__init__(text, next_step=next_step, **fields)
        self.field = field


class BadFields(BadInput):
    """Fields of one form are wrong: ``errors`` has one for each. It speaks as its first where no form is shown again."""

    def __init__(self, errors: Mapping[str, BadInput]) -> None:
        first = next(iter(errors.values()))
        super().__init__(first.text, field=first.field, next_step=first.next_step, **first.fields)
        self.errors = errors


class Refusal(CanteenError):
    """A rule says no (HTTP 409). ``code`` is stable: tests, reports and terminals rely on it."""

    def __init__(self, code: str, text: str, /, *, next_step: str, **fields: Any) -> None:
        super().__init__(text, next_step=next_step, **fields)
        self.code = code


class NotFound(CanteenError):
    """Not there, or not yours: the same answer for both (HTTP 404)."""

    def __init__(self, text: str = "没有找到", /, *, next_step: str = "请返回上一页重新选择", **fields: Any) -> None:
        super().__init__(text, next_step=next_step, **fields)


class StorageTrouble(CanteenError):
    """The database cannot write or answer now (HTTP 503). Nothing was half-written.

    ``kind`` is ``busy`` (another process holds the lock), ``full`` (disk full), ``read_only`` or
    ``lost`` (connection gone). Raised by ``db.transaction`` and ``db.reading`` only.
    """

    TEXTS = {
        "busy": ("数据库正忙,这一次没有写入", "请再按一次;不会重复登记"),
        "full": ("磁盘已满,这一次没有写入", "请联系管理员清理磁盘,再按一次"),
        "read_only": ("数据文件不能写入,这一次没有写入", "请联系管理员检查数据目录的权限,再按一次"),
        "lost": ("数据库连接中断,不能确定这一次是否写入", "请再按一次;同一笔不会重复登记"),
    }

    def __init__(self, kind: str) -> None:
        text, next_step = self.TEXTS[kind]
        super().__init__(text, next_step=next_step)
        self.kind = kind


class KeyTrouble(CanteenError):
    """The key files are not those of the database (HTTP 503). Nothing was written, and no keys were made.

    ``kind`` is ``missing`` (not there, or not readable for this account), ``broken`` (not a key) or ``foreign``
    (those of another database). ``place`` is the directory they belong in: for whoever runs commands, not for browsers.
    """

    TEXTS = {
        "missing": "缺少密钥文件 %(files)s(或无权读取),个人资料打不开,没有写入任何内容",
        "broken": "密钥文件 %(files)s 已损坏,个人资料打不开,没有写入任何内容",
        "foreign": "密钥文件 %(files)s 不是这个数据库的,个人资料打不开,没有写入任何内容",
    }
    NEXT_STEP = "请从密钥自己的备份把 %(files)s 放回密钥目录(CANTEEN_KEYS_DIR,默认是数据目录里的 keys),再重新启动"

    def __init__(self, kind: str, files: Iterable[str], place: Path) -> None:
        super().__init__(self.TEXTS[kind], next_step=self.NEXT_STEP, files=tuple(files))
        self.kind = kind
        self.place = place
