"""A test client whose requests know nothing of one another but their cookies.

The ``app`` fixture keeps an application context open for the whole test, and Flask would lend it to every request:
``g`` (who is asking, the language, the form token) and the reading session would then outlive the request they are of.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse


class FreshClient(FlaskClient):
    """Every request in an application context of its own, as on a server."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        with self.application.app_context():
            return super().open(*args, **kwargs)


def fresh_client(app: Flask) -> FreshClient:
    """A browser without a session."""
    return FreshClient(app, app.response_class)
