"""What schemes with a purse are called on the screens. Session-first."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.db import table_of
from canteen.purses.lines import LINE
from canteen.subsidies.models import SchemeVersion
from canteen.subsidies.queries import parsed

_VERSION = table_of(SchemeVersion)


def scheme_names_in(session: Session) -> dict[str, str]:
    """Scheme id -> name, of every scheme that ever credited: the name of its latest version."""
    ids = select(LINE.c.scheme).distinct()
    rows = session.execute(
        select(_VERSION.c.scheme, _VERSION.c.text).where(_VERSION.c.scheme.in_(ids)).order_by(_VERSION.c.id)
    )
    return {scheme: parsed(text).name for scheme, text in rows}
