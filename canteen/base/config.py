"""Every setting once: its variable, type, unit and default. ``docs/operating.md`` lists the same table.

Settings come from ``CANTEEN_*`` environment variables and are read once, by ``create_app``.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from canteen.base.words import ROLES

ROOT = Path(__file__).resolve().parent.parent.parent


class SettingError(Exception):
    """A setting is missing or cannot be understood; the text says which variable and what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one process. Field ``x_y`` is read from ``CANTEEN_X_Y``."""

    #: ``production`` refuses to start without a secret key; ``demo`` and ``test`` make one.
    env: str = "production"
    #: Directory of the database, keys, uploads and backups. Made when missing.
    data_dir: Path = ROOT / "var"
    #: Directory of ``seal.key`` and ``index.key``; empty means ``keys`` in the data directory.
    keys_dir: str = ""
    #: SQLAlchemy URL; empty means the SQLite file ``canteen.db`` in the data directory.
    database_url: str = ""
    #: Signs sessions and forms: at least 32 characters, kept out of the data directory.
    secret_key: str = ""
    #: ``zh`` or ``en``: the language of a browser that asks for neither, and of the command line.
    language: str = "zh"
    #: Minutes without a click before a person must sign in again.
    idle_minutes: int = 30
    #: Failed sign-ins of one name (or one address, times ten) within 15 minutes before a pause.
    login_tries: int = 5
    #: Roles that must have a second step at sign-in, comma separated, or ``none``; empty: ``must_use_second_step``.
    second_step_roles: str = ""
    #: ``1`` marks cookies Secure: set it when the site is behind HTTPS.
    https: bool = False
    #: How many reverse proxies in front may be believed for the caller's address (0: none).
    proxies: int = 0
    #: Names people may reach the site by, comma separated, ``.name`` with all below it; empty: see ``base.hosts``.
    hosts: str = ""
    #: Seconds a writer waits for another process's lock on SQLite before saying "busy".
    busy_seconds: int = 10
    #: Threads that answer requests.
    threads: int = 8
    #: Networks a printer may be in, comma separated; a printer elsewhere is refused.
    printer_networks: str = "127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,::1/128,fc00::/7"
    #: Ports a printer may listen on, as single ports or ranges, comma separated.
    printer_ports: str = "9100-9109"
    #: Beginnings of the device names a printer may be, comma separated; no other file is ever written to.
    printer_devices: str = "/dev/usb/lp,/dev/lp,/dev/ttyUSB,/dev/ttyACM,/dev/ttyS,/dev/serial/by-id/,COM"
    #: A font with rare Chinese characters for names the printer cannot print; empty: look in the usual places.
    font_path: str = ""
    #: Largest upload, megabytes.
    upload_megabytes: int = 10

    @property
    def must_use_second_step(self) -> frozenset[str]:
        """Roles that must have a second step: who sees everybody's facts, or nobody in the demo. Raises ``SettingError``."""
        if not self.second_step_roles:
            return frozenset() if self.env == "demo" else frozenset({"administrator", "civil_affairs"})
        roles = {role.strip() for role in self.second_step_roles.split(",")} - {""}
        if unknown := roles - {*ROLES, "none"}:
            allowed = ", ".join(("none", *ROLES))
            raise SettingError(f"CANTEEN_SECOND_STEP_ROLES={', '.join(sorted(unknown))}: allowed are {allowed}")
        return frozenset(roles - {"none"})

    @property
    def keys(self) -> Path:
        """The directory of the key files with the default filled in."""
        return Path(self.keys_dir).expanduser().resolve() if self.keys_dir else self.data_dir / "keys"

    @property
    def url(self) -> str:
        """The database URL with the default filled in and ``postgresql`` bound to the psycopg driver."""
        if not self.database_url:
            return f"sqlite:///{self.data_dir / 'canteen.db'}"
        for plain in ("postgresql://", "postgres://"):
            if self.database_url.startswith(plain):
                return "postgresql+psycopg://" + self.database_url.removeprefix(plain)
        return self.database_url


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; ``SettingError`` names the variable that is wrong and what is allowed."""
    found: dict[str, object] = {}
    for field in fields(Settings):
        name = f"CANTEEN_{field.name.upper()}"
        text = environ.get(name, "").strip()
        if text:
            found[field.name] = _parse(name, text, field.default)
    settings = Settings(**found)  # type: ignore[arg-type]
    for name, allowed in (("env", ("production", "demo", "test")), ("language", ("zh", "en"))):
        if (given := getattr(settings, name)) not in allowed:
            raise SettingError(f"CANTEEN_{name.upper()}={given}: allowed are {', '.join(allowed)}")
    _ = settings.must_use_second_step  # read once here, so that a wrong word is told at the start
    return settings


def _parse(name: str, text: str, default: object) -> object:
    if isinstance(default, bool):
        if text not in ("0", "1"):
            raise SettingError(f"{name}={text}: allowed are 0, 1")
        return text == "1"
    if isinstance(default, int):
        if not text.isdigit():
            raise SettingError(f"{name}={text}: a whole number is needed")
        return int(text)
    if isinstance(default, Path):
        return Path(text).expanduser().resolve()
    return text
