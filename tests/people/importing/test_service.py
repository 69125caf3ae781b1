from __future__ import annotations

import io
import threading
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from canteen.audit.models import Audit
from canteen.base.access import COMMAND, Actor
from canteen.base.db import Base, LostRace, database, is_sqlite, reading, transaction
from canteen.base.errors import BadInput, NotFound
from canteen.base.vault import the_vault
from canteen.people.finding.search import search
from canteen.people.importing.badrows import workbook
from canteen.people.importing.on_file import OnRoster, read_on_file
from canteen.people.importing.results import ImportResult
from canteen.people.importing.service import import_roster, preview_roster
from canteen.people.importing.writing import Writes, write
from canteen.people.models import Card, Elder, SearchKey, Status
from canteen.people.personal import open_personal, open_status
from canteen.people.queries import ELDER, load_elder
from canteen.people.registry import Rows, StatusDraft, add_status, end_card, reserve_ids, touch
from canteen.people.rules import masked_id
from canteen.places.models import Area
from tests.factories import NOW, TODAY, Person, Place, make_elder, make_life_event, make_site, make_staff
from tests.people.rosters import HEADER, JINXI, JINXI_REJECTED, TITLES, id_number, person, saved, text, xlsx

LATER = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)


def take(
    site: Place, data: bytes, *, actor: Actor = COMMAND, now: datetime = NOW, filename: str = "名册.xlsx"
) -> ImportResult:
    return import_roster(data, filename, site_id=site.id, actor=actor, now=now)


def counts(result: ImportResult) -> tuple[int, int, int, int]:
    return result.imported, result.updated, result.unchanged, len(result.rejected)


def everything() -> dict[str, list[Any]]:
    """Every row of every table."""
    with reading() as session:
        return {
            name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))]
            for name, table in Base.metadata.tables.items()
        }


def elder_named(name: str) -> Elder:
    with reading() as session:
        return session.scalars(select(Elder).where(Elder.name == name)).one()


def statuses_of(name: str) -> list[tuple[str, date, date | None, str]]:
    elder = elder_named(name)
    with reading() as session:
        rows = session.scalars(select(Status).where(Status.elder_id == elder.id).order_by(Status.id))
        opened = [(open_status(row.sealed, elder.id, the_vault()), row) for row in rows]
    return [(facts.kind, row.from_day, row.to_day, facts.issuer) for facts, row in opened]


def test_the_real_roster_is_imported(site: Place):
    result = take(site, JINXI.read_bytes(), filename="roster_jinxi.xlsx")

    assert (result.rows, counts(result), result.rejected) == (326, (317, 0, 0, 9), JINXI_REJECTED)
    assert result.new_areas == ("金溪县/云溪镇/上湖村", "金溪县/云溪镇/石桥村")
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Elder)) == 317
        assert session.scalar(select(func.count()).select_from(Card)) == 317
        assert session.scalars(select(Area.settlement).where(Area.path == "金溪县/云溪镇/上湖村")).one() == "rural"
        facts = load_elder(session, elder_named("欧阳秀兰").id, day=TODAY)
    assert facts is not None
    assert facts.person.statuses == {"hardship", "dibao", "tekun"}
    assert (facts.person.residence, facts.person.hukou) == ("金溪县/云溪镇/上湖村", "金溪县/云溪镇/上湖村")
    assert (facts.age, facts.person.settlement, facts.village_group, facts.person.ability) == (
        84,
        "rural",
        "9组",
        "semi_disabled",
    )
    assert (facts.diet, facts.phone, facts.address) == ("少盐", "15854481665", "上湖村9组15号")
    assert facts.home_site_id == site.id
    assert sorted(statuses_of("欧阳秀兰")) == [
        (kind, date(2026, 11, 1), None, "枫林村村民委员会") for kind in ("dibao", "hardship", "tekun")
    ]


