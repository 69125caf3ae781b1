"""One meal, decided: who pays which part of the price, and for every scheme why or why not.

Facts in, facts out: no clock, no database, no settings. All money is in fen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from canteen.subsidies.amounts import WHOLE_BP
from canteen.subsidies.claims import UNUSED, Claim, Used, claim
from canteen.subsidies.conditions import known_of
from canteen.subsidies.facts import Meal, Person, Use
from canteen.subsidies.reasons import Reason
from canteen.subsidies.scheme import PERIODS, Scheme
from canteen.subsidies.values import value

__all__ = [
    "Decision",
    "Left",
    "Meal",
    "Person",
    "Reason",
    "Share",
    "Use",
    "UseChange",
    "Used",
    "Verdict",
    "decide",
    "divide",
    "periods",
    "used_after",
]


@value
class Share:
    """The part of one price that one payer carries. The elder's own part has payer ``own`` and no scheme."""

    payer: str
    scheme: str
    version: str
    amount_fen: int
    reason: Reason


@value
class Verdict:
    """What one scheme said to this meal, paid or not."""

    scheme: str
    scheme_name: str
    version: str
    reason: Reason


@value
class UseChange:
    """What this meal adds to the use of one scheme in one period."""

    scheme: str
    period: str
    settled_fen: int
    public_fen: int
    meals: int


@value
class Left:
    """What is left of one money limit after this meal, and was before it. Never below zero."""

    scheme: str
    period: str
    #: In which money: ``settled`` (prices, for a monthly norm) or ``public`` (subsidy, for a cap).
    counts: str
    limit_fen: int
    left_before_fen: int
    left_fen: int


@value
class Decision:
    """One price, divided."""

    price_fen: int
    own_fen: int
    #: Public shares above zero in the order of the schemes, then always the own share; they add up to the price.
    shares: tuple[Share, ...]
    #: One for every scheme, in the order given.
    verdicts: tuple[Verdict, ...]
    #: The class paid on, else the first the person is in, else "".
    class_code: str
    #: Every class the person is in, over all schemes.
    groups: tuple[str, ...]
    #: What to add to the use of the schemes that paid, for the sitting and every period their limits count over.
    uses: tuple[UseChange, ...]
    #: Every money limit of the person's classes, also where nothing was paid.
    left: tuple[Left, ...]

    @property
    def public_fen(self) -> int:
        """The sum of all subsidies."""
        return self.price_fen - self.own_fen


def periods(day: date, slot: str) -> tuple[str, ...]:
    """The keys of the periods a meal falls in, shortest first, one for each of ``scheme.PERIODS``.

    21 November 2026, lunch: ``2026-11-21/lunch``, ``2026-11-21``, ``2026-W47``, ``2026-11``, ``2026``. Weeks run
    from Monday to Sunday and bear the ISO year, so 1 January 2027 is in ``2026-W53``.
    """
    text = day.isoformat()
    year, week, _ = day.isocalendar()
    return (f"{text}/{slot}", text, f"{year:04d}-W{week:02d}", text[:7], text[:4])


def decide(person: Person, meal: Meal, schemes: Sequence[Scheme], used: Used) -> Decision:
    """Divide the price of one meal among the schemes and the elder.

    Each scheme first claims by itself (class, amount, what is left of its caps). In each stack group only the
    highest claim for this meal counts, of equal ones the earlier scheme; claims of different groups add in the
    order given, and a claim pays at most what is still open of the price. ``used`` is keyed by scheme id and
    period key; a use above a limit that was lowered since leaves nothing, never less. Scheme ids are unique.
    Source: docs/schemes.md, "How a meal is decided".
    """
    assert meal.price_fen >= 0, meal
    assert len({scheme.id for scheme in schemes}) == len(schemes), [scheme.id for scheme in schemes]
    keys = _keys(meal.day, meal.slot)
    known = known_of(person, meal.day)
    answers = [claim(person, known, meal, scheme, keys, used) for scheme in schemes]
    claims = [answer for answer in answers if isinstance(answer, Claim)]

    _set_against_each_other(claims, meal.price_fen)

    paid = [one for one in claims if one.public_fen]
    own_fen = meal.price_fen - sum([one.public_fen for one in paid])
    shares = [share for one in paid for share in _shares(one)]
    shares.append(Share("own", "", "", own_fen, _own_reason(meal.price_fen, own_fen, claims)))
    assert own_fen >= 0 and sum([share.amount_fen for share in shares]) == meal.price_fen, shares
    return Decision(
        price_fen=meal.price_fen,
        own_fen=own_fen,
        shares=tuple(shares),
        verdicts=tuple(
            [
                Verdict(scheme.id, scheme.name, scheme.version, answer if isinstance(answer, Reason) else answer.reason)
                for scheme, answer in zip(schemes, answers, strict=True)
            ]
        ),
        class_code=next((one.class_code for one in (*paid, *claims) if one.class_code), ""),
        groups=tuple(dict.fromkeys([code for one in claims for code in one.groups])),
        uses=tuple([change for one in paid for change in _uses(one, keys)]),
        left=tuple([left for one in claims for left in _left(one)]),
    )


