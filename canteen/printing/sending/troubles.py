"""How the column ``trouble`` of a job is written and read: sentences that a catalogue can translate, each with a detail
it cannot.
"""

#: A paper that was printed, with boxes in place of the characters behind it.
BOXED = "没有字体可画,打成方框"


def told(sentence: str, detail: str) -> str:
    """A sentence with a name or characters behind it: 确认已打印:李梅."""
    return f"{sentence}:{detail.replace(';', ' ')}"


def told_both(*sentences: str) -> str:
    """Several, the empty ones left out."""
    return ";".join(filter(None, sentences))


def sentences(trouble: str) -> list[tuple[str, str]]:
    """What a column says: each sentence, and what stands behind it (``:李梅``), "" for nothing."""
    parts = (part.partition(":") for part in trouble.split(";") if part)
    return [(what, colon + detail) for what, colon, detail in parts]
