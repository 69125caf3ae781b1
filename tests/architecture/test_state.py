"""What a process keeps in memory, counted: each with the reason why it may. Everything else is in the database."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.house import ROOT

#: ``file: name`` -> why it is kept, and why nobody misses it when the process ends.
REASONS = {
    # What holds a process together.
    "base/db/__init__.py: _open": "whether this thread has a transaction open: it does not nest",
    "base/db/__init__.py: _reader": "the session that nested reading() blocks share",
    "base/db/__init__.py: _writers": "the fair queue in front of BEGIN IMMEDIATE",
    "menus/clashes/eaters.py: EATERS": "who knows who eats, filled once where the house is wired",
    "people/followers.py: FOLLOWERS": "who follows the register, filled once where the house is wired",
    "staff/passwords.py: _worker": "one thread hashes: 7 MiB each, and nobody can take more by signing in in crowds",
    "base/apart/__init__.py: _places": "files of strangers read at the same time: threads are left for the counter",
    # Statements and texts that are the same for as long as the program is: made once.
    "audit/kinds.py: every_kind": "how the rows of each kind of subject are read, compiled once from the tables",
    "check/uses.py: _factor": "random factors of one proof: each elder, scheme and period is met many times",
    "base/db/__init__.py: _adder": "two statements a table, compiled for the counter",
    "base/db/__init__.py: _given": "a dozen statements of one transaction are given the same moment",
    "people/finding/search.py: _in_area": "the prepared search of the counter",
    "base/i18n.py: english": "the catalogue, compiled in memory: no file can be older than its source",
    "people/finding/keys.py: _readings": "readings of a character, looked up in a large table",
    "places/rules.py: levels_of": "the levels above an area, asked at every price",
    "schemes/queries.py: parsed": "a text in force never changes; reading one takes 0.2 to 9 ms",
    "schemes/deciding/compiled.py: plan_of": "a scheme made ready to be asked, 0.02 to 0.11 ms each: ten of them are more than a decision",
    "desk/queries.py: builtins": "the built-in schemes, read and looked at",
    "staff/passwords.py: _nobody": "a hash to compare with when nobody has the name: as slow as a right one",
    # Paper: what a character or a line costs, figures in docs/performance.md.
    "printing/drawing/device.py: rom_level": "which ROM holds a character",
    "printing/drawing/encoder.py: _flowed": "most lines of a ticket are those of the ticket before it",
    "printing/drawing/glyphs.py: embolden": "a character in bold",
    "printing/drawing/glyphs.py: drawer": "fonts are large; the pictures of characters are kept with them",
    "printing/drawing/raster.py: _stamp": "a character as rows of a line",
    "printing/drawing/preview.py: glyph_source": "the same pictures on one preview",
    "printing/drawing/preview.py: _qr_source": "the same pictures on one preview",
    "printing/drawing/preview.py: strip_source": "the same pictures on one preview",
    "printing/papers/neutral.py: _written_by_people": "which fields of a paper people wrote: once for each kind",
    "printing/sending/worker.py: _address": "the address of a printer, once and not for each paper",
}

_MAKERS = {
    "Lock", "RLock", "BoundedSemaphore", "ContextVar", "ThreadPoolExecutor", "local", "Event", "Condition", "Queue", "defaultdict", "dict",
    "list", "set", "WeakKeyDictionary", "WeakValueDictionary", "OrderedDict", "deque", "Counter", "lru_cache", "cache",
}  # fmt: skip
_CACHES = {"cache", "lru_cache", "cached"}


def state_of(source: str) -> Iterator[str]:
    """Names of a file behind which something is kept: caches, locks, and what is filled after it was made empty."""
    tree = ast.parse(source)
    for node in [
        *tree.body,
        *(inner for outer in tree.body if isinstance(outer, ast.ClassDef) for inner in outer.body),
    ]:
        if isinstance(node, ast.FunctionDef) and any(_name(each) in _CACHES for each in node.decorator_list):
            yield node.name
        value = getattr(node, "value", None) if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if value is None:
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target  # type: ignore[union-attr]
        empty = isinstance(value, ast.Dict | ast.List) and not ast.unparse(value)[1:-1].strip()
        if empty or (isinstance(value, ast.Call) and _name(value) in _MAKERS and not _is_field(value)):
            yield ast.unparse(target)
    yield from (name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names)


def _name(node: ast.expr) -> str:
    while isinstance(node, ast.Call):
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _is_field(call: ast.Call) -> bool:
    """``dict(a=1)`` and ``list(x)`` are tables, not something to be filled later."""
    return _name(call) in {"dict", "list", "set", "Counter"} and bool(call.args or call.keywords)


def test_every_state_has_its_reason() -> None:
    found = {
        f"{path.relative_to(ROOT / 'canteen').as_posix()}: {name}"
        for path in ROOT.glob("canteen/**/*.py")
        for name in state_of(path.read_text("utf-8"))
    }

    assert sorted(found - REASONS.keys()) == []
    assert sorted(REASONS.keys() - found) == []


def test_state_is_seen_in_every_shape() -> None:
    source = (
        "A = {}\nB: list[int] = []\nC = threading.Lock()\nD = lru_cache(8)(load)\n@functools.cache\ndef e(): pass\n"
        "class F:\n    @lru_cache(maxsize=4)\n    def g(self): pass\n    h = {}\nI = {'a': 1}\nJ = dict(a=1)\n"
        "def k():\n    global L\n"
    )

    assert list(state_of(source)) == ["A", "B", "C", "D", "e", "g", "h", "L"]
