"""The one way a service comes into the books, and out again. Everything here writes in the caller's transaction.

Like a meal: read the facts, ask the engine, append the service, its frozen shares, the balanced entry and the draws
of the purses. The elder's row is locked first, so that two people cannot spend one purse at once; running sums of
the ledger come before lots of purses everywhere, so that no two transactions wait for each other.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.db import table_of
from canteen.base.db.rows import add_row
from canteen.base.db.sealed import place_of
from canteen.base.errors import NotFound, Refusal
from canteen.base.money import yen_sign
from canteen.base.records import as_record, as_row
from canteen.base.vault import the_vault
from canteen.books import ledger, spending, trusted_clock
from canteen.books.models.services import CareService, CareShare
from canteen.books.shares import Frozen, freeze, share_rows, thaw
from canteen.care import rules
from canteen.care.models import Provider
from canteen.care.requests import CareRequest, CareVoid, Recorded
from canteen.care.rules import Ban, Contract, ProviderStanding
from canteen.people import queries as people
from canteen.people.queries import ElderFacts
from canteen.places.models import Area
from canteen.places.queries import SiteFacts, site_in_reach
from canteen.pricing.pricing import pricing_for_service
from canteen.purses import drawing
from canteen.schemes.deciding.answer import Decision, Share
from canteen.schemes.facts import Service
from canteen.schemes.language.scheme import Scheme

CARE = table_of(CareService)
SHARE = table_of(CareShare)
PROVIDER = table_of(Provider)

NO_SERVICE, NO_SERVICE_STEP = "没有找到这次服务", "请从列表中重新选择"


@dataclass(frozen=True, slots=True)
class CareOffer:
    """What recording a service would mean, before anything is written."""

    site: SiteFacts
    elder: ElderFacts
    provider: ProviderStanding
    decision: Decision
    schemes: tuple[Scheme, ...]
    #: The elder's own money, for paying the own part from it.
    own_money_fen: int


def record_service(session: Session, request: CareRequest, *, actor: Actor, now: datetime) -> Recorded:
    """Record one service; the same key again answers with the earlier one.

    Raises ``BadInput``, ``NotFound``, or a ``Refusal``: key_reused, day_in_future, day_too_old, elder_died,
    elder_moved, provider_banned, provider_failed, provider_no_contract, provider_other_kind, a refusal of the engine
    (its reason's code), own_money_short, clock_doubt.
    """
    rules.check_request(request)
    earlier = session.execute(select(CARE).where(CARE.c.key == request.key)).first()
    if earlier is not None:
        return _repeat(session, earlier, request, actor=actor)
    trusted_clock.refuse_doubt(session, now)
    offer = make_offer(session, request, actor=actor, now=now, lock=True)
    refusal = refuse_offer(request, offer)
    if refusal:
        raise refusal
    care_id = _write(session, request, offer, actor=actor, now=now)
    decision = offer.decision
    ledger.post_shares(
        session,
        care_id=care_id,
        site_id=offer.site.id,
        day=request.day,
        shares=decision.shares,
        pay_way=request.pay_way,
        staff_id=actor.staff_id,
        at=now,
    )
    drawing.draw(
        session, elder_id=request.elder_id, draws=decision.draws, day=request.day, at=now, actor=actor, care_id=care_id
    )
    if request.pay_way == "purse":
        drawing.draw_own(
            session,
            elder_id=request.elder_id,
            amount_fen=decision.own_fen,
            day=request.day,
            at=now,
            actor=actor,
            care_id=care_id,
        )
    spending.spend(
        session, schemes=offer.schemes, shares=decision.shares, day=request.day, area_path=offer.site.area_path
    )
    detail = {"kind": request.kind, "price_fen": decision.price_fen, "own_fen": decision.own_fen}
    trail.record(session, actor, "record_service", f"care:{care_id}", now, site_id=offer.site.id, **detail)
    return Recorded(id=care_id, price_fen=decision.price_fen, own_fen=decision.own_fen, shares=decision.shares)


def make_offer(session: Session, request: CareRequest, *, actor: Actor, now: datetime, lock: bool = False) -> CareOffer:
    """Everything that decides a service, read and decided."""
    rules.check_day(request.day, today=day_of(now))
    site = site_in_reach(session, actor, request.site_id)
    elder = people.load_elder(session, request.elder_id, day=request.day, lock=lock)
    if elder is None or not elder.may_come_to(site.id, county=site.county):
        raise NotFound("没有找到这位老人", next_step="请重新查找")
    provider = standing_of(session, request.provider_id, residence=elder.person.residence)
    service = Service(day=request.day, kind=request.kind, minutes=request.minutes, price_fen=request.price_fen)
    pricing = pricing_for_service(session, elder, service, area_path=site.area_path)
    return CareOffer(
        site, elder, provider, pricing.decide(), pricing.schemes, drawing.own_money(session, elder_id=elder.id)
    )


def refuse_offer(request: CareRequest, offer: CareOffer) -> Refusal | None:
    """Why this service is not recorded, or None."""
    elder, refused = offer.elder, offer.decision.refused
    refusal = rules.refuse_state(elder.name, elder.state, elder.state_from) or rules.refuse_provider(
        offer.provider, request.kind, request.day
    )
    if refusal is None and refused is not None:
        refusal = Refusal(refused.code, refused.words(), next_step="请核对价格、时长和额度")
    if refusal is None and request.pay_way == "purse" and offer.own_money_fen < offer.decision.own_fen:
        refusal = Refusal(
            "own_money_short",
            "自有资金只有 %(held)s,自付部分要 %(own)s",
            held=yen_sign(offer.own_money_fen),
            own=yen_sign(offer.decision.own_fen),
            next_step="请先存钱,或改用现金、扫码",
        )
    return refusal


def standing_of(session: Session, provider_id: int, *, residence: str) -> ProviderStanding:
    """A provider of an area somebody lives in. ``NotFound`` for one of another area."""
    found = session.execute(
        select(Provider, Area.path).join(Area, Area.id == Provider.area_id).where(Provider.id == provider_id)
    ).first()
    if found is None or not f"{residence}/".startswith(f"{found.path}/"):
        raise NotFound("没有找到这家服务机构", next_step="请从列表中选择老人所在地区的服务机构")
    return standing(found[0])


def standing(provider: Provider) -> ProviderStanding:
    """What the rules know of a provider."""
    return ProviderStanding(
        provider.name,
        tuple(provider.services),
        [as_record(Contract, one) for one in provider.contracts],
        [as_record(Ban, one) for one in provider.bans if one.lifted_at is None],
        max(provider.assessments, key=lambda one: one.id).grade if provider.assessments else "",
    )


def _write(session: Session, request: CareRequest, offer: CareOffer, *, actor: Actor, now: datetime) -> int:
    decision = offer.decision
    words = {name: getattr(request, name).strip() for name in ("confirmer", "worker", "note")}
    care_id = add_row(
        session,
        CARE,
        **as_row(request, but=("price_fen", *words)),
        **words,
        asked=request.content(),
        price_fen=decision.price_fen,
        own_fen=decision.own_fen,
        sealed=the_vault().seal(freeze(decision), place_of(CARE.c.sealed, key=request.key)),
        recorded_at=now,
        staff_id=actor.staff_id,
        void_reason="",
    )
    session.execute(insert(SHARE), [{"care_id": care_id, **share} for share in share_rows(decision.shares)])
    trail.made(session, "care", care_id, site_id=offer.site.id)
    return care_id


def _repeat(session: Session, row: Row[Any], request: CareRequest, *, actor: Actor) -> Recorded:
    rules.same_content(row.asked, request)
    site_in_reach(session, actor, row.site_id, missing="没有找到这次服务", next_step="")
    return Recorded(
        id=row.id, price_fen=row.price_fen, own_fen=row.own_fen, shares=shares_of(session, row), is_repeat=True
    )


def shares_of(session: Session, care: Row[Any]) -> tuple[Share, ...]:
    """The frozen shares of a service."""
    rows = session.execute(select(SHARE).where(SHARE.c.care_id == care.id).order_by(SHARE.c.position))
    return tuple(
        Share(row.payer, row.scheme, row.version, row.amount_fen, reason)
        for row, reason in zip(rows, frozen(care).reasons, strict=True)
    )


def frozen(care: Row[Any]) -> Frozen:
    """What a service's row keeps of its decision, opened."""
    return thaw(the_vault().open(care.sealed, place_of(CARE.c.sealed, key=care.key)))


def void_service(session: Session, request: CareVoid, *, actor: Actor, now: datetime) -> None:
    """Undo one service: mark it, append the mirror entry, give the draws back. The same key again changes nothing.

    Raises ``BadInput``, ``NotFound``, ``Refusal``: already_voided, void_too_late.
    """
    rules.check_void(request)
    row = session.execute(select(CARE).where(CARE.c.id == request.care_id).with_for_update()).first()
    if row is None:
        raise NotFound(NO_SERVICE, next_step=NO_SERVICE_STEP)
    site = site_in_reach(session, actor, row.site_id, missing=NO_SERVICE, next_step=NO_SERVICE_STEP)
    if row.voided_at is not None:
        if row.void_key == request.key:
            return
        raise Refusal("already_voided", "这次服务已经作废:%(reason)s", reason=row.void_reason, next_step="不用再作废")
    rules.may_void(recorded_on=day_of(row.recorded_at), today=day_of(now))
    people.load_elder(session, row.elder_id, day=row.day, lock=True)  # nobody draws from these purses meanwhile
    trail.touch(session, "care", row.id, site_id=row.site_id)
    session.execute(
        update(CARE)
        .where(CARE.c.id == row.id)
        .values(voided_at=now, void_reason=request.reason.strip(), void_key=request.key, voided_by=actor.staff_id)
    )
    ledger.reverse(session, care_id=row.id, site_id=row.site_id, day=row.day, staff_id=actor.staff_id, at=now)
    drawing.give_back(session, at=now, actor=actor, care_id=row.id)
    spending.give_back(session, care_id=row.id, day=row.day, area_path=site.area_path)
    trail.record(session, actor, "void_service", f"care:{row.id}", now, site_id=row.site_id)
