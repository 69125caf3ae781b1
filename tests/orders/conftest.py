"""Helpers of the tests about orders."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from canteen.audit.models import Audit
from canteen.base.db import reading, transaction
from canteen.books.models.servings import Serving
from tests.factories import NOW, TODAY, Person, Place, make_site, make_staff, sealed_answer
from tests.trail import change

#: 09:10 in China on the test day, before the lunch cut-off of 09:30.
EARLY = NOW.replace(hour=1, minute=10)


@pytest.fixture
def site(app: Flask) -> Place:
    return make_site()


@pytest.fixture
def clerk(site: Place) -> Person:
    return make_staff("clerk", site=site)


@pytest.fixture
def manager(site: Place) -> Person:
    return make_staff("manager", site=site)


def serve(
    elder_id: int,
    site: Place,
    *,
    sequence: int = 1,
    second: bool = False,
    day: date = TODAY,
    at: datetime = NOW,
    slot: str = "lunch",
) -> int:
    """A serving of an elder, written straight into the books: orders only look whether it is there."""
    with transaction() as session:
        serving = Serving(
            key=f"test-key-{elder_id}-{sequence}",
            asked="",
            site_id=site.id,
            day=day,
            slot=slot,
            sequence=sequence,
            number=f"{day:%m%d}-{sequence:03d}",
            elder_id=elder_id,
            guest_kind="",
            set_name="A套餐",
            price_fen=1000,
            own_fen=500,
            way="dine_in",
            sealed=sealed_answer(Serving, f"test-key-{elder_id}-{sequence}"),
            served_at=at,
            void_reason="",
            collected_by="",
            relation="",
            second_portion=second,
            outside_hours=False,
            pay_way="cash",
            class_mark="",
            till="",
        )
        session.add(serving)
    return serving.id


def void(serving_id: int) -> None:
    """Undo a serving of ``serve``."""
    with transaction() as session:
        change(session, Serving, Serving.id == serving_id, voided_at=NOW, void_reason="测试")


def trail() -> list[tuple[str, dict[str, object]]]:
    """Action and detail of the audit rows, the oldest first."""
    with reading() as session:
        return [
            (row.action, row.detail)
            for row in session.scalars(select(Audit).where(Audit.action != "write").order_by(Audit.id))
        ]
