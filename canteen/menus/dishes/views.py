"""Screens of the dish list: what is on it, what menus name and nobody has described, one dish, many at once."""

from datetime import timedelta

from flask import request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.fields import Fields
from canteen.base.i18n import choices
from canteen.base.sheets.reading import read_pasted
from canteen.base.web import NO_ERRORS, Answer, Errors, again, allow, current_actor, go_to, page
from canteen.base.words import DISH_KINDS
from canteen.menus.dishes import forms, service
from canteen.menus.dishes.foods import ALLERGENS
from canteen.menus.dishes.queries import dishes_of, named_on_menus
from canteen.menus.dishes.rules import DishFacts
from canteen.menus.rules import plain
from canteen.menus.views import blueprint, form_site

#: Days back from which a dish of a menu is still missed in the list.
MISSED_BACK = timedelta(days=14)


@blueprint.get("/menus/dishes")
@allow("keep_menus")
def dishes_page(errors: Errors = NO_ERRORS) -> Answer:
    """The dish list by kind, and first the dishes on menus that nobody has described."""
    site = form_site()
    dishes = dishes_of(site_id=site.id)
    named = named_on_menus(site_id=site.id, first=clock.today() - MISSED_BACK)
    return page(
        "menus/dishes.html",
        site=site,
        errors=errors,
        typed=request.form,
        kinds=[(kind, [one for one in dishes.values() if one.kind == kind]) for kind in DISH_KINDS],
        missing=[name for name in named if name not in dishes or not dishes[name].is_described],
        count=len(dishes),
    )


@blueprint.get("/menus/dishes/one")
@allow("keep_menus")
def dish_page(errors: Errors = NO_ERRORS) -> Answer:
    """One dish, to be described; the next that nobody has described follows."""
    site = form_site()
    name = plain(request.values.get("name", ""))[:60]
    dishes = dishes_of(site_id=site.id)
    dish = dishes.get(name) or DishFacts(name)
    return page(
        "menus/dish.html",
        site=site,
        dish=dish,
        is_kept=name in dishes,
        errors=errors,
        typed=request.form,
        kinds=choices("dish_kind"),
        allergens=ALLERGENS,
    )


@blueprint.post("/menus/dishes/one")
@allow("keep_menus")
@again(dish_page)
def keep_dish() -> Answer:
    """Write one dish, and go on with the next that is missing."""
    site = form_site()
    form = request.form.to_dict()
    form["allergens"] = "、".join([*request.form.getlist("allergen"), form.get("allergens", "")])
    dish = forms.DISH.read(form)
    service.keep_dishes(site_id=site.id, dishes=[dish], actor=current_actor(), now=clock.now())
    return go_to(".dishes_page", gettext("已保存「%(name)s」", name=dish.name))


@blueprint.post("/menus/dishes/paste")
@allow("keep_menus")
@again(dishes_page)
def paste_dishes() -> Answer:
    """Write a pasted list of dishes."""
    site = form_site()
    fields = Fields(request.form)
    dishes: list[DishFacts] = fields.take("text", lambda text: forms.read_list(read_pasted(text)), [])
    fields.stop()
    written = service.keep_dishes(site_id=site.id, dishes=dishes, actor=current_actor(), now=clock.now())
    return go_to(".dishes_page", gettext("写入 %(n)s 道菜", n=written))


@blueprint.post("/menus/dishes/remove")
@allow("keep_menus")
def remove_dish() -> Answer:
    """Take a dish out of the list."""
    name = request.form.get("name", "")
    service.remove_dish(site_id=form_site().id, name=name, actor=current_actor(), now=clock.now())
    return go_to(".dishes_page", gettext("已从菜品库删去「%(name)s」", name=name))
