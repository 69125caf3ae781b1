"""Days that went by: meals as the counter would have written them, a day in one transaction.

Every amount comes from the product's own engine; servings, shares, entries, postings, running sums and tickets
are the rows of ``counter.servings``, put together in bulk. After each day ``flask check`` holds.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from bench.people import Resident
from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import SHANGHAI
from canteen.base.db import add_up, table_of
from canteen.base.vault import the_vault
from canteen.books.accounts import account_of
from canteen.books.meals import class_mark
from canteen.books.models.ledger import Balance, Entry, NormUse, Posting
from canteen.books.models.servings import Serving, ServingShare, SiteDay
from canteen.books.shares import freeze, share_rows, thaw
from canteen.counter import tickets
from canteen.counter.offers import MealSitting
from canteen.counter.requests import Served, ServeRequest, ShareLine
from canteen.counter.rules import SetOffer, serving_number
from canteen.people.registry import reserve_ids
from canteen.places.queries import SiteFacts
from canteen.printing.models import JOB
from canteen.schemes.deciding.answer import Decision, Share
from canteen.schemes.deciding.decide import decide, used_after
from canteen.schemes.facts import Meal, Use
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.queries import schemes_in_force
from canteen.schemes.reasons import Reason

SERVING, SHARE, SITE_DAY, ENTRY, POSTING, BALANCE, USE = map(
    table_of, (Serving, ServingShare, SiteDay, Entry, Posting, Balance, NormUse)
)
#: In the order their foreign keys ask for.
_APPENDED = (SERVING, SHARE, ENTRY, POSTING, JOB)
SETS = (
    SetOffer("A套餐", 1000, "示例红烧肉、青菜、萝卜、米饭、汤", "", None),
    SetOffer("B套餐", 1200, "示例蒸鱼、豆腐、冬瓜、米饭、汤", "少盐、软食", None),
)
#: Slot, when it begins, and how many of those who come for lunch come then.
_SLOTS = (("lunch", time(11, 0), 1.0), ("dinner", time(17, 0), 1 / 3))
_SITTING = timedelta(minutes=80)
#: One guest to so many elders, and one voided serving among so many.
_ELDERS_A_GUEST, _SERVINGS_A_VOID = 20, 100


@dataclass(frozen=True, slots=True)
class Till:
    """One site's counter: who serves there and the printer of its tickets."""

    site: SiteFacts
    clerk: Actor
    printer_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Eaten:
    """One meal of the past: who, where, when, what. ``resident`` None is a guest."""

    resident: Resident | None
    till: Till
    sitting: MealSitting
    sequence: int
    served_at: datetime
    chosen: SetOffer
    way: str
    pay_way: str
    is_voided: bool


@dataclass(slots=True)
class Books:
    """What the next day builds on: running use of each elder."""

    used: defaultdict[int, dict[tuple[str, str], Use]] = field(default_factory=lambda: defaultdict(dict))


def write_day(
    session: Session,
    books: Books,
    day: date,
    residents: Sequence[Resident],
    tills: Sequence[Till],
    chance: random.Random,
) -> int:
    """Write everything that happened on one day; returns the number of servings."""
    schemes = schemes_in_force(session, area_path=tills[0].site.area_path, day=day)
    meals = list(_meals_of(day, residents, tills, chance))
    voids = sum(meal.is_voided for meal in meals)
    page = _Page(
        books,
        schemes,
        chance,
        serving_ids=iter(reserve_ids(session, SERVING, len(meals))),
        entry_ids=iter(reserve_ids(session, ENTRY, len(meals) + voids)),
    )
    for meal in meals:
        page.add(meal)
    page.write(session)
    for used in books.used.values():  # what counts for one day only is not needed any more
        for key in [key for key in used if key[1].startswith(day.isoformat())]:
            del used[key]
    return len(meals)


def _meals_of(
    day: date, residents: Sequence[Resident], tills: Sequence[Till], chance: random.Random
) -> Iterator[Eaten]:
    sequences: defaultdict[int, int] = defaultdict(int)
    for slot, opens, part in _SLOTS:
        queues: dict[int, list[Resident | None]] = {till.site.id: [] for till in tills}
        for resident in residents:
            if chance.random() < resident.habit * part:
                queues[resident.village.site_id].append(resident)
        begins = datetime.combine(day, opens, SHANGHAI).astimezone(UTC)
        for till in tills:
            queue = queues[till.site.id]
            queue += [None for _ in queue if chance.randrange(_ELDERS_A_GUEST) == 0]
            chance.shuffle(queue)
            for place, eater in enumerate(queue):
                sequences[till.site.id] += 1
                yield Eaten(
                    resident=eater,
                    till=till,
                    sitting=MealSitting(till.site, day, slot, outside_hours=False),
                    sequence=sequences[till.site.id],
                    served_at=begins + _SITTING * place / len(queue),
                    chosen=SETS[chance.random() < 0.2],
                    way=chance.choice(("dine_in", "dine_in", "take_away")),
                    pay_way=chance.choice(("cash", "cash", "code")),
                    is_voided=chance.randrange(_SERVINGS_A_VOID) == 0,
                )


