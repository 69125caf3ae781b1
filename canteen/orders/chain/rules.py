"""Reading a chat chain (接龙): text goes in, one entry for each person who asked comes out. Pure, and quick for any text.

A chain repeats all its earlier lines each time somebody copies it on, and what was asked is corrected further down: by a
later copy, by a reply that names a person or a line, or by its writer. The last word counts; a line that only says again
what it said before changes nothing, so that a cancellation is not undone by the next copy. What cannot be read is told
and never guessed away.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from canteen.base.errors import BadInput
from canteen.orders.chain import words
from canteen.orders.chain.lines import lines_of, without_number, without_writer
from canteen.orders.chain.parts import Reading, SaidPart, looks_like_name, parts_of
from canteen.people.rules import person_name

#: A chain of four hundred with remarks is half of it.
MOST_SIGNS = 40_000
MOST_LINES = 1_500
#: A longer line is talk.
MOST_IN_LINE = 120
#: Portions one order may have.
MOST_PORTIONS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainEntry:
    """What one person asked for, after everything that was said later."""

    #: As the chain calls them: a name, a nickname, the writer.
    who: str
    #: 妈妈: the meal is for this relative of ``who``; or a title behind the name (奶奶).
    relation: str = ""
    #: Number of the village group, when it was said.
    group: str = ""
    portions: int = 1
    #: "": not said.
    way: str = ""
    set_name: str = ""
    remark: str = ""
    is_cancelled: bool = False
    #: Why a person should look: ``repeat`` the name stands twice, ``dropped`` missing in a later copy, ``slot`` another
    #: meal was named, ``count``, ``way`` or ``set`` are not clear, ``which`` a cancellation may mean another.
    doubts: tuple[str, ...] = ()
    #: The lines it was read from, the first and the last.
    line: str = ""
    last_line: str = ""

    @property
    def said(self) -> str:
        """张三妈妈."""
        return self.who + self.relation


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain as it was read."""

    entries: tuple[ChainEntry, ...]
    #: Lines that may mean something and were not understood.
    unread: tuple[str, ...] = ()


@dataclass(slots=True)
class _Draft:
    entry: ChainEntry
    number: int | None
    block: int
    writer: str
    #: What was said of it, so that a copy of a line is known.
    bodies: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Reader:
    reading: Reading
    drafts: list[_Draft] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    writer: str = ""
    #: The line that named the writer, until they write something: 王秀兰 11:30 may be no writer.
    silent: str = ""
    #: What the next line answers to: the first part of a quoted line.
    quoted: SaidPart | None = None
    block: int = 0
    #: Numbers of list lines in each block.
    numbers: dict[int, list[int]] = field(default_factory=dict)


def read_chain(text: str, *, slot: str, sets: Collection[str] = (), known: Collection[str] = ()) -> Chain:
    """Read a pasted chain for one sitting.

    ``slot``: the meal it is for; ``sets``: names of its sets; ``known``: names of people of the site, which tell where a
    name ends. Raises ``BadInput`` for a text that is too long.
    """
    if len(text) > MOST_SIGNS or text.count("\n") > MOST_LINES:
        raise BadInput("内容太长,最多 %(most)s 行", field="text", next_step="请分几次粘贴", most=MOST_LINES)
    reader = _Reader(Reading(frozenset(known), slot, tuple(sets)))
    for line in lines_of(text):
        _read_line(reader, line)
    if reader.silent:
        reader.unread.append(reader.silent)
    _mark_dropped(reader)
    return Chain(tuple(draft.entry for draft in reader.drafts), tuple(dict.fromkeys(reader.unread)))


def _read_line(reader: _Reader, line: str) -> None:
    if words.DIVIDER.fullmatch(line) or words.EXAMPLE.match(line) or words.TOTAL.match(line):
        return
    if line.startswith("「"):
        quote, _, after = line[1:].partition("」")
        reader.quoted = next(iter(_parts(reader, without_number(without_writer(quote)[1])[1])), None)
        if not after.strip():
            return
        line = after.strip()
    if title := words.CHAIN.match(line):
        reader.block += 1
        line = line[title.end() :].strip()
    if not words.TITLE.sub("", line):
        return
    head = words.HEADER.fullmatch(line)
    if head and not words.NUMBER.match(line):
        _writes(reader, head["who"])
        reader.silent = line
        return
    stamped = words.PREFIX.fullmatch(line)
    line = stamped["rest"] if stamped else line
    number, body = without_number(line)
    if number is None:
        writer, body = without_writer(line)
        if writer:
            _writes(reader, writer)
    if not body:
        return
    if len(body) > MOST_IN_LINE:
        reader.unread.append(f"{line[:60]}…")
        return
    reader.silent = ""
    if not _take(reader, number, body, line) and body not in words.CHATTER:
        reader.unread.append(line)


def _writes(reader: _Reader, writer: str) -> None:
    if reader.silent:
        reader.unread.append(reader.silent)
    reader.writer, reader.silent = person_name(writer.strip('@"“” []')), ""
    reader.block += 1


def _parts(reader: _Reader, body: str) -> list[SaidPart]:
    return parts_of(body, reader.reading)


