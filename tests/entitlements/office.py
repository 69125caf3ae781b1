"""A scheme that asks for approval, and an application through its steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from factories import TODAY, VILLAGE, Person, Place, make_area

from canteen.base.access import COMMAND
from canteen.base.db import transaction
from canteen.entitlements.requests import ApplicantAgent, ApplicationInput, DecisionInput, DocumentInput, PublicityInput
from canteen.entitlements.service import applications, public_lists
from canteen.schemes.switching import switch_on

#: Ten working days with a list for seven natural ones, then five, then ten: Chenggong's way.
SCHEME = """
id = "care"
version = "1"
name = "测试助餐资格"
valid_from = 2026-01-01
stack_group = "meals"
eligible = { age = { from = 70 } }

[[classes]]
code = "一类"
when = { any_status = ["dibao"] }
amount = { kind = "free" }

[[classes]]
code = "二类"
when = { any_status = ["hardship"] }
amount = { kind = "per_meal", yuan = 5 }

[approval]
form_number = "测字〔{year}〕{number:4}号"

[[approval.steps]]
name = "村初审"
level = "village"
limit_working_days = 10
publicity = { days = 7, counts = "natural" }

[[approval.steps]]
name = "镇复审"
level = "township"
limit_working_days = 5

[[approval.steps]]
name = "县审批"
level = "county"
limit_working_days = 10

[[approval.documents]]
kind = "id_card"
words = "身份证"

[[approval.documents]]
kind = "dibao_card"
words = "低保证"
only_for = ["一类"]

[[approval.sanctions]]
who = "elder"
words = "骗取补助的追回,终身不得享受"
measures = ["cancel", "recover"]
barred = "lifetime"
"""

AUTOMATIC = """
id = "by-age"
version = "1"
name = "到龄补助"
valid_from = 2026-01-01
stack_group = "age"
eligible = { age = { from = 75, to = 79 } }
amount = { kind = "per_meal", yuan = 1 }

[approval]
automatic_by_age = true
"""


@dataclass(frozen=True)
class Office:
    """Everybody who has a part in it."""

    site: Place
    version_id: int
    clerk: Person
    village: Person
    township: Person
    county: Person


def at(day: date, hour: int = 4) -> datetime:
    """Noon in China on a day."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def switch(text: str, path: str = "金溪县") -> int:
    """Put a scheme in force from the first of the year."""
    area_id = make_area(path)
    with transaction() as session:
        return switch_on(
            session, text=text, area_id=area_id, valid_from=date(2026, 1, 1), actor=COMMAND, at=at(date(2026, 1, 1))
        )


def asking(office: Office, elder_id: int, **changed: object) -> ApplicationInput:
    facts = {
        "key": f"{elder_id:032x}",
        "elder_id": elder_id,
        "version_id": office.version_id,
        "purpose": "new",
        "applicant": "elder",
        "channel": "counter",
        "applied_on": TODAY,
        "agent": ApplicantAgent(),
        "note": "",
    }
    return ApplicationInput(**(facts | changed))  # type: ignore[arg-type]


def take(office: Office, elder_id: int, day: date = TODAY, **changed: object) -> int:
    asked = asking(office, elder_id, **({"applied_on": day} | changed))
    return applications.take_application(asked, actor=office.clerk.actor, now=at(day))


def show(office: Office, application_id: int, kind: str = "id_card", day: date = TODAY, **changed: object) -> None:
    facts = {"application_id": application_id, "kind": kind, "issuer": "公安局", "day": day, "note": ""}
    applications.add_document(DocumentInput(**(facts | changed)), actor=office.clerk.actor, now=at(TODAY))  # type: ignore[arg-type]


def post(office: Office, application_ids: tuple[int, ...], day: date = TODAY, now: datetime | None = None) -> int:
    asked = PublicityInput(
        version_id=office.version_id,
        area_id=make_area(VILLAGE),
        position=0,
        application_ids=application_ids,
        posted_on=day,
        place="村务公开栏",
        phone="0794-5260000",
    )
    return public_lists.post_list(asked, actor=office.village.actor, now=now or at(day))


def decide(
    who: Person, application_id: int, position: int, day: date, outcome: str = "passed", opinion: str = ""
) -> str:
    asked = DecisionInput(application_id=application_id, position=position, outcome=outcome, opinion=opinion)
    return applications.decide_step(asked, actor=who.actor, now=at(day))


def approve(office: Office, elder_id: int, day: date = TODAY) -> int:
    """Through all steps; the last day of the list is day + 7, so it is decided on day + 8."""
    application_id = take(office, elder_id, day)
    show(office, application_id)
    post(office, (application_id,), day)
    after = day + timedelta(days=8)
    decide(office.village, application_id, 0, after)
    decide(office.township, application_id, 1, after)
    decide(office.county, application_id, 2, after)
    return application_id
