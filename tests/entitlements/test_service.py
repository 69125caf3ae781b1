"""Applications through all their steps, and everything that stops them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from factories import TODAY, VILLAGE, make_area, make_elder, make_life_event, make_staff
from sqlalchemy import func, select

from canteen.audit.models import Audit
from canteen.base.db import reading
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.entitlements.applications.desk import desk
from canteen.entitlements.applications.models import Application, StepDecision
from canteen.entitlements.applications.page import application_page
from canteen.entitlements.elder_page import elder_page
from canteen.entitlements.models import Entitlement
from canteen.entitlements.queries import approved_schemes, approved_schemes_of, approved_since
from canteen.entitlements.requests import ApplicantAgent, ObjectionInput, PublicityInput
from canteen.entitlements.service import applications, public_lists
from canteen.people.queries import load_elder
from tests.at_rest import leaks, rows_at_rest
from tests.entitlements.office import SCHEME, approve, asking, at, decide, post, show, switch, take

AFTER = TODAY + timedelta(days=8)


def held(elder_id: int, day: date) -> frozenset[str]:
    with reading() as session:
        return approved_schemes(session, elder_id=elder_id, day=day)


def count(model: type) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def refusal(act, *args, **kwargs) -> str:
    with pytest.raises(Refusal) as raised:
        act(*args, **kwargs)
    return raised.value.code


def test_an_application_through_village_township_and_county_becomes_a_right_from_its_day(office):
    elder = make_elder(site=office.site)

    application = approve(office, elder)

    assert held(elder, AFTER) == {"care"}
    assert held(elder, AFTER - timedelta(days=1)) == frozenset()
    with reading() as session:
        assert approved_schemes_of(session, elder_ids=[elder, elder + 1], day=AFTER) == {elder: {"care"}}
    page = application_page(application, actor=office.county.actor, today=AFTER)
    assert (page.case.state, page.case.class_code, page.row.number) == ("approved", "二类", "测字〔2026〕0001号")
    assert [(one.step, one.decided_by) for one in page.decisions] == [
        ("村初审", office.village.actor.name),
        ("镇复审", office.township.actor.name),
        ("县审批", office.county.actor.name),
    ]


def test_the_same_form_sent_twice_is_one_application(office):
    elder = make_elder(site=office.site)

    assert take(office, elder) == take(office, elder)
    assert count(Application) == 1


def test_a_second_application_or_right_for_the_same_scheme_is_refused(office):
    elder = make_elder(site=office.site)
    application = take(office, elder)
    assert refusal(take, office, elder, key="f" * 32) == "already_applied"

    applications.withdraw(application, "家人商量后放弃", actor=office.clerk.actor, now=at(TODAY))
    assert refusal(take, office, elder, key="e" * 32, purpose="change") == "nothing_to_change"

    other = make_elder("李桂花", site=office.site)
    approve(office, other)
    assert refusal(take, office, other, day=AFTER, key="d" * 32) == "already_entitled"


def test_a_change_ends_the_earlier_right_the_day_before(office):
    elder = make_elder(site=office.site)
    approve(office, elder)
    later = AFTER + timedelta(days=30)

    second = take(office, elder, later, key="c" * 32, purpose="change")
    show(office, second)
    post(office, (second,), later)
    done = later + timedelta(days=8)
    for position, who in enumerate((office.village, office.township, office.county)):
        decide(who, second, position, done)

    rights = elder_page(elder, actor=office.county.actor, today=done).rights
    assert [(one.from_day, one.to_day) for one in rights] == [(done, None), (AFTER, done - timedelta(days=1))]


@pytest.mark.parametrize(
    ("who", "code"), [("clerk", "same_person"), ("township", "wrong_level"), ("county", "wrong_level")]
)
def test_only_the_office_of_the_step_decides_it(office, who, code):
    application = take(office, make_elder(site=office.site))
    show(office, application)
    post(office, (application,))

    assert refusal(decide, getattr(office, who), application, 0, AFTER) == code


def test_who_took_or_decided_it_does_not_decide_the_next_step(office):
    elder = make_elder(site=office.site)
    application = applications.take_application(asking(office, elder), actor=office.village.actor, now=at(TODAY))
    show(office, application)
    assert refusal(post, office, (application,)) == "same_person"


def test_an_administrator_stands_in_only_where_nobody_else_can_and_says_why(office):
    admin = make_staff("administrator")
    elder = make_elder(site=office.site, path="金溪县/云溪镇/石门村")
    with_officer, alone = take(office, make_elder("李桂花", site=office.site)), take(office, elder, key="b" * 32)
    for one in (with_officer, alone):
        show(office, one)

    assert refusal(decide, admin, with_officer, 0, TODAY, "refused", "代办") == "not_stand_in"
    with pytest.raises(BadInput) as raised:
        decide(admin, alone, 0, TODAY, "refused")
    assert raised.value.field == "opinion"
    assert decide(admin, alone, 0, TODAY, "refused", "村里没有账号") == "refused"
    page = application_page(alone, actor=admin.actor, today=TODAY)
    assert page.decisions[0].is_stand_in
    with reading() as session:
        detail = session.scalars(select(Audit.detail).where(Audit.action == "decide_step")).one()
    assert (detail["step"], detail["outcome"], detail["stand_in"]) == (0, "refused", True)


def test_who_fits_a_scheme_without_classes_is_not_warned_of(office):
    text = SCHEME[: SCHEME.index("[[classes]]")].replace('id = "care"', 'id = "plain"')
    text += 'amount = { kind = "free" }\n' + SCHEME[SCHEME.index("[approval]") : SCHEME.index("[[approval.documents]]")]
    version = switch(text)
    fits, young = make_elder(site=office.site), make_elder("李年轻", birth_day=date(1960, 1, 1), site=office.site)

    for elder, reason in ((fits, None), (young, "age")):
        application = take(office, elder, version_id=version)
        against = application_page(application, actor=office.county.actor, today=TODAY).against
        assert (against and against.code) == reason


def test_a_step_waits_for_papers_for_the_list_and_for_answers(office):
    application = take(office, make_elder(site=office.site))
    assert refusal(decide, office.village, application, 0, TODAY) == "documents_missing"
    show(office, application)
    assert refusal(decide, office.village, application, 0, TODAY) == "not_posted"
    post(office, (application,))
    assert refusal(decide, office.village, application, 0, TODAY + timedelta(days=7)) == "still_posted"
    objection = ObjectionInput(application_id=application, received_on=TODAY, by="", text="他儿子有车")
    public_lists.record_objection(objection, actor=office.clerk.actor, now=at(TODAY))
    assert refusal(decide, office.village, application, 0, AFTER) == "objection_open"

    page = application_page(application, actor=office.village.actor, today=AFTER)
    public_lists.answer_objection(
        page.objections[0].id, "已入户核实,车是侄子的", is_upheld=False, actor=office.village.actor, now=at(AFTER)
    )
    assert decide(office.village, application, 0, AFTER) == "open"


def test_who_wrote_an_objection_down_does_not_answer_it(office):
    application = take(office, make_elder(site=office.site))
    public_lists.record_objection(
        ObjectionInput(application_id=application, received_on=TODAY, by="", text="不符合"),
        actor=office.village.actor,
        now=at(TODAY),
    )
    found = application_page(application, actor=office.village.actor, today=TODAY).objections[0]

    assert (
        refusal(
            public_lists.answer_objection,
            found.id,
            "不成立",
            is_upheld=False,
            actor=office.village.actor,
            now=at(TODAY),
        )
        == "own_record"
    )


def test_papers_of_a_class_are_asked_of_that_class_only(office):
    poor = take(office, make_elder(site=office.site, statuses=("dibao",)))
    show(office, poor)

    page = application_page(poor, actor=office.village.actor, today=TODAY)

    assert page.missing == ("低保证",)
    assert page.action == "documents"


def test_a_refusal_needs_a_written_reason(office):
    application = take(office, make_elder(site=office.site))
    with pytest.raises(BadInput) as raised:
        decide(office.village, application, 0, TODAY, "refused")
    assert raised.value.field == "opinion"

    assert decide(office.village, application, 0, TODAY, "refused", "已享受机构供养") == "refused"
    assert held(application, TODAY) == frozenset()
    assert refusal(decide, office.village, application, 0, TODAY) == "application_closed"


def test_of_two_officers_at_once_one_wins_and_the_other_is_told(office):
    application = take(office, make_elder(site=office.site))
    other = make_staff("committee", path=VILLAGE)
    show(office, application)
    post(office, (application,))

    decide(office.village, application, 0, AFTER)

    assert refusal(decide, other, application, 0, AFTER) == "step_decided"
    assert count(StepDecision) == 1


def test_nobody_is_approved_whom_the_facts_do_not_fit(office):
    elder = make_elder(site=office.site, statuses=())
    application = take(office, elder)
    show(office, application)
    post(office, (application,))
    decide(office.village, application, 0, AFTER)
    decide(office.township, application, 1, AFTER)

    assert refusal(decide, office.county, application, 2, AFTER) == "not_eligible"
    assert count(Entitlement) == 0


@pytest.mark.parametrize("kind", ["died", "moved"])
def test_somebody_who_is_gone_gets_no_right(office, kind):
    elder = make_elder(site=office.site)
    make_life_event(elder, kind, TODAY)

    assert refusal(take, office, elder) == "elder_gone"


def test_out_of_reach_is_not_there(office):
    application = take(office, make_elder(site=office.site))
    stranger = make_staff("committee", path="金溪县/石桥镇/柳树村")

    with pytest.raises(NotFound):
        application_page(application, actor=stranger.actor, today=TODAY)
    with pytest.raises(NotFound):
        decide(stranger, application, 0, TODAY)
    assert desk(stranger.actor, today=TODAY) == []


def test_the_desk_shows_whose_turn_it_is_and_the_days_left(office):
    application = take(office, make_elder(site=office.site), TODAY)
    line = desk(office.village.actor, today=date(2026, 12, 3))[0]

    assert (line.id, line.step.name, line.is_mine, line.action) == (application, "村初审", True, "documents")
    assert (line.clock.due, line.clock.left, line.clock.state) == (date(2026, 12, 4), 1, "red")
    assert not desk(office.township.actor, today=TODAY)[0].is_mine


def test_nothing_an_applicant_said_lies_open_in_the_database(office):
    agent = ApplicantAgent(name="王大虎", relation="儿子", phone="13812345678", consent="签了委托书")
    application = take(office, make_elder(site=office.site), applicant="relative", agent=agent)
    show(office, application, "dibao_card", issuer="县民政局低保办")
    decide(office.village, application, 0, TODAY, "refused", "家有低保外收入")

    with reading() as session:
        found = rows_at_rest(session, ["application", "application_document", "step_decision", "audit", "elder"])
    assert leaks(("王大虎", "13812345678", "低保", "儿子", "委托书"), found) == []
    assert leaks(["王秀兰"], found) == [("table elder", "王秀兰")], "the search looked at nothing"


def test_an_assessment_is_asked_for_reaches_the_register_with_the_approval_and_sets_the_class(office):
    text = (
        SCHEME.replace('id = "care"', 'id = "able"').replace(
            "[[classes]]",
            '[[classes]]\ncode = "三类"\nwhen = { ability = ["disabled"] }\namount = { kind = "free" }\n\n[[classes]]',
            1,
        )
        + '\n[approval.assessment]\nonly_for = ["三类", "二类"]\nvalid_months = 6\n'
    )
    version = switch(text)
    elder = make_elder(site=office.site, ability="able")
    application = take(office, elder, version_id=version)
    show(office, application)
    asked = PublicityInput(
        version_id=version,
        area_id=make_area(VILLAGE),
        position=0,
        application_ids=(application,),
        posted_on=TODAY,
        place="公开栏",
        phone="5260000",
    )
    public_lists.post_list(asked, actor=office.village.actor, now=at(TODAY))
    decide(office.village, application, 0, AFTER)
    decide(office.township, application, 1, AFTER)

    assert refusal(decide, office.county, application, 2, AFTER) == "assessment_missing"
    show(office, application, "ability_assessment", day=date(2026, 3, 1), ability="disabled", issuer="县医院")
    assert refusal(decide, office.county, application, 2, AFTER) == "assessment_missing"  # older than six months
    show(office, application, "ability_assessment", day=TODAY, ability="disabled", issuer="县医院")
    assert load(elder, AFTER).person.ability == "able"
    assert decide(office.county, application, 2, AFTER) == "approved"

    assert load(elder, AFTER).person.ability == "disabled"
    assert elder_page(elder, actor=office.county.actor, today=AFTER).rights[0].class_code == "三类"


def test_half_year_batches_begin_on_their_day(office):
    version = switch(
        SCHEME.replace('id = "care"', 'id = "batch"')
        .replace("[approval]", '[approval]\nbatches = "half_year"\nvalid_months = 6')
        .replace('publicity = { days = 7, counts = "natural" }\n', "")
    )
    elder = make_elder(site=office.site)
    application = take(office, elder, version_id=version)
    show(office, application)
    for position, who in enumerate((office.village, office.township, office.county)):
        decide(who, application, position, TODAY)

    with reading() as session:
        assert approved_since(session, elder_id=elder, day=date(2027, 6, 30)) == {"batch": date(2027, 1, 1)}
    assert [held(elder, day) for day in (date(2026, 12, 31), date(2027, 1, 1), date(2027, 7, 1))] == [
        frozenset(),
        {"batch"},
        frozenset(),
    ]


def load(elder_id: int, day: date):
    with reading() as session:
        return load_elder(session, elder_id, day=day)
