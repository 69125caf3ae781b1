"""Which payers may be given a budget, and the budgets schemes state that no meal has drawn on yet."""

from collections.abc import Collection, Iterator
from datetime import date

from canteen.base.access import Actor
from canteen.base.months import period_of
from canteen.books.spending import limited_payers
from canteen.funding.queries import BudgetLine
from canteen.funding.rules import Forecast
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.queries import versions_for


def sources_of(actor: Actor, *, day: date) -> list[tuple[str, str, str]]:
    """Scheme id, its name and payer, of every scheme in force on a day in or above the actor's area."""
    return sorted({(here.id, here.name, payer) for here, _ in _in_force(actor, day) for payer in limited_payers(here)})


def stated_lines(actor: Actor, *, year: int, today: date, shown: Collection[BudgetLine]) -> list[BudgetLine]:
    """Budgets of the year, or of this month, that a scheme states and that are not among those ``shown`` yet."""
    if year != today.year:
        return []
    have = {(line.scheme, line.payer, line.area_path, line.period) for line in shown}
    found: dict[tuple[str, str, str, str], int] = {}
    for here, path in _in_force(actor, today):
        for one in here.paying.budgets:
            found[here.id, one.payer, path, period_of(one.per, today)] = one.limit_fen
    return [
        BudgetLine(
            id=0,
            scheme=scheme,
            payer=payer,
            area_path=path,
            period=period,
            limit_fen=fen,
            used_fen=0,
            is_typed=False,
            forecast=Forecast(None, None),
        )
        for (scheme, payer, path, period), fen in sorted(found.items())
        if (scheme, payer, path, period) not in have
    ]


def _in_force(actor: Actor, day: date) -> Iterator[tuple[Scheme, str]]:
    """Every scheme in force in or above the actor's area with the area its budgets are for; overrides apart."""
    for version, scheme, path in versions_for(actor):
        if version.valid_from <= day and (version.valid_to is None or version.valid_to >= day):
            yield scheme, path
            for one in scheme.overrides:
                if (one.scheme.paying, one.scheme.funding) != (scheme.paying, scheme.funding):
                    yield one.scheme, one.area.rstrip("/")
