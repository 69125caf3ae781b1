"""Would a test notice? Small faults are planted in a copy of the tree, one at a time, and the tests that reach the
changed function are run on SQLite until one fails. By hand, not in continuous integration:

    python tests/drills/mutants.py                        # 16 faults a room, seed 1: about half an hour on one core
    python tests/drills/mutants.py --seed 7 --per-room 5 --rooms purses,books
    python tests/drills/mutants.py --again result.txt     # only what survived in an earlier result

The same seed on the same tree plants the same faults. Each comes out as *killed* (with the test that failed),
*survived*, or *alike*: it changes nothing anybody could see, for the reason given in ``alike.toml``. At least 95 % of
those that change something should die. Tables (``models.py``) are left out: migrations and their tests hold those.

The first run follows every test once to learn which functions it reaches, about twice as long as they take on one
core. The map is kept in ``--work``; afterwards only changed files of tests are followed, or all of them with ``--fresh``.
"""

from __future__ import annotations

import argparse
import ast
import copy
import hashlib
import importlib.util
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
#: Room -> its files. ``rules`` are the pure decisions of every feature that has no room of its own here.
ROOMS = {
    "deciding": ["schemes/deciding/*.py", "schemes/facts.py", "schemes/reasons.py", "schemes/workdays.py"],
    "language": ["schemes/language/*.py"],
    "books": ["books/**/*.py"],
    "counter": ["counter/*.py"],
    "pricing": ["pricing/*.py", "orders/*.py"],
    "entitlements": ["entitlements/**/*.py"],
    "purses": ["purses/**/*.py"],
    "printing": ["printing/**/*.py"],
    "funding": ["funding/*.py", "closing/*.py"],
    "rules": ["*/rules.py"],
}
#: Not followed: they read the sources, start programs of their own, or need a browser.
NOT_FOLLOWED = ("architecture", "bench", "drills", "e2e", "entrance", "test_dev.py")
#: Rooms whose tests lie in other folders than their own name.
NEAR = {
    "books": ("books", "counter", "funding", "statements", "committee"),
    "pricing": ("pricing", "counter", "schemes", "funding", "purses"),
    "closing": ("committee",),
    "check": ("committee",),
}
#: Seconds of tests (as they took unharmed) run against one fault.
MOST_TEST_S = 120.0
EDGES: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
SUMS: dict[type, type] = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult}
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutant:
    """One planted fault: the bytes ``start`` to ``end`` of a file, replaced."""

    path: str
    function: str
    kind: str
    before: str
    after: str
    start: int
    end: int

    @property
    def key(self) -> str:
        """Its name, without a line number, so that it stays the same while code moves."""
        short = " ".join(self.before.split())
        return f"{self.path}::{self.function}: {short[:110]} -> {' '.join(self.after.split())[:110]}"

    def apply(self, source: bytes) -> bytes:
        return source[: self.start] + self.after.encode() + source[self.end :]


def mutants_of(path: str, source: str) -> list[Mutant]:
    """Every fault that can be planted in a file, in the order of its text."""
    lines = [0]
    for line in source.encode().splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    found, taken = [], Counter[str]()
    for function, node, kind, after in _changes(ast.parse(source)):
        start = lines[node.lineno - 1] + node.col_offset
        end = lines[node.end_lineno - 1] + node.end_col_offset
        before = source.encode()[start:end].decode()
        text = after if isinstance(after, str) else ast.unparse(after)
        if isinstance(node, ast.expr) and isinstance(after, ast.BoolOp | ast.Compare | ast.BinOp | ast.UnaryOp):
            text = f"({text})"
        one = Mutant(path, function, kind, before, text, start, end)
        taken[one.key] += 1
        if taken[one.key] == 1:
            found.append(one)
    return found


