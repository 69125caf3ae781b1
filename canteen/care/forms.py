"""The forms of services and providers: text becomes types here."""

import re

from werkzeug.datastructures import MultiDict

from canteen.base.errors import BadInput
from canteen.base.fields import (
    Facts,
    Field,
    Form,
    as_sent,
    hidden,
    iso_day,
    iso_day_or_none,
    line,
    one_of,
    or_none,
    row_id,
    whole,
)
from canteen.base.money import parse_yuan
from canteen.base.words import CONFIRMED_BY, GRADES, PAY_WAYS, PROVIDER_KINDS, SERVICES
from canteen.care.requests import CareRequest, CareVoid, NewAssessment, NewBan, NewContract, NewProvider

_PHONE = re.compile(r"[0-9+() -]{0,30}")


def _confirmed(request: CareRequest) -> None:
    if request.confirmed_by != "elder" and not request.confirmer:
        raise BadInput("请写明由谁确认", field="confirmer")


#: One service.
CARE = Form(
    CareRequest,
    _confirmed,
    key=as_sent,
    elder_id=hidden(row_id),
    provider_id=row_id,
    kind=one_of(SERVICES),
    day=iso_day,
    minutes=whole(1, 1440, "时长要在 1 到 1440 分钟之间"),
    price_fen=Field(or_none(parse_yuan), "price"),
    pay_way=one_of(PAY_WAYS),
    confirmed_by=one_of(CONFIRMED_BY),
    confirmer=line(40),
    worker=line(40),
    note=line(200),
)
#: What undoes a service.
VOID = Form(CareVoid, key=as_sent, reason=lambda text: text[:201])


def _phone(text: str) -> str:
    if not _PHONE.fullmatch(text.strip()):
        raise BadInput("电话只能有数字、空格、括号和横线")
    return text.strip()


_PROVIDER = Form(
    NewProvider, area_id=row_id, name=line(60, needed=True), kind=one_of(PROVIDER_KINDS), phone=_phone, licence=line(60)
)


def read_provider(form: MultiDict[str, str]) -> NewProvider:
    """A new provider. Raises ``BadFields``."""
    return _PROVIDER.read(form, services=tuple(kind for kind in form.getlist("services") if kind in SERVICES))


CONTRACT = Form(NewContract, number=line(60), from_day=iso_day, to_day=iso_day)
#: Which contract ends on which last day, and why.
ENDING = Form[Facts](dict, contract_id=row_id, last=iso_day, reason=line(200))
ASSESSMENT = Form(
    NewAssessment, period=line(7, needed=True), grade=one_of(GRADES), rectify_by=iso_day_or_none, note=line(200)
)
BAN = Form(NewBan, decided_on=iso_day, until=iso_day_or_none, reason=Field(line(200, needed=True), "why"))
