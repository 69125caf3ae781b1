"""What a keeper of the register does with one person. Every function refuses people out of the actor's reach with
``NotFound`` and writes an audit row without personal facts."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.db import reading, settled, transaction
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.base.records import as_record
from canteen.base.vault import the_vault
from canteen.people import registry
from canteen.people.drafts import Placing, draft_of, place, refuse_taken
from canteen.people.followers import BackDated, follow, meals_to_look_at, note_back_dating
from canteen.people.personal import open_personal
from canteen.people.queries import CARD, LIFE, STATUS, find_elder_ids_by_card
from canteen.people.registry import ElderDraft, StatusDraft
from canteen.people.requests import CardEnding, PersonInput
from canteen.people.rules import LifePeriod, Waiver, card_number, check_life_period
from canteen.people.waiving import give_up, take_back
from canteen.places.models import Area
from canteen.places.registry import ensure_area

_LONGEST_CARD = 40


def trouble_with(person: PersonInput, *, elder_id: int | None, actor: Actor) -> BadInput | None:
    """Why a form cannot be taken as it stands, so that it can be shown again with what was typed; None when it can."""
    with reading() as session:
        try:
            place(session, person, elder_id=elder_id, actor=actor)
            refuse_taken(session, person, elder_id=elder_id, vault=the_vault())
        except BadInput as error:
            return error
    return None


@settled
def add_person(session: Session, person: PersonInput, *, actor: Actor, now: datetime) -> int:
    """Register a new elder with an optional card. Returns the id. Raises ``BadInput`` naming the field."""
    vault = the_vault()
    placing = place(session, person, elder_id=None, actor=actor)
    refuse_taken(session, person, elder_id=None, vault=vault)
    draft = draft_of(person, None, areas=_areas(session, placing), placing=placing, source=_source(actor, now))
    return registry.add_elder(session, draft, actor=actor, at=now, vault=vault)


@settled
def change_person(
    session: Session, elder_id: int, person: PersonInput, *, actor: Actor, now: datetime
) -> tuple[str, ...]:
    """Change what is known of an elder. Returns the names of the facts that changed."""
    vault = the_vault()
    row, was = _held_draft(session, elder_id, actor)
    asked_now = replace(person, card="")
    placing = place(session, asked_now, elder_id=elder_id, actor=actor)
    refuse_taken(session, asked_now, elder_id=elder_id, vault=vault)
    draft = draft_of(asked_now, was, areas=_areas(session, placing), placing=placing, source=_source(actor, now))
    changed = registry.update_elder(session, elder_id, draft, at=now, vault=vault)
    if changed:
        follow(session, [elder_id], day=day_of(now), actor=actor, at=now)
        _audit(session, row, "change_elder", actor, now, facts=list(changed))
    return changed


def _areas(session: Session, placing: Placing) -> dict[str, Area]:
    """The areas of a placing; the village of the residence is made when it is new."""
    return {path: ensure_area(session, path) for path in (placing.residence, placing.hukou) if path}


def _source(actor: Actor, now: datetime) -> str:
    return f"{day_of(now)} {actor.name}登记"


def _held(session: Session, elder_id: int, actor: Actor) -> Any:
    return registry.held_elder(session, elder_id, actor, next_step="请在老人页面重新查找")


def _mine(session: Session, table: Table, row_id: int, elder_id: int, missing: str) -> Any:
    """A card, status or life event of the elder. Raises ``NotFound`` saying what is ``missing``."""
    row = session.execute(select(table).where(table.c.id == row_id, table.c.elder_id == elder_id)).first()
    if row is None:
        raise NotFound(missing, next_step="请返回这位老人的页面")
    return row


def _audit(session: Session, row: Any, action: str, actor: Actor, now: datetime, **detail: Any) -> None:
    trail.record(session, actor, action, f"elder:{row.id}", now, site_id=row.home_site_id, **detail)


def unmask_id(elder_id: int, reason: str, *, actor: Actor, now: datetime) -> str:
    """Read the whole ID number of an elder; who asked for whom, when and why goes to the audit first."""
    if not reason.strip():
        raise BadInput("请写明查看身份证号的原因", field="reason")
    with transaction() as session:
        row = _held(session, elder_id, actor)
        _audit(session, row, "unmask_id", actor, now, reason=reason.strip())
        return open_personal(row.sealed, elder_id, the_vault()).id_number


@settled
def issue_card(session: Session, elder_id: int, shown: str, *, actor: Actor, now: datetime) -> None:
    """Give an elder a card. Raises ``BadInput`` for no number, ``Refusal`` (card_taken) for one in use."""
    row = _held(session, elder_id, actor)
    _issue(session, row, shown, actor=actor, now=now)


def _issue(session: Session, row: Any, shown: str, *, actor: Actor, now: datetime) -> None:
    if not card_number(shown) or len(shown) > _LONGEST_CARD:
        raise BadInput("请填写卡号", field="card")
    if find_elder_ids_by_card(session, shown):
        raise Refusal("card_taken", "卡号 %(card)s 正在使用", card=shown, next_step="请换一张卡,或先停用原来的卡")
    registry.add_card(session, row.id, shown, at=now)
    _audit(session, row, "issue_card", actor, now, card=card_number(shown))


@settled
def end_card(session: Session, ending: CardEnding, *, actor: Actor, now: datetime) -> None:
    """End a card, and issue another when there is a replacement. A card that was ended already stays as it is."""
    if not ending.reason.strip():
        raise BadInput("请写明停用的原因", field="reason")
    row = _held(session, ending.elder_id, actor)
    card = _mine(session, CARD, ending.card_id, ending.elder_id, "没有找到这张卡")
    if card.ended_on is None:
        registry.end_card(session, card.id, ending.reason.strip(), at=now)
        registry.touch(session, row.id, at=now)
        _audit(session, row, "end_card", actor, now, card=card.number)
    if ending.replacement:
        _issue(session, row, ending.replacement, actor=actor, now=now)


def record_status(elder_id: int, draft: StatusDraft, *, actor: Actor, now: datetime) -> int:
    """Record a dated status with issuer and evidence. Returns how many meals there are to look back at."""
    with transaction() as session:
        row = _held(session, elder_id, actor)
        status_id = registry.add_status(session, elder_id, draft, actor=actor, at=now, vault=the_vault())
        follow(session, [elder_id], day=draft.from_day, actor=actor, at=now)
        note_back_dating(session, BackDated(elder_id, status_id, "added", draft.from_day), actor=actor, at=now)
        _audit(session, row, "add_status", actor, now, status=status_id, from_day=draft.from_day)
        return meals_to_look_at(session, elder_id, actor=actor)


def end_status(elder_id: int, status_id: int, last_day: date, *, actor: Actor, now: datetime) -> int:
    """Say until when a status was in force. Returns how many meals there are to look back at.

    Raises ``BadInput`` for a day before it began.
    """
    with transaction() as session:
        row = _held(session, elder_id, actor)
        status = _mine(session, STATUS, status_id, elder_id, "没有找到这项身份")
        if last_day < status.from_day:
            raise BadInput("最后一天不能早于开始的一天", field="to_day")
        registry.touch(session, elder_id, at=now)
        session.execute(update(STATUS).where(STATUS.c.id == status_id).values(to_day=last_day))
        first_without = last_day + timedelta(days=1)
        follow(session, [elder_id], day=first_without, actor=actor, at=now)
        note_back_dating(session, BackDated(elder_id, status_id, "ended", first_without), actor=actor, at=now)
        _audit(session, row, "end_status", actor, now, status=status_id, to_day=last_day)
        return meals_to_look_at(session, elder_id, actor=actor)


def record_event(elder_id: int, period: LifePeriod, *, actor: Actor, now: datetime) -> int:
    """Record a pause, a move or a death. Returns how many meals there are to look back at.

    Raises what ``check_life_period`` raises.
    """
    with transaction() as session:
        row = _held(session, elder_id, actor)
        live = session.execute(select(LIFE).where(LIFE.c.elder_id == elder_id, LIFE.c.cancelled_at.is_(None)))
        check_life_period(
            period, [as_record(LifePeriod, one) for one in live], birth_day=row.birth_day, today=day_of(now)
        )
        event_id = registry.add_event(session, elder_id, period, actor=actor, at=now)
        follow(session, [elder_id], day=period.from_day, actor=actor, at=now)
        days = {"from_day": period.from_day, "to_day": period.to_day or ""}
        _audit(session, row, "add_life_event", actor, now, event=event_id, kind=period.kind, **days)
        return meals_to_look_at(session, elder_id, actor=actor)


def cancel_event(elder_id: int, event_id: int, *, actor: Actor, now: datetime) -> None:
    """Undo a life event that was recorded by mistake; it stays in the list as cancelled. Twice is the same as once."""
    with transaction() as session:
        row = _held(session, elder_id, actor)
        event = _mine(session, LIFE, event_id, elder_id, "没有找到这条记录")
        if event.cancelled_at is None:
            session.execute(update(LIFE).where(LIFE.c.id == event_id).values(cancelled_at=now))
            registry.touch(session, elder_id, at=now)
            follow(session, [elder_id], day=event.from_day, actor=actor, at=now)
            _audit(session, row, "cancel_life_event", actor, now, event=event_id, kind=event.kind)


def give_up_scheme(elder_id: int, scheme: str, reason: str, *, actor: Actor, now: datetime) -> None:
    """Record that an elder gives a scheme up from today on. Twice is the same as once.

    Raises ``BadInput`` for a scheme that is not in force where the elder lives, eats or has the hukou.
    """
    with transaction() as session:
        row, was = _held_draft(session, elder_id, actor)
        personal = give_up(session, elder_id, was.personal, Waiver(scheme, day_of(now), reason))
        _set_personal(session, row, replace(was, personal=personal), "give_up_scheme", scheme, actor, now)


def take_back_scheme(elder_id: int, scheme: str, reason: str, *, actor: Actor, now: datetime) -> None:
    """Record that a scheme an elder gave up counts again from today on. Twice is the same as once."""
    with transaction() as session:
        row, was = _held_draft(session, elder_id, actor)
        personal = take_back(was.personal, scheme, day=day_of(now), reason=reason)
        _set_personal(session, row, replace(was, personal=personal), "take_back_scheme", scheme, actor, now)


def _held_draft(session: Session, elder_id: int, actor: Actor) -> tuple[Any, ElderDraft]:
    row = _held(session, elder_id, actor)
    return row, registry.draft_on_file(row, the_vault())


def _set_personal(
    session: Session, row: Any, draft: ElderDraft, action: str, scheme: str, actor: Actor, now: datetime
) -> None:
    if registry.update_elder(session, row.id, draft, at=now, vault=the_vault()):
        _audit(session, row, action, actor, now, scheme=scheme, from_day=day_of(now))
