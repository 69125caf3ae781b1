"""What the grants page may be asked for."""

from collections.abc import Mapping

from canteen.base.fields import one_of, or_none, whole
from canteen.base.money import parse_yuan
from canteen.schemes.facts import SiteYear
from canteen.schemes.language.site_money import OWNERSHIPS, PREMISES, SIZES

#: What people write for an assessment without grades.
_ASSESSED = {"合格": "passed", "不合格": "failed", "Passed": "passed", "Failed": "failed"}


def read_site_id(args: Mapping[str, str]) -> int | None:
    """A site; None when none is given. Raises ``BadInput``."""
    return or_none(whole(1, 2**31 - 1, "请从列表中选择助餐点"))(args.get("site", ""))


def read_stated(args: Mapping[str, str]) -> SiteYear:
    """What somebody states of a site to try its money; empty fields are not known. Raises ``BadInput``."""
    assessment = args.get("assessment", "").strip()[:20]
    return SiteYear(
        premises=one_of(("", *PREMISES))(args.get("premises", "")),
        ownership=one_of(("", *OWNERSHIPS))(args.get("ownership", "")),
        assessment=_ASSESSED.get(assessment, assessment),
        accepted=args.get("accepted") == "1",
        investment_fen=or_none(parse_yuan)(args.get("investment", "")),
        size={what: _count(args[what]) for what in SIZES if args.get(what, "").strip()},
    )


_count = whole(0, 10**6, "「%(text)s」不是整数")
