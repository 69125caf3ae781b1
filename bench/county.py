"""A county made up for measuring: N elders, S sites with a clerk and a printer each, and M days of meals.

    python bench/county.py --elders 2000 --days 30 --sites 5 --data-dir DIR

The same options make the same county, except for what is sealed, hashed or salted. Everybody is invented and shows
it (``bench/people.py``). The books hold afterwards: CANTEEN_DATA_DIR=DIR flask --app wsgi check. The directory must
not hold a canteen; CANTEEN_DATABASE_URL chooses another database, which must be empty.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from bench.history import SETS, Books, Till, write_day
from bench.people import Resident, Village, residents
from canteen import create_app
from canteen.audit import trail
from canteen.base import clock, config
from canteen.base.access import COMMAND, Actor
from canteen.base.db import table_of, transaction
from canteen.base.db.migrating import migrate
from canteen.base.vault import the_vault
from canteen.menus.models import Menu, MenuSet
from canteen.people.queries import ELDER
from canteen.people.registry import insert_rows, reserve_ids, rows_of
from canteen.places.models import Site
from canteen.places.queries import site_facts
from canteen.places.registry import NewSite, add_site, ensure_area, usual_hours
from canteen.printing.models import Printer
from canteen.schemes.builtin import builtin_schemes
from canteen.schemes.switching import switch_on
from canteen.staff.accounts import add_account
from canteen.staff.models import Staff
from canteen.staff.rules import NewAccount

COUNTY = "金溪县"
#: Of every account: ``clerk1`` at S1, ``clerk2`` at S2 … and ``admin``.
PASSWORD = "示例-bench-only"
_SITES_A_TOWNSHIP = 12
_ELDERS_AT_ONCE = 5000
#: Menus stand for so many days ahead, so that a county that was kept can be measured later.
_DAYS_AHEAD = 30
_MENU, _MENU_SET = table_of(Menu), table_of(MenuSet)


@dataclass(frozen=True, slots=True, kw_only=True)
class County:
    """What shall be made: history covers the ``days`` before ``today``, which itself is left free."""

    elders: int
    days: int
    sites: int
    today: date
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Made:
    """What was made."""

    tills: tuple[Till, ...]
    elder_ids: tuple[int, ...]
    servings: int


def make_county(county: County) -> Made:
    """Fill the empty database of the running application."""
    chance = random.Random(county.seed)
    at = datetime.combine(county.today - timedelta(days=county.days + 1), datetime.min.time(), clock.SHANGHAI)
    with transaction() as session:
        if session.scalar(select(func.count()).select_from(Site)):
            raise SystemExit("there is a canteen in this database already: choose an empty one")
        tills = tuple(_make_places(session, county, at))
    with transaction() as session:
        _make_menus(session, county, tills)
    villages = [_village(till) for till in tills]
    people = [one for count in _chunks(county.elders) for one in _make_elders(count, villages, chance, county, at)]
    return Made(tills, tuple(one.id for one in people), _make_history(county, people, tills, chance))


def _chunks(elders: int) -> Iterator[int]:
    for done in range(0, elders, _ELDERS_AT_ONCE):
        yield min(_ELDERS_AT_ONCE, elders - done)


def _make_places(session: Session, county: County, at: datetime) -> Iterator[Till]:
    opened_on = clock.day_of(at)
    top = ensure_area(session, COUNTY)
    switch_on(session, text=builtin_schemes()["jinxi"], area_id=top.id, valid_from=opened_on, actor=COMMAND, at=at)
    admin = NewAccount("admin", "示例管理员", "administrator", area_id=top.id, site_id=None, password=PASSWORD)
    add_account(session, admin, at=at)
    for number in range(1, county.sites + 1):
        town = f"{COUNTY}/示例{-(-number // _SITES_A_TOWNSHIP)}镇"
        ending = "村" if number % 4 else "社区"
        area = ensure_area(session, f"{town}/示例{number}{ending}")
        slots = (usual_hours("lunch"), usual_hours("dinner"))
        site = add_site(
            session,
            NewSite(
                area_id=area.id, code=f"S{number}", name=f"示例{number}{ending}助餐点", opened_on=opened_on, slots=slots
            ),
        )
        printer = Printer(site_id=site.id, name="屏幕", address=f"screen://S{number}", is_default=True)
        clerk_id = _add_clerk(session, number, area_id=area.id, site_id=site.id, at=at)
        session.add(printer)
        session.flush()
        clerk = Actor(kind="staff", id=clerk_id, name="示例柜台", role="clerk", area_path=area.path, site_id=site.id)
        yield Till(site_facts(session, site.id), clerk, printer.id)


def _add_clerk(session: Session, number: int, *, area_id: int, site_id: int, at: datetime) -> int:
    """A clerk with the password of ``admin``: hashing it once is enough."""
    hash_ = session.execute(select(Staff.password_hash).where(Staff.username == "admin")).scalar_one()
    added = (
        insert(Staff)
        .returning(Staff.id)
        .values(
            username=f"clerk{number}",
            name="示例柜台",
            role="clerk",
            area_id=area_id,
            site_id=site_id,
            password_hash=hash_,
            created_at=at,
        )
    )
    clerk_id = int(session.execute(added).scalar_one())
    trail.made(session, "staff", clerk_id)
    return clerk_id


def _village(till: Till) -> Village:
    path = till.site.area_path
    return Village(till.site.area_id, path, "rural" if path.endswith("村") else "urban", till.site.id)


def _make_menus(session: Session, county: County, tills: tuple[Till, ...]) -> None:
    days = [county.today + timedelta(days=ahead) for ahead in range(-county.days, _DAYS_AHEAD + 1)]
    sittings = [(till, day, hours.slot) for day in days for till in tills for hours in till.site.slots]
    ids = reserve_ids(session, _MENU, len(sittings))
    for menu_id, (till, _, _) in zip(ids, sittings, strict=True):
        trail.made(session, "menu", menu_id, site_id=till.site.id)
    session.connection().execute(
        insert(_MENU),
        [
            {"id": menu_id, "site_id": till.site.id, "day": day, "slot": slot}
            for menu_id, (till, day, slot) in zip(ids, sittings, strict=True)
        ],
    )
    session.connection().execute(
        insert(_MENU_SET),
        [
            {
                "menu_id": menu_id,
                "position": position,
                "name": each.name,
                "price_fen": each.price_fen,
                "dishes": each.dishes,
                "tags": each.tags,
                "prepared": None,
            }
            for menu_id in ids
            for position, each in enumerate(SETS)
        ],
    )


def _make_elders(
    count: int, villages: list[Village], chance: random.Random, county: County, at: datetime
) -> list[Resident]:
    with transaction() as session:
        ids = reserve_ids(session, ELDER, count)
        made = list(residents(ids, villages, chance=chance, today=county.today))
        drafts = [(resident.id, draft) for resident, draft in made]
        insert_rows(session, rows_of(drafts, recorded_by=None, at=at, vault=the_vault()))
    return [resident for resident, _ in made]


def _make_history(county: County, people: list[Resident], tills: tuple[Till, ...], chance: random.Random) -> int:
    books = Books()
    servings = 0
    for back in range(county.days, 0, -1):
        with transaction() as session:
            servings += write_day(session, books, county.today - timedelta(days=back), people, tills, chance)
    return servings


def open_county(data_dir: Path) -> Flask:
    """An application on a data directory, its tables made by the migrations. For use as a context: ``app_context()``."""
    settings = config.read_settings({**os.environ, "CANTEEN_ENV": "demo", "CANTEEN_DATA_DIR": str(data_dir)})
    app = create_app(settings)
    migrate(app)
    with app.app_context():
        upgrade()
    return app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--elders", type=int, default=2000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--sites", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--today", type=date.fromisoformat, default=None, help="the day after the last one of history")
    parser.add_argument("--data-dir", type=Path, required=True)
    options = parser.parse_args()
    county = County(
        elders=options.elders,
        days=options.days,
        sites=options.sites,
        seed=options.seed,
        today=options.today or clock.today(),
    )
    started = time.perf_counter()
    with open_county(options.data_dir.resolve()).app_context():
        made = make_county(county)
    print(
        f"{len(made.elder_ids)} elders, {len(made.tills)} sites, {made.servings} servings "
        f"in {time.perf_counter() - started:.1f} s; sign in as admin or clerk1 with {PASSWORD}"
    )


if __name__ == "__main__":
    main()
