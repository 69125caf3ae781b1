"""What people do with accounts: sign in and out, change a password, add, lock and unlock; and terminals' tokens."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import NOBODY, Actor
from canteen.base.db import LostRace, reading, transaction
from canteen.base.errors import BadFields, BadInput, NotFound, Refusal
from canteen.base.vault import the_vault
from canteen.places.models import Area, Site
from canteen.staff import accounts, attempts, queries, tokens
from canteen.staff.models import Staff
from canteen.staff.passwords import hashed_anew, matches
from canteen.staff.rules import (
    SITE_ROLES,
    NewAccount,
    PasswordChange,
    Proof,
    SignedIn,
    SignInRequest,
    StepNeeded,
    reaches_account,
    tidy_username,
)
from canteen.staff.second import factors


def sign_in(
    request: SignInRequest, *, tries: int, now: datetime, second_step_roles: Collection[str] = ()
) -> SignedIn | StepNeeded | Refusal:
    """Check a name and a password and begin a session, or the second step where the account has one or its role must;
    a success clears the name's failures.

    The answer to an unknown name is the same, after the same work, as to a wrong password. ``sign_in_paused`` after
    ``tries`` failures of a name (ten times as many from an address) within 15 minutes, ``account_locked`` only to
    somebody who knows the password. Returned, not raised: the page shows it beside the form.
    """
    username = tidy_username(request.username)
    limits = attempts.subjects_of(
        the_vault(), username=username, address=request.address, tries=tries, device=request.device
    )
    checked = _check_password(
        lambda session: accounts.by_username(session, username), request.password, limits, now=now
    )
    if isinstance(checked, Refusal):
        return checked
    with transaction() as session:
        account = accounts.by_id(session, checked.id)
        assert account is not None, "accounts are never deleted"
        if not account.is_active or account.session_epoch != checked.session_epoch:
            _record(session, NOBODY, "sign_in_failed", account, now)
            return Refusal("account_locked", "这个账号已停用", next_step="请联系管理员")
        has_second = factors.factors_of(session, account.id).has_any
        if has_second or account.role in second_step_roles:
            aim = "sign_in" if has_second else "set_up"
            step_id = factors.begin_step(session, account, aim=aim, is_proven=not has_second, at=now)
            return StepNeeded(step_id, must_set_up=not has_second)
        browser = {"replaces": request.replaces, "browser": request.browser}
        return begin(session, account, **browser, now=now, action="sign_in")


def begin(session: Session, account: Row[Any], *, replaces: str, browser: str, now: datetime, action: str) -> SignedIn:
    """Begin a session in the caller's transaction, with its row in the trail."""
    session_id = accounts.start_session(
        session, staff_id=account.id, epoch=account.session_epoch, at=now, replaces=replaces, browser=browser
    )
    actor = Actor("staff", account.id, account.name, account.role)
    _record(session, actor, action, account, now)
    return SignedIn(session_id, account.id, was_reset=factors.take_notice(session, account.id))


def _check_password(
    find: Callable[[Session], Row[Any] | None], password: str, limits: dict[str, int], *, now: datetime
) -> Row[Any] | Refusal:
    """The account if the password is right. Counts the try first, and hashes outside any transaction."""
    with transaction() as session:
        account = find(session)
        paused = attempts.pause(session, limits, at=now)
        if paused is not None:
            if attempts.tell_once(session, paused[0], at=now):
                _record(session, NOBODY, "sign_in_paused", account, now)
            return Refusal(
                "sign_in_paused",
                "密码错误次数太多,暂停登录",
                next_step="请 %(minutes)s 分钟后再试;忘记密码请找管理员重设",
                minutes=paused[1],
            )
        tried = attempts.note(session, limits, at=now)
    is_right = matches(account.password_hash if account else None, password)
    anew = hashed_anew(account.password_hash, password) if account is not None and is_right else None
    with transaction() as session:
        if account is not None and is_right:
            attempts.forget(session, limits, tried)
            if anew is not None:
                accounts.replace_hash(session, account.id, account.password_hash, anew)
                trail.along(session, NOBODY, "renew_hash", now)
            return account
        _record(session, NOBODY, "sign_in_failed", account, now)
    return Refusal("sign_in_failed", "用户名或密码不对", next_step="请检查大小写和输入法,再试一次")


