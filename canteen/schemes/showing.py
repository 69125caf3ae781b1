"""Reasons, payers and schemes as people read them, in their language. Needs a request."""

from collections.abc import Mapping
from typing import Any

from flask import g

from canteen.base.i18n import said
from canteen.base.words import WORDS
from canteen.schemes.queries import scheme_names
from canteen.schemes.reasons import Reason


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
