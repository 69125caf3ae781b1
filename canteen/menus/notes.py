"""What is said about a price that changed, in the person's language."""

from datetime import date

from flask_babel import gettext

from canteen.base.i18n import show_day, word
from canteen.base.money import yen_sign
from canteen.menus.rules import PriceNote


def note_text(note: PriceNote, *, today: date) -> str:
    """One price change: from what to what, and how many meals keep the old price."""
    day, slot = note.sitting
    facts = {
        "day": gettext("今天") if day == today else show_day(day),
        "slot": word(slot, "slot"),
        "name": note.name,
        "before": yen_sign(note.before_fen),
        "after": yen_sign(note.after_fen),
        "n": note.served,
    }
    if note.served:
        text = "%(day)s%(slot)s %(name)s 由 %(before)s 改为 %(after)s;已供 %(n)s 份仍按原价,新价只用于之后的用餐"
    else:
        text = "%(day)s%(slot)s %(name)s 由 %(before)s 改为 %(after)s"
    return str(gettext(text, **facts))
