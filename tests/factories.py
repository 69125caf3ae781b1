"""People and places with names, the same everywhere. All of them are invented.

Every function writes what it makes in its own transaction and returns a small record with the ids a test needs.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from flask.testing import FlaskClient
from sqlalchemy import select

from canteen.base.access import Actor
from canteen.base.db import Base, table_of, transaction
from canteen.base.db.sealed import place_of
from canteen.base.vault import the_vault
from canteen.books.shares import freeze
from canteen.menus.models import Menu, MenuSet
from canteen.orders.models import Order
from canteen.people.models import Card, Elder, LifeEvent, SearchKey, Status
from canteen.places.models import Area, Site, SiteSlot
from canteen.schemes.deciding.answer import Decision, Share
from canteen.staff.models import Staff

#: Saturday 21 November 2026, 11:42 in China.
NOW = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)
TODAY = date(2026, 11, 21)
VILLAGE = "金溪县/云溪镇/枫林村"
PASSWORD = "枫林-testing-2026"

_count = itertools.count(1)


@dataclass(frozen=True)
class Place:
    """A site and its area."""

    id: int
    code: str
    name: str
    area_id: int
    area_path: str


@dataclass(frozen=True)
class Person:
    """An account that can sign in with ``PASSWORD``."""

    id: int
    username: str
    actor: Actor


@cache
def quick_hash() -> str:
    """The hash of ``PASSWORD`` with little work, so that a test does not wait for it."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def make_area(path: str = VILLAGE) -> int:
    """The area of a path and all above it; returns the id of the last."""
    levels = ("county", "township", "village")
    parent: int | None = None
    with transaction() as session:
        parts = path.split("/")
        for depth in range(len(parts)):
            here = "/".join(parts[: depth + 1])
            found = session.scalar(select(Area.id).where(Area.path == here))
            if found is None:
                settlement = "rural" if depth == 2 and parts[2].endswith("村") else "urban" if depth == 2 else ""
                area = Area(
                    parent_id=parent, name=parts[depth], level=levels[min(depth, 2)], path=here, settlement=settlement
                )
                session.add(area)
                session.flush()
                found = area.id
            parent = found
    assert parent is not None
    return parent


def make_site(
    name: str = "枫林村助餐点",
    *,
    path: str = VILLAGE,
    slots: tuple[str, ...] = ("lunch", "dinner"),
    weekdays: str = "1234567",
    opened_on: date = date(2026, 1, 1),
) -> Place:
    """A site with its slots' usual hours."""
    hours = {"breakfast": ("06:30", "08:30"), "lunch": ("11:00", "12:30"), "dinner": ("17:00", "18:30")}
    area_id = make_area(path)
    with transaction() as session:
        site = Site(area_id=area_id, code=f"S{next(_count)}", name=name, weekdays=weekdays, opened_on=opened_on)
        site.slots = [SiteSlot(slot=slot, opens=hours[slot][0], closes=hours[slot][1]) for slot in slots]
        session.add(site)
        session.flush()
        return Place(site.id, site.code, name, area_id, path)


def make_staff(
    role: str = "clerk", *, site: Place | None = None, path: str = "金溪县", name: str = "", elder_id: int | None = None
) -> Person:
    """An account: bound to ``site`` when given, else reaching all of ``path``."""
    area_id = site.area_id if site else make_area(path)
    with transaction() as session:
        username = f"{role[:10]}{next(_count)}"
        row = Staff(
            username=username,
            name=name or f"测试{role}",
            role=role,
            area_id=area_id,
            site_id=site.id if site else None,
            password_hash=quick_hash(),
            created_at=NOW,
            elder_id=elder_id,
        )
        session.add(row)
        session.flush()
        actor = Actor(
            kind="staff",
            id=row.id,
            name=row.name,
            role=role,
            area_path=site.area_path if site else path,
            site_id=site.id if site else None,
            elder_id=elder_id,
        )
        return Person(row.id, username, actor)


def sign_in(client: FlaskClient, person: Person) -> FlaskClient:
    """Sign in through the real page."""
    answer = client.post(
        "/sign-in", data={"username": person.username, "password": PASSWORD, "csrf_token": csrf(client)}
    )
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return client


