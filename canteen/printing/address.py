"""Where a printer is: reading its address, and refusing addresses outside the printers' network.

Without the limit a "test page" would be a way to knock on any port of any machine the server can reach.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from canteen.config import SettingError, Settings
from canteen.errors import BadInput

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_TCP = re.compile(r"tcp://(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})")
_SCREEN = re.compile(r"screen://([\w-]{1,40})")


@dataclass(frozen=True, slots=True)
class Tcp:
    """A printer in the network, taking raw bytes."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Screen:
    """A printer that is only a picture on screen."""

    name: str


Address = Tcp | Screen


@dataclass(frozen=True, slots=True)
class Limits:
    """The networks and ports a printer may be in; the rest of the world is out of reach."""

    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
    ports: tuple[range, ...]

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """From ``printer_networks`` and ``printer_ports``; ``SettingError`` names the one that is wrong."""
        try:
            networks = tuple(ipaddress.ip_network(word) for word in _words(settings.printer_networks))
        except ValueError as error:
            raise SettingError(f"CANTEEN_PRINTER_NETWORKS: {error}") from error
        try:
            ports = tuple(_range(word) for word in _words(settings.printer_ports))
        except ValueError as error:
            raise SettingError(f"CANTEEN_PRINTER_PORTS={settings.printer_ports}: allowed are 9100,9101-9109") from error
        return cls(networks, ports)

    def allow_port(self, port: int) -> bool:
        return any(port in allowed for allowed in self.ports)

    def allow_host(self, host: str) -> bool:
        """Whether an IP address (already resolved) is in one of the networks."""
        address: IPAddress = ipaddress.ip_address(host)
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return any(address in network for network in self.networks)


def parse_address(text: str, limits: Limits) -> Address:
    """Read ``tcp://HOST:PORT`` or ``screen://NAME``; ``BadInput`` says what is wrong.

    A host given by name is let through here and looked at when it is resolved (``transport``).
    """
    text = text.strip()
    if found := _SCREEN.fullmatch(text):
        return Screen(found[1])
    found = _TCP.fullmatch(text)
    if not found or (found[1] and not _is_ip(found[1])):
        raise BadInput("打印机地址「%(given)s」看不懂,请写成 tcp://192.168.1.50:9100", field="address", given=text)
    host, port = found[1] or found[2], int(found[3])
    if not limits.allow_port(port):
        raise BadInput(
            "端口 %(port)s 不是打印机端口,允许:%(allowed)s", field="address", port=port, allowed=_shown(limits.ports)
        )
    if _is_ip(host) and not limits.allow_host(host):
        raise BadInput("地址 %(host)s 不在打印机网段内", field="address", host=host)
    return Tcp(host, port)


def is_on_screen(text: str) -> bool:
    """Whether an address is of an on-screen printer."""
    return _SCREEN.fullmatch(text.strip()) is not None


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _words(text: str) -> Iterable[str]:
    return filter(None, (word.strip() for word in text.split(",")))


def _range(word: str) -> range:
    first, _, last = word.partition("-")
    found = range(int(first), int(last or first) + 1)
    if not found or found[0] < 1 or found[-1] > 65535:
        raise ValueError(word)
    return found


def _shown(ports: tuple[range, ...]) -> str:
    return ", ".join(str(allowed[0]) if len(allowed) == 1 else f"{allowed[0]}-{allowed[-1]}" for allowed in ports)
