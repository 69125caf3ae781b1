"""Meals counted and added up, by whatever a page wants them by. Session-first reads; a voided meal never counts."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from canteen.books.models.servings import Serving, ServingShare

IS_GUEST = Serving.elder_id.is_(None).label("is_guest")
IS_VOID = Serving.voided_at.is_not(None).label("is_void")
LIVE = Serving.voided_at.is_(None)

Conditions = Sequence[ColumnElement[bool]]


def meals_at(site_ids: Collection[int], first: date, last: date) -> list[ColumnElement[bool]]:
    """The meals of some sites from ``first`` to ``last``, both included; the voided too."""
    return [Serving.site_id.in_(site_ids), Serving.day.between(first, last)]


def live_meals_at(site_ids: Collection[int], first: date, last: date) -> list[ColumnElement[bool]]:
    """The meals of some sites from ``first`` to ``last``, both included, that count."""
    return [*meals_at(site_ids, first, last), LIVE]


def count_meals(session: Session, *by: Any, where: Conditions) -> Sequence[Any]:
    """Rows of these columns with ``meals``, ``price_fen`` and ``own_fen``, in their order."""
    price, own = func.sum(Serving.price_fen).label("price_fen"), func.sum(Serving.own_fen).label("own_fen")
    statement = select(*by, func.count().label("meals"), price, own).where(*where)
    return session.execute(statement.group_by(*by).order_by(*by)).all()


def carried(session: Session, *by: Any, where: Conditions) -> Sequence[Any]:
    """Rows of these columns of servings and shares with ``amount_fen``, what was carried, in their order."""
    statement = select(*by, func.sum(ServingShare.amount_fen).label("amount_fen")).where(*where)
    joined = statement.select_from(Serving).join(ServingShare, ServingShare.serving_id == Serving.id)
    return session.execute(joined.group_by(*by).order_by(*by)).all()
