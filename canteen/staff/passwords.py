"""Passwords: what may be one, and how they are kept (argon2id, 7 MiB, five passes, one lane).

These costs suit a mini-PC (35 ms). They are computed one after the other in a thread of their own, so that a storm of
sign-ins can neither fill the memory nor keep the counter's threads from working. (glibc keeps these MiB for every thread
that ever computed one.) OWASP counts 7 MiB with five passes as strong as 19 with two: 12 MiB less at the highest.
"""

import re
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 8
#: Long enough for any sentence; beyond it only the work of hashing grows.
LONGEST = 256
#: One that is found among the first million guesses is not worth having.
FEWEST_GUESSES = 1_000_000
#: What zxcvbn looks at; its work grows with the square.
_LOOKED_AT = 72

_hasher = PasswordHasher(time_cost=5, memory_cost=7 * 1024, parallelism=1)
#: Passes and KiB of earlier versions.
_EARLIER = {(2, 19 * 1024)}
_worker = ThreadPoolExecutor(1, thread_name_prefix="passwords")

#: Of this trade and this country: of these with digits and signs, guessable passwords are made. docs/security.md lists them.
_TRADE_TEXT = """
    助餐 助餐点 老年 老人 食堂 餐厅 民政 柜台 厨房 送餐 村委会 居委会 密码 管理员
    zhucan zhucandian laonian laoren shitang canteen canting minzheng guitai chufang songcan cunweihui juweihui
    guanliyuan jinxi yunxi fenglin admin administrator manager clerk volunteer committee civil
    woaini woaiwojia woaizhongguo wobuzhidao nihao mima wodemima zhongguo beijing shanghai baobao laopo laogong aini
"""
TRADE_WORDS = frozenset(_TRADE_TEXT.split())
#: Numbers that sound like words: 520 1314, "I love you for ever". No list of the world's has them all.
_SOUNDS = re.compile(r"(520|521|530|1314|1313|7758|584|168|888|666|147|258|369|159|753|123|456|789|0)+")
_AREA_KINDS = re.compile(r"(省|自治区|市|县|区|镇|乡|街道|村|社区|助餐点|食堂)$")
_EDGE = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_LOOKS_LIKE = str.maketrans("@$013457", "asoieast")


def words_of(names: Iterable[str]) -> frozenset[str]:
    """Names of a person, a site and its areas as somebody would type them: as they are, short, and in pinyin."""
    from pypinyin import lazy_pinyin  # its tables cost a second: only where a password is chosen

    written = {part for name in names for part in re.split(r"[\W_]+", name) if part}
    written |= {_AREA_KINDS.sub("", part) for part in written}
    spelled = {"".join(lazy_pinyin(part)).lower() for part in written}
    return frozenset(word.lower() for word in written | spelled if len(word) > (2 if word.isascii() else 1))


def password_problem(password: str, *, username: str, words: Collection[str] = ()) -> str:
    """What is wrong with a new password, in Chinese, or "" when it may be used. Any characters may be used.

    ``words`` are those of the person's own place, which nobody would have to guess.
    """
    if len(password) < SHORTEST:
        return "密码至少要 8 个字"
    if len(password) > LONGEST:
        return "密码最多 256 个字"
    if password.lower() == username.lower():
        return "密码不能和用户名一样"
    if _worker.submit(_is_guessable, password.lower(), {*TRADE_WORDS, *words, username.lower()} - {""}).result():
        return "这个密码太常见,容易被猜到;可以把几个不相干的词连起来"
    return ""


def _is_guessable(password: str, own: Collection[str]) -> bool:
    """Whether it is nothing but own words and digits, a known password in disguise, or soon found by guessing.

    Runs in the one thread of this room: the library keeps the own words in a table all callers share.
    """
    from zxcvbn import zxcvbn  # 14 MiB of lists: only where a password is chosen
    from zxcvbn.matching import RANKED_DICTIONARIES

    names = "|".join(re.escape(word) for word in sorted(own, key=len, reverse=True))
    rest = re.sub(names, "", password)
    if rest != password and not re.sub(r"[\W\d_]", "", rest):
        return True
    if _SOUNDS.fullmatch(password) or _undo_leet(password) in RANKED_DICTIONARIES["passwords"]:
        return True
    return bool(zxcvbn(password[:_LOOKED_AT], user_inputs=sorted(own))["guesses"] < FEWEST_GUESSES)


def _undo_leet(password: str) -> str:
    """``p@ssw0rd2026`` → ``password``: digits in the middle read as letters, those at the ends left out."""
    return _EDGE.sub("", re.sub(r"[\W\d_]+$", "", password).translate(_LOOKS_LIKE))


def hash_password(password: str) -> str:
    """The argon2id hash to keep."""
    return _worker.submit(_hasher.hash, password).result()


def matches(kept: str | None, password: str) -> bool:
    """Whether the password is the one kept. With None (no such account) the same work is done, for nothing."""
    return _worker.submit(_verify, kept or _nobody(), password).result() and kept is not None


def hashed_anew(kept: str, password: str) -> str | None:
    """The hash to keep instead of one that an earlier version made at other costs; None when it is made as today."""
    costs = extract_parameters(kept)
    return hash_password(password) if (costs.time_cost, costs.memory_cost) in _EARLIER else None


def _verify(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return hash_password("nobody has this one")
