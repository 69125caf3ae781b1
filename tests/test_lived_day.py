"""After a day of everything nobody without the keys can tell who is in which class, or why somebody was paid for."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from canteen.base import keys
from canteen.base.db import Base, database, reading
from canteen.base.db.sealed import place_of, sealed_columns
from canteen.base.vault import the_vault
from canteen.base.words import WORDS
from canteen.books.meals import class_mark, live_meals_at
from canteen.books.models.servings import Serving
from canteen.check import proving
from canteen.committee import queries
from tests.at_rest import leaks, readable, rows_at_rest
from tests.conftest import make_app
from tests.factories import TODAY
from tests.lived import CLASSES, SENTENCES, Lived, live

WORDS_OF_STATUS = (*WORDS["status"], *WORDS["status"].values())
#: What may say which classes there are: texts of schemes.
TEXTS = ("scheme_version", "scheme_draft")


@pytest.fixture
def lived(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Lived]:
    """The day, on a database of its own."""
    app = make_app(backend, tmp_path, request)
    with app.app_context():
        Base.metadata.drop_all(database.engine)
        Base.metadata.create_all(database.engine)
        keys.require()
        yield live()
        database.session.remove()
        if backend == "postgresql":
            Base.metadata.drop_all(database.engine)
            Base.metadata.create_all(database.engine)


def test_no_table_says_who_is_what(lived: Lived) -> None:
    with reading() as session:
        found = rows_at_rest(session, set(Base.metadata.tables) - set(TEXTS))
        texts = rows_at_rest(session, TEXTS)

    assert leaks((*CLASSES, *WORDS_OF_STATUS, *SENTENCES), found) == []
    assert ("table elder", "王秀兰") in leaks(["王秀兰"], found), "the search looked at nothing"
    assert readable(CLASSES, texts["table scheme_version"]) == list(CLASSES), "there is nothing to hide"


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_no_page_of_the_file_says_who_is_what(lived: Lived, tmp_path: Path) -> None:
    """Free pages and the log too; the texts of the schemes are overwritten in a copy of the pages."""
    with (
        closing(sqlite3.connect(tmp_path / "canteen.db")) as pages,
        closing(sqlite3.connect(tmp_path / "copy.db")) as copy,
    ):
        pages.backup(copy)
        copy.execute("pragma journal_mode = delete")
        copy.execute("pragma secure_delete = on")
        copy.execute("update scheme_version set text = ''")
        copy.commit()
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}

    assert readable(["王秀兰"], files["copy.db"]), "the search looked at nothing"
    # Not every word of a status: ``institution`` stands in a CHECK as a place somebody lives in.
    assert readable((*CLASSES, *CLASSES.values(), *WORDS["status"].values(), *SENTENCES), files["copy.db"]) == []
    assert leaks(SENTENCES, files) == []


def test_what_is_sealed_opens_at_the_place_its_model_says(lived: Lived) -> None:
    """Whoever makes the keys anew finds every value by what the models say."""
    vault = the_vault()
    with reading() as session:
        for column in sealed_columns():
            rows = session.execute(column.values()).all()
            assert rows, f"the day has no {column.table.name}.{column.name}"
            assert all(vault.open(row.sealed, column.place(row)) is not None for row in rows)


def test_every_sealed_column_says_its_place() -> None:
    named = {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name.startswith("sealed")
    }

    assert named == {(one.table.name, one.name) for one in sealed_columns()}


def test_counts_by_class_are_those_of_the_opened_meals(lived: Lived) -> None:
    vault, site = the_vault(), lived.site.id
    with reading() as session:
        meals = session.scalars(select(Serving).where(*live_meals_at((site,), TODAY, TODAY))).all()
        column = Serving.__table__.c.sealed
        opened = Counter(vault.open(one.sealed, place_of(column, key=one.key))["class"] for one in meals)

    assert opened == dict.fromkeys(list(CLASSES)[:5], 1)
    assert queries.counts_of_day(site, TODAY)["by_class"] == opened


def test_a_class_has_another_mark_at_another_site_and_in_another_month(lived: Lived) -> None:
    vault = the_vault()
    marks = {
        class_mark(vault, site_id=site, day=day, class_code=code)
        for site in (1, 2)
        for day in (TODAY, TODAY + timedelta(days=30))
        for code in ("", *CLASSES)
    }

    assert len(marks) == 2 * 2 * 7
    with reading() as session:
        kept = set(session.scalars(select(Serving.class_mark)))
    assert kept <= {class_mark(vault, site_id=lived.site.id, day=TODAY, class_code=code) for code in ("", *CLASSES)}


def test_the_books_hold(lived: Lived) -> None:
    assert proving.prove().problems == []
