"""Rosters for tests: the real one, and small ones made of rows. Everybody on them is invented."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
from stdnum.cn import ric

#: A roster as a village keeps it; nine of its 326 rows are wrong on purpose.
JINXI = Path(__file__).parent.parent / "data" / "roster_jinxi.xlsx"
HEADER = (
    "序号",
    "姓名",
    "性别",
    "身份证号码",
    "人员类别",
    "城镇/农村",
    "户籍地址",
    "现居住地",
    "联系电话",
    "就餐卡号",
    "是否送餐",
    "备注",
)
#: Rows of the real roster that cannot be taken, and why.
JINXI_REJECTED = [
    (22, "身份证号校验位不对,请逐位核对"),
    (46, "15位旧身份证号,请填写18位"),
    (71, "没有姓名"),
    (93, "身份证号校验位不对,请逐位核对"),
    (125, "身份证号与第105行相同"),
    (155, "15位旧身份证号,请填写18位"),
    (204, "身份证号中的出生日期在今天之后"),
    (208, "身份证号校验位不对,请逐位核对"),
    (256, "身份证号与第236行相同"),
]


def id_number(birth: str = "19500101", serial: int = 1, area: str = "361027") -> str:
    """An ID number with a right check digit; an odd serial is a man."""
    digits = f"{area}{birth}{serial:03d}"
    return digits + ric.calc_check_digit(digits + "0")


def person(number: int = 1, **cells: Any) -> dict[str, Any]:
    """The cells of one good row by header; ``cells`` change or add some."""
    return {
        "序号": number,
        "姓名": f"测试{'甲乙丙丁戊己庚辛壬癸'[number % 10]}",
        "性别": "男",
        "身份证号码": id_number(serial=2 * number + 1),
        "人员类别": "低保家庭老人",
        "城镇/农村": "农村",
        "户籍地址": "金溪县云溪镇枫林村",
        "现居住地": "枫林村7组1号",
        "联系电话": f"1380000{number:04d}",
        "就餐卡号": f"{number:06d}",
        "是否送餐": "是",
        "备注": None,
    } | cells


def xlsx(
    *rows: dict[str, Any], header: Sequence[str | None] = HEADER, above: Sequence[Any] = (), below: Sequence[Any] = ()
) -> bytes:
    """An .xlsx with one sheet: rows above, the header, persons, rows below."""
    book = openpyxl.Workbook()
    sheet = book.active
    for line in above:
        sheet.append(list(line))
    sheet.append(list(header))
    for row in rows:
        sheet.append([row.get(name) for name in header])
    for line in below:
        sheet.append(list(line))
    for cell in (cell for line in sheet.iter_rows() for cell in line if cell.data_type == "f"):
        cell.data_type = "s"  # what somebody typed after an apostrophe
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    """The bytes of a workbook."""
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def text(*rows: dict[str, Any], header: Sequence[str] = HEADER, encoding: str = "utf-8") -> bytes:
    """The same as a .csv."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([row.get(name) for name in header] for row in rows)
    return out.getvalue().encode(encoding)


#: Title rows with issuer and date.
TITLES = (("金溪县云溪镇枫林村花名册",), ("填报单位:枫林村村民委员会", None, None, "填报日期:2026年11月1日"))
