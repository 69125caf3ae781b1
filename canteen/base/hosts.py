"""Under which names this server answers: a request for another ``Host`` is refused before anything reads the name.

``CANTEEN_HOSTS`` lists them. Empty, the server answers to what it is called where it stands: this computer's own name,
and every address of a private network. No page elsewhere can make a browser say those: it says that page's name.
"""

import re
import socket
from ipaddress import ip_address
from typing import Any

from flask import Flask, request
from werkzeug.exceptions import SecurityError

from canteen.base.config import SettingError

#: Always right: a monitor beside the server asks here.
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def connect(app: Flask) -> None:
    """Refuse foreign names in every request. Called once by ``create_app``, after ``web``. Raises ``SettingError``."""
    listed = names_in(app.config["CANTEEN"].hosts)
    names = app.extensions["hosts"] = [*LOOPBACK, *(listed or own_names())]

    usual: Any = app.request_class

    class HostedRequest(usual):  # type: ignore[misc]
        """Werkzeug compares ``trusted_hosts`` and raises ``SecurityError``; it knows no networks and no IPv6."""

        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            host = _name_of(self.headers.get("Host", ""))
            # Without any name (HTTP/1.0) none is forged.
            is_ours = not host or host in names or (not listed and is_near(host))
            self.trusted_hosts = None if is_ours else names

    app.request_class = HostedRequest

    @app.before_request
    def refuse_foreign_name() -> None:
        if isinstance(request.routing_exception, SecurityError):
            raise request.routing_exception


def answer_to(app: Flask, host: str) -> None:
    """The server listens on ``host``: who asks for it by that name is right."""
    app.extensions["hosts"].append(host.lower())


def names_in(text: str) -> list[str]:
    """The names of a list with commas; ``.name`` means every name below it too. Raises ``SettingError``."""
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    for name in names:
        if not (re.fullmatch(r"\.?\w[\w.-]*", name) or _is_address(name)):
            raise SettingError(
                f"CANTEEN_HOSTS={name}: only names and addresses, such as canteen.example.org,.village.cn"
            )
    return names


def own_names() -> list[str]:
    """What this computer is called in its network: its name, also as the network asks for it without a name server."""
    name = socket.gethostname().lower()
    return [name, f"{name}.local"]


def is_near(host: str) -> bool:
    """Whether a host is written as an address of a private network, not as a name."""
    return _is_address(host) and ip_address(host).is_private


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _name_of(header: str) -> str:
    """The host of ``host:port``, without the brackets of IPv6; a header that is none stays as it is."""
    parts = re.fullmatch(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::[0-9]+)?", header.lower())
    return (parts[1] or parts[2]) if parts else header