def test_a_status_counts_from_the_day_of_the_paper(site: Place):
    take(site, xlsx(person(1, 姓名="测试"), above=TITLES))

    with reading() as session:
        elder_id = elder_named("测试").id
        before, since = (load_elder(session, elder_id, day=date(2026, *day)) for day in ((10, 31), (11, 1)))
    assert before is not None and since is not None
    assert (before.person.statuses, since.person.statuses) == (frozenset(), frozenset({"dibao"}))


@pytest.mark.parametrize("titles", [(), (("填报日期:2027年1月1日",),)], ids=["no date", "a date in the future"])
def test_without_a_usable_date_it_counts_from_today(site: Place, titles):
    preview = preview_roster(xlsx(person(1), above=titles), "名册.xlsx", site_id=site.id, actor=COMMAND, day=TODAY)

    assert (preview.dated, preview.is_dated_by_paper, preview.issuer) == (TODAY, False, "枫林村助餐点")


def test_a_second_import_changes_nothing(site: Place):
    take(site, JINXI.read_bytes())
    before = everything()

    result = take(site, JINXI.read_bytes(), now=LATER)

    assert counts(result) == (0, 0, 317, 9)
    assert everything() == before


def test_the_same_people_in_a_csv_in_another_order_change_nothing(site: Place):
    people = [person(number) for number in range(1, 6)]
    take(site, xlsx(*people, above=TITLES))

    data = text(*reversed(people), header=tuple(reversed(HEADER)), encoding="gb18030")

    result = take(site, data, filename="x.csv", now=LATER)

    assert counts(result) == (0, 0, 5, 0)


def test_a_preview_writes_nothing_and_says_what_would_happen(site: Place):
    take(site, xlsx(person(1), person(2)))
    before = everything()

    changed, new, bad = person(2, 联系电话="13911112222"), person(3, 现居住地="云溪镇新村1组"), person(4, 姓名=None)
    data = xlsx(person(1), changed, new, bad)

    preview = preview_roster(data, "名册.xlsx", site_id=site.id, actor=COMMAND, day=TODAY)

    assert everything() == before
    assert (preview.rows, preview.new, preview.unchanged, preview.rejected) == (4, 1, 1, [(5, "没有姓名")])
    assert [(change.row, change.facts) for change in preview.changes] == [(3, ("phone",))]
    assert preview.new_areas == ("金溪县/云溪镇/新村",)
    assert [(row.row, row.name, row.masked_id, row.village_group) for row in preview.sample][-1] == (
        4,
        "测试丁",
        masked_id(person(3)["身份证号码"]),
        "1组",
    )


def test_what_a_row_changes_about_a_known_person(site: Place):
    header = (*HEADER, "居住情况", "身体状况")
    take(site, xlsx(person(1, 姓名="测试", 居住情况="独居"), header=header, above=TITLES))
    change = person(1, 姓名="测试", 联系电话="13911112222", 现居住地="石桥村2组", 身体状况="半失能", 是否送餐="否")

    result = take(site, xlsx(change, header=header), now=LATER)

    assert counts(result) == (0, 1, 0, 0)
    with reading() as session:
        facts = load_elder(session, elder_named("测试").id, day=TODAY)
        audit = session.scalars(select(Audit).where(Audit.action == "import_roster").order_by(Audit.id.desc())).first()
    assert facts is not None and audit is not None
    assert (facts.phone, facts.person.residence, facts.village_group) == ("13911112222", "金溪县/云溪镇/石桥村", "2组")
    assert (facts.living, facts.person.ability, facts.wants_delivery) == ("living_alone", "semi_disabled", False)
    assert audit.detail["changed"] == {
        str(facts.id): [
            "residence_area_id",
            "village_group",
            "wants_delivery",
            "ability",
            "ability_day",
            "phone",
            "address",
        ]
    }
    assert audit.detail["imported"] == 0


def test_a_changed_phone_is_found_and_the_old_one_is_not(site: Place):
    take(site, xlsx(person(1)))
    take(site, xlsx(person(1, 联系电话="13911112222")), now=LATER)

    with reading() as session:
        found = [len(search(session, text, day=TODAY)) for text in ("13911112222", "2222", "13800000001", "cs")]
    assert found == [1, 1, 0, 1]


