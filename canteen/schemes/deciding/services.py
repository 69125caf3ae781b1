"""One service other than a meal, decided: what it costs, who pays which part, and for every scheme why or why not.

Facts in, facts out: no clock, no database, no settings. All money is in fen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from canteen.schemes.deciding.credits import WARES, chosen, classes_of, refusal_on
from canteen.schemes.deciding.known import known_of
from canteen.schemes.deciding.outcome import Share
from canteen.schemes.deciding.plans import Verdict
from canteen.schemes.deciding.shares import divide, within_budgets
from canteen.schemes.facts import Person
from canteen.schemes.language.purse import Draw
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.language.services import ServiceTerms
from canteen.schemes.reasons import Reason
from canteen.schemes.values import value


@value
class Service:
    """One service for one person."""

    day: date
    #: A key of ``allowances.SERVICES``, or of ``WARES`` for what was bought instead of a service.
    kind: str
    minutes: int
    #: The provider's price; None: the price of the scheme.
    price_fen: int | None = None
    #: Does the provider have a contract in force and no ban?
    contracted: bool = True


@value
class ServiceDecision:
    """One price, divided."""

    price_fen: int
    own_fen: int
    #: Public shares above zero in the order of the schemes, then always the own share; they add up to the price.
    shares: tuple[Share, ...]
    #: What leaves the purses.
    draws: tuple[Draw, ...]
    #: One for every scheme, in the order given.
    verdicts: tuple[Verdict, ...]
    #: Schemes that paid, with the service kind and the periods in which it counts as one paid time.
    times: tuple[tuple[str, str, str], ...]
    #: Why it may not be recorded at all; None when it may. Nothing is then shared.
    refused: Reason | None = None


#: Paid times so far: (scheme id, kind, period key "2026-11" | "2026-Q4" | "2026").
Times = Mapping[tuple[str, str, str], int]


#: What is left of a payer's budget: (scheme id, payer, period key).
Budgets = Mapping[tuple[str, str, str], int]
_NO_BUDGETS: Budgets = MappingProxyType({})


@dataclass(slots=True)
class _Claim:
    scheme: Scheme
    class_code: str
    #: The terms of this kind; None: the purse buys it without more words.
    terms: ServiceTerms | None
    public_fen: int
    reason: Reason


def decide_service(
    person: Person,
    service: Service,
    schemes: Sequence[Scheme],
    *,
    purses: Mapping[str, int],
    used: Times,
    budgets: Budgets = _NO_BUDGETS,
) -> ServiceDecision:
    """Divide the price of one service among purses, schemes and the elder.

    ``purses`` is what may be spent on this day, by scheme id; ``budgets`` what is left of the payers'.
    In each stack group only the highest claim counts, of equal ones the earlier; claims of different groups add in
    the order given, none above what is still open.
    Source: docs/allowances.md, "Services"; JX-5, JD-4, JD-13, AQ-3.
    """
    price_fen = _price(person, service, schemes)
    if price_fen is None:
        return _refused(service, schemes, Reason("service_no_price", {}))
    answers = [_claim(person, service, scheme, price_fen, purses, used) for scheme in schemes]
    claims = [answer for answer in answers if isinstance(answer, _Claim)]
    short = next((one for one in claims if one.reason.code == "purse_short"), None)
    if short is not None:
        return _refused(service, schemes, short.reason)
    _set_against_each_other(claims, price_fen)
    paid = [one for one in claims if one.public_fen]
    own_fen = price_fen - sum(one.public_fen for one in paid)
    shares = [
        Share(payer, one.scheme.id, one.scheme.version, part_fen, one.reason)
        for one in paid
        for payer, part_fen in _parts(one, service.day, budgets)
        if part_fen
    ]
    shares.append(Share("own", "", "", own_fen, _own_reason(price_fen, own_fen)))
    return ServiceDecision(
        price_fen=price_fen,
        own_fen=own_fen,
        shares=tuple(shares),
        draws=tuple(Draw(one.scheme.id, one.public_fen) for one in paid if one.scheme.purse is not None),
        verdicts=tuple(
            Verdict(scheme.id, scheme.name, scheme.version, answer if isinstance(answer, Reason) else answer.reason)
            for scheme, answer in zip(schemes, answers, strict=True)
        ),
        times=tuple((one.scheme.id, service.kind, _period(service.day, one.terms.per)) for one in paid if one.terms),
    )


def _parts(one: _Claim, day: date, budgets: Budgets) -> list[tuple[str, int]]:
    """Which payer carries which part; what none of them has a budget for is the gap."""
    scheme, left = one.scheme, _left(one.scheme, day, budgets)
    if scheme.paying.order == "percent" and not left:
        return divide(one.public_fen, scheme.funding)
    return within_budgets(one.public_fen, scheme, left)


def _left(scheme: Scheme, day: date, budgets: Budgets) -> dict[str, int]:
    """What is left of each payer's budget: of the year's and the month's the smaller, else what the terms state."""
    left: dict[str, int] = {}
    for payer, _ in scheme.funding:
        keys = {per: (scheme.id, payer, _period(day, per)) for per in ("year", "month")}
        found = [budgets[key] for key in keys.values() if key in budgets]
        stated = scheme.paying.budget_of(payer)
        if stated is not None and keys[stated.per] not in budgets:
            found.append(stated.limit_fen)
        if found:
            left[payer] = max(min(found), 0)
    return left


