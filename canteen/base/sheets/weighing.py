"""A packed workbook weighed before it is read: a few bytes can stand for millions of rows, cells and texts.

Its parts are run through expat alone, which keeps nothing, and what costs the reader time or memory is counted. So the
reader never sees a part that needs more than about 5 seconds or 200 MiB.
"""

import posixpath
import zipfile
from xml.parsers import expat

#: Cells of all sheets: 20,000 rows of 20 columns. Texts beside numbers: shared ones and those inside cells.
MOST_CELLS, MOST_TEXTS = 400_000, 200_000
#: Elements in all; and those that are neither cells nor texts: styles, names, merged cells, validations. One with long
#: attributes (a list of ranges) counts once more for every 64 characters.
MOST_PARTS, MOST_OTHERS = 1_500_000, 40_000
#: The last row of a sheet in Excel; how deep elements lie in each other; characters of one text or one opening tag.
LAST_ROW, DEEPEST, LONGEST = 1_048_576, 40, 1_000_000
_STEP = 64 * 1024
_ROW_PARTS = ("row", "c", "v", "f", "is")
_TEXT_PARTS = ("si", "t", "r", "rPr", "rPh", "phoneticPr")


class TooHeavy(Exception):
    """A workbook that nobody writes by hand or by Excel."""


class NoWorkbook(Exception):
    """A part declares a document type: no office program may (ECMA-376 part 2), and bombs do."""


class _Scale:
    """What is counted over all parts of one workbook."""

    def __init__(self) -> None:
        self.parts = self.cells = self.texts = self.others = 0
        self.targets: set[str] = set()
        self.sheets: set[str] = set()

    def weigh(self, package: zipfile.ZipFile, name: str) -> None:
        """Count one part. Raises ``TooHeavy``; what is no XML is left to the reader."""
        self._depth = self._length = 0
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._open, self._close
        parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = self._read, self._refuse
        fed = 0
        with package.open(name) as part:
            while step := part.read(_STEP):
                fed += len(step)
                parser.Parse(step, False)
                if fed - max(parser.CurrentByteIndex, 0) > LONGEST:
                    raise TooHeavy  # one opening tag without an end

    def _open(self, tag: str, attributes: dict[str, str]) -> None:
        self.parts, self._depth, self._length = self.parts + 1, self._depth + 1, 0
        kind = tag.rpartition(":")[2]
        if kind in _ROW_PARTS:
            self.cells += kind in ("c", "row")
            if kind == "row" and not _is_row(attributes.get("r", "1")):
                raise TooHeavy
        elif kind in _TEXT_PARTS:
            self.texts += kind in ("t", "r")
            self.others += kind == "rPr"
        else:
            self.others += 1 + sum(map(len, attributes.values())) // 64
            self._refuse_twice(kind, attributes)
        if self._depth > DEEPEST or self.parts > MOST_PARTS:
            raise TooHeavy
        if self.cells > MOST_CELLS or self.texts > MOST_TEXTS or self.others > MOST_OTHERS:
            raise TooHeavy

    def _refuse_twice(self, kind: str, attributes: dict[str, str]) -> None:
        """A sheet that a workbook names twice would be read twice."""
        if kind == "sheet":
            found, names = next((value for name, value in attributes.items() if name.endswith(":id")), ""), self.sheets
        elif kind == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            found, names = posixpath.basename(attributes.get("Target", "")).lower(), self.targets
        else:
            return
        if found and found in names:
            raise TooHeavy
        names.add(found)

    def _close(self, _: str) -> None:
        self._depth, self._length = self._depth - 1, 0

    def _read(self, text: str) -> None:
        self._length += len(text)
        if self._length > LONGEST:
            raise TooHeavy

    def _refuse(self, *_: object) -> None:
        raise NoWorkbook


def weigh(package: zipfile.ZipFile) -> None:
    """Look through every part of a workbook that its reader may parse. Raises ``TooHeavy`` and ``NoWorkbook``."""
    scale = _Scale()
    for entry in package.infolist():
        try:
            scale.weigh(package, entry.filename)  # whatever it is called: a sheet may be named like a picture
        except expat.ExpatError:
            continue  # a picture; or the reader stops there as well, and says what is wrong


def _is_row(number: str) -> bool:
    return len(number) <= 9 and number.isascii() and number.isdigit() and int(number) <= LAST_ROW
