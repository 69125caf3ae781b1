"""The sites somebody looks at: one, or all in reach."""

from dataclasses import dataclass

from canteen.base.access import Actor
from canteen.base.errors import NotFound
from canteen.places.queries import SiteFacts, sites_of


@dataclass(frozen=True, slots=True)
class Scope:
    """The sites somebody looks at: one, or all in reach."""

    sites: tuple[SiteFacts, ...]
    chosen: SiteFacts | None

    @property
    def site_ids(self) -> tuple[int, ...]:
        """Ids of the sites looked at."""
        return (self.chosen.id,) if self.chosen else tuple(site.id for site in self.sites)


def scope_of(actor: Actor, site_id: int | None) -> Scope:
    """One site, or all in the actor's reach. Raises ``NotFound`` for a site out of reach, or when there is none."""
    sites = sites_of(actor)
    if not sites:
        raise NotFound("您的账号下还没有助餐点", next_step="请管理员调整您账号的范围")
    if site_id is None:
        return Scope(tuple(sites), sites[0] if len(sites) == 1 else None)
    chosen = next((site for site in sites if site.id == site_id), None)
    if chosen is None:
        raise NotFound("没有找到这个助餐点", next_step="请从列表中重新选择")
    return Scope(tuple(sites), chosen)
