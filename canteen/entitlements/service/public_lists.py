"""Public lists and the objections they bring."""

from datetime import datetime

from sqlalchemy import insert, select, update

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.db import transaction
from canteen.base.db.rows import add_row
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.base.records import as_row
from canteen.base.vault import the_vault
from canteen.entitlements.applications.models import NOTICE, NOTICE_LINE, OBJECTION
from canteen.entitlements.applications.queries import check_officer, open_filed, place_of
from canteen.entitlements.requests import ObjectionInput, PublicityInput
from canteen.entitlements.work_calendar import work_calendar

MOST_NAMES = 500


def post_list(posting: PublicityInput, *, actor: Actor, now: datetime) -> int:
    """Post a list of applications that wait at one step. Returns its id; the page prints it.

    The last day follows from the scheme. Raises ``BadInput`` for no names or a wrong day, ``Refusal`` for an
    application that is not at this step, a step without publicity, and what ``refuse_officer`` says.
    """
    if not 0 < len(posting.application_ids) <= MOST_NAMES:
        raise BadInput("请勾选要公示的申请", field="applications")
    today = day_of(now)
    if posting.posted_on > today:
        raise BadInput("张贴日期不能在今天之后", field="posted_on")
    with transaction() as session:
        found = [open_filed(session, one, actor) for one in sorted(set(posting.application_ids))]
        first = found[0]
        for one in found:
            here = one.row.version_id, one.row.area_id, one.row.step
            if here != (posting.version_id, posting.area_id, posting.position):
                raise Refusal("step_decided", "勾选的申请里有的已经不在这一步", next_step="请刷新页面后重新勾选")
            check_officer(session, one, actor)
            if posting.posted_on < one.row.step_since:
                raise BadInput("张贴日期早于这一步开始的日期", field="posted_on")
        step = first.terms.steps[posting.position]
        if step.publicity is None:
            raise Refusal("no_publicity", "「%(step)s」不需要公示", step=step.name, next_step="可以直接审核")
        last_day = step.publicity.last_day(posting.posted_on, work_calendar(session))
        notice_id = add_row(
            session,
            NOTICE,
            **as_row(posting, but=["application_ids"]),
            step=step.name,
            last_day=last_day,
            posted_at=now,
            posted_by=actor.staff_id,
        )
        trail.made(session, "notice", notice_id)
        session.execute(insert(NOTICE_LINE), [{"notice_id": notice_id, "application_id": one.row.id} for one in found])
        ids = [one.row.id for one in found]
        trail.record(
            session, actor, "post_list", f"public_notice:{notice_id}", now, applications=ids, last_day=last_day
        )
        return notice_id


def record_objection(objection: ObjectionInput, *, actor: Actor, now: datetime) -> None:
    """Somebody objects to an open application. The step cannot be passed before it is answered."""
    if objection.received_on > day_of(now):
        raise BadInput("日期不能在今天之后", field="received_on")
    with transaction() as session:
        found = open_filed(session, objection.application_id, actor)
        sealed = the_vault().seal(
            {"by": objection.by, "text": objection.text, "answer": ""}, place_of(found.row.elder_id)
        )
        add_row(
            session,
            OBJECTION,
            **as_row(objection, but=["by", "text"]),
            sealed=sealed,
            recorded_at=now,
            recorded_by=actor.staff_id,
        )
        trail.record(session, actor, "record_objection", f"application:{objection.application_id}", now)


def answer_objection(objection_id: int, answer: str, *, is_upheld: bool, actor: Actor, now: datetime) -> int:
    """Answer an objection after looking into it. Returns the application's id.

    Raises ``NotFound``, ``Refusal`` (own_record: who wrote it down does not answer it; answered) and what
    ``refuse_officer`` says.
    """
    with transaction() as session:
        wanted = select(OBJECTION).where(OBJECTION.c.id == objection_id)
        row = session.execute(wanted).first()
        if row is None:
            raise NotFound("没有找到这条异议", next_step="请从申请页面重新打开")
        found = open_filed(session, row.application_id, actor)
        row = session.execute(
            wanted
        ).one()  # again while the application is held: of two answers the second sees the first
        check_officer(session, found, actor)
        if actor.staff_id is not None and row.recorded_by == actor.staff_id:
            raise Refusal("own_record", "异议由您登记,要由另一个人答复", next_step="请由其他审核人员答复")
        if row.answered_at is not None:
            raise Refusal("answered", "这条异议已经答复", next_step="请刷新页面查看")
        vault, place = the_vault(), place_of(found.row.elder_id)
        sealed = vault.seal(vault.open(row.sealed, place) | {"answer": answer}, place)
        written = {"is_upheld": is_upheld, "answered_at": now, "answered_by": actor.staff_id}
        session.execute(update(OBJECTION).where(OBJECTION.c.id == row.id).values(sealed=sealed, **written))
        trail.record(session, actor, "answer_objection", f"application:{row.application_id}", now, upheld=is_upheld)
        return int(row.application_id)
