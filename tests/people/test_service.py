from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from canteen.audit.models import Audit
from canteen.base.db import reading, transaction
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.people import service
from canteen.people.facts import Contact
from canteen.people.finding.search import search
from canteen.people.listing import list_people, person_page
from canteen.people.models import Card, Elder, LifeEvent, SearchKey
from canteen.people.queries import load_elder
from canteen.people.registry import StatusDraft
from canteen.people.requests import CardEnding, PeopleFilter, PersonInput
from canteen.people.rules import LifePeriod, check_id_number
from tests.factories import NOW, TODAY, Person, Place, make_elder, make_site, make_staff
from tests.people.rosters import id_number
from tests.sent import statements

INPUT = PersonInput(
    name="测试甲",
    id_number=check_id_number(id_number(), day=TODAY),
    birth_day=None,
    sex="",
    residence="枫林村",
    hukou="枫林村",
    settlement="rural",
    village_group="7组",
    home_site_id=None,
    wants_delivery=True,
    ability="able",
    ability_day=TODAY,
    living="living_alone",
    diet="少盐",
    phone="13800000001",
    address="7组1号",
    contact=Contact("家属", "13900000001"),
    note="",
    card="000001",
)
STATUS = StatusDraft(kind="dibao", from_day=date(2026, 1, 1), issuer="县民政局", evidence="低保证")


@pytest.fixture
def elder_id(site: Place, manager: Person) -> int:
    """An elder the manager registered."""
    return service.add_person(replace(INPUT, home_site_id=site.id), actor=manager.actor, now=NOW)


def trail() -> list[tuple[str, str, dict[str, object]]]:
    with reading() as session:
        rows = session.scalars(select(Audit).where(Audit.action != "write").order_by(Audit.id))
        return [(row.action, row.subject, dict(row.detail)) for row in rows]


def facts_of(elder_id: int, day: date = TODAY):
    with reading() as session:
        facts = load_elder(session, elder_id, day=day)
    assert facts is not None
    return facts


def test_a_new_person(elder_id: int, site: Place):
    facts = facts_of(elder_id)

    assert (facts.name, facts.person.birth_day, facts.person.sex, facts.age) == ("测试甲", date(1950, 1, 1), "male", 76)
    assert (facts.person.residence, facts.person.hukou, facts.person.settlement) == (
        site.area_path,
        site.area_path,
        "rural",
    )
    assert (facts.living, facts.diet, facts.phone, facts.address) == ("living_alone", "少盐", "13800000001", "7组1号")
    assert facts.person.statuses == {"living_alone"}
    assert trail() == [("add_elder", f"elder:{elder_id}", {"statuses": 0, "card": True})]


def test_another_birth_date_beside_the_id_number_is_kept_as_evidence(site: Place, manager: Person):
    asked = replace(INPUT, home_site_id=site.id, birth_day=date(1949, 12, 31))

    elder_id = service.add_person(asked, actor=manager.actor, now=NOW)

    page = person_page(elder_id, actor=manager.actor, day=TODAY)
    assert page.facts.person.birth_day == date(1950, 1, 1)
    assert [(one.day, one.source) for one in page.personal.birth_evidence] == [
        (date(1949, 12, 31), "2026-11-21 测试manager登记")
    ]


def test_a_person_without_an_id_number(site: Place, manager: Person):
    asked = replace(INPUT, home_site_id=site.id, id_number=None, birth_day=date(1949, 5, 6), sex="female")

    facts = facts_of(service.add_person(asked, actor=manager.actor, now=NOW))

    assert (facts.person.birth_day, facts.person.sex) == (date(1949, 5, 6), "female")


