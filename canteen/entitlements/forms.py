"""The forms of the office: text becomes types here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import IO

from canteen.base.errors import BadInput
from canteen.base.fields import YEARS, Fields, iso_day, iso_day_or_none, line, one_of, row_id
from canteen.base.text import plain_text
from canteen.base.words import APPLICANTS, CHANNELS, PURPOSES, WORDS
from canteen.entitlements.applications.photos import MOST_BYTES
from canteen.entitlements.applications.step_rules import ASSESSMENT
from canteen.entitlements.requests import (
    ApplicantAgent,
    ApplicationInput,
    DecisionInput,
    DocumentInput,
    ObjectionInput,
    PublicityInput,
    SanctionInput,
)
from canteen.entitlements.work_calendar import DayEntry
from canteen.people.rules import check_phone

_NO_DAY = date(2000, 1, 1)
_KEY = re.compile(r"[0-9a-f]{32}")
_KIND = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class DeskFilter:
    """What the desk shows."""

    scheme: str
    mine: bool


def read_filter(args: Mapping[str, str]) -> DeskFilter:
    """What the desk shows; what cannot be understood does not narrow it."""
    return DeskFilter(plain_text(args.get("scheme", ""))[:40], args.get("mine") == "1")


def read_search(args: Mapping[str, str]) -> str:
    """The text somebody is looked for by."""
    return plain_text(args.get("q", ""))[:60]


def read_key(text: str) -> str:
    """The one-time key of a form. Raises ``BadInput``."""
    if not _KEY.fullmatch(text):
        raise BadInput("请求不完整", next_step="请返回上一页重新填写")
    return text


def read_application(
    form: Mapping[str, str], *, elder_id: int, version_id: int
) -> tuple[ApplicationInput | None, dict[str, str]]:
    """An application, or None and what is wrong. A relative or agent gives name, relation, phone and consent."""
    fields = Fields(form)
    key = read_key(form.get("key", ""))
    applicant = fields.take("applicant", one_of(APPLICANTS), "elder")
    by_other = applicant in ("relative", "agent")
    agent = ApplicantAgent(
        name=fields.take("agent_name", line(40, needed=by_other), ""),
        relation=fields.take("agent_relation", line(20, needed=by_other), ""),
        phone=fields.take("agent_phone", lambda text: check_phone(text) if text.strip() or by_other else "", ""),
        consent=fields.take("consent", line(100, needed=by_other), ""),
    )
    asked = ApplicationInput(
        key=key,
        elder_id=elder_id,
        version_id=version_id,
        applicant=applicant,
        agent=agent,
        purpose=fields.take("purpose", one_of(PURPOSES), "new"),
        channel=fields.take("channel", one_of(CHANNELS), "counter"),
        applied_on=fields.take("applied_on", iso_day, _NO_DAY),
        note=fields.take("note", line(300), ""),
    )
    return (None if fields.errors else asked), fields.errors


def read_document(
    form: Mapping[str, str], photo: IO[bytes] | None, *, application_id: int
) -> tuple[DocumentInput | None, dict[str, str]]:
    """A paper that was shown, or None and what is wrong. At most one byte more than allowed is read of a picture."""
    fields = Fields(form)
    kind = fields.take("kind", _kind, "")
    is_assessment = kind == ASSESSMENT
    asked = DocumentInput(
        application_id=application_id,
        kind=kind,
        issuer=fields.take("issuer", line(60, needed=True), ""),
        day=fields.take("day", iso_day if is_assessment else iso_day_or_none, None),
        note=fields.take("note", line(200), ""),
        ability=fields.take("ability", one_of([word for word in WORDS["ability"] if word]), "")
        if is_assessment
        else "",
        photo=photo.read(MOST_BYTES + 1) if photo else b"",
    )
    return (None if fields.errors else asked), fields.errors


def _kind(text: str) -> str:
    if not _KIND.fullmatch(text):
        raise BadInput("请从列表中选择")
    return text


def read_decision(form: Mapping[str, str], *, application_id: int) -> DecisionInput:
    """A step passed or refused. Raises ``BadInput``."""
    position = form.get("position", "")
    if not (position.isascii() and position.isdigit() and len(position) < 4):
        raise BadInput("请求不完整", next_step="请返回上一页重新填写")
    outcome = form.get("outcome", "")
    if outcome not in ("passed", "refused"):
        raise BadInput("请选择通过或不予通过", field="outcome", next_step="请返回上一页重新选择")
    return DecisionInput(
        application_id=application_id, position=int(position), outcome=outcome, opinion=read_note(form, "opinion")
    )


def read_note(form: Mapping[str, str], field: str, *, needed: bool = False) -> str:
    """A text of up to 300 characters. Raises ``BadInput`` naming the field."""
    try:
        return line(300, needed=needed)(form.get(field, ""))
    except BadInput as error:
        error.field = field
        raise


def read_publicity(form: Mapping[str, str], chosen: list[str]) -> PublicityInput:
    """A list to be posted. Raises ``BadInput``."""
    position = form.get("position", "")
    if not (position.isascii() and position.isdigit() and len(position) < 4):
        raise BadInput("请求不完整", next_step="请返回上一页重新填写")
    return PublicityInput(
        version_id=row_id(form.get("version_id", "")),
        area_id=row_id(form.get("area_id", "")),
        position=int(position),
        application_ids=tuple(row_id(one) for one in chosen[:1000]),
        posted_on=iso_day(form.get("posted_on", "")),
        place=line(60, needed=True)(form.get("place", "")),
        phone=line(40, needed=True)(form.get("phone", "")),
    )


def read_objection(form: Mapping[str, str], *, application_id: int) -> ObjectionInput:
    """An objection. Raises ``BadInput``."""
    return ObjectionInput(
        application_id=application_id,
        received_on=iso_day(form.get("received_on", "")),
        by=line(60)(form.get("by", "")),
        text=read_note(form, "text", needed=True),
    )


def read_answer(form: Mapping[str, str]) -> tuple[str, bool]:
    """The answer to an objection, and whether it was right. Raises ``BadInput``."""
    if form.get("upheld") not in ("0", "1"):
        raise BadInput("请选择异议是否成立", field="upheld", next_step="请返回上一页重新选择")
    return read_note(form, "answer", needed=True), form.get("upheld") == "1"


def read_chosen(chosen: list[str]) -> set[tuple[int, str]]:
    """Ticked people of a roster: ``<elder>:<scheme>`` each. Raises ``BadInput``."""
    found = set()
    for text in chosen[:20_000]:
        elder, _, scheme = text.partition(":")
        if not _scheme_ok(scheme):
            raise BadInput("请求不完整", next_step="请返回上一页重新填写")
        found.add((row_id(elder), scheme))
    return found


def _scheme_ok(text: str) -> bool:
    return re.fullmatch(r"[a-z][a-z0-9_-]{0,39}", text) is not None


def read_sanction(form: Mapping[str, str], *, elder_id: int) -> SanctionInput:
    """A sanction chosen as ``<scheme>:<number>``. Raises ``BadInput``."""
    scheme, _, number = form.get("sanction", "").partition(":")
    if not _scheme_ok(scheme) or not (number.isascii() and number.isdigit() and len(number) < 4):
        raise BadInput("请从列表中选择处理措施", field="sanction")
    return SanctionInput(
        elder_id=elder_id,
        scheme=scheme,
        number=int(number),
        reason=read_note(form, "reason", needed=True),
        decided_on=iso_day(form.get("decided_on", "")),
    )


def read_day(form: Mapping[str, str], field: str) -> date:
    """A day. Raises ``BadInput``."""
    return iso_day(form.get(field, ""))


def read_entry(form: Mapping[str, str]) -> DayEntry:
    """Days of the calendar. Raises ``BadInput``."""
    first = iso_day(form.get("first", ""))
    kind = form.get("kind", "")
    if kind not in ("off", "worked"):
        raise BadInput("请选择放假或上班", field="kind", next_step="请返回上一页重新选择")
    return DayEntry(
        first,
        iso_day_or_none(form.get("last", "")) or first,
        kind == "worked",
        line(40, needed=True)(form.get("name", "")),
    )


def read_year(text: str, *, instead: int) -> int:
    """A year of the calendar; another one than these is ``instead``."""
    return int(text) if text.isascii() and text.isdigit() and len(text) == 4 and int(text) in YEARS else instead


def read_way(form: Mapping[str, str]) -> str:
    """How a letter was handed over. Raises ``BadInput``."""
    return one_of(WORDS["notice_way"])(form.get("way", ""))
