"""The detour through the sign-in page, and back without losing what was typed.

Nobody signed in: a terminal gets JSON; a swap gets a small dialog into ``#relogin`` and its page stays as it is; a
sent form is carried along by the sign-in page and can be sent again afterwards; a page is come back to.
"""

from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlsplit

from flask import Response, current_app, jsonify, redirect, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from canteen.base.web import find_actor, page, wants_json
from canteen.staff.forms import Kept, SignInForm, is_local_path, keep, read_sign_in

Answer = Response | BaseResponse | tuple[Any, ...]


def sign_in_first() -> Answer:
    """What to answer when nobody is signed in."""
    if wants_json():
        next_step = gettext("请在请求中带上有效的终端令牌")
        body = jsonify(code="sign_in_first", message=gettext("请先登录"), next_step=next_step)
        return body, 401, {"WWW-Authenticate": "Bearer"}
    if "HX-Request" in request.headers:
        return _dialog()
    if request.method in ("GET", "HEAD"):
        here = _here()
        return redirect(url_for("staff.sign_in_page", next=None if here == "/" else here), code=303)
    if request.endpoint == "staff.sign_out":
        return redirect(url_for("staff.sign_in_page"), code=303)
    if request.endpoint == "staff.sign_in":  # its token outlived its session: ask again, with all that it carried
        form = read_sign_in(request.form)
        return show_sign_in(username=form.username, next_path=form.next_path, kept=form.kept)
    return show_sign_in(kept=_kept_here())


def stale_form() -> Answer:
    """What to answer to a form whose token is not, or no longer, that of the session: nothing was written."""
    if wants_json() or find_actor() is None:
        return sign_in_first()
    if "HX-Request" in request.headers:
        return page("staff/_stale.html", status=400)
    kept = _kept_here()
    if kept is None:
        return page(
            "refusal.html",
            status=400,
            code="stale_form",
            text=gettext("页面停留太久,没有写入"),
            next_step=gettext("请刷新页面再按一次"),
        )
    return page("staff/continue.html", status=400, kept=kept, is_stale=True)


def show_sign_in(*, status: int = 401, **shown: Any) -> Answer:
    """The sign-in page with what else it is to show. Before the first account (``is_set_up``) it says how to make one."""
    usual = {"username": "", "next_path": "/", "kept": None, "error": "", "is_set_up": True}
    usual["is_demo"] = current_app.config["CANTEEN"].env == "demo"
    return page("staff/sign_in.html", status=status, has_expired="_user_id" in session, **usual | shown)


def go_on(form: SignInForm) -> Answer:
    """Somebody has just signed in: back to the page that waits, to the form that was sent, or where they were going."""
    if form.is_inline:
        return page("staff/_relogin_done.html")
    if form.kept is not None:
        return page("staff/continue.html", kept=form.kept, is_stale=False)
    return redirect(form.next_path, code=303)


def _dialog() -> Answer:
    if asks_by_itself():  # a dialog must not be replaced while somebody types into it
        return "", 401, {"HX-Reswap": "none"}
    body, status, headers = page("staff/_relogin.html", status=401, username="", error="")
    return body, status, headers | {"HX-Retarget": "#relogin", "HX-Reswap": "innerHTML"}


#: Ids of the parts of pages that ask for something else than their page by the clock.
_BY_THE_CLOCK = frozenset({"unprinted"})


def asks_by_itself() -> bool:
    """Whether a page fetches itself, or such a part, by the clock: no sign of a person, so it keeps no session alive."""
    if "HX-Request" not in request.headers or request.method != "GET":
        return False
    if request.headers.get("HX-Trigger") in _BY_THE_CLOCK:
        return True
    page_url = _parts(request.headers.get("HX-Current-URL", ""))
    return unquote(page_url.path) == request.path and request.query_string.decode("latin-1") in ("", page_url.query)


def _parts(address: str) -> SplitResult:
    """The parts of an address that a header names; none of what is no address (``http://[``)."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _here() -> str:
    query = request.query_string.decode("latin-1")
    return quote(request.path) + (f"?{query}" if query else "")


def _kept_here() -> Kept | None:
    """The form that was sent, if a page of this server sent it: what another site makes a browser send is dropped."""
    sender = _parts(request.headers.get("Origin") or request.referrer or "")
    if sender.netloc != request.host:
        return None
    return keep(_here(), request.form)


def page_before() -> str:
    """The page a button was on, if it is one of ours that can be opened again; else the front door."""
    path = (request.referrer or "").removeprefix(request.host_url.rstrip("/"))
    adapter = current_app.create_url_adapter(request)
    assert adapter is not None, "a request has an address"
    is_ours = is_local_path(path) and adapter.test(path.split("?")[0], method="GET")
    return path if is_ours else "/"
