"""A county with a scheme that asks for approval, a township and a village, and the people of each office."""

from __future__ import annotations

import pytest
from factories import VILLAGE, make_site, make_staff
from flask import Flask

from tests.entitlements.office import SCHEME, Office, switch


@pytest.fixture
def office(app: Flask) -> Office:
    site = make_site()
    return Office(
        site=site,
        version_id=switch(SCHEME),
        clerk=make_staff("clerk", site=site),
        village=make_staff("committee", path=VILLAGE),
        township=make_staff("civil_affairs", path="金溪县/云溪镇"),
        county=make_staff("civil_affairs", path="金溪县"),
    )
