"""What every view shares: pages and blocks, who is asking, and how errors are shown.

Access is denied by default: a view without ``@allow(action)`` or ``@public`` answers 404, and
``tests/architecture`` walks every route.
"""

from __future__ import annotations

import functools
import logging
import secrets
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, abort, current_app, g, jsonify, render_template, request
from flask_babel import gettext
from htmx_flask import Htmx
from jinja2_fragments.flask import render_block
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter, Map

from canteen.base.access import Actor, may
from canteen.base.errors import BadInput, CanteenError, NotFound, Refusal, StorageTrouble
from canteen.base.i18n import language


class RowId(IntegerConverter):
    """``<int:…>`` in an address: no larger than a row id can be; a larger number is an address that is not there."""

    def __init__(self, url_map: Map, **limits: Any) -> None:
        super().__init__(url_map, **{"max": 2**31 - 1} | limits)


#: What ``page`` gives back: body, status, headers.
Answer = tuple[str, int, dict[str, str]]
View = TypeVar("View", bound=Callable[..., Any])
log = logging.getLogger("canteen")

#: No inline script or style anywhere; nothing from outside this server.
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "worker-src 'self'; manifest-src 'self'"
)


def page(template: str, *, block: str | None = None, status: int = 200, **context: Any) -> Answer:
    """Render the whole page, or only ``block`` when HTMX asked for it."""
    if block and request.htmx:  # type: ignore[attr-defined]
        body = render_block(template, block, **context)
    else:
        body = render_template(template, **context)
    return body, status, {"Vary": "HX-Request"}


def public(view: View) -> View:
    """Mark a view that anybody may see."""
    view.canteen_action = "public"  # type: ignore[attr-defined]
    return view


def allow(action: str) -> Callable[[View], View]:
    """Let in who may do ``action`` (``staff.rules.ALLOWED``); others are sent to sign in, or refused."""

    def mark(view: View) -> View:
        @functools.wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            actor = find_actor()
            if actor is None:
                return _sign_in_first()
            if not may(actor, action):
                words, next_step = HTTP_WORDS[403]
                current_app.extensions["canteen_record_refusal"](
                    actor, Refusal("forbidden", words, next_step=next_step)
                )
                abort(403)
            return view(*args, **kwargs)

        guarded.canteen_action = action  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return mark


def find_actor() -> Actor | None:
    """Who is asking: the bearer of a token, the signed-in person, or nobody."""
    if "actor" not in g:
        g.actor = current_app.extensions["canteen_find_actor"]()
    found: Actor | None = g.actor
    return found


def current_actor() -> Actor:
    """Who is asking, inside a view marked with ``@allow``."""
    actor = find_actor()
    assert actor is not None, "current_actor() needs @allow"
    return actor


def _sign_in_first() -> Any:
    return current_app.extensions["canteen_sign_in_first"]()


def wants_json() -> bool:
    """Whether the caller is a terminal (the API speaks JSON only)."""
    return request.path.startswith("/api/")


def connect(app: Flask) -> None:
    """Install denial by default, headers and error handlers. Called once by ``create_app``."""
    Htmx(app)
    app.url_map.converters["int"] = RowId

    @app.before_request
    def deny_by_default() -> None:
        view = app.view_functions.get(request.endpoint or "")
        if view is not None and request.endpoint != "static" and not hasattr(view, "canteen_action"):
            abort(404)

    @app.after_request
    def secure(response: Response) -> Response:
        headers = response.headers
        headers["Content-Security-Policy"] = CSP
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()"
        if app.config["CANTEEN"].https:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint != "static" and "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-store"
        return response

    @app.errorhandler(Refusal)
    def show_refusal(refusal: Refusal) -> Any:
        current_app.extensions["canteen_record_refusal"](find_actor(), refusal)
        if wants_json():
            return _json_error(refusal, refusal.code, 409)
        return _show("refusal", refusal, 409)

    @app.errorhandler(BadInput)
    def show_bad_input(error: BadInput) -> Any:
        if wants_json():
            return _json_error(error, "bad_input", 422)
        return _show("refusal", error, 422)

    @app.errorhandler(NotFound)
    def show_not_found(error: NotFound) -> Any:
        if wants_json():
            return _json_error(error, "not_found", 404)
        return _show("refusal", error, 404)

    @app.errorhandler(StorageTrouble)
    def show_storage_trouble(error: StorageTrouble) -> Any:
        log.error("storage: %s", error.kind, exc_info=error)
        if wants_json():
            answer, status = _json_error(error, f"storage_{error.kind}", 503)
            return answer, status, {"Retry-After": "2"}
        body, status, headers = _show("refusal", error, 503)
        return body, status, headers | {"Retry-After": "2"}

    @app.errorhandler(HTTPException)
    def show_http(error: HTTPException) -> Any:
        code = error.code or 500
        if code < 400:
            return error
        text, next_step = HTTP_WORDS.get(code, ("请求没有被接受", "请返回上一页重试"))
        problem = CanteenError(text, next_step=next_step)
        if wants_json():
            return _json_error(problem, f"http_{code}", code)
        return _show("refusal", problem, code)

    @app.errorhandler(Exception)
    def show_bug(error: Exception) -> Any:
        reference = secrets.token_hex(4)
        log.error("reference %s: %s %s", reference, request.method, request.path, exc_info=error)
        problem = CanteenError(
            "程序出错了,编号 %(reference)s", next_step="请把编号告诉管理员;已经登记的内容不受影响", reference=reference
        )
        if wants_json():
            return _json_error(problem, "internal_error", 500)
        return _show("refusal", problem, 500)


#: Status -> what the person reads and does next.
HTTP_WORDS = {
    400: ("请求不完整", "请返回上一页重新填写"),
    401: ("请先登录", "请登录后再试"),
    403: ("您的账号没有这项权限", "如需使用,请联系管理员"),
    404: ("没有找到这一页", "请从首页重新进入"),
    405: ("这个地址不能这样打开", "请从首页重新进入"),
    413: ("文件太大", "请拆成较小的文件再上传"),
    429: ("尝试次数太多", "请稍等几分钟再试"),
}


def say(error: CanteenError) -> str:
    """The trouble in the person's language."""
    return _translated(error.text, error)


def say_next_step(error: CanteenError) -> str:
    """What to do now, in the person's language."""
    if not error.next_step:
        return ""
    return _translated(error.next_step, error)


def _translated(text: str, error: CanteenError) -> str:
    """Facts that are words of ours (午餐) are translated with the sentence; names are in no catalogue."""
    if not error.fields:
        return str(gettext(text))
    return str(gettext(text, **{name: _said_fact(value) for name, value in error.fields.items()}))


def _said_fact(fact: Any) -> Any:
    if isinstance(fact, tuple):
        return (", " if language() == "en" else "、").join(gettext(word) for word in fact)
    return gettext(fact) if fact and isinstance(fact, str) else fact


def _json_error(error: CanteenError, code: str, status: int) -> tuple[Response, int]:
    return jsonify(code=code, message=say(error), next_step=say_next_step(error)), status


def _show(name: str, error: CanteenError, status: int) -> Answer:
    partial = bool(request.htmx)  # type: ignore[attr-defined]
    body = render_template(
        f"_{name}.html" if partial else f"{name}.html",
        text=say(error),
        next_step=say_next_step(error),
        code=getattr(error, "code", ""),
        status=status,
    )
    return body, status, {"Vary": "HX-Request"}
