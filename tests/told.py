"""What a person is told when something is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from canteen.base.errors import CanteenError


def told(work: Callable[[], object]) -> tuple[str, str]:
    """What is refused, in words, and what to do next."""
    said, next_step, _ = told_where(work)
    return said, next_step


def told_where(work: Callable[[], object]) -> tuple[str, str, str]:
    """The same, with the code of a refusal or the field of an input."""
    with pytest.raises(CanteenError) as error:
        work()
    found = error.value
    facts = {name: "、".join(fact) if isinstance(fact, tuple) else fact for name, fact in found.fields.items()}
    next_step = found.next_step % facts if facts else found.next_step
    return str(found), next_step, getattr(found, "code", "") or getattr(found, "field", "")


def flashed(client: FlaskClient) -> list[str]:
    """What the next page will say of what was just done."""
    with client.session_transaction() as kept:
        return [message for _, message in kept.pop("_flashes", [])]
