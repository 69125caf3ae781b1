from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from canteen.base.access import COMMAND
from canteen.base.db import database, reading, transaction
from canteen.base.vault import the_vault
from canteen.people.facts import Personal
from canteen.people.finding import search as finding
from canteen.people.finding.search import Search, search
from canteen.people.models import Card, Elder
from canteen.people.queries import find_elder_ids_by_card, in_reach, load_elder, name_of
from canteen.people.registry import ElderDraft, StatusDraft, add_elder, end_card
from tests.factories import NOW, TODAY, Place, make_area, make_elder, make_life_event, make_site, make_staff
from tests.sent import statements


def add(
    name: str,
    *,
    site: Place | None = None,
    path: str = "金溪县/云溪镇/枫林村",
    card: str = "",
    phone: str = "",
    id_number: str = "",
    living: str = "",
    statuses: tuple[StatusDraft, ...] = (),
) -> int:
    """An elder as the register writes one."""
    draft = ElderDraft(
        name=name,
        birth_day=date(1950, 1, 1),
        residence_area_id=make_area(path),
        village_group="7组",
        card=card,
        home_site_id=site.id if site else None,
        statuses=statuses,
        personal=Personal(id_number=id_number, phone=phone, living=living),
    )
    with transaction() as session:
        return add_elder(session, draft, actor=COMMAND, at=NOW, vault=the_vault())


def names(text: str, **where) -> list[str]:
    with reading() as session:
        return [one.name for one in search(session, text, day=TODAY, **where)]


@pytest.fixture
def village(app: Flask) -> Place:
    """A site with people whose names are hard to find."""
    site = make_site()
    for number, name in enumerate(
        (
            "单玉珍",
            "仇水生",
            "解建木",
            "曾彩翠",
            "区旺",
            "查玉",
            "乐芳",
            "覃芳",
            "盖凤",
            "朴兰",
            "吕荣",
            "欧阳秀兰",
            "张䶮",
            "李𠮷",
            "㑇大",
            "阿卜杜·热合曼",
        ),
        1,
    ):
        add(name, site=site, card=f"{number:06d}", phone=f"1380000{number:04d}")
    return site


FOUND = {
    "surname read shan": ("shan", ["单玉珍"]),
    "read dan too": ("danyu", ["单玉珍"]),
    "qiu": ("qiushui", ["仇水生"]),
    "xie": ("xiejian", ["解建木"]),
    "zeng": ("zeng", ["曾彩翠"]),
    "ou": ("ouwang", ["区旺"]),
    "zha": ("zhayu", ["查玉"]),
    "yue": ("yuefang", ["乐芳"]),
    "le": ("lefang", ["乐芳"]),
    "qin": ("qinfang", ["覃芳"]),
    "tan": ("tanfang", ["覃芳"]),
    "ge": ("gefeng", ["盖凤"]),
    "gai": ("gaifeng", ["盖凤"]),
    "piao": ("piaolan", ["朴兰"]),
    "v": ("lvrong", ["吕荣"]),
    "u": ("lurong", ["吕荣"]),
    "ü": ("lürong", ["吕荣"]),
    "compound": ("ouyangxiu", ["欧阳秀兰"]),
    "initials": ("oyxl", ["欧阳秀兰"]),
    "initials of the other reading": ("syz", ["单玉珍"]),
    "capitals": ("OYXL", ["欧阳秀兰"]),
    "rare": ("zhangyan", ["张䶮"]),
    "rare by itself": ("李𠮷", ["李𠮷"]),
    "rare read": ("liji", ["李𠮷"]),
    "rarer": ("㑇", ["㑇大"]),
    "whole name": ("欧阳秀兰", ["欧阳秀兰"]),
    "part of a name": ("欧阳", ["欧阳秀兰"]),
    "given name": ("秀兰", ["欧阳秀兰"]),
    "with the dot": ("阿卜杜·热", ["阿卜杜·热合曼"]),
    "without": ("阿卜杜热", ["阿卜杜·热合曼"]),
    "second part": ("热合曼", ["阿卜杜·热合曼"]),
    "spaces": (" 欧阳　秀兰 ", ["欧阳秀兰"]),
    "phone": ("13800000012", ["欧阳秀兰"]),
    "phone, spaced": ("138-0000-0012", ["欧阳秀兰"]),
    "tail": ("0012", ["欧阳秀兰"]),
    "card as printed": ("000007", ["乐芳"]),
    "card without zeros": ("7", ["乐芳"]),
    "card with fewer zeros": ("007", ["乐芳"]),
    "card in full width": ("７", ["乐芳"]),
    "nobody": ("没有这人", []),
    "nothing": ("", []),
    "a wildcard is no wildcard": ("%", []),
    "nor this": ("_", []),
}


