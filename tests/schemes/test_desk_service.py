"""Drafts, two officers at once, switching on, ending and withdrawing, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from factories import NOW, TODAY, Person, make_area, make_elder, make_menu, make_site, make_staff
from flask import Flask
from sqlalchemy import select

from canteen.audit.models import Audit
from canteen.base.access import COMMAND
from canteen.base.db import reading, transaction
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.counter.requests import ServeRequest
from canteen.counter.servings import record_serving
from canteen.desk import queries, service
from canteen.desk.requests import EndVersion, NewDraft, PreviewRequest, SaveDraft, SwitchOn
from canteen.desk.trial import TryRequest, try_draft
from canteen.places.models import Area
from canteen.schemes.facts import Meal
from canteen.schemes.language.scheme import SchemeError
from canteen.schemes.models import SchemeDraft, SchemeVersion
from canteen.schemes.queries import schemes_in_force
from canteen.schemes.switching import switch_on
from tests.schemes.desk_texts import TEXT

DECEMBER = date(2026, 12, 1)


@pytest.fixture
def officer(app: Flask) -> Person:
    return make_staff("civil_affairs", name="民政甲")


@pytest.fixture
def other(officer: Person) -> Person:
    return make_staff("administrator", name="管理员乙")


def in_force(first: date = date(2026, 1, 1), text: str = TEXT) -> int:
    """The test scheme switched on for the county."""
    county = make_area("金溪县")
    with transaction() as session:
        return switch_on(session, text=text, area_id=county, valid_from=first, actor=COMMAND, at=NOW)


def begin(officer: Person, source: str = "empty", text: str = "", path: str = "金溪县") -> int:
    """A draft, with a text if given."""
    draft_id = service.start_draft(NewDraft(source, make_area(path)), actor=officer.actor, now=NOW)
    if text:
        assert service.save_draft(SaveDraft(draft_id, 1, text), actor=officer.actor, now=NOW) is None
    return draft_id


def ask(draft_id: int, first: date = DECEMBER, *, consent: bool = False, last: date | None = None) -> SwitchOn:
    with reading() as session:
        return SwitchOn(draft_id, session.get_one(SchemeDraft, draft_id).revision, first, last, consent)


def versions() -> list[tuple[str, date, date | None]]:
    with reading() as session:
        rows = session.execute(
            select(SchemeVersion.version, SchemeVersion.valid_from, SchemeVersion.valid_to).order_by(
                SchemeVersion.valid_from
            )
        )
        return [tuple(row) for row in rows]


def refusal(draft_id: int, person: Person, **how: object) -> str:
    with pytest.raises(Refusal) as refused:
        service.switch_on_draft(ask(draft_id, **how), actor=person.actor, now=NOW)  # type: ignore[arg-type]
    return refused.value.code


def test_a_new_version_is_written_by_one_and_switched_on_by_another(officer, other):
    version_id = in_force()
    draft_id = begin(officer, f"version:{version_id}")
    service.save_numbers(draft_id, 1, {"amount.own_percent": "40"}, actor=officer.actor, now=NOW)

    assert refusal(draft_id, officer) == "maker_is_checker"
    new_id = service.switch_on_draft(ask(draft_id), actor=other.actor, now=NOW)

    assert versions() == [("1", date(2026, 1, 1), date(2026, 11, 30)), ("2", DECEMBER, None)]
    assert service.switch_on_draft(ask(draft_id), actor=other.actor, now=NOW) == new_id  # a second click
    with reading() as session:
        found = {
            day: schemes_in_force(session, area_path="金溪县/云溪镇", day=day)[0].version
            for day in (TODAY, date(2026, 11, 30), DECEMBER)
        }
        text = session.get_one(SchemeVersion, version_id).text
        actions = session.scalars(select(Audit.action).where(Audit.action != "write").order_by(Audit.id)).all()
    assert list(found.values()) == ["1", "1", "2"]
    assert text == TEXT
    assert actions == ["switch_on_scheme", "start_scheme_draft", "save_scheme_draft", "switch_on_scheme"]


def test_who_is_alone_may_switch_on_their_own(officer):
    draft_id = begin(officer, text=TEXT)

    service.switch_on_draft(ask(draft_id), actor=officer.actor, now=NOW)

    assert versions() == [("1", DECEMBER, None)]
    with reading() as session:
        assert (
            session.scalars(
                select(Audit.action).where(Audit.action != "write").order_by(Audit.id.desc()).limit(1)
            ).one()
            == "switch_on_own_draft"
        )


@pytest.mark.parametrize("role", ["manager", "clerk"])
def test_who_has_no_right_does_not_count_as_a_second_person(officer, role):
    make_staff(role)
    make_staff("administrator", site=make_site())
    make_staff("civil_affairs", path="别县")

    service.switch_on_draft(ask(begin(officer, text=TEXT)), actor=officer.actor, now=NOW)


def test_two_officers_editing_lose_nothing(officer, other):
    draft_id = begin(officer, text=TEXT)
    mine, theirs = (
        TEXT.replace("own_percent = 50", "own_percent = 40"),
        TEXT.replace("own_percent = 50", "own_percent = 30"),
    )

    assert service.save_draft(SaveDraft(draft_id, 2, theirs), actor=other.actor, now=NOW) is None
    conflict = service.save_draft(SaveDraft(draft_id, 2, mine), actor=officer.actor, now=NOW)

    assert conflict is not None
    assert (conflict.their_name, conflict.their_text, conflict.text, conflict.revision) == ("管理员乙", theirs, mine, 3)
    assert queries.draft_page(officer.actor, draft_id).text == theirs
    assert service.save_draft(SaveDraft(draft_id, conflict.revision, mine), actor=officer.actor, now=NOW) is None
    assert service.save_draft(SaveDraft(draft_id, 2, mine), actor=officer.actor, now=NOW) is None  # a second click
    with pytest.raises(Refusal) as refused:
        service.discard_draft(draft_id, revision=3, actor=other.actor, now=NOW)
    assert refused.value.code == "draft_changed"


def test_what_was_looked_at_is_what_is_switched_on(officer, other):
    draft_id = begin(officer, text=TEXT)
    looked_at = ask(draft_id)
    service.save_draft(
        SaveDraft(draft_id, 2, TEXT.replace("rural = 400", "rural = 4000")), actor=officer.actor, now=NOW
    )

    with pytest.raises(Refusal) as refused:
        service.switch_on_draft(looked_at, actor=other.actor, now=NOW)

    assert refused.value.code == "draft_changed"
    assert versions() == []


def test_what_may_not_be_switched_on(officer, other):
    incomplete = begin(officer, text=TEXT.replace("rural = 400", 'rural = "?"'))
    wrong = begin(officer, text="id = 1")

    assert refusal(incomplete, other) == "scheme_incomplete"
    with pytest.raises(SchemeError):
        service.switch_on_draft(ask(wrong), actor=other.actor, now=NOW)
    with pytest.raises(BadInput):
        service.switch_on_draft(ask(incomplete, last=TODAY), actor=other.actor, now=NOW)
    assert versions() == []


@pytest.mark.parametrize("first", [date(2026, 11, 23), date(2026, 11, 1), TODAY], ids=["mid-month", "past", "today"])
def test_a_day_that_means_more_needs_consent(officer, other, first):
    draft_id = begin(officer, text=TEXT)

    assert refusal(draft_id, other, first=first) == "needs_consent"
    service.switch_on_draft(ask(draft_id, first, consent=True), actor=other.actor, now=NOW)

    assert versions() == [("1", first, None)]


def test_overlapping_versions_are_refused(officer, other):
    service.end_version(EndVersion(in_force(), date(2026, 12, 31), False), actor=officer.actor, now=NOW)
    draft_id = begin(officer, text=TEXT.replace('version = "1"', 'version = "2"'))

    assert refusal(draft_id, other) == "overlap"
    service.switch_on_draft(ask(draft_id, date(2027, 1, 1)), actor=other.actor, now=NOW)
    assert refusal(begin(officer, text=TEXT.replace('version = "1"', 'version = "3"')), other) == "overlap"
    with pytest.raises(Refusal):
        service.end_version(EndVersion(1, None, False), actor=officer.actor, now=NOW)


def test_two_officers_switching_on_at_once_leave_one_version_in_force(app, officer, other):
    in_force()
    asked = []
    for version in ("2", "3"):
        asked.append(ask(begin(officer, text=TEXT.replace('version = "1"', f'version = "{version}"'))))

    def press(one: SwitchOn) -> str:
        with app.app_context():
            try:
                service.switch_on_draft(one, actor=other.actor, now=NOW)
            except Refusal as refused:
                return refused.code
            return "done"

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(press, [*asked, *asked]))

    assert sorted(answers) == ["done", "done", "later_version", "later_version"]  # the same draft twice is one deed
    assert [first for _, first, last in versions() if last is None] == [DECEMBER]
    assert len(versions()) == 2


def test_a_version_in_use_is_never_edited(officer, other):
    in_force()

    assert refusal(begin(officer, text=TEXT.replace("rural = 400", "rural = 500")), other) == "version_in_use"
    draft_id = begin(officer, "version:1")
    service.switch_on_draft(ask(draft_id), actor=other.actor, now=NOW)
    with pytest.raises(Refusal):
        service.save_draft(SaveDraft(draft_id, 1, TEXT), actor=officer.actor, now=NOW)
    with pytest.raises(Refusal):
        service.discard_draft(draft_id, revision=1, actor=officer.actor, now=NOW)


def test_a_planned_version_is_withdrawn_and_its_draft_goes_on(officer, other):
    in_force()
    draft_id = begin(officer, "version:1")
    planned = service.switch_on_draft(ask(draft_id), actor=other.actor, now=NOW)

    service.withdraw_version(planned, actor=officer.actor, now=NOW)
    service.end_version(EndVersion(1, None, False), actor=officer.actor, now=NOW)

    assert versions() == [("1", date(2026, 1, 1), None)]
    assert [one.id for one in queries.drafts_for(officer.actor)] == [draft_id]
    with pytest.raises(Refusal) as refused:
        service.withdraw_version(1, actor=officer.actor, now=NOW)
    assert refused.value.code == "already_begun"


def test_ending_in_the_past_needs_consent(officer):
    version_id = in_force()

    with pytest.raises(Refusal):
        service.end_version(EndVersion(version_id, date(2026, 11, 1), False), actor=officer.actor, now=NOW)
    service.end_version(EndVersion(version_id, date(2026, 11, 1), True), actor=officer.actor, now=NOW)

    assert versions() == [("1", date(2026, 1, 1), date(2026, 11, 1))]


def test_an_officer_reaches_only_the_own_area(officer):
    township = make_staff("civil_affairs", path="金溪县/云溪镇")
    county_draft = begin(officer, text=TEXT)
    version_id = in_force()

    for deed in (
        lambda: queries.draft_page(township.actor, county_draft),
        lambda: service.start_draft(NewDraft("empty", make_area("金溪县")), actor=township.actor, now=NOW),
        lambda: service.save_draft(SaveDraft(county_draft, 2, "x"), actor=township.actor, now=NOW),
        lambda: service.end_version(EndVersion(version_id, None, False), actor=township.actor, now=NOW),
        lambda: service.switch_on_draft(ask(county_draft), actor=township.actor, now=NOW),
        lambda: queries.draft_page(replace(officer.actor, site_id=1), county_draft),
        lambda: service.start_draft(NewDraft("version:99", make_area("金溪县/云溪镇")), actor=township.actor, now=NOW),
    ):
        with pytest.raises(NotFound):
            deed()
    own = begin(township, f"version:{version_id}", path="金溪县/云溪镇/枫林村")
    assert queries.draft_page(township.actor, own).checked.version == "2"
    assert queries.drafts_for(township.actor)[0].id == own


def serve(site_id: int, elder_id: int, at: datetime, slot: str = "lunch") -> None:
    with transaction() as session:
        record_serving(
            session,
            ServeRequest(key=f"desk-{elder_id}-{at:%Y-%m-%d}-{slot}", site_id=site_id, elder_id=elder_id, slot=slot),
            actor=COMMAND,
            now=at,
        )


@pytest.fixture
def month(officer: Person) -> dict[str, int]:
    """Three elders of a village who ate on two days of October under the test scheme."""
    site = make_site(opened_on=date(2026, 1, 1))
    in_force()
    elders = {
        "six": make_elder("王秀兰", site=site),
        "none": make_elder("李无类", statuses=(), site=site),
        "urban": make_elder("张城里人", settlement="urban", site=site),
    }
    for day in (5, 6):
        make_menu(site, day=date(2026, 10, day), price_fen=1000)
        for elder_id in elders.values():
            serve(site.id, elder_id, datetime(2026, 10, day, 3, 42, tzinfo=NOW.tzinfo))
    return elders | {"site": site.id}


def preview(officer: Person, draft_id: int, app: Flask) -> queries.PreviewPage:
    service.start_preview(
        draft_id, PreviewRequest(DECEMBER), actor=officer.actor, now=lambda: NOW, settings=app.config["CANTEEN"]
    )
    found = queries.preview_page(officer.actor, draft_id, now=NOW)
    assert found is not None and found.totals is not None and found.state == "done"
    return found


def test_a_preview_counts_last_month_again(app, officer, month):
    text = TEXT.replace("rural = 400", "rural = 15").replace("own_percent = 50", "own_percent = 40")
    text = text.replace('age = { from = 80 }, all_status = ["hardship"]', "age = { from = 80 }")
    draft_id = begin(officer, text=text.replace('version = "1"', 'version = "2"'))

    found = preview(officer, draft_id, app)

    # Six: 20.00 at half was 10.00; now 15.00 of norm at 40 % own is 6.00, and 5.00 above the norm: 11.00.
    # None: was all own 20.00, is in the sixth class now: 11.00. Urban: 550 is enough, 40 % of 20.00 is 8.00.
    assert sorted(found.totals.changed) == sorted(
        [
            (month["six"], 2, 1000, 1100, "六类", "六类", 0, 0),
            (month["none"], 2, 2000, 1100, "", "六类", 0, 0),
            (month["urban"], 2, 1000, 800, "六类", "六类", 0, 0),
        ]
    )
    assert found.totals.own == [4000, 3000]
    assert found.totals.payers == {"jinxi\npublic": [2000, 3000]}
    assert found.totals.classes == {"六类": [2, 3], "": [1, 0]}
    lines = queries.change_lines(found.totals, kind="gain", page=0, whole_names=False)
    assert [(one.name, one.changed.own_before, one.changed.own_after) for one in lines] == [
        ("李*类", 2000, 1100),
        ("张**人", 1000, 800),
    ]
    assert queries.change_lines(found.totals, kind="lose", page=0, whole_names=True)[0].name == "王秀兰"


def test_a_preview_of_a_purse_tells_what_is_credited(app, officer, month):
    purse = """
