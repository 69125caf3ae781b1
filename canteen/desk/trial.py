"""Trying a draft on one person and a row of meals, alone or with the other schemes in force. Nothing is written."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.db import reading
from canteen.base.errors import NotFound
from canteen.desk import drafts
from canteen.desk.preview import sample as samples
from canteen.desk.requests import TryRequest
from canteen.people.finding.search import Found, search
from canteen.schemes.deciding.answer import Decision
from canteen.schemes.deciding.decide import decide, used_after
from canteen.schemes.facts import Meal, Person, Use
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.queries import parsed, schemes_in_force


@dataclass(frozen=True, slots=True)
class TriedMeal:
    """One meal and who would pay it, and the meals after it that are the same in everything but the day."""

    meal: Meal
    decision: Decision
    last_day: date
    count: int = 1


@dataclass(frozen=True, slots=True)
class ElderToTry:
    """A registered elder as the try page shows them."""

    id: int
    name: str
    person: Person


def try_draft(actor: Actor, draft_id: int, wanted: TryRequest) -> list[TriedMeal]:
    """Decide the meals in their order; what one uses counts for the next.

    Raises ``SchemeError`` for a text that is wrong, ``NotFound`` for an elder out of reach.
    """
    with reading() as session:
        draft, _ = drafts.draft_in_reach(session, actor, draft_id)
        scheme = parsed(draft.text)
        person_on = _person_on(session, actor, wanted)
        is_working = samples.working_days(session)

        @cache
        def schemes_at(area: str, day: date) -> tuple[Scheme, ...]:
            others = schemes_in_force(session, area_path=area, day=day) if wanted.with_others else ()
            return (*(one for one in others if one.id != scheme.id), scheme)

        meals = [replace(meal, working_day=is_working(meal.day)) for meal in wanted.meals]
        questions = [(person_on(meal.day), meal, schemes_at(meal.site_area, meal.day)) for meal in meals]
    used: dict[tuple[str, str], Use] = {}
    tried: list[TriedMeal] = []
    for person, meal, schemes in questions:
        decision = decide(person, meal, schemes, used)
        used = used_after(used, decision.uses)
        one = TriedMeal(meal, decision, meal.day)
        if tried and _told(tried[-1]) == _told(one):
            earlier = tried.pop()
            one = replace(earlier, last_day=meal.day, count=earlier.count + 1)
        tried.append(one)
    return tried


def _told(one: TriedMeal) -> tuple[object, ...]:
    """What a reader sees of a meal besides the day."""
    reasons = [verdict.reason.words() for verdict in one.decision.verdicts]
    shares = [(share.payer, share.amount_fen) for share in (*one.decision.shares, *one.decision.fee_shares)]
    return one.meal.slot, one.meal.way, one.meal.price_fen, shares, reasons


def _person_on(session: Session, actor: Actor, wanted: TryRequest) -> Callable[[date], Person]:
    if wanted.person is not None:
        person = wanted.person
        return lambda _: person
    assert wanted.elder_id is not None
    return _elder(session, actor, wanted.elder_id, wanted.meals[0].day if wanted.meals else date.min)[1]


def elder_to_try(actor: Actor, elder_id: int, *, day: date) -> ElderToTry:
    """A registered elder in the actor's reach. Raises ``NotFound``."""
    with reading() as session:
        name, person_on = _elder(session, actor, elder_id, day)
    return ElderToTry(elder_id, name, person_on(day))


def find_elders(actor: Actor, text: str, *, day: date) -> list[Found]:
    """Elders in the actor's reach whom a typed text may mean."""
    if not text:
        return []
    with reading() as session:
        return search(session, text, area_prefix=actor.area_path, day=day, limit=10)


def _elder(session: Session, actor: Actor, elder_id: int, day: date) -> tuple[str, Callable[[date], Person]]:
    name = samples.elder_in(session, elder_id, area_path=actor.area_path)
    if name is None:
        raise NotFound("没有找到这位老人", next_step="请重新查找")
    whole = samples.Sample("", actor.area_path, day, day, day)
    return name, samples.elders_of(session, [elder_id], whole)[0].person_on
