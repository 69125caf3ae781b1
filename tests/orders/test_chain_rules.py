"""Reading a chat chain: the shapes people write, corrections, copies, and any other text without a fault."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canteen.base.errors import BadInput
from canteen.orders.chain.lines import lines_of
from canteen.orders.chain.matching import MOST_OFFERED, RollPerson, match
from canteen.orders.chain.rules import MOST_LINES, MOST_PORTIONS, MOST_SIGNS, Chain, ChainEntry, read_chain
from canteen.people.facts import Contact
from canteen.people.finding.keys import name_keys

KNOWN = ("王秀兰", "李德福", "赵桂香", "张有福", "钱进", "阿依·古丽")
SETS = ("A套餐", "B套餐")


def read(text: str, *, slot: str = "lunch", known: tuple[str, ...] = KNOWN) -> Chain:
    return read_chain(text, slot=slot, sets=SETS, known=known)


def short(entry: ChainEntry) -> str:
    """王秀兰×2 送 A套餐 (少盐) !repeat; a cancelled one begins with 取消."""
    told = [
        ("取消 " if entry.is_cancelled else "") + entry.said + (f"×{entry.portions}" if entry.portions > 1 else ""),
        entry.way,
        entry.set_name,
        f"({entry.remark})" if entry.remark else "",
        *(f"!{doubt}" for doubt in entry.doubts),
    ]
    return " ".join(filter(None, told))


LINES = {
    # numbers and their signs
    "1. 王秀兰": ["王秀兰"],
    "1、王秀兰": ["王秀兰"],
    "1.王秀兰 1份": ["王秀兰"],
    "1)王秀兰": ["王秀兰"],
    "(1)王秀兰": ["王秀兰"],
    "(1) 王秀兰 2": ["王秀兰×2"],
    "１．王秀兰　２份": ["王秀兰×2"],
    "①王秀兰 两份": ["王秀兰×2"],
    "1️⃣王秀兰": ["王秀兰"],
    "1王秀兰": ["王秀兰"],
    "12 王秀兰": ["王秀兰"],
    "#3 王秀兰": ["王秀兰"],
    "王秀兰": ["王秀兰"],
    # portions
    "王秀兰+1": ["王秀兰"],
    "王秀兰 ＋２": ["王秀兰×2"],
    "王秀兰 + 2 份": ["王秀兰×2"],
    "王秀兰两份": ["王秀兰×2"],
    "王秀兰 三个人": ["王秀兰×3"],
    "王秀兰 2人份": ["王秀兰×2"],
    "王秀兰x2": ["王秀兰×2"],
    "王秀兰 ×3": ["王秀兰×3"],
    "王秀兰*2": ["王秀兰×2"],
    "王秀兰 2": ["王秀兰×2"],
    "王秀兰俩": ["王秀兰×2"],
    "1. 王秀兰 俩": ["王秀兰×2"],
    "两份 王秀兰": ["王秀兰×2"],
    "2份王秀兰": ["王秀兰×2"],
    "1. 王秀兰 12份": [f"王秀兰×{MOST_PORTIONS} !count"],
    "1. 王秀兰 十二份": ["王秀兰 (十二份) !count"],
    "1. 王秀兰 半份": ["王秀兰 (半份) !count"],
    "1. 王秀兰 0份": ["取消 王秀兰"],
    # ways
    "1. 王秀兰 送餐": ["王秀兰 delivery"],
    "1. 王秀兰 2份 送到家": ["王秀兰×2 delivery"],
    "1. 王秀兰 请送上门": ["王秀兰 delivery"],
    "1. 王秀兰 自取": ["王秀兰 take_away"],
    "1. 王秀兰 打包带走": ["王秀兰 take_away"],
    "1. 王秀兰 堂食": ["王秀兰 dine_in"],
    "1. 王秀兰 儿子来取": ["王秀兰 proxy (儿子来取)"],
    "1. 王秀兰 不用送": ["王秀兰 (不用送)"],
    # sets, groups, remarks
    "1. 王秀兰 A套餐": ["王秀兰 A套餐"],
    "1. 王秀兰 b餐 2份": ["王秀兰×2 B套餐"],
    "1. 王秀兰 套餐B": ["王秀兰 B套餐"],
    "1. 王秀兰 C套餐": ["王秀兰 (C套餐) !set"],
    "1. 3组王秀兰 1份": ["王秀兰"],
    "1. 王秀兰 少盐": ["王秀兰 (少盐)"],
    "1. 王秀兰少盐": ["王秀兰 (少盐)"],
    "1. 王秀兰 一份 不要葱": ["王秀兰 (不要葱)"],
    "1. 王秀兰(糖尿病)": ["王秀兰 (糖尿病)"],
    "1. 王秀兰🍚🙏": ["王秀兰"],
    "1. 王秀兰[玫瑰][强]": ["王秀兰"],
    "1. 王秀兰 13900001111": ["王秀兰"],
    "1. 阿依·古丽 1份": ["阿依·古丽"],
    "1. 阿依•古丽": ["阿依·古丽"],
    # whose meal it is
    "1. 王强妈妈 一份": ["王强妈妈"],
    "1. 王强(妈妈)": ["王强妈妈"],
    "1. 王强 我妈一份": ["王强妈"],
    "1. 阿兰 两份": ["阿兰×2"],
    "1. 王奶奶 软饭": ["王奶奶 (软饭)"],
    "1. 李强(父亲李德福)": ["李德福"],
    "1. 王强爸妈 2份": ["王强爸妈×2 !count"],
    "妈妈一份": ["妈妈"],
    # several on a line
    "王秀兰、李德福各一份": ["王秀兰", "李德福"],
    "1. 王秀兰 李德福 各2份": ["王秀兰×2", "李德福×2"],
    "王秀兰2份,李德福取消": ["王秀兰×2", "取消 李德福"],
    "1. 王秀兰2李德福3": ["王秀兰×3 (2李德福) !count"],
    # other meals of the day
    "1. 王秀兰 中午1份晚上2份": ["王秀兰 !slot"],
    "1. 王秀兰 午1晚2": ["王秀兰 !slot"],
    "1. 王秀兰 晚餐一份": ["王秀兰 !slot"],
    "1. 王秀兰 午餐2份": ["王秀兰×2"],
    # cancelled and not
    "1. 王秀兰 取消": ["取消 王秀兰"],
    "1. 王秀兰 不要了": ["取消 王秀兰"],
    "王秀兰今天不吃了": ["取消 王秀兰"],
    "1. 王秀兰 不来了哈": ["取消 王秀兰"],
    "1. 王秀兰 别取消": ["王秀兰 (别取消)"],
    # pinyin
    "1. wang xiulan 2份": ["wangxiulan×2"],
    # no order
    "#接龙": [],
    "12月2日 周三午餐接龙,9:30前": [],
    "例 张三 1份": [],
    "1.": [],
    "收到": [],
    "合计 12份": [],
    "- - - - - - -": [],
    "备注:少放盐": [],
    "": [],
}


@pytest.mark.parametrize(("text", "found"), LINES.items(), ids=LINES)
def test_a_line_is_read(text: str, found: list[str]) -> None:
    assert [short(entry) for entry in read(text).entries] == found


CHAINS = {
    "copies repeat all earlier lines": (
        "#接龙\n1. 王秀兰\n2. 李德福\n\n#接龙\n1. 王秀兰\n2. 李德福 2份\n3. 赵桂香",
        ["王秀兰", "李德福×2", "赵桂香"],
    ),
    "the same three times": ("1. 王秀兰 2份\n" * 3, ["王秀兰×2"]),
    "a copy does not undo a cancellation": (
        "1. 王秀兰\n2. 李德福\n王秀兰取消\n1. 王秀兰\n2. 李德福",
        ["取消 王秀兰", "李德福"],
    ),
    "a copy does not undo a correction": (
        "1. 王秀兰\n2. 李德福\n王秀兰改两份\n1. 王秀兰\n2. 李德福",
        ["王秀兰×2", "李德福"],
    ),
    "a line lost in a later copy is asked about": (
        "1. 王秀兰\n2. 赵桂香\n#接龙\n1. 王秀兰\n2. 张有福",
        ["王秀兰", "赵桂香 !dropped", "张有福"],
    ),
    "renumbered is not lost": (
        "1. 王秀兰\n2. 李德福\n#接龙\n1. 李德福\n2. 王秀兰\n3. 钱进",
        ["王秀兰", "李德福", "钱进"],
    ),
    "a line written anew": ("1. 王秀兰 2份 送餐\n2. 李德福\n#接龙\n1. 王秀兰 1份\n2. 李德福", ["王秀兰", "李德福"]),
    "one name twice in one list": ("1. 王秀兰\n2. 李德福\n3. 王秀兰", ["王秀兰 !repeat", "李德福", "王秀兰 !repeat"]),
    "one name twice without numbers": ("王秀兰\n王秀兰", ["王秀兰 !repeat", "王秀兰 !repeat"]),
    "named further down": ("1. 王秀兰\n2. 李德福\n李德福不要了", ["王秀兰", "取消 李德福"]),
    "by its number": ("1. 王秀兰\n2. 李德福\n2号改3份\n第1个取消", ["取消 王秀兰", "李德福×3"]),
    "a line with nothing but a number and a word": ("1. 王秀兰\n#接龙\n1. 取消", ["取消 王秀兰"]),
    "back again": ("王秀兰\n王秀兰取消\n王秀兰还是要一份", ["王秀兰 (还是要)"]),
    "one more, one less": ("1. 王秀兰 2份\n王秀兰再加一份\n王秀兰减2份", ["王秀兰"]),
    "less than nothing": ("1. 王秀兰\n王秀兰减一份", ["取消 王秀兰"]),
    "called upon": ("1. 王秀兰\n@王秀兰 改送餐", ["王秀兰 delivery"]),
    "a quoted line": ("1. 王秀兰\n「张三:1. 王秀兰」\n- - - - - -\n取消", ["取消 王秀兰"]),
    "writers above their words": (
        "张三 2026/12/1 08:10\n我妈一份\n李强 08:12\n李德福两份,送到家\n张三 08:20\n取消",
        ["取消 张三妈", "李德福×2 delivery"],
    ),
    "writers before their words": (
        "[08:10] 张三: 王秀兰一份\n[08:11] 李四:+1\n[08:12] 李四:再加一份",
        ["王秀兰", "李四×2"],
    ),
    "what a writer says for themselves": ("张三:两份", ["张三×2"]),
    "and by the way": ("王芳: 好的\n王芳: 我妈妈两份 少油", ["王芳妈妈×2 (少油)"]),
    "a writer cancels one of several": (
        "张三:王秀兰一份\n张三:李德福一份\n张三:取消",
        ["取消 王秀兰 !which", "取消 李德福 !which"],
    ),
}


@pytest.mark.parametrize(("text", "found"), CHAINS.values(), ids=CHAINS)
def test_a_chain_is_read(text: str, found: list[str]) -> None:
    assert [short(entry) for entry in read(text).entries] == found


@pytest.mark.parametrize(
    "line", ["今天天气不错", "3号改两份", "王秀兰 11:30", "A套餐 10元 红烧肉", "取消", "+1", "话" * 200]
)
def test_what_is_not_understood_is_told(line: str) -> None:
    chain = read(line)

    assert chain.entries == ()
    assert [text.rstrip("…") in line for text in chain.unread] == [True]


def test_the_other_meal_of_the_day_is_read_for_itself() -> None:
    assert [short(one) for one in read("1. 王秀兰 中午1份晚上2份", slot="dinner").entries] == ["王秀兰×2 !slot"]


def test_too_much_is_refused() -> None:
    for text in ("字" * (MOST_SIGNS + 1), "\n" * (MOST_LINES + 1)):
        with pytest.raises(BadInput):
            read(text)


PIECES = st.sampled_from(
    [
        *KNOWN,
        "\n",
        "1.",
        "2、",
        "３",
        "份",
        "两份",
        "+1",
        "取消",
        "不要了",
        "改",
        "各",
        "妈妈",
        "我",
        "送餐",
        " ",
        ",",
        ":",
        "「",
        "」",
    ]
    + [
        "#接龙",
        "08:10",
        "2026/12/1",
        "中午",
        "晚2",
        "号",
        "第",
        "组",
        "A套餐",
        "🍚",
        "[强]",
        "(",
        ")",
        "@",
        "王",
        "x",
        "加一份",
    ]
)
ANY = st.one_of(st.text(max_size=400), st.lists(PIECES, max_size=80).map("".join))


@settings(max_examples=400)
@given(ANY, st.sampled_from(["breakfast", "lunch", "dinner"]))
def test_any_text_is_read(text: str, slot: str) -> None:
    """No exception, nothing beyond its bounds, and no name from nowhere."""
    chain = read(text, slot=slot)

    assert len(chain.entries) <= len(text)
    for entry in chain.entries:
        assert 1 <= entry.portions <= MOST_PORTIONS and entry.said and len(entry.remark) <= 60
        assert entry.set_name in ("", *SETS) and len(entry.who) <= 30


@settings(max_examples=100)
@given(st.lists(st.sampled_from(KNOWN), min_size=1, max_size=6, unique=True), st.data())
def test_copying_on_changes_nothing(names: list[str], data: st.DataObject) -> None:
    """However often the chain is copied on while it grows, it says what its last copy says."""
    lines = [f"{n}. {name} {data.draw(st.integers(1, 9))}份" for n, name in enumerate(names, 1)]
    grown = "\n".join("#接龙\n" + "\n".join(lines[:n]) for n in range(1, len(lines) + 1))

    assert [short(one) for one in read(grown).entries] == [short(one) for one in read("\n".join(lines)).entries]


@pytest.mark.parametrize(
    "piece",
    ["1.王秀兰 2份 取消,", "送餐" * 3, "一二三四五六七八九十", "((((", "王秀兰妈妈", " ", "1", "a ", "00:00", "「"],
)
def test_work_grows_with_the_length_only(piece: str) -> None:
    """Steps of the reader, not seconds: twice the text is at most some two and a half times the work."""
    import sys

    steps = []
    for length in (4_000, 8_000):
        count = 0

        def trace(*_: object) -> None:
            nonlocal count
            count += 1

        text = "\n".join((piece * 200)[:100] for _ in range(length // 100))
        sys.setprofile(trace)
        try:
            read(text)
        finally:
            sys.setprofile(None)
        steps.append(count)
    assert all(more <= 2.6 * less for less, more in pairwise(steps)), steps


def test_lines_lose_what_only_looks() -> None:
    assert list(lines_of("１．王秀兰　２份🍚\r\n\u200b\n  ②李\t德福 ")) == ["1.王秀兰 2份", "2李 德福"]


# -- whom it means ---------------------------------------------------------------------------------------------------


def person(number: int, name: str, group: str = "1组", sex: str = "", contacts: tuple[Contact, ...] = ()) -> RollPerson:
    keys = frozenset(key for kind, key in name_keys(name) if kind != "name")
    return RollPerson(id=number, name=name, village_group=group, age=80, sex=sex, keys=keys, contacts=contacts)


SON = (Contact("王强", "", "儿子"),)
ROLL = [
    person(1, "王秀兰", "3组", "female", SON),
    person(2, "王建国", "3组", "male", SON),
    person(3, "李德福", "1组"),
    person(4, "李德福", "7组"),
    person(5, "赵桂香"),
    person(6, "欧阳兰"),
]
NICKNAMES = {"阿香": 5, "小强妈": 1, "李德福": 3}


@pytest.mark.parametrize(
    ("entry", "people", "how", "is_sure"),
    [
        pytest.param(ChainEntry(who="王秀兰"), [1], "name", True, id="a full name"),
        pytest.param(ChainEntry(who="李德福"), [3, 4], "name", False, id="two of one name"),
        pytest.param(ChainEntry(who="李德福", group="7"), [4, 3], "name", False, id="still asked, the group's first"),
        pytest.param(ChainEntry(who="阿香"), [5], "nickname", True, id="a nickname that was told"),
        pytest.param(ChainEntry(who="小强", relation="妈"), [1], "nickname", True, id="a relative that was told"),
        pytest.param(ChainEntry(who="王强", relation="妈妈"), [1], "relative", False, id="the mother of a contact"),
        pytest.param(ChainEntry(who="王强", relation="爸"), [2], "relative", False, id="the father of a contact"),
        pytest.param(ChainEntry(who="王强"), [1, 2], "relative", False, id="a contact"),
        pytest.param(ChainEntry(who="秀兰"), [1], "part", False, id="a given name"),
        pytest.param(ChainEntry(who="阿兰"), [1, 6], "part", False, id="a part of a given name"),
        pytest.param(ChainEntry(who="老赵"), [5], "part", False, id="a surname"),
        pytest.param(ChainEntry(who="王", relation="奶奶"), [1], "part", False, id="a surname and a title"),
        pytest.param(ChainEntry(who="王秀兰", relation="奶奶"), [1], "part", False, id="a name and a title"),
        pytest.param(ChainEntry(who="wangxiulan"), [1], "pinyin", False, id="pinyin"),
        pytest.param(ChainEntry(who="zgx"), [5], "pinyin", False, id="initials"),
        pytest.param(ChainEntry(who="赵贵香"), [5], "pinyin", False, id="another character of the same sound"),
        pytest.param(ChainEntry(who="孙悟空"), [], "", False, id="nobody"),
        pytest.param(ChainEntry(who="x"), [], "", False, id="one letter"),
        pytest.param(ChainEntry(who="刘强", relation="妈妈"), [], "", False, id="the mother of nobody known"),
    ],
)
def test_whom_an_entry_means(entry: ChainEntry, people: list[int], how: str, is_sure: bool) -> None:
    found = match(entry, ROLL, NICKNAMES, lambda name: {key for kind, key in name_keys(name) if kind == "pinyin"})

    assert ([one.id for one in found.people], found.how, found.is_sure) == (people, how, is_sure)


def test_a_choice_stays_short() -> None:
    many = [person(n, "王" + sign) for n, sign in enumerate("甲乙丙丁戊己庚辛壬癸", 1)]

    assert len(match(ChainEntry(who="老王"), many, {}, lambda _: ()).people) == MOST_OFFERED
