"""Printers attached to this machine: device files through a pseudo-terminal, the rest through drivers that stand in for
pyusb, pyserial, pycups and pywin32, which are not installed here. What stands between is python-escpos itself."""

from __future__ import annotations

import gc
import os
import select
import sys
import threading
import types
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from canteen.printing.sending.address import Address, File, Limits, Serial, Spooler, Usb
from canteen.printing.sending.transport import BROKEN, NO_ANSWER, PRINTED, SENT, open_link
from canteen.printing.sending.wires import NotReady, Outcome
from tests.printing.fake_printer import HURRIED

FENCED = b"\x1b@\x1c&\xcd\xf5\n\x1bd\x04\x1dr\x01"
PLAIN = FENCED[:-3]
LIMITS = Limits((), (), ("/dev/",))


def send(address: Address, job: bytes, *, answers: bool = True, patience: Any = HURRIED) -> Outcome:
    with open_link(address, answers=answers, limits=LIMITS, patience=patience) as link:
        return link.send(job)


class Answering:
    """The other end of a device: collects a job, answers questions and the fence."""

    def __init__(self) -> None:
        self.job = b""
        self.status = 0x12
        self.answers_fence = True

    def hear(self, data: bytes) -> bytes:
        """What it says to these bytes."""
        self.job += data
        said = b""
        while (place := self.job.find(b"\x10\x04")) >= 0:
            said += bytes([self.status])
            self.job = self.job[:place] + self.job[place + 3 :]
        if self.job.endswith(b"\x1dr\x01") and self.answers_fence:
            said += b"\x00"
        return said


# Device files


@pytest.fixture
def terminal() -> Iterator[tuple[str, Answering]]:
    """A character device with a printer behind it."""
    ours, theirs = os.openpty()
    printer, stop = Answering(), threading.Event()

    def serve() -> None:
        while not stop.is_set():
            ready, _, _ = select.select([ours], [], [], 0.01)
            if ready:
                os.write(ours, printer.hear(os.read(ours, 4096)))

    thread = threading.Thread(target=serve)
    thread.start()
    yield os.ttyname(theirs), printer
    stop.set()
    thread.join()
    os.close(ours)
    os.close(theirs)


def test_a_device_file_that_answers(terminal: tuple[str, Answering]) -> None:
    path, printer = terminal

    assert send(File(path), FENCED) == PRINTED
    assert printer.job == FENCED


def test_a_device_file_without_answers(terminal: tuple[str, Answering]) -> None:
    path, printer = terminal
    printer.answers_fence = False

    assert send(File(path), PLAIN, answers=False) == SENT
    assert send(File(path), FENCED) == NO_ANSWER


def test_a_device_file_that_needs_a_hand(terminal: tuple[str, Answering]) -> None:
    path, printer = terminal
    printer.status = 0x12 | 0x60

    with pytest.raises(NotReady, match="缺纸") as held:
        send(File(path), FENCED)
    assert held.value.is_hold and printer.job == b""


def test_a_printer_that_takes_no_more_is_not_waited_for_for_ever() -> None:
    ours, theirs = os.openpty()
    try:
        job = b"-" * 1_000_000
        assert send(File(os.ttyname(theirs)), job, answers=False, patience=replace(HURRIED, job_s=0.05)) == BROKEN
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_plain_file_is_never_written_to(tmp_path: Path) -> None:
    file = tmp_path / "books.db"
    file.write_bytes(b"the books")

    with pytest.raises(NotReady, match="不是打印机"):
        send(File(str(file)), PLAIN, answers=False)
    with pytest.raises(NotReady, match="打不开"):
        send(File(str(tmp_path / "lp9")), PLAIN, answers=False)

    assert file.read_bytes() == b"the books"
    assert not (tmp_path / "lp9").exists()


# Drivers


