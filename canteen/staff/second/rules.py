"""Codes of the second step: how they are made, read and compared. Pure but for the system's random source."""

import hmac
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp

#: How long a right password waits for the second step, or for a phone to be fetched and set up.
STEP_LASTS = timedelta(minutes=15)
#: Recovery codes in a set.
CODES = 10
#: Seconds one code of an app is shown.
_PERIOD_S = 30
#: Without signs that look alike on paper: 31 of them, 54 bits in eleven.
_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"
_PLACES = "abcdefghjk"
_LENGTH = 11


@dataclass(frozen=True, slots=True)
class Factors:
    """What an account proves the second step with."""

    has_totp: bool
    #: (id, name, rp_id) of each, the oldest first.
    passkeys: tuple[tuple[int, str, str], ...]
    codes_left: int

    @property
    def has_any(self) -> bool:
        """Whether signing in asks for a second step."""
        return self.has_totp or bool(self.passkeys)


@dataclass(frozen=True, slots=True)
class StepAnswer:
    """A code, or what the browser made of a passkey (JSON); what is not sent is ""."""

    code: str
    credential: str
    #: What a new passkey is called.
    name: str
    #: A new factor replaces all others.
    is_only: bool


def new_secret() -> str:
    """160 random bits for an app, in base32."""
    return pyotp.random_base32()


def new_codes() -> list[str]:
    """Ten recovery codes as they are printed: ``akfm-9q2t-xw7p``. The first letter says which of them it is."""
    plain = [place + "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH)) for place in _PLACES]
    return ["-".join((code[:4], code[4:8], code[8:])) for code in plain]


def tidy_code(typed: str) -> str:
    """A code as typed, without what people put between its signs: 6 digits of an app, 12 signs of a recovery code."""
    found = "".join(sign for sign in unicodedata.normalize("NFKC", typed[:100]).lower() if sign.isalnum())
    return found if len(found) in (6, _LENGTH + 1) and found.isascii() else ""


def place_of(code: str) -> int | None:
    """Which recovery code of the set it can only be; None when it is none."""
    return _PLACES.index(code[0]) if len(code) == _LENGTH + 1 and code[0] in _PLACES else None


def matching_step(secret: str, code: str, *, now: datetime, last_step: int) -> int | None:
    """The half minute whose code this is: this one or the one before or after, for clocks that differ, and not used yet."""
    totp = pyotp.TOTP(secret, interval=_PERIOD_S)
    this = int(now.timestamp()) // _PERIOD_S
    for step in (this, this - 1, this + 1):
        if hmac.compare_digest(totp.generate_otp(step), code) and step > last_step:
            return step
    return None


def app_address(secret: str, *, username: str, issuer: str) -> str:
    """What the picture says that an app photographs: ``otpauth://totp/…``."""
    return pyotp.TOTP(secret, interval=_PERIOD_S).provisioning_uri(name=username, issuer_name=issuer)


def spaced(secret: str) -> str:
    """A secret to be typed, four signs at a time."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
