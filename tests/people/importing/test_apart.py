"""Files of strangers in a process of their own: what they may cost, and what is said when they cost more."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from canteen.base import apart
from canteen.base.apart import read_apart
from canteen.base.errors import BadInput, Refusal
from canteen.base.sheets import reading
from canteen.entitlements.applications.pictures import as_jpeg
from tests.people.rosters import JINXI


def hold_memory(mib: int) -> int:
    return len(bytearray(mib * 1024 * 1024))


def hold_processor() -> None:
    while True:
        pass


def endless_jpeg() -> bytes:
    """A small picture of many pixels whose last scan is repeated: each is decoded over all pixels."""
    kept = io.BytesIO()
    Image.new("RGB", (6000, 6000)).save(kept, "JPEG", progressive=True)
    data = kept.getvalue()
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * 400 + data[-2:]


def test_a_workbook_reads_the_same_in_both_places(monkeypatch: pytest.MonkeyPatch) -> None:
    data = JINXI.read_bytes()
    here = reading.read_sheets(data, "名册.xlsx")

    monkeypatch.setattr(reading, "SMALL", 0)

    assert reading.read_sheets(data, "名册.xlsx") == here


def test_what_is_wrong_with_a_file_is_said_as_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SMALL", 0)

    with pytest.raises(BadInput, match="不是表格文件") as told:
        reading.read_sheets(b"%PDF-1.7", "名册.pdf")

    assert (told.value.field, told.value.next_step) == ("file", "请上传 .xlsx 或 .csv 名册")


@pytest.mark.parametrize(
    ("reader", "given"),
    [
        pytest.param(hold_memory, (500,), id="memory"),
        pytest.param(hold_processor, (), id="processor"),
        pytest.param(as_jpeg, (endless_jpeg(),), id="a photograph of 400 scans"),
    ],
)
def test_what_costs_too_much_is_ended_and_said(reader, given, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "CPU_S", 2)

    with pytest.raises(BadInput, match="时间或内存太多"):
        read_apart(reader, *given)

    assert read_apart(hold_memory, 10) == 10 * 1024 * 1024


def test_only_so_many_files_are_read_at_once() -> None:
    taken = [apart._places.acquire(blocking=False) for _ in range(3)]

    with pytest.raises(Refusal) as told:
        read_apart(hold_memory, 1)
    for is_taken in taken:
        if is_taken:
            apart._places.release()

    assert taken == [True, True, False]
    assert told.value.code == "reading_files"
    assert read_apart(hold_memory, 1) == 1024 * 1024


def test_the_process_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANTEEN_SECRET_KEY", "k" * 40)

    assert "k" * 40 not in read_apart(environment)


def environment() -> str:
    import os

    return str(dict(os.environ))
