"""What people do with services and providers: record, void, keep a provider, its contracts, grades and bans."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor, reaches_area
from canteen.base.clock import day_of
from canteen.base.db import Base, reading, settled, transaction
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.base.records import as_row
from canteen.base.words import PROVIDER_KINDS, SERVICES
from canteen.care import recording, rules
from canteen.care.models import Provider, ProviderAssessment, ProviderBan, ProviderContract
from canteen.care.recording import CareOffer, standing
from canteen.care.requests import CareRequest, NewAssessment, NewBan, NewContract, NewProvider
from canteen.places.models import Area
from canteen.places.queries import MOST_IDS

#: Record one service and pay it from purses as far as they reach; undo one with a reason.
record_service = settled(recording.record_service)
void_service = settled(recording.void_service)


def try_service(request: CareRequest, *, actor: Actor, now: datetime) -> tuple[CareOffer, Refusal | None]:
    """What recording a service would mean; nothing is written."""
    rules.check_request(request)
    with reading() as session:
        offer = recording.make_offer(session, request, actor=actor, now=now)
    return offer, recording.refuse_offer(request, offer)


@settled
def add_provider(session: Session, new: NewProvider, *, actor: Actor, now: datetime) -> int:
    """Keep a provider in the pool of an area. Returns its id. Raises ``BadInput``, ``NotFound`` or ``Refusal``."""
    if new.kind not in PROVIDER_KINDS or any(kind not in SERVICES for kind in new.services):
        raise BadInput("请从列表中选择", field="kind")
    area = session.get(Area, new.area_id)
    if area is None or not reaches_area(actor, area.path):
        raise NotFound("没有找到这个地区", next_step="请从列表中选择")
    if session.scalar(select(Provider.id).where(Provider.area_id == new.area_id, Provider.name == new.name)):
        raise Refusal("provider_known", "「%(name)s」已经登记", name=new.name, next_step="请在名录里找到它,修改合同")
    row = Provider(
        **as_row(new, but=("services",)), services=list(new.services), created_at=now, created_by=actor.staff_id
    )
    session.add(row)
    session.flush()
    trail.record(session, actor, "add_provider", f"provider:{row.id}", now)
    return row.id


@settled
def add_contract(session: Session, new: NewContract, *, actor: Actor, now: datetime) -> None:
    """Record a contract. Refuses one that overlaps another, and one that begins while the provider is banned."""
    provider = _provider(session, new.provider_id, actor)
    rules.check_contract(new, standing(provider).contracts)
    ban = next(
        (one for one in provider.bans if one.lifted_at is None and one.decided_on <= new.from_day < one.until), None
    )
    if ban is not None:
        raise Refusal(
            "provider_banned",
            "「%(name)s」在 %(until)s 前不能签合同:%(reason)s",
            name=provider.name,
            until=ban.until.isoformat(),
            reason=ban.reason,
            next_step="请选解除限制以后的日期",
        )
    _keep(session, ProviderContract, new, actor, now, end_reason="")
    trail.record(session, actor, "add_contract", _name(provider.id), now, from_day=new.from_day, to_day=new.to_day)


def end_contract(contract_id: int, *, last: date, reason: str, actor: Actor, now: datetime) -> int:
    """End a contract early. Services recorded up to its new last day stay. Returns the provider's id."""
    if len(reason.strip()) < 2:
        raise BadInput("请写明原因", field="reason")
    with transaction() as session:
        row = session.get(ProviderContract, contract_id) if contract_id < MOST_IDS else None
        if row is None:
            raise NotFound("没有找到这份合同")
        _provider(session, row.provider_id, actor)
        if not row.from_day <= last <= row.to_day:
            raise BadInput("最后一天要在合同期内", field="last")
        row.ended_on, row.end_reason = last, reason.strip()
        trail.record(session, actor, "end_contract", _name(row.provider_id), now, last=last)
        return row.provider_id


@settled
def assess_provider(session: Session, new: NewAssessment, *, actor: Actor, now: datetime) -> None:
    """Record the grade of a quarter or year. A period is graded once (its correction is a new period's business)."""
    rules.check_assessment(new)
    provider = _provider(session, new.provider_id, actor)
    if any(one.period == new.period for one in provider.assessments):
        raise Refusal("assessed_before", "%(period)s 已经考核过", period=new.period, next_step="请核对考核期")
    _keep(session, ProviderAssessment, new, actor, now)
    trail.record(session, actor, "assess_provider", _name(provider.id), now, period=new.period, grade=new.grade)


@settled
def ban_provider(session: Session, new: NewBan, *, actor: Actor, now: datetime) -> None:
    """Put a provider out of the pool, by default for three years from the decision; its contracts end the day before."""
    if len(new.reason.strip()) < 2:
        raise BadInput("请写明原因", field="reason")
    if new.decided_on > day_of(now):
        raise BadInput("决定日期不能在今天之后", field="decided_on")
    until = new.until or rules.ban_until(new.decided_on)
    if until <= new.decided_on:
        raise BadInput("解除日期要在决定日期之后", field="until")
    _provider(session, new.provider_id, actor)
    _keep(session, ProviderBan, replace(new, until=until, reason=new.reason.strip()), actor, now)
    subject = _name(new.provider_id)
    trail.record(session, actor, "ban_provider", subject, now, decided_on=new.decided_on, until=until)


def lift_ban(ban_id: int, *, actor: Actor, now: datetime) -> int:
    """Lift a ban that was decided wrongly; it stays on file. Returns the provider's id."""
    with transaction() as session:
        row = session.get(ProviderBan, ban_id) if ban_id < MOST_IDS else None
        if row is None or row.lifted_at is not None:
            raise NotFound("没有找到这次处理")
        _provider(session, row.provider_id, actor)
        row.lifted_at = now
        trail.record(session, actor, "lift_ban", _name(row.provider_id), now)
        return row.provider_id


def _keep(session: Session, model: type[Base], new: Any, actor: Actor, now: datetime, **more: Any) -> None:
    """Write a contract, an assessment or a ban of a provider down."""
    session.add(model(**as_row(new), **more, recorded_at=now, staff_id=actor.staff_id))


def _name(provider_id: int) -> str:
    """A provider as the audit trail names it."""
    return f"provider:{provider_id}"


def _provider(session: Session, provider_id: int, actor: Actor) -> Provider:
    found = session.get(Provider, provider_id, with_for_update=True) if provider_id < MOST_IDS else None
    area = session.get(Area, found.area_id) if found else None
    if found is None or area is None or not reaches_area(actor, area.path):
        raise NotFound("没有找到这家服务机构", next_step="请从名录重新选择")
    return found
