"""What a person confirms of a chain: orders, cancellations, and what the chat calls people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.db import reading, settled
from canteen.base.errors import CanteenError
from canteen.orders.chain.requests import ConfirmedLine
from canteen.orders.models import ChainName, Order
from canteen.orders.papers import SittingAt
from canteen.orders.placing import Placed
from canteen.orders.rules import OrderRequest
from canteen.orders.service import cancel_order, place_orders
from canteen.people.models import Elder
from canteen.people.queries import in_area


@dataclass(frozen=True, slots=True)
class LineDone:
    """What became of a line: ``placed``, ``changed``, ``same``, ``cancelled``, ``nothing``; ``refused`` with the trouble."""

    line: ConfirmedLine
    became: str
    name: str = ""
    trouble: CanteenError | None = None

    @property
    def is_ordered(self) -> bool:
        """Whether an order stands now."""
        return self.became in ("placed", "changed", "same")


def order_chain(lines: Sequence[ConfirmedLine], at: SittingAt, *, actor: Actor, now: datetime) -> list[LineDone]:
    """Write the orders and cancellations a person confirmed, each for itself; sent twice it is the same.

    A person confirmed for two lines gets one order: the portions of both are added. Raises ``NotFound`` out of reach.
    """
    wanted = [line for line in lines if line.elder_id is not None and not line.is_cancelled]
    requests: dict[int, OrderRequest] = {}
    for line in wanted:
        assert line.elder_id is not None
        earlier = requests.get(line.elder_id)
        requests[line.elder_id] = OrderRequest(
            site_id=at.site.id,
            elder_id=line.elder_id,
            day=at.day,
            slot=at.slot,
            set_name=line.set_name or (earlier.set_name if earlier else ""),
            way=line.way,
            portions=line.portions + (earlier.portions if earlier else 0),
        )
    placed = place_orders(list(requests.values()), at.site.id, actor=actor, now=now, may_change=True)
    by_elder = {one.request.elder_id: one for one in placed}
    _learn(at, [line for line in lines if line.elder_id is not None], actor=actor)
    return [_done(line, by_elder, at, actor, now) for line in lines]


def _done(line: ConfirmedLine, placed: dict[int, Placed], at: SittingAt, actor: Actor, now: datetime) -> LineDone:
    if line.elder_id is None:
        return LineDone(line, "nothing")
    if line.is_cancelled:
        return _cancel(line, at, actor, now)
    one = placed[line.elder_id]
    return LineDone(line, one.became if one.trouble is None else "refused", one.name, one.trouble)


def _cancel(line: ConfirmedLine, at: SittingAt, actor: Actor, now: datetime) -> LineDone:
    with reading() as session:
        mine = (
            Order.site_id == at.site.id,
            Order.elder_id == line.elder_id,
            Order.day == at.day,
            Order.slot == at.slot,
        )
        order_id = session.scalar(select(Order.id).where(*mine, Order.cancelled_at.is_(None)))
    if order_id is None:
        return LineDone(line, "cancelled")
    try:
        cancel_order(order_id, actor=actor, now=now)
    except CanteenError as trouble:
        return LineDone(line, "refused", trouble=trouble)
    return LineDone(line, "cancelled")


@settled
def _learn(session: Session, at: SittingAt, lines: Sequence[ConfirmedLine], *, actor: Actor) -> None:
    """Keep what the chat calls people who are not called by their names."""
    elders = {line.elder_id for line in lines}
    names = dict(
        session.execute(select(Elder.id, Elder.name).where(Elder.id.in_(elders), in_area(at.site.county))).all()
    )
    told = {line.said: line.elder_id for line in lines if line.elder_id in names and line.said != names[line.elder_id]}
    kept = {
        one.said: one
        for one in session.scalars(select(ChainName).where(ChainName.site_id == at.site.id, ChainName.said.in_(told)))
    }
    for said, elder_id in told.items():
        assert elder_id is not None
        if said not in kept:
            session.add(ChainName(site_id=at.site.id, said=said, elder_id=elder_id))
        elif kept[said].elder_id != elder_id:
            kept[said].elder_id = elder_id
