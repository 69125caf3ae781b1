"""What a hostile or unlucky sender puts where a value belongs: of every kind that has ever broken a program."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

DATA = Path(__file__).parents[1] / "data"
BUILTIN = Path(__file__).parents[2] / "canteen" / "schemes" / "builtin"

NUMBERS = (
    "0", "-0", "-1", "1", "01", "+1", " 1 ", "1_000", "1,000", "1.5", "1.005", ".5", "1.", "0x10", "1e3", "1e999999", "-1e-999999",
    "NaN", "sNaN", "Infinity", "-inf", "٣", "１２", "²", "½", "四", "99999999", "2147483647", "2147483648", "9223372036854775807",
    "9223372036854775808", "18446744073709551616", "9" * 30, "9" * 5000, "0." + "0" * 500 + "1", "True", "None", "null",
)  # fmt: skip
DAYS = (
    "0001-01-01", "9999-12-31", "9999-12-30", "10000-01-01", "2026-02-29", "2026-13-01", "2026-00-00", "0000-00-00", "2026-11-21",
    "2026-11", "0001-01", "9999-12", "9999-99", "2026-W47-6", "20261121", "2026-11-21T03:42:00Z", "2026-11-21T25:61", "24:00",
    "99:99", "-2026-11-21", "２０２６-１１-２１", "1900-01-01", "2100-12-31", "2026年11月21日",
)  # fmt: skip
TEXTS = (
    "", " ", "\0", "a\0b", "\ud800", "\udcff", "\ufeff", "\u202e测试", "\r\n", "a\r\nSet-Cookie: x=y", "\t", "\x7f\x1b[31m", "�",
    "𠮷䶮", "👩‍👩‍👧‍👦" * 50, "e" + "\u0301" * 2000, "\ufdfa" * 3000, "ﬃ" * 3000, "İ" * 500, "ß" * 500, "%s%n%(x)s", "%00", "{{7*7}}",
    "{0.__class__}", "<script>alert(1)</script>", "'; DROP TABLE elder; --", '"', "\\", "%_%", "*" * 200, "=cmd|' /C calc'!A0",
    "../../../etc/passwd", "//evil.example", "https://evil.example/", "javascript:alert(1)", "[]", "{}", '{"a":1}', "[" * 2000,
    "(" * 5000, "a" * 300, "测" * 20_000, "a" * 400_000, "a " * 100_000, "\n" * 50_000, "361027195001010013", "36102719500101001X",
    "13800000000", "0000000000", "lunch", "lunch,dinner", "csv", "xlsx", "zh", "admin", "金溪县/云溪镇/枫林村", "/" * 3000, "site:1",
    "area:9223372036854775808", "staff:" + "9" * 40, "on", "1;2", "１", "--", "-" * 5000, "0:0", "tcp://127.0.0.1:9", ":" * 2000,
)  # fmt: skip
HEADERS = (
    "Cookie", "Authorization", "Accept-Language", "Accept", "HX-Request", "HX-Trigger", "HX-Target", "HX-Current-URL", "HX-Boosted",
    "Referer", "Origin", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "User-Agent", "Range", "If-None-Match",
    "If-Modified-Since", "Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "X-HTTP-Method-Override", "Host",
)  # fmt: skip
HEADER_TEXTS = (
    "", "session=", "session=x.y.z", "session=.eJx; language=zz", "language=" + "x" * 3000, "; " * 2000, "=" * 500, "a=b; " * 800,
    "Bearer ", "Bearer " + "x" * 3000, "Bearer ü", "Basic Og==", "Basic !!!", "Digest x", "zh;q=nan", "en;q=" + "9" * 400,
    "*;q=0.0001,zh-" + "a" * 2000, "," * 3000, "true", "http://[::1", "http://localhost:99999/x", "https://localhost/%zz?%ff",
    "//x", "for=\"[::1]:99999\";host=x", "bytes=0-,-1", "bytes=" + "0-0," * 500, "multipart/form-data", "multipart/form-data; boundary=",
    "multipart/form-data; boundary=" + "b" * 300, "application/json; charset=utf-7", "application/x-www-form-urlencoded; charset=zz",
    "text/plain", "gzip", "-1", "9" * 30, "Thu, 99 Foo 9999 99:99:99 GMT", "W/\"" + "x" * 2000 + "\"", "localhost:99999", "ÿ" * 50,
)  # fmt: skip


def value(chance: random.Random, was: str = "") -> str:
    """Something in the place of ``was``; now and then what was there, a little changed."""
    kind = chance.random()
    if kind < 0.2 and was:
        place = chance.randrange(len(was) + 1)
        return was[:place] + chance.choice(TEXTS + NUMBERS)[:50] + was[place + chance.randrange(2) :]
    if kind < 0.3:
        return "".join(chr(chance.choice((chance.randrange(128), chance.randrange(0xFFFF)))) for _ in range(30))
    return chance.choice(chance.choice((NUMBERS, DAYS, TEXTS)))


def file(chance: random.Random) -> tuple[bytes, str]:
    """A file with its name: a real one a few bytes of which changed, a cut one, one of another kind, or none at all."""
    make: Callable[[random.Random], bytes] = chance.choice((_broken, _broken, _csv, _package, _scheme))
    return make(chance), chance.choice(("名册.xlsx", "menu.csv", "a.jpg", "x" * 300, "\0.csv", "../../x.xlsx", "a"))


@cache
def _real() -> list[bytes]:
    from PIL import Image

    pictures = []
    for kind, options in (("PNG", {}), ("JPEG", {}), ("JPEG", {"progressive": True}), ("WEBP", {})):
        kept = io.BytesIO()
        Image.effect_noise((90, 60), 40).save(kept, kind, **options)
        pictures.append(kept.getvalue())
    return [path.read_bytes() for path in sorted(DATA.glob("*.*"))] + pictures


def _broken(chance: random.Random) -> bytes:
    data = bytearray(chance.choice(_real()))
    for _ in range(chance.choice((0, 1, 3, 20))):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data[: chance.choice((len(data), len(data), chance.randrange(len(data) + 1)))])


def _csv(chance: random.Random) -> bytes:
    header = chance.choice(("日期,餐次,套餐,价格(元),菜品,标签", "姓名,身份证号码,人员类别,现居住地,联系电话", "a,b"))
    rows = [",".join(value(chance)[:200] for _ in range(chance.randrange(8))) for _ in range(chance.randrange(30))]
    text = "\n".join([header, *rows])
    return text.encode(chance.choice(("utf-8", "utf-16", "gb18030", "utf-7")), "replace")


def _package(chance: random.Random) -> bytes:
    """A workbook one part of which is something else, or an archive inside an archive."""
    kept = io.BytesIO()
    with zipfile.ZipFile(DATA / "roster_jinxi.xlsx") as real, zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as made:
        names = real.namelist()
        chosen = chance.choice(names)
        for name in names:
            part = real.read(name)
            if name == chosen:
                text = part.decode("utf-8", "replace")
                place = chance.randrange(len(text) + 1)
                part = (text[:place] + value(chance)[:2000] + text[place:]).encode("utf-8", "replace")
                part = chance.choice((part, part, b"", real.read(names[0]), kept.getvalue()))
            made.writestr(name, part)
    return kept.getvalue()


def scheme(chance: random.Random) -> str:
    """The text of a built-in scheme, with lines lost, doubled, exchanged or spoiled."""
    lines = chance.choice(sorted(BUILTIN.glob("*.toml"))).read_text("utf-8").splitlines()
    for _ in range(chance.choice((0, 1, 2, 5))):
        place = chance.randrange(len(lines))
        key, _, was = lines[place].partition("=")
        hostile = value(chance, was)[:1000]
        lines[place : place + 1] = chance.choice(
            (
                [],
                [lines[place]] * 2,
                [f"{key}= {hostile}"],
                [f'{key}= "{hostile}"'],
                [f"{key}= [{was}]"],
                [f"{hostile} = {was}"],
            )
        )
    return "\n".join(lines)


def _scheme(chance: random.Random) -> bytes:
    return scheme(chance).encode("utf-8", "replace")
