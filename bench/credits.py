"""Credits of a month for 10,000 elders, beside the plain SQL inserts they need. One run measures both.

    python bench/credits.py --elders 10000

The elders are invented (``bench/people.py``) with sealed facts and statuses as on a real site. The floor is the same
rows, lots and lines, written into a copy of the same database by sqlite3's ``executemany`` alone: once in one
transaction, and once in transactions of as many elders as the run takes. Both commit with synchronous=FULL.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flask_migrate import upgrade

from bench.people import Village, residents
from canteen import create_app
from canteen.base import clock, config
from canteen.base.access import COMMAND
from canteen.base.db import database, transaction
from canteen.base.db.migrating import migrate
from canteen.base.vault import the_vault
from canteen.people.queries import ELDER
from canteen.people.registry import insert_rows, reserve_ids, rows_of
from canteen.places.registry import NewSite, add_site, ensure_area, usual_hours
from canteen.purses.credits.run import CHUNK, Job
from canteen.purses.credits.service import credit_month
from canteen.schemes.switching import switch_on

NOW = datetime(2026, 11, 2, tzinfo=UTC)
MONTH = date(2026, 11, 1)
#: Two purses in two groups, so that most people get one credit and some two; classes ask for age, status and living.
SCHEMES = (
    """
id = "voucher"
version = "1"
name = "服务券"
stack_group = "voucher"
choose = "highest"
classes = [
  { code = "甲", when = { age = { from = 60 }, any_status = ["dibao", "tekun", "lost_only_child"] }, credit = { yuan = 300 } },
  { code = "乙", when = { age = { from = 60 } }, credit = { yuan = 100 } },
]
[purse]
expires = "month_end"
pays_for = ["services"]
""",
    """
id = "care"
version = "1"
name = "助洁助浴"
stack_group = "care"
classes = [{ code = "甲", when = { age = { from = 70 }, any_status = ["hardship", "living_alone", "empty_nest"] }, credit = { yuan = 50 } }]
[purse]
expires = "year_end"
pays_for = ["services"]
""",
)


@dataclass(slots=True)
class Spent:
    """Seconds of one piece of work."""

    wall_s: float = 0.0
    process_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run measured."""

    elders: int
    credits: int
    run: Spent
    again: Spent
    floor_one: Spent
    floor_chunks: Spent


@contextmanager
def _timed(spent: Spent) -> Iterator[None]:
    wall, process = time.perf_counter(), time.process_time()
    yield
    spent.wall_s, spent.process_s = time.perf_counter() - wall, time.process_time() - process


def _fill(elders: int) -> None:
    """Elders of a hundred villages, and the two schemes in force."""
    chance = random.Random(1)
    with transaction() as session:
        areas = [
            ensure_area(session, f"金溪县/示例{town}镇/示例{village}村")
            for town in range(1, 6)
            for village in range(20)
        ]
        site = add_site(
            session,
            NewSite(area_id=areas[0].id, code="S1", name="示例助餐点", opened_on=MONTH, slots=(usual_hours("lunch"),)),
        )
        villages = [Village(area.id, area.path, "rural", site.id) for area in areas]
        county = ensure_area(session, "金溪县")
        for text in SCHEMES:
            switch_on(session, text=text, area_id=county.id, valid_from=date(2026, 1, 1), actor=COMMAND, at=NOW)
    for start in range(0, elders, 5000):
        with transaction() as session:
            ids = reserve_ids(session, ELDER, min(5000, elders - start))
            drafts = [(one.id, draft) for one, draft in residents(list(ids), villages, chance=chance, today=MONTH)]
            insert_rows(session, rows_of(drafts, recorded_by=None, at=NOW, vault=the_vault()))


_COLUMNS = {
    "purse_lot": ("elder_id", "scheme", "starts_on", "expires_on", "left_fen", "by_year"),
    "purse_line": (
        "elder_id",
        "scheme",
        "kind",
        "amount_fen",
        "starts_on",
        "expires_on",
        "day",
        "month",
        "version",
        "sealed",
        "recorded_at",
    ),
}


def _plain(source: Path, empty: Path, *, chunk: int | None) -> tuple[Spent, int]:
    """Write what a run wrote into a copy of the database as it was before, with nothing but executemany."""
    with sqlite3.connect(source) as read:
        rows = {
            table: read.execute(f"select {','.join(columns)} from {table} order by elder_id, scheme").fetchall()
            for table, columns in _COLUMNS.items()
        }
    connection = sqlite3.connect(empty, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-2000"):
        connection.execute(f"pragma {pragma}")
    inserts = {
        table: f"insert into {table} ({','.join(columns)}) values ({','.join('?' * len(columns))})"
        for table, columns in _COLUMNS.items()
    }
    size = chunk or max(map(len, rows.values()))
    spent = Spent()
    with _timed(spent):
        for start in range(0, max(map(len, rows.values())), size):
            connection.execute("begin immediate")
            for table, statement in inserts.items():
                connection.executemany(statement, rows[table][start : start + size])
            connection.execute("commit")
    connection.close()
    return spent, len(rows["purse_line"])


def measure(elders: int, *, tell: Callable[[str], None] = print) -> Figures:
    """Make a county, credit a month, and write the same rows plainly."""
    with tempfile.TemporaryDirectory(prefix="canteen-credits-") as place:
        data = Path(place)
        app = create_app(config.Settings(env="test", data_dir=data, secret_key="b" * 40))
        migrate(app)
        with app.app_context():
            upgrade()
            _fill(elders)
            path = Path(str(database.engine.url.database))
            with database.engine.connect() as connection:
                connection.exec_driver_sql("pragma wal_checkpoint(truncate)")
            empties = [data / "one.db", data / "chunks.db"]
            for empty in empties:
                shutil.copy(path, empty)
            tell(f"{elders} elders are there")
            run, again = Spent(), Spent()
            with _timed(run):
                credit_month(Job(MONTH), actor=COMMAND, now=NOW, confirmed=clock.day_of(NOW))
            with _timed(again):
                credit_month(Job(MONTH), actor=COMMAND, now=NOW, confirmed=clock.day_of(NOW))
            with database.engine.connect() as connection:
                connection.exec_driver_sql("pragma wal_checkpoint(truncate)")
            database.session.remove()
        one, credits = _plain(path, empties[0], chunk=None)
        chunks, _ = _plain(path, empties[1], chunk=CHUNK)
    return Figures(elders, credits, run, again, one, chunks)


def main() -> None:
    """Measure in a process of its own each time, nothing warm, and set the best run against the best floor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--elders", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--once", action="store_true", help="measure here and print the figures as JSON")
    options = parser.parse_args()
    if options.once:
        print(json.dumps(asdict(measure(options.elders, tell=lambda text: print(text, file=sys.stderr)))))
        return
    command = [sys.executable, __file__, "--once", "--elders", str(options.elders)]
    found = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(options.times)]
    best = {
        part: {clock: min(one[part][clock] for one in found) for clock in ("wall_s", "process_s")}
        for part in ("run", "again", "floor_one", "floor_chunks")
    }
    ratios = {clock: round(best["run"][clock] / best["floor_one"][clock], 2) for clock in ("wall_s", "process_s")}
    print(json.dumps({"elders": options.elders, "credits": found[0]["credits"], "ratios": ratios, **best}, indent=1))


if __name__ == "__main__":
    main()
