"""Shapes of tests that cannot fail, found in their source: a claim must be able to be wrong."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache

#: What else makes a test fail: pytest's own ways, and the browser's.
CLAIMS = frozenset({"raises", "fail", "expect"})
#: Functions that answer the same when they are asked again.
PLAIN = frozenset({"set", "frozenset", "sorted", "list", "tuple", "dict", "len", "str", "sum", "min", "max"})


def weak_claims(source: str, claiming: Iterable[str] = ()) -> list[str]:
    """Line and sentence of every claim in a file of tests that holds whatever the program does.

    ``claiming`` are the names of functions of the tests that claim something when they are called.
    """
    tree = ast.parse(source)
    found = list(_weak_asserts(tree))
    helpers = {*claiming, *claiming_in(tree, claiming)}
    for test in ast.walk(tree):
        if isinstance(test, ast.FunctionDef) and test.name.startswith("test_"):
            asserts = [node for node in ast.walk(test) if isinstance(node, ast.Assert)]
            if not _claims(test, helpers):
                found.append((test.lineno, f"{test.name} claims nothing"))
            elif asserts and all(_is_only_status(one.test) for one in asserts) and not _calls(test) & helpers:
                found.append((test.lineno, f"{test.name} claims a status of 200 and nothing of what is answered"))
    return [f"line {line}: {sentence}" for line, sentence in sorted(found)]


def claiming_in(tree: ast.AST, known: Iterable[str] = ()) -> set[str]:
    """The functions of a file that claim something, directly or through others."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    claiming: set[str] = set()
    while more := {one.name for one in functions if _claims(one, claiming | set(known))} - claiming:
        claiming |= more
    return claiming


def _calls(node: ast.AST) -> set[str]:
    called = [one.func for one in ast.walk(node) if isinstance(one, ast.Call)]
    return {one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "") for one in called}


def _claims(function: ast.FunctionDef, helpers: Iterable[str]) -> bool:
    return any(isinstance(one, ast.Assert) for one in ast.walk(function)) or bool(
        _calls(function) & {*CLAIMS, *helpers}
    )


def _weak_asserts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            for sentence in _why_weak(node.test):
                yield node.lineno, f"{sentence}: {ast.unparse(node.test)[:80]}"
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("select * from"):
            yield node.lineno, "rows are looked at as they lie by at_rest.rows_at_rest: JSON stands there as \\uXXXX"
        if (
            isinstance(node, ast.Compare)
            and isinstance(node.ops[0], ast.NotIn)
            and ast.unparse(node.left).endswith(".encode()")
            and not ast.unparse(node.left).isascii()
        ):
            yield node.lineno, "a Chinese word is looked for in one spelling; at_rest.readable knows all"


def _why_weak(claim: ast.expr) -> Iterator[str]:
    if isinstance(claim, ast.Tuple) and claim.elts:
        yield "a tuple is always true"
    for node in ast.walk(claim):
        match node:
            case ast.BoolOp(op=ast.Or(), values=values):
                always = [one.value for one in values if isinstance(one, ast.Constant) and one.value]
                if any(node is claim or not isinstance(value, str) for value in always):
                    yield "or something true"
                if len(values) > 1 and any(_swallows(one, other) for one in values for other in values):
                    yield "one side of or swallows the other"
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                if isinstance(op, ast.GtE) and (_is_empty(right) or _is_size(left) and _is_zero(right)):
                    yield "always at least nothing"
                if isinstance(op, ast.LtE) and (_is_empty(left) or _is_zero(left) and _is_size(right)):
                    yield "always at least nothing"
                if isinstance(op, ast.In) and isinstance(left, ast.Constant) and left.value in ("", b""):
                    yield "an empty text is in every text"
                if isinstance(op, ast.Eq | ast.Is) and ast.dump(left) == ast.dump(right) and _calls(left) <= PLAIN:
                    yield "the same on both sides"
    is_either = isinstance(claim, ast.BoolOp) and isinstance(claim.op, ast.Or)
    if is_either and (_is_only(ast.In, claim) or _is_only(ast.NotIn, claim)):
        yield "one text or another is on a page"


def _swallows(one: ast.expr, other: ast.expr) -> bool:
    """``a == (x, True) or x``: where the first holds, the second does."""
    inner = ast.dump(other)
    return one is not other and isinstance(other, ast.Call | ast.Compare) and inner in ast.dump(one)


def _is_only(op: type[ast.cmpop], claim: ast.expr) -> bool:
    """``"a" in page``, and several of them. ``"a" not in page or "b" in page`` is not meant: where a, there b."""
    if isinstance(claim, ast.BoolOp):
        return all(_is_only(op, one) for one in claim.values)
    return (
        isinstance(claim, ast.Compare)
        and isinstance(claim.ops[0], op)
        and isinstance(claim.left, ast.Constant | ast.JoinedStr)
    )


def _is_empty(node: ast.expr) -> bool:
    return ast.unparse(node) in ("set()", "frozenset()", "{}", "[]", "()", "''")


def _is_zero(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0 and node.value is not False


def _is_size(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len"


def _is_only_status(claim: ast.expr) -> bool:
    text = ast.unparse(claim)
    return text.endswith(".status_code == 200") and " " not in text.removesuffix(" == 200")


@cache
def parsed(source: str) -> ast.Module:
    """A file of tests, parsed once."""
    return ast.parse(source)
