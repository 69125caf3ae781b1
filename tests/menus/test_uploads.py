"""Uploaded files between preview and import."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from flask import Flask

from canteen.base import clock
from canteen.base.errors import NotFound, StorageTrouble
from canteen.menus import uploads


def test_a_file_is_found_by_its_content_and_kept_for_a_day(app: Flask) -> None:
    now = clock.now()
    first = uploads.keep(b"one", now=now)
    assert uploads.keep(b"one", now=now) == first
    assert uploads.kept(first) == b"one"

    yesterday = (now - timedelta(days=1, minutes=1)).timestamp()
    os.utime(app.config["CANTEEN"].data_dir / "uploads" / "menus" / first, (yesterday, yesterday))
    second = uploads.keep(b"two", now=now)

    assert uploads.kept(second) == b"two"
    with pytest.raises(NotFound):
        uploads.kept(first)


@pytest.mark.parametrize("token", ["", "../../keys/seal.key", "0" * 63, "0" * 64, "G" * 64])
def test_only_what_was_uploaded_is_found(app: Flask, token: str) -> None:
    with pytest.raises(NotFound):
        uploads.kept(token)


def test_a_folder_that_cannot_be_written_is_said(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = app.config["CANTEEN"].data_dir / "a-file"
    blocked.write_text("in the way")
    monkeypatch.setattr(uploads, "_folder", lambda: blocked / "menus")

    with pytest.raises(StorageTrouble) as trouble:
        uploads.keep(b"one", now=clock.now())

    assert trouble.value.kind == "read_only"