def test_a_new_village_is_made_with_the_person(site: Place, manager: Person):
    asked = replace(INPUT, home_site_id=site.id, residence="云溪镇新社区", settlement="")

    facts = facts_of(service.add_person(asked, actor=manager.actor, now=NOW))

    assert (facts.person.residence, facts.person.settlement) == ("金溪县/云溪镇/新社区", "urban")


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"name": "另一人", "card": ""}, "id_number", "这个身份证号已登记在另一个人名下"),
        ({"id_number": check_id_number(id_number(serial=3), day=TODAY)}, "card", "这张卡正由另一个人使用"),
        ({"residence": "资溪县高阜镇"}, "residence", "地址不在金溪县"),
    ],
)
def test_a_person_who_cannot_be_registered(elder_id: int, site: Place, manager: Person, change, field, sentence):
    asked = replace(INPUT, home_site_id=site.id, **change)

    found = service.trouble_with(asked, elder_id=None, actor=manager.actor)
    with pytest.raises(BadInput) as error:
        service.add_person(asked, actor=manager.actor, now=NOW)

    assert found is not None
    assert {(str(one), one.field) for one in (found, error.value)} == {(sentence, field)}
    with reading() as session:
        assert session.scalars(select(Elder.id)).all() == [elder_id]


def test_nobody_is_registered_out_of_reach(site: Place, manager: Person):
    other = make_site("秀谷镇助餐点", path="金溪县/秀谷镇/河东社区")

    at_other_site = service.trouble_with(replace(INPUT, home_site_id=other.id), elder_id=None, actor=manager.actor)
    lives_elsewhere = service.trouble_with(
        replace(INPUT, residence="秀谷镇河东社区"), elder_id=None, actor=manager.actor
    )

    assert [str(one) for one in (at_other_site, lives_elsewhere)] == [
        "这个助餐点不在您的管理范围",
        "住在您管理范围之外的人,请先选您管理的助餐点",
    ]


def test_a_change_names_what_changed_and_finds_by_the_new_name(elder_id: int, site: Place, manager: Person):
    asked = replace(INPUT, home_site_id=site.id, name="测试乙", phone="13911112222", id_number=None, card="999")

    changed = service.change_person(elder_id, asked, actor=manager.actor, now=NOW)

    assert changed == ("name", "phone")
    with reading() as session:
        found = [
            len(search(session, text, day=TODAY)) for text in ("csy", "测试乙", "2222", "测试甲", "13800000001", "999")
        ]
    assert found == [1, 1, 1, 0, 0, 0]
    assert trail()[-1] == ("change_elder", f"elder:{elder_id}", {"facts": ["name", "phone"]})


def test_a_change_of_nothing_writes_nothing(elder_id: int, site: Place, manager: Person):
    asked = replace(INPUT, home_site_id=site.id, id_number=None, card="")

    assert service.change_person(elder_id, asked, actor=manager.actor, now=NOW) == ()
    assert len(trail()) == 1


def test_a_corrected_id_number_moves_birth_date_and_sex(elder_id: int, site: Place, manager: Person):
    other = check_id_number(id_number("19510202", serial=2), day=TODAY)

    service.change_person(elder_id, replace(INPUT, home_site_id=site.id, id_number=other), actor=manager.actor, now=NOW)

    facts = facts_of(elder_id)
    assert (facts.person.birth_day, facts.person.sex) == (date(1951, 2, 2), "female")


def test_a_typed_birth_date_never_beats_the_id_number_on_file(elder_id: int, site: Place, manager: Person):
    asked = replace(INPUT, home_site_id=site.id, id_number=None, birth_day=date(1940, 1, 1), sex="female")

    service.change_person(elder_id, asked, actor=manager.actor, now=NOW)

    facts = facts_of(elder_id)
    assert (facts.person.birth_day, facts.person.sex) == (date(1950, 1, 1), "male")


def test_unmasking_is_written_down_first(elder_id: int, manager: Person):
    assert service.unmask_id(elder_id, "核对低保名单", actor=manager.actor, now=NOW) == id_number()
    assert trail()[-1] == ("unmask_id", f"elder:{elder_id}", {"reason": "核对低保名单"})

    with pytest.raises(BadInput):
        service.unmask_id(elder_id, " ", actor=manager.actor, now=NOW)


def end(elder_id: int, card_id: int, *, by: Person, replacement: str = "") -> None:
    ending = CardEnding(elder_id=elder_id, card_id=card_id, reason="遗失", replacement=replacement)
    service.end_card(ending, actor=by.actor, now=NOW)


def test_a_card_is_lost_and_replaced(elder_id: int, manager: Person):
    [card] = person_page(elder_id, actor=manager.actor, day=TODAY).cards

    end(elder_id, card.id, replacement="000099", by=manager)

    cards = person_page(elder_id, actor=manager.actor, day=TODAY).cards
    assert [(one.shown, one.ended_on, one.end_reason) for one in cards] == [
        ("000099", None, ""),
        ("000001", TODAY, "遗失"),
    ]
    assert [action for action, _, _ in trail()] == ["add_elder", "end_card", "issue_card"]


