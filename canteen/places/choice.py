"""Which site the person at the screen works at now. An account bound to a site has that; others choose one, which
the session cookie keeps. Every feature's views ask here."""

from flask import g, session

from canteen.base.errors import NotFound
from canteen.base.web import current_actor
from canteen.places.queries import SiteFacts, default_site, site_for

_KEY = "site_id"


def current_site() -> SiteFacts:
    """The site of this request. Raises ``NotFound`` with a next step when no site is in reach."""
    if "site" not in g:
        g.site = _chosen() or default_site(current_actor())
    found: SiteFacts = g.site
    return found


def _chosen() -> SiteFacts | None:
    actor = current_actor()
    chosen = session.get(_KEY)
    if actor.site_id is not None or not isinstance(chosen, int):
        return None
    try:
        return site_for(actor, chosen)
    except NotFound:  # the account's reach changed since: the first site in reach again
        session.pop(_KEY, None)
        return None


def choose(site: SiteFacts) -> None:
    """Keep a site as the current one until another is chosen or the session ends."""
    session[_KEY] = site.id
    g.site = site
