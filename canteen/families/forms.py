"""The forms of links: text becomes types here."""

from datetime import date, timedelta

from canteen.base.fields import Field, Form, iso_day, iso_day_or_none, line, one_of
from canteen.base.words import SLOTS
from canteen.families.rules import USUAL_DAYS, FamilyWish, NewLink, check_link

WISH = Form(FamilyWish, day=iso_day, slot=one_of(SLOTS), set_name=Field(line(20), "set"))


def link_form(today: date) -> Form[NewLink]:
    """A link; without a day it lasts as long as links usually do."""
    usual = today + timedelta(days=USUAL_DAYS)
    return Form(
        NewLink,
        lambda new: check_link(new, today=today),
        for_whom=line(20, needed=True),
        last_day=lambda text: iso_day_or_none(text) or usual,
    )
