"""The house rules as functions of source text, so that a test can plant a violation and see it caught."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path, PurePath

#: The rooms, as the layers of the contract in ``pyproject.toml`` name them: the map of the house, highest first.
ROOT = Path(__file__).resolve().parents[2]
_CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
LAYERS = next(contract["layers"] for contract in _CONTRACTS if contract["type"] == "layers")
FEATURES = tuple(name.strip() for layer in LAYERS for name in layer.split("|"))

#: Role of a file -> import prefixes it may not use. A package ``service/`` has the role of ``service.py``.
FORBIDDEN = {
    "rules": (
        "flask",
        "werkzeug",
        "sqlalchemy",
        "canteen.base.db",
        "canteen.base.clock",
        "canteen.base.config",
        "canteen.base.vault",
        "canteen.base.web",
    ),
    "models": ("flask", "canteen.base.web", "canteen.base.config"),
    "queries": ("flask", "canteen.base.web"),
    "service": ("flask", "canteen.base.web"),
    "forms": ("sqlalchemy", "canteen.base.db"),
    "views": ("sqlalchemy", "canteen.base.db", "flask_sqlalchemy"),
}
#: Role of a file -> roles it may not import, in its own feature or another: imports go one way.
ABOVE = {
    "rules": {"models", "queries", "service", "forms", "views", "commands", "api"},
    "models": {"rules", "queries", "service", "forms", "views", "commands", "api"},
    "queries": {"service", "forms", "views", "commands", "api"},
    "service": {"forms", "views", "commands", "api"},
    "forms": {"service", "views", "commands", "api"},
    "views": {"commands"},
}
ROLES = (*ABOVE, "api", "commands")
#: Another feature's doors, kitchens and papers are its own.
PRIVATE = {"views", "forms", "service", "commands", "api"}

#: Besides modules with a blueprint or a list of commands.
DOORS = {"views", "api", "commands", "worker", "login"}
CLOCKS = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
    "time.ctime",
    "time.strftime",
    "sqlalchemy.func.now",
    "sqlalchemy.func.current_timestamp",
}


@dataclass(frozen=True)
class Source:
    """One Python file of ``canteen/``; ``path`` is relative to the repository."""

    path: PurePath
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def module(self) -> str:
        parts = self.path.with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def role(self) -> str:
        """What a file is by its name or that of a folder it lies in, wherever it lies: ``views`` for
        people/importing/views.py and for desk/views/drafts.py, ``forms`` for printing/sending/agent_forms.py."""
        if not self.feature:
            return ""
        names = reversed(self.path.with_suffix("").parts[2:])
        return next((role for name in names for role in ROLES if name == role or name.endswith(f"_{role}")), "")

    @property
    def feature(self) -> str:
        return self.path.parts[1] if self.path.parts[1] in FEATURES else ""

    @property
    def is_door(self) -> bool:
        """Whether people, terminals or the machine come in here: views, commands, background work."""
        targets = [target for node in self.tree.body if isinstance(node, ast.Assign) for target in node.targets]
        names = {target.id for target in targets if isinstance(target, ast.Name)}
        return bool(names & {"blueprint", "commands"}) or self.role in DOORS or self.path.stem in DOORS

    def imports(self) -> Iterator[str]:
        """Dotted names of everything imported, also inside functions: ``from a.b import c`` is ``a.b.c``."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (name.name for name in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.path}: relative import"
                yield from (f"{node.module}.{name.name}" for name in node.names)

    def calls(self) -> Iterator[tuple[int, str]]:
        """Line and full dotted name of every call whose function is a plain dotted name."""
        known = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                known |= {
                    name.asname or name.name.split(".")[0]: name.asname and name.name or name.name.split(".")[0]
                    for name in node.names
                }
            elif isinstance(node, ast.ImportFrom):
                known |= {name.asname or name.name: f"{node.module}.{name.name}" for name in node.names}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and (name := _dotted(node.func)):
                first, _, rest = name.partition(".")
                yield node.lineno, ".".join(filter(None, (known.get(first, first), rest)))


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def broken_rules(source: Source) -> list[str]:
    """What one file does that the house does not allow, one sentence each."""
    return [
        *_imports(source),
        *_neighbours(source),
        *_commits(source),
        *_clocks(source),
        *_sessions(source),
        *_views(source),
    ]


