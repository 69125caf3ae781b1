"""The doors of a day's runs, as the volunteer's phone shows them. Session-first reads.

Each function runs a fixed number of statements, however many doors there are. What is sealed of a person is opened
only for the volunteer of that run, on the phone or on paper.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from canteen.base.access import Actor, reaches_site
from canteen.base.clock import wall_time
from canteen.base.errors import NotFound
from canteen.base.records import as_record
from canteen.base.vault import Vault
from canteen.base.words import DELIVERED, OUTCOMES
from canteen.books.models.servings import Serving
from canteen.deliveries.marking.queries import MarkLine, last_marks
from canteen.deliveries.marking.rules import DROP_MOVES
from canteen.deliveries.models import DoorPlace, Drop, Route, RouteStop, Run
from canteen.deliveries.planning.where import Maps, maps_of
from canteen.orders.models import Order
from canteen.people.models import Elder
from canteen.people.personal import open_personal
from canteen.people.queries import states_of
from canteen.people.rules import LifeState
from canteen.places.models import Area, Site
from canteen.staff.models import Staff


@dataclass(frozen=True, slots=True)
class Sealed:
    """What the volunteer of a run needs at a door; "" where nothing is known."""

    diet: str = ""
    phone: str = ""
    address: str = ""
    #: Floor and who keeps the key.
    hint: str = ""
    #: "27.915012,116.403900" (WGS 84), for the map of the phone.
    place: str = ""


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
    #: Of the order; "" when it was cancelled since.
    set_name: str
    #: Boxes to be carried here.
    portions: int = 1
    #: A meal to be carried here is ordered.
    is_ordered: bool
    pay_way: str
    state: str
    serving_number: str
    #: What was said of it last; None: nothing that counts.
    mark: MarkLine | None
    #: Opened for the volunteer of the run, else None.
    sealed: Sealed | None
    #: How the person is on that day: a pause may have come after the run was planned.
    life: LifeState
    #: "11:42 枫林村助餐点" when this person already had the meal another way.
    served_elsewhere: str

    @property
    def maps(self) -> Maps | None:
        """Where the phone's maps show this door; None while nobody knows where it is, or may know."""
        return maps_of(self.sealed.place) if self.sealed else None

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to go there."""
        return self.state == "planned" and self.is_ordered

    @property
    def may(self) -> tuple[str, ...]:
        """What may be said of it now."""
        return tuple(outcome for outcome in OUTCOMES if (self.state, outcome) in DROP_MOVES)

    @property
    def is_delivered(self) -> bool:
        """Whether somebody has the meal."""
        return self.state in DELIVERED


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
    statement = _runs().where(Run.day == day)
    if actor.role == "volunteer":
        statement = statement.where(Run.staff_id == actor.staff_id)
    else:
        statement = statement.where(Run.site_id == site_id)
    ordered = session.execute(statement.order_by(Run.slot.desc(), Route.name))
    rows = [row for row in ordered if _reaches(row, actor)]
    doors = _doors(session, rows, day, actor, vault)
    return [_view(row, actor, doors[row.id]) for row in rows]


def run_of_drop(session: Session, actor: Actor, drop_id: int, *, vault: Vault) -> tuple[RunView, Door]:
    """The run of a drop and the door itself, if the actor may see it. Raises ``NotFound``."""
    run_id = session.execute(select(Drop.run_id).where(Drop.id == drop_id)).scalar()
    row = session.execute(_runs().where(Run.id == run_id)).first() if run_id else None
    if row is None or not _reaches(row, actor):
        raise NotFound("没有找到这一户", next_step="请刷新送餐页面;路线换了人,请问站点负责人")
    run = _view(row, actor, _doors(session, [row], row.day, actor, vault)[row.id])
    return run, next(door for door in run.doors if door.id == drop_id)


def run_on_paper(session: Session, actor: Actor, run_id: int, *, vault: Vault) -> RunView:
    """A run with everything its walker needs at each door, for somebody who walks with paper. Raises ``NotFound``.

    The caller may keep routes and writes down that the doors were opened.
    """
    return run_view(session, actor, run_id, vault=vault, for_paper=True)


def run_view(session: Session, actor: Actor, run_id: int, *, vault: Vault, for_paper: bool = False) -> RunView:
    """A run with its doors; what is sealed only for its walker or ``for_paper``. Raises ``NotFound``."""
    row = session.execute(_runs().where(Run.id == run_id)).first()
    if row is None or not _reaches(row, actor):
        raise NotFound("没有找到这趟出车", next_step="请刷新送餐页面")
    return _view(row, actor, _doors(session, [row], row.day, actor, vault, for_paper=for_paper)[row.id])


def _reaches(run: Any, actor: Actor) -> bool:
    """A volunteer reaches only the runs assigned to them."""
    mine = actor.role != "volunteer" or _is_mine(run, actor)
    return mine and reaches_site(actor, site_id=run.site_id, area_path=run.path)


def _view(run: Any, actor: Actor, doors: list[Door]) -> RunView:
    return as_record(RunView, run, is_mine=_is_mine(run, actor), doors=tuple(doors))


def _is_mine(run: Any, actor: Actor) -> bool:
    return run.staff_id is not None and run.staff_id == actor.staff_id


def _runs() -> Any:
    return (
        select(
            Run.__table__, Route.name.label("route_name"), func.coalesce(Staff.name, "").label("volunteer"), Area.path
        )
        .join(Route, Route.id == Run.route_id)
        .join(Site, Site.id == Run.site_id)
        .join(Area, Area.id == Site.area_id)
        .outerjoin(Staff, Staff.id == Run.staff_id)
    )


def _doors(
    session: Session, runs: Collection[Any], day: date, actor: Actor, vault: Vault, *, for_paper: bool = False
) -> dict[int, list[Door]]:
    by_id = {run.id: run for run in runs}
    rows = session.execute(
        select(
            Drop.__table__,
            Elder.name,
            Elder.village_group,
            Elder.sealed,
            Area.name.label("village"),
            func.coalesce(Serving.number, "").label("serving_number"),
            RouteStop.sealed_hint,
            DoorPlace.sealed.label("sealed_place"),
            func.coalesce(Order.set_name, "").label("set_name"),
            func.coalesce(Order.portions, 1).label("portions"),
            Order.id.is_not(None).label("is_ordered"),
        )
        .join(Run, Run.id == Drop.run_id)
        .join(Elder, Elder.id == Drop.elder_id)
        .join(Area, Area.id == Elder.residence_area_id)
        .outerjoin(Serving, Serving.id == Drop.serving_id)
        .outerjoin(RouteStop, (RouteStop.route_id == Run.route_id) & (RouteStop.elder_id == Drop.elder_id))
        .outerjoin(DoorPlace, DoorPlace.elder_id == Drop.elder_id)
        .outerjoin(
            Order,
            (Order.elder_id == Drop.elder_id)
            & (Order.day == Run.day)
            & (Order.slot == Run.slot)
            & (Order.way == "delivery")
            & Order.cancelled_at.is_(None),
        )
        .where(Drop.run_id.in_(by_id))
        .order_by(Drop.run_id, Drop.position)
    ).all()
    elders = {row.elder_id for row in rows}
    lives = states_of(session, elders, day=day)
    marks = last_marks(session, [row.id for row in rows], vault=vault)
    eaten = _eaten(session, elders, day)
    doors: dict[int, list[Door]] = {run.id: [] for run in runs}
    for row in rows:
        run = by_id[row.run_id]
        other = eaten.get((row.elder_id, run.slot))
        elsewhere = f"{wall_time(other.served_at)} {other.name}" if other and other.id != row.serving_id else ""
        doors[row.run_id].append(
            as_record(
                Door,
                row,
                sealed=_open_door(row, vault) if for_paper or _is_mine(run, actor) else None,
                mark=marks.get(row.id),
                life=lives[row.elder_id],
                served_elsewhere=elsewhere,
            )
        )
    return doors


def _open_door(row: Any, vault: Vault) -> Sealed:
    personal = open_personal(row.sealed, row.elder_id, vault)
    hint = vault.open(row.sealed_hint, f"stop:{row.elder_id}") if row.sealed_hint else ""
    place = vault.open(row.sealed_place, f"door_place:{row.elder_id}")["at"] if row.sealed_place else ""
    return Sealed(diet=personal.diet, phone=personal.phone, address=personal.address, hint=hint, place=place)


def _eaten(session: Session, elders: Collection[int], day: date) -> dict[tuple[int, str], Any]:
    """The live first portions of these people on a day, by (elder, slot)."""
    rows = session.execute(
        select(Serving.id, Serving.elder_id, Serving.slot, Serving.served_at, Site.name)
        .join(Site, Site.id == Serving.site_id)
        .where(Serving.elder_id.in_(elders), Serving.day == day, Serving.voided_at.is_(None), ~Serving.second_portion)
    )
    return {(row.elder_id, row.slot): row for row in rows}