def test_blank_cells_take_nothing_away(site: Place):
    take(site, xlsx(person(1)))
    before = everything()["elder"]

    result = take(site, xlsx(person(1), header=("姓名", "身份证号码")), now=LATER)

    assert (counts(result), everything()["elder"]) == ((0, 0, 1, 0), before)


def dated(day: str) -> tuple[tuple[str], ...]:
    return ((f"填报日期:{day}",),)


def test_a_category_that_is_gone_ends_the_day_before_the_new_roster(site: Place):
    take(site, xlsx(person(1, 姓名="测试", 人员类别="低保家庭老人"), above=dated("2026年10月1日")))

    result = take(site, xlsx(person(1, 姓名="测试", 人员类别="散居特困"), above=dated("2026年11月1日")))

    assert counts(result) == (0, 1, 0, 0)
    assert [row[:3] for row in statuses_of("测试")] == [
        ("dibao", date(2026, 10, 1), date(2026, 10, 31)),
        ("tekun", date(2026, 11, 1), None),
    ]


@pytest.mark.parametrize(
    ("category", "ends"),
    [("一般老人", True), (None, False), ("建档立卡", False)],
    ids=["none ends", "blank says nothing", "an unknown word ends nothing"],
)
def test_which_cells_end_a_status(site: Place, category, ends):
    take(site, xlsx(person(1, 姓名="测试"), above=dated("2026年10月1日")))

    take(site, xlsx(person(1, 姓名="测试", 人员类别=category), above=dated("2026年11月1日")))

    assert [row[2] for row in statuses_of("测试")] == [date(2026, 10, 31) if ends else None]


def test_what_a_person_recorded_is_not_ended_by_a_roster(site: Place):
    take(site, xlsx(person(1, 姓名="测试", 人员类别="一般老人")))
    draft = StatusDraft(kind="tekun", from_day=date(2026, 1, 1), issuer="县民政局", evidence="特困证")
    with transaction() as session:
        add_status(session, elder_named("测试").id, draft, actor=COMMAND, at=NOW, vault=the_vault())

    result = take(site, xlsx(person(1, 姓名="测试", 人员类别="一般老人")), now=LATER)

    assert [str(one) for one in result.warnings] == ["系统里有人工登记的身份,表上没有,没有改动"]
    assert statuses_of("测试") == [("tekun", date(2026, 1, 1), None, "县民政局")]


def test_an_older_roster_ends_nothing(site: Place):
    take(site, xlsx(person(1, 姓名="测试"), above=dated("2026年11月1日")))

    result = take(site, xlsx(person(1, 姓名="测试", 人员类别="一般老人"), above=dated("2026年10月1日")))

    assert [str(one) for one in result.warnings] == ["系统里的身份比这份名册新,没有改动"]
    assert [row[2] for row in statuses_of("测试")] == [None]


def test_birth_date_evidence_is_added_and_never_overwritten(site: Place):
    header = (*HEADER, "出生日期")
    take(site, xlsx(person(1, 姓名="测试", 出生日期="1949-12-31"), header=header))
    take(site, xlsx(person(1, 姓名="测试", 出生日期="1950-02-02"), header=header), now=LATER)
    take(site, xlsx(person(1, 姓名="测试", 出生日期="1949-12-31"), header=header), now=LATER)

    elder = elder_named("测试")
    personal = open_personal(elder.sealed, elder.id, the_vault())
    assert (elder.birth_day, [one.day for one in personal.birth_evidence]) == (
        date(1950, 1, 1),
        [date(1949, 12, 31), date(1950, 2, 2)],
    )


def test_another_name_for_a_known_id_number_is_refused(site: Place):
    take(site, xlsx(person(1)))

    result = take(site, xlsx(person(1, 姓名="别人")), now=LATER)

    assert result.rejected == [(2, "这个身份证号已登记为另一个姓名,请核对;确需改名请在老人页面修改")]


def test_a_card_that_is_somebody_elses_is_refused(site: Place):
    make_elder("持卡人", card="000001")

    result = take(site, xlsx(person(1), person(2)))

    assert (counts(result), result.rejected) == ((1, 0, 0, 1), [(2, "就餐卡号已经是别人的")])


