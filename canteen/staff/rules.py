"""Who may do what. Roles are few and fixed; actions are the canteen's verbs; everything else is denied."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

#: Failed sign-ins are counted within this window, and a pause ends with it.
TRY_WINDOW = timedelta(minutes=15)
#: An address may fail this many times as often as a name: many people can sit behind one.
ADDRESS_FACTOR = 10
#: However busy, nobody stays signed in longer than a working day.
LONGEST_SESSION = timedelta(hours=14)
#: Roles that only make sense at one site.
SITE_ROLES = frozenset({"clerk", "volunteer"})

_USERNAME = re.compile(r"[a-z0-9._-]{2,32}")

#: Action -> the roles that may. ``terminal`` and ``print_agent`` are roles of API tokens, never of a person.
ALLOWED: dict[str, frozenset[str]] = {
    "serve": frozenset({"administrator", "manager", "clerk", "terminal"}),
    "void": frozenset({"administrator", "manager", "clerk", "terminal"}),
    "find_elders": frozenset({"administrator", "manager", "clerk", "terminal"}),
    "keep_elders": frozenset({"administrator", "manager", "civil_affairs"}),
    "unmask": frozenset({"administrator", "manager", "civil_affairs"}),
    "keep_menus": frozenset({"administrator", "manager"}),
    "take_orders": frozenset({"administrator", "manager", "clerk"}),
    "keep_site": frozenset({"administrator", "manager"}),
    "keep_routes": frozenset({"administrator", "manager"}),
    "deliver": frozenset({"administrator", "manager", "volunteer"}),
    "close_welfare_checks": frozenset({"administrator", "manager", "clerk"}),
    "see_counts": frozenset({"administrator", "manager", "committee", "civil_affairs", "terminal"}),
    "see_people_masked": frozenset({"administrator", "manager", "committee", "civil_affairs"}),
    "see_schemes": frozenset({"administrator", "manager", "clerk", "committee", "civil_affairs"}),
    "keep_schemes": frozenset({"administrator", "civil_affairs"}),
    "see_funding": frozenset({"administrator", "manager", "committee", "civil_affairs"}),
    "keep_funding": frozenset({"administrator", "civil_affairs"}),
    "see_statements": frozenset({"administrator", "manager", "committee", "civil_affairs"}),
    "close_month": frozenset({"administrator", "manager"}),
    "correct_books": frozenset({"administrator", "manager", "civil_affairs"}),
    "close_day": frozenset({"administrator", "manager", "clerk"}),
    "take_applications": frozenset({"administrator", "manager", "clerk", "committee", "civil_affairs"}),
    "decide_applications": frozenset({"administrator", "committee", "civil_affairs"}),
    "keep_entitlements": frozenset({"administrator", "civil_affairs"}),
    "settle_look_back": frozenset({"administrator", "manager", "civil_affairs"}),
    "keep_work_calendar": frozenset({"administrator", "civil_affairs"}),
    "keep_printers": frozenset({"administrator", "manager"}),
    "see_tickets": frozenset({"administrator", "manager", "clerk"}),
    "reprint": frozenset({"administrator", "manager", "clerk"}),
    "print_jobs": frozenset({"print_agent"}),
    "keep_staff": frozenset({"administrator"}),
    "see_purses": frozenset({"administrator", "manager", "clerk", "civil_affairs"}),
    "keep_purses": frozenset({"administrator", "civil_affairs"}),
    "run_credits": frozenset({"administrator", "civil_affairs"}),
    "take_own_money": frozenset({"administrator", "manager", "clerk"}),
    "refund_own_money": frozenset({"administrator", "manager"}),
    "see_services": frozenset({"administrator", "manager", "clerk", "civil_affairs"}),
    "record_services": frozenset({"administrator", "manager", "clerk"}),
    "see_providers": frozenset({"administrator", "manager", "clerk", "committee", "civil_affairs"}),
    "keep_providers": frozenset({"administrator", "civil_affairs"}),
    "see_audit": frozenset({"administrator", "civil_affairs"}),
    "use_own_account": frozenset(
        {"administrator", "manager", "clerk", "volunteer", "committee", "civil_affairs"}
    ),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is doing something: a signed-in person, a terminal, or the command line."""

    #: ``staff``, ``token`` or ``command``
    kind: str
    #: Row id of the account or token; 0 for the command line.
    id: int
    #: Shown and printed name.
    name: str
    role: str
    #: Area whose sites are in reach ("" reaches all: the command line).
    area_path: str = ""
    #: The only site in reach, or None for all of the area.
    site_id: int | None = None
    #: The elder this person is, if registered as one.
    elder_id: int | None = None

    @property
    def label(self) -> str:
        """What the audit trail keeps: ``staff:3``."""
        return f"{self.kind}:{self.id}" if self.id else self.kind

    @property
    def staff_id(self) -> int | None:
        """The account's id for foreign keys; None for terminals and the command line."""
        return self.id if self.kind == "staff" else None


#: The command line: whoever may start it owns the data anyway.
COMMAND = Actor(kind="command", id=0, name="命令行", role="administrator")


#: Somebody who is not signed in: may nothing, reaches nothing.
NOBODY = Actor(kind="nobody", id=0, name="", role="", area_path="-")


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
class Choices:
    """What may be chosen when an account is added: ``area:3`` or ``site:7`` -> what people read."""

    reach: Mapping[str, str]
    #: Area of each site that may be chosen.
    area_of_site: Mapping[int, int]
    #: Whether the user name asked about is in use.
    is_taken: bool


def may(actor: Actor, action: str) -> bool:
    """Whether the actor's role allows the action; an unknown action is a programming error (KeyError)."""
    return actor.role in ALLOWED[action]


def reaches_area(actor: Actor, area_path: str) -> bool:
    """Whether an area lies inside the actor's area (an account bound to one site still has its site's area)."""
    return actor.area_path == "" or (area_path + "/").startswith(actor.area_path + "/")


def reaches_site(actor: Actor, *, site_id: int, area_path: str) -> bool:
    """Whether a site is in the actor's reach."""
    return actor.site_id == site_id if actor.site_id is not None else reaches_area(actor, area_path)


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


def minutes_left(*, oldest_at: datetime, now: datetime) -> int:
    """Whole minutes, at least one, until the oldest of too many failures leaves the window."""
    seconds = (oldest_at + TRY_WINDOW - now).total_seconds()
    return max(1, -int(-seconds // 60))
