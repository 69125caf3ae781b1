"""A statement shows services other than meals beside the meals, with their reasons."""

from __future__ import annotations

from factories import NOW, TODAY, Place, make_area, make_elder
from sqlalchemy import insert

from canteen.base.db import transaction
from canteen.books import ledger
from canteen.books.models.services import CareService, CareShare
from canteen.care.models import Provider
from canteen.schemes.deciding.answer import Share
from canteen.schemes.reasons import Reason
from canteen.statements import queries, sheets
from canteen.statements.rules import StatementRequest
from tests.factories import sealed_answer

from .conftest import Serve


def bathe(site: Place, elder_id: int) -> None:
    """A bath at 40.00, 30.00 of it paid by a purse scheme."""
    shares = [
        Share("县级", "care50", "1", 3000, Reason("rest", {"public_fen": 3000})),
        Share("own", "", "", 1000, Reason("own_all", {"own_fen": 1000})),
    ]
    area_id = make_area("金溪县")
    with transaction() as session:
        provider_id = session.execute(
            insert(Provider).returning(Provider.id),
            {
                "area_id": area_id,
                "name": "测试助浴队",
                "kind": "business",
                "phone": "",
                "licence": "测试",
                "services": [],
                "created_at": NOW,
            },
        ).scalar_one()
        care_id = session.execute(
            insert(CareService).returning(CareService.id),
            {
                "key": "bath-key",
                "asked": "",
                "site_id": site.id,
                "elder_id": elder_id,
                "provider_id": provider_id,
                "kind": "bathing",
                "day": TODAY,
                "minutes": 40,
                "price_fen": 4000,
                "own_fen": 1000,
                "pay_way": "cash",
                "confirmed_by": "elder",
                "confirmer": "",
                "worker": "",
                "note": "",
                "sealed": sealed_answer(CareService, "bath-key", shares),
                "recorded_at": NOW,
                "void_reason": "",
            },
        ).scalar_one()
        session.execute(
            insert(CareShare),
            [
                {
                    "care_id": care_id,
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
            session, care_id=care_id, site_id=site.id, day=TODAY, shares=shares, pay_way="cash", staff_id=None, at=NOW
        )


def test_meals_and_services_of_an_elder(app, site: Place, serve: Serve) -> None:
    wang = make_elder("王秀兰", site=site)
    serve(wang)
    bathe(site, wang)
    ask = StatementRequest(subject="elder", site_ids=(site.id,), first=TODAY, last=TODAY, elder_id=wang)
    lines = queries.lines(ask, after=None, size=10).lines

    assert [(line.kind, line.service, line.account.payer, line.amount_fen) for line in lines] == [
        ("serving", "", "public", 500),
        ("serving", "", "cash", 500),
        ("service", "bathing", "县级", 3000),
        ("service", "bathing", "cash", 1000),
    ]
    assert {line.name for line in lines} == {"王*兰"}
    assert [sheets.what_of(line) for line in lines][1:3] == ["午餐 A套餐", "助浴"]
    assert sheets.reason_of(lines[2]) == Reason("rest", {"public_fen": 3000}).words()
    assert queries.statement(ask).closing_fen == 5000 == lines[-1].balance_fen
