"""A month by class and payer for who does not keep the register: what a few people share is added up.

It is made of the whole month of each site, and for several sites of what is shown of each: nothing that is asked for
otherwise (all sites less one, today less yesterday, a filter) leaves a smaller group over. Session-first.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from canteen.base.db import with_reading
from canteen.books.meals import AN_ID, carried, classes_of, live_meals_at
from canteen.books.models.servings import Serving, ServingShare
from canteen.committee.queries import SourceSum
from canteen.committee.rules import NO_CLASS, in_class_order, merged_keys
from canteen.funding.rules import GAP

#: (scheme, payer) or a class.
Group = tuple[str, str]
#: Group -> elder -> how many, or fen. Elder 0: guests, who have no class and no scheme.
_Cells = Mapping[Group, Mapping[int, int]]


@dataclass(frozen=True, slots=True)
class MergedSums:
    """A month that is over; what fewer than ``rules.LEAST_SHOWN`` elders of a site share is in ``other_…`` only."""

    #: Meals of elders.
    by_class: Mapping[str, int]
    other_meals: int
    #: Who carried how much, guests' own parts among them.
    sources: tuple[SourceSum, ...]
    other_fen: int


def merged_sums(session: Session, *, site_ids: Collection[int], first: date, last: date) -> MergedSums:
    """The classes and payers of some sites' month."""
    live = live_meals_at(site_ids, first, last)
    by = (Serving.site_id, Serving.class_mark, Serving.elder_id)
    meals = session.execute(
        select(*by, func.count(), AN_ID).where(*live, Serving.elder_id.is_not(None)).group_by(*by)
    ).all()
    classes = classes_of(session, {mark: an_id for _, mark, _, _, an_id in meals})
    eaten: Counter[tuple[int, Group, int]] = Counter()
    for site, mark, elder, count, _ in meals:
        eaten[site, (classes[mark] or NO_CLASS, ""), elder or 0] += count
    paid = carried(session, Serving.site_id, ServingShare.scheme, ServingShare.payer, Serving.elder_id, where=live)
    by_class, other_meals = _published((*of, count) for of, count in eaten.items())
    by_payer, other_fen = _published(
        (site, (scheme, payer), elder or 0, int(fen)) for site, scheme, payer, elder, fen in paid
    )
    return MergedSums(
        by_class=in_class_order({code: count for (code, _), count in by_class.items()}),
        other_meals=other_meals,
        sources=tuple(SourceSum(payer, scheme, fen) for (scheme, payer), fen in sorted(by_payer.items())),
        other_fen=other_fen,
    )


#: For a page.
merged_sums_of = with_reading(merged_sums)


def _published(rows: Iterable[tuple[int, Group, int, int]]) -> tuple[Counter[Group], int]:
    """What is shown of each group, and what is merged: of each site by itself, then added up."""
    sites: defaultdict[int, defaultdict[Group, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
    for site, group, elder, amount in rows:
        if amount:
            sites[site][group][elder] = amount
    shown: Counter[Group] = Counter()
    other = 0
    for group, amount, is_merged in (line for cells in sites.values() for line in _lines(cells)):
        if is_merged:
            other += amount
        else:
            shown[group] += amount
    return shown, other


def _lines(cells: _Cells) -> Iterator[tuple[Group, int, bool]]:
    # What nobody carries stands on the page of the gap: merged here, it could be taken off again.
    people = {group: [elder for elder in of_elder if elder] for group, of_elder in cells.items() if group[1] != GAP}
    merged = merged_keys(people)
    for group, of_elder in cells.items():
        yield group, sum(of_elder.values()), group in merged
