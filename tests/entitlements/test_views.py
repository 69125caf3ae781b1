"""The office through its pages: what a person sees, presses and prints."""

from __future__ import annotations

import re
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from factories import TODAY, make_elder, make_menu, make_staff, sign_in
from flask import Flask
from PIL import Image
from sqlalchemy import select

from canteen.audit.models import Audit
from canteen.base import clock
from canteen.base.db import reading, transaction
from canteen.base.vault import the_vault
from canteen.counter.requests import ServeRequest
from canteen.counter.service import serve_meal
from canteen.entitlements.applications import pictures
from canteen.entitlements.applications.models import Application, ApplicationDocument
from canteen.entitlements.models import Entitlement
from canteen.entitlements.service import applications
from canteen.people import registry
from canteen.people.registry import StatusDraft
from canteen.schemes.builtin import builtin_schemes
from tests.entitlements.office import AUTOMATIC, SCHEME, at, post, show, switch, take
from tests.told import flashed

ONE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


class Desk:
    """A signed-in browser that posts forms with their token."""

    def __init__(self, app: Flask, person: Any) -> None:
        self.client = sign_in(app.test_client(), person)

    def get(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.get_data(as_text=True)

    def send(self, page: str, path: str, **form: Any) -> Any:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page))
        assert token
        return self.client.post(path, data={"csrf_token": token[1]} | form)


def picture(kind: str = "PNG", size: tuple[int, int] = (30, 20)) -> bytes:
    made = BytesIO()
    image = Image.new("RGB", size, "white")
    exif = image.getexif()
    exif[0x010F] = "SECRET-CAMERA"
    image.save(made, kind, exif=exif)
    return made.getvalue()


def one(model: type) -> Any:
    with reading() as session:
        return session.scalars(select(model).order_by(model.id.desc())).first()  # type: ignore[attr-defined]


def test_from_the_search_to_the_letter(app, office):
    """Clerk takes, village posts and passes, township and county pass, the letter is printed and handed over."""
    elder = make_elder("王秀兰", site=office.site)
    clerk = Desk(app, office.clerk)
    assert f"/entitlements/elders/{elder}" in clerk.get("/entitlements/apply?q=王秀兰")
    form = f"/entitlements/elders/{elder}/apply/{office.version_id}"
    key = re.search(r'name="key" value="([0-9a-f]{32})"', clerk.get(form))
    assert key
    first_day = clock.today() - timedelta(days=20)
    facts = {
        "key": key[1],
        "purpose": "new",
        "channel": "counter",
        "applicant": "relative",
        "applied_on": first_day.isoformat(),
    }

    wrong = clerk.send(form, form, **facts)
    assert wrong.status_code == 422
    assert wrong.get_data(as_text=True).count('role="alert"') == 4  # name, relation, phone, consent
    named = {"agent_name": "王大虎", "agent_relation": "儿子", "agent_phone": "13812345678", "consent": "签了委托书"}
    taken = clerk.send(form, form, **facts, **named)
    page = taken.headers["Location"]
    assert (taken.status_code, page) == (303, "/entitlements/applications/1")
    assert clerk.send(form, form, **facts, **named).headers["Location"] == page

    sent = clerk.send(
        page,
        f"{page}/documents",
        kind="id_card",
        issuer="公安局",
        day="",
        note="原件",
        ability="able",
        photo=(BytesIO(picture()), "身份证.png"),
    )
    assert sent.status_code == 303
    assert clerk.send(page, f"{page}/decision", position="0", outcome="passed").status_code == 403

    village = Desk(app, office.village)
    posted = village.send(
        page,
        "/entitlements/notices",
        version_id=office.version_id,
        area_id=one(Application).area_id,
        position="0",
        applications="1",
        posted_on=clock.today().isoformat(),
        place="公开栏",
        phone="5260000",
    )
    assert posted.status_code == 303
    early = village.send(page, f"{page}/decision", position="0", outcome="passed")
    assert (early.status_code, "公示到" in early.get_data(as_text=True)) == (409, True)


def test_an_objection_is_written_down_and_answered_as_it_was_decided(app, office):
    application = take(office, make_elder("王秀兰", site=office.site))
    page = f"/entitlements/applications/{application}"
    clerk, village = Desk(app, office.clerk), Desk(app, office.village)
    for text in ("他儿子有车", "他不住这里"):
        sent = clerk.send(page, f"{page}/objections", received_on=TODAY.isoformat(), by="", text=text)
        assert sent.status_code == 303
    kept = village.get(page)
    assert "他儿子有车" in kept and "未留姓名" in kept

    paths = re.findall(r'action="(/entitlements/objections/\d+/[a-z]+)"', kept)
    assert village.send(page, paths[0], answer="没有选").status_code == 422
    for path, upheld, answer in zip(paths, ("0", "1"), ("车是侄子的", "已迁走"), strict=True):
        assert village.send(page, path, answer=answer, upheld=upheld).status_code == 303

    shown = re.sub(r"<[^>]+>|\s+", "", village.get(page))
    assert "异议不成立:车是侄子的" in shown and "异议成立:已迁走" in shown