def test_a_card_in_use_is_refused_and_its_loss_frees_it(elder_id: int, site: Place, manager: Person):
    other = make_elder("另一人", site=site)

    with pytest.raises(Refusal) as refusal:
        service.issue_card(other, "１", actor=manager.actor, now=NOW)
    end(elder_id, 1, by=manager)
    service.issue_card(other, "１", actor=manager.actor, now=NOW)

    assert refusal.value.code == "card_taken"
    with reading() as session:
        assert session.scalars(select(Card.elder_id).where(Card.ended_on.is_(None))).all() == [other]


def test_a_replacement_that_is_taken_ends_nothing(elder_id: int, site: Place, manager: Person):
    make_elder("另一人", site=site, card="000055")

    with pytest.raises(Refusal):
        end(elder_id, 1, replacement="55", by=manager)

    with reading() as session:
        assert session.get_one(Card, 1).ended_on is None


def test_two_people_cannot_get_the_same_card_at_once(site: Place, manager: Person, app: Flask):
    people = [make_elder(f"测试{number}", site=site) for number in range(2)]
    ready, refused = threading.Barrier(2), []

    def issue(elder_id: int) -> None:
        with app.app_context():
            ready.wait()
            try:
                service.issue_card(elder_id, "7", actor=manager.actor, now=NOW)
            except Refusal as refusal:
                refused.append(refusal.code)

    threads = [threading.Thread(target=issue, args=(elder_id,)) for elder_id in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert refused == ["card_taken"]
    with reading() as session:
        assert len(session.scalars(select(Card.id)).all()) == 1


def test_a_status_is_recorded_and_ends(elder_id: int, manager: Person):
    service.record_status(elder_id, STATUS, actor=manager.actor, now=NOW)
    [status] = person_page(elder_id, actor=manager.actor, day=TODAY).statuses

    service.end_status(elder_id, status.id, TODAY, actor=manager.actor, now=NOW)

    assert (status.facts.issuer, status.recorded_by) == ("县民政局", "测试manager")
    assert (
        "dibao" in facts_of(elder_id).person.statuses,
        "dibao" in facts_of(elder_id, date(2026, 11, 22)).person.statuses,
    ) == (True, False)
    assert "dibao" not in str(trail())


def test_a_status_cannot_end_before_it_began(elder_id: int, manager: Person):
    service.record_status(elder_id, STATUS, actor=manager.actor, now=NOW)

    with pytest.raises(BadInput, match="最后一天不能早于开始的一天"):
        service.end_status(elder_id, 1, date(2025, 12, 31), actor=manager.actor, now=NOW)


def test_a_life_event_and_its_cancelling(elder_id: int, manager: Person):
    service.record_event(elder_id, LifePeriod("died", TODAY, None, "病故"), actor=manager.actor, now=NOW)
    died = facts_of(elder_id).state

    for _twice in range(2):
        service.cancel_event(elder_id, 1, actor=manager.actor, now=NOW)

    assert (died, facts_of(elder_id).state) == ("died", "active")
    assert [action for action, _, _ in trail()] == ["add_elder", "add_life_event", "cancel_life_event"]
    with reading() as session:
        assert session.get_one(LifeEvent, 1).cancelled_at == NOW


def test_nobody_dies_twice(elder_id: int, manager: Person):
    service.record_event(elder_id, LifePeriod("died", TODAY, None), actor=manager.actor, now=NOW)

    with pytest.raises(Refusal) as refusal:
        service.record_event(elder_id, LifePeriod("died", date(2026, 11, 1), None), actor=manager.actor, now=NOW)

    assert refusal.value.code == "already_died"


STRANGERS = {
    "change": lambda id_, actor: service.change_person(id_, INPUT, actor=actor, now=NOW),
    "unmask": lambda id_, actor: service.unmask_id(id_, "x", actor=actor, now=NOW),
    "issue card": lambda id_, actor: service.issue_card(id_, "5", actor=actor, now=NOW),
    "end card": lambda id_, actor: service.end_card(
        CardEnding(elder_id=id_, card_id=1, reason="x"), actor=actor, now=NOW
    ),
    "add status": lambda id_, actor: service.record_status(id_, STATUS, actor=actor, now=NOW),
    "end status": lambda id_, actor: service.end_status(id_, 1, TODAY, actor=actor, now=NOW),
    "add event": lambda id_, actor: service.record_event(id_, LifePeriod("moved", TODAY, None), actor=actor, now=NOW),
    "cancel event": lambda id_, actor: service.cancel_event(id_, 1, actor=actor, now=NOW),
    "look": lambda id_, actor: person_page(id_, actor=actor, day=TODAY),
}


@pytest.mark.parametrize("do", STRANGERS.values(), ids=STRANGERS)
def test_out_of_reach_is_not_found(elder_id: int, do):
    stranger = make_staff("manager", site=make_site("秀谷镇助餐点", path="金溪县/秀谷镇/河东社区"))
    before = trail()

    with pytest.raises(NotFound):
        do(elder_id, stranger.actor)

    assert trail() == before


def test_another_persons_card_status_and_event_are_not_found(elder_id: int, site: Place, manager: Person):
    other = make_elder("另一人", site=site, card="5", statuses=())
    service.record_status(elder_id, STATUS, actor=manager.actor, now=NOW)
    service.record_event(elder_id, LifePeriod("moved", TODAY, None), actor=manager.actor, now=NOW)

    for do in (STRANGERS["end card"], STRANGERS["end status"], STRANGERS["cancel event"]):
        with pytest.raises(NotFound):
            do(other, manager.actor)


def shown(manager: Person, **asked) -> list[str]:
    return [line.name for line in list_people(PeopleFilter(**asked), actor=manager.actor, day=TODAY).lines]


def test_the_list_narrows_by_site_area_and_state(site: Place):
    county = make_staff("civil_affairs", path="金溪县")
    other = make_site("秀谷镇助餐点", path="金溪县/秀谷镇/河东社区")
    ids = {name: make_elder(name, site=site) for name in ("在家", "住院", "走了", "去世")}
    make_elder("别处", site=other, path=other.area_path)
    for name, kind in (("住院", "paused"), ("走了", "paused"), ("走了", "moved"), ("去世", "moved"), ("去世", "died")):
        with transaction() as session:
            session.add(LifeEvent(elder_id=ids[name], kind=kind, from_day=TODAY, reason="", recorded_at=NOW))

    assert shown(county) == ["在家", "住院", "走了", "去世", "别处"]
    assert (shown(county, site_id=other.id), shown(county, area="金溪县/云溪镇")) == (
        ["别处"],
        ["在家", "住院", "走了", "去世"],
    )
    assert [shown(county, state=state) for state in ("active", "paused", "moved", "died")] == [
        ["在家", "别处"],
        ["住院"],
        ["走了"],
        ["去世"],
    ]
    assert shown(county, text="在家") == ["在家"]


def test_the_list_pages_by_key(site: Place, manager: Person):
    names = [f"测试{number:03d}" for number in range(120)]
    for name in names:
        make_elder(name, site=site)

    seen, after, pages = [], 0, 0
    while after is not None:
        page = list_people(PeopleFilter(after=after), actor=manager.actor, day=TODAY)
        seen += [line.name for line in page.lines]
        after, pages = page.next_after, pages + 1

    assert (seen, pages, page.count) == (names, 3, 120)


def test_a_list_of_one_and_of_three_cost_the_same(site: Place, manager: Person):
    cost = []
    for wanted in (1, 3):
        while len(shown(manager)) < wanted:
            make_elder("测试", site=site, card=str(wanted * 10 + len(shown(manager))))
        with statements() as sent:
            shown(manager)
        cost.append(len(sent))

    assert cost[0] == cost[1]


def test_search_keys_are_made_anew_and_never_doubled(elder_id: int, site: Place, manager: Person):
    for name in ("测试乙", "测试甲", "测试乙"):
        asked = replace(INPUT, home_site_id=site.id, name=name, id_number=None, card="")
        service.change_person(elder_id, asked, actor=manager.actor, now=NOW)

    with reading() as session:
        assert set(session.scalars(select(SearchKey.key).where(SearchKey.kind == "name"))) == {"测试乙", "试乙"}
