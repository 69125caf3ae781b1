"""What must hold of one serving, of one elder's use and of one sitting. Pure: rows in, what does not hold out.

Every problem is ``(code, sentence)``; codes are stable, sentences are English for whoever runs ``check``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from canteen.schemes.deciding.answer import UseChange

Problem = tuple[str, str]
Key = TypeVar("Key", bound=tuple[Any, ...])
Kept = TypeVar("Kept")
#: Entries that belong to no serving: each kind is proved by its own rows.
KINDS_APART = ("correction", "income", "service", "top_up", "refund")


@dataclass(slots=True)
class ServingFacts:
    """One serving, as far as the books depend on it. ``day`` is compared, never read."""

    id: int
    site_id: int
    day: Any
    is_guest: bool
    price_fen: int
    own_fen: int
    pay_way: str
    is_voided: bool


@dataclass(slots=True)
class EntryFacts:
    """One entry with its postings as (account, amount)."""

    id: int
    kind: str
    reverses_id: int | None
    site_id: int
    day: Any
    postings: list[tuple[str, int]]

    @property
    def by_account(self) -> dict[str, int]:
        """What the entry adds to each account; accounts it leaves as they were are left out."""
        return _sums(self.postings)


def _sums(lines: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for account, amount in lines:
        sums[account] = sums.get(account, 0) + amount
    return {account: amount for account, amount in sums.items() if amount}


def entry_problems(entry: EntryFacts) -> Iterator[Problem]:
    """Every entry has postings, and they sum to zero."""
    total = sum([amount for _, amount in entry.postings])
    if not entry.postings:
        yield "entry_empty", f"entry {entry.id} has no postings"
    if total:
        yield "entry_unbalanced", f"entry {entry.id} sums to {total} fen instead of 0"


def serving_problems(
    serving: ServingFacts, shares: Sequence[tuple[str, str, int]], entries: Sequence[EntryFacts], papers: Sequence[str]
) -> Iterator[Problem]:
    """One serving with its shares (payer, scheme, fen), its entries, and the kinds of its papers."""
    yield from _share_problems(serving, shares)
    yield from _posting_problems(serving, shares, entries)
    yield from _paper_problems(serving, papers)


def _share_problems(serving: ServingFacts, shares: Sequence[tuple[str, str, int]]) -> Iterator[Problem]:
    total = sum([amount for _, _, amount in shares])
    own = sum([amount for payer, _, amount in shares if payer == "own"])
    if total != serving.price_fen:
        yield "shares_sum", f"serving {serving.id}: shares add up to {total} fen, the price is {serving.price_fen}"
    if own != serving.own_fen:
        yield "own_share", f"serving {serving.id}: own shares are {own} fen, the serving says {serving.own_fen}"


def _posting_problems(
    serving: ServingFacts, shares: Sequence[tuple[str, str, int]], entries: Sequence[EntryFacts]
) -> Iterator[Problem]:
    meals = [entry for entry in entries if entry.kind == "serving"]
    reversals = [entry for entry in entries if entry.kind == "reversal"]
    if len(meals) != 1:
        yield "serving_entry", f"serving {serving.id} has {len(meals)} entries instead of 1"
        return
    posted = meals[0].by_account
    if posted != _expected(serving, shares):
        yield "entry_shares", f"serving {serving.id}: entry {meals[0].id} does not agree with its shares"
    if len(reversals) != int(serving.is_voided):
        voided = "voided" if serving.is_voided else "not voided"
        yield "reversal", f"serving {serving.id} is {voided} and has {len(reversals)} reversals"
    mirror = {account: -amount for account, amount in posted.items()} if reversals else {}
    for entry in reversals:
        if entry.reverses_id != meals[0].id or entry.by_account != mirror:
            yield "mirror", f"serving {serving.id}: reversal {entry.id} does not mirror entry {meals[0].id}"
    for entry in (*meals, *reversals):
        if (entry.site_id, entry.day) != (serving.site_id, serving.day):
            yield "entry_place", f"serving {serving.id}: entry {entry.id} is at another site or day"


def _expected(serving: ServingFacts, shares: Sequence[tuple[str, str, int]]) -> dict[str, int]:
    lines = [
        (f"own:{serving.pay_way}" if payer == "own" else f"due-from:{scheme}:{payer}", amount)
        for payer, scheme, amount in shares
    ]
    return _sums([*lines, ("meals", -sum([amount for _, amount in lines]))])


def _paper_problems(serving: ServingFacts, papers: Sequence[str]) -> Iterator[Problem]:
    expected = ["guest_ticket" if serving.is_guest else "ticket", *(["void_ticket"] if serving.is_voided else [])]
    if papers != expected and sorted(papers) != sorted(expected):
        found = ", ".join(sorted(papers)) or "none"
        yield "ticket", f"serving {serving.id} has these papers: {found}; it needs: {', '.join(expected)}"


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
