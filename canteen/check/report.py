"""What is found while the books are proved. Parts of the books are proved apart, and what was found of them adds up."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from canteen.check.rules import Postings, Problem
from canteen.check.uses import Uses

#: Problems of one kind that are written out; the rest are only counted.
MOST_OF_A_KIND = 50

#: Site, month (2026-11) and account -> fen.
Balances = dict[tuple[int, str, str], int]


@dataclass(slots=True)
class Report:
    """What was counted, and everything that does not hold."""

    servings: int = 0
    entries: int = 0
    tickets: int = 0
    problems: list[str] = field(default_factory=list)
    #: What each account of a site and month should be.
    balances: Balances = field(default_factory=lambda: defaultdict(int))
    #: What servings added to the use of norms, less what is kept of it.
    uses: Uses = field(default_factory=Uses)
    _kinds: Counter[str] = field(default_factory=Counter)

    @property
    def ok(self) -> bool:
        """Whether the books hold."""
        return not self.problems

    def add(self, problems: Iterable[Problem]) -> None:
        """Write problems down, each as ``code: sentence``; of one kind at most ``MOST_OF_A_KIND``."""
        for code, sentence in problems:
            self._kinds[code] += 1
            if self._kinds[code] <= MOST_OF_A_KIND:
                self.problems.append(f"{code}: {sentence}")

    def post(self, site_id: int, day: Any, postings: Postings, times: int = 1) -> None:
        """Count entries alike, and add them to what the accounts should be."""
        self.entries += times
        month = str(day)[:7]
        for account, amount in postings:
            self.balances[site_id, month, account] += times * amount

    def add_part(self, part: "Report") -> None:
        """Add what was found of a part of the books."""
        self.servings += part.servings
        self.entries += part.entries
        self.tickets += part.tickets
        self.uses.add_all(part.uses)
        for account, fen in part.balances.items():
            self.balances[account] += fen
        for problem in part.problems:
            code, _, sentence = problem.partition(": ")
            self.add([(code, sentence)])
            part._kinds[code] -= 1
        self._kinds += part._kinds

    def finish(self) -> None:
        """Say how many were not written out."""
        for code, count in self._kinds.items():
            if count > MOST_OF_A_KIND:
                self.problems.append(f"{code}: and {count - MOST_OF_A_KIND} more")
