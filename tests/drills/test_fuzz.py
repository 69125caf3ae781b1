"""Two thousand hostile inputs to everything that takes one, the same every time; the drill of 100,000 is ``fuzz.py``."""

from __future__ import annotations

import pytest

from tests.drills import fuzz
from tests.postgresql import PostgreSQL


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_no_input_breaks_it(backend: str, tmp_path, request, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "MOST_PAGES", 40)
    server: PostgreSQL | None = request.getfixturevalue("postgresql") if backend == "postgresql" else None
    app = fuzz.demo_app(tmp_path, server.create("canteen_fuzz") if server else "")

    with app.app_context():
        fuzzer = fuzz.Fuzzer(app, seed=20261121)
        fuzzer.run(100)
        before = fuzz.memory()
        found = fuzzer.run(900)

    assert found.faults == {}
    assert fuzz.memory() - before < 200
    assert len(fuzzer.forms) > 200
    assert found.statuses[422] > 50 and found.statuses[200] > 30 and found.statuses[303] > 50