def test_search(village: Place):
    assert {why: names(text) for why, (text, _) in FOUND.items()} == {why: found for why, (_, found) in FOUND.items()}


def test_an_id_number_is_found_whole_and_only_whole(app: Flask):
    add("测试", id_number="361027194711265648")

    assert names("361027 19471126 5648") == ["测试"]
    assert (names("361027194711265649"), names("36102719471126"), names("5648")) == ([], [], [])


def test_what_a_search_tells_about_a_person(app: Flask):
    site = make_site()
    elder_id = add("测试", site=site, card="000001")
    make_life_event(elder_id, "paused", date(2026, 11, 1), date(2026, 12, 1))

    with reading() as session:
        [found] = search(session, "1", day=TODAY)

    assert (
        found.id,
        found.age,
        found.village_group,
        found.residence_name,
        found.home_site_id,
        found.card,
        found.state,
    ) == (elder_id, 76, "7组", "枫林村", site.id, "000001", "paused")


def test_people_of_the_own_site_come_first_however_many_others_there_are(app: Flask):
    here, there = make_site(), make_site("秀谷镇助餐点", path="金溪县/秀谷镇/河东社区")
    for number in range(60):
        add(f"测试{chr(0x4E00 + number)}", site=there)
    add("测试龘", site=here)

    found = names("测试", home_site_id=here.id, limit=5)

    assert (found[0], len(found)) == ("测试龘", 5)


def test_an_area_narrows_the_search(app: Flask):
    other = make_site("资溪县助餐点", path="资溪县/高阜镇/莒洲村")
    add("测试甲")
    add("测试乙", path="资溪县/高阜镇/莒洲村", card="5")
    add("测试丙", path="资溪县/高阜镇/莒洲村", site=make_site("又一点"))

    assert names("测试", area_prefix="金溪县") == ["测试丙", "测试甲"]
    assert (names("测试", area_prefix="资溪县"), names("5", area_prefix="金溪县")) == (["测试丙", "测试乙"], [])
    assert names("测试", area_prefix="金溪") == []
    assert other.area_path == "资溪县/高阜镇/莒洲村"


@pytest.mark.parametrize("text", ["000001", "1", "００１", " 01 "])
def test_a_card_is_one_card_however_it_is_written(app: Flask, text):
    elder_id = add("测试", card="000001")

    with reading() as session:
        assert find_elder_ids_by_card(session, text) == [elder_id]


def test_an_ended_card_is_nobodys(app: Flask):
    add("测试", card="000001")
    with transaction() as session:
        end_card(session, session.scalars(select(Card.id)).one(), "遗失", at=NOW)

    with reading() as session:
        assert (find_elder_ids_by_card(session, "1"), find_elder_ids_by_card(session, "")) == ([], [])


def test_load_elder_in_three_statements(app: Flask):
    statuses = (
        StatusDraft(kind="dibao", from_day=date(2026, 1, 1), issuer="甲", evidence="乙"),
        StatusDraft(kind="tekun", from_day=date(2026, 1, 1), to_day=date(2026, 11, 20), issuer="甲", evidence="乙"),
        StatusDraft(kind="hardship", from_day=date(2026, 11, 22), issuer="甲", evidence="乙"),
    )
    elder_id = add("测试", living="empty_nest", statuses=statuses)
    make_life_event(elder_id, "paused", date(2026, 11, 20), None, "住院")

    with transaction() as session, statements() as sent:
        facts = load_elder(session, elder_id, day=TODAY, lock=True)

    assert len(sent) == 3
    assert facts is not None
    assert facts.person.statuses == {"dibao", "empty_nest"}
    assert (facts.state, facts.state_from, facts.state_to, facts.state_reason) == (
        "paused",
        date(2026, 11, 20),
        None,
        "住院",
    )


