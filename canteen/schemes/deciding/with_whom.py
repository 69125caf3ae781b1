"""With whom: schemes for the same need are set against each other, and what pays first leaves the rest open."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

from canteen.schemes.deciding.answer import Verdict
from canteen.schemes.deciding.compiled import SchemePlan
from canteen.schemes.deciding.how_much import Contribution, nothing
from canteen.schemes.deciding.up_to import Limit
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.reasons import Reason


class Bid(NamedTuple):
    """What a scheme would pay to a person in one of its classes; once it is set against the others, what it pays."""

    plan: SchemePlan
    #: The class that counts; "" in a scheme without classes.
    class_code: str
    #: Codes of all classes the person is in, in the order of the scheme.
    groups: tuple[str, ...]
    #: Do the terms of the meal hold? Then a delivery fee may be paid, too.
    is_open: bool
    due: Contribution
    limits: tuple[Limit, ...] = ()
    #: What the elder pays at least.
    own_least_fen: int = 0

    @property
    def reason(self) -> Reason:
        """Why it is this much, with the class it goes by."""
        fields = self.due.fields
        return Reason(self.due.code, {"class_code": self.class_code, **fields} if self.class_code else fields)


Rival = TypeVar("Rival")


def highest_of_groups(
    rivals: Iterable[Rival], group: Callable[[Rival], str], amount: Callable[[Rival], int]
) -> dict[str, Rival]:
    """The highest of each stack group, of equal ones the earlier. Source: docs/schemes.md, "Several schemes"; AMB-17."""
    highest: dict[str, Rival] = {}
    for one in rivals:
        if amount(one) > amount(highest.setdefault(group(one), one)):
            highest[group(one)] = one
    return highest


def leave_one_a_group(bids: Sequence[Bid], open_fen: int) -> tuple[list[Bid], int]:
    """Leave one bid a stack group, and none above what is still open of the price. Answers what stays open, too."""
    highest = highest_of_groups(bids, lambda one: one.plan.scheme.stack_group, lambda one: one.due.public_fen)
    found: list[Bid] = []
    for one in bids:
        winner = highest[one.plan.scheme.stack_group]
        if one.due.public_fen and winner is not one:
            one = one._replace(due=nothing("lower", {"other": winner.plan.scheme.name}))
        elif one.due.public_fen:
            one = at_most(one, open_fen - one.own_least_fen)
            open_fen -= one.due.public_fen
        found.append(one)
    return found, open_fen


def at_most(bid: Bid, most_fen: int) -> Bid:
    """A bid cut to what is still open."""
    if bid.due.public_fen <= most_fen:
        return bid
    return bid._replace(due=bid.due.cut(most_fen, "rest") if most_fen > 0 else nothing("nothing_left"))


def verdict(scheme: Scheme, reason: Reason) -> Verdict:
    """What a scheme says to an occasion."""
    return Verdict(scheme.id, scheme.name, scheme.version, reason)
