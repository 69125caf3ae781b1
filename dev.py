"""All the set-up there is, with nothing but Python.

    python3 dev.py run  [--port 8000] [--fresh]        a demo canteen in the browser
    python3 dev.py check                               format, lint, types, layers and the quick tests: under a minute
    python3 dev.py test [--no-browser] [pytest …]      the same, and all tests on SQLite, PostgreSQL and Chromium

All make ``.venv`` beside this file and install the pinned packages into it when the pins changed.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - whoever has an older one must be told
    sys.exit(
        "dev.py needs Python 3.11 or newer, this is {}.{}: install it and call it by its name, "
        "python3.11 dev.py".format(*sys.version_info)
    )

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
#: Which requirement files are installed, as name -> SHA-256.
INSTALLED = VENV / "installed.json"
DEMO = ROOT / "var" / "demo"
#: Written last: a demo without it was never finished. Holds what it was made of, and the accounts to show.
MADE = DEMO / "made.json"
#: What is looked at without running anything, as name -> a program of the environment and its arguments.
PARTS = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "layers": ["lint-imports"],
}
#: What ``check`` runs of the house's own tests: those that read the sources and start nothing.
HOUSE = ("asvs", "claims", "documents", "house", "layers", "licences", "translations")
#: Seconds a server may take to end.
GRACE_S = 20

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
BROWSER_PACKAGES = ("chromium", "fonts-noto-cjk")


def give_up(line: str) -> NoReturn:
    """One clear line, and an exit code of 1."""
    print(f"dev.py: {line}", file=sys.stderr, flush=True)
    sys.exit(1)


def say(line: str) -> None:
    print(f"== {line}", flush=True)


# --- the environment -------------------------------------------------------------------------------------------


def clean_environ(**more: str) -> dict[str, str]:
    """The caller's environment without what could lead a demo or a test to somebody's real canteen."""
    misleading, harmless = ("CANTEEN_", "PYTHONHOME", "PYTHONPATH"), ("CANTEEN_TEST_", "CANTEEN_DRILL_")
    kept = {n: text for n, text in os.environ.items() if not n.startswith(misleading) or n.startswith(harmless)}
    return kept | {"PYTHONUTF8": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_USER": "0"} | more


def prepare(*files: str) -> None:
    """Make the virtual environment when missing and install the requirement files that changed."""
    if not PYTHON.exists():
        make_venv()
    found = json.loads(INSTALLED.read_text()) if INSTALLED.exists() else {}
    hashes = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in files}
    wanted = {name: digest for name, digest in hashes.items() if found.get(name) != digest}
    if not wanted:
        return
    say(f"installing {' and '.join(wanted)} into {VENV.name}")
    listed = [argument for name in wanted for argument in ("-r", str(ROOT / name))]
    if subprocess.run([PYTHON, "-m", "pip", "install", "-qq", *listed], env=clean_environ()).returncode:
        give_up("the packages could not be installed (see above); check the network and call it again")
    INSTALLED.write_text(json.dumps(found | wanted, indent=1))


def make_venv() -> None:
    """Debian splits ``venv`` from Python: look before something half-made is left behind."""
    if importlib.util.find_spec("ensurepip"):
        command = [sys.executable, "-m", "venv", "--clear", VENV]
    elif importlib.util.find_spec("virtualenv"):
        command = [sys.executable, "-m", "virtualenv", "--quiet", "--clear", VENV]
    else:
        give_up("this Python cannot make virtual environments: apt install python3-venv (or: pip install virtualenv)")
    say(f"making {VENV.name}")
    if subprocess.run(command).returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        give_up(f"{VENV} could not be made (see above)")


# --- run -------------------------------------------------------------------------------------------------------


def run(port: int, fresh: bool) -> int:
    if not port_is_free(port):
        other = next((p for p in range(port + 1, port + 50) if port_is_free(p)), 0)
        give_up(f"port {port} is taken by another program; try: python3 dev.py run --port {other}")
    prepare("requirements.txt")
    environ = clean_environ(CANTEEN_ENV="demo", CANTEEN_DATA_DIR=str(DEMO))
    if fresh or not MADE.exists():
        shutil.rmtree(DEMO, ignore_errors=True)
    if not MADE.exists() or json.loads(MADE.read_text("utf-8"))["of"] != made_of():
        make_demo(environ)
    return serve(port, environ)


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def made_of() -> list[str]:
    """What the demo follows: the tables of this version, and today (the menus reach to it)."""
    today = datetime.now(timezone(timedelta(hours=8))).date()
    return [str(today), *sorted(path.name for path in (ROOT / "migrations" / "versions").glob("*.py"))]


def make_demo(environ: dict[str, str]) -> None:
    """Make the invented canteen, or bring the one that is there up to date."""
    say(f"{'refreshing' if MADE.exists() else 'making'} the demo canteen in {DEMO.relative_to(ROOT)}")
    flask(environ, "db", "upgrade")
    accounts = flask(environ, "demo")
    MADE.write_text(json.dumps({"of": made_of(), "accounts": accounts}, ensure_ascii=False, indent=1), "utf-8")


def flask(environ: dict[str, str], *command: str) -> str:
    """Run a command of the program; its output, or the end with what it said."""
    done = subprocess.run(
        [PYTHON, "-m", "flask", "--app", "wsgi", *command], cwd=ROOT, env=environ, capture_output=True, encoding="utf-8"
    )
    if done.returncode:
        print(done.stdout, done.stderr, sep="", file=sys.stderr)
        give_up(f"flask {' '.join(command)} failed (see above)")
    return done.stdout


def serve(port: int, environ: dict[str, str]) -> int:
    """Start the server, say where it is once it listens, and wait for it; Ctrl-C and SIGTERM end both."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = subprocess.Popen(
        [PYTHON, "-m", "flask", "--app", "wsgi", "serve", "--port", str(port)],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert server.stdout
    accounts = json.loads(MADE.read_text("utf-8"))["accounts"].strip()
    try:
        for line in server.stdout:
            if line.startswith("listening on "):
                print(f"\n{accounts}\n\n  {line.split()[-1]}\n\nCtrl-C ends it.", flush=True)
            else:
                print(line, end="", flush=True)
        return server.wait()
    except KeyboardInterrupt:
        return 0  # the server had the same Ctrl-C
    finally:
        end(server)


