"""Writing, copying and importing menus, on both databases."""

from __future__ import annotations

import json
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from canteen.base.access import COMMAND
from canteen.base.db import reading
from canteen.base.errors import BadInput, NotFound
from canteen.books.models.servings import Serving
from canteen.menus import queries
from canteen.menus.models import MenuSet
from canteen.menus.rules import MOST_SETS, PriceNote, SetDraft, Sitting, week_of
from canteen.menus.service import copy_last_week, import_menu, save_menu, set_prepared
from canteen.places.requests import ExceptionChange
from canteen.places.service import set_exception
from tests.factories import NOW, TODAY, Person, Place, make_menu, make_site, make_staff
from tests.menus.conftest import HEADER, NOVEMBER, csv_of, read, serve, trail
from tests.sent import statements

LUNCH: Sitting = (TODAY, "lunch")
A = SetDraft("A套餐", 1000, "红烧肉、青菜")
B = SetDraft("B套餐", 1000, "清蒸鱼、青菜", "软食")


def names(site: Place, sitting: Sitting = LUNCH) -> list[tuple[str, int, int | None]]:
    """Name, price and prepared of the sets of a sitting."""
    sets = queries.sitting_sets(site_id=site.id, day=sitting[0], slot=sitting[1])
    return [(one.name, one.price_fen, one.prepared) for one in sets]


def test_the_counter_reads_a_sitting_in_one_statement(site: Place) -> None:
    make_menu(site, prepared=30)
    make_menu(site, slot="dinner")

    with reading() as session:
        session.connection()
        with statements() as sent:
            found = queries.sets_of(session, site_id=site.id, day=TODAY, slot="lunch")

    assert len(sent) == 1
    assert [(one.name, one.price_fen, one.prepared, one.tags) for one in found] == [
        ("A套餐", 1000, 30, ""),
        ("B套餐", 1000, 30, "软食"),
    ]


def test_a_week_costs_the_same_with_one_menu_or_fourteen(site: Place) -> None:
    counts = []
    for days in (week_of(TODAY)[:1], week_of(TODAY)[1:]):
        for day in days:
            make_menu(site, day=day)
            make_menu(site, day=day, slot="dinner")
        with statements() as sent:
            queries.menus_between(site_id=site.id, first=week_of(TODAY)[0], last=week_of(TODAY)[6])
        counts.append(len(sent))

    assert counts == [1, 1]


def test_a_menu_becomes_exactly_what_is_given_and_keeps_counts_by_name(site: Place, manager: Person) -> None:
    make_menu(site, sets=("A套餐", "B套餐"), prepared=30)

    save_menu(site_id=site.id, sitting=LUNCH, sets=[SetDraft("C套餐", 800, "粥"), B], actor=manager.actor, now=NOW)

    assert names(site) == [("C套餐", 800, None), ("B套餐", 1000, 30)]
    assert trail() == ["save_menu"]


def test_saving_the_same_menu_again_writes_nothing(site: Place, manager: Person) -> None:
    for _ in range(2):
        save_menu(site_id=site.id, sitting=LUNCH, sets=[A, B], actor=manager.actor, now=NOW)

    assert trail() == ["save_menu"]


def test_changing_the_order_of_sets_is_a_change(site: Place, manager: Person) -> None:
    save_menu(site_id=site.id, sitting=LUNCH, sets=[A, B], actor=manager.actor, now=NOW)
    save_menu(site_id=site.id, sitting=LUNCH, sets=[B, A], actor=manager.actor, now=NOW)

    assert [name for name, *_ in names(site)] == ["B套餐", "A套餐"]


def test_without_sets_there_is_no_menu(site: Place, manager: Person) -> None:
    make_menu(site)

    save_menu(site_id=site.id, sitting=LUNCH, sets=[], actor=manager.actor, now=NOW)

    assert queries.menus_between(site_id=site.id, first=TODAY, last=TODAY) == {}
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(MenuSet)) == 0


def test_a_name_written_twice_is_refused(site: Place, manager: Person) -> None:
    with pytest.raises(BadInput) as error:
        save_menu(site_id=site.id, sitting=LUNCH, sets=[A, A], actor=manager.actor, now=NOW)

    assert error.value.field == "name_1"
    assert names(site) == []


