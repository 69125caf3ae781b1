"""Texts that may be printed where others can read them."""

from __future__ import annotations

from canteen.base.words import label_in
from canteen.schemes.language.reader import Table


def neutral(table: Table, key: str, *, longest: int = 40) -> str:
    """A text without a word that says what somebody is: names, versions, class codes, payers."""
    text = table.text(key, longest=longest)
    if label := label_in(text):
        table.notes.problems.append(
            f"{table.path(key)}:「{text}」会印在小票和公示上,不能有「{label}」,请换一个中性的写法"
        )
    return text
