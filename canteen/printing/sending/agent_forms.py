"""What print agents send and are given, as types. An agent is a program: what it gets wrong is told in English terms of
the field."""

import base64
import re
from collections.abc import Callable, Mapping
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
    return str(_field(body, "agent"))


def read_call(body: Mapping[str, Any], *, job_id: int, is_claimed: bool = True) -> AgentCall:
    """Which job of which printer, and by which taking."""
    claim_key = _field(body, "key") if is_claimed else ""
    return AgentCall(agent=read_agent(body), printer_id=_field(body, "printer"), job_id=job_id, claim_key=claim_key)


def read_longest(body: Mapping[str, Any]) -> float:
    """How long the job may take, seconds."""
    return float(_field(body, "longest_s"))


def read_outcome(body: Mapping[str, Any]) -> tuple[Outcome, str]:
    """What became of a job, and what staff should know of it."""
    return Outcome(_field(body, "state"), _text(body, "reason")), _text(body, "note")


def read_trouble(body: Mapping[str, Any]) -> tuple[NotReady, int]:
    """Why a printer is not ready, and how often that was so before."""
    return NotReady(_text(body, "reason"), is_hold=_field(body, "is_hold")), _field(body, "attempts")


def _text(body: Mapping[str, Any], name: str) -> str:
    return line(200)(_field(body, name, "")[:200])


def _field(body: Mapping[str, Any], name: str, default: Any = None) -> Any:
    value = body.get(name, default)
    if not _FIELDS[name](value):
        raise BadInput("请求里的 %(name)s 不对", field=name, next_step="请更新打印代理程序", name=name)
    return value


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _to(most: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and 0 <= value <= most


#: Field -> what it must be.
_FIELDS: dict[str, Callable[[Any], bool]] = {
    "agent": _is_name,
    "key": _is_name,
    "printer": _to(2**31 - 1),
    "longest_s": _to(_LONGEST_S),
    "attempts": _to(10_000),
    "is_hold": lambda value: isinstance(value, bool),
    "state": lambda value: value in STATES,
    "reason": _is_text,
    "note": _is_text,
}
