"""What ``/healthz`` says of the print worker."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from canteen.base import clock
from tests.factories import make_site
from tests.printing.records import make_printer, set_printer


@pytest.mark.parametrize(
    ("printers", "said"),
    [
        pytest.param([], "no_printer", id="none"),
        pytest.param([{}], "not_seen", id="held by nobody"),
        pytest.param([{"seconds": 20}], "running", id="held"),
        pytest.param([{"seconds": -20}], "not_seen", id="held once"),
        pytest.param([{"is_remote": True, "seconds": 20}, {}], "not_seen", id="an agent's is not the worker's"),
        pytest.param([{"is_remote": True, "seconds": 20}], "no_printer", id="only an agent's"),
    ],
)
def test_the_print_worker_is_known_by_the_printers_it_holds(
    app: Flask, client: FlaskClient, printers: list[dict[str, Any]], said: str
) -> None:
    place = make_site()
    for number, one in enumerate(printers):
        printer_id = make_printer(
            place, name=f"{number}号", is_default=not number, is_remote=one.get("is_remote", False)
        )
        if "seconds" in one:
            set_printer(printer_id, lease_by="w", lease_until=clock.now() + timedelta(seconds=one["seconds"]))

    assert client.get("/healthz").get_json()["print_worker"] == said
