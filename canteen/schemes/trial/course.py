"""What happens to one person, event after event: facts, purses, budgets and use as they stand in between.

The memory of ``trial.py``; the rules themselves are elsewhere.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from canteen.base.months import period_of, periods_of
from canteen.schemes.deciding.answer import Decision, Draw, Share, Verdict
from canteen.schemes.deciding.compiled import classes_of
from canteen.schemes.deciding.credits import Credit, credits, made_up, year_left
from canteen.schemes.deciding.decide import decide, used_after
from canteen.schemes.deciding.frequency import Visit, behind
from canteen.schemes.deciding.who import on_day
from canteen.schemes.facts import Meal, Service, Use
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.reasons import Reason
from canteen.schemes.trial.cases import Event, PersonCase
from canteen.schemes.trial.lots import Lots
from canteen.schemes.trial.results import behind_result, credit_result

#: What an event stops, and in which words.
_STOPS = {"died": "died", "moved": "left_area", "hospital_in": "hospital"}
_FREEZES = {"died": "died", "moved": "moved", "hospital_in": "hospital"}


class Course:
    """One person's course through the events of a case."""

    def __init__(self, schemes: Sequence[Scheme], case: PersonCase) -> None:
        self._schemes = tuple(schemes)
        self._purses = {scheme.id: scheme.purse for scheme in schemes if scheme.purse is not None}
        self._person = case.person
        self._used: dict[tuple[str, str], Use] = {}
        self._times: Counter[tuple[str, str, str]] = Counter()
        self._visits = list(case.visits)
        self._lots = Lots()
        for one in case.purses:
            self._lots.add(one.scheme, one.amount_fen, one.expires_on)
        self._opening = {one.scheme: one.amount_fen for one in case.purses}
        self._budgets = {(one.scheme, one.payer, one.period): one.amount_fen for one in case.budgets}
        self._credited: dict[tuple[str, str], int] = {}
        #: Settled from a purse by scheme and year.
        self._settled: Counter[tuple[str, int]] = Counter()
        #: First frozen day and why, by scheme.
        self._frozen: dict[str, tuple[date, str]] = {}
        #: First day without any entitlement, and why.
        self._stopped: tuple[date, str] | None = None
        self._own_fen = 0
        self._given: list[tuple[date, int]] = []

    def decide(self, occasion: Meal | Service) -> Decision:
        """Decide a meal or a service and remember what it used."""
        day, stop = occasion.day, self._stop(occasion.day)
        schemes = self._schemes if stop is None else ()
        purses, budgets = self.balances(day), self._left(day)
        decision = decide(
            self._person, occasion, schemes, self._used, times=self._times, purses=purses, budgets=budgets
        )
        if stop is not None:
            verdicts = tuple(Verdict(scheme.id, scheme.name, scheme.version, stop) for scheme in self._schemes)
            decision = decision._replace(verdicts=verdicts)
        if decision.refused is None:
            self._used = used_after(self._used, decision.uses)
            self._times.update(decision.times)
            if isinstance(occasion, Service):
                self._visits.append(Visit(day, occasion.kind, occasion.minutes))
            elif occasion.price_fen:
                self._visits.append(Visit(day, "meal", 0))
            self._remember(day, (*decision.shares, *decision.fee_shares), decision.draws)
        return decision

    def happen(self, event: Event) -> dict[str, Any]:
        """Anything that is not a meal or a service."""
        if event.kind == "credit":
            return {"credits": self._credit(event.month or event.day, event.day)}
        if event.kind == "own_money":
            self._own_fen += event.amount_fen
            return {"amount_fen": event.amount_fen}
        if event.kind in ("facts", "moved", "died", "hospital_in", "hospital_out", "approved", "withdrawn"):
            return self._change(event)
        if event.kind == "close":
            return self._close(event.day)
        if event.kind == "frequency":
            return {"frequency": self._frequency(event.day)}
        gone = self._lots.expire(event.day)
        return {"expired": [{"scheme": scheme, "amount_fen": fen} for scheme, fen in gone.items()]} | (
            {"settlements": self._year_end(event.day.year)} if event.kind == "year_end" else {}
        )

    def balances(self, day: date) -> dict[str, int]:
        """What may be spent of every purse on a day."""
        found: dict[str, int] = {}
        for scheme, purse in self._purses.items():
            balance = self._lots.open_on(day, scheme)
            limit = year_left(
                purse,
                credited_fen=self._credited_in(scheme, day.year),
                opening_fen=self._opening.get(scheme, 0),
                settled_fen=self._settled[scheme, day.year],
            )
            balance = balance if limit is None else min(balance, limit)
            found[scheme] = 0 if self._is_frozen(scheme, day) else balance
        return found

    def pay_own(self, own_fen: int) -> int:
        """Take as much of an own share as there is in the purse of own money."""
        paid = min(own_fen, self._own_fen)
        self._own_fen -= paid
        return paid

    def purse_results(self) -> list[dict[str, Any]]:
        """Every purse at the end: what was credited, what is left, whether it is frozen."""
        found: list[dict[str, Any]] = [
            {
                "scheme": scheme,
                "balance_fen": self._lots.left(scheme),
                "credited_fen": sum(fen for (owner, _), fen in self._credited.items() if owner == scheme),
                "frozen_from": self._frozen[scheme][0].isoformat() if scheme in self._frozen else None,
            }
            for scheme in self._purses
        ]
        return found + ([{"scheme": "", "balance_fen": self._own_fen}] if self._own_fen else [])

    def budget_results(self) -> list[dict[str, Any]]:
        """What is left of the budgets that are known."""
        return [
            {"scheme": scheme, "payer": payer, "period": period, "left_fen": fen}
            for (scheme, payer, period), fen in sorted(self._budgets.items())
        ]

    def _credit(self, month: date, made_in: date) -> list[dict[str, Any]]:
        """The credits of a month; a purse that already has its credit of the month gets none again."""
        stop = self._stop(month)
        if stop is not None:
            answers: dict[str, Credit | Reason] = dict.fromkeys(self._purses, stop)
        else:
            answers = credits(self._person, month, self._schemes)
        found: list[dict[str, Any]] = []
        for scheme_id, answer in answers.items():
            key = (scheme_id, f"{month:%Y-%m}")
            if key in self._credited:
                answer = Reason("credit_twice", {})
            elif self._is_frozen(scheme_id, month):
                answer = Reason(self._frozen[scheme_id][1], {})
            elif isinstance(answer, Credit):
                answer = made_up(answer, self._purses[scheme_id], made_in)
            if isinstance(answer, Credit):
                self._credited[key] = answer.amount_fen
                self._lots.add(scheme_id, answer.amount_fen, answer.expires_on)
            found.append({"scheme": scheme_id, **credit_result(answer)})
        return found

    def _change(self, event: Event) -> dict[str, Any]:
        """Other facts from a day on: new facts, a death, a move, an entitlement that begins or ends."""
        changes = dict(event.changes)
        if event.kind in ("approved", "withdrawn"):
            approved = self._person.approved
            if approved is None:  # Approvals were not looked at so far.
                approved = frozenset(scheme.id for scheme in self._schemes if event.kind == "withdrawn")
            both = {"approved": approved | {event.scheme}, "withdrawn": approved - {event.scheme}}
            changes = {"approved": both[event.kind]}
        added, ended = changes.pop("add_statuses", frozenset()), changes.pop("end_statuses", frozenset())
        if added or ended:
            changes["statuses"] = (changes.get("statuses", self._person.statuses) | added) - ended
        self._person = replace(self._person, **changes)
        if event.kind == "hospital_out":
            self._frozen = {scheme: frozen for scheme, frozen in self._frozen.items() if frozen[1] != "hospital"}
        if event.kind == "died" or (event.kind == "moved" and not event.changes):
            self._stopped = (event.day, _STOPS[event.kind])
        self._freeze(event)
        late = [number for number, (day, fen) in enumerate(self._given, start=1) if day >= event.day and fen]
        return {"look_back": late} if event.kind in ("died", "moved", "withdrawn") else {}

    def _freeze(self, event: Event) -> None:
        for scheme in self._schemes:
            if scheme.purse is None or scheme.id in self._frozen:
                continue
            if _FREEZES.get(event.kind) in scheme.purse.freeze_on:
                self._frozen[scheme.id] = (event.day, _STOPS[event.kind])
            elif event.kind == "facts" and (word := self._ended(event, scheme)):
                self._frozen[scheme.id] = (event.day, word)

    def _ended(self, event: Event, scheme: Scheme) -> str:
        """Why the purse freezes after a change of facts; "" when it does not."""
        assert scheme.purse is not None
        added = event.changes.get("add_statuses", frozenset()) | event.changes.get("statuses", frozenset())
        if "institution" in scheme.purse.freeze_on and "institution" in added:
            return "in_institution"
        if "status_ended" in scheme.purse.freeze_on and not classes_of(scheme, on_day(self._person, event.day))[0]:
            return "no_class_any_more"
        return ""

    def _close(self, day: date) -> dict[str, Any]:
        """Close the purses: subsidy is frozen, own money goes back where the scheme says so."""
        refund = all(purse.refund_own for purse in self._purses.values())
        refunded, self._own_fen = (self._own_fen, 0) if refund else (0, self._own_fen)
        for scheme in self._purses:
            self._frozen.setdefault(scheme, (day, "closed"))
        return {"refunded_fen": refunded, "frozen_fen": self._lots.open_on(day)}

    def _frequency(self, day: date) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        months = [date.fromisoformat(f"{month}-01") for _, month in self._credited]
        since = min(months, default=None)
        for scheme in self._schemes:
            if not scheme.frequency:
                continue
            answer = credits(self._person, day.replace(day=1), self._schemes).get(scheme.id)
            classes, _ = classes_of(scheme, on_day(self._person, day))
            class_code = answer.class_code if isinstance(answer, Credit) else classes[0].code if classes else None
            for one in behind(scheme, class_code, self._visits, day, since) if class_code is not None else ():
                found.append({"scheme": scheme.id, **behind_result(one)})
        return found

    def _year_end(self, year: int) -> list[dict[str, Any]]:
        """What was credited and settled in a year, by purse."""
        return [
            {
                "scheme": scheme,
                "credited_fen": self._credited_in(scheme, year),
                "settled_fen": self._settled[scheme, year],
            }
            for scheme in self._purses
        ]

    def _remember(self, day: date, shares: Sequence[Share], draws: Sequence[Draw]) -> None:
        """Take what was drawn from the purses, the credit that expires first, and what was spent from the budgets."""
        self._given.append((day, sum(share.amount_fen for share in shares if share.scheme)))
        for draw in draws:
            self._settled[draw.scheme, day.year] += draw.amount_fen
            self._lots.spend(draw.scheme, draw.amount_fen, day)
        for share in shares:
            for period in periods_of(day):
                key = (share.scheme, share.payer, period)
                if key in self._budgets:
                    self._budgets[key] -= share.amount_fen

    def _left(self, day: date) -> dict[tuple[str, str, str], int]:
        """What is left of every budget; one that a scheme states begins with what it states."""
        for scheme in self._schemes:
            for budget in scheme.paying.budgets:
                self._budgets.setdefault((scheme.id, budget.payer, period_of(budget.per, day)), budget.limit_fen)
        return {key: fen for key, fen in self._budgets.items() if key[2] in periods_of(day)}

    def _stop(self, day: date) -> Reason | None:
        if self._stopped is None or day < self._stopped[0]:
            return None
        return Reason(self._stopped[1], {})

    def _is_frozen(self, scheme: str, day: date) -> bool:
        return scheme in self._frozen and self._frozen[scheme][0] <= day

    def _credited_in(self, scheme_id: str, year: int) -> int:
        return sum(
            fen for (owner, month), fen in self._credited.items() if owner == scheme_id and month[:4] == f"{year:04d}"
        )
