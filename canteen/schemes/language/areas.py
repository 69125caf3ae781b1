"""Areas in a scheme: paths that hold everything below them, and the elder's own township or village."""

from __future__ import annotations

from dataclasses import dataclass

from canteen.schemes.deciding.known import Known
from canteen.schemes.language.reader import Table

#: How many names of a path, from the county down, a level has.
LEVELS = {"county": 1, "township": 2, "village": 3}
#: By which of the elder's areas it is asked whether the site is in the same one.
OWN = ("residence", "hukou")


@dataclass(frozen=True, slots=True)
class Places:
    """Inside one of some areas and outside all of some others.

    Paths are compared by their beginning, all with a closing "/", so that 云溪镇 does not hold 云溪镇北. The
    beginning "" is everywhere.
    """

    inside: tuple[str, ...]
    outside: tuple[str, ...]

    def hold(self, path: str) -> bool:
        """Is a path (with a closing "/") within?"""
        return path.startswith(self.inside) and not path.startswith(self.outside)


@dataclass(frozen=True, slots=True)
class SiteArea(Places):
    """Where the site must be, perhaps in the elder's own township or village."""

    #: A key of ``LEVELS``, "" when the elder's area does not matter; by ``residence`` or ``hukou``.
    same: str = ""
    by: str = "residence"

    def refuse(self, site_area: str, known: Known) -> str:
        """Why a site does not count: a code of ``reasons.WORDS``, "" when it does. The area has no closing "/"."""
        path = f"{site_area}/"
        if not self.hold(path):
            return "site_outside"
        if not self.same:
            return ""
        own = known.residence if self.by == "residence" else known.hukou
        if not own:
            return f"unknown_{self.by}"
        names = own.split("/")[:-1]
        depth = LEVELS[self.same]
        if len(names) < depth:
            return f"unknown_{self.by}"
        return "" if path.startswith("/".join(names[:depth]) + "/") else "site_elsewhere"


def read_places(table: Table) -> Places:
    """Read ``{ in = [...], except = [...] }``; at least one of the two."""
    inside, outside = table.areas("in"), table.areas("except")
    if not table.has("in") and not table.has("except"):
        table.notes.lacks(table.path("in"), "地区路径的列表 [...]")
    table.done()
    return Places(_prefixes(inside) or ("",), _prefixes(outside))


def read_site_area(table: Table) -> SiteArea:
    """Read ``{ in = [...], except = [...], same = "township", by = "residence" }``; at least one of the first three."""
    inside, outside = table.areas("in"), table.areas("except")
    same, by = table.choice("same", LEVELS, default=""), table.choice("by", OWN, default="residence")
    if not any(table.has(key) for key in ("in", "except", "same")):
        table.notes.lacks(table.path("in"), "地区路径的列表 [...]")
    if table.has("by") and not same:
        table.notes.problems.append(f"{table.path('by')}:只和 same 一起写")
    table.done_with_source()
    return SiteArea(_prefixes(inside) or ("",), _prefixes(outside), same, by)


def _prefixes(areas: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{area}/" for area in areas)