def test_a_price_change_is_told_and_servings_keep_their_price(site: Place, manager: Person) -> None:
    make_menu(site)
    serve(site, count=3)
    serve(site, voided=True)
    dearer = SetDraft("A套餐", 1200, A.dishes)

    notes = save_menu(site_id=site.id, sitting=LUNCH, sets=[dearer, B], actor=manager.actor, now=NOW)

    assert notes == (PriceNote(LUNCH, "A套餐", 1000, 1200, 3),)
    with reading() as session:
        assert set(session.scalars(select(Serving.price_fen))) == {1000}


def test_prepared_counts_are_set_and_taken_back(site: Place, manager: Person) -> None:
    make_menu(site)

    set_prepared(site_id=site.id, sitting=LUNCH, counts={"A套餐": 30, "没有的": 5}, actor=manager.actor, now=NOW)
    assert names(site) == [("A套餐", 1000, 30), ("B套餐", 1000, None)]

    set_prepared(site_id=site.id, sitting=LUNCH, counts={"A套餐": None}, actor=manager.actor, now=NOW)
    assert names(site) == [("A套餐", 1000, None), ("B套餐", 1000, None)]
    assert trail() == ["set_prepared", "set_prepared"]


def test_prepared_without_a_menu_changes_nothing(site: Place, manager: Person) -> None:
    set_prepared(site_id=site.id, sitting=LUNCH, counts={"A套餐": 3}, actor=manager.actor, now=NOW)

    assert trail() == []


def test_last_week_is_copied_and_what_is_there_stays(site: Place, manager: Person) -> None:
    monday = date(2026, 11, 16)
    for ahead in (-7, -6, -5):
        make_menu(site, day=monday + timedelta(days=ahead), prepared=9)
    make_menu(site, day=monday - timedelta(days=5), slot="breakfast")
    make_menu(site, day=monday + timedelta(days=1), sets=("自己的",), price_fen=800)
    closed = ExceptionChange(site_id=site.id, day=monday + timedelta(days=2), is_open=False, reason="停电")
    set_exception(closed, actor=COMMAND, now=NOW)

    done = copy_last_week(site_id=site.id, day=TODAY, actor=manager.actor, now=NOW)

    assert done.copied == [(monday, "lunch")]
    assert done.existing == [(monday + timedelta(days=1), "lunch")]
    assert done.closed == [(monday + timedelta(days=2), "breakfast"), (monday + timedelta(days=2), "lunch")]
    assert names(site, (monday, "lunch")) == [("A套餐", 1000, None), ("B套餐", 1000, None)]
    assert names(site, (monday + timedelta(days=1), "lunch")) == [("自己的", 800, None)]


def test_copying_again_copies_nothing(site: Place, manager: Person) -> None:
    make_menu(site, day=TODAY - timedelta(days=7))
    copy_last_week(site_id=site.id, day=TODAY, actor=manager.actor, now=NOW)

    again = copy_last_week(site_id=site.id, day=TODAY, actor=manager.actor, now=NOW)

    assert (again.copied, again.existing) == ([], [LUNCH])
    assert trail() == ["copy_menus"]


def test_november_is_imported_once(site: Place, manager: Person) -> None:
    file = read(NOVEMBER.read_bytes())

    first = import_menu(site_id=site.id, file=file, actor=manager.actor, now=NOW)
    second = import_menu(site_id=site.id, file=file, actor=manager.actor, now=NOW)

    assert (len(first.plan.changes), first.plan.unchanged, len(first.plan.sittings)) == (120, 0, 60)
    assert (len(second.plan.changes), second.plan.unchanged) == (0, 120)
    menus = queries.menus_between(site_id=site.id, first=date(2026, 11, 1), last=date(2026, 11, 30))
    assert len(menus) == 60
    assert [(one.name, one.price_fen) for one in menus[LUNCH]] == [("A套餐", 1000), ("B套餐", 1000)]
    assert trail() == ["import_menu"]


def test_an_import_keeps_other_sets_counts_and_the_order(site: Place, manager: Person) -> None:
    make_menu(site, sets=("B套餐", "A套餐"), prepared=20)
    serve(site, count=2)
    rows = (("C套餐", 8, "粥"), ("A套餐", 12, "红烧肉"), ("D套餐", "x", "粥"))
    file = read(csv_of(HEADER, *((TODAY, "午餐", *row) for row in rows)))

    done = import_menu(site_id=site.id, file=file, actor=manager.actor, now=NOW)

    assert names(site) == [("B套餐", 1000, 20), ("A套餐", 1200, 20), ("C套餐", 800, None)]
    assert done.notes == (PriceNote(LUNCH, "A套餐", 1000, 1200, 2),)


