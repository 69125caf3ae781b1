"""``dev.py``: what a newcomer meets first. Nothing here installs from the network."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.request
from pathlib import Path
from types import ModuleType

import pytest

from canteen.base.config import ROOT


@pytest.fixture
def dev() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that holds nothing but ``dev.py`` and empty requirements."""
    shutil.copy(ROOT / "dev.py", tmp_path)
    (tmp_path / "requirements.txt").write_text("# nothing\n")
    return tmp_path


def call(folder: Path, *words: str, before: str = "") -> subprocess.CompletedProcess[str]:
    """Run ``dev.py`` from another directory, after some Python that changes what it finds."""
    program = (
        f"import runpy, sys\n{before}\nsys.argv = {['dev.py', *words]!r}\n"
        f"runpy.run_path({str(folder / 'dev.py')!r}, run_name='__main__')"
    )
    return subprocess.run([sys.executable, "-c", program], cwd="/", capture_output=True, text=True)


def test_an_old_python_is_told_in_one_line(folder):
    done = call(folder, "run", before="sys.version_info = (3, 9, 2)")

    assert done.returncode == 1
    assert re.fullmatch(r"dev\.py needs Python 3\.11 or newer, this is 3\.9: .*\n", done.stderr)


def test_a_python_without_venv_is_told_before_anything_is_made(folder):
    done = call(folder, "run", "--port", free_port(), before="sys.modules |= {'ensurepip': None, 'virtualenv': None}")

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "apt install python3-venv" in done.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["dev.py", "requirements.txt"]


def test_a_taken_port_is_told_with_another_one_before_anything_is_made(folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = call(folder, "run", "--port", str(port))

    assert done.returncode == 1
    assert re.fullmatch(rf"dev\.py: port {port} is taken .* python3 dev\.py run --port \d+\n", done.stderr)
    assert not (folder / ".venv").exists()


def test_packages_are_installed_once_and_again_when_the_pins_change(folder):
    """Empty requirements install without a network, so the real pip does it."""
    prepare = (
        f"import importlib.util as u; s = u.spec_from_file_location('dev', {str(folder / 'dev.py')!r}); "
        "d = u.module_from_spec(s); s.loader.exec_module(d); d.prepare('requirements.txt')"
    )

    def says() -> str:
        done = subprocess.run([sys.executable, "-c", prepare], capture_output=True, text=True, cwd="/")
        assert done.returncode == 0, done.stderr
        return done.stdout

    first, second = says(), says()
    (folder / "requirements.txt").write_text("# other\n")
    third = says()

    assert first.splitlines() == ["== making .venv", "== installing requirements.txt into .venv"]
    assert second == ""
    assert third.splitlines() == ["== installing requirements.txt into .venv"]


def test_somebodys_real_canteen_is_out_of_reach(dev, monkeypatch):
    monkeypatch.setenv("CANTEEN_DATABASE_URL", "postgresql://real/canteen")
    monkeypatch.setenv("CANTEEN_DRILL_KILLS", "40")

    environ = dev.clean_environ(CANTEEN_ENV="demo")

    assert "CANTEEN_DATABASE_URL" not in environ
    assert (environ["CANTEEN_ENV"], environ["CANTEEN_DRILL_KILLS"]) == ("demo", "40")


def test_the_summary_names_each_part(dev, capsys):
    well = dev.summary({"lint": (True, 1.2), "tests": (True, 90)}, missing=False, skipped=False)
    badly = dev.summary({"lint": (False, 1.2), "tests": (True, 90)}, missing=False, skipped=False)

    assert (well, badly) == (0, 1)
    assert capsys.readouterr().out.splitlines() == [
        "== summary",
        "ok     lint (1 s)",
        "ok     tests (90 s)",
        "== summary",
        "FAILED lint (1 s)",
        "ok     tests (90 s)",
    ]


def advice(*packages: tuple[str, list[str] | None]) -> str:
    """A report of pip-audit: names with the ids of their flaws, None for one it knows nothing about."""
    told = [
        {"name": name, "skip_reason": "Dependency not found"}
        if flaws is None
        else {"name": name, "version": "1.0", "vulns": [{"id": flaw, "fix_versions": ["1.1"]} for flaw in flaws]}
        for name, flaws in packages
    ]
    return json.dumps({"dependencies": told, "fixes": []})


AWAY = "the service was not reachable, no package was checked"


@pytest.mark.parametrize(
    ("report", "found", "unchecked"),
    [
        pytest.param(advice(("flask", []), ("jinja2", [])), [], "", id="nothing known"),
        pytest.param(
            advice(("flask", []), ("jinja2", ["PYSEC-2026-1"]), ("ruff", None)),
            ["jinja2 1.0: PYSEC-2026-1, mended in 1.1"],
            "no answer about 1 of 3 packages",
            id="a planted advisory",
        ),
        pytest.param(advice(("flask", None), ("ruff", None)), [], "no answer about 2 of 2 packages", id="no answers"),
        pytest.param("", [], AWAY, id="no network"),
        pytest.param("<html>sign in to the network</html>", [], AWAY, id="another's answer"),
        pytest.param("[]", [], AWAY, id="no report"),
    ],
)
def test_a_known_vulnerability_fails_and_a_service_that_is_away_does_not(dev, report, found, unchecked, capsys):
    assert dev.judge(report) == (found, unchecked)

    code = dev.summary({"known vulnerabilities": (not found, 1.0)}, missing=False, skipped=False, unchecked=unchecked)
    said = capsys.readouterr().out
    assert code == bool(found)
    assert ("NOT CHECKED: known vulnerabilities" in said) == bool(unchecked)


def test_browser_tests_left_out_on_request_are_said_loudly(dev, capsys):
    code = dev.summary({"tests": (True, 90)}, missing=False, skipped=True)

    assert code == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        "NOT TESTED: the browser tests were left out on request. This was not the whole test."
    )


