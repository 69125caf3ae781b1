"""The lines of a chain as they are compared, their numbers and their writers. Pure."""

import unicodedata
from collections.abc import Iterator

from canteen.orders.chain import words


def lines_of(text: str) -> Iterator[str]:
    """Lines without pictures and without what only looks: ``１．王秀兰 ２份🍚`` is ``1.王秀兰 2份``."""
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        plain = "".join(" " if _is_picture(sign) else sign for sign in unicodedata.normalize("NFKC", line))
        plain = " ".join(plain.replace("\u20e3", ". ").split())
        if plain:
            yield plain


def _is_picture(sign: str) -> bool:
    kind = unicodedata.category(sign)
    is_mark = kind in ("Mn", "Me") and not "\u0300" <= sign <= "\u036f"
    return (
        kind in ("So", "Sk", "Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
        and sign != "\u20e3"
        or (is_mark and sign != "\u20e3")
    )


def without_number(line: str) -> tuple[int | None, str]:
    """The number of a line of the list, if it has one, and what stands behind it."""
    found = words.NUMBER.match(line) or words.NUMBER_SPACE.match(line)
    if not found or words.POINTS_AT.match(line):
        return None, line
    return int(found["n"]), line[found.end() :].strip()


def without_writer(line: str) -> tuple[str, str]:
    """张三:我妈一份 is what 张三 writes; 备注:少盐 is nobody's."""
    found = words.COLON.fullmatch(line)
    if not found or words.HEADINGS.search(found["who"]) or found["who"].strip("() ").isdigit():
        return "", line
    return found["who"], found["rest"]
