"""Pages of sign-in, one's own account, the staff of an area, and the audit trail."""

from typing import Any

from flask import Blueprint, current_app, redirect, request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.config import Settings
from canteen.base.errors import BadFields, BadInput, Refusal
from canteen.base.i18n import choices
from canteen.base.web import (
    NO_ERRORS,
    Answer,
    Errors,
    again,
    allow,
    current_actor,
    find_actor,
    go_to,
    page,
    public,
    say,
    say_next_step,
)
from canteen.base.words import ROLES
from canteen.staff import detour, devices, forms, login, queries, service
from canteen.staff.rules import PasswordChange, Proof, SignInRequest, StepNeeded, tidy_username
from canteen.staff.second import service as second
from canteen.staff.second.forms import AIMS_OF_PEOPLE
from canteen.staff.second.queries import factors_for, own_factors
from canteen.staff.second.views import remember_step, wait_for_second

blueprint = Blueprint("staff", __name__)


def _settings() -> Settings:
    found: Settings = current_app.config["CANTEEN"]
    return found


def _address() -> str:
    return request.remote_addr or ""


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
    wanted = SignInRequest(
        form.username,
        form.password,
        _address(),
        replaces=login.session_id(),
        device=devices.known_device(form.username),
        browser=login.browser(),
    )
    settings = _settings()
    outcome = service.sign_in(
        wanted, tries=settings.login_tries, now=clock.now(), second_step_roles=settings.must_use_second_step
    )
    if isinstance(outcome, Refusal):
        status, error = 429 if outcome.code == "sign_in_paused" else 401, _sentence(outcome)
        if form.is_inline:
            return page("staff/_relogin.html", status=status, username=form.username, error=error)
        return detour.show_sign_in(
            username=form.username, next_path=form.next_path, kept=form.kept, error=error, status=status
        )
    if isinstance(outcome, StepNeeded):
        return wait_for_second(outcome.step_id, form, must_set_up=outcome.must_set_up)
    login.begin(outcome)
    return detour.go_on(form)


@blueprint.post("/sign-out")
@public
def sign_out() -> Answer:
    """End the session here and in the browser."""
    actor = find_actor()
    if actor is not None:
        service.sign_out(actor, session_id=login.session_id(), now=clock.now())
    login.leave()
    answer = go_to(".sign_in_page")
    # Also the pages the back button would show. Not "storage": there lie taps of a volunteer that wait for a signal.
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@blueprint.post("/language/<any(zh, en):code>")
@public
def choose_language(code: str) -> Answer:
    """Remember the language in a cookie and go back."""
    answer = redirect(detour.page_before(), code=303)
    answer.set_cookie("language", code, max_age=365 * 86400, samesite="Lax", httponly=True, secure=_settings().https)
    return answer


@blueprint.get("/account")
@allow("use_own_account")
def account(errors: Errors = NO_ERRORS) -> Answer:
    """One's own account."""
    sessions = queries.sessions_of(current_actor(), here=login.session_id(), now=clock.now())
    shown = {one.which: one.started_at.astimezone(clock.SHANGHAI).strftime("%m-%d %H:%M") for one in sessions}
    return page(
        "staff/account.html",
        account=login.current_account(),
        typed={},
        errors=errors,
        sessions=sessions,
        began=shown,
        second=own_factors(current_actor()),
        must_have_second=_must_have_second(),
    )


@blueprint.post("/account")
@allow("use_own_account")
@again(account)
def change_password() -> Answer:
    """Replace one's own password; other browsers are signed out."""
    current, new = forms.read_password_change(request.form, username=login.current_account().username)
    wanted = PasswordChange(current, new, _address(), login.session_id(), login.browser())
    outcome = service.change_own_password(current_actor(), wanted, tries=_settings().login_tries, now=clock.now())
    if isinstance(outcome, Refusal):
        wrong = _sentence(outcome) if outcome.code == "sign_in_paused" else "现在的密码不对"
        raise BadFields({"current_password": BadInput(wrong)})
    login.begin(outcome)
    return go_to("home.index", gettext("密码已更换,其他设备上的登录已退出"))


@blueprint.post("/account/sessions")
@allow("use_own_account")
@again(account)
def end_sessions() -> Answer:
    """End one's own sessions elsewhere, or one of them."""
    _prove_own("sessions_password")
    which = request.form.get("which", "")
    outcome = service.end_sessions(
        current_actor(), session_id=login.session_id(), which=which, browser=login.browser(), now=clock.now()
    )
    if outcome is not None:
        login.begin(outcome)
    return go_to(".account", gettext("已退出"))