def test_an_import_that_would_overfill_a_sitting_writes_nothing(site: Place, manager: Person) -> None:
    make_menu(site, sets=tuple(f"{number}号" for number in range(MOST_SETS)))
    file = read(csv_of(HEADER, ("2026-11-20", "午餐", "A套餐", 10, "粥"), (TODAY, "午餐", "再一份", 10, "粥")))

    with pytest.raises(BadInput):
        import_menu(site_id=site.id, file=file, actor=manager.actor, now=NOW)

    assert names(site, (date(2026, 11, 20), "lunch")) == []
    assert trail() == []


def test_another_sites_manager_writes_nothing(site: Place) -> None:
    stranger = make_staff("manager", site=make_site("水口村助餐点", path="金溪县/云溪镇/水口村")).actor
    file = read(NOVEMBER.read_bytes())

    for attempt in (
        lambda: save_menu(site_id=site.id, sitting=LUNCH, sets=[A], actor=stranger, now=NOW),
        lambda: set_prepared(site_id=site.id, sitting=LUNCH, counts={}, actor=stranger, now=NOW),
        lambda: copy_last_week(site_id=site.id, day=TODAY, actor=stranger, now=NOW),
        lambda: import_menu(site_id=site.id, file=file, actor=stranger, now=NOW),
    ):
        with pytest.raises(NotFound):
            attempt()
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(MenuSet)) == 0


def test_two_managers_at_once_write_one_menu(app: Flask, site: Place, manager: Person) -> None:
    start = threading.Barrier(2)
    failed: list[BaseException] = []

    def save(sets: list[SetDraft]) -> None:
        with app.app_context():
            start.wait()
            try:
                save_menu(site_id=site.id, sitting=LUNCH, sets=sets, actor=manager.actor, now=NOW)
            except BaseException as error:
                failed.append(error)

    threads = [threading.Thread(target=save, args=([A],)), threading.Thread(target=save, args=([B],))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert [name for name, *_ in names(site)] in (["A套餐"], ["B套餐"])


def run(app: Flask, *words: str) -> tuple[int, str, str]:
    """Exit status, output and errors of ``import-menu``."""
    result = app.test_cli_runner().invoke(args=["import-menu", *words])
    return result.exit_code, result.stdout, result.stderr


def test_the_command_answers_in_json(app: Flask, site: Place) -> None:
    first = json.loads(run(app, str(NOVEMBER), "--json")[1])
    second = json.loads(run(app, str(NOVEMBER), "--site", site.code, "--json")[1])

    assert first == {
        "rows": 120,
        "imported": 120,
        "unchanged": 0,
        "rejected": [],
        "sittings": 60,
        "remarks": [],
        "notes": [],
    }
    assert second == {
        "rows": 120,
        "imported": 0,
        "unchanged": 120,
        "rejected": [],
        "sittings": 0,
        "remarks": [],
        "notes": [],
    }


def test_the_command_lists_bad_rows_and_keeps_the_good_ones(app: Flask, site: Place, tmp_path: Path) -> None:
    path = tmp_path / "菜单.csv"
    rows = (("2026/11/21", "午餐", "A套餐", "贵", "粥"), ("2026/11/21", "午餐", "B套餐", "8", "粥"))
    path.write_bytes(csv_of(HEADER, *rows, encoding="gb18030"))

    status, said, _ = run(app, str(path))

    assert status == 0
    assert "第 2 行未导入" in said and "写入 1" in said
    assert names(site) == [("B套餐", 800, None)]


def test_the_command_refuses_what_is_no_menu(app: Flask, site: Place, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("甲,乙\n1,2\n", "utf-8")

    status, said, complaint = run(app, str(path))

    assert (status, said) == (1, "")
    assert "缺少列" in complaint


def test_the_command_asks_which_site_when_there_are_several(app: Flask, site: Place) -> None:
    other = make_site("水口村助餐点", path="金溪县/云溪镇/水口村")

    status, _, complaint = run(app, str(NOVEMBER))

    assert status == 1
    assert site.code in complaint and other.code in complaint
    assert run(app, str(NOVEMBER), "--site", "没有")[0] == 1
    assert run(app, str(NOVEMBER), "--site", other.name)[0] == 0
