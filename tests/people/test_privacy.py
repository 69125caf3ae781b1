"""After a day of work nothing sensitive is readable at rest: not in the database, its log, uploads or the audit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from canteen.base.access import COMMAND
from canteen.base.db import Base, database, reading
from canteen.base.vault import the_vault
from canteen.people import service
from canteen.people.importing.service import import_roster, import_upload
from canteen.people.importing.uploads import Upload, Uploads
from canteen.people.registry import StatusDraft
from canteen.people.rules import LifePeriod
from tests.at_rest import leaks, rows_at_rest
from tests.conftest import make_app
from tests.factories import NOW, TODAY, make_site
from tests.people.rosters import JINXI, person, xlsx

#: From the real roster, and from what is typed below.
SECRETS = (
    "361027195110242525",
    "3610271951",
    "19511024",
    "18552058495",
    "13900000000",
    "上湖村7组1号",
    "糖尿病",
    "家属张",
    "低保",
    "特困",
    "失独",
    "优抚",
    "空巢",
    "独居",
    "dibao",
    "tekun",
    "lost_only_child",
    "hardship",
    "entitled_veteran",
    "empty_nest",
    "living_alone",
    "left_behind",
    "semi_disabled",
    "县民政局低保科",
    "住三楼",
)


@pytest.fixture
def data_dir(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The data of a canteen after some work, on a database of its own."""
    app = make_app(backend, tmp_path, request)
    with app.app_context():
        Base.metadata.drop_all(database.engine)
        Base.metadata.create_all(database.engine)
        site = make_site()
        import_roster(JINXI.read_bytes(), "roster.xlsx", site_id=site.id, actor=COMMAND, now=NOW)
        status = StatusDraft(kind="dibao", from_day=TODAY, issuer="县民政局低保科", evidence="低保证")
        service.record_status(1, status, actor=COMMAND, now=NOW)
        service.record_event(2, LifePeriod("paused", TODAY, None, ""), actor=COMMAND, now=NOW)
        service.unmask_id(1, "核对", actor=COMMAND, now=NOW)
        uploads = Uploads(tmp_path / "uploads" / "rosters", the_vault(), COMMAND)
        uploads.keep(Upload(JINXI.read_bytes(), "roster.xlsx", site.id), now=NOW)
        bad = xlsx(person(1, 姓名=None, 备注="住三楼"), person(2, 备注="住三楼"))
        import_upload(uploads, uploads.keep(Upload(bad, "x.xlsx", site.id), now=NOW), actor=COMMAND, now=NOW)
        yield tmp_path
        if backend == "postgresql":
            database.session.remove()
            Base.metadata.drop_all(database.engine)
            Base.metadata.create_all(database.engine)


def stored(data_dir: Path) -> dict[str, bytes]:
    """Every file of the data directory, and every row of every table as the database writes it."""
    files = {str(path.relative_to(data_dir)): path.read_bytes() for path in data_dir.rglob("*") if path.is_file()}
    with reading() as session:
        return files | rows_at_rest(session, Base.metadata.tables)


def test_nothing_sensitive_is_readable_at_rest(data_dir: Path, backend: str):
    found = stored(data_dir)

    assert leaks(SECRETS, found) == []
    everywhere = {place for place, _ in leaks(["欧阳秀兰"], found)}
    assert "table elder" in everywhere, "the search looked at nothing"
    if backend == "sqlite":
        assert everywhere & {"canteen.db", "canteen.db-wal"}, "the search looked at nothing"