def _price(person: Person, service: Service, schemes: Sequence[Scheme]) -> int | None:
    """The provider's price, else that of the first scheme that states one."""
    if service.price_fen is not None:
        return service.price_fen
    for scheme in schemes:
        for terms in scheme.services:
            if terms.kind == service.kind:
                price_fen = terms.price_of(person.settlement, service.minutes)
                if price_fen is not None:
                    return price_fen
    return None


def _refused(service: Service, schemes: Sequence[Scheme], reason: Reason) -> ServiceDecision:
    verdicts = tuple(Verdict(scheme.id, scheme.name, scheme.version, reason) for scheme in schemes)
    return ServiceDecision(service.price_fen or 0, 0, (), (), verdicts, (), reason)


def _claim(
    person: Person, service: Service, scheme: Scheme, price_fen: int, purses: Mapping[str, int], used: Times
) -> _Claim | Reason:
    """What one scheme, by itself, would pay, or why it has nothing to do with this service."""
    if scheme.id in person.waived:
        return Reason("waived", {})
    terms = next((one for one in scheme.services if one.kind == service.kind), None)
    against = _against(service, scheme, terms)
    if against:
        return Reason(against, {})
    known = known_of(person, service.day)
    found, failing = classes_of(known, scheme)
    class_code = chosen(found, person.settlement, scheme.choose).code if found else ""
    left_fen = purses.get(scheme.id, 0)
    if not found and not left_fen:  # What was credited may be spent by somebody who is in no class any more.
        return refusal_on(failing, known, service.day)
    claim = _Claim(scheme, class_code, terms, 0, Reason("nothing_due", {}))
    public_fen, code, fields = _due(service, scheme, terms, price_fen, used)
    if public_fen and scheme.purse is not None:
        if left_fen < public_fen and scheme.purse.when_short == "refuse":
            public_fen, code, fields = 0, "purse_short", {"left_fen": left_fen, "due_fen": public_fen}
        elif not left_fen:
            public_fen, code, fields = 0, "purse_empty", {}
        else:
            public_fen = min(public_fen, left_fen)
            code, fields = "purse_pays", {"left_fen": left_fen, "public_fen": public_fen}
    claim.public_fen, claim.reason = public_fen, _with_class(code, class_code, fields)
    return claim


def _against(service: Service, scheme: Scheme, terms: ServiceTerms | None) -> str:
    """The code of what stands against paying this service at all; "" when nothing does."""
    if scheme.missing and scheme.purse is None:  # What is in a purse was credited by numbers that are stated.
        return "incomplete"
    if not scheme.in_force(service.day):
        return "not_in_force"
    if service.kind in WARES:
        return "wares"
    covered = scheme.purse.buys(service.kind) if scheme.purse is not None else terms is not None
    if not covered:
        return "service_not_covered"
    return "" if service.contracted else "provider_out"


def _due(
    service: Service, scheme: Scheme, terms: ServiceTerms | None, price_fen: int, used: Times
) -> tuple[int, str, dict[str, int]]:
    """What the terms of the service leave to the scheme, before its purse is looked at."""
    if terms is None:
        return price_fen, "service_whole", {"public_fen": price_fen}
    if service.minutes < terms.least_minutes:
        return 0, "service_short", {"minutes": service.minutes, "least": terms.least_minutes}
    period = _period(service.day, terms.per)
    if terms.times is not None and used.get((scheme.id, service.kind, period), 0) >= terms.times:
        return 0, f"service_times_{terms.per}", {"times": terms.times}
    own_fen = (
        min(terms.own_fen, price_fen) if terms.own_fen is not None else scheme.rounding.share(price_fen, terms.own_bp)
    )
    public_fen = price_fen - own_fen
    if terms.at_most_fen is not None and public_fen > terms.at_most_fen:
        return terms.at_most_fen, "service_at_most", {"at_most_fen": terms.at_most_fen, "public_fen": terms.at_most_fen}
    if not own_fen:
        return public_fen, "service_whole", {"public_fen": public_fen}
    return public_fen, "service_own", {"own_fen": own_fen, "public_fen": public_fen}


def _set_against_each_other(claims: list[_Claim], price_fen: int) -> None:
    """Leave one claim a stack group, and none above what is still open of the price."""
    highest: dict[str, _Claim] = {}
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
            one.public_fen, one.reason = 0, _with_class("lower", one.class_code, {"other": winner.scheme.name})
        elif open_fen < one.public_fen:
            code, fields = ("rest", {"public_fen": open_fen}) if open_fen else ("nothing_left", {})
            one.public_fen, one.reason = open_fen, _with_class(code, one.class_code, fields)
        open_fen -= one.public_fen


def _own_reason(price_fen: int, own_fen: int) -> Reason:
    if own_fen < price_fen:
        return Reason("service_rest", {"price_fen": price_fen, "public_fen": price_fen - own_fen, "own_fen": own_fen})
    return Reason("own_all", {"own_fen": own_fen})


def _with_class(code: str, class_code: str, fields: Mapping[str, object]) -> Reason:
    return Reason(code, {"class_code": class_code, **fields} if class_code else fields)


def _period(day: date, per: str) -> str:
    """The key of the period a day is in: ``2026-W47``, ``2026-11``, ``2026-Q4`` or ``2026``."""
    if per == "week":
        year, week, _ = day.isocalendar()
        return f"{year:04d}-W{week:02d}"
    if per == "month":
        return f"{day:%Y-%m}"
    return f"{day.year:04d}-Q{(day.month + 2) // 3}" if per == "quarter" else f"{day.year:04d}"