id = "care"
version = "1"
name = "居家服务"
stack_group = "care"
purse = { credited = "half_year", expires = "year_end", pays_for = ["services"] }
[[classes]]
code = "甲"
when = { any_status = ["hardship"] }
credit = { yuan = { urban = 60, rural = 50 } }
"""
    with transaction() as session:
        county = session.scalars(select(Area.id).where(Area.path == "金溪县")).one()
        switch_on(
            session,
            text=purse.replace("rural = 50", "rural = 60"),
            area_id=county,
            valid_from=date(2026, 1, 1),
            actor=COMMAND,
            at=NOW,
        )

    found = preview(officer, begin(officer, text=purse.replace('version = "1"', 'version = "2"')), app)

    assert found.totals.credits == {"care": [12000, 11000]}
    assert found.totals.changed == [(month["six"], 2, 1000, 1000, "甲", "甲", 6000, 5000)]
    assert found.totals.classes == {"甲": [2, 2], "": [1, 1]}
    assert [one.name for one in queries.change_lines(found.totals, kind="lose", page=0, whole_names=False)] == ["王*兰"]


def test_the_same_scheme_again_changes_nobody(app, officer, month):
    draft_id = begin(officer, "version:1")

    found = preview(officer, draft_id, app)

    assert (found.totals.changed, found.totals.own) == ([], [4000, 4000])


def test_a_nearer_version_stands(app, officer, month):
    township = make_area("金溪县/云溪镇")
    with transaction() as session:
        switch_on(
            session,
            text=TEXT.replace('version = "1"', 'version = "t"'),
            area_id=township,
            valid_from=date(2026, 1, 1),
            actor=COMMAND,
            at=NOW,
        )
    draft_id = begin(
        officer, text=TEXT.replace("own_percent = 50", "own_percent = 0").replace('version = "1"', 'version = "2"')
    )

    assert preview(officer, draft_id, app).totals.changed == []


def test_a_preview_of_an_older_text_says_so(app, officer, month):
    draft_id = begin(officer, "version:1")
    preview(officer, draft_id, app)
    service.save_numbers(draft_id, 1, {"amount.own_percent": "10"}, actor=officer.actor, now=NOW)

    assert queries.preview_page(officer.actor, draft_id, now=NOW).is_old


def test_trying_a_draft_uses_up_norms_beside_the_other_schemes(app, officer, month):
    draft_id = begin(officer, text=TEXT.replace("rural = 400", "rural = 15").replace('version = "1"', 'version = "2"'))
    meals = tuple(
        Meal(day=date(2026, 11, day), slot="lunch", price_fen=1000, way="dine_in", site_area="金溪县/云溪镇/枫林村")
        for day in (2, 3, 4, 5)
    )

    tried = try_draft(officer.actor, draft_id, TryRequest(None, month["six"], meals, with_others=True))

    assert [one.decision.own_fen for one in tried] == [500, 750, 1000]
    assert [one.decision.verdicts[0].version for one in tried] == ["2"] * 3
    assert (tried[2].count, tried[2].last_day) == (2, date(2026, 11, 5))  # alike in all but the day
    foreign = make_elder("别处的人", path="别县/别镇/别村")
    with pytest.raises(NotFound):
        try_draft(officer.actor, draft_id, TryRequest(None, foreign, meals, with_others=True))


def test_the_command_switches_on(app, officer, tmp_path: Path):
    file = tmp_path / "scheme.toml"
    file.write_text(TEXT, "utf-8")
    make_area("金溪县")
    run = app.test_cli_runner().invoke

    refused = run(args=["scheme", "switch-on", str(file), "--area", "金溪县", "--from", "2000-01-01"])
    nowhere = run(args=["scheme", "switch-on", str(file), "--area", "无此县", "--from", "2000-01-01"])
    done = run(args=["scheme", "switch-on", str(file), "--area", "金溪县", "--from", "2000-01-01", "--yes"])

    assert (refused.exit_code, nowhere.exit_code, done.exit_code) == (1, 1, 0)
    assert versions() == [("1", date(2000, 1, 1), None)]
