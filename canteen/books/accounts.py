"""The names of accounts, put together and taken apart. Pure.

``own:<way>`` what elders pay, ``due-from:<scheme>:<payer>`` what a public payer owes, ``paid-off:<scheme>:<payer>``
against ``received:<kind>`` what came for it, ``meals`` and ``services`` what the site has earned.
"""

from dataclasses import dataclass

from canteen.schemes.deciding.answer import Share


@dataclass(frozen=True, slots=True)
class LedgerAccount:
    """An account taken apart: ``due-from:jinxi:县级`` is side due-from, scheme jinxi, payer 县级."""

    side: str
    scheme: str
    payer: str


def account_parts(account: str) -> LedgerAccount:
    """The parts of an account; what an account does not have is ""."""
    side, _, rest = account.partition(":")
    if side in ("due-from", "paid-off"):
        scheme, _, payer = rest.partition(":")
        return LedgerAccount(side, scheme, payer)
    return LedgerAccount(side, "", rest)


def account_of(share: Share, *, pay_way: str) -> str:
    """The account a share is debited to."""
    return f"own:{pay_way}" if share.payer == "own" else f"due-from:{share.scheme}:{share.payer}"
