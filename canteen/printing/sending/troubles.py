"""How the column ``trouble`` of a job is written: sentences that a catalogue can translate, each with a detail it
cannot, joined so that they can be taken apart again (``templates/printing/_trouble.html``).
"""

from __future__ import annotations

#: A paper that was printed, with boxes in place of the characters behind it.
BOXED = "没有字体可画,打成方框"


def told(sentence: str, detail: str) -> str:
    """A sentence with a name or characters behind it: 确认已打印:李梅."""
    return f"{sentence}:{detail.replace(';', ' ')}"


def told_both(*sentences: str) -> str:
    """Several, the empty ones left out."""
    return ";".join(filter(None, sentences))
