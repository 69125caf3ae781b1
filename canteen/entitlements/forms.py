"""The forms of the office: text becomes types here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import IO

from canteen.base.errors import BadInput
from canteen.base.fields import (
    YEARS,
    Facts,
    Field,
    Fields,
    Form,
    iso_day,
    iso_day_or_none,
    line,
    one_of,
    one_time_key,
    row_id,
    whole,
)
from canteen.base.text import plain_text
from canteen.base.words import APPLICANTS, CHANNELS, PURPOSES, WORDS
from canteen.entitlements.applications.pictures import MOST_BYTES
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

_KIND = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SCHEME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_UNCHOSEN = {"next_step": "请返回上一页重新选择"}
_INCOMPLETE = {"next_step": "请返回上一页重新填写"}


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


def read_application(form: Mapping[str, str], *, elder_id: int, version_id: int) -> ApplicationInput:
    """An application. A relative or agent gives name, relation, phone and consent. Raises ``BadFields``."""
    fields = Fields(form)
    key = one_time_key(form.get("key", ""))
    applicant = fields.take("applicant", one_of(APPLICANTS), "elder")
    by_other = applicant in ("relative", "agent")
    agent = ApplicantAgent(
        name=fields.take("agent_name", line(40, needed=by_other), ""),
        relation=fields.take("agent_relation", line(20, needed=by_other), ""),
        phone=fields.take("agent_phone", lambda text: check_phone(text) if text.strip() or by_other else "", ""),
        consent=fields.take("consent", line(100, needed=by_other), ""),
    )
    wanted = ApplicationInput(
        key=key,
        elder_id=elder_id,
        version_id=version_id,
        applicant=applicant,
        agent=agent,
        purpose=fields.take("purpose", one_of(PURPOSES), "new"),
        channel=fields.take("channel", one_of(CHANNELS), "counter"),
        applied_on=fields.take("applied_on", iso_day, date.min),
        note=fields.take("note", line(300), ""),
    )
    fields.stop()
    return wanted


def read_document(form: Mapping[str, str], photo: IO[bytes] | None, *, application_id: int) -> DocumentInput:
    """A paper that was shown. At most one byte more than allowed is read of a picture. Raises ``BadFields``."""
    is_assessment = form.get("kind") == ASSESSMENT
    paper = Form(
        DocumentInput,
        kind=_kind,
        issuer=line(60, needed=True),
        day=iso_day if is_assessment else iso_day_or_none,
        note=line(200),
        ability=one_of([word for word in WORDS["ability"] if word]) if is_assessment else lambda text: "",
    )
    return paper.read(form, application_id=application_id, photo=photo.read(MOST_BYTES + 1) if photo else b"")


def _kind(text: str) -> str:
    if not _KIND.fullmatch(text):
        raise BadInput("请从列表中选择")
    return text


def note(text: str) -> str:
    """A text of up to 300 characters that must be there."""
    return line(300, needed=True)(text)


_position = whole(0, 999, **_INCOMPLETE)
#: A step passed or refused.
DECISION = Form(
    DecisionInput,
    position=_position,
    outcome=one_of(("passed", "refused"), "请选择通过或不予通过", **_UNCHOSEN),
    opinion=line(300),
)
_PUBLICITY = Form(
    PublicityInput,
    position=_position,
    version_id=row_id,
    area_id=row_id,
    posted_on=iso_day,
    place=line(60, needed=True),
    phone=line(40, needed=True),
)
#: An objection, and the answer to one: the answer, and whether it was right.
OBJECTION = Form(ObjectionInput, received_on=iso_day, by=line(60), text=note)
ANSWER = Form[Facts](
    dict,
    is_upheld=Field(lambda text: one_of(("0", "1"), "请选择异议是否成立", **_UNCHOSEN)(text) == "1", "upheld"),
    answer=note,
)


def read_publicity(form: Mapping[str, str], chosen: list[str]) -> PublicityInput:
    """A list to be posted. Raises ``BadInput``."""
    return _PUBLICITY.read(form, application_ids=tuple(row_id(one) for one in chosen[:1000]))


def read_chosen(chosen: list[str]) -> set[tuple[int, str]]:
    """Ticked people of a roster: ``<elder>:<scheme>`` each. Raises ``BadInput``."""
    found = set()
    for text in chosen[:20_000]:
        elder, _, scheme = text.partition(":")
        if not _SCHEME.fullmatch(scheme):
            raise BadInput("请求不完整", **_INCOMPLETE)
        found.add((row_id(elder), scheme))
    return found


def _sanction(text: str) -> tuple[str, int]:
    """``<scheme>:<number>``."""
    scheme, _, number = text.partition(":")
    if not _SCHEME.fullmatch(scheme):
        raise BadInput("请从列表中选择处理措施")
    return scheme, whole(0, 999, "请从列表中选择处理措施")(number)


_SANCTION = Form[Facts](dict, sanction=_sanction, reason=note, decided_on=iso_day)


def read_sanction(form: Mapping[str, str], *, elder_id: int) -> SanctionInput:
    """A sanction. Raises ``BadInput``."""
    read = _SANCTION.read(form)
    scheme, number = read.pop("sanction")
    return SanctionInput(elder_id=elder_id, scheme=scheme, number=number, **read)


def _entry(*, first: date, last: date | None, is_working: bool, name: str) -> DayEntry:
    return DayEntry(first, last or first, is_working, name)


#: Days of the calendar.
ENTRY = Form(
    _entry,
    first=iso_day,
    is_working=Field(lambda text: one_of(("off", "worked"), "请选择放假或上班", **_UNCHOSEN)(text) == "worked", "kind"),
    last=iso_day_or_none,
    name=line(40, needed=True),
)


def read_year(text: str, *, instead: int) -> int:
    """A year of the calendar; another one than these is ``instead``."""
    return int(text) if text.isascii() and text.isdigit() and len(text) == 4 and int(text) in YEARS else instead


#: How a letter was handed over.
way = one_of(WORDS["notice_way"])