@pytest.mark.parametrize(("kind", "sentence"), [("died", "系统里此人已登记去世"), ("moved", "系统里此人已登记迁出")])
def test_somebody_who_is_gone_is_named(site: Place, kind, sentence):
    take(site, xlsx(person(1, 姓名="测试")))
    make_life_event(elder_named("测试").id, kind, TODAY)

    result = take(site, xlsx(person(1, 姓名="测试")), now=LATER)

    assert (counts(result), [str(one) for one in result.warnings]) == ((0, 0, 1, 0), [sentence])


def test_a_card_that_was_ended_does_not_come_back(site: Place):
    take(site, xlsx(person(1, 姓名="测试")))
    with transaction() as session:
        end_card(session, session.scalars(select(Card.id)).one(), "遗失", at=NOW)

    result = take(site, xlsx(person(1, 姓名="测试")), now=LATER)

    assert counts(result) == (0, 0, 1, 0)
    assert [str(one) for one in result.warnings] == ["表上的就餐卡已经停用,没有重新启用"]


def test_a_further_card_is_added(site: Place):
    take(site, xlsx(person(1, 姓名="测试")))

    take(site, xlsx(person(1, 姓名="测试", 就餐卡号="000777")), now=LATER)

    with reading() as session:
        live = session.scalars(select(Card.number).where(Card.ended_on.is_(None)).order_by(Card.id)).all()
    assert live == ["1", "777"]


def test_somebody_without_an_id_number_may_be_the_same_person(site: Place):
    make_elder("测试", birth_day=date(1950, 1, 1))

    result = take(site, xlsx(person(1, 姓名="测试")))

    assert [str(one) for one in result.warnings] == ["系统里有同名同生日而没有身份证号的人,请核对是否同一人"]


def test_a_village_only_a_refused_row_names_is_not_made(site: Place):
    make_elder("持卡人", card="000001")

    result = take(site, xlsx(person(1, 现居住地="云溪镇新村"), person(2)))

    assert result.new_areas == ()
    with reading() as session:
        assert session.scalar(select(func.count()).where(Area.path == "金溪县/云溪镇/新村")) == 0


def test_the_bad_rows_come_back_as_a_sheet_that_can_be_imported_again(site: Place):
    bad = person(2, 姓名="=cmd|' /C calc'!A0", 身份证号码="361027590316874", 备注="+1")
    result = take(site, xlsx(person(1), bad, above=TITLES))

    [sheet] = openpyxl.load_workbook(io.BytesIO(workbook(result.bad_rows))).worksheets
    rows = list(sheet.iter_rows())
    assert [cell.value for cell in rows[2]] == [*HEADER, "问题"]
    assert [cell.value for cell in rows[3]][-1] == "原第5行:15位旧身份证号,请填写18位"
    given = {cell.value for cell in rows[3]}
    assert {"=cmd|' /C calc'!A0", "361027590316874", "+1", "000002"} <= given
    assert {(cell.data_type, cell.number_format) for cell in rows[3] if cell.value is not None} == {("s", "@")}
    sheet["B4"], sheet["D4"] = "测试改", id_number(serial=77)

    again = take(site, saved(sheet.parent), now=LATER)

    assert counts(again) == (1, 0, 0, 0)
    assert statuses_of("测试改") == [("dibao", date(2026, 11, 1), None, "枫林村村民委员会")]


def test_the_real_bad_rows_uncorrected_change_nobody(site: Place):
    result = take(site, JINXI.read_bytes())
    before = everything()

    again = take(site, workbook(result.bad_rows), now=LATER)

    assert (again.rows, counts(again), everything()) == (9, (0, 0, 0, 9), before)


