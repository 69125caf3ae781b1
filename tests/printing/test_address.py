"""Which addresses a printer may have."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from canteen.base.config import SettingError, Settings
from canteen.base.errors import BadInput
from canteen.printing.sending.address import (
    EXAMPLES,
    File,
    Limits,
    Screen,
    Serial,
    Spooler,
    Tcp,
    Usb,
    can_answer,
    is_on_screen,
    parse_address,
)
from tests.told import told_where

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
        pytest.param("usb://0416:5011", Usb(0x0416, 0x5011), id="USB"),
        pytest.param("usb://04b8:0E15?out=03&in=81", Usb(0x04B8, 0x0E15, 0x03, 0x81), id="USB with end points"),
        pytest.param("serial:///dev/ttyUSB0", Serial("/dev/ttyUSB0"), id="serial"),
        pytest.param("serial://COM3?baud=19200&flow=none", Serial("COM3", 19200, "none"), id="serial on Windows"),
        pytest.param(
            "serial:///dev/serial/by-id/usb-Prolific_1.0-if00",
            Serial("/dev/serial/by-id/usb-Prolific_1.0-if00"),
            id="serial by name",
        ),
        pytest.param("file:///dev/usb/lp0", File("/dev/usb/lp0"), id="device file"),
        pytest.param("cups://POS-58 前台", Spooler("cups", "POS-58 前台"), id="CUPS"),
        pytest.param("win32://POS58 Printer", Spooler("win32", "POS58 Printer"), id="Windows"),
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
        pytest.param("file:///etc/passwd", id="a file that is no device"),
        pytest.param("file:///dev/usb/../sda", id="a device behind another"),
        pytest.param("file:///dev/usb/lp/../../sda", id="a path behind another"),
        pytest.param("file:///dev/serial/by-id/..", id="the folder above"),
        pytest.param("file:///dev/sda", id="a disk"),
        pytest.param("file://dev/usb/lp0", id="not from the root"),
        pytest.param("file:///dev/usb/lp0\nx", id="a line break"),
        pytest.param("serial:///dev/sda", id="a disk as a port"),
        pytest.param("serial://COM3?baud=12345", id="a speed nobody uses"),
        pytest.param("serial://COM3?baud=9600&baud=9600", id="twice the speed"),
        pytest.param("serial://COM3?flow=maybe", id="an unknown flow control"),
        pytest.param("serial://COM3?parity=even", id="an unknown option"),
        pytest.param("serial://COM1234", id="no such port"),
        pytest.param("usb://0416", id="only the maker"),
        pytest.param("usb://0416:501g", id="not hexadecimal"),
        pytest.param("usb://0416:5011?out=ff", id="no end point"),
        pytest.param(r"win32://\\\\server\\POS58", id="a printer of another machine"),
        pytest.param("cups://a/b", id="a path as a queue"),
        pytest.param("cups://", id="no queue"),
        pytest.param("lpt://LPT1", id="an unknown way"),
        pytest.param("screen://", id="no name"),
        pytest.param("", id="nothing"),
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_address(text, LIMITS)

    assert refused.value.field == "address"


def test_what_is_not_understood_is_told_with_its_first_sixty_signs() -> None:
    with pytest.raises(BadInput) as refused:
        parse_address("lpt://" + "x" * 55, LIMITS)

    assert refused.value.fields["given"] == "lpt://" + "x" * 54


TCP, SERIAL = "tcp://192.168.1.50:9100", "serial:///dev/ttyUSB0?baud=9600"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lpt://LPT1", f"打印机地址「lpt://LPT1」看不懂,请写成 {TCP}"),
        ("serial://COM1234", f"打印机地址「serial://COM1234」看不懂,请写成 {SERIAL}"),
        ("serial://COM3?parity=even", f"打印机地址「serial://COM3?parity=even」看不懂,请写成 {SERIAL}"),
        ("serial://COM3?baud=12345", "串口速度 12345 不对,只能是 2400, 4800, 9600, 19200, 38400, 57600, 115200"),
        ("serial://COM3?flow=maybe", "串口流控 maybe 不对,只能是 none, rtscts, dsrdtr, xonxoff"),
        ("usb://0416:5011?out=ff", "USB 端点 ff 不对,例如 01 或 82"),
        ("tcp://10.0.0.1:22", "端口 22 不是打印机端口,允许:9100-9109"),
        ("tcp://8.8.8.8:9100", "地址 8.8.8.8 不在打印机网段内"),
        ("file:///dev/sda", f"设备 /dev/sda 不在允许的范围内,允许:{', '.join(LIMITS.devices)}"),
        (f"file:///dev/{'x' * 60}", f"设备 /dev/{'x' * 55} 不在允许的范围内,允许:{', '.join(LIMITS.devices)}"),
    ],
)
def test_what_is_wrong_with_an_address_is_said_with_what_is_right(text: str, said: str) -> None:
    told, next_step, field = told_where(lambda: parse_address(text, LIMITS))

    assert (told, next_step, field) == (said, "", "address")


def test_limits_are_named_as_they_were_set() -> None:
    narrow = Limits.of(Settings(printer_ports="9100,9200-9201", printer_devices=""))

    said, _, _ = told_where(lambda: parse_address("tcp://10.0.0.1:22", narrow))
    assert said == "端口 22 不是打印机端口,允许:9100, 9200-9201"
    said, _, _ = told_where(lambda: parse_address("serial://COM3", narrow))
    assert said == "设备 COM3 不在允许的范围内,允许:–"


@pytest.mark.parametrize("baud", [2400, 4800, 9600, 19200, 38400, 57600, 115200])
@pytest.mark.parametrize("flow", ["none", "rtscts", "dsrdtr", "xonxoff"])
def test_serial_printers_of_every_speed(baud: int, flow: str) -> None:
    assert parse_address(f"serial://COM3?baud={baud}&flow={flow}", LIMITS) == Serial("COM3", baud, flow)


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
        (Settings(printer_devices="/etc/"), "CANTEEN_PRINTER_DEVICES"),
        (Settings(printer_devices="/dev/usb/lp,LPT"), "CANTEEN_PRINTER_DEVICES"),
    ],
)
def test_a_wrong_setting_is_named(settings: Settings, named: str) -> None:
    with pytest.raises(SettingError, match=named):
        Limits.of(settings)


@pytest.mark.parametrize("text", EXAMPLES)
def test_what_is_given_as_an_example_can_be_typed(text: str) -> None:
    assert parse_address(text, LIMITS)


@pytest.mark.parametrize(
    ("text", "example"),
    [("usb://x", "usb://0416:5011"), ("file://", "file:///dev/usb/lp0"), ("x", "tcp://192.168.1.50:9100")],
)
def test_the_example_is_of_the_way_that_was_meant(text: str, example: str) -> None:
    with pytest.raises(BadInput, match=example):
        parse_address(text, LIMITS)


def test_a_site_that_allows_no_device_has_none() -> None:
    with pytest.raises(BadInput, match="不在允许的范围内"):
        parse_address("file:///dev/usb/lp0", Limits((), ()))


def test_queues_of_a_print_system_are_not_asked_anything() -> None:
    assert [can_answer(text) for text in EXAMPLES] == [True, True, True, True, True, False, False, True]
    assert [is_on_screen(f" {text} ") for text in EXAMPLES] == [*[False] * 7, True]
