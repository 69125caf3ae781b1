"""How the forms of sign-in look to a browser."""

from __future__ import annotations

import re

import pytest

from tests.architecture.house import ROOT

TEMPLATES = sorted((ROOT / "canteen" / "templates" / "staff").glob("*.html"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_every_password_field_is_masked_and_known_to_password_managers(path) -> None:
    text = path.read_text("utf-8")
    fields = re.findall(r'field\("\w*password\w*".*?\) }}|<input[^>]*name="password"[^>]*>', text, re.DOTALL)

    for field in fields:
        assert re.search(r'type="password"', field), field
        assert re.search(r'autocomplete="(current|new)-password"', field), field
        assert not re.search(r"onpaste|maxlength", field), field
