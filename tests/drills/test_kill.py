"""kill -9 under load: every acknowledged serving is there once, none twice, and the books hold.

The suite kills a few times; ``CANTEEN_DRILL_KILLS=40`` makes it the full drill.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.postgresql import PostgreSQL

ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("CANTEEN_DRILL_KILLS", "3"))
CLERKS = 4
CARDS = 400


class Canteen:
    """A real server process on its own data, started and killed as a whole."""

    def __init__(self, data_dir: Path, url: str) -> None:
        self.environ = {
            **os.environ,
            "CANTEEN_ENV": "test",
            "CANTEEN_DATA_DIR": str(data_dir),
            "CANTEEN_DATABASE_URL": url,
            "CANTEEN_SECRET_KEY": "k" * 40,
            "CANTEEN_ADMIN_PASSWORD": "drill-password-2026",
        }
        self.process: subprocess.Popen[str] | None = None

    def command(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *words],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self) -> int:
        """Start serving on a free port; returns it once the server says that it listens."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "serve", "--port", "0", "--no-print-worker"],
            cwd=ROOT,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("listening on"):
                return int(line.rsplit(":", 1)[1])
        raise AssertionError("the server ended before it listened")

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=30)


@pytest.fixture
def canteen(backend: str, tmp_path: Path) -> Iterator[Canteen]:
    server = PostgreSQL(durable=True) if backend == "postgresql" else None
    place = Canteen(tmp_path, server.create("drill") if server else "")
    yield place
    if place.process is not None and place.process.poll() is None:
        place.kill()
    if server:
        server.stop()


def test_killed_at_random_moments_nothing_acknowledged_is_lost_or_doubled(canteen: Canteen, tmp_path: Path) -> None:
    token = furnish(canteen, tmp_path)
    acknowledged: dict[str, dict[str, Any]] = {}
    jobs = itertools.count(1)
    for _ in range(KILLS):
        port = canteen.start()
        clerks = [Clerk(port, token, jobs, acknowledged) for _ in range(CLERKS)]
        for clerk in clerks:
            clerk.start()
        # Killed in the middle of work: after some servings more, wherever the others stand just then.
        enough = len(acknowledged) + random.randint(5, 60)
        while len(acknowledged) < enough and any(clerk.is_alive() for clerk in clerks):
            clerks[0].progress.wait(timeout=0.05)
            clerks[0].progress.clear()
        canteen.kill()
        for clerk in clerks:
            clerk.join(timeout=30)

    port = canteen.start()
    repeats = [send(http.client.HTTPConnection("127.0.0.1", port), token, key) for key in acknowledged]
    proof = json.loads(canteen.command("check", "--json"))

    assert [(status, body) for status, body in repeats] == [(200, body) for body in acknowledged.values()]
    assert proof["ok"], proof["problems"]
    assert proof["servings"] == proof["entries"] == proof["tickets"] >= len(acknowledged) > 5 * KILLS


class Clerk(threading.Thread):
    """Serves one card after another until the server is gone; keeps what was acknowledged."""

    def __init__(self, port: int, token: str, jobs: Iterator[int], acknowledged: dict[str, dict[str, Any]]) -> None:
        super().__init__(daemon=True)
        self.port, self.token, self.jobs, self.acknowledged = port, token, jobs, acknowledged
        self.progress = threading.Event()

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            for job in self.jobs:
                status, body = send(connection, self.token, f"drill-{job:06d}")
                assert status == 201, body
                self.acknowledged[f"drill-{job:06d}"] = body
                self.progress.set()
        except (OSError, http.client.HTTPException, ValueError):
            return


def send(connection: http.client.HTTPConnection, token: str, key: str) -> tuple[int, dict[str, Any]]:
    """One serving under a key: an elder's first lunches, then guests."""
    job = int(key.removeprefix("drill-"))
    who: dict[str, Any] = {"card": str(job)} if job <= CARDS else {"guest_kind": "villager"}
    connection.request(
        "POST",
        "/api/v1/servings",
        json.dumps({"key": key, "site": "S1", "slot": "lunch", **who}),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def furnish(canteen: Canteen, tmp_path: Path) -> str:
    """A site with a menu of today, elders with cards, and a terminal's token."""
    from canteen.base import clock

    canteen.command("db", "upgrade")
    canteen.command(
        "init", "--area", "金溪县/云溪镇/枫林村", "--site", "演练助餐点", "--scheme", "jinxi", "--admin", "boss"
    )
    menu = tmp_path / "menu.csv"
    menu.write_text(f"日期,餐次,套餐,价格,菜品,标签\n{clock.today():%Y/%m/%d},午餐,A套餐,10,豆腐,\n", "utf-8")
    canteen.command("import-menu", str(menu))
    roster = tmp_path / "roster.csv"
    rows = [
        f"演练{number},{id_number(number)},高龄困难老人,农村,金溪县云溪镇枫林村,枫林村1组{number}号,{number:06d}"
        for number in range(1, CARDS + 1)
    ]
    roster.write_text(
        "姓名,身份证号码,人员类别,城镇/农村,户籍地址,现居住地,就餐卡号\n" + "\n".join(rows) + "\n", "utf-8"
    )
    canteen.command("import-elders", str(roster), "--json")
    return canteen.command("token", "add", "drill", "--site", "演练助餐点", "--role", "terminal").splitlines()[-1]


def id_number(number: int) -> str:
    """An invented ID number with a right check digit; no place has the code 999999."""
    from stdnum.cn import ric

    body = f"999999{1930 + number % 14}{number % 12 + 1:02d}{number % 28 + 1:02d}{number % 1000:03d}"
    return body + ric.calc_check_digit(body + "0")
