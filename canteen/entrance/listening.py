"""The server's ear: waitress, with bodies bounded by who sends them and slow connections ended in time.

Waitress receives a whole request before the program sees it. So what a sender may send is decided when its headers are
there: from the signed session cookie alone, without the database. What it may not send is received into nothing, so
that its browser is still there for the answer.
"""

import copy
import select
import socket
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from io import BytesIO
from typing import Any

from flask import Flask, Request, abort, current_app, request
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.receiver import FixedStreamReceiver
from waitress.server import TcpWSGIServer
from waitress.task import WSGITask
from werkzeug.exceptions import HTTPException

from canteen.base.access import Actor, may
from canteen.base.config import Settings
from canteen.base.errors import Refusal
from canteen.base.incoming import LONGEST_JSON
from canteen.base.web import find_actor, wants_json

#: Bytes of a body from nobody in particular: the sign-in form, also with a form that it carries, and a terminal's JSON.
FROM_ANYBODY = LONGEST_JSON
#: Bytes of a form from somebody who signed in once, however long ago: as many as Flask reads of one.
FORM = 500_000
#: Bytes of all headers of a request: an address with a long search and a full cookie.
HEADERS = 32 * 1024
#: How many uploads of the largest kind may be held at the same time, whole or half.
UPLOADS = 4
#: Connections open at once; a browser keeps a few for a while. When there are more, so many make room.
CONNECTIONS, MAKE_ROOM = 500, 50
#: A request is there within so many seconds, and one more for each so many bytes of it.
SECONDS, BYTES_A_SECOND = 30, 8 * 1024
#: Seconds a connection may say nothing between two requests, or take nothing of an answer.
IDLE_S = 120
#: Why a body was not kept, for the program: ``too_large`` or ``too_many``.
_NOT_KEPT = "canteen.body_not_kept"


class _Nowhere:
    """Where the body goes that its sender may not send."""

    def append(self, _: bytes) -> None:
        return

    def getfile(self) -> BytesIO:
        return BytesIO()

    def close(self) -> None:
        return


class _Request(HTTPRequestParser):  # type: ignore[misc]
    """A request on its way in."""

    def __init__(self, channel: "_Channel") -> None:
        super().__init__(channel.adj)
        self.channel = channel
        #: When its first byte came (waitress's clock), its bytes so far, and those of its body that are kept.
        self.began, self.size, self.held = channel.last_activity, 0, 0
        self.not_kept = ""

    def received(self, data: bytes) -> int:
        taken: int = super().received(data)
        self.size += taken
        return taken

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.chunked:  # no browser sends an upload so
            self.adj = self.channel.server.adj_of_chunks
        elif self.content_length > FROM_ANYBODY:
            self.not_kept = self.channel.server.refuse(self)
            if self.not_kept:
                self.body_rcv = FixedStreamReceiver(self.content_length, _Nowhere())
                self.completed = self.expect_continue  # it waits for a word: none of the body comes
            else:
                self.held = self.content_length


class _Task(WSGITask):  # type: ignore[misc]
    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        if self.request.not_kept:
            environ |= {_NOT_KEPT: self.request.not_kept, "CONTENT_LENGTH": "0"}
        return environ


class _Channel(HTTPChannel):  # type: ignore[misc]
    """A connection."""

    task_class = _Task

    def parser_class(self, _: Adjustments) -> _Request:
        return _Request(self)

    @property
    def since(self) -> float:
        """Since when its person keeps it waiting (waitress's clock)."""
        found: float = self.request.began if self.request else self.last_activity
        return found

    def is_too_slow(self, now: float) -> bool:
        if self.request and not self.requests:
            return bool(now - self.since > SECONDS + self.request.size / BYTES_A_SECOND)
        # A view that is at work is waited for; one whose answer nobody takes is not.
        return bool(not self.requests or self.total_outbufs_len) and now - self.since > IDLE_S

    def end(self) -> None:
        """Close at the next turn of the loop, which without ``shutdown`` waits for whoever takes nothing."""
        self.will_close = True
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)


