"""Where a printer is: reading its address, and refusing addresses that are no printer's.

Without the limits a "test page" would be a way to knock on any port of any machine the server can reach, and a device
file a way to write over any file.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from canteen.base.config import SettingError, Settings
from canteen.base.errors import BadInput

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_TCP = re.compile(r"tcp://(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})")
_USB = re.compile(r"usb://([0-9A-Fa-f]{4}):([0-9A-Fa-f]{4})(?:\?(.*))?")
_SERIAL = re.compile(r"serial://(COM[0-9]{1,3}|/[^?]+)(?:\?(.*))?")
_FILE = re.compile(r"file://(/.+)")
#: Names of queues as CUPS and Windows allow them; a backslash would be a printer of another machine.
_SPOOLER = re.compile(r"(cups|win32)://([^\x00-\x1f\x7f/#\\,!?]{1,100})")
_SCREEN = re.compile(r"screen://([\w-]{1,40})")
_OPTION = re.compile(r"([a-z]+)=([A-Za-z0-9]+)")
#: Speeds serial printers are sold with, and ways to say "wait".
BAUDS = (2400, 4800, 9600, 19200, 38400, 57600, 115200)
FLOWS = ("none", "rtscts", "dsrdtr", "xonxoff")
#: How an address is written, for each way; said when one cannot be understood.
EXAMPLES = (
    "tcp://192.168.1.50:9100",
    "usb://0416:5011",
    "serial:///dev/ttyUSB0?baud=9600",
    "serial://COM3?baud=9600",
    "file:///dev/usb/lp0",
    "cups://POS58",
    "win32://POS58",
    "screen://柜台",
)


@dataclass(frozen=True, slots=True)
class Tcp:
    """A printer in the network, taking raw bytes."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Usb:
    """A printer at this machine's USB, by maker and model, with the end points it talks on."""

    vendor: int
    product: int
    out_point: int = 0x01
    in_point: int = 0x82


@dataclass(frozen=True, slots=True)
class Serial:
    """A printer at a serial port."""

    port: str
    baud: int = 9600
    #: Who says "wait": one of ``FLOWS``.
    flow: str = "dsrdtr"


@dataclass(frozen=True, slots=True)
class File:
    """A printer that is a device file, as the system's own driver offers it."""

    path: str


@dataclass(frozen=True, slots=True)
class Spooler:
    """A queue of this machine's print system that passes bytes on as they are: ``cups`` or ``win32``."""

    system: str
    name: str


@dataclass(frozen=True, slots=True)
class Screen:
    """A printer that is only a picture on screen."""

    name: str


Address = Tcp | Usb | Serial | File | Spooler | Screen


@dataclass(frozen=True, slots=True)
class Limits:
    """The networks, ports and device files a printer may be; the rest of the world is out of reach."""

    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
    ports: tuple[range, ...]
    #: Beginnings of device names: ``/dev/usb/lp``, ``COM``.
    devices: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """From the settings ``printer_…``; ``SettingError`` names the one that is wrong."""
        try:
            networks = tuple(ipaddress.ip_network(word) for word in _words(settings.printer_networks))
        except ValueError as error:
            raise SettingError(f"CANTEEN_PRINTER_NETWORKS: {error}") from error
        try:
            ports = tuple(_range(word) for word in _words(settings.printer_ports))
        except ValueError as error:
            raise SettingError(f"CANTEEN_PRINTER_PORTS={settings.printer_ports}: allowed are 9100,9101-9109") from error
        devices = tuple(_words(settings.printer_devices))
        if wrong := [word for word in devices if word != "COM" and not word.startswith("/dev/")]:
            raise SettingError(f"CANTEEN_PRINTER_DEVICES={wrong[0]}: allowed are COM and beginnings like /dev/usb/lp")
        return cls(networks, ports, devices)

    def allow_port(self, port: int) -> bool:
        return any(port in allowed for allowed in self.ports)

    def allow_host(self, host: str) -> bool:
        """Whether an IP address (already resolved) is in one of the networks."""
        address: IPAddress = ipaddress.ip_address(host)
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return any(address in network for network in self.networks)

    def allow_device(self, path: str) -> bool:
        """Whether a device may be written to: it begins as allowed, and the rest is one plain name."""
        return any(
            path.startswith(start) and re.fullmatch(r"[A-Za-z0-9_.:+-]*", path.removeprefix(start)) and ".." not in path
            for start in self.devices
        )


