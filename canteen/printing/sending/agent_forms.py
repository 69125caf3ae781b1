"""What print agents send and are given, as types. An agent is a program: what it gets wrong is told in English terms of
the field."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from canteen.base.errors import BadInput
from canteen.base.fields import line
from canteen.base.records import as_row
from canteen.printing.requests import AgentCall
from canteen.printing.sending.claiming import NOT_SENT
from canteen.printing.sending.supply import Ready
from canteen.printing.sending.wires import NotReady, Outcome

STATES = ("printed", "sent", "uncertain", NOT_SENT)
_NAME = re.compile(r"[0-9a-z]{8,64}")
#: Longest a single paper may take, seconds: a lease must end.
_LONGEST_S = 300


def ready_as_json(job: Ready) -> dict[str, Any]:
    """A paper that may be sent, as the server gives it to an agent."""
    return as_row(job) | {"data": base64.b64encode(job.data).decode("ascii"), "mark": job.mark.decode("ascii")}


def ready_of(found: Mapping[str, Any]) -> Ready:
    """The same as the agent reads it; what a newer server adds is left out."""
    facts = {field.name: found[field.name] for field in fields(Ready)}
    return Ready(**facts | {"data": base64.b64decode(facts["data"]), "mark": facts["mark"].encode("ascii")})


def read_object(body: Any) -> Mapping[str, Any]:
    """The body of a request. Raises ``BadInput``."""
    if not isinstance(body, dict):
        raise BadInput("请求内容不是 JSON", next_step="请用 UTF-8 编码的 JSON 发送")
    return body


def read_agent(body: Mapping[str, Any]) -> str:
    """The name an agent gave itself."""
    return _name(body, "agent")


def read_call(body: Mapping[str, Any], *, job_id: int, is_claimed: bool = True) -> AgentCall:
    """Which job of which printer, and by which taking."""
    return AgentCall(
        agent=_name(body, "agent"),
        printer_id=_number(body, "printer", 2**31 - 1),
        job_id=job_id,
        claim_key=_name(body, "key") if is_claimed else "",
    )


def read_longest(body: Mapping[str, Any]) -> float:
    """How long the job may take, seconds."""
    return float(_number(body, "longest_s", _LONGEST_S))


def read_outcome(body: Mapping[str, Any]) -> tuple[Outcome, str]:
    """What became of a job, and what staff should know of it."""
    state = body.get("state")
    if state not in STATES:
        raise _bad("state")
    return Outcome(str(state), _text(body, "reason")), _text(body, "note")


def read_trouble(body: Mapping[str, Any]) -> tuple[NotReady, int]:
    """Why a printer is not ready, and how often that was so before."""
    is_hold = body.get("is_hold")
    if not isinstance(is_hold, bool):
        raise _bad("is_hold")
    return NotReady(_text(body, "reason"), is_hold=is_hold), _number(body, "attempts", 10_000)


def _name(body: Mapping[str, Any], field: str) -> str:
    value = body.get(field)
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise _bad(field)
    return value


def _number(body: Mapping[str, Any], field: str, most: int) -> int:
    value = body.get(field)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise _bad(field)
    return value


def _text(body: Mapping[str, Any], field: str) -> str:
    value = body.get(field, "")
    if not isinstance(value, str):
        raise _bad(field)
    return line(200)(value[:200])


def _bad(field: str) -> BadInput:
    return BadInput("请求里的 %(name)s 不对", field=field, next_step="请更新打印代理程序", name=field)
