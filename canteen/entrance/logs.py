"""The log says what failed and where, never what somebody typed: a fault's own words may hold a name or a number."""

import logging
import traceback


class WithoutWords(logging.Filter):
    """Keeps of an exception its kind, its causes' kinds and the lines of the program it came through."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Never drops a record."""
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = places_of(record.exc_info[1])
            record.exc_info = None
        return True


_WITHOUT_WORDS = WithoutWords()


def connect() -> None:
    """Every logger of the program. Called by ``create_app``; once more changes nothing."""
    for name in ("canteen", "canteen.printing", "waitress"):
        logging.getLogger(name).addFilter(_WITHOUT_WORDS)


def places_of(error: BaseException) -> str:
    """A traceback without what the exceptions say; the first cause comes first, as Python writes it."""
    lines: list[str] = []
    seen: BaseException | None = error
    while seen is not None:
        lines[:0] = [*traceback.format_tb(seen.__traceback__), f"{type(seen).__module__}.{type(seen).__qualname__}\n"]
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "".join(lines).rstrip()
