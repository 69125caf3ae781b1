from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canteen.people.finding.keys import TypedText, name_keys, typed_text


def keys(name: str, kind: str) -> set[str]:
    return {key for found, key in name_keys(name) if found == kind}


@pytest.mark.parametrize(
    ("name", "spellings"),
    [
        ("单玉珍", {"danyuzhen", "shanyuzhen"}),
        ("仇水生", {"qiushuisheng", "choushuisheng"}),
        ("解建木", {"xiejianmu", "jiejianmu"}),
        ("曾彩翠", {"zengcaicui", "cengcaicui"}),
        ("区旺", {"ouwang", "quwang"}),
        ("查玉", {"zhayu", "chayu"}),
        ("乐芳", {"lefang", "yuefang"}),
        ("覃芳", {"qinfang", "tanfang"}),
        ("盖凤", {"gefeng", "gaifeng"}),
        ("朴兰", {"piaolan", "pulan"}),
        ("吕荣", {"lvrong", "lurong"}),
        ("欧阳秀兰", {"ouyangxiulan"}),
        ("尉迟德", {"yuchide", "weichide"}),
        ("单于飞", {"chanyufei", "danyufei"}),
        ("司马长根", {"simachanggen", "simazhanggen"}),
        ("张䶮", {"zhangyan"}),
        ("李𠮷", {"liji"}),
        ("㑇大", {"zhouda"}),
        ("王〇", {"wangling"}),
        ("阿卜杜·热合曼", {"abudureheman", "abodureheman"}),
        ("John Smith", {"johnsmith"}),
    ],
)
def test_every_reading_of_a_surname_is_a_key(name, spellings):
    assert spellings <= keys(name, "pinyin")


@pytest.mark.parametrize(
    ("name", "initials"),
    [("单玉珍", {"dyz", "syz", "cyz"}), ("欧阳秀兰", {"oyxl"}), ("吕荣", {"lr"}), ("张䶮", {"zy"})],
)
def test_initials(name, initials):
    assert keys(name, "initials") == initials


@pytest.mark.parametrize(
    ("name", "names"),
    [
        pytest.param("张小三", {"张小三", "小三"}, id="with and without the surname"),
        pytest.param("欧阳秀兰", {"欧阳秀兰", "秀兰"}, id="compound surname"),
        pytest.param("阿卜杜·热合曼", {"阿卜杜·热合曼", "阿卜杜热合曼", "热合曼"}, id="with and without the dot"),
    ],
)
def test_names_are_found_by_their_parts(name, names):
    assert names <= keys(name, "name")


def test_a_character_without_a_reading_stays():
    assert keys("王\U000323af", "pinyin") == {"wang\U000323af", "yu\U000323af"}


@settings(deadline=None)
@given(st.text(max_size=12))
def test_any_name_has_few_keys(name):
    found = list(name_keys(name))

    assert len(found) == len(set(found)) <= 60


ID, ID_X = "361027194711265648", "36102719500713880X"


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        pytest.param("007", TypedText(card="7"), id="card"),
        pytest.param("００７", TypedText(card="7"), id="card in full width"),
        pytest.param("8495", TypedText(card="8495", phone_tail="8495"), id="four digits: card or tail"),
        pytest.param("185 5205 8495", TypedText(card="18552058495", phone="18552058495"), id="phone"),
        pytest.param(ID, TypedText(card=ID, id_number=ID), id="ID number"),
        pytest.param(ID_X.lower(), TypedText(card=ID_X, id_number=ID_X), id="ID with x"),
        pytest.param("欧阳", TypedText(name="欧阳"), id="name"),
        pytest.param("董　龙", TypedText(name="董龙"), id="name with a space"),
        pytest.param("阿卜杜•热", TypedText(name="阿卜杜·热"), id="name with another dot"),
        pytest.param("Wang Xiu'lan", TypedText(card="WANGXIU'LAN", letters="wangxiulan"), id="pinyin"),
        pytest.param("Lü", TypedText(card="LÜ", letters="lv"), id="ü"),
        pytest.param("ＷＸＬ", TypedText(card="WXL", letters="wxl"), id="initials in full width"),
        pytest.param("JX-0007", TypedText(card="JX0007", name="JX-0007"), id="card with letters"),
        pytest.param("  ", TypedText(), id="nothing"),
    ],
)
def test_typed_text(text, asked):
    assert typed_text(text) == asked