def test_the_public_list_shows_masked_names_and_codes_and_nothing_else(app, office):
    elder = make_elder("王秀兰", site=office.site, statuses=("dibao",), phone="13812345678", address="枫林村7号")
    application = take(office, elder)
    show(office, application)
    show(office, application, "dibao_card")
    notice = post(office, (application,))

    page = Desk(app, office.village).get(f"/entitlements/notices/{notice}")

    assert f"/entitlements/notices/{notice}" in Desk(app, office.village).get("/entitlements/notices")
    assert "王*兰" in page and "7组" in page and "一类" in page and "5260000" in page
    body = page.split("<article", 1)[1].split("</article>", 1)[0]
    for hidden in ("王秀兰", "低保", "13812345678", "枫林村7号", "1944"):
        assert hidden not in body


def test_a_letter_of_refusal_prints_its_reason_and_its_handing_over(app, office):
    application = take(office, make_elder("王秀兰", site=office.site))
    village = Desk(app, office.village)
    page = f"/entitlements/applications/{application}"
    assert "办理中" in village.get(page)

    empty = village.send(page, f"{page}/decision", position="0", outcome="refused", opinion=" ")
    assert (empty.status_code, "写明原因" in empty.get_data(as_text=True)) == (422, True)
    assert (
        village.send(page, f"{page}/decision", position="0", outcome="refused", opinion="已由机构供养").status_code
        == 303
    )
    again = village.send(page, f"{page}/decision", position="0", outcome="passed")
    assert again.status_code == 409

    letter = village.get(f"{page}/notice")
    assert "不予批准通知书" in letter and "已由机构供养" in letter and "测字〔2026〕0001号" in letter
    assert village.send(page, f"{page}/notice", way="in_person").status_code == 303
    assert "当面交给本人" in village.get(page)


@ONE
def test_a_photo_is_kept_sealed_without_its_camera_and_shown_to_those_in_reach_only(app, office):
    application = take(office, make_elder(site=office.site))
    clerk = Desk(app, office.clerk)
    page = f"/entitlements/applications/{application}"
    clerk.send(
        page,
        f"{page}/documents",
        kind="id_card",
        issuer="公安局",
        photo=(BytesIO(picture("JPEG", (4000, 3000))), "x.exe"),
    )
    document = one(ApplicationDocument)
    folder = Path(app.config["CANTEEN"].data_dir) / "uploads/documents"
    raw = (folder / document.photo).read_bytes()

    shown = clerk.client.get(f"/entitlements/documents/{document.id}/photo")
    assert (shown.status_code, shown.mimetype, shown.headers["X-Content-Type-Options"]) == (
        200,
        "image/jpeg",
        "nosniff",
    )
    assert Image.open(BytesIO(shown.data)).size == (2000, 1500)
    assert (
        b"SECRET" not in shown.data
        and b"JFIF" not in raw
        and oct((folder / document.photo).stat().st_mode)[-3:] == "600"
    )
    with reading() as session:
        assert session.scalar(select(Audit.id).where(Audit.action == "open_photo")) is not None

    stranger = Desk(app, make_staff("committee", path="金溪县/石桥镇/柳树村"))
    assert stranger.client.get(f"/entitlements/documents/{document.id}/photo").status_code == 404
    assert stranger.client.get(page).status_code == 404


BAD_PHOTOS = {
    "a page": b"<html><script>alert(1)</script></html>",
    "a vector picture": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "a cut picture": picture()[:40],
    "nothing in it": b"\xff\xd8\xff\xe0",
    "another format": b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
    "too large": b"\xff\xd8" + b"0" * pictures.MOST_BYTES,
}


@ONE
def test_what_is_no_picture_is_refused_and_leaves_nothing_behind(app, office):
    application = take(office, make_elder(site=office.site))
    clerk = Desk(app, office.clerk)
    page = f"/entitlements/applications/{application}"
    folder = Path(app.config["CANTEEN"].data_dir) / "uploads/documents"
    before = set(folder.glob("*"))

    for name, content in BAD_PHOTOS.items():
        answer = clerk.send(
            page, f"{page}/documents", kind="id_card", issuer="公安局", photo=(BytesIO(content), "照片.jpg")
        )
        sentence = "照片太大,最多 8 MB" if name == "too large" else "这个文件不是能读的照片"
        assert (answer.status_code, sentence in answer.get_data(as_text=True)) == (422, True), name
    assert (
        clerk.send(
            page, f"{page}/documents", kind="nobody", issuer="公安局", photo=(BytesIO(picture()), "x.png")
        ).status_code
        == 422
    )

    assert one(ApplicationDocument) is None
    assert set(folder.glob("*")) == before


