"""What must hold of one serving, of one elder's use and of one sitting. Pure: rows in, what does not hold out.

Every problem is ``(code, sentence)``; codes are stable, sentences are English for whoever runs ``check``.

Facts of a serving are without what only tells it from others alike: its number, and those of its entries.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from canteen.schemes.deciding.answer import UseChange

Problem = tuple[str, str]
Key = TypeVar("Key", bound=tuple[Any, ...])
Kept = TypeVar("Kept")
#: Entries that belong to no serving: each kind is proved by its own rows.
KINDS_APART = ("correction", "income", "service", "top_up", "refund")


#: Lines of an entry: account and fen, in their order.
Postings = tuple[tuple[str, int], ...]


class EntryFacts(NamedTuple):
    """One entry of a serving."""

    kind: str
    #: Which entry of the same serving it reverses, counted from 0; None: none of them.
    reverses: int | None
    #: Site and day where those are not the serving's.
    elsewhere: tuple[int, str] | None
    postings: Postings

    @property
    def by_account(self) -> dict[str, int]:
        """What the entry adds to each account; accounts it leaves as they were are left out."""
        return _sums(self.postings)


class ServingFacts(NamedTuple):
    """One serving with all its rows, as far as the books depend on them."""

    is_guest: bool
    price_fen: int
    own_fen: int
    pay_way: str
    is_voided: bool
    #: Payer, scheme, fen.
    shares: tuple[tuple[str, str, int], ...]
    entries: tuple[EntryFacts, ...]
    #: Kinds of its papers, copies left out.
    papers: tuple[str, ...]


def _sums(lines: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for account, amount in lines:
        sums[account] = sums.get(account, 0) + amount
    return {account: amount for account, amount in sums.items() if amount}


def entry_problems(postings: Postings) -> Iterator[Problem]:
    """Every entry has postings, and they sum to zero. Which entry it is, is said before the sentence."""
    total = sum([amount for _, amount in postings])
    if not postings:
        yield "entry_empty", "no postings"
    if total:
        yield "entry_unbalanced", f"postings that sum to {total} fen instead of 0"


def serving_problems(serving: ServingFacts) -> Iterator[Problem]:
    """What does not hold of a serving; its number is said before each sentence."""
    for entry in serving.entries:
        yield from ((code, f"its entry ({entry.kind}) has {told}") for code, told in entry_problems(entry.postings))
    yield from _share_problems(serving)
    yield from _posting_problems(serving)
    yield from _paper_problems(serving)


def _share_problems(serving: ServingFacts) -> Iterator[Problem]:
    total = sum([amount for _, _, amount in serving.shares])
    own = sum([amount for payer, _, amount in serving.shares if payer == "own"])
    if total != serving.price_fen:
        yield "shares_sum", f"shares add up to {total} fen, the price is {serving.price_fen}"
    if own != serving.own_fen:
        yield "own_share", f"own shares are {own} fen, the serving says {serving.own_fen}"


def _posting_problems(serving: ServingFacts) -> Iterator[Problem]:
    meals = [(place, entry) for place, entry in enumerate(serving.entries) if entry.kind == "serving"]
    reversals = [entry for entry in serving.entries if entry.kind == "reversal"]
    if len(meals) != 1:
        yield "serving_entry", f"{len(meals)} entries instead of 1"
        return
    [(place, meal)] = meals
    posted = meal.by_account
    if posted != _expected(serving):
        yield "entry_shares", "its entry does not agree with its shares"
    if len(reversals) != int(serving.is_voided):
        voided = "voided" if serving.is_voided else "not voided"
        yield "reversal", f"{voided}, with {len(reversals)} reversals"
    mirror = {account: -amount for account, amount in posted.items()} if reversals else {}
    for entry in reversals:
        if entry.reverses != place or entry.by_account != mirror:
            yield "mirror", "its reversal does not mirror its entry"
    for entry in (meal, *reversals):
        if entry.elsewhere is not None:
            yield "entry_place", f"its entry ({entry.kind}) is at another site or day"


def _expected(serving: ServingFacts) -> dict[str, int]:
    lines = [
        (f"own:{serving.pay_way}" if payer == "own" else f"due-from:{scheme}:{payer}", amount)
        for payer, scheme, amount in serving.shares
    ]
    return _sums([*lines, ("meals", -sum([amount for _, amount in lines]))])


def _paper_problems(serving: ServingFacts) -> Iterator[Problem]:
    expected = ["guest_ticket" if serving.is_guest else "ticket", *(["void_ticket"] if serving.is_voided else [])]
    if sorted(serving.papers) != sorted(expected):
        found = ", ".join(sorted(serving.papers)) or "none"
        yield "ticket", f"it has these papers: {found}; it needs: {', '.join(expected)}"


def differing(kept: Mapping[Key, Kept], should: Mapping[Key, Kept], nothing: Kept) -> Iterator[tuple[Key, Kept, Kept]]:
    """Where what is kept is not what it should be: key, what is kept, what should be; no row is the same as nothing."""
    for key in sorted({*should, *kept}):
        has, must = kept.get(key, nothing), should.get(key, nothing)
        if has != must:
            yield key, has, must


def use_sums(uses: Iterable[UseChange]) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Frozen uses added up: (settled, public, meals) by (scheme, period)."""
    sums: dict[tuple[str, str], tuple[int, int, int]] = {}
    for use in uses:
        settled, public, meals = sums.get(use[:2], (0, 0, 0))
        sums[use[:2]] = settled + use.settled_fen, public + use.public_fen, meals + use.meals
    return sums


def use_problems(
    elder_id: int, uses: Iterable[UseChange], kept: Mapping[tuple[str, str], tuple[int, int, int]]
) -> Iterator[Problem]:
    """The running use of one elder against the frozen uses of the live servings, where they differ.

    ``kept`` is (settled, public, meals) by (scheme, period). A row of zeros is the same as no row.
    """
    for (scheme, period), has, should in differing(kept, use_sums(uses), (0, 0, 0)):
        yield "norm_use", f"elder {elder_id}, {scheme} {period}: use is {has}, the servings say {should}"
