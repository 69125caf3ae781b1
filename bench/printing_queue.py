"""The outbox against its floors: 1,000 tickets to four simulated printers.

The floors climb step by step, each four threads on plain sockets. *Raw* connects, sends the bytes, waits for the
answer that stands behind them, and closes. *Asked* puts the three status questions in front, without which a paper is
sent into an empty printer. *Noted* keeps the least of a promise instead: plain sqlite3 on a file with
``synchronous=FULL``, one statement and one commit before each job and one after it, behind a lock. *Promised* does
both, as a paper that is neither lost nor doubled needs. *Ours* is the real worker on such a file: leases, the oldest
jobs looked up and laid out, the questions, the taking of each job on disk before its first byte, and its outcome after
its last. The printers live in a process of their own and do nothing but answer.

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

from canteen import create_app
from canteen.base import clock
from canteen.base.config import Settings
from canteen.base.db import Base, database, reading, transaction
from canteen.books.models.servings import Serving
from canteen.places.models import Area, Site
from canteen.printing import outbox
from canteen.printing.drawing.device import Device
from canteen.printing.drawing.glyphs import draw_box
from canteen.printing.models import IS_OPEN, JOB, Printer
from canteen.printing.papers.facts import PayerShare
from canteen.printing.papers.kinds import paper_bytes
from canteen.printing.papers.ticket import TicketFacts
from canteen.printing.sending.worker import Worker

PRINTERS = 4
_FENCE = b"\x1dr\x01"


def _facts(number: int) -> TicketFacts:
    """One of the tickets of a lunch: another person, number, minute and amount each."""
    own = 300 + number % 4 * 100
    return TicketFacts(
        site_name="枫林村助餐点",
        number=f"1121-{number:03d}",
        day=clock.today(),
        slot_name="午餐",
        person_name="王李张刘陈杨赵黄"[number % 8] + "秀国建玉桂兰"[number % 6] + "英华兰珍芳明平"[number % 7],
        set_name="A套餐",
        dishes=("红烧肉", "青菜", "米饭"),
        way="堂食",
        price_fen=900 + own,
        own_fen=own,
        shares=(PayerShare("政府补助", 600, "六类 每餐补6元"), PayerShare("村集体", 300)),
        left_fen=36000 - number * 3,
        pay_way="扫码",
        served_at=f"11:{number // 20 % 60:02d}",
        staff_name="李梅",
        qr=f"S1-1121-{number:03d}",
    )


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


def floor_rate(
    ports: list[int], job: bytes, count: int, *, asks: bool, note: Callable[[int, str], None] | None
) -> float:
    """Jobs a second of four bare threads: connect, send, wait for the answer that stands behind the job, close.

    ``asks`` puts the three status questions in front of it; ``note`` is called before the first byte and at the end.
    """

    def send(first: int) -> None:
        for number in range(first, count, PRINTERS):
            with closing(socket.create_connection(("127.0.0.1", ports[first]))) as connection:
                for question in b"\x01\x02\x04" if asks else b"":
                    connection.sendall(b"\x10\x04%c" % question)
                    connection.recv(16)
                if note:
                    note(number, "sending")
                connection.sendall(job)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(256):
                    pass
            if note:
                note(number, "printed")

    return _side_by_side(send, range(PRINTERS), count)


@contextmanager
def book(count: int) -> Iterator[Callable[[int, str], None]]:
    """The least of a promise: one durable commit of plain sqlite3 for each note."""
    with tempfile.TemporaryDirectory() as folder:
        kept = sqlite3.connect(Path(folder) / "book.db", isolation_level=None, check_same_thread=False)
        for line in (
            "pragma journal_mode=wal",
            "pragma synchronous=full",
            "create table job (id integer primary key, state text)",
        ):
            kept.execute(line)
        kept.executemany("insert into job values (?, 'queued')", [(number,) for number in range(count)])
        lock = threading.Lock()

        def note(number: int, state: str) -> None:
            with lock:
                kept.execute("begin immediate")
                kept.execute("update job set state = ? where id = ?", (state, number))
                kept.execute("commit")

        yield note
        kept.close()


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
                key=f"bench-{number}",
                asked="",
                site_id=site.id,
                day=clock.today(),
                slot="lunch",
                sequence=number,
                number=f"1121-{number}",
                guest_kind="villager",
                set_name="A套餐",
                price_fen=1200,
                own_fen=1200,
                way="dine_in",
                class_mark="",
                sealed=b"",
                served_at=now,
            )
            session.add(serving)
            session.flush()
            job_ids.append(
                outbox.enqueue(
                    session,
                    _facts(number),
                    key=f"bench{number}",
                    site_id=site.id,
                    serving_id=serving.id,
                    at=now - timedelta(seconds=1),
                )
            )
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
    job = paper_bytes("ticket", _facts(0).as_json(), Device(), draw_box).data
    ratios: dict[str, list[float]] = {"raw": [], "asked": [], "noted": [], "promised": [], "stalled": []}
    for _ in range(given.rounds):
        with simulated() as ports, book(given.jobs) as note, book(given.jobs) as second:
            rates = {
                "raw": floor_rate(ports, job, given.jobs, asks=False, note=None),
                "asked": floor_rate(ports, job, given.jobs, asks=True, note=None),
                "noted": floor_rate(ports, job, given.jobs, asks=False, note=note),
                "promised": floor_rate(ports, job, given.jobs, asks=True, note=second),
            }
            ours = outbox_rate(ports, given.jobs)
        with simulated(stalled=1) as ports:
            beside = outbox_rate(ports, given.jobs)
        for floor, rate in rates.items():
            ratios[floor].append(ours / rate)
        ratios["stalled"].append(beside / ours)
        shown = "  ".join(f"{floor} {rate:,.0f}/s" for floor, rate in rates.items())
        print(f"{shown}  outbox {ours:,.0f}/s  beside a stalled printer {beside:,.0f}/s", flush=True)
    median = {name: statistics.median(found) for name, found in ratios.items()}
    print(
        f"median: outbox {median['raw']:.2f} of raw, {median['asked']:.2f} of asked, {median['noted']:.2f} of noted, "
        f"{median['promised']:.2f} of promised; beside a stalled printer {median['stalled']:.2f} of that"
    )


if __name__ == "__main__":
    main()
