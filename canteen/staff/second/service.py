"""What people do with their second step: pass it, set it up, print new codes, switch it off; and take another's away."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import NOBODY, Actor
from canteen.base.db import LostRace, transaction
from canteen.base.errors import Refusal
from canteen.base.vault import the_vault
from canteen.staff import accounts, attempts, queries
from canteen.staff.passwords import hash_password, matches
from canteen.staff.rules import SignedIn
from canteen.staff.second import factors, passkeys
from canteen.staff.second.passkeys import Origin, read_new
from canteen.staff.second.rules import StepAnswer, matching_step, new_codes, new_secret, place_of, tidy_code
from canteen.staff.service import begin


@dataclass(frozen=True, slots=True)
class StepPlace:
    """The browser the second step is passed in: its waiting step, and what a session in it needs."""

    step_id: str
    address: str
    replaces: str = ""
    device: str = ""
    browser: str = ""


@dataclass(frozen=True, slots=True)
class Passed:
    """The second step was passed. ``signed_in`` None: it may be set up now (``aim`` ``set_up``)."""

    aim: str
    signed_in: SignedIn | None
    #: Recovery codes to be shown this once.
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """What a page asks the browser for: a passkey (JSON, "" where there can be none), and a secret for an app."""

    passkey: str
    secret: str = ""


def begin_own(actor: Actor, *, aim: str, now: datetime) -> str:
    """After the own password: begin to change one's second step. Returns the id of the waiting step."""
    with transaction() as session:
        account = accounts.by_id(session, actor.id)
        assert account is not None, "accounts are never deleted"
        has_second = factors.factors_of(session, actor.id).has_any
        return factors.begin_step(
            session, account, aim=aim if has_second else "set_up", is_proven=not has_second, at=now
        )


def offer_known(step_id: str, origin: Origin | None, *, now: datetime) -> Offer:
    """What the page of the second step asks a passkey for; a new challenge each time. Raises ``Refusal`` ``step_gone``."""
    with transaction() as session:
        step = factors.step_of(session, step_id, at=now)
        known = [row.credential_id for row in factors.passkeys_of(session, step.staff_id) if _fits(row, origin)]
        if origin is None or not known:
            return Offer("")
        asked, challenge = passkeys.ask_for_known(origin, known=known)
        factors.keep_in_step(session, step_id, challenge=challenge)
        return Offer(asked)


def _fits(row: Row[Any], origin: Origin | None) -> bool:
    return origin is not None and row.rp_id == origin.rp_id


def offer_new(step_id: str, origin: Origin | None, *, now: datetime) -> Offer:
    """What the set-up page asks for. The secret stays the same while the step lasts, the challenge does not.

    Raises ``Refusal`` ``step_gone``, also while the second step is still to be passed.
    """
    vault, asked = the_vault(), ""
    with transaction() as session:
        step = _proven(session, step_id, now)
        secret = vault.open(step.sealed_totp, _place(step_id)) if step.sealed_totp else new_secret()
        if step.sealed_totp is None:
            factors.keep_in_step(session, step_id, sealed_totp=vault.seal(secret, _place(step_id)))
        if origin is not None:
            known = [row.credential_id for row in factors.passkeys_of(session, step.staff_id) if _fits(row, origin)]
            asked, challenge = passkeys.ask_for_new(
                origin, staff_id=step.staff_id, username=step.username, name=step.name, known=known
            )
            factors.keep_in_step(session, step_id, challenge=challenge)
    return Offer(asked, secret)


def _proven(session: Session, step_id: str, now: datetime) -> Row[Any]:
    step = factors.step_of(session, step_id, at=now)
    if not step.is_proven:
        raise Refusal("step_gone", "还没有通过第二步验证", next_step="请重新输入用户名和密码")
    return step


def _place(step_id: str) -> str:
    return f"sign_in_step:{step_id}"


