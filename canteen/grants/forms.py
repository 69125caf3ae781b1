"""What the grants page may be asked for."""

from __future__ import annotations

from collections.abc import Mapping

from canteen.base.errors import BadInput
from canteen.base.fields import one_of
from canteen.base.money import parse_yuan
from canteen.grants.money import Stated
from canteen.schemes.language.site_money import OWNERSHIPS, PREMISES, SIZES

_MOST = 10**6
#: What people write for an assessment without grades.
_ASSESSED = {"合格": "passed", "不合格": "failed", "Passed": "passed", "Failed": "failed"}


def read_site_id(args: Mapping[str, str]) -> int | None:
    """A site; None when none is given. Raises ``BadInput``."""
    text = args.get("site", "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 12 and 0 < int(text) < 2**31):
        raise BadInput("请从列表中选择助餐点", field="site")
    return int(text)


def read_stated(args: Mapping[str, str]) -> Stated:
    """What somebody states of a site to try its money; empty fields are not known. Raises ``BadInput``."""
    investment, assessment = args.get("investment", "").strip(), args.get("assessment", "").strip()[:20]
    return Stated(
        premises=one_of(("", *PREMISES))(args.get("premises", "")),
        ownership=one_of(("", *OWNERSHIPS))(args.get("ownership", "")),
        assessment=_ASSESSED.get(assessment, assessment),
        accepted=args.get("accepted") == "1",
        investment_fen=parse_yuan(investment) if investment else None,
        size={what: _count(args[what], what) for what in SIZES if args.get(what, "").strip()},
    )


def _count(text: str, field: str) -> int:
    plain = text.strip()
    if not (plain.isascii() and plain.isdigit() and len(plain) < 8 and int(plain) <= _MOST):
        raise BadInput("「%(text)s」不是整数", field=field, text=plain[:20])
    return int(plain)
