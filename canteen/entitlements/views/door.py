"""Where the pages of the office hang."""

from flask import Blueprint

blueprint = Blueprint("entitlements", __name__, url_prefix="/entitlements")
