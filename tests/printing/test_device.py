"""Which characters a printer has."""

from __future__ import annotations

import sys

import pytest

from canteen.printing.device import ROMS, Device, rom_level


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


@pytest.mark.parametrize(("rom", "rare"), [
    ("gb2312", "喆䶮𠮷😀"), ("gbk", "䶮𠮷😀"), ("gb18030-2", "𠮷😀"), ("gb18030-4", "😀"),
])
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
