"""Taking an application, its papers and its decisions. Every function refuses what is out of the actor's reach with
``NotFound`` and writes an audit row without personal facts."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.db import settled, take_next, transaction
from canteen.base.db.rows import add_row
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.base.records import as_row
from canteen.base.vault import the_vault
from canteen.entitlements.applications import photos
from canteen.entitlements.applications.models import APPLICATION, DECISION, DOCUMENT, FORM_COUNTER
from canteen.entitlements.applications.queries import (
    VERSION,
    Filed,
    approval_of,
    check_officer,
    current_class,
    filed,
    open_filed,
    place_of,
)
from canteen.entitlements.applications.step_rules import ASSESSMENT, refuse_open, refuse_pass
from canteen.entitlements.elder_records import record_of
from canteen.entitlements.eligibility import refuse_twice, standing
from canteen.entitlements.granting import approve, latest_spans, refuse_barred, refuse_gone
from canteen.entitlements.requests import ApplicationInput, DecisionInput, DocumentInput
from canteen.people.queries import AREA
from canteen.people.registry import held_elder
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.queries import parsed


@settled
def take_application(session: Session, application: ApplicationInput, *, actor: Actor, now: datetime) -> int:
    """Take an application. The same key again is the same application. Returns its id.

    Raises ``BadInput`` naming a field, or ``Refusal``: not_open, barred, already_applied, already_entitled,
    nothing_to_change, elder_gone, no_hukou.
    """
    earlier: int | None = session.scalar(select(APPLICATION.c.id).where(APPLICATION.c.key == application.key))
    if earlier is not None:
        return earlier
    today = day_of(now)
    if application.applied_on > today:
        raise BadInput("申请日期不能在今天之后", field="applied_on")
    elder = held_elder(session, application.elder_id, actor)
    version = session.execute(
        select(VERSION, AREA.c.path)
        .join(AREA, AREA.c.id == VERSION.c.area_id)
        .where(VERSION.c.id == application.version_id)
    ).first()
    if version is None:
        raise NotFound("没有找到这个方案", next_step="请返回重新选择")
    scheme = parsed(version.text)
    terms = approval_of(scheme)
    if not terms.steps or (version.valid_to is not None and version.valid_to < today):
        raise Refusal("not_open", "这个方案现在不接受申请", next_step="请选择正在执行的方案")
    if application.applicant not in terms.applicants:
        raise BadInput("这个方案不接受这种申请人", field="applicant")
    area = _acting_area(session, elder, terms.where, version.path)
    _refuse_application(session, application, scheme, actor=actor, now=now)
    record = record_of(session, application.elder_id)
    assert record is not None
    year = application.applied_on.year
    count = take_next(session, FORM_COUNTER, {"scheme": scheme.id, "year": year, "count": 1}, count="count")
    class_code = standing(record, scheme, today).class_code
    facts = as_row(application.agent) | {"note": application.note, "class_code": class_code}
    application_id = add_row(
        session,
        APPLICATION,
        **as_row(application, but=("agent", "note", "version_id")),
        scheme=scheme.id,
        version_id=version.id,
        area_id=area,
        number=terms.number(year=year, count=count),
        sealed=the_vault().seal(facts, place_of(application.elder_id)),
        state="open",
        step=0,
        step_since=today,
        taken_at=now,
        taken_by=actor.staff_id,
        notice_way="",
    )
    trail.made(session, "application", application_id)
    _audit(session, application_id, "take_application", actor, now, elder=application.elder_id, scheme=scheme.id)
    return application_id


def _acting_area(session: Session, elder: Any, where: str, version_path: str) -> int:
    """The area whose offices act; it must lie in the area of the scheme."""
    area_id = elder.hukou_area_id if where == "hukou" else elder.residence_area_id
    path = session.scalar(select(AREA.c.path).where(AREA.c.id == area_id)) if area_id else None
    if path is None:
        raise Refusal("no_hukou", "没有登记户籍所在的村(社区),不知道由哪里受理", next_step="请先在老人页面补登户籍")
    if not f"{path}/".startswith(f"{version_path}/"):
        raise Refusal("not_open", "这个方案不在申请人所在的地区执行", next_step="请选择本地的方案")
    return int(area_id)


def _refuse_application(
    session: Session, application: ApplicationInput, scheme: Scheme, *, actor: Actor, now: datetime
) -> None:
    today = day_of(now)
    refuse_gone(session, application.elder_id, today)
    refuse_barred(session, application.elder_id, scheme, today)
    number = session.scalar(
        select(APPLICATION.c.number).where(
            APPLICATION.c.elder_id == application.elder_id,
            APPLICATION.c.scheme == scheme.id,
            APPLICATION.c.state == "open",
        )
    )
    if number is not None:
        raise Refusal(
            "already_applied",
            "这位老人已经申请了这个方案,编号 %(number)s,还没有办结",
            number=number,
            next_step="请打开那份申请继续办理",
        )
    spans = latest_spans(session, application.elder_id, scheme.id, today)
    if application.purpose == "new" and spans:
        twice = refuse_twice(spans, next(iter(spans.values())))
        assert twice is not None
        raise twice
    if application.purpose == "change" and not spans:
        raise Refusal("nothing_to_change", "这位老人在这个方案下没有资格,不能变更", next_step="请按新申请办理")


def _audit(session: Session, application_id: int, action: str, actor: Actor, now: datetime, **detail: Any) -> None:
    trail.record(session, actor, action, f"application:{application_id}", now, **detail)


def add_document(document: DocumentInput, *, actor: Actor, now: datetime) -> None:
    """Tick a paper with issuer and date, with a picture if one was sent. Of one kind the last counts.

    Raises ``BadInput`` for an unknown kind, a date in the future or a file that is no picture; ``Refusal``
    (application_closed).
    """
    if document.day is not None and document.day > day_of(now):
        raise BadInput("日期不能在今天之后", field="day")
    photo = photos.keep(document.photo) if document.photo else ""
    try:
        with transaction() as session:
            found = open_filed(session, document.application_id, actor)
            if document.kind not in (ASSESSMENT, "other", *(one.kind for one in found.terms.documents)):
                raise BadInput("请从列表中选择材料", field="kind")
            facts = as_row(document, but=("application_id", "photo", "day")) | {"day": str(document.day or "")}
            add_row(
                session,
                DOCUMENT,
                application_id=document.application_id,
                sealed=the_vault().seal(facts, place_of(found.row.elder_id)),
                photo=photo,
                recorded_at=now,
                recorded_by=actor.staff_id,
            )
            _audit(session, document.application_id, "add_document", actor, now, photo=bool(photo))
    except BaseException:
        if photo:
            photos.forget(photo)
        raise


@settled
def decide_step(session: Session, decision: DecisionInput, *, actor: Actor, now: datetime) -> str:
    """Pass or refuse the step an officer saw. Returns the state of the application after it.

    The last step passed makes the entitlement. Raises ``BadInput`` (field opinion) for a refusal without a reason,
    and the refusals of ``refuse_officer``, ``refuse_open``, ``refuse_pass`` and ``approving.approve``.
    """
    found = filed(session, decision.application_id, actor=actor, lock=True)
    if refusal := refuse_open(found.case, decision.position):
        raise refusal
    is_stand_in = check_officer(session, found, actor)
    _check_opinion(decision, found, is_stand_in=is_stand_in)
    row, terms, today = found.row, found.terms, day_of(now)
    values: dict[str, Any]
    if decision.outcome == "refused":
        values = {"state": "refused", "closed_on": today}
    else:
        class_code, case = current_class(session, found, today)
        if refusal := refuse_pass(case, terms, today=today):
            raise refusal
        values = {"step": row.step + 1, "step_since": today}
        if row.step + 1 == len(terms.steps):
            class_code = approve(session, found, actor=actor, now=now)
            values |= {"step": row.step, "state": "approved", "closed_on": today}
        vault, place = the_vault(), place_of(row.elder_id)
        values["sealed"] = vault.seal(vault.open(row.sealed, place) | {"class_code": class_code}, place)
    session.execute(
        insert(DECISION).values(
            application_id=row.id,
            position=row.step,
            step=terms.steps[row.step].name,
            outcome=decision.outcome,
            sealed=the_vault().seal(decision.opinion, place_of(row.elder_id)),
            is_stand_in=is_stand_in,
            decided_on=today,
            decided_at=now,
            staff_id=actor.staff_id,
        )
    )
    session.execute(update(APPLICATION).where(APPLICATION.c.id == row.id).values(values))
    _audit(session, row.id, "decide_step", actor, now, step=row.step, outcome=decision.outcome, stand_in=is_stand_in)
    state: str = values.get("state", "open")
    return state


def _check_opinion(decision: DecisionInput, found: Filed, *, is_stand_in: bool) -> None:
    if decision.opinion:
        return
    if decision.outcome == "refused" and found.terms.refusal_needs_reason:
        raise BadInput("不予通过要写明原因,原因会写进通知书", field="opinion")
    if is_stand_in:
        raise BadInput("系统管理员代办要写明原因", field="opinion")


def withdraw(application_id: int, reason: str, *, actor: Actor, now: datetime) -> None:
    """The applicant gives up. The reason is kept with the application."""
    with transaction() as session:
        found = open_filed(session, application_id, actor)
        vault, place = the_vault(), place_of(found.row.elder_id)
        facts = vault.open(found.row.sealed, place) | {"withdrawn": reason}
        session.execute(
            update(APPLICATION)
            .where(APPLICATION.c.id == application_id)
            .values(state="withdrawn", closed_on=day_of(now), sealed=vault.seal(facts, place))
        )
        _audit(session, application_id, "withdraw_application", actor, now)


def record_notice(application_id: int, way: str, *, actor: Actor, now: datetime) -> None:
    """The written notice was handed over today. Raises ``Refusal`` (application_open) before there is a decision."""
    with transaction() as session:
        found = filed(session, application_id, actor=actor, lock=True)
        if found.case.state not in ("approved", "refused"):
            raise Refusal("application_open", "这份申请还没有决定,没有通知书", next_step="请先办结")
        session.execute(
            update(APPLICATION).where(APPLICATION.c.id == application_id).values(notice_on=day_of(now), notice_way=way)
        )
        _audit(session, application_id, "hand_over_notice", actor, now, way=way)


def open_photo(document_id: int, *, actor: Actor, now: datetime) -> bytes:
    """The picture of a document of an application in reach; who looked goes to the audit."""
    with transaction() as session:
        row = session.execute(
            select(DOCUMENT.c.photo, DOCUMENT.c.application_id).where(
                DOCUMENT.c.id == document_id, DOCUMENT.c.photo != ""
            )
        ).first()
        if row is None:
            raise NotFound("没有找到这张照片", next_step="请从申请页面打开")
        filed(session, row.application_id, actor=actor)
        _audit(session, row.application_id, "open_photo", actor, now, document=document_id)
    return photos.kept(row.photo)
