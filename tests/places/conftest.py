"""Helpers of the tests about places."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from canteen.audit.models import Audit
from canteen.base.db import reading
from tests.factories import Person, Place, make_site, make_staff


@pytest.fixture
def site(app: Flask) -> Place:
    return make_site()


@pytest.fixture
def manager(site: Place) -> Person:
    return make_staff("manager", site=site)


def trail() -> list[tuple[str, dict[str, object]]]:
    """Action and detail of every audit row, the oldest first."""
    with reading() as session:
        return [
            (row.action, row.detail)
            for row in session.scalars(select(Audit).where(Audit.action != "write").order_by(Audit.id))
        ]