def _changes(tree: ast.Module) -> Iterator[tuple[str, Any, str, ast.AST | str]]:
    """Function, node, kind of change, and what stands there instead."""

    def walk(node: ast.AST, function: str) -> Iterator[tuple[str, Any, str, ast.AST | str]]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            function = f"{function}.{node.name}".lstrip(".")
        for field, child in ast.iter_fields(node):
            if field in ("annotation", "returns", "decorator_list", "bases", "ctx") or isinstance(node, ast.JoinedStr):
                continue
            for one in child if isinstance(child, list) else [child]:
                if not isinstance(one, ast.AST) or _is_docstring(one) or _only_for_types(one):
                    continue
                for kind, after in _instead(one):
                    yield function, one, kind, after
                yield from walk(one, function)

    yield from walk(tree, "")


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _only_for_types(node: ast.AST) -> bool:
    """Imports, ``if TYPE_CHECKING``, aliases of types, what is exported and what an assertion says to mypy."""
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "TYPE_CHECKING"
    if isinstance(node, ast.Assign):
        return ast.unparse(node.targets[0]) == "__all__" or ast.unparse(node.value).startswith(
            ("Callable[", "Literal[")
        )
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) in ("cast", "TypeVar", "logging.getLogger", "lru_cache")
    return isinstance(node, ast.Import | ast.ImportFrom | ast.Assert | ast.Subscript) and not (
        isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Constant)
    )


def _instead(node: ast.AST) -> Iterator[tuple[str, ast.AST | str]]:
    """What may stand in a node's place: kind of change, and the node or text."""
    other: Any = copy.copy(node)
    match node:
        case ast.Compare(ops=[op]) if type(op) in EDGES:
            other.ops = [EDGES[type(op)]()]
            yield "comparison", other
        case ast.BoolOp(op=op):
            other.op = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield "and/or", other
            for place in range(len(node.values)):
                fewer = node.values[:place] + node.values[place + 1 :]
                yield "condition dropped", ast.BoolOp(op, fewer) if len(fewer) > 1 else fewer[0]
        case ast.UnaryOp(op=ast.Not()):
            yield "not dropped", node.operand
        case ast.BinOp(op=op) if type(op) in SUMS and not isinstance(node.left, ast.Constant | ast.JoinedStr):
            other.op = SUMS[type(op)]()
            yield "sum", other
        case ast.Constant(value=bool()):
            yield "constant", repr(not node.value)
        case ast.Constant(value=int()):
            yield "constant", repr(node.value + 1)
            if node.value > 0:
                yield "constant", repr(node.value - 1)
        case ast.Constant(value=str()):
            yield "text", repr(node.value + "?")
        case ast.JoinedStr():
            other.values = [*node.values, ast.Constant("?")]
            yield "text", other
        case ast.Call(func=ast.Name(id=name)) if name in NAMES:
            other.func = ast.Name(NAMES[name])
            yield "call", other
        case ast.Call(args=[first, second, *rest]) if not isinstance(first, ast.Starred):
            other.args = [second, first, *rest]
            yield "swapped", other
        case ast.IfExp():
            yield "condition dropped", node.body
            yield "condition dropped", node.orelse
        case ast.Return(value=ast.expr()) if not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield "returns None", "return None"
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Continue():
            yield "statement dropped", "pass"
    if isinstance(node, ast.Call) and node.keywords and node.keywords[-1].arg:
        fewer_words = copy.copy(node)
        fewer_words.keywords = node.keywords[:-1]
        yield "argument dropped", fewer_words
    if isinstance(node, ast.If):
        yield "condition dropped", _with_test(node, ast.Constant(False))
    if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) and node.generators[-1].ifs:
        every = copy.copy(node)
        last = copy.copy(node.generators[-1])
        last.ifs, every.generators = [], [*node.generators[:-1], last]
        yield "condition dropped", every


def _with_test(node: ast.If, test: ast.expr) -> str:
    """An ``if`` that never holds, as text with the indentation of its place."""
    never = ast.If(test, node.body, node.orelse)
    text = ast.unparse(ast.fix_missing_locations(never))
    return text.replace("\n", "\n" + " " * node.col_offset)


def chosen(seed: int, per_room: int, rooms: list[str]) -> dict[str, list[Mutant]]:
    """So many faults of each room, the kinds in turn."""
    owners: dict[Path, str] = {}
    for room, globs in ROOMS.items():
        for path in sorted(path for pattern in globs for path in (ROOT / "canteen").glob(pattern)):
            if path.name not in ("models.py", "__init__.py") and "models" not in path.parts:
                owners.setdefault(path, room)
    picked = {}
    for room in rooms:
        kinds: dict[str, list[Mutant]] = defaultdict(list)
        for path in sorted(path for path, owner in owners.items() if owner == room):
            for one in mutants_of(path.relative_to(ROOT).as_posix(), path.read_text("utf-8")):
                kinds[one.kind].append(one)
        dice = random.Random(f"{seed}:{room}")
        turns = [dice.sample(found, len(found)) for _, found in sorted(kinds.items())]
        dice.shuffle(turns)
        in_turn = [one for row in _rows(turns) for one in row]
        picked[room] = in_turn[:per_room]
    return picked


