"""``flask init``: everything or nothing, and a second run changes nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from canteen import create_app
from canteen.audit.models import Audit
from canteen.base import clock
from canteen.base.config import Settings
from canteen.base.db import reading
from canteen.entrance.setup import SetUp, set_up
from canteen.places.models import Area, Site
from canteen.printing.models import Printer
from canteen.schemes.models import SchemeVersion
from canteen.staff.models import Staff
from tests.factories import NOW, PASSWORD

WORDS = {"--area": "金溪县/云溪镇/枫林村", "--site": "枫林村助餐点", "--scheme": "jinxi", "--admin": "Chenjie"}


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANTEEN_ADMIN_PASSWORD", PASSWORD)


def init(app: Flask, **changed: str) -> Result:
    words = WORDS | {f"--{name}": value for name, value in changed.items()}
    return app.test_cli_runner().invoke(args=["init", *(word for pair in words.items() for word in pair)])


def counts() -> dict[str, int]:
    with reading() as session:
        return {
            model.__name__: session.scalar(select(func.count()).select_from(model)) or 0
            for model in (Area, Site, SchemeVersion, Printer, Staff, Audit)
        }


def test_a_canteen_is_set_up(app: Flask) -> None:
    result = init(app)

    assert result.exit_code == 0, result.output
    with reading() as session:
        site = session.scalars(select(Site)).one()
        admin = session.scalars(select(Staff)).one()
        version = session.scalars(select(SchemeVersion)).one()
        printer = session.scalars(select(Printer)).one()
        county = session.scalars(select(Area).where(Area.path == "金溪县")).one()
    assert (site.name, site.code, site.area.path) == ("枫林村助餐点", "S1", "金溪县/云溪镇/枫林村")
    assert [(one.slot, one.opens, one.closes) for one in site.slots] == [
        ("lunch", "11:00", "12:30"),
        ("dinner", "17:00", "18:30"),
    ]
    assert (admin.username, admin.role, admin.area_id, admin.site_id) == ("chenjie", "administrator", county.id, None)
    assert (version.scheme, version.area_id, version.valid_from) == ("jinxi", county.id, date(clock.today().year, 1, 1))
    assert (printer.site_id, printer.address, printer.is_default) == (site.id, "screen://S1", True)
    assert PASSWORD not in admin.password_hash


def test_a_second_run_says_what_is_there_and_changes_nothing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    init(app)
    before = counts()
    monkeypatch.delenv("CANTEEN_ADMIN_PASSWORD")

    again = init(app, admin="chenjie")

    assert again.exit_code == 0, again.output
    assert again.output.count("已有,未改动") == 7
    assert "已建立" not in again.output
    assert counts() == before


def test_a_second_site_joins_the_same_county(app: Flask) -> None:
    init(app)

    result = init(app, area="金溪县/云溪镇/水口村", site="水口食堂", slots="lunch", model="mutual")

    assert result.exit_code == 0, result.output
    assert counts() == {"Area": 4, "Site": 2, "SchemeVersion": 1, "Printer": 2, "Staff": 1, "Audit": 8}


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        pytest.param({"slots": "lunch"}, "餐次或运营方式不同", id="the site serves other slots"),
        pytest.param({"model": "mutual"}, "餐次或运营方式不同", id="the site is run otherwise"),
        pytest.param({"area": "青禾县/云溪镇/枫林村"}, "不是青禾县的管理员", id="the name is another county's"),
    ],
)
def test_what_is_there_otherwise_is_refused_and_nothing_written(app: Flask, changed: dict[str, str], says: str) -> None:
    init(app)
    before = counts()

    result = init(app, **changed)

    assert result.exit_code == 1
    assert says in result.stderr
    assert counts() == before


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        pytest.param({"area": "云溪"}, "看不出是哪一级", id="no such level"),
        pytest.param({"scheme": "nosuch"}, "jinxi", id="no such scheme: the known ones are named"),
        pytest.param({"slots": "supper"}, "breakfast", id="no such slot"),
        pytest.param({"slots": ""}, "breakfast", id="no slot"),
        pytest.param({"model": "state"}, "contracted", id="no such model"),
        pytest.param({"site": "  "}, "名称", id="no name"),
        pytest.param({"admin": "陈"}, "用户名", id="a user name of another kind"),
    ],
)
def test_a_wrong_word_leaves_nothing_behind(app: Flask, changed: dict[str, str], says: str) -> None:
    result = init(app, **changed)

    assert result.exit_code == 1
    assert says in result.stderr
    assert set(counts().values()) == {0}


def test_a_weak_password_leaves_nothing_behind(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANTEEN_ADMIN_PASSWORD", "123")

    result = init(app)

    assert result.exit_code == 1
    assert "密码" in result.stderr
    assert set(counts().values()) == {0}


def test_the_year_of_the_scheme_is_the_canteens_not_the_servers(app: Flask) -> None:
    new_year_in_china = NOW.replace(year=2026, month=12, day=31, hour=16, minute=1)

    set_up(
        SetUp(area=WORDS["--area"], site="食堂", scheme="jinxi", admin="chenjie"),
        password=PASSWORD,
        now=new_year_in_china,
    )

    with reading() as session:
        assert session.scalars(select(SchemeVersion.valid_from)).one() == date(2027, 1, 1)
        assert session.scalars(select(Site.opened_on)).one() == date(2027, 1, 1)


def test_without_tables_the_command_says_what_to_run(tmp_path: Path) -> None:
    bare = create_app(Settings(env="test", data_dir=tmp_path, secret_key="k" * 40))

    result = init(bare)

    assert result.exit_code == 1
    assert "db upgrade" in result.stderr
