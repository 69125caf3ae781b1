"""The trail taken out of the house: a file of rows, signed, that whoever has it proves without this program's database.

A zip of four: ``trail.jsonl`` (one row a line), ``trail.sha256`` (its SHA-256 as ``sha256sum`` writes it), ``trail.sig``
(Ed25519 over ``trail.sha256``), ``key.pem`` (the public key). ``sha256sum -c`` and ``openssl pkeyutl`` prove it too. The key
in the file proves nothing by itself: its fingerprint must be the one the office shows.
"""

import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from canteen.base.errors import BadInput

ROWS, SUM, SIGNATURE, KEY = "trail.jsonl", "trail.sha256", "trail.sig", "key.pem"
#: Digits of a fingerprint: 128 bits, which nobody makes a second key for.
_DIGITS = 32
#: Bytes of a small part at most.
_SMALL = 1000
_CHUNK = 1 << 16
_ASK_AGAIN = "请向导出的单位要原来的文件"


@dataclass(frozen=True, slots=True)
class Proved:
    """What a file is, whose signature is right for the key in it."""

    fingerprint: str
    #: Facts of the first line: days, who took it out, when.
    head: dict[str, Any]
    rows: int


def fingerprint_of(key: Ed25519PublicKey) -> str:
    """The first 32 digits of the SHA-256 of a public key (DER), four by four: ``3f2a 91bc …``."""
    digits = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()[:_DIGITS]
    return " ".join(digits[at : at + 4] for at in range(0, _DIGITS, 4))


def same_fingerprint(one: str, other: str) -> bool:
    """Whether two fingerprints are the same, however they were typed."""
    return re.sub(r"[\s:-]", "", one).lower() == re.sub(r"[\s:-]", "", other).lower()


def write_signed(out: IO[bytes], signer: Ed25519PrivateKey, lines: Iterable[dict[str, Any]]) -> None:
    """Write the zip: ``lines`` are the head and then the rows."""
    sum_ = hashlib.sha256()
    with ZipFile(out, "w", ZIP_DEFLATED) as packed:
        with packed.open(ROWS, "w", force_zip64=True) as rows:
            for line in lines:
                text = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
                sum_.update(text)
                rows.write(text)
        told = f"{sum_.hexdigest()}  {ROWS}\n".encode()
        packed.writestr(SUM, told)
        packed.writestr(SIGNATURE, signer.sign(told))
        pem = signer.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        packed.writestr(KEY, pem)


def prove_signed(file: IO[bytes], fingerprint: str = "") -> Proved:
    """Prove such a file, and that the key is the one with this ``fingerprint``, if it is given. Raises ``BadInput``."""
    try:
        with ZipFile(file) as packed:
            told, signature, pem = (_small(packed, name) for name in (SUM, SIGNATURE, KEY))
            found = _key(pem)
            if fingerprint and not same_fingerprint(fingerprint_of(found), fingerprint):
                raise BadInput(
                    "签名用的是另一把密钥,指纹是 %(found)s", found=fingerprint_of(found), next_step=_ASK_AGAIN
                )
            found.verify(signature, told)
            sum_, count, head = _rows(packed)
    except InvalidSignature:
        raise BadInput("签名不对,文件被改过", next_step=_ASK_AGAIN) from None
    except (BadZipFile, KeyError, zlib.error, EOFError, NotImplementedError, RuntimeError) as wrong:
        raise BadInput("这不是导出的日志,或者文件已经损坏", next_step=_ASK_AGAIN) from wrong
    if told != f"{sum_}  {ROWS}\n".encode():
        raise BadInput("日志内容与签名不符,文件被改过", next_step=_ASK_AGAIN)
    return Proved(fingerprint_of(found), json.loads(head), count)


def _small(packed: ZipFile, name: str) -> bytes:
    with packed.open(name) as part:
        found = part.read(_SMALL + 1)
    if len(found) > _SMALL:
        raise BadZipFile(name)
    return found


def _key(pem: bytes) -> Ed25519PublicKey:
    try:
        found = load_pem_public_key(pem)
    except ValueError as wrong:
        raise BadZipFile(KEY) from wrong
    if not isinstance(found, Ed25519PublicKey):
        raise BadZipFile(KEY)
    return found


def _rows(packed: ZipFile) -> tuple[str, int, bytes]:
    """SHA-256 of the rows, how many there are, and the first line, which is none."""
    sum_, lines, head = hashlib.sha256(), 0, b""
    with packed.open(ROWS) as rows:
        for chunk in _chunks(rows):
            sum_.update(chunk)
            if not lines:
                head = (head + chunk)[:_CHUNK]
            lines += chunk.count(b"\n")
    return sum_.hexdigest(), lines - 1, head.partition(b"\n")[0]


def _chunks(rows: IO[bytes]) -> Iterator[bytes]:
    while chunk := rows.read(_CHUNK):
        yield chunk
