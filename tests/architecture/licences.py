"""Which licence each distribution comes under that a canteen installs, as its own metadata says.

python tests/architecture/licences.py     writes the table of docs/licences.md anew
"""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "licences.md"
HEAD = "| distribution | licence | needed by |\n|---|---|---|\n"

#: Not installed on every system or Python, so looked up by hand: name -> what its metadata says.
NOT_EVERYWHERE = {"colorama": "BSD License", "lazy-importer": "Apache-2.0", "tzdata": "Apache-2.0"}

#: What may be combined with AGPL-3.0-or-later, in the words of the metadata. Another one is a decision of people.
FITTING = frozenset(
    {
        *("MIT", "MIT License", "MIT-0", "MIT-CMU", "BSD License", "BSD-2-Clause", "BSD-3-Clause"),
        *("Zero-Clause BSD (0BSD)", "Apache-2.0", "Apache Software License", "Apache-2.0 OR BSD-3-Clause", "PSF-2.0"),
        *("Zope Public License", "LGPL-3.0-only", "GNU Lesser General Public License v2 or later (LGPLv2+)"),
        "GNU Lesser General Public License v3 or later (LGPLv3+)",
        *("Python Software Foundation License", "Apache-2.0 OR BSD-2-Clause", "MPL-2.0 AND MIT"),
        "BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0",
        # qrcode: BSD, and the MIT licence of the JavaScript it was written after (its file LICENSE).
        "BSD License, Other/Proprietary License",
    }
)


def pinned() -> dict[str, list[str]]:
    """Distribution -> who needs it, of every pin of ``requirements.txt``; "canteen" for ourselves."""
    found: dict[str, list[str]] = {}
    for block in re.split(r"\n(?=\S)", (ROOT / "requirements.txt").read_text("utf-8")):
        if pin := re.match(r"([\w.-]+)(?:\[\w+\])?==", block):
            via = block.partition("# via")[2].replace("(pyproject.toml)", "")
            found[pin[1].lower()] = re.findall(r"[\w.-]+", via)
    return found


def licence_of(name: str) -> str:
    """The licence of an installed distribution: its SPDX expression, else what it is filed under, else its word."""
    try:
        about = metadata(name)
    except PackageNotFoundError:
        return NOT_EVERYWHERE.get(name, "not installed")
    filed = [line.rpartition(" :: ")[2] for line in about.get_all("Classifier", []) if line.startswith("License ::")]
    return about.get("License-Expression") or ", ".join(sorted(filed)) or about.get("License") or "not said"


def table() -> str:
    """The table of ``docs/licences.md``."""
    return HEAD + "".join(
        f"| {name} | {licence_of(name)} | {', '.join(needing)} |\n" for name, needing in sorted(pinned().items())
    )


if __name__ == "__main__":
    text = DOCUMENT.read_text("utf-8")
    DOCUMENT.write_text(text[: text.index(HEAD)] + table(), "utf-8")
