"""What a run takes along on paper: the sheet of its doors, and a label for each box."""

from datetime import datetime

from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import wall_time
from canteen.base.db import settled
from canteen.base.errors import Refusal
from canteen.base.records import as_record
from canteen.base.vault import the_vault
from canteen.base.words import WORDS
from canteen.deliveries.doors import Door, RunView, Sealed, run_on_paper
from canteen.places.queries import SiteFacts, site_facts
from canteen.printing.asking import ask_for_paper
from canteen.printing.papers.label import LabelFacts
from canteen.printing.papers.route_sheet import DoorFacts, RouteFacts


@settled
def print_route_sheet(session: Session, run_id: int, *, key: str, actor: Actor, now: datetime) -> int:
    """Print the doors of a run that are still to go, with addresses and hints, and answer the job's id.

    The same ``key`` is one paper. The audit trail says that the doors were opened. Raises ``NotFound`` out of reach
    and ``Refusal`` (``no_doors``, ``no_printer``).
    """
    run, doors = _to_go(session, run_id, actor)
    site = site_facts(session, run.site_id)
    facts = as_record(
        RouteFacts,
        run,
        site_name=site.name,
        site_phone=site.phone,
        slot_name=WORDS["slot"][run.slot],
        printed_at=wall_time(now),
        staff_name=actor.name,
        doors=tuple(_door(door) for door in doors),
    )
    job_id = ask_for_paper(session, facts, key=f"route_sheet:{run.id}:{key}", site_id=run.site_id, at=now)
    detail = {"doors": len(doors), "reason": "deliver"}
    trail.record(session, actor, "print_route_sheet", f"run:{run.id}", now, site_id=run.site_id, **detail)
    return job_id


def _to_go(session: Session, run_id: int, actor: Actor) -> tuple[RunView, list[Door]]:
    """The run, and its doors somebody has to go to."""
    run = run_on_paper(session, actor, run_id, vault=the_vault())
    doors = [door for door in run.doors if door.is_open and door.life.kind == "active" and not door.served_elsewhere]
    if not doors:
        raise Refusal(
            "no_doors",
            "路线「%(route)s」没有还要送的人",
            route=run.route_name,
            next_step="已送到、已取消、暂停、迁出和去世的人不打印",
        )
    return run, doors


def _door(door: Door) -> DoorFacts:
    return as_record(
        DoorFacts,
        door.sealed or Sealed(),
        position=door.position,
        person_name=door.name,
        where=_where(door),
        set_name=f"{door.set_name} ×{door.portions}" if door.portions > 1 else door.set_name,
        pay_way=WORDS["pay_way"][door.pay_way],
    )


def _where(door: Door) -> str:
    return f"{door.village} {door.village_group}".strip()


@settled
def print_labels(session: Session, run_id: int, *, key: str, actor: Actor, now: datetime) -> int:
    """Print a label for each box of a run that is still to go; answers how many.

    Each label is a paper of its own, so that after an empty roll the rest follows and none is printed twice. The
    same ``key`` is one set of labels. Raises ``NotFound`` out of reach and ``Refusal`` (``no_doors``, ``no_printer``).
    """
    run, doors = _to_go(session, run_id, actor)
    site = site_facts(session, run.site_id)
    labels = 0
    for door in doors:
        for box in range(1, door.portions + 1):
            label = _label(run, site, door, box, doors=len(run.doors), now=now)
            which = f"{door.id}:{key}" if box == 1 else f"{door.id}:{key}:{box}"
            ask_for_paper(session, label, key=f"label:{which}", site_id=run.site_id, at=now)
            labels += 1
    detail = {"labels": labels, "reason": "deliver"}
    trail.record(session, actor, "print_labels", f"run:{run.id}", now, site_id=run.site_id, **detail)
    return labels


def _label(run: RunView, site: SiteFacts, door: Door, box: int, *, doors: int, now: datetime) -> LabelFacts:
    return as_record(
        LabelFacts,
        run,
        site_name=site.name,
        slot_name=WORDS["slot"][run.slot],
        position=door.position,
        doors=doors,
        box=box,
        boxes=door.portions,
        person_name=door.name,
        where=_where(door),
        set_name=door.set_name,
        diet=(door.sealed or Sealed()).diet,
        packed_at=wall_time(now),
    )
