"""The floor: the least an honest serve can do, to measure our serve request against.

A minimal Flask application under waitress with 8 threads, plain sqlite3, WAL, synchronous=FULL, a process lock in
front of BEGIN IMMEDIATE. Its POST finds the elder by key, checks the quota, inserts the serving, three ledger rows
and a print job, commits, and answers with 600 bytes of HTML. No session, roles, engine, reasons, audit or templates.

    python bench/floor.py --port 8001 --data-dir DIR --elders 20000
"""

from __future__ import annotations

import argparse
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask, request
from waitress import serve

THREADS = 8
PRICE_FEN, OWN_FEN, NORM_FEN = 1000, 500, 40_000
SCHEMA = """
create table elder (id integer primary key, key text not null unique, used_fen integer not null);
create table serving (
  id integer primary key, key text not null unique, elder_id integer not null references elder, day text not null,
  slot text not null, price_fen integer not null, own_fen integer not null, served_at text not null,
  unique (elder_id, day, slot));
create table ledger (
  id integer primary key, serving_id integer not null references serving, account text not null,
  amount_fen integer not null);
create table print_job (
  id integer primary key, serving_id integer not null unique references serving, state text not null,
  facts text not null);
"""
ANSWER = "<div id=till><p>served {number}</p><p>own {own} fen</p>" + "<p>why</p>" * 54 + "</div>"
_local = threading.local()
_writers = threading.Lock()


def connect(path: Path) -> sqlite3.Connection:
    """This thread's connection, opened with the settings of the real server."""
    if not hasattr(_local, "connection"):
        connection = sqlite3.connect(path, isolation_level=None, timeout=10)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-8000"):
            connection.execute(f"pragma {pragma}")
        _local.connection = connection
    found: sqlite3.Connection = _local.connection
    return found


def prepare(path: Path, elders: int) -> None:
    """Make the tables and the elders ``0`` … ``elders - 1``."""
    connection = connect(path)
    connection.executescript(SCHEMA)
    connection.execute("begin")
    connection.executemany(
        "insert into elder values (?, ?, 0)", ((number + 1, str(number)) for number in range(elders))
    )
    connection.execute("commit")


def write_serving(connection: sqlite3.Connection, *, key: str, card: str, day: str, slot: str) -> int:
    """Serve in one transaction and return the serving's id; 0 when the quota is used up."""
    elder_id, used_fen = connection.execute("select id, used_fen from elder where key = ?", (card,)).fetchone()
    if used_fen + PRICE_FEN > NORM_FEN:
        return 0
    at = datetime.now(UTC).isoformat()
    serving_id = connection.execute(
        "insert into serving (key, elder_id, day, slot, price_fen, own_fen, served_at) values (?, ?, ?, ?, ?, ?, ?)",
        (key, elder_id, day, slot, PRICE_FEN, OWN_FEN, at),
    ).lastrowid
    lines = (("own:cash", OWN_FEN), ("due-from:public", PRICE_FEN - OWN_FEN), ("meals", -PRICE_FEN))
    connection.executemany(
        "insert into ledger (serving_id, account, amount_fen) values (?, ?, ?)",
        [(serving_id, account, amount) for account, amount in lines],
    )
    connection.execute("update elder set used_fen = used_fen + ? where id = ?", (PRICE_FEN, elder_id))
    connection.execute(
        "insert into print_job (serving_id, state, facts) values (?, 'queued', ?)", (serving_id, f"{day} {slot} {card}")
    )
    return serving_id or 0


def make_app(path: Path) -> Flask:
    """The application with its one view."""
    app = Flask(__name__)

    @app.post("/serve")
    def serve_meal() -> tuple[str, int]:
        form = request.form
        connection = connect(path)
        with _writers:
            connection.execute("begin immediate")
            try:
                number = write_serving(
                    connection, key=form["key"], card=form["card"], day=form["day"], slot=form["slot"]
                )
                connection.execute("commit")
            except BaseException:
                connection.execute("rollback")
                raise
        return ANSWER.format(number=number, own=OWN_FEN), 200 if number else 409

    return app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--elders", type=int, default=20_000)
    options = parser.parse_args()
    options.data_dir.mkdir(parents=True, exist_ok=True)
    path = options.data_dir / "floor.db"
    prepare(path, options.elders)
    serve(make_app(path), host="127.0.0.1", port=options.port, threads=THREADS)


if __name__ == "__main__":
    main()
