"""What somebody who knows SQL may try on the books, each attempt as consistent as he can make it: ``check`` names it."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from canteen.audit.anchors import anchor_of, check_anchor
from canteen.audit.chains import rows_of_chain
from canteen.audit.hashing import content_hash, row_hash
from canteen.audit.kinds import every_kind, read
from canteen.audit.models import Audit, AuditHead
from canteen.base import keys
from canteen.base.access import COMMAND
from canteen.base.db import database, reading, transaction
from canteen.base.errors import BadInput
from canteen.check import proving
from canteen.counter.requests import Served, ServeRequest, VoidRequest
from canteen.counter.service import serve_meal, void_serving
from canteen.people.requests import CardEnding
from canteen.people.service import end_card
from canteen.purses.requests import TopUp
from canteen.purses.service import top_up
from canteen.schemes.builtin import builtin_schemes
from canteen.schemes.switching import switch_on
from tests.factories import NOW, TODAY, Person, Place, make_elder, make_menu, make_site, make_staff


@pytest.fixture
def place(app: Flask) -> Place:
    keys.require()  # with a mark the keys are known by it, not by what they open
    site = make_site()
    make_menu(site)
    return site


@pytest.fixture
def clerk(place: Place) -> Person:
    return make_staff("manager", site=place)


@pytest.fixture
def meals(place: Place, clerk: Person) -> list[Served]:
    people = [make_elder(name, card=card, site=place) for name, card in (("王秀兰", "7"), ("李桂英", "8"))]
    asked = [ServeRequest(key=f"meal-000{elder}", site_id=place.id, slot="lunch", elder_id=elder) for elder in people]
    guest = ServeRequest(key="meal-guest", site_id=place.id, slot="lunch", guest_kind="villager")
    return [serve_meal(one, actor=clerk.actor, now=NOW) for one in (*asked, guest)]


def sql(*statements: str) -> None:
    with database.engine.begin() as connection:
        for one in statements:
            connection.execute(text(one))


def found(*anchors: str) -> list[str]:
    return proving.prove(anchors).problems


@pytest.mark.by_hand
@pytest.mark.parametrize(
    ("statements", "names"),
    [
        pytest.param(
            [
                "update serving_share set amount_fen = amount_fen + 1 where serving_id = 3",
                "update serving set price_fen = price_fen + 1, own_fen = own_fen + 1 where id = 3",
                "update posting set amount_fen = amount_fen + 1 where entry_id = 3 and account = 'own:cash'",
                "update posting set amount_fen = amount_fen - 1 where entry_id = 3 and account = 'meals'",
                "update balance set amount_fen = amount_fen + 1 where account = 'own:cash'",
                "update balance set amount_fen = amount_fen - 1 where account = 'meals'",
            ],
            ["changed: serving 3: posting, serving, serving_share is not as the trail says it was written"],
            id="a fen more, everywhere",
        ),
        pytest.param(
            ["update serving set key = key || 'x' where id = 2"],
            ["changed: serving 2: serving is not as the trail says it was written"],
            id="a key",
        ),
        pytest.param(
            [
                "update print_job set sealed = (select sealed from print_job as other where other.serving_id = 2) where serving_id = 1"
            ],
            ["changed: serving 1: print_job is not as the trail says it was written"],
            id="the ticket's amount",
        ),
        pytest.param(
            ["update serving set sealed = (select sealed from serving as other where other.id = 2) where id = 1"],
            ["changed: serving 1: serving is not as the trail says it was written"],
            id="class and reasons of another meal",
        ),
        pytest.param(
            [
                "create temporary table other as select id, sealed from elder",
                "update elder set sealed = (select sealed from other where other.id = 3 - elder.id)",
                "drop table other",
            ],
            [
                "changed: elder 1: elder is not as the trail says it was written",
                "changed: elder 2: elder is not as the trail says it was written",
            ],
            id="sealed facts of two elders exchanged",
        ),
        pytest.param(
            ["update status set from_day = '2019-01-01' where elder_id = 1"],
            ["changed: elder 1: status is not as the trail says it was written"],
            id="a status",
        ),
        pytest.param(
            ["update status set elder_id = 2 where elder_id = 1"],
            [
                "changed: elder 1: status is not as the trail says it was written",
                "changed: elder 2: status is not as the trail says it was written",
            ],
            id="a class moved to another elder",
        ),
        pytest.param(
            ["update card set number = '9', shown = '9' where elder_id = 1"],
            ["changed: elder 1: card is not as the trail says it was written"],
            id="a card",
        ),
        pytest.param(
            ["update staff set role = 'administrator' where id = 1"],
            ["changed: staff 1: staff is not as the trail says it was written"],
            id="a role",
        ),
        pytest.param(
            [
                "insert into card (elder_id, number, shown, issued_on, end_reason) values (2, '9', '9', '2026-01-01', '')"
            ],
            ["changed: elder 2: card is not as the trail says it was written"],
            id="a card added",
        ),
        pytest.param(
            ["insert into area (name, level, path, settlement) values ('新', 'county', '新', '')"],
            ["unwritten: area 4: rows in area that the trail does not know: added without the program"],
            id="an area added",
        ),
        pytest.param(
            ["delete from menu_set", "delete from menu"],
            ["removed: menu 1: its rows in menu, menu_set were removed without the program"],
            id="a menu removed",
        ),
    ],
)
def test_what_was_changed_is_named(meals: list[Served], statements: list[str], names: list[str]) -> None:
    assert found() == []
    sql(*statements)

    assert [problem for problem in found() if problem.split(":")[0] in ("changed", "removed", "unwritten")] == names


_LAST_MEAL = [
    "delete from print_job where serving_id = 3",
    "delete from posting where entry_id in (select id from entry where serving_id = 3)",
    "delete from entry where serving_id = 3",
    "delete from serving_share where serving_id = 3",
    "delete from serving where id = 3",
    "update site_day set last_sequence = 2",
    "update balance set amount_fen = (select sum(posting.amount_fen) from posting where posting.account = balance.account)",
    "delete from balance where amount_fen is null",
]


@pytest.mark.by_hand
def test_the_last_meal_with_all_its_rows_is_missed(meals: list[Served]) -> None:
    sql(*_LAST_MEAL)

    assert len(found()) == 1 and found()[0].startswith("removed: serving 3: its rows in entry, posting, print_job")


@pytest.mark.by_hand
def test_the_trail_cut_off_with_the_last_meal_does_not_fit_the_paper(place: Place, meals: list[Served]) -> None:
    """The one attempt that leaves no gap: every row is gone, also that of the trail. The paper of the evening knows."""
    with reading() as session:
        before, after = "", anchor_of(session, place.id)
    sql(
        *_LAST_MEAL,
        "delete from audit where subject = 'serving:3'",
        f"update audit_head set sequence = sequence - 1, hash = (select hash from audit where chain = {place.id} "
        f"order by sequence desc limit 1) where chain = {place.id}",
    )
    assert found() == []
    with reading() as session:
        before = anchor_of(session, place.id)

    assert found(before) == []
    assert found(after) == [
        f"anchor: {after}: the trail has no such row: it was cut off, with all that was written then and later"
    ]


def test_what_is_typed_from_paper_is_read_kindly_and_nonsense_is_told(place: Place, meals: list[Served]) -> None:
    with reading() as session:
        anchor = anchor_of(session, place.id)
        assert check_anchor(session, f" {anchor.lower().replace('-', ' - ')} ") == "holds"
        assert check_anchor(session, anchor[:-1] + ("A" if anchor[-1] != "A" else "B")) == "other"
        for nonsense in ("", "7", "1-2", "1-2-ABC", "a-b-KQ7M2XPD9RTF", "1-2-KQ7M-2XPD-9RT!"):
            with pytest.raises(BadInput):
                check_anchor(session, nonsense)


@pytest.mark.by_hand
def test_nobody_launders_a_change_on_a_page(place: Place, clerk: Person, meals: list[Served]) -> None:
    """A change made with SQL stays wrong whatever the program does to the same person or meal afterwards."""
    sql(
        "update card set shown = '77' where elder_id = 1", "update serving_share set version = 'x' where serving_id = 3"
    )
    with reading() as session:
        card_id = session.scalar(text("select id from card where elder_id = 1"))
    assert card_id is not None
    end_card(CardEnding(elder_id=1, card_id=card_id, reason="丢失", replacement=""), actor=clerk.actor, now=NOW)
    void_serving(VoidRequest(serving_id=3, key="void-0003", reason="刷错了人"), actor=clerk.actor, now=NOW)

    assert [problem[:16] for problem in found()] == ["changed: serving", "changed: elder 1"]


@pytest.mark.by_hand
@pytest.mark.parametrize(
    "statement",
    [
        "update audit set subject = 'serving:2' where subject = 'serving:1'",
        "update audit set content = (select content from audit where subject = 'serving:2') where subject = 'serving:1'",
        "update audit set content = null where subject = 'serving:1'",
        "delete from audit where subject = 'serving:1'",
        "delete from chain_key",
    ],
)
def test_the_trail_itself_cannot_be_rewritten(meals: list[Served], statement: str) -> None:
    sql(statement)

    assert found() != []


@pytest.mark.by_hand
def test_the_text_of_a_scheme_is_what_was_switched_on(place: Place) -> None:
    with transaction() as session:
        text_ = builtin_schemes()["jinxi"]
        switch_on(session, text=text_, area_id=place.area_id, valid_from=TODAY, actor=COMMAND, at=NOW)
    assert found() == []
    sql("update scheme_version set text = replace(text, '400', '900')")

    assert found() == ["changed: scheme_version 1: scheme_version is not as the trail says it was written"]


@pytest.mark.by_hand
def test_money_put_into_a_purse_with_its_lot_and_entry_is_named(place: Place, clerk: Person) -> None:
    """Line, lot, entry, postings and balances all say one yuan more: only the trail knows."""
    elder = make_elder("王秀兰", site=place)
    paid = TopUp(elder_id=elder, site_id=place.id, amount_fen=500, pay_way="cash", key="top-up-1")
    top_up(paid, actor=clerk.actor, now=NOW)
    assert found() == []
    sql(
        "update purse_line set amount_fen = amount_fen + 100",
        "update purse_lot set left_fen = left_fen + 100",
        "update posting set amount_fen = amount_fen + case when amount_fen > 0 then 100 else -100 end",
        "update balance set amount_fen = amount_fen + case when amount_fen > 0 then 100 else -100 end",
    )

    assert [problem.split(":")[0] for problem in found()] == ["changed", "changed"]
    assert {problem.split(": ")[1].split()[0] for problem in found()} <= {"entry", "purse_line"}


@pytest.mark.by_hand
def test_a_chain_written_anew_by_somebody_without_the_key_does_not_hold(place: Place, meals: list[Served]) -> None:
    """He changed a meal, computed its content and the hash of every row after it, and set the head."""
    own = b"o" * 32
    sql("update serving_share set scheme = 'x' where serving_id = 1")
    kind = every_kind()["serving"]
    with transaction() as session:
        content = content_hash(own, "serving", 1, kind.tables, read(session, kind, 1, 1)[1])
        end = ""
        for row in list(rows_of_chain(session, place.id)):
            facts = (*row[:7], content if row[5] == "serving:1" else row[7])
            end = row_hash(own, end, facts)
            mine = {"content": facts[7], "hash": end}
            session.execute(update(Audit).where(Audit.chain == place.id, Audit.sequence == row[1]).values(**mine))
        session.execute(update(AuditHead).where(AuditHead.chain == place.id).values(hash=end))

    problems = found()
    assert f"audit: audit chain {place.id}: row 1 does not follow row 0" in problems
    assert any(one.startswith("changed: serving 1") for one in problems)


def test_every_proof_reads_one_moment(meals: list[Served]) -> None:
    with Session(database.engine) as session:
        assert proving.prove_in(session).problems == []
