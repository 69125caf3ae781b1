"""Which addresses a printer may have."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from canteen.config import SettingError, Settings
from canteen.errors import BadInput
from canteen.printing.address import Limits, Screen, Tcp, parse_address

LIMITS = Limits.of(Settings())


@pytest.mark.parametrize(
    ("text", "address"),
    [
        pytest.param("tcp://192.168.1.50:9100", Tcp("192.168.1.50", 9100), id="private IPv4"),
        pytest.param(" tcp://10.0.0.7:9109 ", Tcp("10.0.0.7", 9109), id="spaces around"),
        pytest.param("tcp://[fd00::7]:9100", Tcp("fd00::7", 9100), id="private IPv6"),
        pytest.param("tcp://[::ffff:192.168.1.50]:9100", Tcp("::ffff:192.168.1.50", 9100), id="IPv4 inside IPv6"),
        pytest.param("tcp://printer-1.lan:9100", Tcp("printer-1.lan", 9100), id="a name is looked at later"),
        pytest.param("screen://柜台", Screen("柜台"), id="on screen"),
    ],
)
def test_address(text: str, address: object) -> None:
    assert parse_address(text, LIMITS) == address


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("tcp://8.8.8.8:9100", id="public address"),
        pytest.param("tcp://[2001:db8::1]:9100", id="public IPv6"),
        pytest.param("tcp://[::ffff:8.8.8.8]:9100", id="public IPv4 inside IPv6"),
        pytest.param("tcp://169.254.169.254:9100", id="link-local"),
        pytest.param("tcp://192.168.1.50:22", id="not a printer's port"),
        pytest.param("tcp://192.168.1.50:65536", id="no port at all"),
        pytest.param("tcp://[nonsense]:9100", id="not IPv6"),
        pytest.param("tcp://[:::]:9100", id="not IPv6 either"),
        pytest.param("tcp://192.168.1.50", id="no port"),
        pytest.param("tcp://user@192.168.1.50:9100", id="with a user"),
        pytest.param("http://192.168.1.50:9100", id="another protocol"),
        pytest.param("file:///dev/usb/lp0", id="file"),
        pytest.param("screen://", id="no name"),
        pytest.param("", id="nothing"),
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_address(text, LIMITS)

    assert refused.value.field == "address"


def test_limits_of_settings() -> None:
    limits = Limits.of(Settings(printer_networks="192.168.7.0/24, fd00::/8", printer_ports="9100, 9200-9201"))

    assert limits.networks == (ip_network("192.168.7.0/24"), ip_network("fd00::/8"))
    assert [port for port in range(9000, 9300) if limits.allow_port(port)] == [9100, 9200, 9201]
    assert limits.allow_host("192.168.7.9") and not limits.allow_host("192.168.8.9")


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (Settings(printer_networks="192.168.1.0/99"), "CANTEEN_PRINTER_NETWORKS"),
        (Settings(printer_ports="abc"), "CANTEEN_PRINTER_PORTS"),
        (Settings(printer_ports="9109-9100"), "CANTEEN_PRINTER_PORTS"),
        (Settings(printer_ports="0-70000"), "CANTEEN_PRINTER_PORTS"),
    ],
)
def test_a_wrong_setting_is_named(settings: Settings, named: str) -> None:
    with pytest.raises(SettingError, match=named):
        Limits.of(settings)