def faults_in(keys: Iterable[str]) -> list[Mutant]:
    """Every fault of the files that some keys name and that are still there."""
    names = sorted({name for key in keys if (ROOT / (name := key.split("::")[0])).exists()})
    return [one for name in names for one in mutants_of(name, (ROOT / name).read_text("utf-8"))]


def left_over(alike: Iterable[str]) -> list[str]:
    """Lines of ``alike.toml`` that stand for no fault any more: the code has moved or is gone."""
    planted = {one.key for one in faults_in(alike)}
    return [key for key in alike if key not in planted]


def _rows(turns: list[list[Mutant]]) -> Iterator[list[Mutant]]:
    for number in range(max(map(len, turns), default=0)):
        yield [found[number] for found in turns if number < len(found)]


class Follower:
    """A pytest plugin: which functions of the canteen each passed test reached, and how long it took."""

    def __init__(self, into: Path) -> None:
        self.into, self.codes = into, set[Any]()
        self.tests: dict[str, Any] = {}

    def pytest_sessionstart(self) -> None:
        threading.settrace(self._called)
        sys.settrace(self._called)

    def _called(self, frame: Any, event: str, argument: Any) -> None:
        self.codes.add(frame.f_code)

    def pytest_runtest_logstart(self) -> None:
        self.codes = set()
        sys.settrace(self._called)

    def pytest_runtest_logreport(self, report: Any) -> None:
        entry = self.tests.setdefault(report.nodeid, {"s": 0.0, "passed": True, "reached": []})
        entry["s"] += report.duration
        entry["passed"] &= report.passed
        if report.when == "teardown":
            inside = f"{ROOT / 'canteen'}{os.sep}"
            entry["reached"] = sorted(
                {
                    f"{Path(code.co_filename).relative_to(ROOT).as_posix()}::{_plain(code.co_qualname)}"
                    for code in self.codes.copy()
                    if code.co_filename.startswith(inside)
                }
            )

    def pytest_sessionfinish(self) -> None:
        sys.settrace(None)
        self.into.write_text(json.dumps(self.tests))


def _plain(qualname: str) -> str:
    """``f.<locals>.<lambda>`` is part of ``f``; a function inside another is ``f.g``."""
    return re.sub(r"\.?<(?!locals)\w+>", "", qualname.replace(".<locals>", "")).replace("<locals>", "")


def map_of(tree: Path, work: Path, *, fresh: bool) -> dict[str, Any]:
    """Passed test -> seconds and functions reached. Only files of tests that changed are followed again."""
    kept, new = work / "map.json", work / "followed.json"
    files = {} if fresh or not kept.exists() else json.loads(kept.read_text())
    states = {
        path.relative_to(tree).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((tree / "tests").rglob("test_*.py"))
        if not set(path.relative_to(tree).parts) & set(NOT_FOLLOWED)
    }
    files = {name: entry for name, entry in files.items() if states.get(name) == entry["state"]}
    if changed := [name for name in states if name not in files]:
        print(f"Following {len(changed)} files of tests …", flush=True)
        program = (
            "import pytest, sys; from pathlib import Path; sys.path[:0] = ['tests', '.'];"
            "from tests.drills.mutants import Follower;"
            "sys.exit(pytest.main(sys.argv[2:], [Follower(Path(sys.argv[1]))]) > pytest.ExitCode.TESTS_FAILED)"
        )
        words = [sys.executable, "-c", program, str(new), "-q", "-p", "no:xdist", "-p", "no:cacheprovider"]
        subprocess.run(
            [*words, "-k", "not postgresql", *changed], cwd=tree, env=_environ(), stdout=sys.stderr, check=True
        )
        files |= {name: {"state": states[name], "tests": {}} for name in changed}
        for test, entry in json.loads(new.read_text()).items():
            files[test.split("::")[0]]["tests"][test] = entry
        kept.write_text(json.dumps(files))
    return {test: one for entry in files.values() for test, one in entry["tests"].items() if one["passed"]}


def _environ() -> dict[str, str]:
    return {**os.environ, "CANTEEN_TEST_BROWSER": "skip", "PYTHONDONTWRITEBYTECODE": ""}