def parse_address(text: str, limits: Limits) -> Address:
    """Read an address as in ``EXAMPLES``; ``BadInput`` says what is wrong.

    A host given by name is let through here and looked at when it is resolved (``transport``).
    """
    text = text.strip()
    if found := _SCREEN.fullmatch(text):
        return Screen(found[1])
    if found := _SPOOLER.fullmatch(text):
        return Spooler(found[1], found[2])
    if found := _USB.fullmatch(text):
        points = _options(found[3], text, out=_end_point, **{"in": _end_point})
        return Usb(int(found[1], 16), int(found[2], 16), points.get("out", 0x01), points.get("in", 0x82))
    if found := _SERIAL.fullmatch(text):
        given = _options(found[2], text, baud=_baud, flow=_flow)
        return Serial(_device(found[1], limits), given.get("baud", 9600), given.get("flow", "dsrdtr"))
    if found := _FILE.fullmatch(text):
        return File(_device(found[1], limits))
    return _tcp(text, limits)


def _tcp(text: str, limits: Limits) -> Tcp:
    found = _TCP.fullmatch(text)
    if not found or (found[1] and not _is_ip(found[1])):
        raise _not_understood(text)
    host, port = found[1] or found[2], int(found[3])
    if not limits.allow_port(port):
        allowed = _shown(limits.ports)
        raise BadInput("端口 %(port)s 不是打印机端口,允许:%(allowed)s", field="address", port=port, allowed=allowed)
    if _is_ip(host) and not limits.allow_host(host):
        raise BadInput("地址 %(host)s 不在打印机网段内", field="address", host=host)
    return Tcp(host, port)


def _not_understood(text: str) -> BadInput:
    way, _, _ = text.partition("://")
    example = next((example for example in EXAMPLES if example.startswith(f"{way}://")), EXAMPLES[0])
    return BadInput(
        "打印机地址「%(given)s」看不懂,请写成 %(example)s", field="address", given=text[:60], example=example
    )


def _device(path: str, limits: Limits) -> str:
    if not limits.allow_device(path):
        allowed = ", ".join(limits.devices) or "–"
        raise BadInput(
            "设备 %(path)s 不在允许的范围内,允许:%(allowed)s", field="address", path=path[:60], allowed=allowed
        )
    return path


def _options(text: str | None, address: str, **known: Callable[[str], Any]) -> dict[str, Any]:
    """``baud=9600&flow=none`` -> values; each name once, and no other than the known ones."""
    given: dict[str, Any] = {}
    for part in text.split("&") if text else ():
        found = _OPTION.fullmatch(part)
        if not found or found[1] not in known or found[1] in given:
            raise _not_understood(address)
        given[found[1]] = known[found[1]](found[2])
    return given


def _baud(text: str) -> int:
    allowed = ", ".join(map(str, BAUDS))
    if text not in map(str, BAUDS):
        raise BadInput("串口速度 %(baud)s 不对,只能是 %(allowed)s", field="address", baud=text, allowed=allowed)
    return int(text)


def _flow(text: str) -> str:
    if text not in FLOWS:
        allowed = ", ".join(FLOWS)
        raise BadInput("串口流控 %(flow)s 不对,只能是 %(allowed)s", field="address", flow=text, allowed=allowed)
    return text


def _end_point(text: str) -> int:
    if not re.fullmatch(r"[08][0-9A-Fa-f]", text):
        raise BadInput("USB 端点 %(point)s 不对,例如 01 或 82", field="address", point=text)
    return int(text, 16)


def can_answer(text: str) -> bool:
    """Whether a printer at this address can be asked anything: queues of a print system only take."""
    return not text.strip().startswith(("cups://", "win32://"))


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
