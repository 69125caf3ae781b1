"""The log on the screen speaks the canteen's words: no code, key or id of the program."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from canteen.audit import trail
from canteen.base.access import COMMAND
from canteen.base.db import transaction
from canteen.counter.requests import ServeRequest
from canteen.counter.service import serve_meal
from canteen.staff.trail.words import LABELS, told
from tests.factories import NOW, make_elder, make_menu, make_site, make_staff, sign_in

one_database = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
FACTS = {
    "amounts": ({"price_fen": 123_450, "own_fen": -50}, ["餐费 ¥1,234.50", "自付 -¥0.50"]),
    "stored words": ({"slot": "lunch", "way": "dine_in", "role": "clerk"}, ["餐次 午餐", "用餐方式 堂食", "角色 柜台"]),
    "days and moments": ({"day": "2026-11-21", "until": "2026-11-21T04:30:00+00:00"}, ["日期 2026-11-21", "到 2026-11-21 12:30"]),
    "yes and no": ({"is_late": True, "closed": False}, ["过了截止时间 是", "停餐 否"]),
    "reasons": ({"reason": "deliver"}, ["原因 送餐"]),
    "what somebody typed": ({"reason": "老人住院", "name": "A套餐"}, ["原因 老人住院", "名称 A套餐"]),
    "codes, ids and lists": (
        {"code": "own_account", "elder": 17, "slot": "brunch_x", "before": [1, 2], "place": {"x": 1}, "reason": "no_such"},
        [],
    ),
}  # fmt: skip


@one_database
@pytest.mark.parametrize(("detail", "words"), FACTS.values(), ids=FACTS)
def test_details_are_told_in_words(app: Flask, detail: dict[str, object], words: list[str]) -> None:
    with app.test_request_context():
        assert list(told(detail)) == words


def test_the_page_names_whom_and_what(client: FlaskClient, app: Flask) -> None:
    site = make_site("枫林村助餐点")
    make_menu(site)
    clerk = make_staff("clerk", site=site)
    elder = make_elder("王秀兰", card="1", site=site)
    served = serve_meal(
        ServeRequest(key="meal-00001", site_id=site.id, slot="lunch", elder_id=elder), actor=clerk.actor, now=NOW
    )
    with transaction() as session:
        trail.record(session, COMMAND, "look", f"elder:{elder}", NOW, reason="deliver")
        trail.record(session, COMMAND, "keep_site", f"site:{site.id}", NOW, site_id=site.id)
        trail.record(session, COMMAND, "let_lapse", "day:2026-11-21", NOW, lots=3, amount_fen=5)
        trail.record(session, COMMAND, "refuse", "counter.create_serving", NOW, code="already_served")
    sign_in(client, make_staff("administrator"))

    page = client.get("/audit").text
    rows = re.findall(r"<tr>(.*?)</tr>", page.split("<tbody>")[1], re.S)
    shown = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]

    for words in (
        f"用餐 {served.number}",
        "老人 王*兰 原因 送餐",
        "助餐点 枫林村助餐点",
        "日期 2026-11-21 金额 ¥0.05",
        "餐费 ¥",
    ):
        assert any(words in one for one in shown), (words, shown)
    assert not [one for one in shown if re.search(r"[a-z]_[a-z]|\b[a-z]+:\d|already_served|create_serving", one)]
    assert "王秀兰" not in page
    only = client.get("/audit?subject=site").text
    assert ("枫林村助餐点" in only, f"用餐 {served.number}" in only) == (True, False)


def test_labels_are_no_codes() -> None:
    assert all(not text.isascii() for text in LABELS.values())