def tests_for(one: Mutant, tests: dict[str, Any]) -> list[str]:
    """The tests that reach the changed function (or its file, for what stands outside functions), the nearest
    first and a test of each file in turn, so many as fit."""
    parts, name = Path(one.path).parts, f"{one.path}::{one.function}"
    near = NEAR.get(parts[1], parts)
    found = (
        [test for test, entry in tests.items() if name in entry["reached"]]
        or [test for test, entry in tests.items() if any(f.startswith(f"{one.path}::") for f in entry["reached"])]
        or [test for test in tests if test.split("/")[1] in near]
    )
    turns: dict[str, int] = Counter()
    order = []
    for test in sorted(found, key=lambda test: (tests[test]["s"], test)):
        file = test.split("::")[0]
        order.append((file.split("/")[1] not in near, turns[file], test))  # a test of each file in turn
        turns[file] += 1
    # A changed message has no translation any more.
    seconds, fits = 0.0, ["tests/architecture/test_translations.py"] if one.kind == "text" else []
    for _, _, test in sorted(order):
        seconds += tests[test]["s"] + 0.01
        if seconds < MOST_TEST_S:
            fits.append(test)
    return fits


def plant(one: Mutant, tree: Path, tests: list[str]) -> str:
    """Plant it in the copy, run, take it out again. The test that failed, or ""."""
    path = tree / one.path
    source = path.read_bytes()
    pyc = Path(importlib.util.cache_from_source(str(path)))
    listed = tree / "chosen-tests"
    listed.write_text("\n".join(tests))
    try:
        path.write_bytes(one.apply(source))
        pyc.unlink(missing_ok=True)
        words = ["-x", "-q", "--no-header", "--tb=no", "-p", "no:xdist", "-p", "no:cacheprovider", "@chosen-tests"]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *words],
            cwd=tree,
            env=_environ(),
            capture_output=True,
            text=True,
            timeout=60 + 4 * MOST_TEST_S,
        )
    except subprocess.TimeoutExpired:
        return "(never ends)"
    finally:
        path.write_bytes(source)
        pyc.unlink(missing_ok=True)
    if done.returncode == 0:
        return ""
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    return failed[1] if failed else "(does not start)"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--per-room", type=int, default=16)
    parser.add_argument("--rooms", default=",".join(ROOMS))
    parser.add_argument("--again", type=Path, help="an earlier result: only what survived there")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "canteen-mutants")
    parser.add_argument("--fresh", action="store_true", help="follow every test again")
    parser.add_argument("--list", action="store_true", help="name the faults, run nothing")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    alike = tomllib.loads((Path(__file__).parent / "alike.toml").read_text("utf-8"))
    picked = chosen(given.seed, given.per_room, given.rooms.split(","))
    if given.again:
        survived = set(re.findall(r"^survived +(.*)$", given.again.read_text("utf-8"), re.MULTILINE))
        picked = {"again": [one for one in faults_in(survived) if one.key in survived]}
    if given.list:
        print("\n".join(f"{room:13}{one.kind:18}{one.key}" for room, found in picked.items() for one in found))
        return 0
    table = {}
    with tempfile.TemporaryDirectory(dir=given.work) as folder:
        tree = Path(folder) / "tree"
        kept = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for name in filter(None, kept.split("\0")):
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
        tests = map_of(tree, given.work, fresh=given.fresh)
        for room, found in picked.items():
            table[room] = Counter[str]()
            for one in found:
                by = "" if one.key in alike else plant(one, tree, tests_for(one, tests))
                end = "alike" if one.key in alike else "killed" if by else "survived"
                table[room][end] += 1
                print(f"{end:9} {one.key}" + (f"  [{by}]" if by else ""), flush=True)
    print("".join(f"\nalike.toml, no such fault any more: {key}" for key in left_over(alike)))
    print(f"\n{'':13}{'killed':>9}{'survived':>10}{'alike':>7}")
    total = sum(table.values(), Counter())
    for room, ends in [*table.items(), ("together", total)]:
        print(f"{room:13}{ends['killed']:>9}{ends['survived']:>10}{ends['alike']:>7}")
    changing = total["killed"] + total["survived"]
    print(f"\nkilled of those that change something: {100 * total['killed'] / max(changing, 1):.1f} %")
    return 0 if total["killed"] >= 0.95 * changing else 1


if __name__ == "__main__":
    sys.exit(main())
