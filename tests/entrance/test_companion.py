"""The keeper starts its child again when it dies, and ends it when asked."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from canteen.entrance.companion import Keeper

DIES = "import pathlib, sys; pathlib.Path(sys.argv[1]).open('a').write('born\\n'); sys.exit(3)"
STAYS = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text('here'); sys.stdin.read()"


def until(path: Path, text: str) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if path.exists() and text in path.read_text():
            return True
        time.sleep(0.01)
    return False


def test_a_child_that_dies_is_started_again(tmp_path):
    keeper = Keeper([sys.executable, "-c", DIES, str(tmp_path / "log")], environ=os.environ, first_pause_s=0.01)

    keeper.start()
    is_reborn = until(tmp_path / "log", "born\nborn\nborn\n")
    keeper.stop()

    assert is_reborn


def test_a_child_ends_with_its_standard_input(tmp_path):
    keeper = Keeper([sys.executable, "-c", STAYS, str(tmp_path / "log")], environ=os.environ)
    keeper.start()
    assert until(tmp_path / "log", "here")

    began = time.monotonic()
    keeper.stop()

    assert time.monotonic() - began < 5  # well inside the grace: it was asked, not killed
    assert keeper._process is not None and keeper._process.returncode == 0
