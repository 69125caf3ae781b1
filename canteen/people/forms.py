"""The forms about people: text becomes types here."""

from collections.abc import Callable, Mapping
from dataclasses import fields as parts
from datetime import date
from typing import Any

from canteen.base.errors import BadInput
from canteen.base.fields import Facts, Field, Fields, Form, iso_day, iso_day_or_none, line, one_of, or_none, row_id
from canteen.base.text import plain_text
from canteen.base.words import LIFE_KINDS, STATUSES, WORDS
from canteen.people.facts import Contact, TypedFacts
from canteen.people.importing.areas import group_name
from canteen.people.importing.words import read_day
from canteen.people.registry import StatusDraft
from canteen.people.requests import CardEnding, PeopleFilter, PersonInput
from canteen.people.rules import LifePeriod, card_number, check_id_number, check_phone, person_name


def read_person(form: Mapping[str, str], *, today: date, has_id: bool) -> PersonInput:
    """A person. ``has_id``: an ID number is on file already. Raises ``BadFields``."""
    fields = Fields(form)
    number = fields.take("id_number", or_none(lambda text: check_id_number(text, day=today)), None)
    birth_day = fields.take("birth_day", _day_of_life(today, "「%(text)s」不是出生日期,请写成 1951-07-15"), None)
    if not number and birth_day is None and not has_id and not {"id_number", "birth_day"} & set(fields.errors):
        fields.errors["birth_day"] = BadInput("没有身份证号时,请填出生日期")
    name, phone = fields.take("contact_name", line(40), ""), fields.take("contact_phone", line(60), "")
    relation = fields.take("contact_relation", line(20), "")
    residence, hukou = fields.take("residence", line(100, needed=True), ""), fields.take("hukou", line(100), "")
    person = PersonInput(
        name=fields.take("name", _name, ""),
        id_number=number,
        birth_day=birth_day,
        sex=fields.take("sex", one_of(WORDS["sex"]), ""),
        residence=residence,
        hukou=hukou,
        settlement=fields.take("settlement", one_of(WORDS["settlement"]), ""),
        village_group=group_name(fields.take("village_group", line(20), "")),
        home_site_id=fields.take("home_site_id", or_none(row_id), None),
        wants_delivery=form.get("wants_delivery") == "1",
        contact=Contact(name, phone, relation) if name or phone else None,
        card=fields.take("card", read_card, ""),
        **_typed_facts(fields, today),
    )
    born = number.birth_day if number else birth_day
    if person.resident_since and born and person.resident_since < born:
        fields.errors["resident_since"] = BadInput("居住起始日期早于出生日期")
    fields.stop()
    return person


def _typed_facts(fields: Fields, today: date) -> dict[str, Any]:
    """Words by their list, a line of text of everything that is nothing special."""
    special: dict[str, Callable[[str], Any]] = {
        "ability_day": iso_day_or_none,
        "resident_since": _day_of_life(today, "「%(text)s」不是居住起始日期,请写成 2020-03-01"),
        "phone": lambda text: check_phone(text) if text.strip() else "",
        "note": line(500),
    }
    usual = {one.name: one_of(WORDS[one.name]) if one.name in WORDS else line(100) for one in parts(TypedFacts)}
    return {one.name: fields.take(one.name, (usual | special)[one.name], one.default) for one in parts(TypedFacts)}


def _name(text: str) -> str:
    name = person_name(line(40, needed=True)(text))
    if not any(sign.isalpha() for sign in name):
        raise BadInput("请填写姓名")
    return name


def _day_of_life(today: date, wrong: str) -> Callable[[str], date | None]:
    """Reads a day of somebody's life until today; ``wrong`` is said of another ``text``."""

    def parse(text: str) -> date:
        day = read_day(text)
        if day is None or not date(1890, 1, 1) <= day <= today:
            raise BadInput(wrong, text=text.strip()[:20])
        return day

    return or_none(parse)


def read_card(text: str) -> str:
    """A card as printed; "" for none."""
    shown = plain_text(line(40)(text))
    return shown if card_number(shown) else ""


def read_filter(args: Mapping[str, str]) -> PeopleFilter:
    """What the list shows; what cannot be understood does not narrow it."""
    site, after, state = args.get("site", ""), args.get("after", ""), args.get("state", "")
    return PeopleFilter(
        text=plain_text(args.get("q", ""))[:60],
        area=plain_text(args.get("area", ""))[:200],
        site_id=int(site) if _is_number(site) else None,
        after=int(after) if _is_number(after) else 0,
        state=state if state in ("active", *LIFE_KINDS) else "",
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


#: Why something is done.
reason = line(100, needed=True)
#: Why a card ends, and the card that replaces it.
CARD_ENDING = Form(CardEnding, reason=reason, replacement=Field(read_card, "card"))


def _in_order(draft: StatusDraft) -> None:
    if draft.to_day and draft.to_day < draft.from_day:
        raise BadInput("最后一天不能早于开始的一天", field="status_to")


#: A dated status.
STATUS = Form(
    StatusDraft,
    _in_order,
    kind=Field(one_of(STATUSES), "status_kind"),
    issuer=line(60, needed=True),
    from_day=Field(iso_day, "status_from"),
    to_day=Field(iso_day_or_none, "status_to"),
    evidence=line(100, needed=True),
)
#: A pause, a move or a death.
EVENT = Form(
    LifePeriod,
    kind=Field(one_of(LIFE_KINDS), "event_kind"),
    from_day=Field(iso_day, "event_from"),
    to_day=Field(iso_day_or_none, "event_to"),
    reason=Field(line(100), "event_reason"),
)
#: A scheme that is given up, and one that counts again.
WAIVER = Form[Facts](dict, scheme=reason, reason=Field(reason, "waiver_reason"))
TAKEN_BACK = Form[Facts](dict, scheme=reason, reason=reason)
