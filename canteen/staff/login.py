"""Who is asking: sessions through Flask-Login, terminals' tokens, form tokens, and where refusals are written down.

The session cookie holds the id of a row of ``staff_session`` and when the person was last seen; everything else is
asked of the database at every request, so that locking, a new password and signing out work at once.
"""

import logging
from datetime import UTC, datetime
from typing import Any

from flask import Flask, current_app, flash, g, redirect, request, session, url_for
from flask_babel import gettext
from flask_login import LoginManager, UserMixin, current_user, login_user
from flask_wtf.csrf import CSRFError, CSRFProtect

from canteen.base import clock
from canteen.base.access import Actor
from canteen.base.errors import Refusal
from canteen.base.web import wants_json
from canteen.staff import detour, devices, queries, service
from canteen.staff.rules import Account, SignedIn, browser_words, idle_limit, is_idle
from canteen.staff.tokens import hash_token

log = logging.getLogger("canteen")

#: Seconds by which "last seen" in the cookie may lag, so that not every answer sets a cookie.
_SEEN_LAG = 60
#: What a new session of the same browser keeps: the site chosen there (its reach is checked at every use).
_CARRIED = ("site_id",)
#: May be used before the password somebody else set has been replaced.
_BEFORE_OWN_PASSWORD = frozenset({"staff.account", "staff.change_password"})


class SignedInUser(UserMixin):  # type: ignore[misc]
    """An account in Flask-Login's shape; its id is the session's, not the account's."""

    def __init__(self, account: Account, session_id: str) -> None:
        self.account = account
        self.session_id = session_id

    def get_id(self) -> str:
        return self.session_id


def connect(app: Flask) -> None:
    """Wire sign-in into the application. Called by ``create_app`` after ``web.connect``."""
    settings = app.config["CANTEEN"]
    app.config["SESSION_COOKIE_HTTPONLY"] = True
    app.config["SESSION_COOKIE_NAME"] = "__Host-session" if settings.https else "session"
    _connect_login(app)
    _connect_csrf(app)
    app.before_request(_own_password_first)
    app.extensions["canteen_find_actor"] = _find_actor
    app.extensions["canteen_sign_in_first"] = detour.sign_in_first
    app.extensions["canteen_record_refusal"] = _record_refusal


def _connect_login(app: Flask) -> None:
    manager = LoginManager()
    manager.session_protection = None  # volunteers' phones change their address; the row of the session is the guard
    manager.init_app(app, add_context_processor=False)
    manager.user_loader(_load_user)


def _connect_csrf(app: Flask) -> None:
    """Every form needs the token of its session, except at the API, which never reads a cookie."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    guard = CSRFProtect(app)

    @app.before_request
    def check_form_token() -> None:
        # The language is nobody's secret, and its button must work on a page of yesterday. A family's page opens by the
        # secret in its address and by no cookie: who forged its forms would have to know that.
        is_free = request.endpoint == "staff.choose_language" or request.blueprint == "family"
        if request.endpoint is not None and not wants_json() and not is_free:
            guard.protect()

    app.register_error_handler(CSRFError, lambda _error: detour.stale_form())


def _load_user(session_id: str) -> SignedInUser | None:
    """The account of a session that is neither left alone too long nor ended; keeps "last seen" fresh."""
    now, seen = clock.now(), session.get("seen")
    if not isinstance(seen, int):
        return None
    account = queries.account_of_session(session_id, now=now)
    if account is None:
        return None
    minutes = idle_limit(account.actor.role, current_app.config["CANTEEN"].idle_minutes)
    if is_idle(seen_at=datetime.fromtimestamp(seen, UTC), now=now, idle_minutes=minutes):
        return None
    if session.get("role") != account.actor.role:
        session["role"] = account.actor.role  # for the server's ear, which asks no database
    if abs(now.timestamp() - seen) >= _SEEN_LAG and not detour.asks_by_itself():
        session["seen"] = int(now.timestamp())
    return SignedInUser(account, session_id)


def _find_actor() -> Actor | None:
    if wants_json():
        return _bearer()
    return current_user.account.actor if current_user.is_authenticated else None


def _bearer() -> Actor | None:
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        return None
    return queries.bearer(hash_token(given.token))


def current_account() -> Account:
    """The signed-in account, inside a view that only a signed-in person reaches."""
    account: Account = current_user.account
    return account


def session_id() -> str:
    """The id of this browser's session, "" when it has none."""
    found = session.get("_user_id")
    return found if isinstance(found, str) else ""


def browser() -> str:
    """What this browser is called in the list of sessions."""
    return browser_words(request.headers.get("User-Agent", ""))


def begin(signed_in: SignedIn) -> None:
    """Give the browser a session of its own: nothing of the one before but the chosen site, and new form tokens."""
    carried = {key: session[key] for key in _CARRIED if key in session}
    leave()
    session.update(carried)
    session["seen"] = int(clock.now().timestamp())
    account = queries.account_of_session(signed_in.session_id, now=clock.now())
    if account is not None:
        session["role"] = account.actor.role
        login_user(SignedInUser(account, signed_in.session_id))
        devices.remember(account.username)
    if signed_in.was_reset:
        flash(gettext("管理员重置了您的第二步验证。如果不是您要求的,请马上告诉管理员,并更换密码。"), "warning")


def leave() -> None:
    """Forget the browser's session, and what this request already knew of it."""
    session.clear()
    for known in ("actor", "site", "csrf_token", "_login_user"):
        g.pop(known, None)


def _own_password_first() -> Any:
    """Somebody whose password was set by somebody else can only replace it."""
    action = getattr(current_app.view_functions.get(request.endpoint or ""), "canteen_action", "public")
    if wants_json() or action == "public" or request.endpoint in _BEFORE_OWN_PASSWORD:
        return None
    if not current_user.is_authenticated or not current_account().must_change_password:
        return None
    here = url_for("staff.account")
    if request.method != "GET":  # what was typed stays on the page, or behind the back button
        raise Refusal("own_password_first", "请先设置自己的密码", next_step="打开“我的账号”改好密码,再回来按一次")
    if "HX-Request" in request.headers:
        return "", 200, {"HX-Redirect": here}
    return redirect(here, code=303)


def _record_refusal(actor: Actor | None, refusal: Refusal) -> None:
    """Never fails the request: the person must see the refusal whatever happens to the audit trail."""
    try:
        service.record_refusal(actor, code=refusal.code, where=request.endpoint or "", now=clock.now())
    except Exception:
        log.exception("refusal %s was not written to the audit trail", refusal.code)
