"""English says everything Chinese says. ``python tests/architecture/messages.py`` prints what is missing."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from babel.messages.pofile import read_po

from canteen.base.words import ENGLISH, VOCABULARY
from tests.architecture.messages import CATALOGUE, is_said, literals, messages, missing, translations


def test_every_message_has_an_english_translation():
    left = missing()

    if left:
        listed = "\n".join(f"{place}: {message}" for message, place in list(left.items())[:40])
        pytest.fail(f"{len(left)} messages are not in canteen/translations/en.po, among them\n{listed}", pytrace=False)


def test_no_translation_is_left_over():
    assert sorted(translations().keys() - ENGLISH.keys() - messages().keys()) == []


def test_translations_keep_the_fields():
    """A field that is lost hides a fact, one that is invented breaks the page."""

    def fields(text: str) -> list[str]:
        return sorted(re.findall(r"%\(\w+\)s|%%", text))

    wrong = {message: english for message, english in translations().items() if fields(message) != fields(english)}

    assert wrong == {}


def test_the_gatherer_finds_what_is_said_and_nothing_else():
    source = '"""模块"""\nTEXT = "文字"\ndef ask():\n    """说明"""\n    return f"片段{TEXT}" + gettext("问题")\n'

    assert list(literals(source)) == [(2, "TEXT", "文字"), (5, "ask", "问题")]


@pytest.mark.parametrize(
    ("here", "answer"),
    [
        ("web.py:HTTP_WORDS", True),
        ("entrance/setup_commands.py:init", False),
        ("menus/importing/words.py:HEADERS", False),
        ("menus/importing/days.py:read_day", True),
    ],
)
def test_places_that_say_nothing_are_named(here, answer):
    assert is_said(here) is answer


def test_a_word_has_one_english():
    """The vocabulary holds both sides: the catalogue may not say another, nor two kinds of word."""
    catalogue = read_po(BytesIO(CATALOGUE.read_bytes()), locale="en")
    said = {chinese: set() for chinese in ENGLISH}
    for words in VOCABULARY.values():
        for chinese, english in words.values():
            said.setdefault(chinese, set()).add(english)

    assert [chinese for chinese, english in said.items() if len(english) != 1] == []
    assert sorted(str(message.id) for message in catalogue if message.id in ENGLISH) == []