@pytest.mark.parametrize(
    ("day", "kinds"),
    [
        (date(2025, 12, 31), set()),
        (date(2026, 1, 1), {"dibao"}),
        (date(2026, 6, 30), {"dibao"}),
        (date(2026, 7, 1), set()),
    ],
)
def test_a_status_is_in_force_on_its_first_and_last_day(app: Flask, day, kinds):
    status = StatusDraft(kind="dibao", from_day=date(2026, 1, 1), to_day=date(2026, 6, 30), issuer="甲", evidence="乙")
    elder_id = add("测试", statuses=(status,))

    with reading() as session:
        facts = load_elder(session, elder_id, day=day)

    assert facts is not None and facts.person.statuses == kinds


def test_nobody(app: Flask):
    with reading() as session:
        assert (load_elder(session, 99, day=TODAY), name_of(session, 99)) == (None, "")


def test_one_match_and_twenty_cost_the_same_number_of_statements(app: Flask):
    add("单人")
    for number in range(20):
        add(f"众人{chr(0x4E00 + number)}", card=str(number + 1))
    cost = []
    for text in ("单人", "众人"):
        with statements() as sent:
            names(text)
        cost.append(len(sent))

    assert cost == [4, 4]


def test_reach_is_residence_or_home_site(app: Flask):
    here, there = make_site(), make_site("秀谷镇助餐点", path="金溪县/秀谷镇/河东社区")
    add("住这里")
    add("来这里", path="金溪县/秀谷镇/河东社区", site=here)
    add("别处", path="金溪县/秀谷镇/河东社区", site=there)
    seen = {}
    for who in (
        make_staff("manager", site=here),
        make_staff("manager", site=there),
        make_staff("civil_affairs", path="金溪县"),
    ):
        with reading() as session:
            seen[who.actor.name + who.actor.area_path] = set(
                session.scalars(select(Elder.name).where(in_reach(who.actor)))
            )

    assert list(seen.values()) == [{"住这里", "来这里"}, {"来这里", "别处"}, {"住这里", "来这里", "别处"}]


def test_an_account_of_one_village_does_not_reach_a_village_that_begins_the_same(app: Flask):
    add("枫林", path="金溪县/云溪镇/枫林村")
    add("枫林东", path="金溪县/云溪镇/枫林村东")
    actor = make_staff("manager", path="金溪县/云溪镇/枫林村").actor
    with reading() as session:
        assert session.scalars(select(Elder.name).where(in_reach(actor))).all() == ["枫林"]


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("text", ["shan", "欧阳", "000001", "13800000001", "0001"])
def test_no_search_reads_a_whole_table(village: Place, text):
    plans: list[str] = []
    with statements() as sent:
        names(text, home_site_id=village.id, area_prefix="金溪县")
    with database.engine.connect() as connection:
        for statement in sent:
            marks = statement.count("?")
            rows = connection.exec_driver_sql(f"explain query plan {statement}", tuple(["x"] * marks))
            plans += [row.detail for row in rows]

    big = re.compile(r"SCAN (elder|search_key|card|life_event)\b")
    assert plans and [plan for plan in plans if big.match(plan)] == []


def test_an_elder_made_by_hand_is_found_too(app: Flask):
    make_elder("王秀兰", card="000009")

    assert (names("王秀"), names("9")) == (["王秀兰"], ["王秀兰"])


def test_a_condition_holds_for_those_of_the_own_site_too(village: Place, monkeypatch: pytest.MonkeyPatch):
    """Also where a prefix has more keys than are followed, and the people of the own site are looked for apart."""
    monkeypatch.setattr(finding, "_MOST_KEYS", 2)
    for name in ("测试一", "测试三", "测试二"):
        add(name, site=village)
    wanted = Search(Elder.__table__.c.name == "测试二")

    with reading() as session:
        found = wanted.find(session, "测试", day=TODAY, limit=1, home_site_id=village.id)

    assert [one.name for one in found] == ["测试二"]
