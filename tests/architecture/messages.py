"""What the program says in Chinese, gathered from its source, so that nothing stays untranslated unseen.

Texts reach people through many doors (``gettext``, refusals, tables of words, templates), so the rule is turned round:
every Chinese text in the source is a message, unless it stands in a place that is named in ``NOT_SAID`` with a reason.

    python tests/architecture/messages.py     prints the missing ones, ready to be added to translations/en.po
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # called by its path it finds the program, too

from canteen.base.words import ENGLISH  # noqa: E402

CATALOGUE = ROOT / "canteen" / "translations" / "en.po"
CHINESE = re.compile(r"[\u4e00-\u9fff]")

#: Pattern of ``file:name`` (the module-level constant, function or class) -> why its Chinese is not for a catalogue.
NOT_SAID = {
    "commands.py:*": "the command line says both languages at once",
    "*/commands.py:*": "the command line says both languages at once",
    "*_commands.py:*": "the command line says both languages at once",
    "base/console.py:*": "the command line says both languages at once",
    "entrance/demo.py:*": "invented people and places",
    "entrance/setup.py:_set_up*": "names of what `init` makes",
    "entrance/setup.py:SCREEN_PRINTER": "a name",
    "printing/sending/agent_http.py:_WORDS": "the agent's log says both languages at once",
    "printing/papers/*.py:*": "papers are Chinese",
    "printing/drawing/blocks.py:*": "papers are Chinese",
    "base/words/*": "English stands beside it",
    "base/i18n.py:show_day": "a day is written by code, in each language",
    "base/money.py:parse_yuan": "signs of currency among the message",
    "menus/dishes/foods.py:*": "what people write in diets and ingredients",
    "menus/importing/words.py:*": "what people write in the headers and cells of a menu file",
    "menus/importing/*.py:_[A-Z]*": "the same",
    "menus/importing/pieces.py:ONLY_SET": "a name",
    "people/importing/areas.py:_[A-Z]*": "what people write in rosters",
    "people/importing/areas.py:*group_name": "what people write in rosters",
    "people/importing/areas.py:_chinese_number": "what people write in rosters",
    "people/importing/columns.py:_[A-Z]*": "what people write in rosters",
    "people/importing/columns.py:field_of": "what people write in rosters",
    "people/importing/columns.py:stated_in": "what people write in rosters",
    "people/importing/rows.py:_GONE": "what people write in rosters",
    "base/sheets/reading.py:_cell": "what people write in rosters",
    "people/importing/words.py:*": "what people write in rosters",
    "people/finding/keys.py:*": "surnames",
    "orders/chain/words.py:*": "what people write in a chat",
    "orders/chain/parts.py:*": "what people write in a chat",
    "orders/chain/matching.py:_[A-Z_]*": "what people write in a chat",
    "orders/chain/matching.py:_found": "what people write in a chat",
    "orders/week/rules.py:[A-Z_]*": "what people write in a table",
    "orders/week/rules.py:_day_of": "what people write in a table",
    "orders/chain/summary.py:*": "what is pasted into a Chinese chat",
    "staff/passwords.py:_[A-Z]*": "words nobody may use as a password",
    "places/rules.py:_[A-Z]*": "endings of the names of places",
    "base/words/__init__.py:LABELS": "words that may not stand on anything posted",
    "schemes/language/*.py:[_cdr]*": "the errors of a scheme file are told in the language it is written in (docs/schemes.md)",
    "schemes/language/approval.py:*": "the same",
    "schemes/language/doubts.py:*": "the same",
    "schemes/language/reader.py:*": "the same",
    "schemes/language/scheme.py:load_scheme": "the same",
    "schemes/trial/cases.py:[_r]*": "the same",
    "schemes/trial/invented.py:*": "the same",
    "schemes/trial/site_cases.py:*": "the same",
}


def is_said(here: str) -> bool:
    return not any(fnmatchcase(here, pattern) for pattern in NOT_SAID)


@cache
def messages() -> dict[str, str]:
    """Message -> the first place it stands at (``canteen/base/web.py:12``)."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "canteen").glob("**/*.html")):
        with path.open("rb") as file:
            for line, _, message, _ in babel_extract(file, ("_", "gettext"), [], {"trim_blocks": "true"}):
                for each in [message] if isinstance(message, str) else message or ():
                    if each and CHINESE.search(each):
                        found.setdefault(each, f"{path.relative_to(ROOT)}:{line}")
    for path in sorted((ROOT / "canteen").glob("**/*.py")):
        here = path.relative_to(ROOT / "canteen").as_posix()
        for line, name, text in literals(path.read_text("utf-8")):
            if is_said(f"{here}:{name}"):
                found.setdefault(text, f"canteen/{here}:{line}")
    return found


def literals(source: str) -> Iterator[tuple[int, str, str]]:
    """Line, name of the module-level thing it belongs to, and text of every Chinese string.

    Docstrings are not said, and the pieces of an f-string are no messages: what is said in one cannot be translated.
    """
    for top in ast.parse(source).body:
        name = _name(top)
        if isinstance(top, ast.Expr):
            continue
        described = [node for node in ast.walk(top) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        silent = {id(node.body[0].value) for node in described if isinstance(node.body[0], ast.Expr)}
        silent |= {id(part) for node in ast.walk(top) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(top):
            is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
            if is_text and id(node) not in silent and CHINESE.search(node.value):
                yield node.lineno, name, node.value


def _name(node: ast.stmt) -> str:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name
    if isinstance(node, ast.AnnAssign):
        return ast.unparse(node.target)
    return ast.unparse(node.targets[0]) if isinstance(node, ast.Assign) else ""


def translations() -> dict[str, str]:
    """Message -> English, of the vocabulary and the catalogue; fuzzy ones do not count."""
    catalogue = read_po(BytesIO(CATALOGUE.read_bytes()), locale="en")
    return ENGLISH | {str(m.id): str(m.string) for m in catalogue if m.id and m.string and not m.fuzzy}


def missing() -> dict[str, str]:
    known = translations()
    return {message: place for message, place in messages().items() if message not in known}


def _po(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


if __name__ == "__main__":
    for text, place in missing().items():
        sys.stdout.write(f'#: {place}\nmsgid {_po(text)}\nmsgstr ""\n\n')
