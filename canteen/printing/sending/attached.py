"""Printers attached to this machine: device files, serial ports, USB, and the queues of its print system.

python-escpos carries the last four; it is imported here, on first use and only in the process that prints. Its own
``open`` and ``_raw`` are all that is used: one job is one ``_raw``. Every failure comes out as OSError or ``NotReady``,
whatever the driver raises. Device files are ours: python-escpos would make a missing file, and would wait for ever for
a printer without paper.
"""

import importlib
import os
import select
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from canteen.printing.sending.address import Address, File, Serial, Spooler, Usb
from canteen.printing.sending.wires import NotReady, Patience, Wire

#: Module a driver needs -> what to say when it is not there, and what to install.
DRIVERS = {
    "usb.core": "缺少 USB 驱动包,请安装:pip install pyusb(Linux 还要 libusb-1.0-0)",
    "serial": "缺少串口驱动包,请安装:pip install pyserial",
    "cups": "缺少 CUPS 驱动包,请安装:pip install pycups(需要 libcups2-dev)",
    "win32print": "缺少 Windows 打印驱动包,请安装:pip install pywin32",
}
_NOT_FOUND = "找不到打印机,请检查电源、数据线和地址"
#: Seconds between looks at a device that has nothing to say.
_LOOK_S = 0.02


def open_attached(address: Address, patience: Patience) -> Wire:
    """Open a device file, serial port or USB printer. Raises ``NotReady``."""
    match address:
        case File():
            return _FileWire(address)
        case Serial():
            return _SerialWire(address)
        case Usb():
            return _UsbWire(address, patience)
    raise AssertionError(address)


def _driver(needed: str, name: str) -> Any:
    """A class of python-escpos, or ``NotReady`` with what to install."""
    try:
        importlib.import_module(needed)
    except Exception as error:  # a driver without its system library fails in many ways
        raise NotReady(DRIVERS[needed]) from error
    return getattr(importlib.import_module("escpos.printer"), name)


@contextmanager
def _failing_as(kind: type[Exception], said: Callable[[Exception], Exception]) -> Iterator[None]:
    """Drivers have exceptions of their own; outside they are all of one kind."""
    try:
        yield
    except kind:
        raise
    except Exception as error:
        raise said(error) from error


#: Whatever goes wrong while a driver opens a printer: nothing was printed.
_opening = partial(_failing_as, NotReady, lambda _: NotReady(_NOT_FOUND))
_talking = partial(_failing_as, OSError, lambda error: OSError(str(error)))


def _forget(printer: Any) -> None:
    """python-escpos closes once more when an object is thrown away: a serial port would wait for its printer, and a
    queue would send a job that failed a second time, when nobody expects it."""
    printer._device = False


class _FileWire(Wire):
    """A character device that is there already: never a plain file, and never made."""

    def __init__(self, address: File) -> None:
        self.handle = self._open(address.path)

    @staticmethod
    def _open(path: str) -> int:
        extra = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
        for way in (os.O_RDWR, os.O_WRONLY):  # a one-way printer cannot be opened for reading
            try:
                handle = os.open(path, way | extra)
            except OSError:
                continue
            if not stat.S_ISCHR(os.fstat(handle).st_mode):
                os.close(handle)
                raise NotReady("这个设备文件不是打印机")
            if os.isatty(handle):  # a serial port as a file: its line feeds must stay what they are
                importlib.import_module("tty").setraw(handle)
            return handle
        raise NotReady("打不开设备文件,请检查数据线和权限")

    def write(self, data: bytes, deadline: float) -> None:
        left = memoryview(data)
        while left:
            _, ready, _ = select.select([], [self.handle], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError
            with suppress(BlockingIOError):
                left = left[os.write(self.handle, left) :]

    def read(self, deadline: float) -> bytes:
        while time.monotonic() < deadline:
            ready, _, _ = select.select([self.handle], [], [], max(0, deadline - time.monotonic()))
            if ready:
                with suppress(BlockingIOError):
                    if found := os.read(self.handle, 256):
                        return found
                time.sleep(_LOOK_S)  # "readable" without a byte: some drivers say so while nothing has come
        raise TimeoutError

    def close(self) -> None:
        os.close(self.handle)


class _DriverWire(Wire):
    """A printer through python-escpos and the driver beneath."""

    printer: Any

    def read(self, deadline: float) -> bytes:
        """What the driver's short read brings, asked again until the deadline."""
        while time.monotonic() < deadline:
            with _talking():
                try:
                    found = bytes(self.printer._read())
                except OSError as error:
                    if not _is_timeout(error):
                        raise
                    found = b""
            if found:
                return found
        raise TimeoutError


class _SerialWire(_DriverWire):
    """A serial port, by pyserial. ``close`` of python-escpos would wait for the printer."""

    def __init__(self, address: Serial) -> None:
        with _opening():
            self.printer = _driver("serial", "Serial")(
                devfile=address.port,
                baudrate=address.baud,
                timeout=_LOOK_S,
                xonxoff=address.flow == "xonxoff",
                dsrdtr=address.flow == "dsrdtr",
            )
            self.printer.open()
            self.printer.device.rtscts = address.flow == "rtscts"
            self.printer.device.reset_input_buffer()

    def write(self, data: bytes, deadline: float) -> None:
        with _talking():
            self.printer.device.write_timeout = max(0.01, deadline - time.monotonic())
            self.printer._raw(data)

    def end(self, deadline: float) -> None:
        """Until the last byte has left the port: what is still in its buffer would be thrown away at the end."""
        with _talking():
            while self.printer.device.out_waiting:
                if time.monotonic() > deadline:
                    raise TimeoutError
                time.sleep(_LOOK_S)

    def close(self) -> None:
        with suppress(Exception):
            self.printer.device.reset_output_buffer()
            self.printer.device.close()
        _forget(self.printer)


class _UsbWire(_DriverWire):
    """A USB printer, by pyusb, which talks to it without the system's driver."""

    def __init__(self, address: Usb, patience: Patience) -> None:
        with _opening():
            self.printer = _driver("usb.core", "Usb")(
                idVendor=address.vendor,
                idProduct=address.product,
                in_ep=address.in_point,
                out_ep=address.out_point,
                timeout=int(patience.job_s * 1000),
            )
            self.printer.open()

    def write(self, data: bytes, deadline: float) -> None:
        with _talking():
            self.printer.timeout = max(1, int((deadline - time.monotonic()) * 1000))  # 0 would be for ever
            self.printer._raw(data)

    def close(self) -> None:
        with suppress(Exception):
            self.printer.close()
        _forget(self.printer)


def _is_timeout(error: OSError) -> bool:
    """Nothing has come yet: pyusb's own timeout, or the error numbers that mean one."""
    return isinstance(error, TimeoutError) or "timeout" in type(error).__name__.lower() or error.errno in (110, 10060)


class Spool:
    """A queue of this machine's print system, open for one raw job."""

    def __init__(self, address: Spooler) -> None:
        """Raises ``NotReady``."""
        needed, name = ("cups", "CupsPrinter") if address.system == "cups" else ("win32print", "Win32Raw")
        with _opening():
            self.printer = _driver(needed, name)(address.name)
            self.printer.open(job_name="canteen")

    def put(self, job: bytes) -> None:
        """Hand over the job; closing is what queues it. Raises OSError."""
        with _talking():
            self.printer._raw(job)
            self.printer.close()

    def close(self) -> None:
        """Without a job nothing is queued, and one that failed is not tried again."""
        self.printer.pending_job = False
        with suppress(Exception):
            self.printer.close()
        _forget(self.printer)
