"""The outbox against its floors: 1,000 tickets to four simulated printers.

*Raw* is the network alone: four threads that connect, send the same bytes, wait for the answer that stands behind them,
and close. *Noted* does the same and keeps the least of a promise: plain sqlite3 on a file with ``synchronous=FULL``,
one statement and one commit before each job and one after it, behind a lock. *Ours* is the real worker on such a file:
leases, the oldest jobs looked up and laid out, three status questions, the taking of each job on disk before its first
byte, and its outcome after its last. The printers live in a process of their own and do nothing but answer.

    python -m bench.printing_queue [--jobs 1000] [--rounds 3]
"""

from __future__ import annotations

import argparse
import multiprocessing
import selectors
import socket
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import func, select, update

from canteen import clock, create_app
from canteen.config import Settings
from canteen.counter.models import Serving
from canteen.db import Base, database, reading, transaction
from canteen.places.models import Area, Site
from canteen.printing import outbox
from canteen.printing.device import Device
from canteen.printing.facts import Share, TicketFacts
from canteen.printing.glyphs import draw_box
from canteen.printing.layouts import paper_bytes
from canteen.printing.models import IS_OPEN, JOB, Printer
from canteen.printing.worker import Worker

PRINTERS = 4
_FENCE = b"\x1dr\x01"
_FACTS = TicketFacts(
    site_name="枫林村助餐点", number="1121-017", day=clock.today(), slot_name="午餐", person_name="王秀兰",
    set_name="A套餐", dishes=("红烧肉", "青菜", "米饭"), way="堂食", price_fen=1200, own_fen=300,
    shares=(Share("政府补助", 600, "六类 每餐补6元"), Share("村集体", 300)), left_fen=3600, pay_way="扫码",
    served_at="11:42", staff_name="李梅", qr="S1-1121-017",
)  # fmt: skip


def printers(ready: Any, stalled: int) -> None:
    """Simulated printers on one thread: they read, answer DLE EOT and GS r, and close after their peer.

    The first ``stalled`` of them take every connection and then say nothing.
    """
    chosen = selectors.DefaultSelector()
    listeners = []
    for number in range(PRINTERS + stalled):
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        listener.setblocking(False)
        listeners.append(listener)
        chosen.register(listener, selectors.EVENT_READ, None if number < PRINTERS else "stalled")
    ready.send([listener.getsockname()[1] for listener in listeners])
    held = []
    while True:
        for key, _ in chosen.select():
            if key.fileobj in listeners:
                connection, _ = key.fileobj.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if key.data == "stalled":
                    held.append(connection)
                else:
                    chosen.register(connection, selectors.EVENT_READ)
                continue
            data = key.fileobj.recv(65536)
            if not data:
                chosen.unregister(key.fileobj)
                key.fileobj.close()
            elif len(data) == 3 and data[:2] == b"\x10\x04":
                key.fileobj.sendall(b"\x12")
            elif data.endswith(_FENCE):
                key.fileobj.sendall(b"\x00")