def used_after(used: Used, uses: Iterable[UseChange]) -> dict[tuple[str, str], Use]:
    """The use after a decision: ``used`` and what its meal adds."""
    after = dict(used)
    for change in uses:
        key = (change.scheme, change.period)
        before = after.get(key, UNUSED)
        after[key] = Use(
            settled_fen=before.settled_fen + change.settled_fen,
            public_fen=before.public_fen + change.public_fen,
            meals=before.meals + change.meals,
        )
    return after


def divide(amount_fen: int, parts: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Divide an amount among payers by hundredths of a percent (together 100 %), by largest remainder.

    Everybody gets the whole fen of their part; what is left over goes fen by fen to the largest remainders, of
    equal ones to the earlier payer: 0.05 by 70 : 30 is 0.04 and 0.01. Source: docs/schemes.md, "Funding".
    """
    if len(parts) == 1:
        return [(parts[0][0], amount_fen)]
    assert sum(percent_bp for _, percent_bp in parts) == WHOLE_BP, parts
    fen = [amount_fen * percent_bp // WHOLE_BP for _, percent_bp in parts]
    by_remainder = sorted(range(len(parts)), key=lambda number: -(amount_fen * parts[number][1] % WHOLE_BP))
    for number in by_remainder[: amount_fen - sum(fen)]:
        fen[number] += 1
    return [(payer, part_fen) for (payer, _), part_fen in zip(parts, fen, strict=True)]


@lru_cache(maxsize=64)
def _keys(day: date, slot: str) -> Mapping[str, str]:
    """``periods`` by name. Remembered, because a sitting asks for the same ones again and again."""
    return dict(zip(PERIODS, periods(day, slot), strict=True))


def _set_against_each_other(claims: list[Claim], price_fen: int) -> None:
    """Leave one claim a stack group, and none above what is still open of the price."""
    highest: dict[str, Claim] = {}
    for one in claims:
        rival = highest.setdefault(one.scheme.stack_group, one)
        if one.public_fen > rival.public_fen:
            highest[one.scheme.stack_group] = one
    open_fen = price_fen
    for one in claims:
        if not one.public_fen:
            continue
        winner = highest[one.scheme.stack_group]
        if winner is not one:
            _cut(one, 0, "lower", {"other": winner.scheme.name})
        elif not open_fen:
            _cut(one, 0, "nothing_left", {})
        elif open_fen < one.public_fen:
            _cut(one, open_fen, "rest", {"public_fen": open_fen})
        open_fen -= one.public_fen


def _cut(one: Claim, public_fen: int, code: str, fields: dict[str, Any]) -> None:
    one.public_fen = public_fen
    one.reason = Reason(code, {"class_code": one.class_code, **fields} if one.class_code else fields)


def _shares(one: Claim) -> list[Share]:
    scheme = one.scheme
    return [
        Share(payer, scheme.id, scheme.version, part_fen, one.reason)
        for payer, part_fen in divide(one.public_fen, scheme.funding)
        if part_fen
    ]


def _own_reason(price_fen: int, own_fen: int, claims: list[Claim]) -> Reason:
    """The own part by subtraction; where nothing is paid, why the scheme that knows the person pays nothing."""
    if own_fen < price_fen:
        return Reason("own_rest", {"price_fen": price_fen, "public_fen": price_fen - own_fen, "own_fen": own_fen})
    return claims[0].reason if claims else Reason("own_all", {"own_fen": own_fen})


def _uses(one: Claim, keys: Mapping[str, str]) -> list[UseChange]:
    scheme = one.scheme
    return [UseChange(scheme.id, keys[per], one.settled_fen, one.public_fen, 1) for per in scheme.periods]


def _left(one: Claim) -> list[Left]:
    """The limits before and after the meal; a claim that pays nothing uses nothing."""
    counted = {"settled": one.settled_fen, "public": one.public_fen} if one.public_fen else {}
    return [
        Left(one.scheme.id, period, counts, limit_fen, left_fen, max(left_fen - counted.get(counts, 0), 0))
        for period, counts, limit_fen, left_fen in one.limits
    ]