def _take(reader: _Reader, number: int | None, body: str, line: str) -> bool:
    """Whether a line was understood."""
    if number is not None:
        there = reader.numbers.setdefault(reader.block, [])
        if there and number <= there[-1]:
            reader.block += 1
            there = reader.numbers.setdefault(reader.block, [])
        there.append(number)
    parts = _parts(reader, body)
    quoted, reader.quoted = reader.quoted, None
    if number is None and parts[0].who and not _is_about_somebody(reader, parts[0]):
        if not parts[0].says_something or not (reader.writer or quoted):
            return False
        parts[0].remarks.insert(0, parts[0].who)  # 帮我报两份: the writer's
        parts[0].who = ""
    understood = True
    for at, part in enumerate(parts):
        if not part.who and quoted and (part.says_something or part.remarks):
            part.who, part.group = quoted.who, part.group or quoted.group
            part.relation = part.relation or quoted.relation
        if not part.who and part.points_at is None and number is None and part.says_something:
            if part.is_cancelled and not part.relation and _cancel_own(reader, body, line):
                continue
            part.who = reader.writer
        if not part.who and part.relation and part.points_at is None:
            part.who, part.relation = part.relation, ""  # 妈妈一份, of nobody known
        understood &= _apply(reader, part, number if at == 0 else None, body, line)
    return understood


def _is_about_somebody(reader: _Reader, part: SaidPart) -> bool:
    known = part.who in reader.reading.known or any(draft.entry.who == part.who for draft in reader.drafts)
    likely = looks_like_name(part.who) and (len(part.who) < 4 or part.says_something)
    return known or likely or (part.says_something and not reader.writer and len(part.who) <= 8)


def _cancel_own(reader: _Reader, body: str, line: str) -> bool:
    """取消, and nothing else: what its writer asked for, and all of it when that was several."""
    own = [one for one in reader.drafts if reader.writer and reader.writer in (one.writer, one.entry.who)]
    for draft in own:
        doubts = (*draft.entry.doubts, "which") if len(own) > 1 else draft.entry.doubts
        draft.entry = replace(draft.entry, is_cancelled=True, doubts=tuple(dict.fromkeys(doubts)), last_line=line)
        draft.bodies.add(body)
    return bool(own)


def _apply(reader: _Reader, part: SaidPart, number: int | None, body: str, line: str) -> bool:
    draft = _meant(reader, part, number)
    if draft is None:
        who = person_name(part.who)
        if not who or part.points_at is not None:
            return False
        fresh = ChainEntry(who=who, relation=part.relation, group=part.group, line=line)
        draft = _Draft(fresh, number, reader.block, reader.writer)
        twin = next((one for one in reader.drafts if one.entry.said == fresh.said), None)
        if twin is not None:
            twin.entry = _doubting(twin.entry, "repeat")
            draft.entry = _doubting(fresh, "repeat")
        reader.drafts.append(draft)
        draft.entry = _said(draft.entry, part, line)
    elif body in draft.bodies:  # a copy of the chain says again what it said
        pass
    elif number is not None and draft.number is not None and part.who:  # the line itself was written anew
        kept = tuple(one for one in draft.entry.doubts if one in ("repeat", "which"))
        draft.entry = _said(
            ChainEntry(
                who=draft.entry.who, relation=part.relation, group=part.group, line=draft.entry.line, doubts=kept
            ),
            part,
            line,
        )
    else:
        draft.entry = _said(draft.entry, part, line)
    draft.bodies.add(body)
    draft.block = reader.block
    draft.number = number if number is not None else draft.number
    return True


def _meant(reader: _Reader, part: SaidPart, number: int | None) -> _Draft | None:
    """The entry a part corrects; None when it is a new one."""
    at = part.points_at if part.points_at is not None else number if not part.who else None
    if at is not None:
        return next((one for one in reversed(reader.drafts) if one.number == at), None)
    who = person_name(part.who)
    named = [one for one in reader.drafts if one.entry.who == who and one.entry.relation == part.relation]
    if not named and not part.relation:
        named = [one for one in reader.drafts if one.entry.said == who]
    if not named and (part.is_cancelled or part.is_change or part.delta):
        named = [one for one in reader.drafts if one.entry.who == who]
    if number is not None:  # of a list: two lines of one name in one copy are two
        same_line = [one for one in named if one.number == number and one.block != reader.block]
        return next(iter(same_line), next((one for one in named if one.block != reader.block), None))
    corrects = part.is_cancelled or part.is_change or part.delta
    return next(
        (one for one in reversed(named) if corrects or one.block != reader.block or one.entry.is_cancelled), None
    )


def _said(entry: ChainEntry, part: SaidPart, line: str) -> ChainEntry:
    """An entry with what a part says of it."""
    portions = part.portions if part.portions is not None else entry.portions
    portions += part.delta
    doubts = [*entry.doubts, *sorted(part.doubts)]
    if any(part.other_slots):
        doubts.append("slot")
    if portions > MOST_PORTIONS:
        doubts.append("count")
    remark = " ".join(dict.fromkeys(filter(None, [entry.remark, *part.remarks])))
    return replace(
        entry,
        portions=max(1, min(portions, MOST_PORTIONS)),
        way=part.way or entry.way,
        set_name=part.set_name or entry.set_name,
        group=part.group or entry.group,
        remark=remark[:60],
        is_cancelled=part.is_cancelled or portions <= 0,
        doubts=tuple(dict.fromkeys(doubts)),
        last_line=line if line != entry.line else entry.last_line,
    )


def _doubting(entry: ChainEntry, doubt: str) -> ChainEntry:
    return replace(entry, doubts=tuple(dict.fromkeys([*entry.doubts, doubt])))


def _mark_dropped(reader: _Reader) -> None:
    """Lines of an earlier copy that a later copy, as long or longer, does not have: taken out, or lost by two at once."""
    lists = {block: numbers for block, numbers in reader.numbers.items() if len(numbers) > 1 and numbers[0] == 1}
    for draft in reader.drafts:
        number = draft.number
        if number is not None and any(
            block > draft.block and numbers[-1] >= number for block, numbers in lists.items()
        ):
            draft.entry = _doubting(draft.entry, "dropped")