def test_a_missing_browser_is_a_failure_with_an_instruction(dev, capsys):
    code = dev.summary({"tests": (True, 90)}, missing=True, skipped=False)

    assert code == 1
    assert capsys.readouterr().out.splitlines()[-1] == (
        "FAILED browser: no Chromium found. Install one (Debian: apt install chromium fonts-noto-cjk) "
        "or leave its tests out with --no-browser"
    )


def test_the_command_of_continuous_integration_is_the_readmes():
    script = ROOT / ".ci" / "run"

    assert os.access(script, os.X_OK)
    assert script.read_text().rstrip().endswith("exec python3 dev.py test")


@pytest.fixture
def checkout(folder: Path) -> Path:
    """A folder with the program in it and an environment that is already installed (this one)."""
    for name in ("canteen", "migrations", "wsgi.py"):
        (folder / name).symlink_to(ROOT / name)
    venv = folder / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(Path(sys._base_executable))
    (venv / "pyvenv.cfg").write_text(f"home = {Path(sys._base_executable).parent}\n")
    site = venv / Path(sysconfig.get_path("purelib", vars={"base": ""}).lstrip("/"))
    site.parent.mkdir(parents=True)
    site.symlink_to(sysconfig.get_path("purelib"))
    digest = hashlib.sha256((folder / "requirements.txt").read_bytes()).hexdigest()
    (venv / "installed.json").write_text(json.dumps({"requirements.txt": digest}))
    return folder


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return str(probe.getsockname()[1])


class Run:
    """``dev.py run`` in a terminal of its own, until it said where it is."""

    def __init__(self, folder: Path, *options: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, folder / "dev.py", "run", "--port", free_port(), *options],
            cwd="/",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert self._process.stdout
        self.said = ""
        for line in self._process.stdout:
            self.said += line
            if line.startswith("Ctrl-C"):
                break
        found = re.search(r"http://127\.0\.0\.1:\d+", self.said)
        assert found, self.said
        with urllib.request.urlopen(f"{found[0]}/healthz") as answer:
            assert json.load(answer)["ok"] is True

    def is_stopped_by_ctrl_c(self) -> int:
        """Ctrl-C goes to every process of the terminal; the exit code, once none of them is left."""
        os.killpg(self._process.pid, signal.SIGINT)
        rest = self._process.communicate(timeout=30)[0]
        assert "Traceback" not in rest
        return self._process.returncode


def processes_in(folder: Path) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            found.append((process / "cmdline").read_text().replace("\0", " "))
    return [line for line in found if str(folder / ".venv") in line]


def test_run_makes_the_demo_keeps_it_and_begins_again_when_asked(checkout):
    data = checkout / "var" / "demo" / "canteen.db"

    first = Run(checkout)
    assert "demo-canteen" in first.said
    assert first.is_stopped_by_ctrl_c() == 0
    left = data.with_name("left-by-somebody")  # a file system may give a new file the number of the old one
    left.touch()
    second = Run(checkout)
    assert "making" not in second.said
    assert second.is_stopped_by_ctrl_c() == 0
    kept = left.exists()
    third = Run(checkout, "--fresh")
    assert third.is_stopped_by_ctrl_c() == 0

    assert kept and not left.exists() and data.exists()
    deadline = time.monotonic() + 10
    while processes_in(checkout) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_in(checkout) == []
