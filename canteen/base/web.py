"""What every view shares: pages and blocks, who is asking, and how errors are shown.

Access is denied by default: a view without ``@allow(action)`` or ``@public`` answers 404, and
``tests/architecture`` walks every route.
"""

import functools
import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext
from htmx_flask import Htmx
from jinja2_fragments.flask import render_block
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as WerkzeugResponse

from canteen.base.access import Actor, may
from canteen.base.db import reading
from canteen.base.errors import BadFields, BadInput, CanteenError, KeyTrouble, NotFound, Refusal, StorageTrouble
from canteen.base.i18n import language
from canteen.base.incoming import RowId
from canteen.base.sheets.writing import CSV_TYPE, XLSX_TYPE, Sheet, csv_bytes, xlsx_bytes

#: What ``page`` gives back: body, status, headers.
Page = tuple[str, int, dict[str, str]]
#: What a view of people gives back: a page, or where to go on.
Answer = Page | WerkzeugResponse
View = TypeVar("View", bound=Callable[..., Any])
log = logging.getLogger("canteen")

#: No inline script or style anywhere; nothing from outside this server.
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "worker-src 'self'; manifest-src 'self'"
)


def page(template: str, *, block: str | None = None, status: int = 200, **context: Any) -> Page:
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


def one_moment(view: View) -> View:
    """A view that only reads, all of it in one snapshot of the database: what it shows fits together. Three snapshots
    one after another cost the counter's search a tenth of its time."""
    return reading()(view)


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


#: Sentences beside the fields of a form that is shown again, by field.
Errors = Mapping[str, str]
NO_ERRORS: Errors = MappingProxyType({})


def sentences(errors: Mapping[str, BadInput]) -> Errors:
    """What is wrong with each field, in the person's language."""
    return {name: say(error) for name, error in errors.items()}


def again(show: Callable[..., Any]) -> Callable[[View], View]:
    """When a form has wrong fields (``BadFields``), answer with ``show(errors=…)``, what was typed, and 422.

    ``show`` is the page the form stands on, with the same parts of the address as the view.
    """

    def mark(view: View) -> View:
        @functools.wraps(view)
        def guarded(**address: Any) -> Any:
            try:
                return view(**address)
            except BadFields as wrong:
                body, _, headers = show(**address, errors=sentences(wrong.errors))
                return body, 422, headers

        return guarded  # type: ignore[return-value]

    return mark


def go_to(endpoint: str, said: str = "", /, **address: Any) -> WerkzeugResponse:
    """Something was written: go on (303) to a page, which says so."""
    if said:
        flash(said)
    return redirect(url_for(endpoint, **address), 303)


def file_of(kind: str) -> str:
    """The kind of a file, where there is such a file. Raises ``NotFound``."""
    if kind not in ("csv", "xlsx"):
        raise NotFound("没有这种文件", next_step="可以导出 .csv 或 .xlsx")
    return kind


def as_file(body: bytes | Iterator[bytes], kind: str, name: str) -> Response:
    """A file to be kept, called ``<name>.<kind>``."""
    answer = Response(body, mimetype=CSV_TYPE if kind == "csv" else XLSX_TYPE)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return answer


def sheet_file(sheet: Sheet, kind: str, name: str) -> Response:
    """A table as a file of ``kind`` csv or xlsx. Raises ``NotFound`` for another."""
    return as_file(csv_bytes(sheet) if file_of(kind) == "csv" else xlsx_bytes(sheet), kind, name)


def new_key() -> str:
    """A one-time key for a form (``fields.one_time_key``): 32 hexadecimal digits."""
    return secrets.token_hex(16)


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
        headers.setdefault("Referrer-Policy", "same-origin")
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(self), geolocation=(self), microphone=()"
        if app.config["CANTEEN"].https:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint != "static" and "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-store"
        return response

    @app.errorhandler(CanteenError)
    def show_trouble(error: CanteenError) -> Any:
        if isinstance(error, Refusal):
            current_app.extensions["canteen_record_refusal"](find_actor(), error)
            return _show(error, error.code, 409)
        if isinstance(error, StorageTrouble):
            log.error("storage: %s", error.kind, exc_info=error)
            return _show(error, f"storage_{error.kind}", 503) + ({"Retry-After": "2"},)
        if isinstance(error, KeyTrouble):
            log.error("keys: %s in %s", error.kind, error.place)
            return _show(error, f"keys_{error.kind}", 503)
        return _show(error, "not_found", 404) if isinstance(error, NotFound) else _show(error, "bad_input", 422)

    @app.errorhandler(HTTPException)
    def show_http(error: HTTPException) -> Any:
        code = error.code or 500
        if isinstance(error, RequestRedirect):  # its address names the host that was asked for: the path is enough
            return redirect("/" + urlsplit(error.new_url)._replace(scheme="", netloc="").geturl().lstrip("/"), code)
        if code < 400:
            return error
        if isinstance(error, SecurityError):  # a page would need the name for its links
            log.warning("a request for a name that is not ours was refused (CANTEEN_HOSTS)")
            return _show_plainly(*FOREIGN_NAME, "foreign_host", code)
        text, next_step = HTTP_WORDS.get(code, ("请求没有被接受", "请返回上一页重试"))
        return _show(CanteenError(text, next_step=next_step), f"http_{code}", code)

    @app.errorhandler(Exception)
    def show_bug(error: Exception) -> Any:
        reference = secrets.token_hex(4)
        # Not the path: it may hold what somebody typed.
        log.error("reference %s: %s %s", reference, request.method, request.endpoint, exc_info=error)
        problem = CanteenError(
            "程序出错了,编号 %(reference)s", next_step="请把编号告诉管理员;已经登记的内容不受影响", reference=reference
        )
        return _show(problem, "internal_error", 500)


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


#: What whoever asked for another name reads (400); the setting is for the person who set the server up.
FOREIGN_NAME = (
    "这台服务器不使用这个网址",
    "请使用管理员告知的网址;如果这就是本站的网址,请管理员把它写入设置 CANTEEN_HOSTS 后重新启动",
)


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


def _show(error: CanteenError, code: str, status: int) -> tuple[Response, int]:
    """A trouble as a terminal, a swapped block or a person with a page reads it."""
    if wants_json():
        return jsonify(code=code, message=say(error), next_step=say_next_step(error)), status
    body = render_template(
        "_refusal.html" if request.htmx else "refusal.html",  # type: ignore[attr-defined]
        text=say(error),
        next_step=say_next_step(error),
        code=getattr(error, "code", ""),
        status=status,
    )
    return Response(body, headers={"Vary": "HX-Request"}), status


def _show_plainly(text: str, next_step: str, code: str, status: int) -> tuple[Response, int]:
    """A trouble with the request itself, as JSON or as text alone: no page, no links, nothing of the request."""
    said, then = gettext(text), gettext(next_step)
    if wants_json():
        return jsonify(code=code, message=said, next_step=then), status
    return Response(f"{said}\n{then}\n", mimetype="text/plain"), status
