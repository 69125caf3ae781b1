"""Text as it is compared."""

import unicodedata

#: Categories of signs that no screen shows.
_INVISIBLE = ("Cc", "Cf", "Cs")


def plain_text(text: str) -> str:
    """Text as it is compared: NFKC (full-width digits are digits), no control characters, single inner spaces."""
    if not text.isprintable():
        text = "".join(sign for sign in text if sign.isspace() or unicodedata.category(sign) not in _INVISIBLE)
    return " ".join(unicodedata.normalize("NFKC", text).split())


def masked_name(name: str) -> str:
    """A name for anything posted: first and last character; of two characters the first only. A · stays."""
    if len(name) <= 2:
        return name[:1] + "*" if len(name) == 2 else "*"
    return name[0] + "".join("·" if sign == "·" else "*" for sign in name[1:-1]) + name[-1]
