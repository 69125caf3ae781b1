"""What comes in from outside, bounded before anybody reads it: numbers of addresses, JSON of bodies, files."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import request
from werkzeug.routing import IntegerConverter, Map

View = TypeVar("View", bound=Callable[..., Any])
#: Bytes: a terminal's or an agent's longest body has about 2,000.
LONGEST_JSON = 64 * 1024


class RowId(IntegerConverter):
    """``<int:…>`` in an address: no larger than a row id can be; a larger number is an address that is not there."""

    #: Python refuses to read a number of thousands of digits.
    regex = r"\d{1,10}"

    def __init__(self, url_map: Map, **limits: Any) -> None:
        super().__init__(url_map, **{"max": 2**31 - 1} | limits)


def json_body() -> Any:
    """The JSON of a request, whatever its type says; None for what is none, or nested deeper than a parser goes.

    Bodies are small: one above ``LONGEST_JSON`` bytes is 413.
    """
    request.max_content_length = LONGEST_JSON
    try:
        return request.get_json(force=True, silent=True)
    except RecursionError:
        return None


def takes_file(view: View) -> View:
    """Mark a view whose form has a file: its body may be as large as an upload (``entrance/listening.py``)."""
    view.canteen_takes_file = True  # type: ignore[attr-defined]
    return view
