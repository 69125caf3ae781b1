"""Papers other features ask for, and the drawer."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from canteen.audit.models import Audit
from canteen.base.access import COMMAND
from canteen.base.db import reading, transaction
from canteen.base.errors import Refusal
from canteen.places.queries import site_for
from canteen.printing.asking import ask_for_drawer, ask_for_paper
from canteen.printing.models import JOB
from canteen.printing.papers.kinds import KINDS
from tests.factories import NOW, Place, make_site
from tests.printing.records import make_printer
from tests.printing.samples import CLOSING, PAPERS

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


@pytest.fixture
def site(app: Flask) -> Place:
    return make_site()


def open_drawer(site: Place, key: str = "abcdefgh") -> int:
    facts = site_for(COMMAND, site.id)
    with transaction() as session:
        return ask_for_drawer(session, key=key, site=facts, reason="找零", actor=COMMAND, at=NOW)


def test_a_paper_is_queued_once_for_its_key(site: Place) -> None:
    make_printer(site)

    with transaction() as session:
        first = ask_for_paper(session, CLOSING, key="closing:1", site_id=site.id, at=NOW)
    with transaction() as session:
        again = ask_for_paper(session, CLOSING, key="closing:1", site_id=site.id, at=NOW)

    assert first == again


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("ticket", "guest_ticket", "void_ticket")])
def test_the_kind_follows_from_the_facts(app: Flask, kind: str) -> None:
    assert PAPERS[kind].kind == kind


def test_a_drawer_opens_once_for_its_key_and_the_trail_says_why(site: Place) -> None:
    make_printer(site, has_drawer=True)

    assert open_drawer(site) == open_drawer(site) != open_drawer(site, "otherkey")

    with reading() as session:
        assert session.scalars(select(JOB.c.kind)).all() == ["drawer", "drawer"]
        trail = session.scalars(select(Audit).where(Audit.action != "write").order_by(Audit.id)).all()
    assert [(row.action, row.detail) for row in trail] == [("open_drawer", {"reason": "找零"})] * 2


@pytest.mark.parametrize(("has_printer", "code"), [(True, "no_drawer"), (False, "no_printer")])
def test_a_drawer_that_is_not_there_is_refused(site: Place, has_printer: bool, code: str) -> None:
    if has_printer:
        make_printer(site)

    with pytest.raises(Refusal) as refusal:
        open_drawer(site)

    assert refusal.value.code == code
