"""The ledger by itself: what each entry holds, running sums, closed months, keys, and budgets on their days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from factories import NOW, TODAY, Person, Place, make_area, make_elder, make_menu, make_site, make_staff
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from canteen.audit.models import Audit
from canteen.base.access import COMMAND
from canteen.base.db import LostRace, reading, transaction
from canteen.books import ledger, once, spending
from canteen.books.accounts import LedgerAccount, account_of, account_parts
from canteen.books.closed_months import close_month, count_month, refuse_closed
from canteen.books.models.budgets import FundingUse
from canteen.books.models.ledger import Balance, Entry, NormUse, Posting
from canteen.counter.requests import ServeRequest, VoidRequest
from canteen.counter.service import serve_meal, void_serving
from canteen.schemes.deciding.answer import Share, UseChange
from canteen.schemes.facts import Use
from canteen.schemes.language.scheme import load_scheme
from canteen.schemes.queries import schemes_in_force
from canteen.schemes.reasons import Reason
from canteen.schemes.switching import switch_on
from tests.told import told, told_where

DECEMBER = datetime(2026, 12, 1, 4, tzinfo=UTC)


@pytest.fixture
def site(app: Flask) -> Place:
    return make_site()


@pytest.fixture
def clerk(site: Place) -> Person:
    return make_staff("clerk", site=site)


def share(payer: str, fen: int, scheme: str = "jinxi") -> Share:
    return Share(payer, "" if payer == "own" else scheme, "1", fen, Reason("own_all", {"own_fen": fen}))


def of(site: Place, day: date = TODAY, **more: Any) -> dict[str, Any]:
    return {"site_id": site.id, "day": day, "staff_id": None, "at": NOW} | more


def entries() -> list[tuple[Any, ...]]:
    with reading() as session:
        found = session.execute(
            select(Entry.kind, Entry.site_id, Entry.day, Entry.reverses_id, Entry.staff_id, Entry.recorded_at).order_by(
                Entry.id
            )
        )
        return [tuple(row) for row in found]


def postings(entry_id: int) -> list[tuple[str, int]]:
    with reading() as session:
        found = (
            select(Posting.account, Posting.amount_fen).where(Posting.entry_id == entry_id).order_by(Posting.position)
        )
        return [tuple(row) for row in session.execute(found)]


def balances() -> dict[tuple[int, str, str], int]:
    with reading() as session:
        rows = session.scalars(select(Balance))
        return {(row.site_id, row.month, row.account): row.amount_fen for row in rows}


# Names of accounts.


@pytest.mark.parametrize(
    ("account", "parts"),
    [
        ("due-from:jinxi:县级", LedgerAccount("due-from", "jinxi", "县级")),
        ("paid-off:jinxi:gap", LedgerAccount("paid-off", "jinxi", "gap")),
        ("own:cash", LedgerAccount("own", "", "cash")),
        ("received:gift", LedgerAccount("received", "", "gift")),
        ("meals", LedgerAccount("meals", "", "")),
    ],
)
def test_an_account_is_taken_apart(account: str, parts: LedgerAccount) -> None:
    assert account_parts(account) == parts


def test_a_share_is_debited_to_who_pays() -> None:
    assert account_of(share("own", 1), pay_way="code") == "own:code"
    assert account_of(share("县级", 1), pay_way="code") == "due-from:jinxi:县级"


# Entries.


def test_own_money_and_its_mirror_side(site: Place, clerk: Person) -> None:
    with transaction() as session:
        paid = ledger.post_own_money(session, amount_fen=500, pay_way="cash", **of(site, staff_id=clerk.id))
        back = ledger.post_own_money(session, amount_fen=-200, pay_way="code", **of(site))

    assert [row[0] for row in entries()] == ["top_up", "refund"]
    assert entries()[0] == ("top_up", site.id, TODAY, None, clerk.id, NOW)
    assert (postings(paid), postings(back)) == (
        [("own:cash", 500), ("own:purse", -500)], [("own:code", -200), ("own:purse", 200)]
    )  # fmt: skip
    month = site.id, "2026-11"
    assert balances() == {(*month, "own:cash"): 500, (*month, "own:code"): -200, (*month, "own:purse"): -300}


def test_an_entry_that_does_not_balance_is_none(site: Place) -> None:
    with pytest.raises(AssertionError), transaction() as session:
        ledger.post(session, kind="income", lines={"received:gift": 5, "paid-off:jinxi:gap": -4}, **of(site))
    assert entries() == [] and balances() == {}


def test_running_sums_are_kept_by_site_month_and_account(site: Place) -> None:
    other = make_site("水口村助餐点", path="金溪县/云溪镇/水口村")
    with transaction() as session:
        for place, day, fen in ((site, TODAY, 5), (site, TODAY, 7), (site, date(2026, 10, 31), 11), (other, TODAY, 13)):
            lines = {"received:gift": fen, "paid-off:jinxi:gap": -fen}
            ledger.post(session, kind="income", lines=lines, **of(place, day))

    assert {key: fen for key, fen in balances().items() if key[2] == "received:gift"} == {
        (site.id, "2026-11", "received:gift"): 12,
        (site.id, "2026-10", "received:gift"): 11,
        (other.id, "2026-11", "received:gift"): 13,
    }


def test_a_meal_is_debited_to_its_payers_and_a_void_is_its_mirror(site: Place, clerk: Person) -> None:
    make_menu(site)
    switch('id = "plain"\nversion = "1"\nname = "助餐"\nstack_group = "m"\namount = { kind = "per_meal", yuan = 3 }\n')
    served = serve(site, make_elder(site=site), pay_way="monthly")
    void(served.id)

    kinds = [(kind, reverses) for kind, _, _, reverses, _, _ in entries()]
    assert kinds == [("serving", None), ("reversal", 1)]
    assert postings(1) == [("due-from:plain:public", 300), ("own:monthly", 700), ("meals", -1000)]
    assert postings(2) == [("due-from:plain:public", -300), ("own:monthly", -700), ("meals", 1000)]
    assert set(balances().values()) == {0}


def serve(site: Place, elder: int | None, *, now: datetime = NOW, **changed: Any) -> Any:
    guest = {} if elder else {"guest_kind": "child"}
    request = ServeRequest(
        key=f"books-key-{len(entries()):06d}", site_id=site.id, elder_id=elder, slot="lunch", **guest, **changed
    )
    return serve_meal(request, actor=COMMAND, now=now)


def void(serving_id: int) -> None:
    void_serving(
        VoidRequest(serving_id=serving_id, key=f"void-{serving_id:08d}", reason="没有取餐"), actor=COMMAND, now=NOW
    )


def switch(text_: str, *, path: str = "金溪县", since: date = date(2026, 1, 1)) -> None:
    area = make_area(path)
    with transaction() as session:
        switch_on(session, text=text_, area_id=area, valid_from=since, actor=COMMAND, at=NOW)


# Running use.

PERIODS = ("2026-11-21/lunch", "2026-11-21", "2026-W47", "2026-11", "2026")


def change(scheme: str, period: str, fen: int) -> UseChange:
    return UseChange(scheme=scheme, period=period, settled_fen=2 * fen, public_fen=fen, meals=1)


def test_use_adds_up_by_scheme_and_period_and_is_given_back(site: Place) -> None:
    elder, other = make_elder(site=site), make_elder("李桂花", site=site)
    changes = [change("jinxi", "2026-11", 100), change("jinxi", "2026", 100), change("b", "2026-11", 7)]
    with transaction() as session:
        for _ in range(2):
            ledger.add_use(session, elder_id=elder, changes=changes)
        ledger.add_use(session, elder_id=other, changes=changes[:1])
        ledger.add_use(session, elder_id=other, changes=[])
    with transaction() as session:
        ledger.give_back_use(session, elder_id=elder, changes=changes[:1])
        ledger.give_back_use(session, elder_id=elder, changes=[])
        used = {who: ledger.used(session, elder_id=who, periods=PERIODS) for who in (elder, other, 99)}
        rows = len(session.scalars(select(NormUse)).all())

    assert used[elder] == {
        ("jinxi", "2026-11"): Use(200, 100, 1), ("jinxi", "2026"): Use(400, 200, 2), ("b", "2026-11"): Use(28, 14, 2)
    }  # fmt: skip
    assert (used[other], used[99], rows) == ({("jinxi", "2026-11"): Use(200, 100, 1)}, {}, 4)


# Closed months.


def post(session: Session, site: Place, day: date, at: datetime = DECEMBER) -> int:
    lines = {"received:gift": 5, "paid-off:jinxi:gap": -5}
    return ledger.post(session, kind="income", lines=lines, **of(site, day, at=at))


def test_a_closed_month_takes_no_entry_and_says_what_to_do(site: Place, clerk: Person) -> None:
    other = make_site("水口村助餐点", path="金溪县/云溪镇/水口村")
    with transaction() as session:
        post(session, site, date(2026, 11, 30))
        row = close_month(session, site_id=site.id, month=date(2026, 11, 1), actor=clerk.actor, now=DECEMBER)
        assert (row.month, row.closed_at, row.closed_by, row.entries, row.meals_fen) == (
            "2026-11",
            DECEMBER,
            clerk.id,
            1,
            0,
        )
    closed = (
        "2026-11 已于 2026-12-01 月结,不能再登记或作废这个月的用餐",
        "请告诉站点负责人,在本月的账里作一笔更正",
        "month_closed",
    )

    def late(day: date) -> None:
        with transaction() as session:
            post(session, site, day)

    for day in (date(2026, 11, 1), date(2026, 11, 30)):
        assert told_where(lambda day=day: late(day)) == closed
    with transaction() as session:
        post(session, other, date(2026, 11, 30))
        post(session, site, date(2026, 12, 1))
        post(session, site, date(2026, 10, 31))
    with reading() as session:
        trail = session.execute(select(Audit.action, Audit.subject, Audit.detail).where(Audit.action != "write")).all()
    assert [tuple(one) for one in trail] == [("close_month", "month:2026-11", {"entries": 1})]


def test_a_month_is_closed_once_and_when_it_is_over(site: Place) -> None:
    def close(now: datetime) -> None:
        with transaction() as session:
            close_month(session, site_id=site.id, month=date(2026, 11, 1), actor=COMMAND, now=now)

    early = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)
    assert told_where(lambda: close(early)) == (
        "2026-11 还没有过完,不能月结",
        "请在下个月 1 日以后月结",
        "month_not_over",
    )
    close(early + timedelta(minutes=1))  # midnight in China
    assert told_where(lambda: close(DECEMBER)) == ("2026-11 已经月结", "不用再做", "month_closed")


def test_this_month_asks_nothing_of_the_database(site: Place) -> None:
    from tests.sent import statements

    with transaction() as session, statements() as sent:
        refuse_closed(session, site_id=site.id, day=TODAY, at=NOW)
        refuse_closed(session, site_id=site.id, day=date(2026, 12, 1), at=NOW)
        assert sent == []
        refuse_closed(session, site_id=site.id, day=date(2026, 10, 31), at=NOW)
    assert len(sent) == 1


def test_a_month_counts_its_entries_and_its_meals(site: Place) -> None:
    for day in (date(2026, 10, 31), date(2026, 11, 1), TODAY):
        make_menu(site, day=day)
        serve(site, None, day=day)
    with transaction() as session:
        post(session, site, TODAY)
        assert count_month(session, site_id=site.id, month=date(2026, 11, 1)) == (3, -2000)
        assert count_month(session, site_id=site.id + 1, month=date(2026, 11, 1)) == (0, 0)


# Keys.


@pytest.mark.parametrize(
    ("key", "is_good"), [("k" * 8, True), ("!" * 100, True), ("k" * 7, False), ("k" * 101, False), ("k k" * 3, False)]
)
def test_a_key_is_eight_to_a_hundred_signs(key: str, is_good: bool) -> None:
    if is_good:
        once.check_key(key)
    else:
        assert told_where(lambda: once.check_key(key)) == ("一次性编号不对", "请刷新页面再试", "key")


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("ab", None),
        ("长" * 200, None),
        (" a ", ("作废要写明原因", "例如", "reason")),
        ("长" * 201, ("原因太长,最多 200 个字", "请缩短后再试", "reason")),
    ],
)
def test_a_reason_is_two_to_two_hundred_signs(reason: str, said: tuple[str, str, str] | None) -> None:
    def work() -> None:
        once.check_void("k" * 8, reason, example="例如")

    assert work() is None if said is None else told_where(work) == said
    assert told(lambda: once.check_void("k", reason, example="例如"))[0] == "一次性编号不对"


@dataclass(frozen=True)
class Asked:
    key: str
    day: date
    till: str = ""


def test_a_fingerprint_is_of_everything_but_the_key() -> None:
    one = Asked("a", TODAY)

    assert once.content_of(one) == once.content_of(replace(one, key="b"))
    assert len(once.content_of(one)) == 64
    assert once.content_of(one) != once.content_of(replace(one, till="1"))
    assert once.content_of(one) != once.content_of(replace(one, day=date(2026, 11, 22)))
    assert once.content_of(one, apart=("key", "till")) == once.content_of(replace(one, till="1"), apart=("key", "till"))


# Counting meals.


# Budgets.

STREAM = """
id = "stream"
version = "1"
name = "助餐"
stack_group = "m"
amount = { kind = "per_meal", yuan = 5 }
funding_order = "waterfall"
[[funding]]
payer = "乡镇"
budget_yuan = 20
budget_per = "month"
[[funding]]
payer = "村集体"
budget_yuan = 100
"""
NOVEMBER, YEAR = ("stream", "乡镇", "2026-11"), ("stream", "村集体", "2026")


def fund(
    site: Place,
    path: str,
    *,
    payer: str = "乡镇",
    period: str = "2026-11",
    limit: int,
    used: int = 0,
    typed: bool = True,
) -> None:
    area = make_area(path)
    with transaction() as session:
        row = FundingUse(
            area_id=area, scheme="stream", payer=payer, period=period, limit_fen=limit, used_fen=used,
            limit_from="typed" if typed else "terms",
        )  # fmt: skip
        session.add(row)


def left(site: Place, day: date = TODAY) -> dict[tuple[str, str, str], int]:
    with transaction() as session:
        schemes = schemes_in_force(session, area_path=site.area_path, day=day)
        return spending.left(session, schemes=schemes, day=day, area_path=site.area_path)


FUNDS: dict[str, tuple[Callable[[Place], None], int]] = {
    "nobody drew on it": (lambda site: None, 2000),
    "the scheme's own, drawn on": (lambda site: fund(site, "金溪县", limit=2000, used=500, typed=False), 1500),
    "typed for its area instead": (lambda site: fund(site, "金溪县", limit=800, used=500), 300),
    "passed": (lambda site: fund(site, "金溪县", limit=800, used=900), 0),
    "a smaller one of the township": (lambda site: fund(site, "金溪县/云溪镇", limit=700), 700),
    "a larger one of the township": (lambda site: fund(site, "金溪县/云溪镇", limit=9000), 2000),
    "one of the year": (lambda site: fund(site, "金溪县", period="2026", limit=900), 900),
    "one of last month": (lambda site: fund(site, "金溪县", period="2026-10", limit=9), 2000),
    "one of another payer": (lambda site: fund(site, "金溪县", payer="村集体", period="2026", limit=9), 2000),
    "one of another place": (lambda site: fund(site, "金溪县/石门乡", limit=9), 2000),
    "one that the scheme stated elsewhere, added up only": (
        lambda site: fund(site, "金溪县/云溪镇", limit=9, used=9, typed=False), 2000
    ),
}  # fmt: skip


@pytest.mark.parametrize(("typed", "fen"), FUNDS.values(), ids=FUNDS)
def test_of_several_budgets_the_smallest_rest_counts(site: Place, typed: Callable[[Place], None], fen: int) -> None:
    switch(STREAM)
    typed(site)

    assert left(site)[NOVEMBER] == fen


def spend(site: Place, fen: int, *, payer: str = "乡镇") -> None:
    with transaction() as session:
        schemes = schemes_in_force(session, area_path=site.area_path, day=TODAY)
        spending.spend(
            session, schemes=schemes, shares=[share(payer, fen, "stream")], day=TODAY, area_path=site.area_path
        )


def uses() -> dict[tuple[str, str], tuple[int, int]]:
    with reading() as session:
        return {(row.payer, row.period): (row.limit_fen, row.used_fen) for row in session.scalars(select(FundingUse))}


def test_what_is_spent_is_taken_off_every_budget_that_covers_it(site: Place) -> None:
    switch(STREAM)
    fund(site, "金溪县", limit=2000, used=100)
    fund(site, "金溪县/云溪镇", period="2026", limit=1000, used=10)

    spend(site, 400)

    assert uses() == {("乡镇", "2026-11"): (2000, 500), ("乡镇", "2026"): (1000, 410)}
    with pytest.raises(LostRace):
        spend(site, 591)
    assert uses() == {("乡镇", "2026-11"): (2000, 500), ("乡镇", "2026"): (1000, 410)}
    spend(site, 590)
    assert left(site)[NOVEMBER] == 0


def test_a_payer_without_a_limit_here_is_only_added_up(site: Place) -> None:
    """A township's version states no budget for the county's payer: its row there goes beyond its limit."""
    switch(STREAM)
    switch(STREAM.replace('version = "1"', 'version = "2"').replace("乡镇", "慈善会"), path="金溪县/云溪镇")
    fund(site, "金溪县", payer="乡镇", limit=5, used=5, typed=False)

    spend(site, 300)

    assert uses()["乡镇", "2026-11"] == (5, 305)


def test_a_share_of_nobody_limited_asks_nothing(site: Place) -> None:
    switch(STREAM)
    with transaction() as session:
        schemes = schemes_in_force(session, area_path=site.area_path, day=TODAY)
        spending.spend(session, schemes=schemes, shares=[share("own", 700)], day=TODAY, area_path=site.area_path)

    assert uses() == {}
    assert spending.limited_payers(load_scheme(STREAM)) == {"乡镇", "村集体"}


def test_what_a_payer_carried_is_added_up_within_area_and_period(site: Place) -> None:
    switch(STREAM)
    other = make_site("石门村助餐点", path="金溪县/石门乡/石门村")
    for place, day in ((site, TODAY), (site, date(2026, 10, 31)), (other, TODAY)):
        make_menu(place, day=day)
        serve(place, make_elder(f"甲{place.id}{day}", site=place), day=day)
    void(serve(site, make_elder("乙", site=site)).id)

    def spent(path: str, period: str, **changed: str) -> int:
        with reading() as session:
            return spending.spent_of(
                session, **{"area_path": path, "scheme": "stream", "payer": "乡镇", "period": period} | changed
            )

    assert [spent("金溪县", "2026-11"), spent("金溪县", "2026"), spent("金溪县/云溪镇", "2026-11"), spent(site.area_path, "2026-10")] == [
        1000, 1500, 500, 500
    ]  # fmt: skip
    assert [
        spent("金溪", "2026"),
        spent("金溪县", "2026", payer="村集体"),
        spent("金溪县", "2026", scheme="jinxi"),
    ] == [0, 0, 0]


def test_a_void_gives_back_to_every_budget_that_covered_it(site: Place) -> None:
    switch(STREAM)
    make_menu(site)
    fund(site, "金溪县/云溪镇", limit=5000)
    served = serve(site, make_elder(site=site))
    other = serve(site, make_elder("李桂花", site=site))
    with reading() as session:
        before = [row.used_fen for row in session.scalars(select(FundingUse).order_by(FundingUse.id))]

    void(served.id)

    with reading() as session:
        after = [row.used_fen for row in session.scalars(select(FundingUse).order_by(FundingUse.id))]
    assert (before, after, other.price_fen) == ([1000, 1000], [500, 500], 1000)


def test_what_was_never_posted_is_not_reversed(site: Place) -> None:
    with pytest.raises(NoResultFound), transaction() as session:
        ledger.reverse(session, **of(site, serving_id=99))

    assert entries() == []
