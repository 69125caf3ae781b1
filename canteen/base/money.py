"""Money is an integer number of fen (¥0.01); this file only turns it into words and back."""

import re
import unicodedata

from canteen.base.errors import BadInput

_AMOUNT = re.compile(r"^(\d{1,9})(?:\.(\d{1,2})0*)?$")


def yuan(fen: int) -> str:
    """Write fen as plain yuan with two decimals and no sign of currency: 123450 -> ``1,234.50``."""
    sign = "-" if fen < 0 else ""
    whole, rest = divmod(abs(fen), 100)
    return f"{sign}{whole:,}.{rest:02d}"


def yen_sign(fen: int) -> str:
    """Write fen as people see it on a screen: 123450 -> ``¥1,234.50``."""
    return f"-¥{yuan(-fen)}" if fen < 0 else f"¥{yuan(fen)}"


def parse_yuan(text: str) -> int:
    """Read an amount typed in yuan into fen.

    Full-width digits, a currency sign, 元 and thousands commas are accepted; more than two
    decimals, a sign or anything else is ``BadInput`` (nothing is rounded silently).
    """
    plain = unicodedata.normalize("NFKC", text).strip().strip("¥￥元").replace(",", "").strip()
    found = _AMOUNT.match(plain)
    if not found:
        raise BadInput("「%(text)s」不是金额,请写成 10 或 10.50", text=text.strip())
    return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))
