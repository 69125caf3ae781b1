"""Meals counted and added up, by whatever a page wants them by. Session-first reads; a voided meal never counts."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from canteen.base.db.sealed import place_of
from canteen.base.records import chunks
from canteen.base.vault import Vault, the_vault
from canteen.books.models.servings import Serving, ServingShare

IS_GUEST = Serving.elder_id.is_(None).label("is_guest")
IS_VOID = Serving.voided_at.is_not(None).label("is_void")
LIVE = Serving.voided_at.is_(None)
AN_ID = func.min(Serving.id).label("an_id")
_SEALED = Serving.__table__.c.sealed
#: Meals asked for by id at once.
_MOST_IDS = 500

Conditions = Sequence[ColumnElement[bool]]


def meals_at(site_ids: Collection[int], first: date, last: date) -> list[ColumnElement[bool]]:
    """The meals of some sites from ``first`` to ``last``, both included; the voided too."""
    return [Serving.site_id.in_(site_ids), Serving.day.between(first, last)]


def live_meals_at(site_ids: Collection[int], first: date, last: date) -> list[ColumnElement[bool]]:
    """The meals of some sites from ``first`` to ``last``, both included, that count."""
    return [*meals_at(site_ids, first, last), LIVE]


def count_meals(session: Session, *by: Any, where: Conditions) -> Sequence[Any]:
    """Rows of these columns with ``meals``, ``price_fen``, ``own_fen`` and ``an_id`` of one of the meals, in their order."""
    price, own = func.sum(Serving.price_fen).label("price_fen"), func.sum(Serving.own_fen).label("own_fen")
    statement = select(*by, func.count().label("meals"), price, own, AN_ID).where(*where)
    return session.execute(statement.group_by(*by).order_by(*by)).all()


def class_mark(vault: Vault, *, site_id: int, day: date, class_code: str) -> str:
    """What a meal bears of its class in the open: the same for the same class ("" for none) of one site and month."""
    return vault.index("class", f"{site_id}/{day:%Y-%m}/{class_code}")[:16]


def classes_of(session: Session, examples: Mapping[str, int]) -> dict[str, str]:
    """The class code behind each mark ("" for none); ``examples`` says a meal that bears it. One meal of each is opened."""
    vault, found = the_vault(), {}
    for ids in chunks(list(examples.values()), _MOST_IDS):
        rows = session.execute(select(Serving.class_mark, Serving.key, Serving.sealed).where(Serving.id.in_(ids)))
        for mark, key, sealed in rows:
            found[mark] = vault.open(sealed, place_of(_SEALED, key=key))["class"]
    return found


def is_of_class(session: Session, class_code: str, *, where: Conditions) -> ColumnElement[bool]:
    """A condition on the meals of ``where``: they are of a class ("": of none)."""
    marks = session.execute(select(Serving.class_mark, AN_ID).where(*where).group_by(Serving.class_mark))
    classes = classes_of(session, dict(marks.all()))
    return Serving.class_mark.in_([mark for mark, code in classes.items() if code == class_code])


def carried(session: Session, *by: Any, where: Conditions) -> Sequence[Any]:
    """Rows of these columns of servings and shares with ``amount_fen``, what was carried, in their order."""
    statement = select(*by, func.sum(ServingShare.amount_fen).label("amount_fen")).where(*where)
    joined = statement.select_from(Serving).join(ServingShare, ServingShare.serving_id == Serving.id)
    return session.execute(joined.group_by(*by).order_by(*by)).all()
