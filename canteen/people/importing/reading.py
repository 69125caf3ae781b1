"""A whole file becomes a roster: its header, its rows, and what the paper says about itself. Pure."""

from collections.abc import Iterable
from datetime import date

from canteen.base.sheets.reading import Line, read_sheets
from canteen.people.importing.areas import Gazetteer
from canteen.people.importing.columns import find_layout, is_person, stated_in
from canteen.people.importing.roster import Roster
from canteen.people.importing.rows import Reader


def read_roster(data: bytes, filename: str, *, areas: Iterable[tuple[str, str]], home: str, day: date) -> Roster:
    """Understand a file. ``areas`` are (path, level) of what is known, ``home`` is the site's area, ``day`` today.

    Raises ``BadInput`` for a file that is no roster; what is wrong with single rows is in ``problems``.
    """
    layout, other_sheets = find_layout(read_sheets(data, filename))
    known = list(areas)
    reader = Reader(layout, Gazetteer(known, home=home), day)
    lines: list[Line] = []
    others = list(layout.above)
    for line in layout.below:
        (lines if is_person(line, layout) else others).append(line)
    persons = tuple(person for person in map(reader.read, lines) if person)
    issuer, dated = stated_in(others)
    named = {path for person in persons for path in (person.residence, person.hukou) if path}
    return Roster(
        layout=layout,
        count=len(lines),
        persons=persons,
        problems=tuple(reader.problems),
        warnings=tuple(reader.warnings),
        issuer=issuer,
        dated=dated,
        other_sheets=tuple(other_sheets),
        new_areas=tuple(sorted(named - {path for path, _ in known})),
    )