@pytest.fixture
def drivers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Puts stand-ins for driver packages where python-escpos looks for them."""

    def forget() -> None:
        for name in [name for name in sys.modules if name.startswith("escpos.printer")]:
            del sys.modules[name]

    def install(**modules: types.ModuleType) -> None:
        forget()
        for name, module in modules.items():
            monkeypatch.setitem(sys.modules, name.replace("_", "."), module)

    yield install
    forget()


@pytest.mark.parametrize(
    ("address", "package"),
    [
        (Usb(0x0416, 0x5011), "pyusb"),
        (Serial("/dev/ttyUSB0"), "pyserial"),
        (Spooler("cups", "POS58"), "pycups"),
        (Spooler("win32", "POS58"), "pywin32"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_a_missing_driver_says_what_to_install(address: Address, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("usb", "usb.core", "serial", "cups", "win32print"):
        monkeypatch.setitem(sys.modules, name, None)

    with pytest.raises(NotReady, match=f"pip install {package}") as missing:
        send(address, FENCED)
    assert not missing.value.is_hold


class FakePort:
    """A serial port of pyserial."""

    printer: Answering
    closed = 0

    def __init__(self, **settings: Any) -> None:
        self.settings = settings
        self.said = b""
        self.out_waiting = 0
        self.is_open = True
        type(self).last = self  # type: ignore[attr-defined]

    def write(self, data: bytes) -> int:
        self.said += self.printer.hear(bytes(data))
        return len(data)

    def read(self, most: int) -> bytes:
        taken, self.said = self.said[:most], self.said[most:]
        return taken

    def reset_input_buffer(self) -> None:
        self.said = b""

    def reset_output_buffer(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        type(self).closed += 1

    def flush(self) -> None:
        raise AssertionError("waits for the printer for ever")


def serial_driver(printer: Answering) -> types.ModuleType:
    module = types.ModuleType("serial")
    module.PARITY_NONE, module.STOPBITS_ONE = "N", 1  # type: ignore[attr-defined]
    module.SerialException = OSError  # type: ignore[attr-defined]
    module.Serial = type("Serial", (FakePort,), {"printer": printer})  # type: ignore[attr-defined]
    return module


def test_a_serial_printer(drivers: Callable[..., None]) -> None:
    printer = Answering()
    driver = serial_driver(printer)
    drivers(serial=driver)

    assert send(Serial("COM3", 19200, "none"), FENCED) == PRINTED

    port = driver.Serial.last
    assert (port.settings["port"], port.settings["baudrate"], port.settings["dsrdtr"]) == ("COM3", 19200, False)
    assert (printer.job, driver.Serial.closed) == (FENCED, 1)


@pytest.mark.parametrize("flow", ["none", "rtscts", "dsrdtr", "xonxoff"])
def test_who_says_wait_at_a_serial_port(drivers: Callable[..., None], flow: str) -> None:
    driver = serial_driver(Answering())
    drivers(serial=driver)

    assert send(Serial("COM3", 115200, flow), FENCED) == PRINTED

    port = driver.Serial.last
    set_up = {"rtscts": port.rtscts, "dsrdtr": port.settings["dsrdtr"], "xonxoff": port.settings["xonxoff"]}
    assert [name for name, is_on in set_up.items() if is_on] == [flow] * (flow != "none")
    assert port.settings["baudrate"] == 115200 and 0 < port.settings["timeout"] < 0.1
    assert 0.01 < port.write_timeout <= HURRIED.job_s


def test_a_port_is_not_closed_before_its_last_byte_has_left(drivers: Callable[..., None]) -> None:
    driver = serial_driver(Answering())
    left = [3, 2, 1, 0]
    driver.Serial.out_waiting = property(lambda _self: left.pop(0), lambda _self, _value: None)
    drivers(serial=driver)

    assert send(Serial("COM3"), PLAIN, answers=False) == SENT
    assert left == []

    driver.Serial.out_waiting = property(lambda _self: 1, lambda _self, _value: None)
    assert send(Serial("COM3"), PLAIN, answers=False, patience=replace(HURRIED, job_s=0.05)) == BROKEN


def test_a_serial_printer_that_is_silent(drivers: Callable[..., None]) -> None:
    printer = Answering()
    driver = serial_driver(printer)
    driver.Serial.read = lambda _self, _most: b""
    drivers(serial=driver)

    with pytest.raises(NotReady, match="没有回答"):
        send(Serial("COM3"), FENCED)
    assert send(Serial("COM3"), PLAIN, answers=False) == SENT


class USBTimeoutError(OSError):
    """pyusb's own."""


def usb_driver(
    printer: Answering, *, is_there: bool = True, points: set[int] | None = None
) -> dict[str, types.ModuleType]:
    said: list[int] = []
    points = set() if points is None else points

    class Device:
        backend = types.SimpleNamespace(__module__="usb.backend.libusb1")

        def is_kernel_driver_active(self, _interface: int) -> bool:
            return False

        def set_configuration(self) -> None: ...

        def reset(self) -> None: ...

        def write(self, point: int, data: bytes, timeout: int) -> int:
            # 0 would be for ever; a whole job has as long as it may take.
            assert 0 < timeout <= 1000 * HURRIED.job_s
            assert timeout > 10, "a printer that takes a moment is given up"
            points.add(point)
            said.extend(printer.hear(bytes(data)))
            return len(data)

        def read(self, point: int, most: int) -> list[int]:
            points.add(point)
            if not said:
                raise USBTimeoutError(110, "Operation timed out")
            taken = said[:most]
            del said[:most]
            return taken

    usb, core, util = (types.ModuleType(name) for name in ("usb", "usb.core", "usb.util"))
    core.USBError = OSError  # type: ignore[attr-defined]
    core.Device = Device  # type: ignore[attr-defined]
    core.find = lambda **_asked: Device() if is_there else None  # type: ignore[attr-defined]
    util.dispose_resources = lambda _device: None  # type: ignore[attr-defined]
    usb.core, usb.util = core, util  # type: ignore[attr-defined]
    return {"usb": usb, "usb_core": core, "usb_util": util}