class Listener(TcpWSGIServer):  # type: ignore[misc]
    """Waitress on one address, for the settings of an application. Raises ``OSError`` when it cannot be had."""

    channel_class = _Channel

    def __init__(self, app: Flask, host: str, port: int) -> None:
        self._app = app
        settings: Settings = app.config["CANTEEN"]
        self._upload = settings.upload_megabytes * 1024 * 1024 + 65536
        self._idle_s = settings.idle_minutes * 60
        super().__init__(
            app,
            host=host,
            port=port,
            threads=settings.threads,
            connection_limit=CONNECTIONS * 2,  # room is made before: nobody waits outside
            cleanup_interval=5,
            asyncore_use_poll=hasattr(select, "poll"),
            max_request_header_size=HEADERS,
            # Beyond this a body is not even received into nothing.
            max_request_body_size=self._upload * 4,
            # Never into a temporary file: a roster holds personal facts.
            inbuf_overflow=self._upload,
            outbuf_overflow=64 * 1024 * 1024,
            # Behind a proxy ProxyFix reads what the proxy says; otherwise nobody may say it.
            clear_untrusted_proxy_headers=settings.proxies == 0,
            ident=None,
        )
        self.adj_of_chunks = copy.copy(self.adj)
        self.adj_of_chunks.max_request_body_size = FROM_ANYBODY

    def refuse(self, wanted: _Request) -> str:
        """Why the body of a request is not kept; "" when it is."""
        if wanted.content_length > self._largest(wanted):
            return "too_large"
        channels = list(self.active_channels.values())
        held = sum(one.held for channel in channels for one in (channel.request, *channel.requests) if one)
        return "too_many" if held + wanted.content_length > UPLOADS * self._upload else ""

    def _largest(self, wanted: _Request) -> int:
        """Bytes a sender may send to an address, by the session cookie."""
        session = self._session(wanted.headers.get("COOKIE", ""))
        if "_user_id" not in session:
            return FROM_ANYBODY
        role, seen = session.get("role"), session.get("seen")
        view: Any = self._app.view_functions.get(self._endpoint(wanted))
        if not hasattr(view, "canteen_takes_file") or not isinstance(role, str) or not isinstance(seen, int):
            return FORM
        is_here = wanted.channel.last_activity - seen <= self._idle_s
        actor_may = may(Actor("staff", 0, "", role), view.canteen_action)
        return self._upload if is_here and actor_may else FORM

    def _session(self, cookies: str) -> Mapping[str, Any]:
        """What the session cookie says; nothing when it is not signed with our key."""
        asking = Request({"HTTP_COOKIE": cookies})
        return self._app.session_interface.open_session(self._app, asking) or {}

    def _endpoint(self, wanted: _Request) -> str:
        try:
            endpoint, _ = self._app.url_map.bind("localhost").match(wanted.path, wanted.command)
        except HTTPException:
            return ""
        return str(endpoint)

    def handle_accept(self) -> None:
        """Take a connection; when there are too many, those go who have most and have kept waiting longest."""
        here = [channel for channel in self.active_channels.values() if not channel.will_close]
        if len(here) >= CONNECTIONS:
            count = Counter(channel.addr[0] for channel in here)
            waiting = [channel for channel in here if not channel.requests]
            waiting.sort(key=lambda channel: (-count[channel.addr[0]], channel.since))
            for channel in waiting[:MAKE_ROOM]:
                channel.end()
        super().handle_accept()

    def maintenance(self, now: float) -> None:
        """End the connections that are too slow, every few seconds."""
        for channel in list(self.active_channels.values()):
            if channel.is_too_slow(now):
                channel.end()


def connect(app: Flask) -> None:
    """Answer what was sent with a body that was not kept, before anybody reads it as an empty form.

    Called once by ``create_app``, before the sign-in's.
    """

    @app.before_request
    def answer_unkept() -> Any:
        why = request.environ.get(_NOT_KEPT)
        if why == "too_many":
            raise Refusal("too_many_uploads", "正在接收的文件太多,这一份没有收下", next_step="请过一分钟再上传")
        if why and find_actor() is None and not wants_json():
            return current_app.extensions["canteen_sign_in_first"]()
        if why:
            abort(413)
        return None