@ONE
def test_the_calendar_says_that_a_year_is_provisional_until_it_is_confirmed(app, office):
    county = Desk(app, office.county)
    page = "/entitlements/calendar?year=2027"
    assert "暂定" in county.get(page)

    for form in (
        {"first": "2027-01-01", "last": "2027-01-03", "kind": "off", "name": "元旦"},
        {"first": "2027-01-09", "last": "", "kind": "worked", "name": "调休"},
    ):
        assert county.send(page, "/entitlements/calendar/days", **form).status_code == 303
    county.send(page, "/entitlements/calendar/years", year="2027", source="国办发明电〔2026〕8号")
    shown = county.get(page)
    assert "暂定" not in shown and "国办发明电" in shown and "2027年1月9日 周六" in shown
    assert county.send(page, "/entitlements/calendar/days/remove", day="2027-01-09").status_code == 303
    assert "2027年1月9日" not in county.get(page)
    bad = county.send(
        page, "/entitlements/calendar/days", first="2027-01-03", last="2027-01-01", kind="off", name="倒着"
    )
    assert bad.status_code == 422
    assert Desk(app, office.clerk).client.post("/entitlements/calendar/days").status_code in (400, 403)


@ONE
def test_the_desk_says_days_left_in_words_and_filters_what_is_mine(app, office):
    take(office, make_elder("王秀兰", site=office.site), clock.today())
    mine, other = Desk(app, office.village), Desk(app, office.county)

    page = mine.get("/entitlements/?mine=1")
    assert "王秀兰" in page and "归我办" in page and "还剩 10 个工作日" in page
    assert "王秀兰" not in other.get("/entitlements/?mine=1")
    assert "王秀兰" in other.get("/entitlements/?scheme=care")


@ONE
def test_due_by_age_is_a_button_that_may_be_pressed_twice(app, office):
    switch(AUTOMATIC)
    today = clock.today()
    make_elder("到龄者", birth_day=date(today.year - 77, 1, 1), site=office.site)
    county = Desk(app, office.county)

    assert "到龄者" in county.get("/entitlements/due")
    for _press in range(2):
        assert county.send("/entitlements/due", "/entitlements/due").status_code == 303
    assert "没有新的到龄人员" in county.get("/entitlements/due")
    assert one(Entitlement).origin == "automatic"


@ONE
def test_a_scheme_that_asks_for_nothing_is_not_offered_and_its_number_leads_nowhere(app, office):
    other = switch(
        'id = "plain"\nversion = "1"\nname = "免申请"\nvalid_from = 2026-01-01\nstack_group = "p"\namount = { kind = "free" }\n'
    )
    elder = make_elder(site=office.site)
    clerk = Desk(app, office.clerk)

    assert "免申请" not in clerk.get(f"/entitlements/elders/{elder}")
    assert clerk.client.get(f"/entitlements/elders/{elder}/apply/{other}").status_code == 404


@ONE
def test_withdrawing_needs_a_reason_and_closes_it(app, office):
    application = take(office, make_elder(site=office.site))
    page = f"/entitlements/applications/{application}"
    clerk = Desk(app, office.clerk)
    assert clerk.send(page, f"{page}/withdraw", reason="").status_code == 422
    assert clerk.send(page, f"{page}/withdraw", reason="搬去儿子家").status_code == 303
    assert "搬去儿子家" in clerk.get(page)
    with pytest.raises(Exception, match="办结"):
        applications.withdraw(application, "再一次", actor=office.clerk.actor, now=at(TODAY))


@ONE
def test_the_elders_page_says_what_a_back_dated_record_means(app, office):
    switch(builtin_schemes()["jinxi"])
    elder = make_elder("孙练习", site=office.site)
    day = clock.today() - timedelta(days=2)
    make_menu(office.site, day=day)
    asked = ServeRequest(key="back-dated-death", site_id=office.site.id, slot="lunch", elder_id=elder)
    serve_meal(asked, actor=office.clerk.actor, now=at(day))
    county = Desk(app, office.county)

    before = (day - timedelta(days=1)).isoformat()
    sent = county.send(f"/people/{elder}", f"/people/{elder}/events", event_kind="died", event_from=before)
    assert sent.status_code == 303
    assert "1 份用餐需要核实" in county.get(f"/people/{elder}")
    listed = county.get("/entitlements/look-back")
    assert "孙练习" in listed and f"去世 {before}" in listed
    assert county.send("/entitlements/look-back", "/entitlements/look-back/1", note="家属已退回").status_code == 303
    assert "没有要回看的用餐" in county.get("/entitlements/look-back")
    assert "家属已退回" in county.get(f"/entitlements/elders/{elder}")


