"""What a decision answers with. All money is in fen; everything here is frozen.

These are named tuples and not frozen dataclasses: a decision makes some fifty of them, and a frozen dataclass takes
three times as long to make.
"""

from typing import NamedTuple

from canteen.schemes.reasons import Reason


class Share(NamedTuple):
    """The part of one price, or of its delivery fee, that one payer carries.

    The elder's own part has payer ``own`` and no scheme, a discount of the site itself ``site`` and no scheme.
    ``gap`` is what no payer has a budget for: the operator fronts it.
    """

    payer: str
    scheme: str
    version: str
    amount_fen: int
    reason: Reason
    #: Who gets it: ``site``, or the ``provider`` of a delivery.
    paid_to: str = "site"


class Verdict(NamedTuple):
    """What one scheme said to this meal or service, paid or not."""

    scheme: str
    scheme_name: str
    version: str
    reason: Reason


class UseChange(NamedTuple):
    """What this meal adds to the use of one scheme in one period."""

    scheme: str
    period: str
    settled_fen: int
    public_fen: int
    meals: int


class Left(NamedTuple):
    """What is left of one money limit after this meal, and was before it. Never below zero."""

    scheme: str
    period: str
    #: In which money: ``settled`` (prices, for a monthly norm) or ``public`` (subsidy, for a cap).
    counts: str
    limit_fen: int
    left_before_fen: int
    left_fen: int


class Draw(NamedTuple):
    """What leaves the purse of one scheme for one meal or service."""

    scheme: str
    amount_fen: int


class Decision(NamedTuple):
    """One price, divided; and apart from it the delivery fee of a meal."""

    price_fen: int
    #: Of the price; what the elder pays of the fee is ``own_fee_fen``.
    own_fen: int
    #: Public shares above zero in the order in which they are paid, then always the own share; they add up to the
    #: price. () when it is ``refused``.
    shares: tuple[Share, ...]
    #: One for every scheme, in the order given.
    verdicts: tuple[Verdict, ...]
    #: The class paid on, else the first the person is in, else "".
    class_code: str = ""
    #: Every class the person is in, over all schemes.
    groups: tuple[str, ...] = ()
    #: What to add to the use of the schemes that paid, for the sitting and every period their limits count over.
    uses: tuple[UseChange, ...] = ()
    #: Every money limit of the person's classes, also where nothing was paid.
    left: tuple[Left, ...] = ()
    #: What leaves the elder's purses; the shares of the schemes of these purses say who funds it.
    draws: tuple[Draw, ...] = ()
    fee_fen: int = 0
    own_fee_fen: int = 0
    #: As ``shares``, of the fee; () without a fee.
    fee_shares: tuple[Share, ...] = ()
    #: Of a service: the schemes that paid by terms of theirs, with the kind and the period in which it counts.
    times: tuple[tuple[str, str, str], ...] = ()
    #: Of a service: why it may not be recorded at all; None when it may.
    refused: Reason | None = None

    @property
    def public_fen(self) -> int:
        """What the elder does not pay of the price: subsidies, discounts, purses, and what is a gap."""
        return self.price_fen - self.own_fen