@contextmanager
def failing_after(rows: int):
    """The database itself refuses the search keys after so many: the last thing an import writes."""
    sqlite = f"""create trigger test_fault before insert on search_key when (select count(*) from search_key) >= {rows}
        begin select raise(abort, 'the disk of this test is broken'); end"""
    function = f"""create function test_fault() returns trigger language plpgsql as $$ begin
        if (select count(*) from search_key) >= {rows} then raise exception 'the disk of this test is broken'; end if;
        return new; end $$"""
    trigger = "create trigger test_fault before insert on search_key for each row execute function test_fault()"
    is_sqlite = database.engine.dialect.name == "sqlite"
    with database.engine.begin() as connection:
        for statement in [sqlite] if is_sqlite else [function, trigger]:
            connection.exec_driver_sql(statement.replace("%", "%%"))
    try:
        yield
    finally:
        database.session.remove()
        with database.engine.begin() as connection:
            connection.exec_driver_sql("drop trigger test_fault" if is_sqlite else "drop function test_fault cascade")


def test_nothing_is_half_imported_when_the_database_fails(site: Place):
    before = everything()

    with failing_after(100), pytest.raises(DBAPIError, match="broken"):
        take(site, JINXI.read_bytes())

    assert everything() == before
    assert counts(take(site, JINXI.read_bytes())) == (317, 0, 0, 9)


def test_two_imports_of_the_same_file_at_once_make_one_set_of_people(site: Place, app: Flask):
    data, ready, results = JINXI.read_bytes(), threading.Barrier(2), []

    def run() -> None:
        with app.app_context():
            ready.wait()
            results.append(take(site, data))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(counts(result) for result in results) == [(0, 0, 317, 9), (317, 0, 0, 9)]
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Elder)) == 317
        assert session.scalar(select(func.count()).where(Area.path == "金溪县/云溪镇/石桥村")) == 1


@pytest.mark.parametrize("meanwhile", ["a change", "a card", "a new person"])
def test_a_plan_that_grew_old_is_not_written(site: Place, meanwhile):
    take(site, xlsx(person(1, 姓名="测试")))
    index = the_vault().index
    wanted = OnRoster(
        (index("id_number", person(1)["身份证号码"]), index("id_number", person(2)["身份证号码"])), ("2",), ()
    )
    with reading() as session:
        known = read_on_file(session, wanted, actor=COMMAND, day=TODAY)
        ids = reserve_ids(session, ELDER, 1) if meanwhile == "a new person" and is_sqlite() else []
    if meanwhile == "a change":
        with transaction() as session:
            touch(session, 1, at=LATER)
    elif meanwhile == "a card":
        make_elder("别人", card="2")
    else:
        take(site, xlsx(person(2)))

    with pytest.raises(LostRace), transaction() as session:
        write(session, Writes(ids, Rows()), known=known, new_areas={})


def test_a_manager_reaches_only_the_own_site(site: Place, manager: Person):
    other = make_site("秀谷镇助餐点", path="金溪县/秀谷镇/河东社区")

    with pytest.raises(NotFound):
        take(other, xlsx(person(1)), actor=manager.actor)
    with pytest.raises(NotFound):
        preview_roster(xlsx(person(1)), "x.xlsx", site_id=other.id, actor=manager.actor, day=TODAY)


def test_people_of_another_site_are_not_touched(site: Place, manager: Person):
    other = make_site("秀谷镇助餐点", path="金溪县/秀谷镇/河东社区")
    row = person(1, 现居住地="河东社区3栋", 户籍地址="金溪县秀谷镇河东社区")
    take(other, xlsx(row), actor=make_staff("manager", site=other).actor)
    before = everything()

    result = take(site, xlsx(row | {"联系电话": "13911112222"}), actor=manager.actor)

    assert result.rejected == [(2, "这个身份证号已登记在您管理范围之外的助餐点")]
    assert everything() == before


def test_a_file_that_is_no_roster_writes_nothing(site: Place):
    before = everything()

    with pytest.raises(BadInput, match="没有找到表头"):
        take(site, text({"品名": "白菜"}, header=("品名", "数量")))

    assert everything() == before


def test_the_search_keys_hold_no_phone_and_no_id_number(site: Place):
    take(site, xlsx(person(1)))

    with reading() as session:
        found = set(session.scalars(select(SearchKey.key)))
    assert not [key for key in found if "1380000" in key or "361027" in key]