def csrf(client: FlaskClient, path: str = "/sign-in") -> str:
    """A CSRF token as a page of this session carries it."""
    page = client.get(path, follow_redirects=True).get_data(as_text=True)
    return page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]


def make_elder(
    name: str = "王秀兰",
    *,
    birth_day: date = date(1944, 3, 1),
    statuses: tuple[str, ...] = ("hardship",),
    card: str = "",
    settlement: str = "rural",
    site: Place | None = None,
    path: str = VILLAGE,
    hukou: str = "",
    village_group: str = "7组",
    diet: str = "",
    living: str = "",
    ability: str = "able",
    status_from: date = date(2020, 1, 1),
    phone: str = "",
    address: str = "",
) -> int:
    """An elder with statuses in force and, if given, a card. By default 82, hard-up, rural: Jinxi's sixth class."""
    residence, hukou_id = make_area(path), make_area(hukou or path)
    vault = the_vault()
    with transaction() as session:
        elder = Elder(
            name=name,
            birth_day=birth_day,
            residence_area_id=residence,
            hukou_area_id=hukou_id,
            settlement=settlement,
            village_group=village_group,
            home_site_id=site.id if site else None,
            sealed=b"",
            created_at=NOW,
            updated_at=NOW,
        )
        session.add(elder)
        session.flush()
        elder.sealed = vault.seal(
            {
                "id_number": "",
                "ability": ability,
                "living": living,
                "diet": diet,
                "phone": phone,
                "address": address,
                "contacts": [],
                "note": "",
            },
            f"elder:{elder.id}",
        )
        for kind in statuses:
            sealed = vault.seal({"kind": kind, "issuer": "测试村委会", "evidence": "测试"}, f"status:{elder.id}")
            session.add(Status(elder_id=elder.id, from_day=status_from, sealed=sealed, recorded_at=NOW))
        session.add(SearchKey(elder_id=elder.id, kind="name", key=name))
        if card:
            session.add(Card(elder_id=elder.id, number=card.lstrip("0") or "0", shown=card, issued_on=status_from))
            session.add(SearchKey(elder_id=elder.id, kind="card", key=card.lstrip("0") or "0"))
        return elder.id


def make_order(
    elder_id: int,
    site: Place,
    *,
    day: date = TODAY,
    slot: str = "lunch",
    way: str = "dine_in",
    set_name: str = "A套餐",
    portions: int = 1,
) -> int:
    """Somebody asked for a meal, written straight into the list."""
    with transaction() as session:
        order = Order(
            site_id=site.id,
            elder_id=elder_id,
            day=day,
            slot=slot,
            way=way,
            set_name=set_name,
            portions=portions,
            ordered_at=NOW,
        )
        session.add(order)
        session.flush()
        return order.id


def make_life_event(elder_id: int, kind: str, from_day: date, to_day: date | None = None, reason: str = "") -> None:
    """Paused, moved or died."""
    with transaction() as session:
        session.add(
            LifeEvent(elder_id=elder_id, kind=kind, from_day=from_day, to_day=to_day, reason=reason, recorded_at=NOW)
        )


def sealed_answer(model: type[Base], key: str, shares: Iterable[Share] = (), **more: Any) -> bytes:
    """What a meal or service that a test writes by hand keeps sealed: the reasons of some shares, no class, no use."""
    kept = freeze(Decision(0, 0, tuple(shares), (), **more))
    return the_vault().seal(kept, place_of(table_of(model).c.sealed, key=key))


def make_menu(
    site: Place,
    *,
    day: date = TODAY,
    slot: str = "lunch",
    price_fen: int = 1000,
    sets: tuple[str, ...] = ("A套餐", "B套餐"),
    prepared: int | None = None,
) -> None:
    """A menu whose sets all cost the same."""
    with transaction() as session:
        session.add(
            Menu(
                site_id=site.id,
                day=day,
                slot=slot,
                sets=[
                    MenuSet(
                        position=position,
                        name=set_name,
                        price_fen=price_fen,
                        dishes="测试红烧肉、青菜、萝卜、米饭",
                        tags="软食" if position else "",
                        prepared=prepared,
                    )
                    for position, set_name in enumerate(sets)
                ],
            )
        )
