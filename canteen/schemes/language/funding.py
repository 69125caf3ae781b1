"""Who pays the subsidy: by percent, or one source after the other, each perhaps with a budget. Money is in fen."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from canteen.schemes.language.amounts import WHOLE_BP
from canteen.schemes.language.reader import Table, neutral

#: The payer of what no source pays any more; the operator fronts it.
GAP = "gap"
#: The payer when a scheme names none.
PUBLIC = "public"
#: The payer of a discount when a scheme names none.
SITE = "site"
#: Payers and their parts in hundredths of a percent, together 100 % (0 in a waterfall).
Payers: TypeAlias = tuple[tuple[str, int], ...]
#: Words that stand for somebody else in the books.
_TAKEN = ("own", GAP, SITE)


@dataclass(frozen=True, slots=True)
class Budget:
    """What one payer has for a scheme in each ``year`` or ``month``."""

    payer: str
    per: str
    limit_fen: int


@dataclass(frozen=True, slots=True)
class Paying:
    """How the payers of a scheme pay."""

    #: ``percent`` of each amount, or ``waterfall``: the next when the one before has no budget left.
    order: str = "percent"
    #: What happens to what no budget is left for: it is a ``gap``, or the subsidy stops (``stop``).
    when_exhausted: str = GAP
    #: Payers without a budget have no limit.
    budgets: tuple[Budget, ...] = ()

    def budget_of(self, payer: str) -> Budget | None:
        """The budget of one payer."""
        return next((budget for budget in self.budgets if budget.payer == payer), None)


def read_funding(top: Table) -> Payers:
    """Payers and their parts in hundredths of a percent (0 in a waterfall). Without any, one payer called ``public``."""
    if not top.has("funding"):
        return ((PUBLIC, WHOLE_BP),)
    waterfall = top.take("funding_order") == "waterfall"
    missing_before = len(top.notes.missing)
    funding: list[tuple[str, int]] = []
    for table in top.tables("funding"):
        payer = neutral(table, "payer", longest=20)
        if payer in _TAKEN or payer in [earlier for earlier, _ in funding if earlier]:
            table.notes.problems.append(
                f"{table.path('payer')}:「{payer}」不能用:{'、'.join(_TAKEN)} 另有含义,其他每个只写一次"
            )
        for key in ("budget_yuan", "budget_per"):
            table.take(key)  # Read by ``read_paying``.
        if waterfall and table.has("percent"):
            table.notes.problems.append(f'{table.path("percent")}:funding_order = "waterfall" 时按顺序付,不写比例')
        funding.append((payer, 0 if waterfall else table.percent("percent")))
        table.done_with_source()
    total_bp = sum(percent_bp for _, percent_bp in funding)
    if funding and not waterfall and len(top.notes.missing) == missing_before and total_bp != WHOLE_BP:
        top.notes.problems.append(f"funding:各方合计 {Decimal(total_bp) / 100}%,应为 100%")
    return tuple(funding)


def read_paying(top: Table) -> Paying:
    """How the payers pay, and their budgets."""
    budgets = []
    for table in top.tables("funding"):
        if table.has("budget_yuan"):
            payer, per = str(table.take("payer")), table.choice("budget_per", ("year", "month"), default="year")
            budgets.append(Budget(payer, per, table.money("budget_yuan")))
        elif table.has("budget_per"):
            table.notes.lacks(table.path("budget_yuan"), "金额(元):每年或每月的预算")
    paying = Paying(
        order=top.choice("funding_order", ("percent", "waterfall"), default="percent"),
        when_exhausted=top.choice("when_exhausted", (GAP, "stop"), default=GAP),
        budgets=tuple(budgets),
    )
    for key, needed in (("funding_order", top.has("funding")), ("when_exhausted", bool(budgets))):
        if top.has(key) and not needed:
            top.notes.problems.append(
                f"{key}:只和 [[funding]]{'' if key == 'funding_order' else ' 的 budget_yuan'} 一起写"
            )
    return paying


def doubts_of_payers(funding: Payers, paying: Paying) -> Iterator[str]:
    """Payers who never pay."""
    for number, (payer, percent_bp) in enumerate(funding, start=1):
        budget = paying.budget_of(payer)
        if budget is not None and budget.limit_fen == 0:
            yield f"funding[{number}]:「{payer}」预算是 0,从不付款"
        if paying.order == "percent" and percent_bp == 0 and len(funding) > 1:
            yield f"funding[{number}]:「{payer}」比例是 0,从不付款"
        if paying.order == "waterfall" and budget is None and number < len(funding):
            yield f"funding[{number}]:「{payer}」没有预算上限,后面的各方永远轮不到"
            return
