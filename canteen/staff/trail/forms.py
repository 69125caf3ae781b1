"""Where what was typed on the page of the audit trail becomes types."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from werkzeug.datastructures import MultiDict

from canteen.base.errors import BadInput
from canteen.base.fields import Fields, iso_day

#: Days of one export at most.
_MOST = 366


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which rows of the audit trail to show."""

    action: str
    subject: str
    before: int | None


def read_audit_filter(query: MultiDict[str, str]) -> AuditFilter:
    """Read the filter of the audit page; what cannot be understood is as if it were not there."""
    before = query.get("before", "")
    return AuditFilter(
        _shown(query.get("action", ""))[:40],
        _shown(query.get("subject", ""))[:80],
        int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None,
    )


def read_days(form: Mapping[str, str]) -> tuple[date, date]:
    """First and last day of an export. Raises ``BadFields`` (``first``, ``last``)."""
    typed = Fields(form)
    first, last = typed.take("first", iso_day, date.min), typed.take("last", iso_day, date.max)
    typed.stop()
    typed.check(days_of_export, first, last)
    typed.stop()
    return first, last


def days_of_export(first: date, last: date) -> None:
    """The days go one way, and are not too many for one file. Raises ``BadInput``."""
    if last < first:
        raise BadInput("最后一天不能早于第一天", field="last")
    if last - first >= timedelta(days=_MOST):
        raise BadInput("一次最多导出 %(most)s 天", most=_MOST, field="last", next_step="请分几次导出")


def _shown(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable()).strip()
