"""How stored things look to people: the filters and pieces every template may use."""

from typing import Any

from flask import Flask, g, url_for
from jinja2 import pass_context
from jinja2.runtime import Context, Macro
from markupsafe import Markup

from canteen.base.access import may
from canteen.base.clock import wall_time
from canteen.base.i18n import choices, show_day, show_moment, show_weekdays, word
from canteen.base.money import yen_sign
from canteen.base.text import masked_name
from canteen.base.web import find_actor, say, say_next_step
from canteen.base.words import WORDS
from canteen.schemes.showing import show_frozen_reason, show_payer, show_reason, show_scheme


def icon(name: str) -> Markup:
    """A picture beside a word, from ``static/icons.svg``; a screen reader passes over it."""
    if "icons" not in g:  # a page has a dozen of them, and an address is dear
        g.icons = url_for("static", filename="icons.svg")
    return Markup('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>').format(
        g.icons, name
    )


def may_here(action: str) -> bool:
    """Whether who looks at the page may do something (``access.ALLOWED``): a template names the deed, never a role."""
    actor = find_actor()
    return actor is not None and may(actor, action)


def _pieces(app: Flask) -> dict[str, Any]:
    """The macros of ``_pieces.html``, and two of them that look up what was ``typed`` and its ``errors`` on the page."""
    macros = vars(app.jinja_env.get_template("_pieces.html").module)

    @pass_context
    def form_field(page: Context, name: str, label: str, start: Any = "", **more: Any) -> Markup:
        typed = page["typed"].get(name, start)
        field: Markup = macros["field"](name, label, typed, error=page["errors"].get(name, ""), **more)
        return field

    @pass_context
    def form_select(page: Context, name: str, label: str, options: Any, start: Any = "", **more: Any) -> Markup:
        typed = page["typed"].get(name, start)
        select: Markup = macros["select"](name, label, options, typed, error=page["errors"].get(name, ""), **more)
        return select

    named = {name: macro for name, macro in macros.items() if isinstance(macro, Macro)}
    return named | {"form_field": form_field, "form_select": form_select}


def connect(app: Flask) -> None:
    """Install filters, ``icon``, ``may`` and the pieces. Called once by ``create_app``."""
    app.jinja_env.globals.update(icon=icon, may=may_here, vocabulary=WORDS, words_of=choices)
    app.jinja_env.globals.update(_pieces(app))
    app.jinja_env.filters.update(
        yen=yen_sign,
        day=show_day,
        time=wall_time,
        moment=show_moment,
        weekdays=show_weekdays,
        word=word,
        say=say,
        say_next_step=say_next_step,
        reason=show_reason,
        frozen_reason=show_frozen_reason,
        payer=show_payer,
        scheme_name=show_scheme,
        masked=masked_name,
    )
