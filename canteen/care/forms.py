"""The forms of services and providers: text becomes types here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from werkzeug.datastructures import MultiDict

from canteen.base.errors import BadInput
from canteen.base.fields import Fields, iso_day, iso_day_or_none, line, one_of, row_id
from canteen.base.money import parse_yuan
from canteen.base.words import CONFIRMED_BY, GRADES, PAY_WAYS, PROVIDER_KINDS, SERVICES
from canteen.care.requests import CareRequest, CareVoid, NewAssessment, NewBan, NewContract, NewProvider

_NO_DAY = date(2000, 1, 1)
_MONTH = re.compile(r"(20\d{2})-(0[1-9]|1[0-2])")
_PHONE = re.compile(r"[0-9+() -]{0,30}")


def read_month(text: str, *, today: date) -> date:
    """The month of an address; this month when nothing is given. Raises ``BadInput``."""
    if not text.strip():
        return today.replace(day=1)
    found = _MONTH.fullmatch(text.strip())
    if not found:
        raise BadInput("「%(text)s」不是月份", text=text.strip()[:20], next_step="请写成 2026-11")
    return date(int(found[1]), int(found[2]), 1)


def read_day(text: str, *, today: date) -> date:
    """A day; today when nothing is given. Raises ``BadInput``."""
    return iso_day(text) if text.strip() else today


def read_search(text: str) -> str:
    """What was typed or scanned to find an elder, short enough to be one."""
    return text.strip()[:60]


def _minutes(text: str) -> int:
    if not (text.strip().isascii() and text.strip().isdigit() and 1 <= int(text.strip()[:6]) <= 1440):
        raise BadInput("时长要在 1 到 1440 分钟之间")
    return int(text.strip())


def _price(text: str) -> int | None:
    return parse_yuan(text) if text.strip() else None


def read_care(form: Mapping[str, str], *, site_id: int) -> tuple[CareRequest | None, dict[str, str]]:
    """One service, or None and a sentence for each field that is wrong."""
    fields = Fields(form)
    request = CareRequest(
        key=form.get("key", ""),
        site_id=site_id,
        elder_id=row_id(form.get("elder_id", "")),
        provider_id=fields.take("provider_id", row_id, 0),
        kind=fields.take("kind", one_of(SERVICES), ""),
        day=fields.take("day", iso_day, _NO_DAY),
        minutes=fields.take("minutes", _minutes, 0),
        price_fen=fields.take("price", _price, None),
        pay_way=fields.take("pay_way", one_of(PAY_WAYS), ""),
        confirmed_by=fields.take("confirmed_by", one_of(CONFIRMED_BY), ""),
        confirmer=fields.take("confirmer", line(40), ""),
        worker=fields.take("worker", line(40), ""),
        note=fields.take("note", line(200), ""),
    )
    if request.confirmed_by and request.confirmed_by != "elder" and not request.confirmer:
        fields.blame(BadInput("请写明由谁确认", field="confirmer"))
    return (None if fields.errors else request), fields.errors


def read_void(form: Mapping[str, str], *, care_id: int) -> CareVoid:
    """What undoes a service."""
    return CareVoid(care_id=care_id, key=form.get("key", ""), reason=form.get("reason", "")[:201])


def read_provider(form: MultiDict[str, str]) -> tuple[NewProvider | None, dict[str, str]]:
    """A new provider, or None and a sentence for each field that is wrong."""
    fields = Fields(form)
    new = NewProvider(
        area_id=fields.take("area_id", row_id, 0),
        name=fields.take("name", line(60, needed=True), ""),
        kind=fields.take("kind", one_of(PROVIDER_KINDS), ""),
        phone=fields.take("phone", _phone, ""),
        licence=fields.take("licence", line(60), ""),
        services=tuple(kind for kind in form.getlist("services") if kind in SERVICES),
    )
    return (None if fields.errors else new), fields.errors


def _phone(text: str) -> str:
    if not _PHONE.fullmatch(text.strip()):
        raise BadInput("电话只能有数字、空格、括号和横线")
    return text.strip()


def read_contract(form: Mapping[str, str], *, provider_id: int) -> tuple[NewContract | None, dict[str, str]]:
    """A contract, or None and a sentence for each field that is wrong."""
    fields = Fields(form)
    new = NewContract(
        provider_id=provider_id,
        number=fields.take("number", line(60), ""),
        from_day=fields.take("from_day", iso_day, _NO_DAY),
        to_day=fields.take("to_day", iso_day, _NO_DAY),
    )
    return (None if fields.errors else new), fields.errors


def read_ending(form: Mapping[str, str]) -> tuple[int, date, str]:
    """Which contract ends on which last day, and why. Raises ``BadInput``."""
    return row_id(form.get("contract_id", "")), iso_day(form.get("last", "")), line(200)(form.get("reason", ""))


def read_assessment(form: Mapping[str, str], *, provider_id: int) -> tuple[NewAssessment | None, dict[str, str]]:
    """A grade, or None and a sentence for each field that is wrong."""
    fields = Fields(form)
    new = NewAssessment(
        provider_id=provider_id,
        period=fields.take("period", line(7, needed=True), ""),
        grade=fields.take("grade", one_of(GRADES), ""),
        rectify_by=fields.take("rectify_by", iso_day_or_none, None),
        note=fields.take("note", line(200), ""),
    )
    return (None if fields.errors else new), fields.errors


def read_ban(form: Mapping[str, str], *, provider_id: int) -> tuple[NewBan | None, dict[str, str]]:
    """A ban, or None and a sentence for each field that is wrong."""
    fields = Fields(form)
    new = NewBan(
        provider_id=provider_id,
        decided_on=fields.take("decided_on", iso_day, _NO_DAY),
        until=fields.take("until", iso_day_or_none, None),
        reason=fields.take("why", line(200, needed=True), ""),
    )
    return (None if fields.errors else new), fields.errors