def pressed(desk: Desk, page: str, path: str, **form: Any) -> tuple[str, str]:
    """Where a button leads, and what is said there."""
    answer = desk.send(page, path, **form)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    [said] = flashed(desk.client)
    return answer.location, said


@ONE
def test_each_step_of_an_application_leads_back_to_it_and_says_what_was_done(app, office, monkeypatch):
    start = TODAY - timedelta(days=8)
    elder = make_elder(site=office.site)
    monkeypatch.setattr(clock, "now", lambda: at(start))
    clerk, village = Desk(app, office.clerk), Desk(app, office.village)
    form, page = f"/entitlements/elders/{elder}/apply/{office.version_id}", "/entitlements/applications/1"
    facts = {"key": "a" * 32, "purpose": "new", "channel": "counter", "applicant": "elder"}
    assert pressed(clerk, form, form, applied_on=start.isoformat(), **facts) == (page, "已受理,请核对材料")
    paper = {"kind": "id_card", "issuer": "公安局"}
    assert pressed(clerk, page, f"{page}/documents", **paper) == (f"{page}#documents", "已登记材料")
    letter = {"received_on": start.isoformat(), "text": "他儿子有车"}
    assert pressed(clerk, page, f"{page}/objections", **letter) == (f"{page}#objections", "已登记异议")
    answered = pressed(village, page, "/entitlements/objections/1/answer", answer="车是侄子的", upheld="0")
    assert answered == (f"{page}#objections", "已答复")
    where = {"area_id": one(Application).area_id, "place": "公开栏", "phone": "5260000", "posted_on": start.isoformat()}
    chosen = {"version_id": office.version_id, "position": "0", "applications": "1"}
    posted = pressed(village, page, "/entitlements/notices", **where, **chosen)
    assert posted == ("/entitlements/notices/1", "已登记公示,请打印张贴")

    monkeypatch.setattr(clock, "now", lambda: at(TODAY))
    people = [Desk(app, who) for who in (office.village, office.township, office.county)]
    said = ["这一步已通过", "这一步已通过", "已批准,资格已建立"]
    for position, (desk, words) in enumerate(zip(people, said, strict=True)):
        assert pressed(desk, page, f"{page}/decision", position=str(position), outcome="passed") == (page, words)
    clerk = Desk(app, office.clerk)
    assert pressed(clerk, page, f"{page}/notice", way="in_person") == (page, "已登记送达")

    county, own = people[2], f"/entitlements/elders/{elder}"
    second = Desk(app, make_staff("civil_affairs", path="金溪县", name="第二人"))
    decided = {"sanction": "care:0", "reason": "冒名领取", "decided_on": TODAY.isoformat()}
    assert pressed(county, own, f"{own}/sanctions", **decided) == (own, "已登记处理决定")
    assert pressed(second, own, "/entitlements/sanctions/1/lift") == (own, "已撤销")
    ended = pressed(county, own, "/entitlements/rights/1/end", last_day=TODAY.isoformat(), reason="本人放弃")
    assert ended == (own, "已登记终止")


@ONE
def test_what_ends_an_application_without_a_right_says_so(app, office):
    ids = [take(office, make_elder(name, site=office.site)) for name in ("王秀兰", "李大山")]
    pages = [f"/entitlements/applications/{number}" for number in ids]
    village, clerk = Desk(app, office.village), Desk(app, office.clerk)

    refusal = {"position": "0", "outcome": "refused", "opinion": "已由机构供养"}
    refused = pressed(village, pages[0], f"{pages[0]}/decision", **refusal)
    withdrawn = pressed(clerk, pages[1], f"{pages[1]}/withdraw", reason="搬走")

    assert refused == (pages[0], "已登记不予通过,请打印通知书")
    assert withdrawn == (pages[1], "已登记撤回")


@ONE
def test_a_letter_is_of_a_decision(app, office):
    application = take(office, make_elder(site=office.site))

    early = Desk(app, office.clerk).client.get(f"/entitlements/applications/{application}/notice")

    assert early.status_code == 404
    assert "这份申请还没有决定,没有通知书" in (shown := early.get_data(as_text=True)) and "请先办结" in shown


