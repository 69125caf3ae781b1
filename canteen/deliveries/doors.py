"""The doors of a day's runs, as the volunteer's phone shows them. Session-first reads.

Each function runs a fixed number of statements, however many doors there are. What is sealed of a person is opened
only for the volunteer of that run, on the phone or on paper.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from canteen.base.access import Actor, reaches_site
from canteen.base.clock import wall_time
from canteen.base.errors import NotFound
from canteen.base.vault import Vault
from canteen.books.models.servings import Serving
from canteen.deliveries.models import Drop, Route, RouteStop, Run
from canteen.people.models import Elder
from canteen.people.personal import open_personal
from canteen.people.queries import states_of
from canteen.people.rules import LifeState
from canteen.places.models import Area, Site
from canteen.staff.models import Staff

_ROUTE = Route.__table__
_STOP = RouteStop.__table__
_RUN = Run.__table__
_DROP = Drop.__table__
_ELDER = Elder.__table__
_AREA = Area.__table__
_SITE = Site.__table__
_STAFF = Staff.__table__
_SERVING = Serving.__table__


@dataclass(frozen=True, slots=True)
class Sealed:
    """What the volunteer of a run needs at a door; "" where nothing is known."""

    diet: str = ""
    phone: str = ""
    address: str = ""
    #: Floor and who keeps the key.
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One drop as it is shown."""

    id: int
    run_id: int
    position: int
    elder_id: int
    name: str
    village_group: str
    village: str
    set_name: str
    pay_way: str
    state: str
    #: When and for how much it was decided.
    decided_at: datetime | None
    own_fen: int | None
    serving_number: str
    #: Opened for the volunteer of the run, else None.
    sealed: Sealed | None
    #: How the person is on that day: a pause may have come after the run was planned.
    life: LifeState
    #: "11:42 枫林村助餐点" when this person already had the meal another way.
    served_elsewhere: str

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to go there."""
        return self.state == "planned"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """One run with its doors in order."""

    id: int
    route_name: str
    site_id: int
    day: date
    slot: str
    volunteer: str
    #: The asking person walks it.
    is_mine: bool
    doors: tuple[Door, ...]

    @property
    def done(self) -> int:
        """Doors with an outcome."""
        return sum(not door.is_open for door in self.doors)

    @property
    def left(self) -> int:
        """Doors without one."""
        return len(self.doors) - self.done


def runs_of(session: Session, actor: Actor, *, site_id: int | None, day: date, vault: Vault) -> list[RunView]:
    """The runs of a day: for a volunteer those assigned to them, for a manager all of the site."""
    statement = _runs().where(_RUN.c.day == day)
    if actor.role == "volunteer":
        statement = statement.where(_RUN.c.staff_id == actor.staff_id)
    else:
        statement = statement.where(_RUN.c.site_id == site_id)
    ordered = session.execute(statement.order_by(_RUN.c.slot.desc(), _ROUTE.c.name))
    rows = [row for row in ordered if _reaches(row, actor)]
    doors = _doors(session, rows, day, actor, vault)
    return [_view(row, actor, doors[row.id]) for row in rows]


def run_of_drop(session: Session, actor: Actor, drop_id: int, *, vault: Vault) -> tuple[RunView, Door]:
    """The run of a drop and the door itself, if the actor may see it. Raises ``NotFound``."""
    run_id = session.execute(select(_DROP.c.run_id).where(_DROP.c.id == drop_id)).scalar()
    row = session.execute(_runs().where(_RUN.c.id == run_id)).first() if run_id else None
    if row is None or not _reaches(row, actor):
        raise NotFound("没有找到这一户", next_step="请刷新送餐页面;路线换了人,请问站点负责人")
    run = _view(row, actor, _doors(session, [row], row.day, actor, vault)[row.id])
    return run, next(door for door in run.doors if door.id == drop_id)


def run_on_paper(session: Session, actor: Actor, run_id: int, *, vault: Vault) -> RunView:
    """A run with everything its walker needs at each door, for somebody who walks with paper. Raises ``NotFound``.

    The caller may keep routes and writes down that the doors were opened.
    """
    row = session.execute(_runs().where(_RUN.c.id == run_id)).first()
    if row is None or not _reaches(row, actor):
        raise NotFound("没有找到这趟出车", next_step="请刷新送餐页面")
    return _view(row, actor, _doors(session, [row], row.day, actor, vault, for_paper=True)[row.id])


def _reaches(run: Row[Any], actor: Actor) -> bool:
    """A volunteer reaches only the runs assigned to them."""
    mine = actor.role != "volunteer" or _is_mine(run, actor)
    return mine and reaches_site(actor, site_id=run.site_id, area_path=run.path)


def _view(run: Row[Any], actor: Actor, doors: list[Door]) -> RunView:
    return RunView(
        id=run.id,
        route_name=run.route_name,
        site_id=run.site_id,
        day=run.day,
        slot=run.slot,
        volunteer=run.volunteer or "",
        is_mine=_is_mine(run, actor),
        doors=tuple(doors),
    )


def _is_mine(run: Row[Any], actor: Actor) -> bool:
    return run.staff_id is not None and run.staff_id == actor.staff_id


def _runs() -> Select[Any]:
    return (
        select(_RUN, _ROUTE.c.name.label("route_name"), _STAFF.c.name.label("volunteer"), _AREA.c.path)
        .join(_ROUTE, _ROUTE.c.id == _RUN.c.route_id)
        .join(_SITE, _SITE.c.id == _RUN.c.site_id)
        .join(_AREA, _AREA.c.id == _SITE.c.area_id)
        .outerjoin(_STAFF, _STAFF.c.id == _RUN.c.staff_id)
    )


def _doors(
    session: Session, runs: Collection[Row[Any]], day: date, actor: Actor, vault: Vault, *, for_paper: bool = False
) -> dict[int, list[Door]]:
    by_id = {run.id: run for run in runs}
    rows = session.execute(
        select(
            _DROP,
            _ELDER.c.name,
            _ELDER.c.village_group,
            _ELDER.c.sealed,
            _AREA.c.name.label("village"),
            _SERVING.c.own_fen,
            _SERVING.c.number,
            _STOP.c.sealed_hint,
        )
        .join(_RUN, _RUN.c.id == _DROP.c.run_id)
        .join(_ELDER, _ELDER.c.id == _DROP.c.elder_id)
        .join(_AREA, _AREA.c.id == _ELDER.c.residence_area_id)
        .outerjoin(_SERVING, _SERVING.c.id == _DROP.c.serving_id)
        .outerjoin(_STOP, (_STOP.c.route_id == _RUN.c.route_id) & (_STOP.c.elder_id == _DROP.c.elder_id))
        .where(_DROP.c.run_id.in_(by_id))
        .order_by(_DROP.c.run_id, _DROP.c.position)
    ).all()
    elders = {row.elder_id for row in rows}
    lives = states_of(session, elders, day=day)
    eaten = _eaten(session, elders, day)
    doors: dict[int, list[Door]] = {run.id: [] for run in runs}
    for row in rows:
        run = by_id[row.run_id]
        other = eaten.get((row.elder_id, run.slot))
        doors[row.run_id].append(
            Door(
                id=row.id,
                run_id=row.run_id,
                position=row.position,
                elder_id=row.elder_id,
                name=row.name,
                village_group=row.village_group,
                village=row.village,
                set_name=row.set_name,
                pay_way=row.pay_way,
                state=row.state,
                decided_at=row.decided_at,
                own_fen=row.own_fen,
                serving_number=row.number or "",
                sealed=_open_door(row, vault) if for_paper or _is_mine(run, actor) else None,
                life=lives[row.elder_id],
                served_elsewhere=""
                if other is None or other.id == row.serving_id
                else f"{wall_time(other.served_at)} {other.name}",
            )
        )
    return doors


def _open_door(row: Row[Any], vault: Vault) -> Sealed:
    personal = open_personal(row.sealed, row.elder_id, vault)
    hint = vault.open(row.sealed_hint, f"stop:{row.elder_id}") if row.sealed_hint else ""
    return Sealed(diet=personal.diet, phone=personal.phone, address=personal.address, hint=hint)


def _eaten(session: Session, elders: Collection[int], day: date) -> dict[tuple[int, str], Any]:
    """The live first portions of these people on a day, by (elder, slot)."""
    rows = session.execute(
        select(_SERVING.c.id, _SERVING.c.elder_id, _SERVING.c.slot, _SERVING.c.served_at, _SITE.c.name)
        .join(_SITE, _SITE.c.id == _SERVING.c.site_id)
        .where(
            _SERVING.c.elder_id.in_(elders),
            _SERVING.c.day == day,
            _SERVING.c.voided_at.is_(None),
            ~_SERVING.c.second_portion,
        )
    )
    return {(row.elder_id, row.slot): row for row in rows}
