"""Where the pages of the office hang."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("entitlements", __name__, url_prefix="/entitlements")
