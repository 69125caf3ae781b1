from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest

from canteen.base.errors import BadInput
from canteen.base.sheets import reading
from canteen.base.sheets.reading import read_sheets
from tests.people.rosters import JINXI, person, saved, text, xlsx


def first_rows(data: bytes, filename: str = "名册.xlsx") -> list[tuple]:
    return [line.cells for line in read_sheets(data, filename)[0].lines]


def test_the_real_roster_is_read():
    [found] = read_sheets(JINXI.read_bytes(), "roster.xlsx")

    assert (found.name, len(found.lines), found.lines[-1].number) == ("花名册", 331, 332)


def test_cells_keep_their_kind():
    book = openpyxl.Workbook()
    book.active.append(["007", 7, 7.0, 7.5, datetime(1951, 7, 15), date(1951, 7, 15), True, "  ", "#N/A", None])
    book.active.append([None, " 王 "])

    assert first_rows(saved(book)) == [("007", 7, 7, 7.5, date(1951, 7, 15), date(1951, 7, 15), "是"), (None, " 王 ")]


def test_rows_keep_the_sheets_own_numbers():
    book = openpyxl.Workbook()
    book.active["A3"], book.active["A7"] = "甲", "乙"

    assert [line.number for line in read_sheets(saved(book), "x.xlsx")[0].lines] == [3, 7]


def test_a_wrong_size_in_the_file_hides_no_rows():
    """Some programs write <dimension ref="A1"/> whatever the sheet holds."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx(person(1), person(2)))) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name).replace(b'<dimension ref="A1:L3"', b'<dimension ref="A1"')
            new.writestr(name, content)

    assert len(first_rows(out.getvalue())) == 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_in_any_usual_encoding(encoding):
    rows = first_rows(text(person(1, 姓名="张䶮"), encoding=encoding), "名册.csv")

    assert rows[1][:4] == ("1", "张䶮", "男", person(1)["身份证号码"])


@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_a_csv_with_any_usual_separator(separator):
    assert first_rows(separator.join(["姓名", "身份证号"]).encode(), "x.csv") == [("姓名", "身份证号")]


def not_a_workbook() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    return out.getvalue()


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", b"0" * (reading.MOST_UNPACKED_BYTES + 1))
    return out.getvalue()


def damaged() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx(person(1)))) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"<worksheet><" if "sheet1" in name else old.read(name))
    return out.getvalue()


def entities() -> bytes:
    """A workbook whose XML grows a thousand million times when it is read."""
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    body = "<worksheet><sheetData>&l9;</sheetData></worksheet>"
    xml = f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY l0 "ha">{lol}]>{body}'
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx(person(1)))) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, xml if "sheet1" in name else old.read(name))
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        pytest.param(b"", "文件是空的", id="empty"),
        pytest.param(b" \r\n\0", "文件是空的", id="blank"),
        pytest.param(OLE, "这是旧版 .xls(或 .et)文件", id="old xls"),
        pytest.param(OLE + "EncryptedPackage".encode("utf-16-le"), "文件有打开密码", id="password"),
        pytest.param(b"<html><table><tr><td>", "这是网页文件,不是表格,只是改了扩展名", id="html named xlsx"),
        pytest.param(b"\xef\xbb\xbf\r\n<?xml version", "这是网页文件,不是表格,只是改了扩展名", id="xml"),
        pytest.param(b"%PDF-1.7 ...", "这不是表格文件", id="pdf"),
        pytest.param(b"PK\x03\x04 cut off", "文件打不开,可能没有传完整", id="half a file"),
        pytest.param(not_a_workbook(), "这不是 .xlsx 表格", id="another office"),
        pytest.param(bomb(), "文件展开后太大", id="zip bomb"),
        pytest.param(damaged(), "文件打不开,可能已损坏", id="damaged"),
        pytest.param(entities(), "文件打不开,可能已损坏", id="xml bomb"),
        pytest.param(saved(openpyxl.Workbook()), "文件里没有内容", id="workbook without cells"),
        pytest.param("姓名和身份证号".encode(), "看不出表格的列", id="text without columns"),
        pytest.param(b"\x81\x30\xff,\xff\xfe\x00", "看不懂文件的文字编码", id="no encoding"),
        pytest.param(b"name,\0\0,", "这不是表格文件", id="binary"),
    ],
)
def test_a_file_that_is_no_table(data, sentence):
    with pytest.raises(BadInput) as error:
        read_sheets(data, "名册.xlsx")

    assert (str(error.value), error.value.field, bool(error.value.next_step)) == (sentence, "file", True)


def test_too_many_rows():
    with pytest.raises(BadInput, match="行数太多"):
        read_sheets(b"a,b\n" * (reading.MOST_ROWS + 1), "x.csv")
