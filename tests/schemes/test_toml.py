"""Texts of strangers cost little: what no scheme needs is refused before a parser sees it."""

from __future__ import annotations

import tomllib
import tracemalloc
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canteen.desk.checking import check
from canteen.desk.toml_text import lines_of, parsed_toml
from canteen.schemes.builtin import builtin_schemes
from canteen.schemes.language.scheme import SchemeError, load_scheme
from canteen.schemes.toml import DEEPEST, LONGEST_TEXT, MOST_VALUES, TooMuchToml, headers_of, read_toml

TOO_MUCH = {
    "a dotted key": ".".join(["a"] * 90_000) + " = 1",
    "a dotted header": "[" + ".".join(["a"] * 90_000) + "]\n",
    "a quoted dotted key": ".".join(['"a"'] * 40_000) + " = 1",
    "a dotted key in an inline table": "x = { " + ".".join(["a"] * 80_000) + " = 1 }",
    "lists": "a = " + "[" * 60_000 + "]" * 60_000,
    "inline tables": "a = " + "{ b = " * 30_000 + "1" + " }" * 30_000,
    "a header, a key and a list": "[a.b.c.d.e.f.g.h.i.j]\nk.l.m.n.o.p.q.r.s.t = " + "[" * 16 + "]" * 16,
    "many headers": "[[a]]\n" * 33_000,
    "many values": "a = [" + "1," * 90_000 + "]",
    "many keys": "".join(f"a{n} = 1\n" for n in range(15_000)),
    "many dotted keys": "".join(f"a{n}.b.c.d.e.f.g.h = 1\n" for n in range(4_000)),
    "after texts and comments": '# \'"""\na = \'\'\'\n\'\'\' # [\nb = """ \\" """""\n' + "c." * 90_000 + "d = 1",
    "a long text": "#" * (LONGEST_TEXT + 1),
}


@pytest.mark.parametrize("text", TOO_MUCH.values(), ids=TOO_MUCH)
def test_what_no_scheme_needs_costs_nothing(text):
    tracemalloc.start()
    try:
        with pytest.raises(SchemeError) as trouble:
            load_scheme(text)
        checked, lines = check(text), lines_of(text)
        most_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert "最多" in trouble.value.problems[0]
    assert (checked.state, checked.document, lines) == ("wrong", {}, {})
    assert checked.problems[0].words == trouble.value.problems[0]
    assert most_bytes < 5_000_000


def test_the_words_say_the_line():
    assert check("a = 1\n\nb = " + "[" * 40).problems[0].line == 3
    assert check("a = '''\n\n'''\n" + "b = 1\n" * MOST_VALUES).problems[0].line == MOST_VALUES + 3


@pytest.mark.parametrize("name", builtin_schemes())
def test_no_built_in_scheme_is_near_the_bounds(name):
    text = builtin_schemes()[name]

    assert read_toml(text) == tomllib.loads(text, parse_float=Decimal)
    assert len(text) * 20 < LONGEST_TEXT and (text.count("=") + text.count(",") + text.count(".")) * 10 < MOST_VALUES


def test_headers_are_told_from_what_looks_like_one():
    text = 'a = [\n[1],\n[\'\'\'\n[b]\n\'\'\']]\n  [c]\nd = """\n[e]\\"""\n[f]"""""\n# [g]\n[[\'h\' . i]] # ]\n'

    assert [(text[place:].split("\n")[0], line) for place, line in headers_of(text)] == [
        ("  [c]", 6),
        ("[['h' . i]] # ]", 11),
    ]
    assert tomllib.loads(text)["h"]["i"] == [{}]


def depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


PIECES = st.sampled_from(
    ["[", "]", "[[", "]]", "{", "}", "a", "b", ".", "=", ",", "\n", "'", '"', '"""', "'''", "\\", "#", " ", "1", '"a"']
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(PIECES, max_size=40), st.sampled_from(["a.", "[", "{a=", "[[a.", "a=[", "'''", '"']), st.integers(0, 200)
)
def test_what_is_accepted_is_never_deeper_than_said(pieces, again, times):
    for text in ("".join(pieces), again * times + "".join(pieces), "".join(pieces) + again * times + "a=1"):
        try:
            document = read_toml(text)
        except (TooMuchToml, ValueError, RecursionError):
            document = {}
        assert depth(document) <= DEEPEST + 2  # the document itself, and the table that a header or a key ends in
        assert parsed_toml(text) == document
        lines_of(text)
