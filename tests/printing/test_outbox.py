"""Papers in the outbox, on both databases."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from canteen.audit import trail
from canteen.base.db import LostRace, transaction
from canteen.base.words import JOB_STATES
from canteen.printing import outbox
from canteen.printing.papers.kinds import KINDS, Paper
from canteen.printing.papers.sealing import opened
from tests.factories import NOW, make_site
from tests.printing.records import (
    job_row,
    make_printer,
    make_serving,
    queue_ticket,
    set_printer,
    set_state,
    void_serving_of,
)
from tests.printing.samples import TICKET
from tests.sent import statements


def test_a_paper_is_queued_for_the_default_printer(app: Flask) -> None:
    place = make_site()
    make_printer(place, name="厨房", is_default=False)
    printer_id = make_printer(place)

    job = job_row(queue_ticket(place))

    assert (job.printer_id, job.state, job.kind, job.copy, job.attempts) == (printer_id, "queued", "ticket", 0, 0)
    assert (job.created_at, job.next_try_at, job.finished_at) == (NOW, NOW, None)
    assert Paper.of(job.kind, opened(job.sealed, key=job.key)) == Paper(TICKET)


@pytest.mark.parametrize("off", [{"is_default": False}, {"is_active": False}])
def test_without_a_default_printer_it_waits_for_one(app: Flask, off: dict[str, bool]) -> None:
    place = make_site()
    make_printer(place, **off)
    make_printer(make_site("另一个助餐点"))

    assert job_row(queue_ticket(place)).printer_id is None


def test_queueing_costs_one_statement(app: Flask) -> None:
    place = make_site()
    make_printer(place)
    serving_id = make_serving(place)

    with transaction() as session, statements() as sent:
        trail.made(session, "serving", serving_id, site_id=place.id)  # as it is at the counter
        outbox.enqueue(session, TICKET, key="ticket:1", site_id=place.id, serving_id=serving_id, at=NOW)

    assert [statement.split()[0] for statement in sent] == ["INSERT"]


def test_the_same_key_makes_one_paper(app: Flask) -> None:
    place = make_site()
    job_id = queue_ticket(place)
    job = job_row(job_id)

    with pytest.raises(LostRace), transaction() as session:
        outbox.enqueue(session, TICKET, key=job.key, site_id=place.id, serving_id=job.serving_id, at=NOW)


def test_what_is_rolled_back_leaves_no_paper(app: Flask) -> None:
    place = make_site()
    serving_id = make_serving(place)

    with pytest.raises(ZeroDivisionError), transaction() as session:
        outbox.enqueue(session, TICKET, key="ticket:1", site_id=place.id, serving_id=serving_id, at=NOW)
        raise ZeroDivisionError

    with transaction() as session:
        assert session.execute(text("select count(*) from print_job")).scalar() == 0


def test_the_row_holds_no_label_and_no_unknown_fact(app: Flask) -> None:
    facts = TICKET.as_json() | {"id_number": "110101194403070012"}
    facts["shares"] = [{"label": "低保补助", "amount_fen": 600, "reason": "特困老人 13800138000"}]

    job = job_row(queue_ticket(make_site(), facts=facts))

    stored = json.dumps(opened(job.sealed, key=job.key), ensure_ascii=False)
    assert not [word for word in ("110101194403070012", "低保", "特困", "13800138000") if word in stored]


def test_a_void_ticket_follows_the_ticket(app: Flask) -> None:
    place = make_site()
    make_printer(place)
    ticket_id = queue_ticket(place)

    void_id = void_serving_of(ticket_id)

    assert [job_row(job_id).state for job_id in (ticket_id, void_id)] == ["queued", "queued"]
    assert ticket_id < void_id


def test_adopt_houses_what_has_no_printer_in_use(app: Flask) -> None:
    place, other = make_site(), make_site("另一个助餐点")
    old = make_printer(place, name="旧的")
    on_old = queue_ticket(place)
    set_printer(old, is_active=False)
    homeless, done, elsewhere = queue_ticket(place), queue_ticket(place), queue_ticket(other)
    set_state(done, "failed")
    new = make_printer(place)

    with transaction() as session:
        outbox.adopt(session, place.id)

    found = [job_row(job_id).printer_id for job_id in (on_old, homeless, done, elsewhere)]
    assert found == [new, new, None, None]


@pytest.mark.parametrize(
    "broken",
    [
        "kind = 'invoice'",
        "state = 'lost'",
        "serving_id = null",
        "copy = 1",
        "copy = -1",
        "state = 'printed'",
        "state = 'sending', printer_id = null",
        "attempts = -1",
    ],
)
def test_the_table_refuses_what_cannot_be(app: Flask, broken: str) -> None:
    queue_ticket(make_site())

    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(text(f"update print_job set {broken}"))


@pytest.mark.parametrize("broken", ["width_mm = 57", "encoding = 'big5'", "rom = ''", "lease_by = 'x'"])
def test_the_printer_table_refuses_what_cannot_be(app: Flask, broken: str) -> None:
    make_printer(make_site())

    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(text(f"update printer set {broken}"))


def test_a_site_has_one_default_printer(app: Flask) -> None:
    place = make_site()
    make_printer(place)

    with pytest.raises(LostRace):
        make_printer(place, name="厨房")


def test_every_state_and_kind_has_a_word() -> None:
    from canteen.base.words import WORDS

    assert set(WORDS["job"]) == set(JOB_STATES)
    assert set(WORDS["paper"]) == set(KINDS)
