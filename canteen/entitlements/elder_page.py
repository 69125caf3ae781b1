"""One elder's page: rights with what stops them, applications, sanctions, and what may be applied for."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.db import reading
from canteen.base.db.rows import covers
from canteen.base.errors import NotFound
from canteen.base.records import as_record, row_with
from canteen.base.vault import the_vault
from canteen.entitlements import look_back
from canteen.entitlements.applications.models import APPLICATION
from canteen.entitlements.applications.queries import VERSION
from canteen.entitlements.elder_records import record_of
from canteen.entitlements.eligibility import SchemeStanding, reason_against, standing
from canteen.entitlements.models import ENTITLEMENT, HALT, SANCTION
from canteen.people.queries import AREA, ELDER, in_reach
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.queries import parsed, schemes_in_force
from canteen.schemes.reasons import Reason
from canteen.staff.queries import with_names


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A scheme in force where the elder lives that asks for an application."""

    version_id: int
    scheme: Scheme
    standing: SchemeStanding
    against: Reason | None
    #: Number and id of the open application.
    open_number: str
    open_id: int
    has_right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ElderPage:
    """Rights, applications and sanctions of one elder."""

    elder_id: int
    name: str
    birth_day: date
    village_group: str
    #: Rows of ``entitlement`` with ``scheme_name``, ``evidence``, ``ended`` (why), ``halts`` (rows of ``halt``), ``state``
    #: (in_force, frozen, stopped, ended, later, cancelled) and ``class_now`` (by today's facts, when it is another).
    rights: tuple[Any, ...]
    offered: tuple[Offered, ...]
    applications: tuple[Any, ...]
    #: Rows of ``elder_sanction`` with ``words`` and ``reason``; ``decided_by`` is a name.
    sanctions: tuple[Any, ...]
    #: As of ``look_back.lines``.
    look_back: tuple[Any, ...]


def elder_page(elder_id: int, *, actor: Actor, today: date) -> ElderPage:
    """One elder in reach. Raises ``NotFound``."""
    with reading() as session:
        seen = session.scalar(select(ELDER.c.id).where(ELDER.c.id == elder_id, in_reach(actor)))
        record = record_of(session, elder_id) if seen else None
        if record is None:
            raise NotFound("没有找到这位老人", next_step="请重新查找")
        schemes = {one.id: one for one in schemes_in_force(session, area_path=record.residence, day=today)}
        classes = {one.id: standing(record, one, today) for one in schemes.values()}
        rights = _rights(session, elder_id, schemes, classes, today)
        applications = session.execute(
            select(APPLICATION).where(APPLICATION.c.elder_id == elder_id).order_by(APPLICATION.c.id.desc())
        ).all()
        offered = []
        for version_id, scheme in _versions(session, record.residence, record.hukou, today):
            now = standing(record, scheme, today)
            pending = next((one for one in applications if one.scheme == scheme.id and one.state == "open"), None)
            offered.append(
                Offered(
                    version_id=version_id,
                    scheme=scheme,
                    standing=now,
                    against=reason_against(record, scheme, today) if now.reason_code else None,
                    open_number=pending.number if pending else "",
                    open_id=pending.id if pending else 0,
                    has_right=any(
                        one.scheme == scheme.id and one.state not in ("ended", "cancelled") for one in rights
                    ),
                )
            )
        return as_record(
            ElderPage,
            record,
            elder_id=elder_id,
            rights=tuple(rights),
            offered=tuple(offered),
            applications=tuple(applications),
            sanctions=tuple(_sanctions(session, elder_id)),
            look_back=tuple(look_back.lines(session, actor=actor, elder_id=elder_id, open_only=False)),
        )


def _versions(session: Session, residence: str, hukou: str, day: date) -> list[tuple[int, Scheme]]:
    """Versions in force for the residence or the hukou that ask for an application; the nearest of each scheme."""
    paths = {
        "/".join(path.split("/")[: depth + 1]) for path in (residence, hukou) for depth in range(path.count("/") + 1)
    }
    rows = session.execute(
        select(VERSION.c.id, VERSION.c.text)
        .join(AREA, AREA.c.id == VERSION.c.area_id)
        .where(AREA.c.path.in_(paths - {""}), covers(VERSION.c.valid_from, VERSION.c.valid_to, day))
        .order_by(func.length(AREA.c.path), VERSION.c.id)
    )
    found = {}
    for version_id, text in rows:
        scheme = parsed(text)
        if scheme.approval is not None and scheme.approval.steps:
            found[scheme.id] = (version_id, scheme)
    return list(found.values())


def _rights(
    session: Session, elder_id: int, schemes: dict[str, Scheme], classes: dict[str, SchemeStanding], today: date
) -> list[Any]:
    rows = session.execute(
        select(ENTITLEMENT)
        .where(ENTITLEMENT.c.elder_id == elder_id)
        .order_by(ENTITLEMENT.c.from_day.desc(), ENTITLEMENT.c.id)
    ).all()
    halts: dict[int, list[Any]] = {row.id: [] for row in rows}
    live = select(HALT).where(HALT.c.entitlement_id.in_(list(halts)), HALT.c.cancelled_at.is_(None))
    for one in session.execute(live.order_by(HALT.c.from_day)):
        halts[one.entitlement_id].append(one)
    found = []
    for row in rows:
        facts = the_vault().open(row.sealed, f"elder:{elder_id}")
        now = classes.get(row.scheme)
        right = row_with(
            row,
            scheme_name=schemes[row.scheme].name if row.scheme in schemes else row.scheme,
            class_code=facts["class_code"],
            evidence=facts["evidence"],
            ended=facts.get("ended", ""),
            cancelled=row.cancelled_at is not None,
            halts=tuple(halts[row.id]),
            state=_state(row, halts[row.id], today),
            class_now=now.class_code if now and not now.reason_code and now.class_code != facts["class_code"] else "",
        )
        found.append(right)
    return found


def _state(row: Any, halts: list[Any], today: date) -> str:
    if row.cancelled_at is not None:
        return "cancelled"
    if row.from_day > today:
        return "later"
    if row.to_day is not None and row.to_day < today:
        return "ended"
    running = {one.kind for one in halts if one.from_day <= today and (one.to_day is None or today <= one.to_day)}
    return "stopped" if "stopped" in running else "frozen" if running else "in_force"


def _sanctions(session: Session, elder_id: int) -> list[Any]:
    mine = with_names(SANCTION, "decided_by").where(SANCTION.c.elder_id == elder_id)
    rows = session.execute(mine.order_by(SANCTION.c.id.desc()))
    return [
        row_with(row, **the_vault().open(row.sealed, f"elder:{elder_id}"), lifted=row.lifted_at is not None)
        for row in rows
    ]
