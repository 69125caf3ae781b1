"""Two texts of schemes side by side: what differs in meaning, and what differs in letters."""

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from canteen.desk.reading_back.labels import Say, chinese, label_of, name_of
from canteen.desk.reading_back.sentences import plain_words
from canteen.desk.toml_text import parsed_toml

#: Lines of a text comparison that are shown around a change.
AROUND = 3
#: Lines of both texts, and pairs of equal lines among them, up to which texts are compared by letters: comparing needs
#: their product. The two longest built-in schemes have 400 and 5,000.
MOST_LINES, MOST_PAIRS = 4_000, 40_000
#: Equal to nothing that can be written.
_NOT_THERE = object()


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs. ``old`` or ``new`` is "" where it is not there."""

    label: str
    #: Key path in the new text, in the old one for what is gone.
    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """A line of the text comparison."""

    #: ``same``, ``old`` or ``new``; ``gap`` stands for lines left out.
    kind: str
    old_number: int | None
    new_number: int | None
    text: str


def differences(old_text: str, new_text: str, say: Say = chinese) -> list[Difference]:
    """What differs by meaning: order of keys, comments and spaces do not count.

    Items of a list are matched by what names them (a class by its code, a payer, an area), others by their place.
    """
    old_document, new_document = parsed_toml(old_text), parsed_toml(new_text)
    old, new = dict(_leaves(old_document, "", "")), dict(_leaves(new_document, "", ""))
    found = []
    for key in dict.fromkeys([*new, *old]):
        path, document = (new[key][0], new_document) if key in new else (old[key][0], old_document)
        before, after = (texts[key][1] if key in texts else _NOT_THERE for texts in (old, new))
        if before != after:
            found.append(Difference(label_of(path, document, say), path, _shown(before, say), _shown(after, say)))
    return found


def text_lines(old_text: str, new_text: str, say: Say = chinese) -> list[ComparedLine]:
    """What differs by letters, with some lines around each change; of texts too long for that, one line that says so."""
    old, new = old_text.splitlines(), new_text.splitlines()
    often = Counter(old)
    if len(old) + len(new) > MOST_LINES or sum(often[line] for line in new) > MOST_PAIRS:
        return [ComparedLine("gap", None, None, say("文本太长,不能逐行比较"))]
    lines: list[ComparedLine] = []
    for number, group in enumerate(difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(AROUND)):
        if number:
            lines.append(ComparedLine("gap", None, None, "…"))
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                for step in range(old_to - old_from):
                    lines.append(ComparedLine("same", old_from + step + 1, new_from + step + 1, old[old_from + step]))
                continue
            lines += [ComparedLine("old", place + 1, None, old[place]) for place in range(old_from, old_to)]
            lines += [ComparedLine("new", None, place + 1, new[place]) for place in range(new_from, new_to)]
    return lines


def _leaves(value: Any, key: str, path: str) -> Iterator[tuple[str, tuple[str, Any]]]:
    """Every value with its real path, under a key that is the same in both texts."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _leaves(item, f"{key}.{name}", f"{path}.{name}" if path else name)
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        taken: dict[str, int] = {}
        for place, item in enumerate(value, start=1):
            name = name_of(item) or _cap_name(item) or str(place)
            taken[name] = taken.get(name, 0) + 1
            yield from _leaves(item, f"{key}[{name}#{taken[name]}]", f"{path}[{place}]")
    else:
        yield key, (path, value)


def _cap_name(item: Any) -> str:
    """A cap is known by its period and what it counts, a tier of a grant by its meals a day."""
    if not isinstance(item, Mapping):
        return ""
    if "per" in item:
        return f"{item['per']}/{'meals' if 'meals' in item else 'yuan'}"
    return f"meals_a_day {item['meals_a_day']}" if "meals_a_day" in item else ""


def _shown(value: Any, say: Say) -> str:
    if value is _NOT_THERE:
        return ""
    return say("(空)") if value in ("", [], {}) else plain_words(value, say)
