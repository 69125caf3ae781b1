"""Helpers of the tests about menus."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select

from canteen.audit.models import Audit
from canteen.base.db import reading, transaction
from canteen.base.sheets.reading import read_sheets
from canteen.books.models.servings import Serving
from canteen.menus.importing.days import Calendar
from canteen.menus.importing.pieces import Known
from canteen.menus.importing.reading import MenuFile, read_menu
from tests.factories import NOW, TODAY, Person, Place, make_site, make_staff, sealed_answer

#: The menu of November as a canteen sent it: 120 sets, 60 sittings.
NOVEMBER = Path(__file__).parent.parent / "data" / "menu_november.csv"
HEADER = ("日期", "餐次", "套餐", "价格(元)", "菜品", "标签")
BOTH = frozenset({"lunch", "dinner"})


@pytest.fixture
def site(app: Flask) -> Place:
    return make_site()


@pytest.fixture
def manager(site: Place) -> Person:
    return make_staff("manager", site=site)


def csv_of(*rows: Sequence[object], encoding: str = "utf-8-sig") -> bytes:
    """A .csv with these rows."""
    return "\n".join(",".join("" if cell is None else str(cell) for cell in row) for row in rows).encode(encoding)


def xlsx_of(*rows: Sequence[object], before: Sequence[str] = ()) -> bytes:
    """An .xlsx with these rows; ``before`` names empty sheets in front of theirs."""
    book = openpyxl.Workbook()
    sheet = book.active
    for name in before:
        sheet.title = name
        sheet = book.create_sheet("菜单")
    for row in rows:
        sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def known(served: Collection[str] = BOTH, *, price_fen: int | None = None, today: date = TODAY) -> Known:
    """What is known besides a file: a week from Monday 7 December on, and perhaps a usual price."""
    usual = {slot: {"A套餐": price_fen} for slot in served} if price_fen is not None else {}
    return Known(served, Calendar(today, date(2026, 12, 7)), usual)


def read(content: bytes, served: Collection[str] = BOTH, **more: Any) -> MenuFile:
    """A file as the import reads it."""
    return read_menu(read_sheets(content, ""), known(served, **more))


def serve(site: Place, *, set_name: str = "A套餐", count: int = 1, day: date = TODAY, voided: bool = False) -> None:
    """Servings of guests, written straight into the books: menus only count them."""
    with transaction() as session:
        first = len(session.execute(select(Serving.id)).all())
        for number in range(first + 1, first + 1 + count):
            session.add(
                Serving(
                    key=f"test-key-{number}",
                    asked="",
                    site_id=site.id,
                    day=day,
                    slot="lunch",
                    sequence=number,
                    number=f"1121-{number:03d}",
                    guest_kind="villager",
                    set_name=set_name,
                    price_fen=1000,
                    own_fen=1000,
                    way="dine_in",
                    sealed=sealed_answer(Serving, f"test-key-{number}"),
                    served_at=NOW,
                    voided_at=NOW if voided else None,
                    void_reason="测试" if voided else "",
                    collected_by="",
                    relation="",
                    second_portion=False,
                    outside_hours=False,
                    pay_way="cash",
                    class_mark="",
                    till="",
                )
            )


def trail() -> list[str]:
    """The actions of the audit trail."""
    with reading() as session:
        return list(session.scalars(select(Audit.action).where(Audit.action != "write").order_by(Audit.id)))
