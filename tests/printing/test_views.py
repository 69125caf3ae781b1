"""Screens of printers and papers, as people of each role see them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from canteen.base.db import reading
from canteen.printing.models import JOB
from tests.factories import Place, csrf, make_site, make_staff, sign_in
from tests.printing.records import (
    job_row,
    make_printer,
    printer_row,
    queue_paper,
    queue_ticket,
    set_printer,
    set_state,
    states,
    void_serving_of,
)
from tests.printing.samples import TICKET
from tests.sent import statements
from tests.told import flashed

HX = {"HX-Request": "true"}
PRINTER = {
    "name": "厨房",
    "address": "tcp://192.168.1.50:9100",
    "width_mm": "80",
    "encoding": "gbk",
    "rom": "gb2312",
    "has_cutter": "1",
    "answers": "1",
    "fence": "gs_r",
    "mode": "text",
}


@pytest.fixture
def place(app: Flask) -> Place:
    return make_site()


@pytest.fixture
def clerk(client: FlaskClient, place: Place) -> FlaskClient:
    return sign_in(client, make_staff("clerk", site=place, name="李梅"))


@pytest.fixture
def manager(client: FlaskClient, place: Place) -> FlaskClient:
    return sign_in(client, make_staff("manager", site=place, name="张站长"))


def show(browser: FlaskClient, path: str, *, status: int = 200, **more: object) -> str:
    answer = browser.get(path, **more)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def post(browser: FlaskClient, path: str, *, status: int = 303, **data: str) -> str:
    """Send a form as the page would; where it leads, or what it says."""
    answer = browser.post(path, data={"csrf_token": csrf(browser, "/printing/"), **data})
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.location if status == 303 else answer.get_data(as_text=True)


def forms_of(html: str) -> list[str]:
    """Where the forms of this feature lead, in the order of the page."""
    found: list[str] = re.findall(r'<form[^>]*action="(/printing[^"]*)"', html)
    return found


# The list


def test_printers_and_what_waits(clerk: FlaskClient, place: Place) -> None:
    set_printer(make_printer(place), last_trouble="缺纸,请装纸")
    job_id = queue_ticket(place)

    page = show(clerk, "/printing/")

    assert "王秀兰" in page and "1121-017" in page and "等待打印" in page and "打印程序没有运行" in page
    assert f"/printing/jobs/{job_id}/paper" in page
    assert forms_of(page) == []


def test_a_site_without_printers_is_told_what_happens(clerk: FlaskClient) -> None:
    assert "小票会先存着" in show(clerk, "/printing/")


def test_the_live_part_is_sent_alone_to_htmx(clerk: FlaskClient, place: Place) -> None:
    make_printer(place)

    part = show(clerk, "/printing/", headers=HX)

    assert part.lstrip().startswith('<div id="live"') and "<html" not in part


def test_other_sites_are_not_shown(clerk: FlaskClient, place: Place) -> None:
    other = make_site("别的助餐点")
    make_printer(other, name="别人的打印机")
    queue_ticket(other)

    page = show(clerk, "/printing/")

    assert "别人的打印机" not in page and "王秀兰" not in page


@pytest.mark.parametrize("path", ["/printing/", "/printing/jobs"])
def test_many_papers_cost_as_many_statements_as_one(clerk: FlaskClient, place: Place, path: str) -> None:
    make_printer(place)
    queue_ticket(place)
    show(clerk, path)
    with statements() as one:
        show(clerk, path)
    for _ in range(5):
        queue_ticket(place)

    with statements() as six:
        show(clerk, path)

    assert len(six) == len(one)


def test_all_papers_by_pages(clerk: FlaskClient, place: Place) -> None:
    jobs = [queue_ticket(place, facts=replace(TICKET, number=f"N{n:03}").as_json()) for n in range(51)]

    first = show(clerk, "/printing/jobs")
    older = show(clerk, f"/printing/jobs?before={jobs[1]}")

    assert "N050" in first and "N001" in first and "N000" not in first
    assert f"/printing/jobs?before={jobs[1]}" in first
    assert "N000" in older and "before=" not in older


def test_no_papers_yet(clerk: FlaskClient) -> None:
    assert "还没有小票" in show(clerk, "/printing/jobs")


# Keeping printers


def test_a_manager_adds_a_printer(manager: FlaskClient, place: Place) -> None:
    where = post(manager, "/printing/printers", **PRINTER)

    printer = printer_row(1)
    assert where == "/printing/"
    assert (printer.name, printer.width_mm, printer.encoding, printer.rom) == ("厨房", 80, "gbk", "gb2312")
    assert (printer.has_cutter, printer.has_qr, printer.answers, printer.is_default) == (True, False, True, True)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"address": "tcp://8.8.8.8:9100"}, "不在打印机网段内"),
        ({"address": "192.168.1.50"}, "看不懂"),
        ({"name": ""}, "请填写这一项"),
        ({"width_mm": "57"}, "请从列表中选择"),
        ({"rom": "all"}, "请从列表中选择"),
    ],
)
def test_a_wrong_field_is_told_beside_it_and_the_rest_is_kept(
    manager: FlaskClient, wrong: dict[str, str], sentence: str
) -> None:
    page = post(manager, "/printing/printers", status=422, **PRINTER | wrong)

    assert re.search(rf'id="e-{next(iter(wrong))}"[^>]*>.*{sentence}', page)
    assert ('value="gb2312" selected' in page) == ("rom" not in wrong)
    with reading() as session:
        assert session.execute(JOB.select()).all() == []


def test_a_name_is_used_once(manager: FlaskClient, place: Place) -> None:
    make_printer(place, name="厨房")

    assert "换一个名字" in post(manager, "/printing/printers", status=409, **PRINTER)


def test_a_test_page_is_queued_once_however_often_the_button_is_pressed(manager: FlaskClient, place: Place) -> None:
    printer_id = make_printer(place)
    page = show(manager, "/printing/")
    key = re.search(r'name="key" value="(\w+)"', page)
    assert key and f"/printing/printers/{printer_id}/test-page" in forms_of(page)

    first, second = (post(manager, f"/printing/printers/{printer_id}/test-page", key=key[1]) for _ in range(2))

    assert first == second
    assert "PRINTER" in show(manager, first).replace("</i><i>", "")


def test_a_manager_changes_the_settings_of_a_printer(manager: FlaskClient, place: Place) -> None:
    printer_id = make_printer(place, address="tcp://10.0.0.7:9100", rom="gb2312", has_cutter=True, answers=False)
    path = f"/printing/printers/{printer_id}"
    page = show(manager, path)
    assert path in show(manager, "/printing/") and forms_of(page) == [path]
    assert 'value="tcp://10.0.0.7:9100"' in page and 'value="gb2312" selected' in page
    assert re.findall(r'name="(\w+)" value="1" checked', page) == ["has_cutter", "has_qr"]

    post(manager, path, **PRINTER)

    printer = printer_row(printer_id)
    assert (printer.name, printer.encoding, printer.has_qr, printer.answers) == ("厨房", "gbk", False, True)
    wrong = post(manager, path, status=422, **PRINTER | {"address": "nowhere"})
    assert 'value="nowhere"' in wrong and 'id="e-address"' in wrong


def test_default_and_out_of_use(manager: FlaskClient, place: Place) -> None:
    old, new = make_printer(place), make_printer(place, name="新的", is_default=False)

    post(manager, f"/printing/printers/{new}/default")
    post(manager, f"/printing/printers/{old}/deactivate")

    assert (printer_row(old).is_active, printer_row(new).is_default) == (False, True)
    assert "已停用" in show(manager, "/printing/")

    post(manager, f"/printing/printers/{old}/activate")

    assert printer_row(old).is_active
    assert "已重新启用" in show(manager, "/printing/")


@pytest.mark.parametrize("what", ["", "/test-page", "/default", "/deactivate"])
def test_a_clerk_does_not_keep_printers_and_a_manager_not_those_of_others(
    app: Flask, client: FlaskClient, place: Place, what: str
) -> None:
    path = f"/printing/printers/{make_printer(place)}{what}"
    sent = PRINTER | {"key": "a" * 16}

    clerk = sign_in(client, make_staff("clerk", site=place))
    post(clerk, path, status=403, **sent)
    stranger = sign_in(app.test_client(), make_staff("manager", site=make_site("别的助餐点")))
    post(stranger, path, status=404, **sent)
    assert stranger.get(path).status_code == (405 if what else 404)


# One paper


def test_the_paper_is_shown_as_it_is_printed(clerk: FlaskClient, place: Place) -> None:
    make_printer(place, has_cutter=True)
    job_id = queue_ticket(place)

    page = show(clerk, f"/printing/jobs/{job_id}/paper")

    plain = re.sub(r"</?[bi]>", "", page.split('class="paper paper-32 cut"')[1])
    assert "枫林村助餐点" in plain and "餐价                     ￥12.00" in plain
    assert 'alt="S1-1121-017"' in page and "data:image/svg+xml" in page
    assert "style=" not in page and "<style" not in page


def test_a_drawn_character_is_an_image(clerk: FlaskClient, place: Place) -> None:
    make_printer(place)
    job_id = queue_ticket(place, facts=replace(TICKET, person_name="王䶮").as_json())

    assert '<img class="glyph"' in show(clerk, f"/printing/jobs/{job_id}/paper")


def test_typed_text_is_never_markup(clerk: FlaskClient, place: Place) -> None:
    make_printer(place)
    job_id = queue_ticket(place, facts=replace(TICKET, person_name="<script>x</script>").as_json())

    for path in (f"/printing/jobs/{job_id}/paper", "/printing/", "/printing/jobs"):
        assert "<script>x" not in show(clerk, path)


@pytest.mark.parametrize(
    ("state", "actions"),
    [
        ("queued", ["cancel"]),
        ("sending", []),
        ("printed", ["copies"]),
        ("sent", ["copies"]),
        ("uncertain", ["outcome", "copies"]),
        ("failed", ["copies"]),
        ("cancelled", ["copies"]),
    ],
)
def test_what_can_be_done_follows_the_state(clerk: FlaskClient, place: Place, state: str, actions: list[str]) -> None:
    printer_id = make_printer(place)
    job_id = queue_ticket(place)
    set_state(job_id, state, printer_id=printer_id)

    page = show(clerk, f"/printing/jobs/{job_id}/paper")

    assert forms_of(page) == [f"/printing/jobs/{job_id}/{action}" for action in actions]
    assert ("hx-trigger" in page) == (state in ("queued", "sending"))


def test_a_copy_is_asked_for_with_a_reason(clerk: FlaskClient, place: Place) -> None:
    make_printer(place)
    job_id = queue_ticket(place)
    set_state(job_id, "printed")

    first, again = (
        post(clerk, f"/printing/jobs/{job_id}/copies", copy="1", reason="小票遗失", note="老人说") for _ in range(2)
    )

    assert first == again
    page = re.sub(r"</?[bi]>", "", show(clerk, first))
    assert "补打 第1次" in page and "原因:小票遗失 老人说" in page


@pytest.mark.parametrize(("data", "field"), [({"reason": ""}, "reason"), ({"reason": "其他", "note": ""}, "note")])
def test_a_copy_without_a_reason_is_asked_again(
    clerk: FlaskClient, place: Place, data: dict[str, str], field: str
) -> None:
    job_id = queue_ticket(place)
    set_state(job_id, "printed")

    page = post(clerk, f"/printing/jobs/{job_id}/copies", status=422, copy="1", **data)

    assert f'id="e-{field}"' in page


@pytest.mark.parametrize("copy", ["", "0", "x", "-1", "99999999999", "१"])
def test_a_copy_that_is_no_number_is_refused(clerk: FlaskClient, place: Place, copy: str) -> None:
    job_id = queue_ticket(place)
    set_state(job_id, "printed")

    post(clerk, f"/printing/jobs/{job_id}/copies", status=422, copy=copy, reason="小票遗失")


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "a-b-c-d-e-f"])
def test_a_test_page_without_its_key_is_refused(manager: FlaskClient, place: Place, key: str) -> None:
    post(manager, f"/printing/printers/{make_printer(place)}/test-page", status=422, key=key)


def test_a_copy_of_a_waiting_ticket_is_refused_in_words(clerk: FlaskClient, place: Place) -> None:
    job_id = queue_ticket(place)

    answer = post(clerk, f"/printing/jobs/{job_id}/copies", status=409, copy="1", reason="小票遗失")

    assert "还在等待打印" in answer


@pytest.mark.parametrize(("answer", "state"), [("yes", "printed"), ("no", "failed")])
def test_the_uncertain_question(clerk: FlaskClient, place: Place, answer: str, state: str) -> None:
    job_id = queue_ticket(place)
    set_state(job_id, "uncertain")

    post(clerk, f"/printing/jobs/{job_id}/outcome", printed=answer)

    assert states(job_id) == [state]


def test_an_unclear_answer_settles_nothing(clerk: FlaskClient, place: Place) -> None:
    job_id = queue_ticket(place)
    set_state(job_id, "uncertain")

    post(clerk, f"/printing/jobs/{job_id}/outcome", status=422, printed="maybe")

    assert states(job_id) == ["uncertain"]


def test_cancel(clerk: FlaskClient, place: Place) -> None:
    job_id = queue_ticket(place)

    post(clerk, f"/printing/jobs/{job_id}/cancel")

    assert states(job_id) == ["cancelled"]


@pytest.mark.parametrize(
    ("what", "data"), [("copies", {"copy": "1", "reason": "小票遗失"}), ("outcome", {"printed": "yes"}), ("cancel", {})]
)
def test_papers_of_another_site_are_not_found(
    client: FlaskClient, place: Place, what: str, data: dict[str, str]
) -> None:
    job_id = queue_ticket(place)
    stranger = sign_in(client, make_staff("clerk", site=make_site("别的助餐点")))

    post(stranger, f"/printing/jobs/{job_id}/{what}", status=404, **data)
    show(stranger, f"/printing/jobs/{job_id}/paper", status=404)
    assert states(job_id) == ["queued"]


@pytest.mark.parametrize("role", ["volunteer", "committee", "civil_affairs"])
def test_other_roles_see_no_tickets(client: FlaskClient, place: Place, role: str) -> None:
    job_id = queue_ticket(place)
    browser = sign_in(client, make_staff(role, site=place if role == "volunteer" else None))

    for path in ("/printing/", "/printing/jobs", f"/printing/jobs/{job_id}/paper"):
        show(browser, path, status=403)


def test_what_is_amiss_is_said_with_its_details(clerk: FlaskClient, place: Place) -> None:
    job_id = queue_ticket(place)
    set_state(job_id, "uncertain", trouble="发送中断,可能只打印了一部分;确认没有打印:<李梅>")

    for path in (f"/printing/jobs/{job_id}/paper", "/printing/jobs"):
        assert "发送中断,可能只打印了一部分;确认没有打印:&lt;李梅&gt;" in show(clerk, path)


def test_the_pages_speak_english(clerk: FlaskClient, place: Place) -> None:
    make_printer(place)
    job_id = queue_ticket(place)
    clerk.set_cookie("language", "en")

    assert show(clerk, "/printing/") and show(clerk, f"/printing/jobs/{job_id}/paper")
    assert job_row(job_id).state == "queued"


# Papers that waited too long, and other printers


def test_papers_that_waited_too_long_are_asked_about(clerk: FlaskClient, place: Place) -> None:
    make_printer(place)
    old, older, new = (queue_ticket(place) for _ in range(3))
    for job_id in (old, older):
        set_state(job_id, "held", trouble="等了太久,请确认还要不要")

    page = show(clerk, "/printing/", headers=HX)
    assert "2 张等了太久" in page and "等待确认" in page and forms_of(page) == ["/printing/held"]

    assert forms_of(show(clerk, f"/printing/jobs/{old}/paper")) == [
        f"/printing/jobs/{old}/wanted",
        f"/printing/jobs/{old}/cancel",
    ]
    post(clerk, f"/printing/jobs/{old}/wanted")
    assert states(old, older, new) == ["queued", "held", "queued"]
    post(clerk, "/printing/held", wanted="no")
    assert states(old, older, new) == ["queued", "cancelled", "queued"]
    post(clerk, "/printing/held", status=422, wanted="maybe")


def test_waiting_papers_go_to_another_printer(clerk: FlaskClient, place: Place) -> None:
    old = make_printer(place)
    job_ids = [queue_ticket(place) for _ in range(3)]
    assert "改到" not in show(clerk, "/printing/") + show(clerk, f"/printing/jobs/{job_ids[0]}/paper")
    new = make_printer(place, name="新的", is_default=False)

    assert forms_of(show(clerk, "/printing/")) == ["/printing/waiting"]
    assert f"/printing/jobs/{job_ids[0]}/printer" in forms_of(show(clerk, f"/printing/jobs/{job_ids[0]}/paper"))
    post(clerk, f"/printing/jobs/{job_ids[0]}/printer", printer=str(new))
    assert [job_row(job_id).printer_id for job_id in job_ids] == [new, old, old]

    post(clerk, "/printing/waiting", **{"from": str(old), "printer": str(new)})
    assert [job_row(job_id).printer_id for job_id in job_ids] == [new] * 3
    post(clerk, "/printing/waiting", status=422, **{"from": str(old), "printer": "x"})


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("usb://0416", "usb://0416:5011"),
        ("file:///etc/passwd", "不在允许的范围内"),
        ("serial://COM3?baud=1", "串口速度"),
    ],
)
def test_an_address_of_another_way_is_explained(manager: FlaskClient, address: str, words: str) -> None:
    page = post(manager, "/printing/printers", status=422, **PRINTER | {"address": address})

    assert words in page and "pyusb" in page


def test_a_printer_of_a_remote_site(manager: FlaskClient, place: Place) -> None:
    post(
        manager,
        "/printing/printers",
        **PRINTER | {"is_remote": "1", "has_drawer": "1", "fence": "gs_h", "mode": "raster"},
    )

    printer = printer_row(1)
    assert (printer.is_remote, printer.has_drawer, printer.fence, printer.mode) == (True, True, "gs_h", "raster")
    assert "站点的打印代理没有连上" in show(manager, "/printing/")
    page = show(manager, "/printing/printers/1")
    assert page.count("checked") == 4 and '<option value="gs_h" selected>' in page


def test_the_ticket_of_a_voided_meal_offers_no_copy_but_its_void_ticket(clerk: FlaskClient, place: Place) -> None:
    make_printer(place)
    job_id = queue_ticket(place)
    void_id = void_serving_of(job_id)
    set_state(job_id, "printed")

    page = show(clerk, f"/printing/jobs/{job_id}/paper")

    assert forms_of(page) == []
    assert f"/printing/jobs/{void_id}/paper" in page


def test_a_choice_somebody_is_making_outlives_the_pages_own_refresh(clerk: FlaskClient, place: Place) -> None:
    make_printer(place)
    make_printer(place, name="另一台", is_default=False)

    page = show(clerk, f"/printing/jobs/{queue_ticket(place)}/paper")

    assert '<form method="post" id="move" hx-preserve' in page


def test_a_list_links_only_what_one_may_look_at(clerk: FlaskClient, place: Place) -> None:
    ticket, label = queue_ticket(place), queue_paper(place, "label")

    page = show(clerk, "/printing/jobs")

    assert f"/printing/jobs/{ticket}/paper" in page
    assert f"/printing/jobs/{label}/paper" not in page and "由负责人处理" in page


def test_a_paper_that_was_repeated_says_so(clerk: FlaskClient, place: Place) -> None:
    make_printer(place)
    job_id = queue_paper(place, "kitchen_count")
    set_state(job_id, "queued", repeats=1)

    assert "可能重复" in show(clerk, "/printing/")
    assert "已自动重打 1 次" in show(clerk, f"/printing/jobs/{job_id}/paper")


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("kind", "status"), [("kitchen_count", 200), ("label", 404), ("route_sheet", 404), ("closing_summary", 200)]
)
def test_papers_with_addresses_are_for_those_who_keep_routes(
    clerk: FlaskClient, place: Place, kind: str, status: int
) -> None:
    job_id = queue_paper(place, kind)

    page = show(clerk, f"/printing/jobs/{job_id}/paper", status=status)

    assert ("云溪路12号" in page) is False


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("path", "data", "leads", "said"),
    [
        ("printers", PRINTER, "/printing/", "已保存,请打一张测试页"),
        ("printers/1", PRINTER, "/printing/", "已保存,请打一张测试页"),
        ("printers/1/deactivate", {}, "/printing/", "已停用"),
        ("printers/2/default", {}, "/printing/", ""),
        ("printers/3/activate", {}, "/printing/", "已重新启用,请打一张测试页"),
        ("printers/2/test-page", {"key": "k" * 16}, "/printing/jobs/4/paper", ""),
        ("jobs/2/copies", {"copy": "1", "reason": "小票遗失"}, "/printing/jobs/4/paper", ""),
        ("jobs/3/outcome", {"printed": "yes"}, "/printing/jobs/3/paper", ""),
        ("jobs/1/cancel", {}, "/printing/jobs/1/paper", ""),
        ("jobs/1/printer", {"printer": "2"}, "/printing/jobs/1/paper", ""),
        ("held", {"wanted": "yes"}, "/printing/", ""),
        ("waiting", {"from": "1", "printer": "2"}, "/printing/", "已改到另一台打印机:1 张"),
    ],
)
def test_each_button_leads_where_one_sees_what_became_of_it(
    manager: FlaskClient, place: Place, path: str, data: dict[str, str], leads: str, said: str
) -> None:
    make_printer(place)
    make_printer(place, name="新的", is_default=False)
    make_printer(place, name="旧的", is_default=False, is_active=False)
    for state in ("queued", "printed", "uncertain"):
        set_state(queue_ticket(place), state)

    assert post(manager, f"/printing/{path}", **data) == leads
    assert flashed(manager) == ([said] if said else [])
    show(manager, leads)


def test_the_form_of_a_new_printer_begins_as_most_shops_sell_it(manager: FlaskClient) -> None:
    page = show(manager, "/printing/")

    chosen = re.findall(r'<option value="([^"]*)" selected', page)
    assert chosen == ["58", "gb18030", "gbk", "text", "gs_r"]
    assert re.findall(r'name="(\w+)" value="1" checked', page) == ["has_qr", "answers"]
    offered = dict(re.findall(r'<option value="([^"]*)"[^>]*>([^<]*)<', page))
    assert (offered["80"], offered["gbk"], offered["utf-8"]) == ("80 mm", "GBK", "UTF-8")
