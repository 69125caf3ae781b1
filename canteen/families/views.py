"""The family's page, which opens by its address alone, and the page on which links are made and taken back."""

from datetime import timedelta

import segno
from flask import Blueprint, Response, g, request, url_for
from flask_babel import gettext

from canteen.base import clock
from canteen.base.i18n import LOCALES
from canteen.base.web import NO_ERRORS, Answer, Errors, again, allow, current_actor, go_to, page, public
from canteen.families import forms, meals, queries, service
from canteen.families.rules import USUAL_DAYS
from canteen.people.finding import looks

#: For whoever holds the link. Nothing here reads a cookie that lets anybody in, so its forms need no form token: another
#: page would have to know the address.
blueprint = Blueprint("family", __name__, url_prefix="/f")
#: For who keeps the register.
keeping = Blueprint("families", __name__, url_prefix="/people/<int:elder_id>/family")


@blueprint.before_request
def choose_language() -> None:
    """The address itself says the language, so that the page needs no cookie."""
    if request.args.get("language") in LOCALES:
        g.language = request.args["language"]


@blueprint.after_request
def keep_the_address(answer: Response) -> Response:
    """The address is the key: no other site hears of it, nobody lists it, nothing keeps the page."""
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer.headers["Cache-Control"] = "no-store, private"
    return answer


@blueprint.get("/<token>")
@public
def family_page(token: str) -> Answer:
    """Menus and orders of today and the coming days, and whether today's meal came."""
    now = clock.now()
    found = meals.family_page(service.open_link(token, address=_address(), now=now), now=now)
    return page("families/family.html", found=found, token=token, today=clock.day_of(now))


@blueprint.post("/<token>/orders")
@public
def order_meal(token: str) -> Answer:
    """Order one meal."""
    service.order_meal(token, forms.WISH.read(request.form), address=_address(), now=clock.now())
    return go_to(".family_page", gettext("已订"), token=token, **_language())


@blueprint.post("/<token>/orders/<int:order_id>/cancel")
@public
def cancel_meal(token: str, order_id: int) -> Answer:
    """Take one order back."""
    service.cancel_meal(token, order_id, address=_address(), now=clock.now())
    return go_to(".family_page", gettext("已取消"), token=token, **_language())


def _address() -> str:
    return request.remote_addr or ""


def _language() -> dict[str, str]:
    return {"language": request.args["language"]} if request.args.get("language") in LOCALES else {}


@keeping.get("")
@allow("keep_family_links")
def links_page(elder_id: int, errors: Errors = NO_ERRORS) -> Answer:
    """The links of an elder."""
    today = clock.today()
    found = queries.links_page(current_actor(), elder_id, today=today)
    looks.note_opened(elder_id, place="people", actor=current_actor(), now=clock.now())
    usual = {"for_whom": "", "last_day": (today + timedelta(days=USUAL_DAYS)).isoformat()}
    typed = request.form if errors else usual
    return page("families/links.html", found=found, today=today, typed=typed, errors=errors)


@keeping.post("")
@allow("keep_family_links")
@again(links_page)
def make_link(elder_id: int) -> Answer:
    """Make a link and show its paper, this once. A page and no redirect: the link must be in no other address."""
    new = forms.link_form(clock.today()).read(request.form, elder_id=elder_id)
    token = service.make_link(new, actor=current_actor(), now=clock.now())
    found = queries.links_page(current_actor(), elder_id, today=clock.today())
    address = url_for("family.family_page", token=token, _external=True)
    return page(
        "families/paper.html",
        found=found,
        made=found.lines[0],
        address=address,
        picture=segno.make(address, error="m").svg_data_uri(scale=6, border=4, light="#fff"),
    )


@keeping.post("/<int:link_id>/revoke")
@allow("keep_family_links")
def revoke_link(elder_id: int, link_id: int) -> Answer:
    """Take a link back at once."""
    found = service.revoke_link(link_id, actor=current_actor(), now=clock.now())
    return go_to(".links_page", gettext("已停用,马上打不开了"), elder_id=found)
