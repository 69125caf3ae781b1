"""What a form says about a person becomes an elder's draft: areas are placed, and what somebody else has is refused.

Session-first, reading only: the form asks before writing, and the service asks again inside its transaction.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.base.access import Actor, reaches_area, reaches_site
from canteen.base.errors import BadInput
from canteen.base.records import as_record
from canteen.base.vault import Vault
from canteen.people.facts import Contact, Personal, with_evidence
from canteen.people.importing.areas import Gazetteer
from canteen.people.queries import AREA, ELDER, SITE, find_elder_ids_by_card
from canteen.people.registry import ElderDraft
from canteen.people.requests import PersonInput
from canteen.places.models import Area


@dataclass(frozen=True, slots=True)
class Placing:
    """Where a person lives and has the hukou: paths, of which the residence may not exist yet."""

    residence: str
    #: "" when the hukou is in no area that is kept here; then its text is.
    hukou: str
    hukou_text: str


def place(session: Session, person: PersonInput, *, elder_id: int | None, actor: Actor) -> Placing:
    """Find the areas a form means. Raises ``BadInput`` for a residence in no village, or out of the actor's reach."""
    areas = [(row.path, row.level) for row in session.execute(select(AREA.c.path, AREA.c.level))]
    home = _area_of_site(session, person.home_site_id) or actor.area_path or areas[0][0]
    gazetteer = Gazetteer(areas, home=home)
    hukou, hukou_text = _place_hukou(gazetteer, person.hukou)
    try:
        residence = gazetteer.place(person.residence, near=hukou).path
    except BadInput as error:
        raise BadInput(error.text, field="residence", **error.fields) from error
    before = session.scalar(select(ELDER.c.home_site_id).where(ELDER.c.id == elder_id)) if elder_id else None
    at_site = person.home_site_id is not None and _reaches_site(session, person.home_site_id, actor)
    if not at_site and person.home_site_id not in (None, before):
        raise BadInput("这个助餐点不在您的管理范围", field="home_site_id")
    if not at_site and not reaches_area(actor, residence):
        raise BadInput("住在您管理范围之外的人,请先选您管理的助餐点", field="residence")
    return Placing(residence, hukou, hukou_text)


def _place_hukou(gazetteer: Gazetteer, text: str) -> tuple[str, str]:
    if not text:
        return "", ""
    try:
        path = gazetteer.place(text).path
    except BadInput:
        return "", text
    return (path, "") if path in gazetteer.given else ("", text)


def _area_of_site(session: Session, site_id: int | None) -> str:
    found = select(AREA.c.path).join(SITE, SITE.c.area_id == AREA.c.id).where(SITE.c.id == site_id)
    return session.scalar(found) or "" if site_id is not None else ""


def _reaches_site(session: Session, site_id: int, actor: Actor) -> bool:
    path = _area_of_site(session, site_id)
    return bool(path) and reaches_site(actor, site_id=site_id, area_path=path)


def refuse_taken(session: Session, person: PersonInput, *, elder_id: int | None, vault: Vault) -> None:
    """Refuse an ID number or a card that somebody else has. Raises ``BadInput`` naming the field."""
    if person.id_number:
        hash_ = vault.index("id_number", person.id_number.number)
        holder = session.scalar(select(ELDER.c.id).where(ELDER.c.id_hash == hash_))
        if holder not in (None, elder_id):
            raise BadInput("这个身份证号已登记在另一个人名下", field="id_number")
    if set(find_elder_ids_by_card(session, person.card)) - {elder_id}:
        raise BadInput("这张卡正由另一个人使用", field="card")


def draft_of(
    person: PersonInput, was: ElderDraft | None, *, areas: dict[str, Area], placing: Placing, source: str
) -> ElderDraft:
    """The draft of a person: a new one, or ``was`` with the form laid over it.

    An ID number decides birth date and sex; another birth date that was typed beside it is kept as evidence from
    ``source``. What the form does not show (an ID number left empty, earlier evidence) stays.
    """
    known = was.personal if was else Personal()
    birth_day, sex = _birth_and_sex(person, was)
    residence = areas[placing.residence]
    personal = as_record(
        Personal,
        person,
        id_number=person.id_number.number if person.id_number else known.id_number,
        ability_day=person.ability_day if person.ability else None,
        hukou_text=placing.hukou_text,
        waived=known.waived,
        contacts=_contacts(known.contacts, person.contact),
        birth_evidence=with_evidence(
            known.birth_evidence, None if person.birth_day == birth_day else person.birth_day, source
        ),
    )
    return as_record(
        ElderDraft,
        person,
        birth_day=birth_day,
        sex=sex,
        residence_area_id=residence.id,
        hukou_area_id=areas[placing.hukou].id if placing.hukou else None,
        settlement=person.settlement or ("" if was else residence.settlement),
        personal=personal,
        statuses=(),
    )


def _birth_and_sex(person: PersonInput, was: ElderDraft | None) -> tuple[date, str]:
    if person.id_number:
        return person.id_number.birth_day, person.id_number.sex
    if was and (was.personal.id_number or person.birth_day is None):
        return was.birth_day, was.sex
    assert person.birth_day is not None, "the form asks for a birth day when there is no ID number"
    return person.birth_day, person.sex


def _contacts(known: tuple[Contact, ...], typed: Contact | None) -> tuple[Contact, ...]:
    """The form shows the first contact; the others stay behind it."""
    return (typed, *known[1:]) if typed else known[1:]
