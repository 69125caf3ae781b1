"""Which schemes credit whom, whom a run looks at, what a year brings in, and what the page of the runs says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from factories import NOW, TODAY, make_elder, make_life_event, make_site
from sqlalchemy import select

from canteen.audit.models import Audit
from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import reading, transaction
from canteen.base.vault import the_vault
from canteen.check.purses import purse_problems
from canteen.people.models import Elder
from canteen.people.queries import ELDER
from canteen.purses import service
from canteen.purses.credits import elders
from canteen.purses.credits.board import credit_board, months_to_credit, reason_words, run_of
from canteen.purses.credits.run import RUN, Job
from canteen.purses.credits.schemes import PurseSchemes, SwitchedOn
from canteen.purses.credits.service import credit_month, step_credits
from canteen.purses.lines import LINE, LOT, YEAR, reason_of
from canteen.purses.models import NEVER
from canteen.purses.requests import PurseCorrection
from canteen.schemes.language.scheme import load_scheme
from canteen.schemes.models import SchemeVersion
from tests.purses.conftest import CARRIED, MONTHLY, in_force
from tests.trail import change

NOVEMBER, DECEMBER, JANUARY = date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)


def at(month: date) -> datetime:
    return datetime(month.year, month.month, 5, tzinfo=UTC)


def credit(month: date, *, scheme: str = "", area: str = ""):
    job = Job(month, scheme, area)
    credit_month(job, actor=COMMAND, now=at(month), confirmed=clock.day_of(at(month)))
    run = run_of(job)
    assert run is not None
    return run


def scheme(id_: str = "care", *, text: str = MONTHLY, **changes: str):
    text = text.replace('id = "care"', f'id = "{id_}"')
    for old, new in changes.items():
        text = text.replace(old, new)
    return load_scheme(text)


def switched(area: str, since: date, one=None, **facts) -> SwitchedOn:
    return SwitchedOn(area, since, one or scheme(**facts))


# Which schemes.

HERE, THERE = "金溪县/云溪镇/枫林村", "临川区/石桥镇/柳树村"
AREAS = {
    "of the county": ("金溪县", HERE, "", ["care"]),
    "of the village itself": (HERE, HERE, "", ["care"]),
    "of another village": ("金溪县/云溪镇/柳树村", HERE, "", []),
    "of one whose name begins alike": ("金溪县/云溪", HERE, "", []),
    "by the hukou": ("金溪县", THERE, HERE, ["care"]),
    "of nowhere": ("临川区", HERE, "", []),
}


@pytest.mark.parametrize(("area", "residence", "hukou", "ids"), AREAS.values(), ids=AREAS)
def test_the_schemes_of_a_place(area, residence, hukou, ids):
    found = PurseSchemes([switched(area, date(2026, 1, 1))], NOVEMBER, "")

    assert [one.id for one in found.of(residence, hukou)] == ids


ORDER = {
    "the nearer area's": ([("金溪县/云溪镇", date(2026, 1, 1), "near"), ("金溪县", date(2026, 6, 1), "far")], "near"),
    "the residence's before the hukou's": ([("临川区", date(2026, 1, 1), "far"), ("金溪县", date(2026, 1, 1), "home")], "home"),
    "the one in force on the first before one that came later": (
        [("金溪县", date(2026, 11, 10), "later"), ("金溪县", date(2026, 1, 1), "first")],
        "first",
    ),
    "that of the first itself": ([("金溪县", date(2026, 11, 1), "new"), ("金溪县", date(2026, 1, 1), "old")], "new"),
    "the first of two that came later": ([("金溪县", date(2026, 11, 20), "b"), ("金溪县", date(2026, 11, 9), "a")], "b"),
}  # fmt: skip


@pytest.mark.parametrize(("versions", "name"), ORDER.values(), ids=ORDER)
def test_of_one_scheme_one_version_counts(versions, name):
    placed = [SwitchedOn(area, since, replace(scheme(), name=name)) for area, since, name in versions]
    found = PurseSchemes(placed, NOVEMBER, "").of(HERE, THERE)

    assert [one.name for one in found] == [name]


ABOVE = MONTHLY.replace("pays_for", 'above = "base"\npays_for')
PLAIN = 'id = "free"\nversion = "1"\nname = "免费"\nstack_group = "free"\neligible = {}\namount = { kind = "free" }\n'


def test_only_schemes_with_a_purse_count_and_those_above_are_in_no_group():
    placed = [
        switched("金溪县", date(2026, 1, 1), load_scheme(PLAIN)),
        switched("金溪县", date(2026, 1, 1), load_scheme(CARRIED)),
        switched("金溪县", date(2026, 1, 1), scheme("raised", text=ABOVE)),
        switched("金溪县", date(2026, 1, 1)),
    ]
    found = PurseSchemes(placed, NOVEMBER, "")

    assert [one.id for one in found.all] == ["long", "raised", "care"] == [one.id for one in found.of(HERE, "")]
    assert found.ids == {"long": "电子券", "raised": "服务券", "care": "服务券"}
    assert [one.id for one in found.making_up().all] == ["long"]
    assert found.groups_of(["long", "free", "raised"]) == {"long"} and found.groups_of(["care"]) == {"care"}
    assert not found.asks_approval
    assert [found.wanted("care"), PurseSchemes(placed, NOVEMBER, "long").wanted("care")] == [True, False]
    assert PurseSchemes(placed, NOVEMBER, "long").making_up().wanted("care") is False


# Whom a run looks at.


def test_a_run_for_an_area_looks_at_who_lives_eats_or_is_registered_there(site):
    far = make_site("柳树村助餐点", path=THERE)
    here, eats, hukou, other = (
        make_elder("甲", site=site),
        make_elder("乙", site=site, path=THERE),
        make_elder("丙", site=far, path=THERE, hukou=HERE),
        make_elder("丁", site=far, path=THERE),
    )

    with reading() as session:
        seen = {
            area: [
                row.id
                for row in elders.load(session, after=0, limit=9, days=[NOVEMBER], area=area, vault=the_vault()).elders
            ]
            for area in ("金溪县", "临川区", "")
        }
        counts = {area: elders.count(session, area=area) for area in seen}
        rest = elders.load(session, after=here, limit=1, days=[NOVEMBER], area="", vault=the_vault())

    everybody = [here, eats, hukou, other]
    assert seen == {"金溪县": [here, eats, hukou], "临川区": [eats, hukou, other], "": everybody}
    assert counts == {"金溪县": 3, "临川区": 3, "": 4}
    assert [row.id for row in rest.elders] == [eats]
    assert credit(NOVEMBER, area="金溪县").done == 3


def test_facts_are_those_of_the_day_that_is_asked_for(site):
    elder = make_elder(site=site, statuses=("dibao",), status_from=date(2026, 11, 2), living="empty_nest")
    gone, back = make_elder("李", site=site), make_elder("张", site=site)
    make_life_event(gone, "died", date(2026, 11, 2))
    make_life_event(back, "moved", date(2026, 10, 1), date(2026, 11, 1))
    make_life_event(elder, "paused", date(2026, 10, 1))

    with reading() as session:
        roll = elders.load(session, after=0, limit=9, days=[NOVEMBER, date(2026, 11, 2)], area="", vault=the_vault())

    first, second = NOVEMBER, date(2026, 11, 2)
    assert [roll.kinds_on(elder, day) for day in (first, second)] == [{"empty_nest"}, {"empty_nest", "dibao"}]
    assert {name: [roll.is_gone(one, day) for day in (first, second)] for name, one in
            {"gone": gone, "back": back, "paused": elder}.items()} == {
        "gone": [False, True], "back": [True, False], "paused": [False, False],
    }  # fmt: skip


def test_a_scheme_given_up_is_given_up_on_its_days(site):
    elder = make_elder(site=site)
    with transaction() as session:
        sealed = session.scalar(select(ELDER.c.sealed))
        waived = {"scheme": "care", "from_day": "2026-11-01", "to_day": "2026-11-30", "reason": "", "end_reason": ""}
        facts = the_vault().open(sealed, f"elder:{elder}") | {"waived": [waived]}
        change(session, Elder, sealed=the_vault().seal(facts, f"elder:{elder}"))

    assert credit(NOVEMBER).reasons == {"waived": 1}
    assert credit(DECEMBER).credited == 1


# What stands afterwards.

OPENING = CARRIED.replace("year_limit = true", "year_limit = true\nopening_counts = true").replace(
    'missed_month = "next_month"\n', ""
)


def test_a_year_begins_with_what_the_last_one_left_of_this_purse(site):
    """Not another purse's, not what has expired, not what was put in this year, nobody else's."""
    elder, other = make_elder(site=site), make_elder("李桂花", site=site)
    in_force(OPENING, since=NOVEMBER)
    for month in (NOVEMBER, DECEMBER):
        credit(month, scheme="long")
    credit(DECEMBER, scheme="care")
    correct(elder, 700, expires_on=date(2026, 12, 31), now=at(DECEMBER))
    correct(elder, 50, expires_on=date(2027, 1, 1), now=at(DECEMBER))
    correct(other, 3000, expires_on=None, now=at(DECEMBER))
    correct(other, 9, expires_on=None, now=at(JANUARY))

    credit(JANUARY, scheme="long")

    with transaction() as session:
        rows = session.execute(select(YEAR).where(YEAR.c.year == 2027).order_by(YEAR.c.elder_id)).all()
        assert list(purse_problems(session)) == []
    assert [(row.elder_id, row.opening_fen, row.credited_fen, row.drawn_fen) for row in rows] == [
        (elder, 16050, 8000, 0),
        (other, 19000, 8000, 0),
    ]
    credit(date(2027, 2, 1), scheme="long")
    with reading() as session:
        sums = session.execute(select(YEAR.c.opening_fen, YEAR.c.credited_fen).where(YEAR.c.year == 2027))
        assert sums.all() == [(16050, 16000), (19000, 16000)]


def correct(elder, fen, *, expires_on, now, scheme="long"):
    request = PurseCorrection(
        elder_id=elder,
        scheme=scheme,
        amount_fen=fen,
        expires_on=expires_on,
        reason="补发测试",
        key=f"fix-{elder}-{fen}-{now:%m}",
    )
    service.correct(request, actor=COMMAND, now=now)


def test_a_year_that_nothing_is_brought_into_begins_with_nothing(site):
    make_elder(site=site)
    in_force(CARRIED, since=DECEMBER)
    for month in (DECEMBER, JANUARY):
        credit(month, scheme="long")

    with reading() as session:
        assert session.execute(select(YEAR.c.year, YEAR.c.opening_fen, YEAR.c.credited_fen)).all() == [
            (2026, 0, 8000),
            (2027, 0, 8000),
        ]


def test_a_credit_keeps_by_whom_and_by_what_it_was_made(site, officer):
    elder = make_elder(site=site)
    credit_month(Job(NOVEMBER), actor=officer.actor, now=NOW, confirmed=clock.day_of(NOW))

    with reading() as session:
        line = session.execute(select(LINE)).one()
        lots = session.execute(select(LOT)).all()
    wanted = {
        "elder_id": elder, "scheme": "care", "kind": "credit", "amount_fen": 10000, "day": NOVEMBER, "month": "2026-11",
        "starts_on": NOVEMBER, "expires_on": date(2026, 11, 30), "version": "1",
        "recorded_at": NOW, "staff_id": officer.id, "entry_id": None, "serving_id": None, "key": None,
    }  # fmt: skip
    assert {name: getattr(line, name) for name in wanted} == wanted
    fields = {"class_code": "甲", "amount_fen": 10000}
    assert reason_of(line) == {"class_code": "甲", "code": "credit_month", "fields": fields}
    assert [tuple(row) for row in lots] == [(elder, "care", NOVEMBER, date(2026, 11, 30), 10000, False)]


HOURS = MONTHLY.replace("{ yuan = 100 }", "{ hours = 10, rate_yuan = 8 }")


def test_a_credit_in_hours_keeps_minutes_and_rate(app):
    make_elder(site=make_site())
    in_force(HOURS)
    credit(NOVEMBER)

    with reading() as session:
        line = session.execute(select(LINE)).one()
    assert line.amount_fen == 8000
    assert {name: reason_of(line)[name] for name in ("minutes", "rate_fen")} == {"minutes": 600, "rate_fen": 800}


# The runs.


def test_a_finished_run_begins_anew_and_counts_from_nothing(site, officer):
    for name in ("甲", "乙"):
        make_elder(name, site=site)
    make_elder("丙", site=site, birth_day=date(1960, 1, 1))
    first = credit(NOVEMBER)
    make_elder("丁", site=site)
    later = datetime(2026, 11, 22, tzinfo=UTC)

    credit_month(Job(NOVEMBER), actor=officer.actor, now=later, confirmed=clock.day_of(later))

    second = run_of(Job(NOVEMBER))
    names = ("passes", "total", "done", "credited", "amount_fen", "before", "reasons", "staff_id")
    assert [getattr(first, name) for name in names] == [1, 3, 3, 2, 20000, 0, {"age_month": 1}, None]
    assert [getattr(second, name) for name in names] == [2, 4, 4, 1, 10000, 2, {"age_month": 1}, officer.id]
    assert second.started_at == second.seen_at == second.finished_at == later
    assert step_credits(Job(NOVEMBER), actor=COMMAND, now=later) is True
    assert run_of(Job(NOVEMBER)) == second
    assert run_of(Job(DECEMBER)) is None and run_of(Job(NOVEMBER, "care")) is None


def test_nobody_is_made_up_for_a_month_in_which_they_were_gone(site):
    """Away in the month before, or by now: neither gets the credit of the month before."""
    here, back, left = (make_elder(name, site=site, birth_day=date(1950, 1, 1)) for name in "甲乙丙")
    in_force(CARRIED, since=date(2026, 10, 1))
    make_life_event(back, "moved", date(2026, 9, 1), date(2026, 10, 31))
    make_life_event(left, "died", date(2026, 10, 20))

    credit(NOVEMBER)

    with reading() as session:
        made = session.execute(select(LINE.c.elder_id, LINE.c.month).order_by(LINE.c.elder_id, LINE.c.month)).all()
    assert made == [(here, "2026-10"), (here, "2026-11"), (back, "2026-11")]


def test_a_run_of_one_scheme_makes_up_that_one_alone(site):
    elder = make_elder(site=site)
    in_force(CARRIED, since=date(2026, 10, 1))
    in_force(CARRIED.replace('"long"', '"other"'), since=date(2026, 10, 1))

    credit(NOVEMBER, scheme="long")

    with reading() as session:
        made = session.execute(select(LINE.c.elder_id, LINE.c.scheme, LINE.c.month).order_by(LINE.c.month)).all()
    assert made == [(elder, "long", "2026-10"), (elder, "long", "2026-11")]


def test_who_lives_where_no_scheme_credits_is_told_so(site):
    make_elder("丁", path=THERE)

    assert credit(NOVEMBER).reasons == {"no_purse": 1}


def test_the_page_of_the_runs_sums_what_was_credited_and_what_lapses(site):
    """Credits of a year; lapsed is what ended before today, soon what ends from today to the tenth day after."""
    first, second = make_elder(site=site), make_elder("李桂花", site=site)
    in_force(CARRIED.replace('missed_month = "next_month"\n', ""), since=date(2025, 1, 1))
    credit(date(2025, 10, 1), scheme="long")
    credit(date(2025, 11, 1), scheme="long")
    credit(NOVEMBER)
    for place, last in enumerate((20, 21, 30), 1):  # two days, as November's own lot ends on the 30th
        correct(first, place, expires_on=date(2026, 11, last), now=NOW, scheme="care")
    correct(second, 40, expires_on=DECEMBER, now=NOW, scheme="care")
    correct(second, 500, expires_on=date(2026, 12, 2), now=NOW, scheme="care")

    board = credit_board(day=TODAY)

    assert [tuple(row) for row in board.totals] == [
        ("2026-11", "care", 2, 20000),
        ("2026-11", "long", 2, 16000),
        ("2025-11", "long", 2, 16000),
    ]
    assert (board.lapsed, board.soon) == ((1, 1), (5 - 1, 20000 + 2 + 3 + 40))
    assert [(run.month, run.scheme) for run in board.runs] == [
        ("2026-11", ""),
        ("2025-11", "long"),
        ("2025-10", "long"),
    ]
    assert board.schemes == ("care", "long")
    assert credit_board(day=date(2030, 1, 1)).totals == []


def test_a_page_of_runs_shows_the_latest_two_dozen(site):
    at_ = {"done": 0, "total": 0, "credited": 0, "amount_fen": 0, "before": 0, "reasons": {}, "cursor": 0, "passes": 1}
    with transaction() as session:
        for number in range(25):
            month = f"{2024 + number // 12}-{number % 12 + 1:02}"
            session.execute(RUN.insert().values(**at_, month=month, scheme="", area="", started_at=NOW, seen_at=NOW))

    runs = credit_board(day=TODAY).runs

    assert len(runs) == 24 and (runs[0].month, runs[-1].month) == ("2026-01", "2024-02")


def test_a_scheme_ended_since_stays_among_those_to_choose_from(site):
    make_elder(site=site)
    credit(NOVEMBER)
    with transaction() as session:
        change(session, SchemeVersion, valid_to=date(2026, 11, 30))

    assert credit_board(day=date(2026, 12, 5)).schemes == ("care",)
    assert credit_board(day=date(2028, 12, 5)).schemes == ()


def test_reasons_are_told_in_words_the_most_frequent_first():
    words = reason_words({"gone": 1, "age_month": 3, "no_purse": 1, "hardly": 2, "credit_later": 1})

    assert words == [
        ("不在年龄范围内", 3),
        ("hardly", 2),
        ("按季度、半年或年计入,本月不计", 1),
        ("已去世或迁出", 1),
        ("所在地区没有带额度的方案", 1),
    ]


def test_a_reason_of_many_is_told_without_one_persons_facts():
    def translate(text: str) -> str:
        return {"已去世或迁出": "of %(age)s, %(own_bp)s%% for %(name)s"}.get(text, text)

    assert reason_words({"gone": 1}, translate) == [("of …, …% for …", 1)]


def test_months_to_choose_from():
    assert months_to_credit(NOW) == ["2026-12", "2026-11", "2026-10", "2026-09"]


def test_a_run_leaves_two_lines_in_the_trail(site, officer):
    make_elder(site=site)
    credit_month(Job(NOVEMBER, "care", "金溪县"), actor=officer.actor, now=NOW, confirmed=clock.day_of(NOW))

    with reading() as session:
        kept = session.execute(
            select(Audit.action, Audit.subject, Audit.detail).where(Audit.action != "write").order_by(Audit.id)
        ).all()
    where = {"scheme": "care", "area": "金溪县"}
    assert [tuple(row) for row in kept][-2:] == [
        ("begin_credits", "month:2026-11", where),
        ("credit_month", "month:2026-11", where | {"credited": 1, "amount_fen": 10000}),
    ]


def test_a_lot_without_end_is_kept_as_such(site):
    make_elder(site=site)
    in_force(CARRIED, since=NOVEMBER)
    credit(NOVEMBER, scheme="long")

    with reading() as session:
        assert session.execute(select(LOT.c.expires_on, LOT.c.by_year)).all() == [(NEVER, True)]
