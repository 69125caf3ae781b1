"""Whom a text may mean, for a run sheet."""

from datetime import date

from sqlalchemy.orm import Session

from canteen.base.db import with_reading
from canteen.people.finding.search import search


@with_reading
def people_meant(session: Session, text: str, *, county: str, day: date) -> list[int]:
    """Elders of a county a name, pinyin, card or end of a phone number may mean."""
    return [one.id for one in search(session, text, day=day, area_prefix=county)]
