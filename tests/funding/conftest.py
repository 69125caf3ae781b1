"""Sites whose scheme pays one source after the other, each with a budget."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from factories import NOW, Person, Place, make_area, make_menu, make_site, make_staff
from flask import Flask

from canteen.audit import trail
from canteen.base.access import COMMAND
from canteen.base.db import settle, transaction
from canteen.books import spending
from canteen.schemes.deciding.answer import Share
from canteen.schemes.queries import schemes_in_force
from canteen.schemes.reasons import Reason
from canteen.schemes.switching import switch_on
from tests.factories import sealed_answer

#: A subsidy of 5.00 a meal: the township first, 20.00 a month; then the collective, 100.00 a year; then nobody.
WATERFALL = """
id = "stream"
version = "1"
name = "云溪镇助餐"
source = "测试通知"
stack_group = "meals"
choose = "first"
funding_order = "waterfall"

[amount]
kind = "per_meal"
yuan = 5

[[classes]]
code = "一类"
name = "60 周岁以上老人"
when = { age = { from = 60 } }

[[funding]]
payer = "乡镇"
budget_yuan = 20
budget_per = "month"

[[funding]]
payer = "村集体"
budget_yuan = 100
"""

_numbers = itertools.count(1)


@pytest.fixture
def switch(app: Flask) -> Callable[..., None]:
    """Put a scheme in force."""

    def work(text: str = WATERFALL, *, path: str = "金溪县", valid_from: date = date(2026, 1, 1)) -> None:
        area_id = make_area(path)
        with transaction() as session:
            switch_on(session, text=text, area_id=area_id, valid_from=valid_from, actor=COMMAND, at=NOW)

    return work


@pytest.fixture
def site(switch: Callable[..., None]) -> Place:
    place = make_site()
    switch()
    make_menu(place)
    return place


@pytest.fixture
def officer(site: Place) -> Person:
    return make_staff("civil_affairs")


Carry = Callable[..., int]


@pytest.fixture
def carry(site: Place) -> Carry:
    """Write a meal's shares straight into the tables and spend them: what ``record_serving`` does with them."""
    from sqlalchemy import insert

    from canteen.books import ledger
    from canteen.books.models.servings import Serving, ServingShare

    def work(
        amounts: dict[str, int],
        *,
        where: Place = site,
        day: date = date(2026, 11, 21),
        at: datetime = NOW,
        scheme: str = "stream",
        spend: bool = True,
        price_fen: int = 1000,
    ) -> int:
        number = next(_numbers)
        shares = [Share(payer, scheme, "1", fen, Reason("fixed", {})) for payer, fen in amounts.items()]
        shares.append(Share("own", "", "", price_fen - sum(amounts.values()), Reason("own_rest", {})))

        def write(session: Any) -> int:
            serving_id: int = session.execute(
                insert(Serving).returning(Serving.id),
                {
                    "key": f"funding-{number}",
                    "asked": "",
                    "site_id": where.id,
                    "day": day,
                    "slot": "lunch",
                    "sequence": number,
                    "number": f"{day:%m%d}-{number:03d}",
                    "guest_kind": "villager",
                    "set_name": "A套餐",
                    "price_fen": price_fen,
                    "own_fen": price_fen - sum(amounts.values()),
                    "way": "dine_in",
                    "class_mark": "",
                    "sealed": sealed_answer(Serving, f"funding-{number}"),
                    "served_at": at,
                },
            ).scalar_one()
            trail.made(session, "serving", serving_id, site_id=where.id)
            session.execute(
                insert(ServingShare),
                [
                    {
                        "serving_id": serving_id,
                        "position": position,
                        "payer": share.payer,
                        "scheme": share.scheme,
                        "version": share.version,
                        "amount_fen": share.amount_fen,
                    }
                    for position, share in enumerate(shares)
                ],
            )
            ledger.post_shares(
                session,
                serving_id=serving_id,
                site_id=where.id,
                day=day,
                shares=shares,
                pay_way="cash",
                staff_id=None,
                at=at,
            )
            if spend:
                schemes = schemes_in_force(session, area_path=where.area_path, day=day)
                spending.spend(session, schemes=schemes, shares=shares, day=day, area_path=where.area_path)
            return serving_id

        return settle(write)

    return work


@pytest.fixture
def left(app: Flask) -> Callable[..., dict[tuple[str, str, str], int]]:
    """What is left at a site on a day."""

    def work(where: Place, day: date = date(2026, 11, 21)) -> dict[tuple[str, str, str], int]:
        with transaction() as session:
            schemes = schemes_in_force(session, area_path=where.area_path, day=day)
            return spending.left(session, schemes=schemes, day=day, area_path=where.area_path)

    return work
