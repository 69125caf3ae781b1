"""Schemes that concern an elder, and giving one up or taking it back. Session-first.

What was eaten is not decided again: a scheme pays nothing from the day it is given up, and again from the day it is
taken back. Which scheme and why is sealed with the other facts of the elder.
"""

from dataclasses import replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.base.errors import BadInput
from canteen.people.facts import Personal
from canteen.people.queries import AREA, ELDER, SITE
from canteen.people.rules import Waiver, taken_back, waived_on
from canteen.schemes.queries import schemes_in_force

_HUKOU, _RESIDENCE, _HOME = AREA.alias("hukou"), AREA.alias("residence"), AREA.alias("home")


def schemes_of(session: Session, elder_id: int, *, day: date) -> dict[str, str]:
    """Id -> name of the schemes in force where an elder lives, has the hukou or usually eats."""
    paths = session.execute(
        select(_HUKOU.c.path, _HOME.c.path, _RESIDENCE.c.path)
        .select_from(ELDER)
        .join(_RESIDENCE, _RESIDENCE.c.id == ELDER.c.residence_area_id)
        .outerjoin(_HUKOU, _HUKOU.c.id == ELDER.c.hukou_area_id)
        .outerjoin(SITE, SITE.c.id == ELDER.c.home_site_id)
        .outerjoin(_HOME, _HOME.c.id == SITE.c.area_id)
        .where(ELDER.c.id == elder_id)
    ).one()
    found = [schemes_in_force(session, area_path=path, day=day) for path in dict.fromkeys(paths) if path]
    return {scheme.id: scheme.name for schemes in found for scheme in schemes if scheme.classes}


def give_up(session: Session, elder_id: int, known: Personal, waiver: Waiver) -> Personal:
    """The facts with a scheme given up; the same facts when it is already. Raises ``BadInput`` for another scheme."""
    if waiver.scheme in waived_on(known.waived, waiver.from_day):
        return known
    if waiver.scheme not in schemes_of(session, elder_id, day=waiver.from_day):
        raise BadInput("请从列表中选择", field="scheme")
    return replace(known, waived=(*known.waived, waiver))


def take_back(known: Personal, scheme: str, *, day: date, reason: str) -> Personal:
    """The facts with a scheme that counts again from a day on; the same facts when it was not given up."""
    return replace(known, waived=taken_back(known.waived, scheme, day=day, reason=reason))
