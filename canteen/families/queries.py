"""What a link opens, and the links of an elder."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.db import reading
from canteen.base.errors import NotFound
from canteen.base.vault import the_vault
from canteen.families.models import FamilyLink
from canteen.families.rules import is_token, opens
from canteen.people.models import Elder
from canteen.people.queries import in_reach, states_of
from canteen.places.queries import SiteFacts, site_facts
from canteen.staff.models import Staff

#: The role of who comes by a link: may nothing that ``access`` knows.
ROLE = "family_link"


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link that opens, and whom it is about."""

    id: int
    elder_id: int
    #: The elder's usual canteen: orders go there; None when the file names none.
    site_id: int | None

    def actor(self, site_id: int) -> Actor:
        """Who writes: the link itself, at one site."""
        return Actor(kind=ROLE, id=self.id, name="家属链接", role=ROLE, area_path="-", site_id=site_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLine:
    """One link on the elder's page of links."""

    id: int
    for_whom: str
    last_day: date
    made_at: datetime
    made_by: str
    revoked_at: datetime | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class LinksPage:
    """The links of an elder, the newest first."""

    elder_id: int
    name: str
    #: The usual canteen; None when the file names none.
    site: SiteFacts | None
    lines: tuple[LinkLine, ...]


def hash_of(token: str) -> str:
    """What is kept of a link: a keyed hash, from which nobody makes its address."""
    return the_vault().index("family link", token)


def find_link(session: Session, token: str, *, today: date) -> OpenLink | None:
    """The link of an address, if it opens today."""
    if not is_token(token):
        return None
    row = session.execute(
        select(FamilyLink.id, FamilyLink.elder_id, FamilyLink.last_day, FamilyLink.revoked_at, Elder.home_site_id)
        .join(Elder, Elder.id == FamilyLink.elder_id)
        .where(FamilyLink.token_hash == hash_of(token))
    ).first()
    if row is None:
        return None
    life = states_of(session, [row.elder_id], day=today)[row.elder_id].kind
    if not opens(last_day=row.last_day, revoked_at=row.revoked_at, life=life, today=today):
        return None
    return OpenLink(row.id, row.elder_id, row.home_site_id)


def links_page(actor: Actor, elder_id: int, *, today: date) -> LinksPage:
    """The links of an elder in reach. Raises ``NotFound``."""
    with reading() as session:
        elder = elder_in_reach(session, actor, elder_id)
        life = states_of(session, [elder_id], day=today)[elder_id].kind
        rows = session.execute(
            select(FamilyLink, func.coalesce(Staff.name, "").label("who"))
            .outerjoin(Staff, Staff.id == FamilyLink.made_by)
            .where(FamilyLink.elder_id == elder_id)
            .order_by(FamilyLink.id.desc())
        ).all()
        vault = the_vault()
        return LinksPage(
            elder_id,
            elder.name,
            site_facts(session, elder.home_site_id) if elder.home_site_id is not None else None,
            tuple(
                LinkLine(
                    id=link.id,
                    for_whom=vault.open(link.sealed_for, f"family_link:{link.token_hash}"),
                    last_day=link.last_day,
                    made_at=link.made_at,
                    made_by=who,
                    revoked_at=link.revoked_at,
                    is_open=opens(last_day=link.last_day, revoked_at=link.revoked_at, life=life, today=today),
                )
                for link, who in rows
            ),
        )


def elder_in_reach(session: Session, actor: Actor, elder_id: int) -> Elder:
    """An elder in reach. Raises ``NotFound``."""
    elder = session.scalars(select(Elder).where(Elder.id == elder_id, in_reach(actor))).first()
    if elder is None:
        raise NotFound("没有找到这位老人", next_step="请在老人页面重新查找")
    return elder
