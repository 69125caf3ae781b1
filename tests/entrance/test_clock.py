"""A computer's clock that is a day or a year off, back or ahead; midnight in service; a server in another zone."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from factories import NOW, TODAY, Person, Place, csrf, make_area, make_elder, make_menu, make_site, make_staff, sign_in
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from canteen.audit.models import Audit
from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import reading, table_of, transaction
from canteen.base.errors import BadInput, Refusal
from canteen.books import trusted_clock
from canteen.books.clock_rules import doubt_of
from canteen.books.models.clock_mark import ClockMark
from canteen.books.models.ledger import ClosedMonth
from canteen.books.models.servings import Serving
from canteen.check.proving import prove_in
from canteen.counter.requests import ServeRequest
from canteen.counter.service import serve_meal
from canteen.entitlements.service import rights
from canteen.places.queries import SiteFacts, sites_of
from canteen.purses import service as purses
from canteen.purses.credits.run import Job
from canteen.purses.credits.service import begin_credits, credit_month
from canteen.purses.models import PurseLot
from canteen.schemes.builtin import builtin_schemes
from canteen.schemes.switching import switch_on
from canteen.statements import service as statements
from tests.purses.conftest import MONTHLY

DAY = timedelta(days=1)
YEAR = timedelta(days=365)


@pytest.fixture
def site(app: Flask) -> Place:
    """A canteen that serves on every day but Sunday."""
    place, county = make_site(weekdays="123456"), make_area("金溪县")
    with transaction() as session:
        for text in (builtin_schemes()["jinxi"], MONTHLY):
            switch_on(session, text=text, area_id=county, valid_from=date(2026, 1, 1), actor=COMMAND, at=NOW)
    make_menu(place)
    return place


class Computer:
    """A computer whose clock the test sets, and a browser on it."""

    def __init__(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        self.app, self.now = app, NOW
        monkeypatch.setattr(clock, "now", lambda: self.now)

    def set(self, now: datetime) -> None:
        self.now = now

    def browser(self, person: Person) -> FlaskClient:
        return sign_in(self.app.test_client(), person)


@pytest.fixture
def computer(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Computer:
    return Computer(app, monkeypatch)


def believed(at: datetime = NOW) -> None:
    with transaction() as session:
        session.execute(table_of(ClockMark).delete())
        session.add(ClockMark(id=1, at=at))


def rows(model: type) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def written(action: str) -> list[dict[str, object]]:
    with reading() as session:
        return list(session.scalars(select(Audit.detail).where(Audit.action == action).order_by(Audit.id)))


#: The 21st is a Saturday.
DOUBTS = {
    "a minute later": (timedelta(minutes=1), ""),
    "a minute back: set right by a time server": (timedelta(minutes=-1), ""),
    "the next day": (DAY, ""),
    "on Monday after a Sunday without service": (2 * DAY, ""),
    "a day ahead: Monday was to be served": (3 * DAY, "ahead"),
    "a week and more of a closed canteen": (9 * DAY, "ahead"),
    "a year ahead": (YEAR, "ahead"),
    "an hour back": (timedelta(hours=-1), "behind"),
    "a day back": (-DAY, "behind"),
    "a year back": (datetime(2026, 1, 2, tzinfo=UTC) - NOW, "behind"),
    "an empty battery": (datetime(2000, 1, 1, tzinfo=UTC) - NOW, "early"),
}


@pytest.mark.parametrize("case", DOUBTS)
def test_what_speaks_against_a_clock(case: str) -> None:
    away, expected = DOUBTS[case]

    found = doubt_of(NOW + away, NOW, day_of=clock.day_of, is_planned=lambda day: day.isoweekday() != 7)

    assert (found.kind if found else "") == expected


def test_a_new_database_believes_any_clock_of_its_time() -> None:
    def ask(now: datetime) -> bool:
        return doubt_of(now, None, day_of=clock.day_of, is_planned=lambda _: True) is None

    assert ask(NOW) and ask(NOW + YEAR) and not ask(datetime(2015, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("away", [-YEAR / 2, -DAY, 3 * DAY, YEAR], ids=str)
def test_no_meal_on_a_doubtful_day_until_somebody_looked_at_a_calendar(
    computer: Computer, site: Place, away: timedelta
) -> None:
    clerk = make_staff("clerk", site=site)
    computer.browser(clerk)
    computer.set(NOW + away)
    make_menu(site, day=clock.day_of(computer.now))
    client = computer.browser(clerk)
    form = {"guest_kind": "villager", "slot": "lunch", "pay_way": "cash", "csrf_token": csrf(client, "/counter")}

    page = client.get("/counter").get_data(as_text=True)
    refused = client.post("/counter/servings", data=form | {"key": "k" * 20})
    wrong = client.post("/clock", data={"today": TODAY.isoformat(), "csrf_token": form["csrf_token"]})
    still = client.post("/counter/servings", data=form | {"key": "k" * 20})
    confirmed = client.post("/clock", data={"today": clock.today().isoformat(), "csrf_token": form["csrf_token"]})
    served = client.post("/counter/servings", data=form | {"key": "k" * 20})

    assert "电脑时间可能不对" in page and clock.today().isoformat() in page and "核对日期" in page
    assert (refused.status_code, wrong.status_code, still.status_code) == (409, 422, 409)
    assert "电脑时间可能不对" in refused.get_data(as_text=True) and "调准" in wrong.get_data(as_text=True)
    assert (confirmed.status_code, served.status_code) == (303, 303) and rows(Serving) == 1
    assert "电脑时间可能不对" not in client.get("/counter").get_data(as_text=True)
    [detail] = written("confirm_clock")
    assert detail["day"] == clock.today().isoformat()


def test_every_page_says_it_and_a_clock_set_right_ends_it(computer: Computer, site: Place) -> None:
    manager = make_staff("manager", site=site)
    computer.browser(manager)
    computer.set(NOW + YEAR)
    client = computer.browser(manager)
    for address in ("/counter", "/people/", "/statements/books", "/", "/oversight"):
        assert "电脑时间可能不对" in client.get(address).get_data(as_text=True), address

    computer.set(NOW + timedelta(minutes=5))

    client = computer.browser(manager)
    assert "电脑时间可能不对" not in client.get("/counter").get_data(as_text=True)


def test_a_canteen_that_was_closed_for_weeks_needs_one_word(computer: Computer, site: Place) -> None:
    clerk = make_staff("clerk", site=site)
    computer.browser(clerk)
    computer.set(NOW + 20 * DAY)
    client = computer.browser(clerk)
    assert "中间 19 天没有用过" in client.get("/counter").get_data(as_text=True)

    client.post("/clock", data={"today": "2026-12-11", "csrf_token": csrf(client, "/counter")})

    for hours in (0, 5, 24):
        computer.set(NOW + 20 * DAY + timedelta(hours=hours))
        shown = computer.browser(clerk).get("/counter").get_data(as_text=True)
        assert "电脑时间可能不对" not in shown


def bulk_deeds(site: Place, now: datetime) -> dict[str, object]:
    month = date(2026, 11, 1)
    facts = _site_facts(site)
    return {
        "close-month": lambda **say: statements.close_months(facts, month=month, actor=COMMAND, now=now, **say),
        "expiry": lambda **say: purses.let_lapse(clock.day_of(now), actor=COMMAND, now=now, **say),
        "credits": lambda **say: begin_credits(Job(clock.day_of(now).replace(day=1)), actor=COMMAND, now=now, **say),
        "due": lambda **say: rights.grant_due(actor=COMMAND, now=now, **say),
        "roster": lambda **say: rights.adopt_roster(None, actor=COMMAND, now=now, **say),
    }


def _site_facts(site: Place) -> list[SiteFacts]:
    return [one for one in sites_of(COMMAND) if one.id == site.id]


@pytest.mark.parametrize("deed", ["close-month", "expiry", "credits", "due", "roster"])
@pytest.mark.parametrize("known_by", ["mark", "trail"])
def test_nothing_is_done_to_many_by_a_doubtful_day(app: Flask, site: Place, deed: str, known_by: str) -> None:
    make_elder(site=site)
    if known_by == "mark":
        believed()
    now = NOW + YEAR
    work = bulk_deeds(site, now)[deed]

    with pytest.raises(Refusal) as refused:
        work()  # type: ignore[operator]
    with pytest.raises(BadInput):
        work(confirmed=TODAY)  # type: ignore[operator]

    assert refused.value.code == "clock_doubt" and "2027-11-21" in str(refused.value)
    assert (rows(ClosedMonth), written("let_lapse"), written("begin_credits")) == (0, [], [])
    work(confirmed=clock.day_of(now))  # type: ignore[operator]
    assert [one["day"] for one in written("confirm_clock")] == ["2027-11-21"]


@pytest.mark.parametrize(
    "command",
    [
        ["close-month", "2026-11"],
        ["expiry-run"],
        ["credit-run", "--month", "2027-11"],
        ["entitlements", "due"],
        ["entitlements", "adopt-roster"],
    ],
    ids=lambda one: one[0],
)
def test_commands_ask_for_the_day(computer: Computer, site: Place, command: list[str]) -> None:
    believed()
    computer.set(NOW + YEAR)
    runner = computer.app.test_cli_runner()

    asked = runner.invoke(args=command)
    wrong = runner.invoke(args=[*command, "--yes-the-date-is", "2026-11-21"])
    right = runner.invoke(args=[*command, "--yes-the-date-is", "2027-11-21"])

    assert (asked.exit_code, wrong.exit_code, right.exit_code) == (1, 1, 0), right.output
    assert "电脑时间可能不对" in asked.output and "--yes-the-date-is" in asked.output


def test_credits_taken_by_a_clock_a_year_ahead_come_back(computer: Computer, site: Place) -> None:
    elders = [make_elder(f"测试{at}", site=site) for at in range(3)]
    credit_month(Job(date(2026, 11, 1)), actor=COMMAND, now=NOW)
    believed(NOW + YEAR)  # somebody typed the computer's date
    lots, fen = purses.let_lapse(date(2027, 11, 21), actor=COMMAND, now=NOW + YEAR)
    assert (lots, fen) == (3, 30_000)
    with pytest.raises(Refusal, match="电脑时间"):
        purses.undo_lapse(actor=COMMAND, now=NOW)
    computer.set(NOW)
    trusted_clock.confirm(TODAY, actor=COMMAND, now=NOW)
    officer = computer.browser(make_staff("civil_affairs"))
    assert "3 笔额度(¥300.00)还没有到期就收回了" in officer.get("/purses/credits").get_data(as_text=True)

    answer = officer.post("/purses/lapses/undo", data={"csrf_token": csrf(officer, "/purses/credits")})
    again = purses.undo_lapse(actor=COMMAND, now=NOW)

    assert (answer.status_code, again) == (303, (0, 0))
    with reading() as session:
        left = session.execute(select(PurseLot.elder_id, PurseLot.left_fen).order_by(PurseLot.elder_id)).all()
        assert [tuple(one) for one in left] == [(elder, 10_000) for elder in elders]
        assert prove_in(session).problems == []
    assert written("undo_lapse") == [{"lots": 3, "amount_fen": 30_000}]
    assert purses.let_lapse(date(2026, 12, 1), actor=COMMAND, now=NOW + 10 * DAY, confirmed=date(2026, 12, 1))[0] == 3
    assert purses.undo_lapse(actor=COMMAND, now=NOW + 10 * DAY) == (0, 0), "what lapsed in its time stays lapsed"


def test_a_month_closed_by_a_clock_a_year_ahead_is_opened_again(computer: Computer, site: Place) -> None:
    manager = make_staff("manager", site=site)
    believed(NOW + YEAR)
    statements.close_months(_site_facts(site), month=date(2026, 11, 1), actor=manager.actor, now=NOW + YEAR)
    computer.set(NOW)
    trusted_clock.confirm(TODAY, actor=manager.actor, now=NOW)
    client = computer.browser(manager)
    page = client.get("/statements/books").get_data(as_text=True)

    form = {"csrf_token": csrf(client, "/statements/books"), "month": "2026-11", "site": str(site.id)}
    silent = client.post("/statements/months/reopen", data=form)
    opened = client.post("/statements/months/reopen", data=form | {"reason": "电脑快了一年"})

    assert "月结时电脑时间不对" in page
    assert (silent.status_code, opened.status_code, rows(ClosedMonth)) == (422, 303, 0)
    [detail] = written("reopen_month")
    assert detail["reason"] == "电脑快了一年"
    serve_meal(
        ServeRequest(key="after-opening", site_id=site.id, slot="lunch", guest_kind="villager"),
        actor=manager.actor,
        now=NOW,
    )


def test_a_day_ahead_shows_by_what_was_written_after_it_was_set_right(app: Flask, site: Place) -> None:
    manager = make_staff("manager", site=site)
    evening = datetime(2026, 11, 30, 9, tzinfo=UTC)
    believed(evening)
    statements.close_months(_site_facts(site), month=date(2026, 11, 1), actor=manager.actor, now=evening + DAY)
    believed(evening)
    purses.let_lapse(date(2026, 11, 1), actor=COMMAND, now=evening + timedelta(minutes=30))
    believed(evening + 2 * DAY)

    statements.reopen_month(
        site.id, month=date(2026, 11, 1), reason="快了一天", actor=manager.actor, now=evening + 2 * DAY
    )

    assert rows(ClosedMonth) == 0


def test_a_month_closed_in_its_time_stays_closed(app: Flask, site: Place) -> None:
    manager = make_staff("manager", site=site)
    december = datetime(2026, 12, 2, 3, tzinfo=UTC)
    believed(december)
    statements.close_months(_site_facts(site), month=date(2026, 11, 1), actor=manager.actor, now=december)
    purses.let_lapse(date(2026, 11, 1), actor=COMMAND, now=december + DAY)

    with pytest.raises(Refusal) as refused:
        statements.reopen_month(
            site.id, month=date(2026, 11, 1), reason="想改", actor=manager.actor, now=december + DAY
        )
    assert refused.value.code == "closed_rightly" and rows(ClosedMonth) == 1


def test_midnight_between_the_offer_and_the_serving(computer: Computer, site: Place) -> None:
    elder = make_elder(site=site)
    clerk = make_staff("clerk", site=site)
    tomorrow = TODAY + DAY
    make_menu(site, day=tomorrow)
    before, after = datetime(2026, 11, 21, 15, 59, tzinfo=UTC), datetime(2026, 11, 21, 16, 1, tzinfo=UTC)
    computer.set(before)
    client = computer.browser(clerk)
    page = client.get(f"/counter/find?elder={elder}&slot=lunch").get_data(as_text=True)
    shown = page.split('name="shown_day" value="', 1)[1].split('"', 1)[0]
    key = page.split('name="key" value="', 1)[1].split('"', 1)[0]
    form = {"csrf_token": csrf(client, "/counter"), "key": key, "slot": "lunch", "elder_id": str(elder)}

    computer.set(after)
    answer = client.post("/counter/servings", data=form | {"shown_day": shown})

    assert shown == "2026-11-21" and answer.status_code == 409
    said = answer.get_data(as_text=True)
    assert "页面是 2026-11-21 打开的,现在是 2026-11-22" in said and rows(Serving) == 0
    late = client.post("/counter/servings", data=form | {"day": shown})
    with reading() as session:
        assert late.status_code == 303 and session.scalars(select(Serving.day)).all() == [TODAY]


def test_a_repeat_after_midnight_is_the_same_meal(app: Flask, site: Place) -> None:
    clerk = make_staff("clerk", site=site)
    asked = ServeRequest(key="before-midnight", site_id=site.id, slot="lunch", guest_kind="villager", shown_day=TODAY)
    before = datetime(2026, 11, 21, 15, 59, tzinfo=UTC)

    first = serve_meal(asked, actor=clerk.actor, now=before)
    again = serve_meal(asked, actor=clerk.actor, now=before + timedelta(minutes=2))

    assert (again.id, again.is_repeat, again.day) == (first.id, True, TODAY)


@pytest.fixture(params=["UTC", "America/Los_Angeles", "Pacific/Kiritimati"])
def zone(request: pytest.FixtureRequest) -> Iterator[str]:
    was = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    if was is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = was
    time.tzset()


def test_the_day_is_the_canteens_wherever_the_server_stands(app: Flask, site: Place, zone: str) -> None:
    clerk = make_staff("clerk", site=site)
    make_menu(site, day=date(2026, 11, 23))
    for hour, day in ((15, date(2026, 11, 22)), (16, date(2026, 11, 23)), (23, date(2026, 11, 23))):
        assert clock.day_of(datetime(2026, 11, 22, hour, 59, tzinfo=UTC)) == day
    early = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # half past seven on Monday in China

    served = serve_meal(
        ServeRequest(key=f"zone-of-{zone}", site_id=site.id, slot="lunch", guest_kind="villager"),
        actor=clerk.actor,
        now=early,
    )

    assert served.day == date(2026, 11, 23)
    with reading() as session:
        assert session.scalars(select(Serving.served_at)).all() == [early]