@ONE
def test_rights_without_an_application_and_the_calendar_say_how_many_and_what(app, office):
    switch(AUTOMATIC)
    today = clock.today()
    elder = make_elder(birth_day=date(today.year - 77, 1, 1), site=office.site)
    listed = make_elder("名册者", site=office.site, statuses=())
    with transaction() as session:
        roster = StatusDraft(
            kind="hardship", from_day=date(2026, 1, 1), issuer="枫林村", evidence="花名册", origin="roster"
        )
        registry.add_status(session, listed, roster, actor=office.clerk.actor, at=at(TODAY), vault=the_vault())
    county, due = Desk(app, office.county), "/entitlements/due"
    assert f"/entitlements/elders/{elder}" in county.get(due)

    assert pressed(county, due, due) == (due, "已认定 1 人")
    assert pressed(county, due, due) == (due, "没有新的到龄人员")
    assert pressed(county, due, "/entitlements/roster", chosen=f"{listed}:care") == (due, "已认定 1 人")

    page = "/entitlements/calendar?year=2027"
    days = {"first": "2027-01-01", "last": "2027-01-03", "kind": "off", "name": "元旦"}
    assert pressed(county, page, "/entitlements/calendar/days", **days) == (page, "已登记")
    removed = pressed(county, page, "/entitlements/calendar/days/remove", day="2027-01-01")
    assert removed == (page, "已撤销")
    confirmed = pressed(county, page, "/entitlements/calendar/years", year="2027", source="国办发明电")
    assert confirmed == (page, "已确认")


@ONE
def test_the_desk_counts_everything_and_shows_what_was_asked_for(app, office):
    other = switch(SCHEME.replace('id = "care"', 'id = "other"').replace('name = "', 'name = "另一个'))
    urgent = clock.today() - timedelta(days=40)
    take(office, make_elder("王秀兰", site=office.site), urgent)
    take(office, make_elder("李大山", site=office.site), clock.today(), version_id=other)
    village = Desk(app, office.village)

    def shown(query: str) -> tuple[list[str], list[str]]:
        page = village.get(f"/entitlements/{query}")
        return [name for name in ("王秀兰", "李大山") if name in page], re.findall(r"<option value=\"([^\"]*)\"", page)

    assert shown("") == (["王秀兰", "李大山"], ["", "care", "other"])
    assert shown("?scheme=other") == (["李大山"], ["", "care", "other"])
    assert shown("?scheme=other&mine=1")[0] == ["李大山"]
    assert shown("?scheme=none")[0] == []


NASTY = (
    "",
    "\x00\ud83d",
    "9" * 400,
    "-1",
    "2026-13-45",
    "'; drop table elder; --",
    "{{ 7 * 7 }}%(x)s%n",
    "<script>alert(1)</script>",
)
FIELDS = (
    "key",
    "purpose",
    "channel",
    "applicant",
    "applied_on",
    "agent_name",
    "agent_phone",
    "kind",
    "issuer",
    "day",
    "position",
    "outcome",
    "opinion",
    "version_id",
    "area_id",
    "applications",
    "posted_on",
    "place",
    "phone",
    "received_on",
    "text",
    "answer",
    "upheld",
    "reason",
    "last_day",
    "sanction",
    "decided_on",
    "note",
    "first",
    "last",
    "name",
    "year",
    "source",
    "chosen",
    "way",
)


@ONE
def test_nothing_typed_into_any_form_breaks_it(app, office):
    application = take(office, make_elder(site=office.site))
    county = Desk(app, office.county)
    token = re.search(r'name="csrf_token" value="([^"]+)"', county.get("/entitlements/apply"))
    assert token
    with app.test_request_context():
        paths = [
            rule.rule
            for rule in app.url_map.iter_rules()
            if rule.endpoint.startswith("entitlements.") and "POST" in (rule.methods or ())
        ]
    assert len(paths) > 15
    for rule in paths:
        path = re.sub(r"<int:\w+>", str(application), rule)
        for nasty in NASTY:
            text = nasty.encode("utf-8", "replace").decode()
            answer = county.client.post(path, data={"csrf_token": token[1]} | dict.fromkeys(FIELDS, text))
            assert answer.status_code in (303, 404, 409, 422), (path, nasty, answer.status_code)
            assert b"<script>alert" not in answer.data
    for query in ("?q=%00%ff", "?q=" + "9" * 500, "?scheme=%ff&mine=x", "?year=99999", "?year=%e9"):
        for page in ("/entitlements/apply", "/entitlements/", "/entitlements/calendar"):
            assert county.client.get(page + query).status_code == 200