def _starts(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


def _imports(source: Source) -> Iterator[str]:
    for name in source.imports():
        if _starts(name, FORBIDDEN.get(source.role, ())):
            yield f"{source.role} may not import {name}"


def _neighbours(source: Source) -> Iterator[str]:
    for name in source.imports():
        role = role_of_import(name)
        if role in ABOVE.get(source.role, ()):
            yield f"{source.role} may not import {name}: imports go one way"
        owner = name.split(".")[1] if name.count(".") > 1 else ""
        if source.feature not in ("", "entrance", owner) and role in PRIVATE:  # The entrance calls everybody in.
            yield f"{name} belongs to {owner} alone"


@cache
def role_of_import(name: str) -> str:
    """The role of the module an import names; "" for what is not ours or has none."""
    parts = name.split(".")
    if parts[0] != "canteen":
        return ""
    for end in range(len(parts), 1, -1):
        path = PurePath(*parts[:end])
        if (ROOT / path).is_dir() or (ROOT / path.with_suffix(".py")).exists():
            return Source(path.with_suffix(".py"), "").role
    return ""


def _commits(source: Source) -> Iterator[str]:
    if source.path.as_posix() == "canteen/base/db/__init__.py":
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr == "commit":
            yield f"line {node.lineno}: only db.py commits"
        if isinstance(node, ast.Attribute) and _dotted(node) == "database.session":
            yield f"line {node.lineno}: database.session is for db.py; use reading() or transaction()"


def _clocks(source: Source) -> Iterator[str]:
    if source.path.as_posix() == "canteen/base/clock.py":
        return
    for line, name in source.calls():
        if name in CLOCKS:
            yield f"line {line}: {name}() reads a clock; only clock.py does"
    if source.feature and not source.is_door:
        for line, name in source.calls():
            if name in ("canteen.base.clock.now", "canteen.base.clock.today"):
                yield f"line {line}: only views and commands ask for the time; take now or day as an argument"


def _sessions(source: Source) -> Iterator[str]:
    """A function whose first argument is ``session`` writes inside somebody else's transaction."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.FunctionDef) or [a.arg for a in node.args.args[:1]] != ["session"]:
            continue
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and _dotted(call.func).split(".")[-1] in ("transaction", "reading"):
                yield f"line {call.lineno}: {node.name} has a session and opens another"


def _views(source: Source) -> Iterator[str]:
    if source.role not in ("views", "api"):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Try):
            yield f"line {node.lineno}: {source.role} has no try; one handler shows every error"


_TAG = re.compile(r"<[a-zA-Z](?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_CHINESE = re.compile(r"[\u3001-\u301f\u4e00-\u9fff，。：；？！（）]")


def broken_template_rules(text: str) -> list[str]:
    """What one template does that the content security policy, the translator or the house does not allow."""
    found = []
    plain = _JINJA.sub(lambda gap: "\n" * gap[0].count("\n"), text)
    for tag in _TAG.findall(plain):
        if re.match(r"<script\b(?![^>]*\bsrc=)", tag):
            found.append(f"inline script: {tag}")
        if re.match(r"<style\b", tag):
            found.append("inline style sheet")
        if inline := re.search(r"\s(on[a-z]+|style|hx-on[\w:.-]*)\s*=", tag):
            found.append(f"inline {inline[1]}: {tag}")
        if re.search(r"(javascript:|\bjs:)", tag):
            found.append(f"script in an attribute: {tag}")
        if len(re.findall(r"\shx-[a-z]", tag)) > 4:
            found.append(f"more than four hx- attributes: {tag}")
        if re.search(r"(src|href|action)\s*=\s*[\"']?(https?:)?//", tag):
            found.append(f"something from outside: {tag}")
    found += [f"Chinese without _(): {line.strip()}" for line in plain.splitlines() if _CHINESE.search(line)]
    for form in re.findall(r"<form\b.*?</form>", text, re.DOTALL):
        is_post = re.search(r"method\s*=\s*[\"']?post", form, re.IGNORECASE)
        # A family's page has no session to forge: its address is the secret (families/views.py).
        is_free = "url_for('family." in form
        if is_post and not is_free and not re.search(r"csrf_token\(\)|csrf\(\)", form):
            found.append(f"a form without its token: {form[:80]}")
        if not re.search(r"<form[^>]*\saction=", form) or not re.search(r"<form[^>]*\smethod=", form):
            found.append(f"a form without action or method: {form[:80]}")
    return found
