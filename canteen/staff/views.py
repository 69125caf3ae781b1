"""Pages of sign-in, one's own account, the staff of an area, and the audit trail."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, redirect, request
from flask_babel import gettext

from canteen.audit.trail import VERBS
from canteen.base import clock
from canteen.base.config import Settings
from canteen.base.errors import Refusal
from canteen.base.i18n import choices
from canteen.base.web import Answer, Redirect, allow, current_actor, find_actor, go_to, page, public, say, say_next_step
from canteen.base.words import ROLES
from canteen.staff import detour, forms, login, queries, service
from canteen.staff.rules import tidy_username

blueprint = Blueprint("staff", __name__)


def _settings() -> Settings:
    found: Settings = current_app.config["CANTEEN"]
    return found


def _sentence(refusal: Refusal) -> str:
    return f"{say(refusal)}。{say_next_step(refusal)}"


@blueprint.get("/sign-in")
@public
def sign_in_page() -> Any:
    """The sign-in page; somebody signed in goes on."""
    next_path = forms.read_next(request.args.get("next", ""))
    if find_actor() is not None:
        return redirect(next_path, code=303)
    return detour.show_sign_in(next_path=next_path, status=200, is_set_up=queries.has_accounts())


@blueprint.post("/sign-in")
@public
def sign_in() -> Any:
    """Check name and password; go on, or bring back what was being sent."""
    form = forms.read_sign_in(request.form)
    wanted = service.SignInRequest(form.username, form.password, request.remote_addr or "", login.session_id())
    outcome = service.sign_in(wanted, tries=_settings().login_tries, now=clock.now())
    if isinstance(outcome, Refusal):
        status, error = 429 if outcome.code == "sign_in_paused" else 401, _sentence(outcome)
        if form.is_inline:
            return page("staff/_relogin.html", status=status, username=form.username, error=error)
        return detour.show_sign_in(
            username=form.username, next_path=form.next_path, kept=form.kept, error=error, status=status
        )
    login.begin(outcome)
    if form.is_inline:
        return page("staff/_relogin_done.html")
    if form.kept is not None:
        return page("staff/continue.html", kept=form.kept, is_stale=False)
    return redirect(form.next_path, code=303)


@blueprint.post("/sign-out")
@public
def sign_out() -> Redirect:
    """End the session here and in the browser."""
    actor = find_actor()
    if actor is not None:
        service.sign_out(actor, session_id=login.session_id(), now=clock.now())
    login.leave()
    return go_to(".sign_in_page")


@blueprint.post("/language/<any(zh, en):code>")
@public
def choose_language(code: str) -> Redirect:
    """Remember the language in a cookie and go back."""
    answer = redirect(detour.page_before(), code=303)
    answer.set_cookie("language", code, max_age=365 * 86400, samesite="Lax", httponly=True, secure=_settings().https)
    return answer


@blueprint.get("/account")
@allow("use_own_account")
def account() -> Answer:
    """One's own account."""
    return page("staff/account.html", account=login.current_account(), form=forms.PasswordForm())


@blueprint.post("/account")
@allow("use_own_account")
def change_password() -> Any:
    """Replace one's own password; other browsers are signed out."""
    mine = login.current_account()
    form = forms.read_password_change(request.form, username=mine.username)
    if form.errors:
        return page("staff/account.html", status=422, account=mine, form=form)
    wanted = service.PasswordChange(form.current, form.new, request.remote_addr or "", login.session_id())
    outcome = service.change_own_password(current_actor(), wanted, tries=_settings().login_tries, now=clock.now())
    if isinstance(outcome, Refusal):
        wrong = _sentence(outcome) if outcome.code == "sign_in_paused" else gettext("现在的密码不对")
        form = forms.PasswordForm(errors={"current_password": wrong})
        return page("staff/account.html", status=422, account=mine, form=form)
    login.begin(outcome)
    return go_to("home.index", gettext("密码已更换,其他设备上的登录已退出"))


@blueprint.get("/staff")
@allow("keep_staff")
def staff_page() -> Answer:
    """The accounts in reach."""
    return page("staff/staff.html", accounts=queries.accounts_of(current_actor()), own_id=current_actor().id)


@blueprint.get("/staff/new")
@allow("keep_staff")
def new_account() -> Answer:
    """The empty form for an account."""
    return _account_form(forms.AccountForm(), queries.choices_for(current_actor()).reach, 200)


@blueprint.post("/staff")
@allow("keep_staff")
def add_account() -> Any:
    """Add an account."""
    choices = queries.choices_for(current_actor(), username=tidy_username(request.form.get("username", "")))
    form = forms.read_account(request.form, choices)
    if form.request is None:
        return _account_form(form, choices.reach, 422)
    service.add_user(current_actor(), form.request, now=clock.now())
    return go_to(
        ".staff_page", gettext("账号 %(username)s 已建立;第一次登录时要换成自己的密码", username=form.request.username)
    )


def _account_form(form: forms.AccountForm, reach: Any, status: int) -> Answer:
    roles = [("", gettext("请选择")), *choices("role", ROLES)]
    return page(
        "staff/new.html", status=status, form=form, roles=roles, reach=[("", gettext("请选择")), *reach.items()]
    )


@blueprint.get("/staff/<int:staff_id>")
@allow("keep_staff")
def account_page(staff_id: int) -> Answer:
    """One account, to lock it or give it another password."""
    return _one(staff_id, forms.PasswordForm(), 200)


def _one(staff_id: int, form: forms.PasswordForm, status: int) -> Answer:
    row = queries.account_for(current_actor(), staff_id)
    return page("staff/one.html", status=status, row=row, form=form, is_own=staff_id == current_actor().id)


@blueprint.post("/staff/<int:staff_id>/password")
@allow("keep_staff")
def reset_password(staff_id: int) -> Any:
    """Give an account another password, to be replaced at the next sign-in."""
    row = queries.account_for(current_actor(), staff_id)
    form = forms.read_reset(request.form, username=row.username)
    if form.errors:
        return _one(staff_id, form, 422)
    service.reset_password(current_actor(), staff_id, password=form.new, must_change_password=True, now=clock.now())
    return go_to(".account_page", gettext("密码已重设;下次登录时要换成自己的密码"), staff_id=staff_id)


@blueprint.post("/staff/<int:staff_id>/lock")
@allow("keep_staff")
def lock_account(staff_id: int) -> Redirect:
    """Lock an account."""
    service.lock_account(current_actor(), staff_id, now=clock.now())
    return go_to(".account_page", staff_id=staff_id)


@blueprint.post("/staff/<int:staff_id>/unlock")
@allow("keep_staff")
def unlock_account(staff_id: int) -> Redirect:
    """Unlock an account."""
    service.unlock_account(current_actor(), staff_id, now=clock.now())
    return go_to(".account_page", staff_id=staff_id)


@blueprint.get("/audit")
@allow("see_audit")
def audit_page() -> Answer:
    """The audit trail, the newest first."""
    wanted = forms.read_audit_filter(request.args)
    found = queries.audit_page(current_actor(), action=wanted.action, subject=wanted.subject, before=wanted.before)
    verbs = {verb: gettext(text) for verb, text in VERBS.items()}
    times = {row.id: row.at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") for row in found.rows}
    return page("staff/audit.html", found=found, wanted=wanted, verbs=verbs, times=times)