def pass_code(here: StepPlace, typed: str, *, tries: int, now: datetime) -> Passed | Refusal:
    """Pass the second step by the code of an app or a recovery code.

    Wrong ones count as wrong passwords do, by themselves. Raises ``Refusal`` ``step_gone``; the others are returned.
    """
    code, vault = tidy_code(typed), the_vault()
    with transaction() as session:
        step = factors.step_of(session, here.step_id, at=now)
        subject = f"second step {step.staff_id}"
        limits = attempts.subjects_of(vault, username=subject, address=here.address, tries=tries, device=here.device)
        if (paused := attempts.pause(session, limits, at=now)) is not None:
            if attempts.tell_once(session, paused[0], at=now):
                _record(session, NOBODY, "sign_in_paused", step, now)
            return Refusal(
                "sign_in_paused",
                "验证码错误次数太多,暂停登录",
                next_step="请 %(minutes)s 分钟后再试,或者使用通行密钥",
                minutes=paused[1],
            )
        tried = attempts.note(session, limits, at=now)
        place = place_of(code)
        kept = factors.code_hash(session, step.staff_id, place) if place is not None else None
        secret, last = factors.totp_of(session, step.staff_id, vault)
    is_recovery = len(code) > 6 and matches(kept, code)  # outside the transaction: it costs what a password costs
    half_minute = matching_step(secret, code, now=now, last_step=last) if secret and len(code) == 6 else None
    with transaction() as session:
        step = factors.step_of(session, here.step_id, at=now)
        if half_minute is not None and factors.use_totp(session, step.staff_id, half_minute):
            attempts.forget(session, limits, tried)
            return _passed(session, step, here, now)
        if is_recovery and place is not None and factors.use_code(session, step.staff_id, place, kept or "", at=now):
            attempts.forget(session, limits, tried)
            _record(session, NOBODY, "use_recovery_code", step, now)
            return _passed(session, step, here, now)
        _record(session, NOBODY, "second_step_failed", step, now)
    return Refusal("second_step_failed", "验证码不对或已经用过", next_step="请等手机上出现下一个验证码再输入")


def pass_passkey(here: StepPlace, answer: str, origin: Origin | None, *, now: datetime) -> Passed | Refusal:
    """Pass the second step by a passkey, which nobody can guess: it stays possible while codes are paused.

    Raises ``Refusal`` ``step_gone``; a wrong answer is returned.
    """
    claimed = passkeys.credential_of(answer)
    with transaction() as session:
        step = factors.step_of(session, here.step_id, at=now)
        challenge = factors.take_challenge(session, here.step_id)
        mine = factors.passkeys_of(session, step.staff_id)
        found = next((row for row in mine if row.credential_id == claimed and _fits(row, origin)), None)
        count = None
        if found is not None and origin is not None:
            count = passkeys.check_known(
                answer,
                challenge=challenge,
                origin=origin,
                public_key=bytes(found.public_key),
                sign_count=found.sign_count,
            )
        if found is not None and count is not None:
            factors.use_passkey(session, found.id, count)
            return _passed(session, step, here, now)
        _record(session, NOBODY, "second_step_failed", step, now)
    return Refusal("second_step_failed", "通行密钥没有通过", next_step="请再试一次,或者输入验证码")


def _passed(session: Session, step: Row[Any], here: StepPlace, now: datetime) -> Passed:
    """Go on to what the step was for."""
    if step.aim == "set_up":
        factors.keep_in_step(session, step.id, is_proven=True)
        return Passed(step.aim, None)
    if step.aim == "sign_in":
        return Passed(step.aim, _begin(session, step, here, now, "sign_in"))
    codes: tuple[str, ...] = ()
    if step.aim == "codes":
        codes = _give_codes(session, step.staff_id)
    else:
        factors.take_all(session, step.staff_id, but_step=step.id)
    accounts.end_sessions(session, step.staff_id)
    action = "new_recovery_codes" if codes else "end_second_step"
    return Passed(step.aim, _begin(session, step, here, now, action), codes)


def _begin(session: Session, step: Row[Any], here: StepPlace, now: datetime, action: str) -> SignedIn:
    factors.end_step(session, step.id)
    account = accounts.by_id(session, step.staff_id)
    assert account is not None, "accounts are never deleted"
    return begin(session, account, replaces=here.replaces, browser=here.browser, now=now, action=action)


def _give_codes(session: Session, staff_id: int) -> tuple[str, ...]:
    codes = new_codes()
    factors.put_codes(session, staff_id, [hash_password(tidy_code(code)) for code in codes])
    return tuple(codes)


