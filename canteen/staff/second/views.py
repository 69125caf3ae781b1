"""The pages between the password and the session.

All are open to anybody: what they work on is the waiting step whose id this browser's cookie holds, and there is
nothing else they read.
"""

from typing import Any

import segno
from flask import Blueprint, current_app, redirect, request, session, url_for
from flask_babel import gettext

from canteen.base import clock
from canteen.base.config import Settings
from canteen.base.errors import Refusal
from canteen.base.web import go_to, page, public, say, say_next_step
from canteen.staff import detour, devices, login
from canteen.staff.forms import SignInForm, read_sign_in
from canteen.staff.second import queries, service
from canteen.staff.second.forms import read_answer
from canteen.staff.second.passkeys import Origin, origin_of
from canteen.staff.second.queries import WaitingStep
from canteen.staff.second.rules import app_address, spaced

blueprint = Blueprint("second", __name__)
#: Where the cookie keeps the id of the waiting step.
_STEP = "step"


def wait_for_second(step_id: str, form: SignInForm, *, must_set_up: bool) -> Any:
    """The password was right: remember the step in this browser, and show its page with what is carried along."""
    remember_step(step_id)
    if not must_set_up:
        return _show_step(form)
    if form.is_inline:  # a page that waits behind a small dialog; a set-up needs the whole screen
        return "", 200, {"HX-Redirect": url_for("second.set_up_page")}
    return _show_set_up(form)


def remember_step(step_id: str) -> None:
    """This browser waits for the second step."""
    session[_STEP] = step_id


@blueprint.get("/sign-in/second")
@public
def step_page() -> Any:
    """The page of the second step again, after a reload."""
    return _show_step(read_sign_in(request.args))


@blueprint.post("/sign-in/second")
@public
def pass_step() -> Any:
    """A code or a passkey: go on to what the step was for."""
    form, answer = read_sign_in(request.form), read_answer(request.form)
    here = _here()
    if answer.credential:
        outcome = service.pass_passkey(here, answer.credential, _origin(), now=clock.now())
    else:
        outcome = service.pass_code(here, answer.code, tries=_settings().login_tries, now=clock.now())
    if isinstance(outcome, Refusal):
        return _show_step(form, outcome)
    if outcome.signed_in is None:
        return redirect(url_for("second.set_up_page"), code=303)
    return _enter(outcome, form)


@blueprint.get("/sign-in/set-up")
@public
def set_up_page() -> Any:
    """How to give an account a second step."""
    return _show_set_up(read_sign_in(request.args))


@blueprint.post("/sign-in/set-up")
@public
def set_up() -> Any:
    """An app's code or a new passkey: the account has it from now on."""
    form, answer = read_sign_in(request.form), read_answer(request.form)
    outcome = service.set_up(_here(), answer, _origin(), now=clock.now())
    return _show_set_up(form, outcome) if isinstance(outcome, Refusal) else _enter(outcome, form)


@blueprint.post("/sign-in/passkeys/<int:passkey_id>/remove")
@public
def remove_passkey(passkey_id: int) -> Any:
    """One passkey of several is worth nothing from now on."""
    return _enter(service.remove_passkey(_here(), passkey_id, now=clock.now()), read_sign_in(request.form))


def _settings() -> Settings:
    found: Settings = current_app.config["CANTEEN"]
    return found


def _step() -> WaitingStep:
    found = session.get(_STEP)
    return queries.waiting_step(found if isinstance(found, str) else "", now=clock.now())


def _here() -> service.StepPlace:
    step = _step()
    return service.StepPlace(
        step.id,
        request.remote_addr or "",
        replaces=login.session_id(),
        device=devices.known_device(step.username),
        browser=login.browser(),
    )


def _origin() -> Origin | None:
    return origin_of(request.host, is_https=_settings().https or request.is_secure)


def _show_step(form: SignInForm, refusal: Refusal | None = None) -> Any:
    step, origin = _step(), _origin()
    offer = service.offer_known(step.id, origin, now=clock.now())
    elsewhere = sorted({rp_id for _, _, rp_id in step.factors.passkeys} - {origin.rp_id if origin else ""})
    return page(
        "staff/_second_relogin.html" if form.is_inline else "staff/second.html",
        status=_status(refusal),
        step=step,
        asked=offer.passkey,
        elsewhere="、".join(elsewhere) if not offer.passkey else "",
        form=form,
        error=_sentence(refusal),
    )


def _show_set_up(form: SignInForm, refusal: Refusal | None = None) -> Any:
    step, origin = _step(), _origin()
    if not step.is_proven:
        return redirect(url_for("second.step_page"), code=303)
    offer = service.offer_new(step.id, origin, now=clock.now())
    address = app_address(offer.secret, username=step.username, issuer=gettext("助餐"))
    return page(
        "staff/second_set_up.html",
        status=_status(refusal),
        step=step,
        asked=offer.passkey,
        picture=segno.make(address, error="m").svg_data_uri(scale=5, border=4, light="#fff"),
        address=address,
        secret=spaced(offer.secret),
        form=form,
        error=_sentence(refusal),
    )


def _status(refusal: Refusal | None) -> int:
    if refusal is None:
        return 200
    return 429 if refusal.code == "sign_in_paused" else 401


def _sentence(refusal: Refusal | None) -> str:
    return f"{say(refusal)}。{say_next_step(refusal)}" if refusal else ""


def _enter(passed: service.Passed, form: SignInForm) -> Any:
    """The session has begun: show codes that are shown once, and go on."""
    assert passed.signed_in is not None
    login.begin(passed.signed_in)
    if passed.codes:
        return page("staff/second_codes.html", codes=passed.codes, form=form, username=login.current_account().username)
    if passed.aim != "sign_in":
        said = {
            "off": gettext("第二步验证已关闭"),
            "set_up": gettext("已设置,下次登录时使用"),
            "removed": gettext("通行密钥已移除,其他设备上的登录已退出"),
        }
        return go_to("staff.account", said[passed.aim])
    return detour.go_on(form)