class _Page:
    """The rows of one day."""

    def __init__(
        self,
        books: Books,
        schemes: tuple[Scheme, ...],
        chance: random.Random,
        *,
        serving_ids: Iterator[int],
        entry_ids: Iterator[int],
    ) -> None:
        self._books, self._schemes, self._chance, self._vault = books, schemes, chance, the_vault()
        self._serving_ids, self._entry_ids = serving_ids, entry_ids
        self._rows: dict[Table, list[dict[str, Any]]] = {table: [] for table in _APPENDED}
        self._sums: defaultdict[tuple[int, str, str], int] = defaultdict(int)
        self._uses: defaultdict[tuple[int, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
        self._site_days: dict[tuple[int, date], int] = {}
        self._deeds: list[tuple[Eaten, str, Served, dict[str, int]]] = []

    def add(self, meal: Eaten) -> None:
        """One meal with all its rows."""
        decision = self._decide(meal)
        served = self._serving(meal, decision)
        entry_id = self._entry(meal, served.id, _lines(decision, meal.pay_way), meal.served_at)
        facts = tickets.ticket_facts(served, site=meal.till.site, dishes=meal.chosen.dishes, actor=meal.till.clerk)
        self._job(meal, served, facts.kind, facts.as_json(), meal.served_at)
        self._audit(meal, "serve", served, price_fen=served.price_fen, own_fen=served.own_fen)
        self._use(meal, decision)
        self._site_days[meal.till.site.id, meal.sitting.day] = meal.sequence
        if meal.is_voided:
            lines = {account: -fen for account, fen in _lines(decision, meal.pay_way).items()}
            self._entry(meal, served.id, lines, _voided_at(meal), reverses_id=entry_id)
            void = tickets.void_facts(
                served,
                site_name=meal.till.site.name,
                person_name=served.person_name,
                reason=_VOID_REASON,
                actor=meal.till.clerk,
                now=_voided_at(meal),
            )
            self._job(meal, served, void.kind, void.as_json(), _voided_at(meal))
            self._audit(meal, "void", served)

    def write(self, session: Session) -> None:
        """Insert everything: one statement a table."""
        connection = session.connection()
        for table, rows in self._rows.items():
            if rows:
                connection.execute(insert(table), rows)
        sums = [
            {"site_id": site, "month": month, "account": account, "amount_fen": fen}
            for (site, month, account), fen in sorted(self._sums.items())
        ]
        uses = [
            {
                "elder_id": elder,
                "scheme": scheme,
                "period": period,
                "settled_fen": settled,
                "public_fen": public,
                "meals": meals,
            }
            for (elder, scheme, period), (settled, public, meals) in sorted(self._uses.items())
        ]
        numbers = [
            {"site_id": site, "day": day, "last_sequence": last} for (site, day), last in self._site_days.items()
        ]
        for table, rows, added in (
            (BALANCE, sums, ("amount_fen",)),
            (USE, uses, ("settled_fen", "public_fen", "meals")),
            (SITE_DAY, numbers, ("last_sequence",)),
        ):
            if rows:
                add_up(session, table, rows, sums=added)
        for meal, action, served, detail in self._deeds:
            trail.made(session, "serving", served.id, site_id=served.site_id)
            at, subject = _voided_at(meal) if action == "void" else meal.served_at, f"serving:{served.id}"
            whole = {"number": served.number, **detail}
            trail.record(session, meal.till.clerk, action, subject, at, site_id=served.site_id, **whole)

    def _decide(self, meal: Eaten) -> Decision:
        price_fen = meal.chosen.price_fen
        if meal.resident is None:
            own = Share("own", "", "", price_fen, Reason("own_all", {"own_fen": price_fen}))
            return Decision(price_fen, price_fen, (own,), (), "", (), (), ())
        asked = Meal(
            day=meal.sitting.day,
            slot=meal.sitting.slot,
            price_fen=price_fen,
            way=meal.way,
            site_area=meal.till.site.area_path,
        )
        return decide(meal.resident.person, asked, self._schemes, self._books.used[meal.resident.id])

    def _serving(self, meal: Eaten, decision: Decision) -> Served:
        resident, sitting = meal.resident, meal.sitting
        elder_id, guest_kind = (resident.id, "") if resident else (None, "villager")
        kept = freeze(decision)
        request = ServeRequest(
            key=f"{self._chance.getrandbits(128):032x}",
            site_id=sitting.site.id,
            slot=sitting.slot,
            elder_id=elder_id,
            guest_kind=guest_kind,
            set_name=meal.chosen.name,
            way=meal.way,
            pay_way=meal.pay_way,
        )
        written = {
            "id": next(self._serving_ids),
            "site_id": sitting.site.id,
            "day": sitting.day,
            "slot": sitting.slot,
            "number": serving_number(sitting.day, meal.sequence),
            "elder_id": elder_id,
            "guest_kind": guest_kind,
            "set_name": meal.chosen.name,
            "price_fen": decision.price_fen,
            "own_fen": decision.own_fen,
            "way": meal.way,
            "pay_way": meal.pay_way,
            "second_portion": False,
            "outside_hours": False,
            "served_at": meal.served_at,
            "decision": thaw(kept),
            "voided_at": _voided_at(meal) if meal.is_voided else None,
        }
        self._rows[SERVING].append(
            written
            | {
                "key": request.key,
                "asked": request.content(),
                "sequence": meal.sequence,
                "collected_by": "",
                "relation": "",
                "class_mark": class_mark(
                    self._vault, site_id=sitting.site.id, day=sitting.day, class_code=decision.class_code
                ),
                "sealed": self._vault.seal(kept, f"serving:{request.key}"),
                "staff_id": meal.till.clerk.id,
                "till": "1号台",
                "void_reason": _VOID_REASON if meal.is_voided else "",
                "void_key": request.key[::-1] if meal.is_voided else None,
                "voided_by": meal.till.clerk.id if meal.is_voided else None,
            }
        )
        self._rows[SHARE] += [{"serving_id": written["id"], **row} for row in share_rows(decision.shares)]
        lines = tuple(ShareLine(s.payer, s.scheme, s.version, s.amount_fen, s.reason) for s in decision.shares)
        return Served(**cast(dict[str, Any], written), person_name=resident.name if resident else "", shares=lines)

    def _entry(
        self, meal: Eaten, serving_id: int, lines: dict[str, int], at: datetime, reverses_id: int | None = None
    ) -> int:
        entry_id, day, site_id = next(self._entry_ids), meal.sitting.day, meal.till.site.id
        self._rows[ENTRY].append(
            {
                "id": entry_id,
                "kind": "reversal" if reverses_id else "serving",
                "serving_id": serving_id,
                "reverses_id": reverses_id,
                "site_id": site_id,
                "day": day,
                "recorded_at": at,
                "staff_id": meal.till.clerk.id,
            }
        )
        for position, (account, fen) in enumerate(lines.items()):
            self._rows[POSTING].append(
                {"entry_id": entry_id, "position": position, "account": account, "amount_fen": fen}
            )
            self._sums[site_id, day.strftime("%Y-%m"), account] += fen
        return entry_id

    def _job(self, meal: Eaten, served: Served, kind: str, facts: dict[str, Any], at: datetime) -> None:
        key = f"{'void' if kind == 'void_ticket' else 'ticket'}:{served.id}"
        self._rows[JOB].append(
            {
                "key": key,
                "site_id": meal.till.site.id,
                "printer_id": meal.till.printer_id,
                "kind": kind,
                "serving_id": served.id,
                "copy": 0,
                "sealed": self._vault.seal(facts, f"print_job:{key}"),
                "state": "printed",
                "attempts": 1,
                "next_try_at": at,
                "created_at": at,
                "finished_at": at + timedelta(seconds=2),
                "trouble": "",
            }
        )

    def _audit(self, meal: Eaten, action: str, served: Served, **detail: int) -> None:
        self._deeds.append((meal, action, served, detail))

    def _use(self, meal: Eaten, decision: Decision) -> None:
        """What the meal used; a voided one gave it back and leaves rows of nothing, as the counter does."""
        if meal.resident is None:
            return
        for change in decision.uses:
            row = self._uses[meal.resident.id, change.scheme, change.period]
            if not meal.is_voided:
                for column, more in enumerate((change.settled_fen, change.public_fen, change.meals)):
                    row[column] += more
        if not meal.is_voided:
            self._books.used[meal.resident.id] = used_after(self._books.used[meal.resident.id], decision.uses)


_VOID_REASON = "刷错了人"


def _voided_at(meal: Eaten) -> datetime:
    return meal.served_at + timedelta(minutes=3)


def _lines(decision: Decision, pay_way: str) -> dict[str, int]:
    """The postings of a serving's entry, as ``ledger.post_shares`` makes them."""
    lines: dict[str, int] = {}
    for share in decision.shares:
        account = account_of(share, pay_way=pay_way)
        lines[account] = lines.get(account, 0) + share.amount_fen
    return lines | {"meals": -sum(lines.values())}
