"""The schemes with a purse that are in force in a month, and whose approval they need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.base.db import table_of
from canteen.base.db.rows import lasts
from canteen.base.months import months_on
from canteen.entitlements.queries import approved_schemes_of
from canteen.people.queries import AREA
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.models import SchemeVersion
from canteen.schemes.queries import parsed

_VERSION = table_of(SchemeVersion)


@dataclass(frozen=True, slots=True)
class SwitchedOn:
    """A version of a scheme, the area it was switched on for, and since when."""

    area: str
    valid_from: date
    scheme: Scheme


class PurseSchemes:
    """The schemes with a purse that are in force in a month, by where somebody lives or has the hukou."""

    def __init__(self, placed: Sequence[SwitchedOn], month: date, only: str) -> None:
        # Nearer areas last, and of one area what is in force on the first of the month after what came later.
        self._placed = sorted(placed, key=lambda one: (one.area.count("/"), one.valid_from <= month, one.valid_from))
        self._month, self._only = month, only
        self._found: dict[tuple[str, str], tuple[Scheme, ...]] = {}
        #: The same for the same versions in the same places, as long as somebody holds them.
        self.key = tuple((one.area, one.valid_from, id(one.scheme)) for one in self._placed)

    def of(self, residence: str, hukou: str) -> tuple[Scheme, ...]:
        """Those that apply to somebody; of one scheme the nearest version, by the residence before the hukou."""
        key = residence, hukou
        if key not in self._found:
            schemes = {
                one.scheme.id: one.scheme.at(residence)
                for path in (hukou, residence)
                if path
                for one in self._placed
                if f"{path}/".startswith(f"{one.area}/")
            }
            self._found[key] = tuple(scheme for scheme in schemes.values() if scheme.purse)
        return self._found[key]

    def wanted(self, scheme: str) -> bool:
        """Is this run about the scheme? Others are decided with it, because of one group only the highest counts."""
        return self._only in ("", scheme)

    def making_up(self) -> PurseSchemes:
        """Only those that let a missed month be made up."""
        kept = [one for one in self._placed if one.scheme.purse and one.scheme.purse.make_up_next_month]
        return PurseSchemes(kept, self._month, self._only)

    def groups_of(self, schemes: Iterable[str]) -> set[str]:
        """The stack groups of some schemes, those that raise another's credit left out."""
        return {one.stack_group for one in self.all if one.id in schemes and one.purse and not one.purse.above}

    @property
    def all(self) -> tuple[Scheme, ...]:
        """Every version with a purse, wherever it is in force."""
        return tuple(one.scheme for one in self._placed if one.scheme.purse)

    @property
    def asks_approval(self) -> bool:
        """Does any of them need an approval?"""
        return any(one.scheme.approval is not None for one in self._placed if one.scheme.purse)

    @property
    def ids(self) -> dict[str, str]:
        """Id -> name of every scheme with a purse."""
        return {one.scheme.id: one.scheme.name for one in self._placed if one.scheme.purse}


def purse_schemes(session: Session, *, month: date, only: str = "") -> PurseSchemes:
    """Every version in force on a day of the month, in one statement."""
    return purse_schemes_of(session, months=(month,), only=only)[0]


def purse_schemes_of(session: Session, *, months: Sequence[date], only: str = "") -> list[PurseSchemes]:
    """The same of several months, in one statement."""
    rows = session.execute(
        select(AREA.c.path, _VERSION.c.valid_from, _VERSION.c.valid_to, _VERSION.c.text)
        .join(AREA, AREA.c.id == _VERSION.c.area_id)
        .where(_VERSION.c.valid_from < months_on(max(months), 1), lasts(_VERSION.c.valid_to, min(months)))
        .order_by(_VERSION.c.id)
    ).all()
    found = []
    for month in months:
        running = (row for row in rows if row.valid_from < months_on(month, 1) and not (row.valid_to or month) < month)
        placed = [SwitchedOn(row.path, row.valid_from, parsed(row.text)) for row in running]
        found.append(PurseSchemes(placed, month, only))
    return found


def approvals(session: Session, ids: list[int], *, day: date, schemes: PurseSchemes) -> dict[int, frozenset[str]]:
    """Elder -> schemes with an approval in force on the day; empty when no scheme asks for one."""
    if not schemes.asks_approval:
        return {}
    return {id_: frozenset() for id_ in ids} | approved_schemes_of(session, elder_ids=ids, day=day)
