"""Keys are changed: everything opens with the new ones and nothing with the old, wherever the change was cut."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from canteen import create_app
from canteen.audit.models import Audit
from canteen.base import keys
from canteen.base.access import COMMAND
from canteen.base.config import ROOT, Settings
from canteen.base.db import Base, database, reading
from canteen.base.db.sealed import sealed_columns
from canteen.base.errors import KeyTrouble, Refusal
from canteen.base.keys import changing, opens, the_keys
from canteen.base.private_files.key_files import NAMES
from canteen.base.vault import Vault, the_vault
from canteen.books.meals import class_mark
from canteen.books.models.servings import Serving
from canteen.check import proving
from canteen.entitlements.applications import photos
from canteen.entrance import rotating
from canteen.families.models import FamilyLink
from canteen.people.finding.search import search
from canteen.people.models import Elder
from tests.conftest import KEY, make_app
from tests.factories import NOW, TODAY
from tests.lived import live


class Cut(BaseException):
    """The power goes: nothing handles it."""


class Canteen:
    """A canteen in which something of everything was written, and what its keys open."""

    def __init__(self, app: Flask, data_dir: Path) -> None:
        self.app, self.data_dir, self.keys = app, data_dir, data_dir / "keys"
        live()
        (picture := photos.folder_of_photos() / ("0" * 32)).parent.mkdir(parents=True)
        picture.write_bytes(the_vault().seal("cGljdHVyZQ==", photos.photo_place(picture.name)))
        the_keys().let_go()

    def key_bytes(self, suffix: str = "") -> list[bytes]:
        return [(self.keys / (name + suffix)).read_bytes() for name in NAMES]

    def opened_by(self, vault: Vault) -> tuple[int, int]:
        """How many sealed values, files and hashes are those of these keys, and how many there are."""
        right = total = 0
        with reading() as session:
            for column in sealed_columns():
                for row in session.execute(column.values()):
                    total += 1
                    right += opens(vault, row.sealed, column.place(row))
            for photo in photos.folder_of_photos().glob("?" * 32):
                total += 1
                right += opens(vault, photo.read_bytes(), photos.photo_place(photo.name))
        return right, total

    def holds(self) -> None:
        """As a program that starts now finds it: its keys open everything, the books hold, people are found."""
        the_keys().let_go()
        vault = the_vault()
        right, total = self.opened_by(vault)
        assert right == total > 20
        with reading() as session:
            report = proving.prove_in(session)
            assert report.problems == []
            for elder_id, name, hash_, sealed in session.execute(
                select(Elder.id, Elder.name, Elder.id_hash, Elder.sealed)
            ):
                facts = vault.open(sealed, f"elder:{elder_id}")
                assert hash_ == (vault.index("id_number", facts["id_number"]) if facts["id_number"] else None), name
                if facts["phone"]:
                    found = search(session, facts["phone"], day=TODAY)
                    assert elder_id in [one.id for one in found], name
            for meal in session.scalars(select(Serving)):
                code = vault.open(meal.sealed, f"serving:{meal.key}")["class"]
                assert meal.class_mark == class_mark(vault, site_id=meal.site_id, day=meal.day, class_code=code)
        the_keys().let_go()


@pytest.fixture
def canteen(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Canteen]:
    app = make_app(backend, tmp_path, request)
    with app.app_context():
        Base.metadata.drop_all(database.engine)
        Base.metadata.create_all(database.engine)
        keys.require()
        yield Canteen(app, tmp_path)
        database.session.remove()
        if backend == "postgresql":
            Base.metadata.drop_all(database.engine)
            Base.metadata.create_all(database.engine)


def rotate() -> rotating.Rotated:
    return rotating.rotate(actor=COMMAND, now=NOW)


def test_everything_is_sealed_anew_and_nothing_opens_with_the_old_keys(canteen: Canteen) -> None:
    before = Vault(*canteen.key_bytes())
    right, total = canteen.opened_by(before)
    assert right == total

    done = rotate()

    assert (done.values, done.files) == (total - 2, 1), "all but the mark and the picture"
    assert canteen.opened_by(before) == (0, total)
    assert canteen.key_bytes(".old") != canteen.key_bytes() and not changing.beside(canteen.keys, changing.NEW)
    canteen.holds()
    with reading() as session:
        assert session.scalars(select(Audit.action).order_by(Audit.id.desc()).limit(1)).all() == ["rotate_keys"]
        ended = session.scalars(select(FamilyLink.revoked_at)).all()
    assert ended == [NOW], "a link whose hash is of the old key says that it is over"


def test_old_keys_must_be_put_away_before_the_next_change(canteen: Canteen) -> None:
    rotate()
    with pytest.raises(Refusal) as refused:
        rotate()
    assert refused.value.code == "old_keys_there"

    for name in NAMES:
        (canteen.keys / (name + ".old")).unlink()
    rotate()
    canteen.holds()


def test_a_backup_made_before_opens_with_the_old_keys_only(canteen: Canteen) -> None:
    """The restored mark is that of the old keys: the new files are told to be foreign, the old ones are right."""
    with reading() as session:
        kept = session.execute(select(Base.metadata.tables["key_mark"])).one()
    old = Vault(*canteen.key_bytes())
    rotate()

    new = Vault(*canteen.key_bytes())
    assert opens(old, kept.sealed, "key_mark") and not opens(new, kept.sealed, "key_mark")
    assert opens(Vault(*canteen.key_bytes(".old")), kept.sealed, "key_mark")


def test_while_a_program_uses_the_keys_they_stay(canteen: Canteen, tmp_path: Path) -> None:
    before = canteen.key_bytes()
    held = changing.hold(canteen.keys)
    try:
        with pytest.raises(Refusal) as refused:
            rotate()
    finally:
        if held is not None:
            os.close(held)

    assert refused.value.code == "keys_in_use" and canteen.key_bytes() == before


def test_a_server_that_runs_uses_them(canteen: Canteen) -> None:
    the_vault()
    with changing.alone(canteen.keys) as is_alone:
        assert not is_alone
    the_keys().let_go()
    with changing.alone(canteen.keys) as is_alone:
        assert is_alone


#: What a change does on the way, and which of the calls: a moment at which the power may go, before it or after it.
STEPS: list[tuple[Any, str, int]] = [
    (changing, "make_key", 2),
    (changing, "write_renewed", 1),
    (rotating, "_seal_anew", 3),
    (rotating, "_mark_classes", 1),
    (changing, "take_over", 1),
    (Path, "hardlink_to", 1),
    (Path, "replace", 1),
    (Path, "replace", 2),
    (Path, "replace", 3),
]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS, ids=[f"{name}-{nth}" for _, name, nth in STEPS])
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_cut_anywhere_all_is_old_or_all_is_new(
    canteen: Canteen, monkeypatch: pytest.MonkeyPatch, step: tuple[Any, str, int], after: bool
) -> None:
    where, name, nth = step
    work, calls = getattr(where, name), 0

    def cut(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == nth and not after:
            raise Cut
        done = work(*given, **named)
        if calls == nth:
            raise Cut
        return done

    monkeypatch.setattr(where, name, cut)
    with pytest.raises(Cut):
        rotate()
    monkeypatch.undo()

    canteen.holds()
    if not changing.beside(canteen.keys, changing.OLD):
        rotate()
    canteen.holds()
    assert not changing.beside(canteen.keys, changing.NEW) and not list(canteen.data_dir.rglob("*.renewed"))


def test_killed_while_it_runs(canteen: Canteen, backend: str) -> None:
    """kill -9 at chance moments; what a program finds then is whole, and the change can be run again."""
    chance = random.Random(4711)
    environ = os.environ | {
        "CANTEEN_ENV": "test",
        "CANTEEN_DATA_DIR": str(canteen.data_dir),
        "CANTEEN_SECRET_KEY": KEY,
        "CANTEEN_DATABASE_URL": canteen.app.config["CANTEEN"].database_url,
    }
    for _ in range(int(os.environ.get("CANTEEN_DRILL_KILLS", "1"))):
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "keys", "rotate"],
            cwd=ROOT,
            env=environ,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        assert process.stderr
        for _ in range(chance.randrange(20)):
            if not process.stderr.readline():
                break
        process.send_signal(signal.SIGKILL)
        process.communicate()
        canteen.holds()
        for path in changing.beside(canteen.keys, changing.OLD):
            path.unlink()
    rotate()
    canteen.holds()


def test_keys_of_another_database_are_not_changed(canteen: Canteen) -> None:
    for name in NAMES:
        (canteen.keys / name).write_bytes(os.urandom(32))

    with pytest.raises(KeyTrouble):
        rotate()
    assert not changing.beside(canteen.keys, changing.NEW)


def test_a_new_database_has_nothing_to_change(tmp_path: Path) -> None:
    app = create_app(Settings(env="test", data_dir=tmp_path, secret_key=KEY))
    with app.app_context():
        Base.metadata.create_all(database.engine)
        with pytest.raises(Refusal) as refused:
            rotate()
        database.engine.dispose()
    assert refused.value.code == "nothing_sealed"
