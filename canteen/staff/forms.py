"""Where what was typed on the staff pages becomes types. Problems are kept beside the fields, in Chinese."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from werkzeug.datastructures import MultiDict

from canteen.base.errors import BadFields, BadInput
from canteen.base.words import ROLES
from canteen.staff.passwords import password_problem
from canteen.staff.rules import SITE_ROLES, Choices, NewAccount, name_problem, tidy_username, username_problem

#: Marks the fields of another form that are carried through the sign-in page.
_KEPT = "kept:"
#: Where that form was going.
_KEPT_ACTION = "kept_action"
_NO_PLACE = "请选择区域或助餐点"


def is_local_path(text: str) -> bool:
    """Whether it is a path of this server and nothing else: no host, no scheme, no trick a browser would mend."""
    if not text.startswith("/") or text.startswith("//") or "\\" in text or not text.isprintable():
        return False
    parts = urlsplit(text)
    return not parts.scheme and not parts.netloc


@dataclass(frozen=True, slots=True)
class Kept:
    """A form that was sent when nobody was signed in: what it said, and where it was going."""

    action: str
    fields: tuple[tuple[str, str], ...]

    @property
    def carried(self) -> list[tuple[str, str]]:
        """The same as hidden fields of the sign-in form."""
        return [(_KEPT_ACTION, self.action), *((_KEPT + name, value) for name, value in self.fields)]


def keep(action: str, form: MultiDict[str, str]) -> Kept:
    """What to carry of a form: everything but its token and passwords. Files cannot be carried."""
    fields = tuple(
        (name, value)
        for name, value in form.items(multi=True)
        if name != "csrf_token" and "password" not in name.lower()
    )
    return Kept(action, fields)


@dataclass(frozen=True, slots=True)
class SignInForm:
    """A filled-in sign-in form."""

    username: str
    password: str
    #: Where to go afterwards; always a path of this server.
    next_path: str
    #: Sent from the small dialog in a page that is to stay.
    is_inline: bool
    kept: Kept | None


def read_sign_in(form: MultiDict[str, str]) -> SignInForm:
    """Read the sign-in form; what is missing is empty."""
    action = form.get(_KEPT_ACTION, "")
    kept = None
    if is_local_path(action):
        fields = tuple(
            (name.removeprefix(_KEPT), value) for name, value in form.items(multi=True) if name.startswith(_KEPT)
        )
        kept = Kept(action, fields)
    return SignInForm(
        username=tidy_username(form.get("username", "")[:200]),
        password=form.get("password", ""),
        next_path=read_next(form.get("next", "")),
        is_inline=form.get("inline") == "1",
        kept=kept,
    )


def read_next(text: str) -> str:
    """Where to go after signing in: a path of this server, or the front door."""
    return text if is_local_path(text) else "/"


def typed_account(form: Mapping[str, str]) -> dict[str, str]:
    """What was typed of an account, tidied; never its password."""
    typed = {name: form.get(name, "").strip() for name in ("username", "name", "role", "reach", "elder_id")}
    return typed | {"username": tidy_username(typed["username"])}


def read_account(form: Mapping[str, str], choices: Choices) -> NewAccount:
    """A new account. The first password is replaced by its owner at the first sign-in. Raises ``BadFields``."""
    typed, password = typed_account(form), form.get("password", "")
    _stop(
        username=username_problem(typed["username"]) or ("用户名已经有人用了" if choices.is_taken else ""),
        name=name_problem(typed["name"]),
        role="" if typed["role"] in ROLES else "请选择角色",
        reach=_reach_problem(typed, choices),
        elder_id="" if _is_number(typed["elder_id"]) else "老人编号是一个数字,不是老人就留空",
        password=password_problem(password, username=typed["username"]),
    )
    kind, number = typed["reach"].split(":")
    site_id = int(number) if kind == "site" else None
    return NewAccount(
        username=typed["username"],
        name=typed["name"],
        role=typed["role"],
        site_id=site_id,
        area_id=int(number) if site_id is None else choices.area_of_site[site_id],
        password=password,
        elder_id=int(typed["elder_id"]) if typed["elder_id"] else None,
        must_change_password=True,
    )


def _stop(**problems: str) -> None:
    """Raise ``BadFields`` when a field has a problem; "" is none."""
    errors = {field: BadInput(text, field=field) for field, text in problems.items() if text}
    if errors:
        raise BadFields(errors)


def _is_number(text: str) -> bool:
    return text == "" or (text.isascii() and text.isdigit() and len(text) <= 9)


def _reach_problem(typed: Mapping[str, str], choices: Choices) -> str:
    if typed["reach"] not in choices.reach:
        return _NO_PLACE
    if typed["role"] in SITE_ROLES and not typed["reach"].startswith("site:"):
        return "柜台和送餐志愿者的账号要属于一个助餐点"
    return ""


def read_password_change(form: Mapping[str, str], *, username: str) -> tuple[str, str]:
    """The current password and the new one, which is typed twice. Raises ``BadFields``."""
    current, new, again = (form.get(name, "") for name in ("current_password", "password", "password_again"))
    problem = password_problem(new, username=username)
    _stop(
        current_password="" if current else "请输入现在的密码",
        password=problem or ("新密码和现在的一样" if new == current else ""),
        password_again="" if new == again else "两次输入的新密码不一样",
    )
    return current, new


def read_reset(form: Mapping[str, str], *, username: str) -> str:
    """The password an administrator gives somebody else. Raises ``BadFields``."""
    new = form.get("password", "")
    _stop(password=password_problem(new, username=username))
    return new