def end(process: subprocess.Popen[str]) -> None:
    """Let the process finish, or finish it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave it behind
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()


# --- test ------------------------------------------------------------------------------------------------------


def test(no_browser: bool, more: list[str]) -> int:
    """Every part runs, also after one failed; the end says which did."""
    prepare("requirements.txt", "requirements-dev.txt")
    no_browser = no_browser or os.environ.get("CANTEEN_TEST_BROWSER") == "skip"
    browser = "" if no_browser else find_browser() or install_browser()
    environ = clean_environ(CANTEEN_TEST_CHROMIUM=browser, CANTEEN_TEST_BROWSER="" if browser else "skip")
    alone = any(word.startswith(("-n", "--pdb", "-s")) for word in more)
    spread = [] if alone else ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    results = run_parts(PARTS | {"tests": ["pytest", *spread, *more]}, environ)
    results["known vulnerabilities"], unchecked = audit(environ)
    return summary(results, missing=not browser and not no_browser, skipped=no_browser, unchecked=unchecked)


def check() -> int:
    """What can be told in a minute, before each commit: style, types, layers, the house rules, and everything pure."""
    prepare("requirements.txt", "requirements-dev.txt")
    house = [f"tests/architecture/test_{name}.py" for name in HOUSE]
    pure = [str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("tests/*/test_rules.py"))]
    quick = ["pytest", "-n", "2", "-k", "not postgresql", *house, "tests/schemes/test_scheme.py", *pure]
    results = run_parts(PARTS | {"quick tests": quick}, clean_environ(CANTEEN_TEST_BROWSER="skip"))
    return summary(results, missing=False, skipped=False)


def audit(environ: dict[str, str]) -> tuple[tuple[bool, float], str]:
    """Ask for known vulnerabilities of the pinned packages: as ``part``, and what could not be asked ("" when all was)."""
    say("known vulnerabilities: pip-audit")
    began = time.monotonic()
    asking = [PYTHON.parent / "pip-audit", "-r", "requirements.txt", "-r", "requirements-dev.txt", "--no-deps"]
    plain = ["--disable-pip", "--format", "json", "--progress-spinner", "off", "--timeout", "10"]
    try:
        done = subprocess.run(
            [*asking, *plain], cwd=ROOT, env=environ, capture_output=True, encoding="utf-8", timeout=300
        )
        found, unchecked = judge(done.stdout)
    except subprocess.TimeoutExpired:
        found, unchecked = judge("")
    for line in found:
        print(line)
    return (not found, time.monotonic() - began), unchecked


def judge(report: str) -> tuple[list[str], str]:
    """A line for each pinned package with a known vulnerability, and what was not checked, of a report of pip-audit.

    A service that is away fails nobody's work: it is only said. Its answers are as old as the day they are asked.
    """
    try:
        packages = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return [], "the service was not reachable, no package was checked"
    found = [
        f"{one['name']} {one['version']}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or 'no version yet'}"
        for one in packages
        for flaw in one.get("vulns", [])
    ]
    silent = [one["name"] for one in packages if "skip_reason" in one]
    return found, f"no answer about {len(silent)} of {len(packages)} packages" if silent else ""


def run_parts(parts: dict[str, list[str]], environ: dict[str, str]) -> dict[str, tuple[bool, float]]:
    return {name: part(name, command, environ) for name, command in parts.items()}


def part(name: str, command: list[str], environ: dict[str, str]) -> tuple[bool, float]:
    """Run one part; whether it went well, and the seconds it took."""
    say(f"{name}: {' '.join(command)}")
    began = time.monotonic()
    code = subprocess.run([PYTHON.parent / command[0], *command[1:]], cwd=ROOT, env=environ).returncode
    return code == 0, time.monotonic() - began


def summary(results: dict[str, tuple[bool, float]], *, missing: bool, skipped: bool, unchecked: str = "") -> int:
    """What went well, and what was not tested at all: because no browser or service is there, or on request."""
    say("summary")
    for name, (went_well, seconds) in results.items():
        print(f"{'ok    ' if went_well else 'FAILED'} {name} ({seconds:.0f} s)")
    if unchecked:
        print(f"NOT CHECKED: known vulnerabilities: {unchecked}. Run it again where PyPI's service answers.")
    if skipped:
        print("NOT TESTED: the browser tests were left out on request. This was not the whole test.")
    if missing:
        print(
            f"FAILED browser: no Chromium found. Install one (Debian: apt install {' '.join(BROWSER_PACKAGES)}) "
            "or leave its tests out with --no-browser"
        )
    return 0 if all(went_well for went_well, _ in results.values()) and not missing else 1


def find_browser() -> str:
    """The machine's Chromium or Chrome, or the one Playwright was given; "" when there is none."""
    named = os.environ.get("CANTEEN_TEST_CHROMIUM", "")
    found = named or next(filter(None, map(shutil.which, BROWSERS)), "")
    if found:
        return found
    ask = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    own = subprocess.run([PYTHON, "-c", ask], capture_output=True, text=True, env=clean_environ()).stdout.strip()
    return own if own and Path(own).exists() else ""