def set_up(here: StepPlace, answer: StepAnswer, origin: Origin | None, *, now: datetime) -> Passed | Refusal:
    """An app on a phone has the secret, as its code proves, or the browser made a passkey. All other sessions end, and
    one begins here. Raises ``Refusal`` ``step_gone``; a wrong answer is returned.
    """
    vault, code = the_vault(), tidy_code(answer.code)
    try:
        with transaction() as session:
            step = _proven(session, here.step_id, now)
            if answer.credential:
                challenge = factors.take_challenge(session, here.step_id)
                made = read_new(answer.credential, challenge=challenge, origin=origin) if origin else None
                if made is None or origin is None:
                    return _NO_PASSKEY
                _make_room(session, step, answer)
                name = answer.name or here.browser
                factors.put_passkey(session, step.staff_id, made, origin, name=name, at=now)
                return _set_up(session, step, here, now)
            secret = vault.open(step.sealed_totp, _place(step.id)) if step.sealed_totp else ""
            half_minute = matching_step(secret, code, now=now, last_step=0) if secret and len(code) == 6 else None
            if half_minute is None:
                return _NO_CODE
            _make_room(session, step, answer)
            factors.put_totp(session, step.staff_id, secret, vault, step=half_minute)
            return _set_up(session, step, here, now)
    except LostRace:  # somebody has this passkey
        return _NO_PASSKEY


def remove_passkey(here: StepPlace, passkey_id: int, *, now: datetime) -> Passed:
    """Take one passkey away, as of a lost stick; all other sessions end, and one begins here.

    Raises ``Refusal`` ``step_gone``, ``last_factor`` (all of them go by switching the second step off, where one may),
    and ``NotFound`` for a passkey of somebody else, or that is gone.
    """
    with transaction() as session:
        step = _proven(session, here.step_id, now)
        accounts.end_sessions(session, step.staff_id)  # first: of two removals at once one sees what the other left
        factors.take_passkey(session, step.staff_id, passkey_id)
        if not factors.factors_of(session, step.staff_id).has_any:
            raise Refusal(
                "last_factor",
                "这是最后一种验证方式,不能移除",
                next_step="请先加上手机验证器或另一个通行密钥,再移除这一个",
            )
        return Passed("removed", _begin(session, step, here, now, "remove_passkey"))


_NO_PASSKEY = Refusal("second_step_failed", "通行密钥没有建立", next_step="请再试一次,或者改用手机验证器")
_NO_CODE = Refusal("second_step_failed", "验证码不对", next_step="请看手机上现在显示的 6 位数;手机时间要和北京时间一致")


def _make_room(session: Session, step: Row[Any], answer: StepAnswer) -> None:
    if answer.is_only:
        factors.take_all(session, step.staff_id, but_step=step.id)


def _set_up(session: Session, step: Row[Any], here: StepPlace, now: datetime) -> Passed:
    """Ten recovery codes with the first factor, and whenever all are used up; every other session ends."""
    codes = () if factors.factors_of(session, step.staff_id).codes_left else _give_codes(session, step.staff_id)
    accounts.end_sessions(session, step.staff_id)
    return Passed("set_up", _begin(session, step, here, now, "set_up_second_step"), codes)


def reset(actor: Actor, staff_id: int, *, now: datetime) -> None:
    """Take the second step of an account in reach away; its sessions end and its owner is told at the next sign-in.

    Raises ``NotFound``, and ``Refusal`` ``own_account``: one's own is changed on the own page.
    """
    if actor.staff_id == staff_id:
        raise Refusal("own_account", "不能在这里重置自己的第二步验证", next_step="请在“我的账号”里更换")
    with transaction() as session:
        account = queries.find_account(session, actor, staff_id)
        factors.take_all(session, staff_id, reset_at=now)
        accounts.end_sessions(session, staff_id)
        trail.record(session, actor, "reset_second_step", f"staff:{staff_id}", now, site_id=account.site_id)


def _record(session: Session, actor: Actor, action: str, step: Row[Any], now: datetime) -> None:
    trail.record(session, actor, action, f"staff:{step.staff_id}", now, site_id=step.site_id)
