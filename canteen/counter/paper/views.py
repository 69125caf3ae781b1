"""The screen a day sheet is keyed in on: one field, Enter, the next row."""

from flask import request

from canteen.base import clock
from canteen.base.fields import one_of, one_time_key, or_none, row_id
from canteen.base.i18n import choices
from canteen.base.web import Answer, allow, current_actor, new_key, page
from canteen.counter.offers import MealSitting
from canteen.counter.paper.queries import sheet_of
from canteen.counter.paper.service import KeyedMeal, take_row
from canteen.counter.views import Sitting, blueprint, sitting_now

#: Ways to pay that most of a sheet may have.
PAY_WAYS = ("cash", "code", "monthly")


@blueprint.get("/paper")
@allow("serve")
def paper_page() -> Answer:
    """The sheet of a sitting with the field its rows are typed into."""
    return _answer(sitting_now(clock.now()), KeyedMeal())


@blueprint.post("/paper")
@allow("serve")
def key_in() -> Answer:
    """Key in one row; who may be meant is asked for where several are."""
    now, form = clock.now(), request.form
    sitting = sitting_now(now)
    elder_id = or_none(row_id)(form.get("elder", ""))
    outcome = take_row(
        form.get("row" if elder_id is None else "typed", "").strip()[:60],
        elder_id=elder_id,
        key=one_time_key(form.get("key", "")),
        sitting=MealSitting(sitting.site, sitting.day, sitting.slot, sitting.outside_hours),
        pay_way=one_of(PAY_WAYS)(form.get("pay_way", "")),
        actor=current_actor(),
        now=now,
    )
    return _answer(sitting, outcome)


def _answer(sitting: Sitting, outcome: KeyedMeal) -> Answer:
    return page(
        "counter/paper.html",
        block="keyed",
        sitting=sitting,
        outcome=outcome,
        sheet=sheet_of(site_id=sitting.site.id, day=sitting.day, slot=sitting.slot),
        key=new_key(),
        pay_ways=choices("pay_way", PAY_WAYS),
        pay_way=request.form.get("pay_way", PAY_WAYS[0]),
    )
