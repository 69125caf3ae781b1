"""Where the pages of the office hang."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

blueprint = Blueprint("entitlements", __name__, url_prefix="/entitlements")


def to(endpoint: str, **values: Any) -> Response:
    """Go on to a page of the office after something was written."""
    return redirect(url_for(f"entitlements.{endpoint}", **values), 303)