def _record(session: Session, actor: Actor, action: str, account: Row[Any] | None, now: datetime) -> None:
    """In the chain of the account's site. What was typed as an unknown name is not kept: it may be a password."""
    subject, site_id = (f"staff:{account.id}", account.site_id) if account else ("nobody", None)
    trail.record(session, actor, action, subject, now, site_id=site_id)


def sign_out(actor: Actor, *, session_id: str, now: datetime) -> None:
    """End this session; a copy of its cookie is worth nothing from now on."""
    with transaction() as session:
        accounts.end_session(session, session_id)
        _record(session, actor, "sign_out", accounts.by_id(session, actor.id), now)


def change_own_password(actor: Actor, request: PasswordChange, *, tries: int, now: datetime) -> SignedIn | Refusal:
    """Replace one's own password: all sessions end, and a new one begins for this browser.

    Wrong current passwords count like failed sign-ins. Raises ``BadInput`` (``password``).
    """
    checked = _check_own(actor, Proof(request.current, request.address), tries=tries, now=now)
    if isinstance(checked, Refusal):
        return checked
    if request.new == request.current:
        raise BadInput("新密码和现在的一样", field="password")
    with transaction() as session:
        accounts.set_password(session, staff_id=actor.id, password=request.new)
        account = _own_row(session, actor)
        browser = {"replaces": request.session_id, "browser": request.browser}
        return begin(session, account, **browser, now=now, action="change_password")


def _check_own(actor: Actor, proof: Proof, *, tries: int, now: datetime) -> Row[Any] | Refusal:
    """The own account if the password is right. Whoever is signed in and guesses it has a count of their own: a stranger
    at the sign-in page does not use it up."""
    with reading() as session:
        username = _own_row(session, actor).username
    limits = attempts.subjects_of(
        the_vault(), username=username, address=proof.address, tries=tries, device="signed in"
    )
    return _check_password(lambda session: _own_row(session, actor), proof.password, limits, now=now)


def prove_own(actor: Actor, proof: Proof, *, field: str, tries: int, now: datetime) -> None:
    """Ask for one's own password again; wrong ones are counted as at sign-in. Raises ``BadFields`` (``field``)."""
    if not proof.password:
        raise BadFields({field: BadInput("请输入您自己的密码", field=field)})
    checked = _check_own(actor, proof, tries=tries, now=now)
    if isinstance(checked, Refusal):
        if checked.code == "sign_in_paused":
            wrong = BadInput("密码错误次数太多,请 %(minutes)s 分钟后再试", field=field, **checked.fields)
        else:
            wrong = BadInput("密码不对", field=field)
        raise BadFields({field: wrong})


def end_sessions(actor: Actor, *, session_id: str, which: str, browser: str, now: datetime) -> SignedIn | None:
    """End one of one's own sessions (``which`` as ``queries.sessions_of`` names it), or with "" all and begin this one
    anew, which is answered. Raises ``NotFound``."""
    with transaction() as session:
        account = _own_row(session, actor)
        if not which:
            accounts.end_sessions(session, actor.id)
            account = _own_row(session, actor)
            return begin(session, account, replaces=session_id, browser=browser, now=now, action="end_sessions")
        found = queries.session_named(session, actor.id, which)
        if found is None:
            raise NotFound("这个登录已经退出了", next_step="请刷新页面")
        accounts.end_session(session, found)
        _record(session, actor, "end_sessions", account, now)
        return None


def _own_row(session: Session, actor: Actor) -> Row[Any]:
    row = accounts.by_id(session, actor.id)
    assert row is not None and actor.kind == "staff"
    return row


