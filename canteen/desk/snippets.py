"""Blocks an officer may put into a draft and fill out; their texts are the files in ``blocks/``."""

from importlib.resources import files

#: Name of the file -> what it is, in the order in which they are offered.
SNIPPETS = {"override": "分区规定(某个乡镇或村不同)", "class": "一类人", "cap": "限额", "funding": "谁出钱"}
#: Stands in a block for the area that is chosen.
_AREA = "AREA"


def block(name: str) -> str:
    """The text of a block; ``empty`` is the sheet a new scheme begins with."""
    return (files("canteen.desk.blocks") / f"{name}.toml").read_text("utf-8")


def with_snippet(text: str, name: str, *, area: str) -> str:
    """The text with a block put at its end; unchanged for a name that is not known."""
    if name not in SNIPPETS:
        return text
    return f"{text.rstrip()}\n\n{block(name).replace(_AREA, area)}"