@contextmanager
def simulated(stalled: int = 0) -> Iterator[list[int]]:
    """Ports of four simulated printers, and of ``stalled`` more that never answer."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=printers, args=(theirs, stalled), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def raw_rate(ports: list[int], job: bytes, count: int) -> float:
    """Jobs a second of the floor."""

    def send(port: int) -> None:
        for _ in range(count // PRINTERS):
            with closing(socket.create_connection(("127.0.0.1", port))) as connection:
                connection.sendall(job)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(256):
                    pass

    return _side_by_side(send, ports[:PRINTERS], count)


def noted_rate(ports: list[int], job: bytes, count: int) -> float:
    """Jobs a second when each is noted on disk before and after it, with nothing else around it."""
    with tempfile.TemporaryDirectory() as folder:
        book = sqlite3.connect(Path(folder) / "book.db", isolation_level=None, check_same_thread=False)
        for line in ("pragma journal_mode=wal", "pragma synchronous=full", "create table job (id integer primary key, state text)"):
            book.execute(line)
        book.executemany("insert into job values (?, 'queued')", [(number,) for number in range(count)])
        lock = threading.Lock()

        def note(number: int, state: str) -> None:
            with lock:
                book.execute("begin immediate")
                book.execute("update job set state = ? where id = ?", (state, number))
                book.execute("commit")

        def send(first: int) -> None:
            for number in range(first, count, PRINTERS):
                with closing(socket.create_connection(("127.0.0.1", ports[first]))) as connection:
                    note(number, "sending")
                    connection.sendall(job)
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(256):
                        pass
                note(number, "printed")

        rate = _side_by_side(send, range(PRINTERS), count)
        book.close()
    return rate


def _side_by_side(send: Callable[[int], None], given: Iterable[int], count: int) -> float:
    threads = [threading.Thread(target=send, args=(one,)) for one in given]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return count / (time.perf_counter() - began)


def outbox_rate(ports: list[int], count: int) -> float:
    """Jobs a second from the first look to the last outcome on disk."""
    with tempfile.TemporaryDirectory() as folder, _application(Path(folder)) as app:
        _queue(ports, count)
        worker = Worker(app)
        began = time.perf_counter()
        worker.look()
        while _left() > len(ports) - PRINTERS:
            time.sleep(0.02)
        took = time.perf_counter() - began
        worker.end()
    return count / took


@contextmanager
def _application(folder: Path) -> Iterator[Flask]:
    settings = Settings(env="test", data_dir=folder, secret_key="k" * 40, printer_ports="1024-65535")
    app = create_app(settings)
    with app.app_context():
        Base.metadata.create_all(database.engine)
        yield app
        database.session.remove()
        database.engine.dispose()


def _queue(ports: list[int], count: int) -> None:
    now = clock.now()
    job_ids = []
    with transaction() as session:
        area = Area(name="金溪县", level="county", path="金溪县", settlement="")
        session.add(area)
        session.flush()
        site = Site(area_id=area.id, code="S1", name="枫林村助餐点", weekdays="1234567", opened_on=clock.today())
        session.add(site)
        session.flush()
        made = [
            Printer(site_id=site.id, name=f"{number}号", address=f"tcp://127.0.0.1:{port}")
            for number, port in enumerate(ports)
        ]
        session.add_all(made)
        session.flush()
        for number in range(count // PRINTERS * PRINTERS + len(made[PRINTERS:])):
            serving = Serving(
                key=f"bench-{number}", asked="", site_id=site.id, day=clock.today(), slot="lunch", sequence=number,
                number=f"1121-{number}", guest_kind="villager", set_name="A套餐", price_fen=1200, own_fen=1200,
                way="dine_in", decision={}, served_at=now,
            )
            session.add(serving)
            session.flush()
            job_ids.append(outbox.enqueue(
                session, key=f"bench{number}", site_id=site.id, kind="ticket", serving_id=serving.id,
                facts=_FACTS.as_json(), at=now - timedelta(seconds=1),
            ))
        for job_id in job_ids:  # the stalled ones get the last, one each
            chosen = made[PRINTERS + job_id - count - 1] if job_id > count else made[job_id % PRINTERS]
            session.execute(update(JOB).where(JOB.c.id == job_id).values(printer_id=chosen.id))


def _left() -> int:
    """Papers that are not done, counted from the small index of open ones."""
    with reading() as session:
        wanted = select(func.count()).select_from(JOB).where(IS_OPEN)
        return int(session.execute(wanted).scalar_one())


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("--jobs", type=int, default=1000)
    ask.add_argument("--rounds", type=int, default=3)
    given = ask.parse_args()
    job = paper_bytes("ticket", _FACTS.as_json(), Device(), draw_box).data
    to_raw, to_noted, slowed = [], [], []
    for _ in range(given.rounds):
        with simulated() as ports:
            raw = raw_rate(ports, job, given.jobs)
            noted = noted_rate(ports, job, given.jobs)
            ours = outbox_rate(ports, given.jobs)
        with simulated(stalled=1) as ports:
            beside = outbox_rate(ports, given.jobs)
        to_raw.append(ours / raw)
        to_noted.append(ours / noted)
        slowed.append(beside / ours)
        print(f"raw {raw:,.0f}/s  noted {noted:,.0f}/s  outbox {ours:,.0f}/s  beside a stalled printer {beside:,.0f}/s",
              flush=True)
    print(f"median: outbox {statistics.median(to_raw):.2f} of raw, {statistics.median(to_noted):.2f} of noted; "
          f"beside a stalled printer {statistics.median(slowed):.2f} of that")


if __name__ == "__main__":
    main()
