"""Passwords: what may be one, and how they are kept (argon2id, 7 MiB, five passes, one lane).

These costs suit a mini-PC (35 ms). They are computed one after the other in a thread of their own, so that a storm of
sign-ins can neither fill the memory nor keep the counter's threads from working. (glibc keeps these MiB for every thread
that ever computed one.) OWASP counts 7 MiB with five passes as strong as 19 with two: 12 MiB less at the highest.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 10
#: Long enough for any sentence; beyond it only the work of hashing grows.
LONGEST = 256

_hasher = PasswordHasher(time_cost=5, memory_cost=7 * 1024, parallelism=1)
_worker = ThreadPoolExecutor(1, thread_name_prefix="passwords")

#: Words of which, with digits and signs around them, guessable passwords are made. The second part is of this trade.
_WORD_TEXT = """
    password passwd pass passw0rd p@ssw0rd pwd admin administrator root user guest test testing demo default secret
    changeme letmein welcome login master hello iloveyou monkey dragon sunshine princess football baseball superman
    abc abcd abcde abcdef abcabc qwe qwer qwert qwerty qwertyui qwertyuiop asd asdf asdfg asdfgh asdfghjkl zxc zxcv
    zxcvb zxcvbn zxcvbnm qaz qazwsx qazwsxedc wsx edc google windows computer internet system server manager
    woaini woaiwojia woaizhongguo wobuzhidao nihao nihaoma mima wodemima zhongguo china beijing shanghai baobao
    laopo laogong mama baba woshishui aini tiantian xiaoming zhangwei wangwei lili liuwei
    zhucan zhucandian laonian laonianzhucan laoren shitang canteen canting minzheng cunweihui juweihui jinxi yunxi
    fenglin guitai chufang songcan
"""
_WORDS = frozenset(_WORD_TEXT.split())
#: Common as a whole.
_WHOLE_TEXT = """
    1qaz2wsx3edc 1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4t5 qazwsxedcrfv 1qazxsw23edc zaq12wsxcde3 a1b2c3d4e5 1a2b3c4d5e
    a123456789 a1234567890 aa123456789 1234567890a 123456789a q123456789 qq123456789 123456789q 123456789abc
    5201314520 1314520520 1314521521 5201314521 5211314521 7758521521 7758258258 1472583690 1478963250 0147258369
    7894561230 1597534862 1593572468 1230984567 0987654321 9876543210 1029384756 5845201314 woaini1314520
    woaini5201314 147258369a asd123456789 abc123456789 qwe123456789 1q2w3e4r5t6y7u
"""
_WHOLE = frozenset(_WHOLE_TEXT.split())
_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz")
_LOOKS_LIKE = str.maketrans("@$013457", "asoieast")
_EDGE = re.compile(r"^[\W\d_]+|[\W\d_]+$")


def password_problem(password: str, *, username: str) -> str:
    """What is wrong with a new password, in Chinese, or "" when it may be used. Any characters may be used."""
    if len(password) < SHORTEST:
        return "密码至少要 10 个字"
    if len(password) > LONGEST:
        return "密码最多 256 个字"
    if password.lower() == username.lower():
        return "密码不能和用户名一样"
    if _is_common(password.lower(), username.lower()):
        return "这个密码太常见,容易被猜到;可以把几个不相干的词连起来"
    return ""


def _is_common(password: str, username: str) -> bool:
    if password in _WHOLE or len(set(password)) < 4 or _is_run(password):
        return True
    stem = _EDGE.sub("", password)
    return bool(stem) and (stem in _WORDS or stem == username or _undo_leet(password) in _WORDS)


def _undo_leet(password: str) -> str:
    """``p@ssw0rd2026`` → ``password``: digits in the middle read as letters, those at the ends left out."""
    return _EDGE.sub("", re.sub(r"[\W\d_]+$", "", password).translate(_LOOKS_LIKE))


def _is_run(password: str) -> bool:
    """Whether it goes along one row of the keyboard or the alphabet, forwards or backwards, perhaps again."""
    return any(password in row * 4 or password in row[::-1] * 4 for row in _ROWS)


def hash_password(password: str) -> str:
    """The argon2id hash to keep."""
    return _worker.submit(_hasher.hash, password).result()


def matches(kept: str | None, password: str) -> bool:
    """Whether the password is the one kept. With None (no such account) the same work is done, for nothing."""
    return _worker.submit(_verify, kept or _nobody(), password).result() and kept is not None


def _verify(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return hash_password("nobody has this one")
