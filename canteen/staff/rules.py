"""What an account may be called, how long a sign-in lasts, and when tries are paused. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from canteen.base.access import Actor, reaches_area

#: Failed sign-ins are counted within this window, and a pause ends with it.
TRY_WINDOW = timedelta(minutes=15)
#: An address may fail this many times as often as a name: many people can sit behind one.
ADDRESS_FACTOR = 10
#: However busy, nobody stays signed in longer than a canteen's day, from breakfast to the washing-up after dinner.
LONGEST_SESSION = timedelta(hours=14)
#: Who reaches many people's facts or money works office hours, and must come back sooner.
OFFICE_ROLES = frozenset({"administrator", "civil_affairs", "committee"})
LONGEST_OFFICE_SESSION = timedelta(hours=9)
OFFICE_IDLE_MINUTES = 15
#: Roles that only make sense at one site.
SITE_ROLES = frozenset({"clerk", "volunteer"})

_USERNAME = re.compile(r"[a-z0-9._-]{2,32}")


@dataclass(frozen=True, slots=True)
class Account:
    """A signed-in account as a request sees it."""

    actor: Actor
    username: str
    #: The password was set by somebody else: only the own-password page until it is replaced.
    must_change_password: bool


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What is asked for when an account is added. ``site_id`` None: every site of the area."""

    username: str
    name: str
    role: str
    area_id: int
    site_id: int | None
    password: str
    #: The elder this person is, if registered as one.
    elder_id: int | None = None
    must_change_password: bool = False


@dataclass(frozen=True, slots=True)
class SignInRequest:
    """Who says they are whom, from where. ``replaces`` is the session this browser had, "" for none."""

    username: str
    password: str
    address: str
    replaces: str = ""
    #: The browser's id if this person has signed in with it before (``devices``).
    device: str = ""
    #: What the browser is called in the list of sessions.
    browser: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session has begun."""

    session_id: str
    staff_id: int
    #: Somebody else took the second step away since the last sign-in.
    was_reset: bool = False


@dataclass(frozen=True, slots=True)
class PasswordChange:
    """A person's wish for another password, from a session that is to go on."""

    current: str
    new: str
    address: str
    session_id: str
    browser: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """The own password again, before something that must not happen from a computer left alone."""

    password: str
    address: str


@dataclass(frozen=True, slots=True)
class StepNeeded:
    """The password was right, and the second step is to come: to be passed, or (``must_set_up``) set up first."""

    step_id: str
    must_set_up: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be chosen when an account is added: ``area:3`` or ``site:7`` -> what people read."""

    reach: Mapping[str, str]
    #: Area of each site that may be chosen.
    area_of_site: Mapping[int, int]
    #: Whether the user name asked about is in use.
    is_taken: bool


def reaches_account(actor: Actor, *, site_id: int | None, area_path: str) -> bool:
    """Whether an account lies inside the actor's reach: someone bound to a site keeps only that site's accounts."""
    if actor.site_id is not None:
        return site_id == actor.site_id
    return reaches_area(actor, area_path)


def tidy_username(text: str) -> str:
    """A user name as typed, brought to the form it is kept in: full-width letters and capitals are the same, and
    what no screen shows is left out."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text) if sign.isprintable()).strip().lower()


def username_problem(username: str) -> str:
    """What is wrong with a user name, in Chinese, or "" when it may be used."""
    if _USERNAME.fullmatch(username):
        return ""
    return "用户名只能用小写英文字母、数字、点、下划线和短横线,2 到 32 个"


def name_problem(name: str) -> str:
    """What is wrong with a shown name, in Chinese, or ""."""
    if not name:
        return "请填写姓名"
    if not name.isprintable():
        return "姓名里有看不见的字,请重新输入"
    return "姓名太长,最多 40 个字" if len(name) > 40 else ""


def is_idle(*, seen_at: datetime, now: datetime, idle_minutes: int) -> bool:
    """Whether a session was left alone too long. A "last seen" as far in the future (a clock set back) counts too."""
    return abs(now - seen_at) > timedelta(minutes=idle_minutes)


def idle_limit(role: str, idle_minutes: int) -> int:
    """Minutes without a click after which a role must sign in again, where the setting says ``idle_minutes``."""
    return min(idle_minutes, OFFICE_IDLE_MINUTES) if role in OFFICE_ROLES else idle_minutes


def longest_session(role: str) -> timedelta:
    """How long after its beginning a session of a role ends whatever happens."""
    return LONGEST_OFFICE_SESSION if role in OFFICE_ROLES else LONGEST_SESSION


#: What a browser calls itself -> what people call it, the first that fits; Edge and WeChat also say Chrome, Chrome Safari.
_BROWSERS = {
    "MicroMessenger": "WeChat",
    "Edg": "Edge",
    "Firefox": "Firefox",
    "OPR": "Opera",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
_SYSTEMS = {
    "Windows": "Windows",
    "HarmonyOS": "HarmonyOS",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Mac OS": "Mac",
    "Linux": "Linux",
}


def browser_words(user_agent: str) -> str:
    """A browser as its owner would recognise it, ``Windows Edge``; "" when it does not say."""
    found = (next((word for sign, word in names.items() if sign in user_agent), "") for names in (_SYSTEMS, _BROWSERS))
    return " ".join(word for word in found if word)


def minutes_left(*, oldest_at: datetime, now: datetime) -> int:
    """Whole minutes, at least one, until the oldest of too many failures leaves the window."""
    seconds = (oldest_at + TRY_WINDOW - now).total_seconds()
    return max(1, -int(-seconds // 60))