@blueprint.post("/account/second-step")
@allow("use_own_account")
@again(account)
def change_second_step() -> Answer:
    """Change one's own second step: the own password first, then the second step as it is."""
    aim = request.form.get("aim", "")
    _prove_own("second_password")
    if aim not in AIMS_OF_PEOPLE or (aim == "off" and _must_have_second()):
        raise Refusal("second_step_needed", "您的角色必须有第二步验证", next_step="可以换一个验证方式,不能关闭")
    has_any = own_factors(current_actor()).has_any
    remember_step(second.begin_own(current_actor(), aim=aim, now=clock.now()))
    return go_to("second.step_page" if has_any else "second.set_up_page")


def _must_have_second() -> bool:
    return current_actor().role in _settings().must_use_second_step


def _prove_own(field: str) -> None:
    """The own password stands in the form and is right. Raises ``BadFields``."""
    proof = Proof(request.form.get(field, ""), _address())
    service.prove_own(current_actor(), proof, field=field, tries=_settings().login_tries, now=clock.now())


@blueprint.get("/staff")
@allow("keep_staff")
def staff_page() -> Answer:
    """The accounts in reach."""
    return page("staff/staff.html", accounts=queries.accounts_of(current_actor()), own_id=current_actor().id)


@blueprint.get("/staff/new")
@allow("keep_staff")
def new_account(errors: Errors = NO_ERRORS) -> Answer:
    """The form for an account."""
    unchosen = ("", gettext("请选择"))
    return page(
        "staff/new.html",
        typed=forms.typed_account(request.form),
        errors=errors,
        roles=[unchosen, *choices("role", ROLES)],
        reach=[unchosen, *queries.choices_for(current_actor()).reach.items()],
    )


@blueprint.post("/staff")
@allow("keep_staff")
@again(new_account)
def add_account() -> Answer:
    """Add an account."""
    taken = queries.choices_for(current_actor(), username=tidy_username(request.form.get("username", "")))
    new = forms.read_account(request.form, taken)
    _prove_own("own_password")
    service.add_user(current_actor(), new, now=clock.now())
    said = gettext("账号 %(username)s 已建立;第一次登录时要换成自己的密码", username=new.username)
    return go_to(".staff_page", said)


@blueprint.get("/staff/<int:staff_id>")
@allow("keep_staff")
def account_page(staff_id: int, errors: Errors = NO_ERRORS) -> Answer:
    """One account, to lock it or give it another password."""
    row = queries.account_for(current_actor(), staff_id)
    has_second = factors_for(staff_id).has_any
    is_own = staff_id == current_actor().id
    return page("staff/one.html", row=row, typed={}, errors=errors, is_own=is_own, has_second=has_second)


@blueprint.post("/staff/<int:staff_id>/password")
@allow("keep_staff")
@again(account_page)
def reset_password(staff_id: int) -> Answer:
    """Give an account another password, to be replaced at the next sign-in."""
    new = forms.read_reset(request.form, username=queries.account_for(current_actor(), staff_id).username)
    _prove_own("own_password")
    service.reset_password(current_actor(), staff_id, password=new, must_change_password=True, now=clock.now())
    return go_to(".account_page", gettext("密码已重设;下次登录时要换成自己的密码"), staff_id=staff_id)


@blueprint.post("/staff/<int:staff_id>/second-step")
@allow("keep_staff")
@again(account_page)
def reset_second_step(staff_id: int) -> Answer:
    """Take another's second step away, when the phone is lost and the recovery codes too."""
    queries.account_for(current_actor(), staff_id)
    _prove_own("second_password")
    second.reset(current_actor(), staff_id, now=clock.now())
    return go_to(".account_page", gettext("已重置;本人下次登录时会看到提示"), staff_id=staff_id)


@blueprint.post("/staff/<int:staff_id>/lock")
@allow("keep_staff")
@again(account_page)
def lock_account(staff_id: int) -> Answer:
    """Lock an account."""
    queries.account_for(current_actor(), staff_id)
    _prove_own("lock_password")
    service.lock_account(current_actor(), staff_id, now=clock.now())
    return go_to(".account_page", staff_id=staff_id)


@blueprint.post("/staff/<int:staff_id>/unlock")
@allow("keep_staff")
@again(account_page)
def unlock_account(staff_id: int) -> Answer:
    """Unlock an account."""
    queries.account_for(current_actor(), staff_id)
    _prove_own("lock_password")
    service.unlock_account(current_actor(), staff_id, now=clock.now())
    return go_to(".account_page", staff_id=staff_id)
