"""The form of the week's page: text becomes types here."""

import re
from collections.abc import Mapping
from datetime import date, timedelta

from canteen.base.errors import BadInput
from canteen.base.fields import row_id
from canteen.orders.week.requests import CellChange
from canteen.orders.week.rules import DAYS

#: ``cell-<elder>-<days after Monday>``; what the page showed stands in ``was-<elder>``, joined by "|".
_CELL = re.compile(r"cell-(\d{1,10})-([0-6])")
#: Cells of one form: 400 people.
MOST_CELLS = 400 * DAYS


def changes(form: Mapping[str, str], monday: date) -> list[CellChange]:
    """The cells that say something else than the page showed. Raises ``BadInput``."""
    found = []
    for name, text in form.items():
        at = _CELL.fullmatch(name)
        if at is None:
            continue
        elder_id, ahead = row_id(at[1]), int(at[2])
        was = form.get(f"was-{elder_id}", "").split("|")
        if text.strip()[:20] != (was[ahead] if ahead < len(was) else ""):
            found.append(CellChange(elder_id, monday + timedelta(days=ahead), text.strip()[:20]))
    if len(found) > MOST_CELLS:
        raise BadInput("一次改得太多", next_step="请分几次保存")
    return found