def test_a_usb_printer(drivers: Callable[..., None]) -> None:
    printer = Answering()
    drivers(**usb_driver(printer))

    assert send(Usb(0x0416, 0x5011), FENCED) == PRINTED
    assert printer.job == FENCED

    printer.answers_fence = False
    assert send(Usb(0x0416, 0x5011), FENCED) == NO_ANSWER


@pytest.mark.parametrize(
    ("address", "points"), [(Usb(0x0416, 0x5011), {0x01, 0x82}), (Usb(0x0416, 0x5011, 0x03, 0x84), {0x03, 0x84})]
)
def test_a_usb_printer_is_talked_to_on_its_own_end_points(
    drivers: Callable[..., None], address: Usb, points: set[int]
) -> None:
    printer, used = Answering(), set[int]()
    drivers(**usb_driver(printer, points=used))

    assert send(address, FENCED) == PRINTED
    assert used == points


def test_a_usb_printer_that_is_not_there(drivers: Callable[..., None]) -> None:
    drivers(**usb_driver(Answering(), is_there=False))

    with pytest.raises(NotReady, match="找不到打印机"):
        send(Usb(0x0416, 0x5011), FENCED)


def cups_driver(queued: list[tuple[str, bytes, dict[str, str]]], *, is_broken: bool = False) -> types.ModuleType:
    class Connection:
        def getPrinters(self) -> dict[str, object]:
            return {"POS58": {}}

        def printFile(self, name: str, path: str, _title: str, options: dict[str, str]) -> None:
            if is_broken:
                raise RuntimeError("the scheduler is not running")
            queued.append((name, Path(path).read_bytes(), options))

    module = types.ModuleType("cups")
    for name, value in {
        "Connection": Connection,
        "CUPS_FORMAT_RAW": "application/vnd.cups-raw",
        "getServer": lambda: "localhost",
        "getPort": lambda: 631,
        "setServer": lambda _host: None,
        "setPort": lambda _port: None,
    }.items():
        setattr(module, name, value)
    return module


def test_a_queue_of_cups_takes_the_bytes_as_they_are(drivers: Callable[..., None]) -> None:
    queued: list[tuple[str, bytes, dict[str, str]]] = []
    drivers(cups=cups_driver(queued))

    assert send(Spooler("cups", "POS58"), PLAIN, answers=False) == SENT
    assert queued == [("POS58", PLAIN, {"document-format": "application/vnd.cups-raw"})]
    with pytest.raises(NotReady, match="找不到打印机"):
        send(Spooler("cups", "other"), PLAIN, answers=False)
    with open_link(Spooler("cups", "POS58"), answers=False, limits=LIMITS, patience=HURRIED):
        """Opened, and not used: a job that was cancelled meanwhile."""
    assert len(queued) == 1


def test_a_queue_that_fails_leaves_the_job_uncertain(drivers: Callable[..., None]) -> None:
    queued: list[tuple[str, bytes, dict[str, str]]] = []
    driver = cups_driver(queued, is_broken=True)
    drivers(cups=driver)

    assert send(Spooler("cups", "POS58"), PLAIN, answers=False) == BROKEN

    driver.Connection.printFile = lambda _self, *given: queued.append(given)
    gc.collect()  # python-escpos would send it now
    assert queued == []


def test_a_queue_of_windows(drivers: Callable[..., None]) -> None:
    written: list[bytes] = []
    win32, types_module = types.ModuleType("win32print"), types.ModuleType("pywintypes")
    types_module.error = OSError  # type: ignore[attr-defined]
    for name, value in {
        "PRINTER_ENUM_NAME": 8,
        "EnumPrinters": lambda *_: [{"pPrinterName": "POS58"}],
        "OpenPrinter": lambda _name: 7,
        "StartDocPrinter": lambda *_: 1,
        "StartPagePrinter": lambda _h: None,
        "EndPagePrinter": lambda _h: None,
        "EndDocPrinter": lambda _h: None,
        "ClosePrinter": lambda _h: None,
        "WritePrinter": lambda _handle, data: written.append(data),
    }.items():
        setattr(win32, name, value)
    drivers(win32print=win32, pywintypes=types_module)

    assert send(Spooler("win32", "POS58"), PLAIN, answers=False) == SENT
    assert written == [PLAIN]


def test_the_serving_process_loads_no_driver() -> None:
    """python-escpos costs 0.4 s and 30 MiB; only the process that prints to a driver pays for it."""
    import subprocess

    code = "import canteen.printing.sending.worker, canteen.printing.views, sys; print(any('escpos' in n for n in sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "False"