def install_browser() -> str:
    """With the system's package manager, as root only; "" when that cannot be done."""
    if os.name == "nt" or os.geteuid() != 0 or not shutil.which("apt-get"):
        return ""
    say(f"installing {' and '.join(BROWSER_PACKAGES)} with apt-get")
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *BROWSER_PACKAGES]):
        if subprocess.run(["apt-get", *command], env=environ, stdout=subprocess.DEVNULL).returncode:
            return ""
    return find_browser()


def main() -> int:
    plain = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(prog="python3 dev.py", description=__doc__, formatter_class=plain)
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run", help="start a demo canteen")
    running.add_argument("--port", type=int, default=8000)
    running.add_argument("--fresh", action="store_true", help="throw the demo's data away and begin again")
    commands.add_parser("check", help="format, lint, types, layers and the quick tests, in under a minute")
    testing = commands.add_parser("test", help="run everything that can fail; further arguments go to pytest")
    testing.add_argument("--no-browser", action="store_true", help="leave the browser tests out")
    options, more = parser.parse_known_args()
    if options.command != "test" and more:
        parser.error(f"unknown: {' '.join(more)}")
    if options.command == "run":
        return run(options.port, options.fresh)
    if options.command == "check":
        return check()
    return test(options.no_browser, more)


if __name__ == "__main__":
    sys.exit(main())
