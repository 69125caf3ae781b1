"""Trying schemes on cases: who would pay what over a sequence of events, with no database.

A case is one person and what happens: meals, services, monthly credits, changes of facts. What one event uses counts
for the next, so caps, purses and budgets can be tried over days, months and years; or it is one site and its year.
Every case begins anew. The forms are documented in ``docs/allowances.md``.
"""

from collections.abc import Sequence
from typing import Any

from canteen.schemes.deciding.site_money import site_grants
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.trial.cases import Cases, CasesError, Event, PersonCase, read_cases, read_file
from canteen.schemes.trial.course import Course
from canteen.schemes.trial.results import decision_result, reason_result, service_result
from canteen.schemes.trial.site_cases import SiteCase

__all__ = ["PersonCase", "Cases", "CasesError", "read_cases", "read_file", "try_scheme", "try_schemes"]


def try_scheme(scheme: Scheme, cases: Sequence[PersonCase | SiteCase]) -> list[dict[str, Any]]:
    """Try one scheme. One result a case, ready for JSON; money in fen."""
    return try_schemes([scheme], cases)


def try_schemes(schemes: Sequence[Scheme], cases: Sequence[PersonCase | SiteCase]) -> list[dict[str, Any]]:
    """Try several schemes together, in the order given; their ids differ."""
    return [_try_site(schemes, case) if isinstance(case, SiteCase) else _try_person(schemes, case) for case in cases]


def _try_person(schemes: Sequence[Scheme], case: PersonCase) -> dict[str, Any]:
    course = Course(schemes, case)
    results = [_event_result(course, event) for event in case.events]
    paid = [result for result in results if "price_fen" in result]
    return {
        "name": case.name,
        "price_fen": sum(result["price_fen"] for result in paid),
        "own_fen": sum(result["own_fen"] for result in paid),
        "public_fen": sum(result["public_fen"] for result in paid),
        "meals": [result for result in results if result["event"] == "meal"],
        "events": results,
        "purses": course.purse_results(),
        "budgets": course.budget_results(),
    }


def _event_result(course: Course, event: Event) -> dict[str, Any]:
    """What one event brought, and what the purses and budgets are after it."""
    result: dict[str, Any] = {"event": event.kind, "day": event.day.isoformat()}
    if event.meal is not None:
        result |= {"slot": event.meal.slot, **decision_result(course.decide(event.meal))}
    elif event.service is not None:
        result |= {"kind": event.service.kind, "minutes": event.service.minutes}
        result |= service_result(course.decide(event.service))
    else:
        result |= course.happen(event)
    if "own_fen" in result:
        result["from_own_purse_fen"] = course.pay_own(result["own_fen"] + result.get("own_fee_fen", 0))
    return result | {"balances": course.balances(event.day), "budgets": course.budget_results()}


def _try_site(schemes: Sequence[Scheme], case: SiteCase) -> dict[str, Any]:
    sums = [
        {
            "scheme": scheme.id,
            "version": scheme.version,
            "code": grant.code,
            "period": grant.period,
            "amount_fen": grant.amount_fen,
            "shares": [{"payer": payer, "amount_fen": fen} for payer, fen in grant.shares if fen],
        }
        | reason_result(grant.reason)
        for scheme in schemes
        for grant in site_grants(scheme, case.site, case.year)
    ]
    return {
        "name": case.name,
        "year": case.year,
        "total_fen": sum(one["amount_fen"] for one in sums),
        "site_money": sums,
    }
