"""Which characters a printer has."""

from __future__ import annotations

import sys

import pytest

from canteen.printing.drawing.device import ROMS, Device, find_process_answer, process_answer, process_mark, rom_level


@pytest.mark.parametrize(
    ("chars", "rom"),
    [
        pytest.param("A~ 1", "gb2312", id="ASCII"),
        pytest.param("国·—①℃×Ⅰ“”…￥、é", "gb2312", id="GB 2312, with the dot of Uyghur names"),
        pytest.param("喆堃凃犇頔玥〇―", "gbk", id="GBK"),
        pytest.param("䶮㑇€ǹ", "gb18030-2", id="two bytes of GB 18030"),
        pytest.param("𠮷龦鿍㐂", "gb18030-4", id="four bytes of GB 18030"),
        pytest.param("😀ก・\u0301\ue000\u0378", None, id="no ROM"),
    ],
)
def test_rom_level_of_known_characters(chars: str, rom: str | None) -> None:
    expected = ROMS.index(rom) if rom else len(ROMS)

    assert {char: rom_level(char) for char in chars} == dict.fromkeys(chars, expected)


def test_every_gbk_character_has_the_same_code_in_gb18030() -> None:
    for point in range(0x80, sys.maxunicode + 1):
        if 0xD800 <= point < 0xE000:
            continue
        char = chr(point)
        try:
            code = char.encode("gbk")
        except UnicodeEncodeError:
            continue
        assert char.encode("gb18030") == code


@pytest.mark.parametrize(
    ("rom", "rare"), [("gb2312", "喆䶮𠮷😀"), ("gbk", "䶮𠮷😀"), ("gb18030-2", "𠮷😀"), ("gb18030-4", "😀")]
)
def test_rare_characters_of_a_rom(rom: str, rare: str) -> None:
    assert Device(rom=rom).rare("王喆䶮𠮷😀a") == set(rare)


def test_a_gbk_encoding_has_no_code_for_what_a_larger_rom_holds() -> None:
    assert Device(encoding="gbk", rom="gb18030-4").rare("喆䶮𠮷") == set("䶮𠮷")


@pytest.mark.parametrize(("encoding", "code"), [("gb18030", "cdf5"), ("gbk", "cdf5"), ("utf-8", "e78e8b")])
def test_encode(encoding: str, code: str) -> None:
    assert Device(encoding=encoding).encode("王").hex() == code


@pytest.mark.parametrize(("width_mm", "columns"), [(58, 32), (80, 48)])
def test_columns(width_mm: int, columns: int) -> None:
    assert Device(width_mm=width_mm).columns == columns


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(AssertionError):
        Device(width_mm=57)


@pytest.mark.parametrize("settings", [{"mode": "picture"}, {"fence": "gs_x"}, {"rom": "big5"}, {"encoding": "big5"}])
def test_unknown_names_of_settings_are_refused(settings: dict[str, str]) -> None:
    with pytest.raises(AssertionError):
        Device(**settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("job_id", "mark"), [(0, b"0000"), (35, b"000Z"), (36, b"0010"), (1_679_615, b"ZZZZ"), (1_679_616, b"0000")]
)
def test_the_number_of_a_job_is_four_signs_a_printer_takes(job_id: int, mark: bytes) -> None:
    assert process_mark(job_id) == mark


@pytest.mark.parametrize(
    ("read", "place"),
    [
        pytest.param(b"7\x220017\x00", 7, id="the answer alone"),
        pytest.param(b"\x117\x220017\x00\x13", 8, id="flow control around it"),
        pytest.param(b"\x14\x00\x00\x0f7\x220017\x00", 11, id="automatic status before it"),
        pytest.param(b"7\x220016\x007\x220017\x00", 14, id="after the answer about another job"),
        pytest.param(b"7\x220016\x00", -1, id="another job"),
        pytest.param(b"7\x220017", -1, id="not yet whole"),
        pytest.param(b"", -1, id="nothing"),
    ],
)
def test_the_answer_about_a_job_is_found_in_what_a_printer_says(read: bytes, place: int) -> None:
    assert process_answer(process_mark(43)) == b"7\x220017\x00"
    assert find_process_answer(read, process_mark(43)) == place
