"""Which passwords may be chosen, and what is kept of them."""

from __future__ import annotations

import pytest
from argon2 import extract_parameters
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from canteen.staff.passwords import SHORTEST, hash_password, matches, password_problem, words_of

SHORT = "密码至少要 8 个字"
COMMON = "这个密码太常见,容易被猜到;可以把几个不相干的词连起来"


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("麦田 火车 雨伞 七点半", id="Chinese words"),
        pytest.param("mailbox harbour seven", id="English words"),
        pytest.param("8f2Kq0zL", id="eight random signs"),
        pytest.param("麦田火车雨伞七点", id="eight Chinese characters"),
        pytest.param("".join(chr(0x4E00 + n * n % 9973) for n in range(256)), id="256 characters"),
        pytest.param("3105927648", id="ten random digits: any composition may be used"),
        pytest.param("😀🍚🥢🍵🚲🌧️🏠🌾🐔🎋", id="pictures"),
        pytest.param("x1" + "麦" * 62 + "田", id="65 characters"),
        pytest.param("passwordless-harbour", id="a common word is only a part"),
    ],
)
def test_other_passwords_may_be_used(password: str) -> None:
    assert password_problem(password, username="wang.li") == ""


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        pytest.param("", SHORT, id="empty"),
        pytest.param("8f2Kq0z", SHORT, id="seven characters"),
        pytest.param("麦田火车雨伞七", SHORT, id="seven Chinese characters"),
        pytest.param("x1麦" * 86, "密码最多 256 个字", id="258 characters"),
        pytest.param("Wang.Lifeng", "密码不能和用户名一样", id="the user name with capitals"),
        pytest.param("wang.lifeng2026", COMMON, id="the user name and a year"),
        pytest.param("1234567890", COMMON, id="digits in order"),
        pytest.param("12345678901234", COMMON, id="digits in order, again"),
        pytest.param("0987654321", COMMON, id="digits backwards"),
        pytest.param("aaaaaaaaaa", COMMON, id="one letter"),
        pytest.param("1212121212", COMMON, id="two digits in turn"),
        pytest.param("QwertyUiop", COMMON, id="a row of the keyboard"),
        pytest.param("poiuytrewq", COMMON, id="a row backwards"),
        pytest.param("abcdefghijkl", COMMON, id="the alphabet"),
        pytest.param("password123", COMMON, id="password and digits"),
        pytest.param("P@ssw0rd2026!", COMMON, id="password in disguise"),
        pytest.param("123456admin", COMMON, id="admin after digits"),
        pytest.param("woaini1314520", COMMON, id="woaini 1314520"),
        pytest.param("5201314520", COMMON, id="love in numbers"),
        pytest.param("zhucan2026!!", COMMON, id="the word of this trade and a year"),
        pytest.param("Laonianzhucan1", COMMON, id="the trade in full"),
        pytest.param("1qaz2wsx3edc", COMMON, id="columns of the keyboard"),
        pytest.param("qq123456789", COMMON, id="qq and digits"),
        pytest.param("19820315", COMMON, id="a birthday"),
        pytest.param("13812345678", COMMON, id="a telephone number that everybody has"),
        pytest.param("sunshine88", COMMON, id="a word and the lucky number"),
        pytest.param("老年食堂2026", COMMON, id="the trade in Chinese"),
        pytest.param("canteenCanting!", COMMON, id="two words of the trade"),
    ],
)
def test_guessable_passwords_are_refused_with_the_reason(password: str, problem: str) -> None:
    assert password_problem(password, username="wang.lifeng") == problem


def test_none_of_the_thousands_of_passwords_everybody_uses_may_be_chosen() -> None:
    known = [word for word in FREQUENCY_LISTS["passwords"] if len(word) >= SHORTEST]

    assert len(known) >= 10_000  # ASVS 6.2.4 asks for 3,000 that are long enough
    chosen = [*known[:3000], *known[3000::50]]
    assert [word for word in chosen if password_problem(word, username="wang.li") != COMMON] == []


@pytest.mark.parametrize(
    "password",
    ["枫林村助餐点2026", "FengLin@2026", "wanglifang123", "王丽芳20261121", "jinxi-yunxi-1", "liushu.liushu"],
)
def test_words_of_the_own_place_may_not_be_chosen(password: str) -> None:
    words = words_of(["王丽芳", "柳树村助餐点", "枫林村助餐点", "金溪县", "云溪镇", "枫林村", "柳树村"])

    assert password_problem(password, username="wl", words=words) == COMMON


def test_argon2id_with_19_mib_two_passes_and_one_lane_is_kept() -> None:
    kept = extract_parameters(hash_password("麦田 火车 雨伞 七点半"))

    assert (kept.type.name, kept.memory_cost, kept.time_cost, kept.parallelism) == ("ID", 7 * 1024, 5, 1)


def test_only_the_very_same_password_matches() -> None:
    kept = hash_password("麦田 火车 雨伞 七点半")

    given = ("麦田 火车 雨伞 七点半", "麦田 火车 雨伞 七点半 ", "麦田火车雨伞七点半", "")

    assert [matches(kept, password) for password in given] == [True, False, False, False]


def test_an_account_that_is_not_there_matches_nothing() -> None:
    assert [matches(None, password) for password in ("", "nobody has this one")] == [False, False]
