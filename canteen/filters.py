"""How stored things look to people: the filters every template may use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, g, url_for
from markupsafe import Markup

from canteen.clock import wall_time
from canteen.i18n import said, show_day, word
from canteen.money import yen_sign
from canteen.people.rules import masked_name
from canteen.subsidies.queries import scheme_names
from canteen.subsidies.reasons import Reason
from canteen.web import say, say_next_step
from canteen.words import WORDS


def show_reason(reason: Reason) -> str:
    """Why an amount is what it is, in the person's language."""
    return reason.words(said)


def show_frozen_reason(frozen: Mapping[str, Any]) -> str:
    """The same for a reason frozen on a serving: ``{"code", "fields", …}``."""
    return show_reason(Reason(frozen["code"], frozen["fields"]))


def show_payer(payer: str) -> str:
    """Who pays: 自付, 政府补助, or the name a scheme gives."""
    return said(WORDS["payer"].get(payer, payer))


def show_scheme(scheme: str) -> str:
    """A scheme as people call it; one that is not known by its id."""
    if "scheme_names" not in g:
        g.scheme_names = scheme_names()
    return str(g.scheme_names.get(scheme, scheme))


def icon(name: str) -> Markup:
    """A picture beside a word, from ``static/icons.svg``; a screen reader passes over it."""
    if "icons" not in g:  # a page has a dozen of them, and an address is dear
        g.icons = url_for("static", filename="icons.svg")
    return Markup('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>').format(g.icons, name)


def connect(app: Flask) -> None:
    """Install the filters and ``icon``. Called once by ``create_app``."""
    app.jinja_env.globals["icon"] = icon
    app.jinja_env.filters.update(
        yen=yen_sign,
        day=show_day,
        time=wall_time,
        word=word,
        say=say,
        say_next_step=say_next_step,
        reason=show_reason,
        frozen_reason=show_frozen_reason,
        payer=show_payer,
        scheme_name=show_scheme,
        masked=masked_name,
    )
