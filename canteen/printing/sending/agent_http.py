"""The print agent's way to the server: HTTPS, one connection for each thread, and nothing that waits for ever."""

import http.client
import ipaddress
import json
import ssl
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from canteen.base.errors import BadInput, NotFound
from canteen.printing.sending.supply import Unreachable

#: Seconds a connection or an answer may take.
PATIENCE_S = 15.0
_PATH = "/api/v1/print"
#: Answers that say what an administrator has to do.
_WORDS = {
    401: "服务器不认这个令牌:可能已吊销 (the token is not valid, or revoked)",
    403: "这个令牌不是打印代理的 (not a print agent's token)",
}


class HttpServer:
    """A server at an address; safe to use by several threads."""

    def __init__(self, url: str, token: str, *, is_plain_allowed: bool = False, ca_file: str = "") -> None:
        """Raises ``BadInput`` for an address that cannot be used, or plain http to a machine far away."""
        parts = _parts(url)
        if (
            parts is None
            or parts.scheme not in ("http", "https")
            or not parts.hostname
            or parts.username
            or parts.query
        ):
            raise BadInput("服务器地址「%(url)s」看不懂,例如 https://canteen.example.gov.cn", url=url[:100])
        if parts.scheme == "http" and not is_plain_allowed and not _is_near(parts.hostname):
            raise BadInput(
                "到 %(host)s 的连接没有加密,令牌会被人看见",
                host=parts.hostname,
                next_step="请用 https;确实要用时加 --insecure",
            )
        self._host, self._port = parts.hostname, parts.port
        self._base = parts.path.rstrip("/") + _PATH
        self._tls = _tls(ca_file) if parts.scheme == "https" else None
        if not token.isascii() or not token.isprintable():
            raise BadInput("令牌不对:只有字母和数字 (the token is not one)")
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._local = threading.local()

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The answer. Raises ``Unreachable`` and ``NotFound``."""
        sent = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        status, answer = self._exchange(method, self._base + path, sent)
        if status == 404 and answer.get("code") == "not_found":
            raise NotFound(str(answer.get("message", "")) or "404")
        if status != 200:
            raise Unreachable(_WORDS.get(status) or f"{status} {answer.get('message', '')}")
        return answer

    def _exchange(self, method: str, path: str, body: bytes | None) -> tuple[int, dict[str, Any]]:
        """Ask on the connection that is open; once more on a new one when the server has closed it meanwhile. Asking
        twice is safe: every question of an agent is."""
        for connection, is_last in ((self._connection(), False), (None, True)):
            connection = connection or self._connect()
            try:
                connection.request(method, path, body, self._headers)
                found = connection.getresponse()
                answer = _object(found.read())
                if found.status == 200 and answer is None:
                    raise Unreachable(
                        "回答不是服务器的:中间的网关或登录页面 (a page of a gateway, not the server's answer)"
                    )
                return found.status, answer or {}
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                self._local.connection = None
                if is_last:
                    raise Unreachable(str(error) or type(error).__name__) from error
        raise AssertionError

    def _connection(self) -> http.client.HTTPConnection:
        return getattr(self._local, "connection", None) or self._connect()

    def _connect(self) -> http.client.HTTPConnection:
        """Opened with the first question."""
        made = (
            http.client.HTTPSConnection(self._host, self._port, timeout=PATIENCE_S, context=self._tls)
            if self._tls
            else http.client.HTTPConnection(self._host, self._port, timeout=PATIENCE_S)
        )
        self._local.connection = made
        return made


def _parts(url: str) -> SplitResult | None:
    """A URL taken apart; None when it is none."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        return parts if parts.port is None or parts.port else None  # ``port`` looks at it
    except ValueError:
        return None


def _tls(ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        raise BadInput(
            "证书文件 %(file)s 读不出来:%(why)s", file=ca_file[:100], why=error.strerror or str(error)
        ) from error


def _is_near(host: str) -> bool:
    """This machine, or an address of a private network; a name says nothing about where it leads."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_private or address.is_loopback


def _object(body: bytes) -> dict[str, Any] | None:
    """A JSON object; None for what is none: a page of a proxy."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
