"""The chain of the audit trail: every change, gap and addition shows."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, text, update

from canteen.audit import trail
from canteen.audit.models import Audit, AuditHead
from canteen.base.access import COMMAND, Actor
from canteen.base.clock import SHANGHAI
from canteen.base.db import reading, transaction
from canteen.base.db.ending import finish
from canteen.staff.trail import queries
from tests.factories import NOW, Person, Place, make_site, make_staff
from tests.trail import broken_chains


def write(count: int, *, site_id: int | None = None, actor: Actor = COMMAND) -> None:
    for number in range(count):
        with transaction() as session:
            trail.record(
                session,
                actor=actor,
                action="serve",
                subject=f"serving:{number}",
                at=NOW,
                site_id=site_id,
                way="堂食",
                fen=450,
            )


def broken() -> list[str]:
    with reading() as session:
        return broken_chains(session)


def test_an_untouched_trail_holds_whatever_the_zone_an_instant_came_in(app: Flask) -> None:
    write(3)
    write(2, site_id=7)
    with transaction() as session:
        trail.record(session, actor=COMMAND, action="void", subject="serving:1", at=NOW.astimezone(SHANGHAI), site_id=7)

    assert broken() == []


@pytest.mark.parametrize(
    ("tamper", "says"),
    [
        pytest.param(
            update(Audit).where(Audit.chain == 0, Audit.sequence == 2).values(actor="staff:9"),
            "audit chain 0: row 2 does not follow row 1",
            id="another name",
        ),
        pytest.param(
            update(Audit).where(Audit.chain == 0, Audit.sequence == 2).values(detail={"fen": 1}),
            "audit chain 0: row 2 does not follow row 1",
            id="another amount",
        ),
        pytest.param(
            update(Audit).where(Audit.chain == 0, Audit.sequence == 2).values(at=NOW + timedelta(microseconds=1)),
            "audit chain 0: row 2 does not follow row 1",
            id="another time",
        ),
        pytest.param(
            delete(Audit).where(Audit.chain == 0, Audit.sequence == 2),
            "audit chain 0: row 3 does not follow row 1",
            id="a row removed",
        ),
        pytest.param(
            delete(Audit).where(Audit.chain == 0, Audit.sequence == 4),
            "audit chain 0: ends at row 3, its head says 4",
            id="the last row removed",
        ),
        pytest.param(
            delete(AuditHead).where(AuditHead.chain == 0),
            "audit chain 0: ends at row 4, its head says 0",
            id="the head removed",
        ),
        pytest.param(
            update(AuditHead).where(AuditHead.chain == 0).values(hash="0" * 64),
            "audit chain 0: ends at row 4, its head says 4",
            id="the head changed",
        ),
        pytest.param(
            insert(Audit).values(
                chain=0,
                sequence=5,
                at=NOW,
                actor="staff:1",
                action="serve",
                subject="serving:9",
                detail={},
                hash="0" * 64,
            ),
            "audit chain 0: row 5 does not follow row 4",
            id="a row added beside it",
        ),
    ],
)
def test_tampering_names_the_place(app: Flask, tamper, says: str) -> None:
    write(4)
    write(2, site_id=7)
    with transaction() as session:
        session.execute(tamper)

    found = broken()

    assert found[0] == says
    assert [line for line in found if "chain 7" in line] == []


def test_a_refused_transaction_leaves_no_row_and_no_gap(app: Flask) -> None:
    write(1)
    with pytest.raises(ZeroDivisionError), transaction() as session:
        trail.record(session, actor=COMMAND, action="serve", subject="serving:1", at=NOW)
        raise ZeroDivisionError
    write(1)

    with reading() as session:
        assert list(session.scalars(select(Audit.sequence).order_by(Audit.id))) == [1, 2]
    assert broken() == []


def test_writers_at_once_keep_one_chain_from_its_very_first_row(app: Flask) -> None:
    start = threading.Barrier(4)
    failures: list[Exception] = []

    def clerk() -> None:
        with app.app_context():
            start.wait()
            try:
                write(10, site_id=7)
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=clerk) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    with reading() as session:
        assert list(session.scalars(select(Audit.sequence).order_by(Audit.sequence))) == list(range(1, 41))
    assert broken() == []


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)  # SQLite has one writer at a time anyway
def test_two_open_transactions_are_ordered_by_the_head(app: Flask) -> None:
    """The second writer waits at the head until the first has committed, then follows its hash."""
    write(1, site_id=7)
    first_wrote, second_began = threading.Event(), threading.Event()

    def second() -> None:
        with app.app_context(), transaction() as session:
            first_wrote.wait(10)
            session.execute(text("select 1"))
            second_began.set()
            trail.record(session, actor=COMMAND, action="serve", subject="second", at=NOW, site_id=7)

    thread = threading.Thread(target=second)
    thread.start()
    with transaction() as session:
        trail.record(session, actor=COMMAND, action="serve", subject="first", at=NOW, site_id=7)
        finish(session)
        first_wrote.set()
        assert second_began.wait(10)
    thread.join()

    with reading() as session:
        subjects = list(session.scalars(select(Audit.subject).order_by(Audit.sequence)))
    assert subjects == ["serving:0", "first", "second"]
    assert broken() == []


# Who sees what of it


def subjects(actor: Actor, **asked: object) -> list[str]:
    """Subjects of rows that somebody meant; what the makers of tests write is told of too."""
    return [row.subject for row in queries.audit_page(actor, **asked).rows if row.action != "write"]  # type: ignore[arg-type]


def test_the_trail_is_seen_inside_the_own_reach(site: Place, clerk: Person) -> None:
    foreign = make_site("柳树村助餐点", path="金溪县/石桥镇/柳树村")
    stranger = make_staff("clerk", site=foreign)
    county, township = make_staff("administrator").actor, make_staff("civil_affairs", path="金溪县/云溪镇").actor
    with transaction() as session:
        for actor, subject, site_id in (
            (clerk.actor, "here", site.id),
            (stranger.actor, "there", foreign.id),
            (clerk.actor, "own account", None),
            (COMMAND, "command", None),
        ):
            trail.record(session, actor=actor, action="serve", subject=subject, at=NOW, site_id=site_id)

    assert subjects(county) == ["there", "here", "command", "own account"]
    assert subjects(township) == ["here", "own account"]
    assert subjects(make_staff("administrator", site=site).actor) == ["here", "own account"]


def test_the_trail_is_read_page_by_page_without_gaps(app: Flask) -> None:
    write(queries.PAGE * 2 + 3)
    seen: list[str] = []
    before = None
    pages = 0
    while True:
        found = queries.audit_page(COMMAND, before=before)
        seen += [row.subject for row in found.rows]
        pages += 1
        before = found.before
        if before is None:
            break

    assert pages == 3
    assert seen == [f"serving:{number}" for number in reversed(range(queries.PAGE * 2 + 3))]


def test_the_trail_is_filtered_by_verb_and_by_subject_or_doer(site: Place, clerk: Person) -> None:
    with transaction() as session:
        trail.record(session, actor=clerk.actor, action="serve", subject="serving:1", at=NOW, site_id=site.id)
        trail.record(session, actor=COMMAND, action="void", subject="serving:1", at=NOW, site_id=site.id)
        trail.record(session, actor=COMMAND, action="serve", subject="serving:2", at=NOW, site_id=site.id)

    assert subjects(COMMAND, action="serve") == ["serving:2", "serving:1"]
    assert subjects(COMMAND, subject="serving:1") == ["serving:1", "serving:1"]
    assert subjects(COMMAND, subject=clerk.actor.label) == ["serving:1"]
    assert queries.audit_page(COMMAND, subject=clerk.actor.label).names == {clerk.actor.label: clerk.actor.name}