def add_user(actor: Actor, request: NewAccount, *, now: datetime) -> int:
    """Add an account inside the actor's reach and return its id.

    Raises ``BadInput``, ``NotFound`` for a place or elder that is not there or not in reach, and ``Refusal``
    ``username_taken``.
    """
    if request.role in SITE_ROLES and request.site_id is None:
        raise BadInput("柜台和送餐志愿者的账号要属于一个助餐点", field="reach")
    try:
        with transaction() as session:
            _demand_place(session, actor, request)
            staff_id = accounts.add_account(session, request, at=now)
            place = {"site_id": request.site_id, "area": request.area_id}
            trail.record(session, actor, "add_account", f"staff:{staff_id}", now, **place, role=request.role)
            return staff_id
    except LostRace as race:
        raise accounts.username_taken(request.username) from race


def _demand_place(session: Session, actor: Actor, request: NewAccount) -> None:
    area = session.get(Area, request.area_id)
    site = session.get(Site, request.site_id) if request.site_id is not None else None
    is_known = area is not None and (request.site_id is None or (site is not None and site.area_id == area.id))
    if area is None or not is_known or not reaches_account(actor, site_id=request.site_id, area_path=area.path):
        raise NotFound("没有找到这个区域或助餐点", next_step="请从列表中选择")
    if request.elder_id is not None and not _is_elder(session, request.elder_id):
        raise NotFound("没有找到这位老人", next_step="请检查老人编号")


def _is_elder(session: Session, elder_id: int) -> bool:
    """Whether the register has an elder: it stands above this room, which knows its key by the reference to it."""
    [reference] = Staff.__table__.c.elder_id.foreign_keys
    return session.execute(select(reference.column).where(reference.column == elder_id)).first() is not None


def reset_password(actor: Actor, staff_id: int, *, password: str, must_change_password: bool, now: datetime) -> None:
    """Give an account in reach another password; its sessions end.

    Raises ``BadInput``, ``NotFound``, and ``Refusal`` ``own_account``: one's own needs the current password.
    """
    if actor.staff_id == staff_id:
        raise Refusal("own_account", "不能在这里重设自己的密码", next_step="请在“我的账号”里更换")
    with transaction() as session:
        account = queries.find_account(session, actor, staff_id)
        accounts.set_password(
            session, staff_id=account.id, password=password, must_change_password=must_change_password
        )
        _record(session, actor, "reset_password", account, now)


def lock_account(actor: Actor, staff_id: int, *, now: datetime) -> None:
    """Lock an account in reach; its sessions end at once. Raises ``NotFound``, ``Refusal`` ``own_account``."""
    if actor.staff_id == staff_id:
        raise Refusal("own_account", "不能停用自己的账号", next_step="请另一位管理员来停用")
    _set_active(actor, staff_id, is_active=False, now=now)


def unlock_account(actor: Actor, staff_id: int, *, now: datetime) -> None:
    """Let a locked account in reach sign in again. Raises ``NotFound``."""
    _set_active(actor, staff_id, is_active=True, now=now)


def _set_active(actor: Actor, staff_id: int, *, is_active: bool, now: datetime) -> None:
    with transaction() as session:
        account = queries.find_account(session, actor, staff_id)
        if account.is_active != is_active:
            accounts.set_active(session, staff_id=account.id, is_active=is_active)
            _record(session, actor, "unlock_account" if is_active else "lock_account", account, now)


def add_token(actor: Actor, *, name: str, site_id: int, role: str, now: datetime) -> str:
    """Make a terminal's bearer token and return it: nobody can read it again. Raises ``BadInput``, ``Refusal``."""
    with transaction() as session:
        token_id, token = tokens.add_token(session, name=name, site_id=site_id, role=role, at=now)
        trail.record(session, actor, "add_token", f"token:{token_id}", now, site_id=site_id)
    return token


def revoke_token(actor: Actor, *, name: str, site_id: int, now: datetime) -> None:
    """End a terminal's token at once. Raises ``NotFound``."""
    with transaction() as session:
        token_id = tokens.revoke_token(session, name=name, site_id=site_id, at=now)
        trail.record(session, actor, "revoke_token", f"token:{token_id}", now, site_id=site_id)


def record_refusal(actor: Actor | None, *, code: str, where: str, now: datetime) -> None:
    """Write down that a rule said no: to whom, where and its code, nothing of what was typed."""
    actor = actor or NOBODY
    with transaction() as session:
        trail.record(session, actor, "refuse", where, now, site_id=actor.site_id, code=code)
