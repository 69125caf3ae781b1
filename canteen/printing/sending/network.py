"""Network printers (raw TCP, usually port 9100).

Connections are closed as the CUPS socket backend does: everything sent, our side shut down, read until the printer
closes. Closing with unread bytes in the socket would make the system reset the connection, and the end of the paper
would be lost.
"""

import socket
import time
from contextlib import suppress

from canteen.printing.sending.address import Limits, Tcp
from canteen.printing.sending.wires import NOT_ALLOWED, NotReady, Patience, Wire


def connect(address: Tcp, limits: Limits, patience: Patience) -> Wire:
    """Resolve, look at what came out, and connect to exactly that. Raises ``NotReady``."""
    if not limits.allow_port(address.port):
        raise NotReady("打印机端口不在允许的范围内")
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotReady("打印机名字查不到地址") from error
    allowed = [place for place in found if limits.allow_host(str(place[4][0]).partition("%")[0])]
    if not allowed:
        raise NotReady(NOT_ALLOWED)
    family, kind, protocol, _, place = allowed[0]
    connection = socket.socket(family, kind, protocol)
    try:
        connection.settimeout(patience.connect_s)
        connection.connect(place)
    except OSError as error:
        connection.close()
        raise NotReady("连不上打印机,请检查电源和网线") from error
    return _TcpWire(connection)


class _TcpWire(Wire):
    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._deadline = 0.0

    def write(self, data: bytes, deadline: float) -> None:
        self._wait_until(deadline)
        self.connection.sendall(data)

    def read(self, deadline: float) -> bytes:
        self._wait_until(deadline)
        found = self.connection.recv(256)
        if not found:
            raise ConnectionAbortedError
        return found

    def _wait_until(self, deadline: float) -> None:
        """Each wait ends by the deadline, or at worst, when bytes came late, after as long again."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if deadline != self._deadline:  # a call of the system, and the other threads' turn: not for every byte
            self.connection.settimeout(left)
            self._deadline = deadline

    def end(self, deadline: float) -> None:
        self.connection.shutdown(socket.SHUT_WR)

    def rest(self, deadline: float) -> None:
        """Until the printer closes, so that our close is not a reset."""
        with suppress(OSError):
            while True:
                self.read(deadline)

    def close(self) -> None:
        self.connection.close()
