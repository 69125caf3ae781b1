"""The screen a day sheet is keyed in on: one field, Enter, the next row."""

from typing import Any

from flask import request

from canteen.base import clock
from canteen.base.errors import CanteenError, NotFound
from canteen.base.fields import one_of, one_time_key, row_id
from canteen.base.i18n import choices
from canteen.base.web import Answer, allow, current_actor, new_key, page
from canteen.counter.paper import rules, service
from canteen.counter.paper.queries import Sheet, sheet_of
from canteen.counter.paper.rules import Row
from canteen.counter.till import find_matches, holder_of
from canteen.counter.views import Sitting, blueprint, sitting_now
from canteen.people.finding import looks

#: Ways to pay that most of a sheet may have.
PAY_WAYS = ("cash", "code", "monthly")


@blueprint.get("/paper")
@allow("serve")
def paper_page() -> Answer:
    """The sheet of a sitting with the field its rows are typed into."""
    return _answer(sitting_now(clock.now()))


@blueprint.post("/paper")
@allow("serve")
def key_in() -> Answer:
    """Key in one row; who may be meant is asked for where several are."""
    now = clock.now()
    sitting = sitting_now(now)
    chosen = request.form.get("elder", "")
    text = request.form.get("typed" if chosen else "row", "").strip()[:60]
    sheet = _sheet(sitting)
    try:
        row = rules.read_row(text)
        found: list[int | None] = [row_id(chosen)] if chosen else _meant(row, sheet, sitting)
        if len(found) != 1:
            matches = find_matches(row.who, site=sitting.site, day=sitting.day)
            return _answer(sitting, text=text, matches=matches if text else [], is_unknown=bool(text) and not matches)
        keyed = service.KeyedRow(
            key=one_time_key(request.form.get("key", "")),
            site_id=sitting.site.id,
            day=sitting.day,
            slot=sitting.slot,
            elder_id=found[0],
            guest_kind=row.guest_kind,
            portions=row.portions,
            pay_way=row.pay_way or one_of(PAY_WAYS)(request.form.get("pay_way", "")),
            way=row.way,
        )
        served = service.key_in(keyed, actor=current_actor(), now=now)
    except CanteenError as trouble:
        return _answer(sitting, text=text, trouble=trouble)
    return _answer(sitting, served=served)


def _meant(row: Row, sheet: Sheet, sitting: Sitting) -> list[int | None]:
    """Whom a row means: one, or those who may be."""
    if row.guest_kind:
        return [None]
    if row.number is not None:
        line = sheet.numbered(row.number)
        if line is None:
            raise NotFound("登记单上没有 %(number)s 号", number=row.number, next_step="请看单子上的号,或者打姓名、拼音")
        return [line.elder_id]
    holder = holder_of(row.who)
    if holder is not None:
        return [holder]
    matches = find_matches(row.who, site=sitting.site, day=sitting.day)
    if matches:
        looks.note_search([one.id for one in matches], place="counter", actor=current_actor(), now=clock.now())
    return [one.id for one in matches]


def _sheet(sitting: Sitting) -> Sheet:
    return sheet_of(site_id=sitting.site.id, day=sitting.day, slot=sitting.slot)


def _answer(sitting: Sitting, **shown: Any) -> Answer:
    return page(
        "counter/paper.html",
        block="keyed",
        sitting=sitting,
        sheet=_sheet(sitting),
        key=new_key(),
        pay_ways=choices("pay_way", PAY_WAYS),
        pay_way=request.form.get("pay_way", PAY_WAYS[0]),
        **shown,
    )
