"""Applications from the form to the letter: what is kept of each step, who sees it in which order, and every refusal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
from factories import NOW, TODAY, VILLAGE, make_area, make_elder, make_life_event, make_site, make_staff
from PIL import Image
from sqlalchemy import select

from canteen.audit.models import Audit
from canteen.base.access import COMMAND
from canteen.base.db import reading, transaction
from canteen.base.errors import BadInput
from canteen.base.vault import the_vault
from canteen.entitlements import work_calendar
from canteen.entitlements.applications import photos, pictures
from canteen.entitlements.applications.desk import desk, find_elders
from canteen.entitlements.applications.models import APPLICATION, DECISION, DOCUMENT, NOTICE, OBJECTION
from canteen.entitlements.applications.page import application_page
from canteen.entitlements.applications.public_lists import notice_page, notices
from canteen.entitlements.elder_page import elder_page
from canteen.entitlements.models import WORK_DAY, WORK_YEAR
from canteen.entitlements.requests import ApplicantAgent, DocumentInput, ObjectionInput, PublicityInput
from canteen.entitlements.service import applications, public_lists, rights
from canteen.entitlements.work_calendar import DayEntry
from canteen.people.models import Elder
from canteen.people.queries import ELDER
from canteen.schemes.models import SchemeVersion
from canteen.staff.models import Staff
from tests.entitlements.office import SCHEME, approve, asking, at, decide, post, show, switch, take
from tests.told import told_where
from tests.trail import change

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
ONE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
QUICK = SCHEME.replace('publicity = { days = 7, counts = "natural" }\n', "").replace('id = "care"', 'id = "quick"')


def rows(table, *names):
    with reading() as session:
        return [tuple(row) for row in session.execute(select(*table.c[names]).order_by(*table.primary_key))]


def trail(action: str) -> list[tuple[str, dict]]:
    with reading() as session:
        found = session.execute(select(Audit.subject, Audit.detail).where(Audit.action == action).order_by(Audit.id))
        return [tuple(row) for row in found]


def give_up(elder: int, text: str, office) -> None:
    """A right that was there and is over, so that a new application may be taken."""
    right = elder_page(elder, actor=office.county.actor, today=TODAY).rights[0]
    rights.end_entitlement(right.id, TODAY, text, actor=office.county.actor, now=NOW)


# Taking one.


def test_what_is_taken_down_is_kept(office):
    elder = make_elder(site=office.site)
    agent = ApplicantAgent(name="王大虎", relation="儿子", phone="13812345678", consent="签了委托书")
    number = take(
        office, elder, applicant="relative", agent=agent, note="行动不便", applied_on=YESTERDAY, channel="paper"
    )

    row = application_page(number, actor=office.county.actor, today=TODAY).row
    assert (row.number, row.scheme, row.version_id, row.area_id, row.area_path) == (
        "测字〔2026〕0001号", "care", office.version_id, make_area(VILLAGE), VILLAGE
    )  # fmt: skip
    assert (row.purpose, row.applicant, row.channel, row.applied_on) == ("new", "relative", "paper", YESTERDAY)
    assert (row.state, row.step, row.step_since, row.taken_by, row.closed_on, row.notice_way) == (
        "open", 0, TODAY, office.clerk.id, None, ""
    )  # fmt: skip
    page = application_page(number, actor=office.county.actor, today=TODAY)
    assert page.facts == {
        "name": "王大虎",
        "relation": "儿子",
        "phone": "13812345678",
        "consent": "签了委托书",
        "note": "行动不便",
        "class_code": "二类",
    }
    assert trail("take_application") == [(f"application:{number}", {"elder": elder, "scheme": "care"})]


def test_forms_are_numbered_by_scheme_and_year_of_the_application(office):
    other = switch(QUICK)
    first, second, third = (make_elder(name, site=office.site) for name in "甲乙丙")

    take(office, first)
    take(office, second, applied_on=date(2025, 12, 31))
    take(office, second, version_id=other, key="2" * 32)
    take(office, third)

    assert rows(APPLICATION, "number") == [
        ("测字〔2026〕0001号",), ("测字〔2025〕0001号",), ("测字〔2026〕0001号",), ("测字〔2026〕0002号",)
    ]  # fmt: skip


NOT_OPEN = ("这个方案现在不接受申请", "请选择正在执行的方案", "not_open")


def test_what_is_not_taken_and_why(office):
    plain = switch('id = "plain"\nversion = "1"\nname = "免申请"\nstack_group = "p"\namount = { kind = "free" }\n')
    far = switch(SCHEME.replace('id = "care"', 'id = "far"'), path="临川区")
    hukou = switch(
        SCHEME.replace('id = "care"', 'id = "hukou"').replace("[approval]\n", '[approval]\nwhere = "hukou"\n', 1)
    )
    own = switch(
        SCHEME.replace('id = "care"', 'id = "own"').replace("[approval]\n", '[approval]\napplicants = ["elder"]\n', 1)
    )
    elder, gone, nowhere = (make_elder(name, site=office.site) for name in "甲乙丙")
    make_life_event(gone, "died", TODAY)
    with transaction() as session:
        change(session, Elder, Elder.id == nowhere, hukou_area_id=None)

    cases = {
        "tomorrow's": ({"applied_on": TOMORROW}, ("申请日期不能在今天之后", "", "applied_on")),
        "of a version nobody knows": ({"version_id": 99}, ("没有找到这个方案", "请返回重新选择", "")),
        "of a scheme that asks for none": (
            {"version_id": plain},
            ("这个方案不需要申请", "符合条件的老人用餐时自动按方案补助", ""),
        ),
        "of another area's scheme": (
            {"version_id": far},
            ("这个方案不在申请人所在的地区执行", "请选择本地的方案", "not_open"),
        ),
        "by somebody the scheme does not let": (
            {"version_id": own, "applicant": "relative"},
            ("这个方案不接受这种申请人", "", "applicant"),
        ),
        "without the area that would act": (
            {"version_id": hukou, "elder_id": nowhere},
            ("没有登记户籍所在的村(社区),不知道由哪里受理", "请先在老人页面补登户籍", "no_hukou"),
        ),
        "of somebody who died": (
            {"elder_id": gone},
            ("登记显示这位老人已去世或迁出", "登记错了的请先在老人页面撤销;否则这份申请不能办理", "elder_gone"),
        ),
        "of nobody": ({"elder_id": 99}, ("没有找到这位老人", "请重新查找", "")),
        "a change of nothing": (
            {"purpose": "change"},
            ("这位老人在这个方案下没有资格,不能变更", "请按新申请办理", "nothing_to_change"),
        ),
    }
    for name, (changed, said) in cases.items():
        asked = replace(asking(office, elder), **changed)
        assert (
            told_where(lambda asked=asked: applications.take_application(asked, actor=office.clerk.actor, now=NOW))
            == said
        ), name
    assert rows(APPLICATION, "id") == []
    assert applications.take_application(asking(office, elder, version_id=hukou), actor=office.clerk.actor, now=NOW)


def test_an_open_one_and_a_right_stand_against_another(office):
    elder = make_elder(site=office.site)
    take(office, elder)
    assert told_where(lambda: take(office, elder, key="f" * 32)) == (
        "这位老人已经申请了这个方案,编号 测字〔2026〕0001号,还没有办结",
        "请打开那份申请继续办理",
        "already_applied",
    )
    other = make_elder("李桂花", site=office.site)
    approve(office, other)
    assert told_where(lambda: take(office, other, day=TODAY + timedelta(days=8), key="e" * 32))[0] == (
        "这位老人在这个方案下已有资格,不能重复认定"
    )
    give_up(other, "放弃", office)
    assert take(office, other, day=TODAY + timedelta(days=9), key="d" * 32)


def test_the_area_that_acts_is_of_the_residence_or_of_the_hukou_as_the_scheme_says(office):
    hukou = switch(
        SCHEME.replace('id = "care"', 'id = "hukou"').replace("[approval]\n", '[approval]\nwhere = "hukou"\n', 1)
    )
    elder = make_elder(site=office.site, hukou="金溪县/云溪镇/石门村")

    take(office, elder)
    take(office, elder, version_id=hukou, key="1" * 32)

    assert rows(APPLICATION, "area_id") == [(make_area(VILLAGE),), (make_area("金溪县/云溪镇/石门村"),)]


# Papers.


def test_papers_are_kept_with_issuer_and_day_and_the_page_names_them(office):
    number = take(office, make_elder(site=office.site))
    show(office, number)
    show(office, number, "ability_assessment", issuer="县医院", day=YESTERDAY, note="上门", ability="disabled")
    show(office, number, "other", day=None)

    found = application_page(number, actor=office.county.actor, today=TODAY).documents
    assert [(one.kind, one.words, one.issuer, one.day, one.note, one.ability, one.has_photo) for one in found] == [
        ("id_card", "身份证", "公安局", TODAY.isoformat(), "", "", False),
        ("ability_assessment", "", "县医院", YESTERDAY.isoformat(), "上门", "disabled", False),
        ("other", "", "公安局", "", "", "", False),
    ]
    assert {one.recorded_by for one in found} == {office.clerk.actor.name}
    assert trail("add_document") == [(f"application:{number}", {"photo": False})] * 3


def test_a_paper_of_another_kind_or_day_or_of_a_closed_application_is_not_kept(office):
    number = take(office, make_elder(site=office.site))

    def add(**changed: object) -> None:
        facts = {"application_id": number, "kind": "id_card", "issuer": "x", "day": TODAY, "note": ""} | changed
        applications.add_document(DocumentInput(**facts), actor=office.clerk.actor, now=NOW)

    assert told_where(lambda: add(day=TOMORROW)) == ("日期不能在今天之后", "", "day")
    assert told_where(lambda: add(kind="passport")) == ("请从列表中选择材料", "", "kind")
    assert told_where(lambda: add(application_id=99)) == ("没有找到这份申请", "请从申请列表重新选择", "")
    applications.withdraw(number, "放弃", actor=office.clerk.actor, now=NOW)
    assert told_where(add) == ("这份申请已经办结", "请刷新页面查看结果", "application_closed")
    assert rows(DOCUMENT, "id") == []


def picture(width: int, height: int, kind: str = "PNG") -> bytes:
    made = BytesIO()
    Image.new("1" if kind == "PNG" else "L", (width, height)).save(made, kind)
    return made.getvalue()


UNREADABLE = ("这个文件不是能读的照片", "请用 JPEG、PNG 或 WebP 格式的照片", "photo")
TOO_WIDE = ("照片的尺寸太大", "请把照片缩小后再上传", "photo")
PICTURES = {
    "a small one as it is": (picture(30, 20), (30, 20)),
    "a wide one made smaller": (picture(4000, 1000), (2000, 500)),
    "a high one made smaller": (picture(1000, 4000), (500, 2000)),
    "as large as may be": (picture(4000, 4000), (2000, 2000)),
    "a line too many": (picture(4000, 4001), TOO_WIDE),
    "as many bytes as may be, and no picture": (b"0" * pictures.MOST_BYTES, UNREADABLE),
    "a byte more": (b"0" * (pictures.MOST_BYTES + 1), ("照片太大,最多 8 MB", "", "photo")),
}


@pytest.mark.parametrize(("content", "kept"), PICTURES.values(), ids=PICTURES)
def test_pictures_are_made_small_or_told(content, kept):
    if len(kept) == 3:
        assert told_where(lambda: pictures.as_jpeg(content)) == kept
        return
    with Image.open(BytesIO(pictures.as_jpeg(content))) as image:
        assert (image.format, image.size) == ("JPEG", kept)


def test_a_camera_may_have_more_points_than_a_drawing():
    content = picture(6000, 4000, "JPEG")  # 24 million, more than the 16 of other formats

    assert Image.open(BytesIO(pictures.as_jpeg(content))).size == (2000, 1333)


@ONE
def test_a_picture_is_kept_until_it_is_forgotten(app):
    name = photos.keep(picture(30, 20))

    assert Image.open(BytesIO(photos.kept(name))).size == (30, 20)
    photos.forget(name)
    photos.forget(name)
    assert told_where(lambda: photos.kept(name))[:2] == ("照片文件不在了", "请联系管理员检查备份,或重新拍照上传")


@ONE
def test_a_picture_is_opened_by_who_reaches_its_application_and_that_is_kept(office):
    number = take(office, make_elder(site=office.site))
    for photo in (b"", picture(30, 20)):
        document = DocumentInput(application_id=number, kind="id_card", issuer="x", day=None, note="", photo=photo)
        applications.add_document(document, actor=office.clerk.actor, now=NOW)

    assert applications.open_photo(2, actor=office.county.actor, now=NOW).startswith(b"\xff\xd8")
    assert trail("open_photo") == [(f"application:{number}", {"document": 2})]
    far = make_staff("civil_affairs", path="临川区")
    missing = ("没有找到这张照片", "请从申请页面打开", "")
    assert told_where(lambda: applications.open_photo(1, actor=office.county.actor, now=NOW)) == missing
    assert told_where(lambda: applications.open_photo(99, actor=office.county.actor, now=NOW)) == missing
    assert told_where(lambda: applications.open_photo(2, actor=far.actor, now=NOW))[0] == "没有找到这份申请"
    assert [one.has_photo for one in application_page(number, actor=office.county.actor, today=TODAY).documents] == [
        False, True
    ]  # fmt: skip


# Steps.


def test_a_step_that_is_passed_leads_to_the_next_and_the_last_to_the_right(office):
    version = switch(QUICK)
    elder = make_elder(site=office.site)
    number = take(office, elder, version_id=version)
    show(office, number)
    later = TODAY + timedelta(days=3)

    assert decide(office.village, number, 0, later, opinion="属实") == "open"
    page = application_page(number, actor=office.county.actor, today=later)
    assert (page.case.position, page.case.step_since, page.step.name) == (1, later, "镇复审")
    assert (page.starts, page.action, page.missing, page.against) == (later, "decide", (), None)
    assert (page.refused.code, page.not_yet) == ("wrong_level", None)
    assert application_page(number, actor=office.township.actor, today=later).refused is None
    assert decide(office.township, number, 1, later) == "open"
    assert decide(office.county, number, 2, later) == "approved"

    closed = application_page(number, actor=office.county.actor, today=later)
    assert (closed.case.state, closed.row.step, closed.row.closed_on, closed.case.class_code) == (
        "approved",
        2,
        later,
        "二类",
    )
    assert (closed.step, closed.starts, closed.refused, closed.not_yet, closed.action) == (
        None,
        None,
        None,
        None,
        "approved",
    )
    assert [(one.opinion, one.outcome, one.decided_on, one.is_stand_in) for one in closed.decisions] == [
        ("属实", "passed", later, False), ("", "passed", later, False), ("", "passed", later, False)
    ]  # fmt: skip
    assert trail("decide_step") == [
        (f"application:{number}", {"step": step, "outcome": "passed", "stand_in": False}) for step in (0, 1, 2)
    ]
    assert told_where(lambda: decide(office.county, number, 2, later))[2] == "application_closed"


def test_a_refusal_closes_it_with_its_reason(office):
    number = take(office, make_elder(site=office.site))
    assert told_where(lambda: decide(office.village, number, 0, TODAY, "refused")) == (
        "不予通过要写明原因,原因会写进通知书", "", "opinion"
    )  # fmt: skip

    assert decide(office.village, number, 0, TOMORROW, "refused", "已由机构供养") == "refused"

    page = application_page(number, actor=office.county.actor, today=TOMORROW)
    assert (page.row.state, page.row.closed_on, page.decisions[0].opinion) == ("refused", TOMORROW, "已由机构供养")
    assert rows(DECISION, "application_id", "position", "step", "outcome", "decided_on", "decided_at", "staff_id") == [
        (number, 0, "村初审", "refused", TOMORROW, at(TOMORROW), office.village.id)
    ]


def test_a_scheme_may_let_a_refusal_go_without_a_reason_but_no_administrator(office):
    text = QUICK.replace("[approval]\n", "[approval]\nrefusal_needs_reason = false\n", 1)
    version = switch(text)
    silent, stand_in = (
        take(office, make_elder(name, site=office.site), version_id=version, key=name * 32) for name in "ab"
    )
    with transaction() as session:
        change(session, Staff, Staff.id == office.village.id, is_active=False)
    admin = make_staff("administrator")

    assert told_where(lambda: decide(admin, stand_in, 0, TODAY, "refused")) == (
        "系统管理员代办要写明原因",
        "",
        "opinion",
    )
    assert decide(admin, stand_in, 0, TODAY, "refused", "村里没有账号") == "refused"
    assert decide(make_staff("committee", path=VILLAGE), silent, 0, TODAY, "refused") == "refused"


STAND_INS = {
    "somebody of the village": ({}, "not_stand_in"),
    "an account that is closed": ({"is_active": False}, None),
    "another role": ({"role": "clerk"}, None),
    "of the township": ({"area_id": "金溪县/云溪镇"}, None),
    "of the next village": ({"area_id": "金溪县/云溪镇/石门村"}, None),
    "the applicant": ({"elder_id": 1}, None),
    "another elder": ({"elder_id": 2}, "not_stand_in"),
}


@pytest.mark.parametrize(("facts", "code"), STAND_INS.values(), ids=STAND_INS)
def test_an_administrator_stands_in_when_no_account_could_do_it(office, facts, code):
    applicant, _ = make_elder(site=office.site), make_elder("李桂花", site=office.site)
    number = take(office, applicant)
    values = {name: make_area(value) if name == "area_id" else value for name, value in facts.items()}
    if values:
        with transaction() as session:
            change(session, Staff, Staff.id == office.village.id, **values)

    refused = application_page(number, actor=make_staff("administrator").actor, today=TODAY).refused

    assert (refused and refused.code) == code


def test_who_took_it_down_is_nobody_to_stand_in_for(office):
    number = applications.take_application(
        asking(office, make_elder(site=office.site)), actor=office.village.actor, now=NOW
    )

    assert application_page(number, actor=make_staff("administrator").actor, today=TODAY).refused is None


def test_nobody_is_approved_whom_the_facts_do_not_fit_and_the_day_and_reason_are_told(office):
    version = switch(QUICK)
    elder = make_elder(site=office.site)
    number = take(office, elder, version_id=version)
    show(office, number)
    with transaction() as session:
        change(session, Elder, birth_day=date(1960, 1, 1))
    for position, who in enumerate((office.village, office.township)):
        decide(who, number, position, TODAY)

    page = application_page(number, actor=office.county.actor, today=TODAY)
    said, step, code = told_where(lambda: decide(office.county, number, 2, TODAY))

    assert (page.against.code, page.case.class_code) == ("age", "")
    assert said.startswith(f"按 {TODAY} 的登记情况不符合这个方案:") and said.endswith(page.against.words())
    assert (step, code) == ("请先在老人页面核对身份、户籍和居住地;确实不符合的请不予通过", "not_eligible")
    assert application_page(number, actor=office.county.actor, today=TODAY).case.position == 2


def test_a_withdrawal_keeps_its_reason_and_day(office):
    number = take(office, make_elder(site=office.site))
    applications.withdraw(number, "搬去儿子家", actor=office.clerk.actor, now=at(TOMORROW))

    page = application_page(number, actor=office.county.actor, today=TOMORROW)
    assert (page.row.state, page.row.closed_on, page.facts["withdrawn"], page.facts["note"]) == (
        "withdrawn", TOMORROW, "搬去儿子家", ""
    )  # fmt: skip
    assert trail("withdraw_application") == [(f"application:{number}", {})]


def test_a_letter_is_handed_over_once_there_is_a_decision(office):
    number = take(office, make_elder(site=office.site))
    assert told_where(lambda: applications.record_notice(number, "mail", actor=office.clerk.actor, now=NOW)) == (
        "这份申请还没有决定,没有通知书", "请先办结", "application_open"
    )  # fmt: skip
    decide(office.village, number, 0, TODAY, "refused", "已由机构供养")

    applications.record_notice(number, "mail", actor=office.clerk.actor, now=at(TOMORROW))

    assert rows(APPLICATION, "notice_on", "notice_way") == [(TOMORROW, "mail")]
    assert trail("hand_over_notice") == [(f"application:{number}", {"way": "mail"})]


# Lists.


def listing(office, numbers, **changed) -> PublicityInput:
    facts = {
        "version_id": office.version_id,
        "area_id": make_area(VILLAGE),
        "position": 0,
        "application_ids": tuple(numbers),
        "posted_on": TODAY,
        "place": "公开栏",
        "phone": "5260000",
    }
    return PublicityInput(**(facts | changed))


def test_a_list_is_of_one_scheme_one_area_and_one_step(office):
    version = switch(QUICK)
    elder = make_elder(site=office.site)
    number, quick = take(office, elder), take(office, elder, version_id=version, key="1" * 32)
    village, clerk = office.village.actor, office.clerk.actor

    def posting(who, numbers, **changed):
        return told_where(lambda: public_lists.post_list(listing(office, numbers, **changed), actor=who, now=NOW))

    nobody = ("请勾选要公示的申请", "", "applications")
    moved = ("勾选的申请里有的已经不在这一步", "请刷新页面后重新勾选", "step_decided")
    assert posting(village, []) == nobody == posting(village, range(1, 502))
    assert posting(village, [number], posted_on=TOMORROW) == ("张贴日期不能在今天之后", "", "posted_on")
    assert posting(village, [number], posted_on=YESTERDAY) == ("张贴日期早于这一步开始的日期", "", "posted_on")
    for changed in ({"position": 1}, {"version_id": version}, {"area_id": 1}):
        assert posting(village, [number], **changed) == moved
    assert posting(village, [number, quick]) == moved
    assert posting(clerk, [number])[2] == "same_person"
    assert posting(village, [quick], version_id=version) == ("「村初审」不需要公示", "可以直接审核", "no_publicity")
    assert rows(NOTICE, "id") == []


def test_a_list_hangs_as_long_as_its_scheme_says_and_shows_masked_names_by_group(office):
    names = (("王秀兰", "9组"), ("李桂花", "3组"), ("欧阳春", "3组"))
    elders = [make_elder(name, site=office.site, village_group=group) for name, group in names]
    numbers = [take(office, elder) for elder in elders]

    notice = public_lists.post_list(
        listing(office, [*reversed(numbers), numbers[0]]), actor=office.village.actor, now=NOW
    )

    last = TODAY + timedelta(days=7)
    assert rows(NOTICE, "id", "version_id", "area_id", "position", "step", "posted_on", "last_day", "place", "phone", "posted_by") == [
        (notice, office.version_id, make_area(VILLAGE), 0, "村初审", TODAY, last, "公开栏", "5260000", office.village.id)
    ]  # fmt: skip
    assert trail("post_list") == [
        (f"public_notice:{notice}", {"applications": sorted(numbers), "last_day": last.isoformat()})
    ]
    page = notice_page(notice, actor=office.county.actor)
    assert page.lines == (("李*花", "3组", "二类"), ("欧*春", "3组", "二类"), ("王*兰", "9组", "二类"))
    assert (page.area_path, page.scheme.name, page.row.id) == (VILLAGE, "测试助餐资格", notice)
    application = application_page(numbers[0], actor=office.county.actor, today=TODAY)
    assert [(one.id, one.step) for one in application.notices] == [(notice, "村初审")]
    assert application.clock.due == date(2026, 12, 4) and application.action == "documents"


def test_lists_are_shown_the_newest_first_to_those_in_reach(office):
    far_site = make_site("柳树村助餐点", path="金溪县/云溪镇/石门村")
    other_village = make_staff("committee", path="金溪县/云溪镇/石门村")
    first = take(office, make_elder(site=office.site))
    stranger = make_elder("李桂花", site=far_site, path="金溪县/云溪镇/石门村")
    second = applications.take_application(asking(office, stranger), actor=office.county.actor, now=NOW)
    third = take(office, make_elder("张三", site=office.site))
    lists = [
        post(office, (first,)),
        public_lists.post_list(
            listing(office, [second], area_id=make_area("金溪县/云溪镇/石门村")), actor=other_village.actor, now=NOW
        ),
        post(office, (third,)),
    ]
    one_more = post(office, (first, third), TODAY, now=at(TOMORROW))

    seen = [(row.id, row.names, row.area_path, name) for row, name in notices(office.county.actor, today=TODAY)]

    assert seen == [
        (one_more, 2, VILLAGE, "测试助餐资格"),
        (lists[2], 1, VILLAGE, "测试助餐资格"),
        (lists[1], 1, "金溪县/云溪镇/石门村", "测试助餐资格"),
        (lists[0], 1, VILLAGE, "测试助餐资格"),
    ]
    assert [row.id for row, _ in notices(other_village.actor, today=TODAY)] == [lists[1]]
    missing = ("没有找到这份公示", "请从公示列表重新选择", "")
    assert told_where(lambda: notice_page(lists[0], actor=other_village.actor)) == missing
    assert told_where(lambda: notice_page(99, actor=office.county.actor)) == missing


# Objections.


def test_an_objection_is_answered_once_by_somebody_of_the_step_who_did_not_write_it_down(office):
    number = take(office, make_elder(site=office.site))
    objection = ObjectionInput(application_id=number, received_on=YESTERDAY, by="邻居", text="他儿子有车")
    late = replace(objection, received_on=TOMORROW)
    assert told_where(lambda: public_lists.record_objection(late, actor=office.clerk.actor, now=NOW)) == (
        "日期不能在今天之后", "", "received_on"
    )  # fmt: skip
    public_lists.record_objection(objection, actor=office.clerk.actor, now=NOW)
    public_lists.record_objection(objection, actor=office.village.actor, now=NOW)

    def answer(which: int, who=office.village, **upheld) -> int:
        return public_lists.answer_objection(
            which, "车是侄子的", **({"is_upheld": False} | upheld), actor=who.actor, now=NOW
        )

    assert told_where(lambda: answer(99)) == ("没有找到这条异议", "请从申请页面重新打开", "")
    assert told_where(lambda: answer(1, office.township))[2] == "wrong_level"
    assert told_where(lambda: answer(2)) == ("异议由您登记,要由另一个人答复", "请由其他审核人员答复", "own_record")
    assert answer(1) == number
    assert told_where(lambda: answer(1)) == ("这条异议已经答复", "请刷新页面查看", "answered")
    page = application_page(number, actor=office.county.actor, today=TODAY)
    assert [(one.by, one.text, one.answer, one.is_upheld, one.received_on) for one in page.objections] == [
        ("邻居", "他儿子有车", "车是侄子的", False, YESTERDAY),
        ("邻居", "他儿子有车", "", None, YESTERDAY),
    ]
    assert [(one.recorded_by, one.answered_by) for one in page.objections] == [
        (office.clerk.actor.name, office.village.actor.name), (office.village.actor.name, "")
    ]  # fmt: skip
    assert page.case.open_objections == 1
    assert trail("record_objection") == [(f"application:{number}", {})] * 2
    assert trail("answer_objection") == [(f"application:{number}", {"upheld": False})]
    assert rows(OBJECTION, "id", "answered_by")[0] == (1, office.village.id)


# The desk.


def test_the_desk_shows_open_applications_in_reach_the_most_urgent_first(office):
    far = make_staff("civil_affairs", path="临川区")
    names = {"甲": TODAY, "乙": date(2026, 11, 2), "丙": date(2026, 11, 16), "丁": TODAY, "戊": TODAY}
    numbers = {name: take(office, make_elder(name, site=office.site), day) for name, day in names.items()}
    applications.withdraw(numbers["丁"], "放弃", actor=office.clerk.actor, now=NOW)
    show(office, numbers["丙"])
    post(office, (numbers["丙"],), TODAY)
    no_limit = switch(QUICK.replace("limit_working_days = 10\n", "").replace('id = "quick"', 'id = "slow"'))
    take(office, make_elder("己", site=office.site), date(2026, 11, 1), version_id=no_limit)

    lines = desk(office.village.actor, today=TODAY)

    assert [(line.name, line.clock.due, line.clock.state, line.action, line.posted_until) for line in lines] == [
        ("乙", date(2026, 11, 16), "over", "documents", None),
        ("丙", date(2026, 11, 30), "calm", "wait", TODAY + timedelta(days=7)),
        ("甲", date(2026, 12, 4), "calm", "documents", None),
        ("戊", date(2026, 12, 4), "calm", "documents", None),
        ("己", None, "none", "documents", None),
    ]
    first = lines[0]
    assert (first.id, first.number, first.village_group, first.area_name, first.scheme, first.scheme_name) == (
        numbers["乙"], "测字〔2026〕0002号", "7组", "枫林村", "care", "测试助餐资格"
    )  # fmt: skip
    assert (first.class_code, first.version_id, first.area_id, first.position, first.step.name, first.is_mine) == (
        "二类", office.version_id, make_area(VILLAGE), 0, "村初审", True
    )  # fmt: skip
    assert desk(far.actor, today=TODAY) == []
    assert {line.is_mine for line in desk(office.county.actor, today=TODAY)} == {False}


def test_an_elder_is_found_for_an_application_within_reach(office):
    elder = make_elder(site=office.site)
    make_elder("王秀兰", path="临川区/石桥镇/柳树村")

    assert [one.id for one in find_elders("王秀兰", actor=office.clerk.actor, day=TODAY)] == [elder]
    assert len(find_elders("王秀兰", actor=COMMAND, day=TODAY)) == 2
    assert find_elders("", actor=COMMAND, day=TODAY) == []


# The calendar.


def test_the_calendar_of_a_year_as_it_stands(office):
    actor = office.county.actor
    rights.enter_days(DayEntry(date(2027, 1, 1), date(2027, 1, 3), False, "元旦"), actor=actor, now=NOW)
    rights.enter_days(DayEntry(date(2027, 1, 9), date(2027, 1, 9), True, "调休"), actor=actor, now=NOW)
    rights.enter_days(DayEntry(date(2027, 12, 31), date(2028, 1, 1), False, "跨年"), actor=actor, now=NOW)

    page = work_calendar.calendar_page(2027)

    assert (page.year, page.holidays, page.make_up_days) == (
        2027, (date(2027, 1, 1), date(2027, 12, 31)), (date(2027, 1, 9),)
    )  # fmt: skip
    assert [(row.day, row.is_working, row.name) for row in page.entered] == [
        (date(2027, 1, 1), False, "元旦"), (date(2027, 1, 2), False, "元旦"), (date(2027, 1, 3), False, "元旦"),
        (date(2027, 1, 9), True, "调休"), (date(2027, 12, 31), False, "跨年"),
    ]  # fmt: skip
    assert (page.is_provisional, page.source, page.came_with_program) == (True, "", False)
    rights.confirm_year(2027, "国办发明电〔2026〕8号", actor=actor, now=NOW)
    rights.confirm_year(2027, "国办发明电〔2026〕9号", actor=actor, now=NOW)
    page = work_calendar.calendar_page(2027)
    assert (page.is_provisional, page.source, page.came_with_program) == (False, "国办发明电〔2026〕9号", False)
    assert rows(WORK_YEAR, "year", "confirmed_at", "confirmed_by") == [(2027, NOW, office.county.id)]
    this_year = work_calendar.calendar_page(2026)
    assert (this_year.is_provisional, this_year.source, this_year.came_with_program) == (False, "", True)
    assert this_year.holidays[0] == date(2026, 1, 1) and this_year.make_up_days[0] == date(2026, 1, 4)
    assert trail("enter_work_days")[0] == (
        "work_calendar", {"first": "2027-01-01", "last": "2027-01-03", "working": False}
    )  # fmt: skip
    assert trail("confirm_work_year") == [("work_calendar", {"year": 2027})] * 2


def test_days_are_entered_anew_and_taken_back_once(office):
    actor = office.county.actor
    for name, working in (("放假", False), ("上班", True)):
        rights.enter_days(DayEntry(date(2027, 2, 1), date(2027, 2, 2), working, name), actor=actor, now=NOW)

    for _ in range(2):
        rights.remove_day(date(2027, 2, 1), actor=actor, now=NOW)

    assert rows(WORK_DAY, "day", "is_working", "name") == [(date(2027, 2, 2), True, "上班")]
    assert trail("remove_work_day") == [("work_calendar", {"day": "2027-02-01"})]


@pytest.mark.parametrize("last", [date(2026, 12, 31), date(2027, 2, 1)])
def test_a_span_nobody_means_is_not_entered(office, last):
    with pytest.raises(BadInput) as error:
        rights.enter_days(DayEntry(date(2027, 1, 1), last, False, "x"), actor=COMMAND, now=NOW)

    assert (str(error.value), error.value.field) == ("最后一天不能早于第一天,一次最多 31 天", "last")
    rights.enter_days(DayEntry(date(2027, 1, 1), date(2027, 1, 31), False, "x"), actor=COMMAND, now=NOW)
    assert len(rows(WORK_DAY, "day")) == 31


def test_a_scheme_that_ended_takes_nothing_more(office):
    with transaction() as session:
        change(session, SchemeVersion, valid_to=YESTERDAY)

    assert told_where(lambda: take(office, make_elder(site=office.site))) == NOT_OPEN


def test_an_assessment_counts_once_it_says_a_result_and_the_last_one_does(office):
    text = QUICK.replace('when = { any_status = ["dibao"] }', 'when = { ability = ["disabled"] }')
    version = switch(text + "\n[approval.assessment]\n")
    elder = make_elder(site=office.site, ability="able")
    number = take(office, elder, version_id=version)
    for day, ability in ((YESTERDAY, "disabled"), (TODAY, "")):
        show(office, number, "ability_assessment", day=day, ability=ability)
    show(office, number)
    show(office, number, "dibao_card")

    assert application_page(number, actor=office.county.actor, today=TODAY).case.class_code == "一类"
    show(office, number, "ability_assessment", day=TODAY, ability="able")
    page = application_page(number, actor=office.county.actor, today=TODAY)
    assert (page.case.class_code, page.needs_assessment, page.taken_by) == ("二类", False, office.clerk.actor.name)
    for position, who in enumerate((office.village, office.township, office.county)):
        decide(who, number, position, TODAY)
    with reading() as session:
        facts = the_vault().open(session.scalar(select(ELDER.c.sealed)), f"elder:{elder}")
    assert (facts["ability"], facts["ability_day"]) == ("able", TODAY.isoformat())


def test_an_older_assessment_does_not_take_the_place_of_a_later_one(office):
    version = switch(QUICK + "\n[approval.assessment]\n")
    elder = make_elder(site=office.site, ability="able")
    with transaction() as session:
        vault = the_vault()
        facts = vault.open(session.scalar(select(ELDER.c.sealed)), f"elder:{elder}") | {
            "ability_day": TODAY.isoformat()
        }
        change(session, Elder, sealed=vault.seal(facts, f"elder:{elder}"))
    number = take(office, elder, version_id=version)
    show(office, number)
    show(office, number, "ability_assessment", day=YESTERDAY, ability="disabled")
    for position, who in enumerate((office.village, office.township, office.county)):
        decide(who, number, position, TODAY)

    with reading() as session:
        facts = the_vault().open(session.scalar(select(ELDER.c.sealed)), f"elder:{elder}")
    assert (facts["ability"], facts["ability_day"]) == ("able", TODAY.isoformat())


def test_an_hour_is_no_day(office):
    """What is recorded just before midnight in China belongs to that day."""
    late = datetime(2026, 11, 21, 15, 59, tzinfo=NOW.tzinfo)
    number = applications.take_application(
        asking(office, make_elder(site=office.site)), actor=office.clerk.actor, now=late
    )

    assert rows(APPLICATION, "id", "step_since") == [(number, TODAY)]
