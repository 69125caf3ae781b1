"""The desk's forms: text becomes types here."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from werkzeug.datastructures import MultiDict

from canteen.base.errors import BadInput
from canteen.base.fields import (
    Field,
    Fields,
    Form,
    iso_day,
    iso_day_or_none,
    line,
    month,
    one_of,
    or_none,
    row_id,
    whole,
)
from canteen.base.money import parse_yuan
from canteen.base.months import months_on
from canteen.base.words import SLOTS, WAYS
from canteen.desk.drafts import plain_text
from canteen.desk.requests import EndVersion, NewDraft, PreviewRequest, SaveDraft, SwitchOn, TryRequest
from canteen.desk.snippets import with_snippet
from canteen.schemes.facts import Meal, Person
from canteen.schemes.language.reader import is_area
from canteen.schemes.trial.invented import PERSON_FACTS, TIME

#: Rows of meals on the try page, and the most meals they may make.
ROWS, MOST_MEALS = 4, 200
#: Facts of a person that the try page leaves out: there, everybody in a class counts.
APPROVALS = ("approved", "started")
#: Fields of the try page that hold for every meal -> what is there to begin with.
_EVERY_MEAL = {"set_meal": "yes", "second_portion": "no"} | dict.fromkeys(
    ("fee", "net_price", "booked_days", "booked_time"), ""
)
#: Prefix of the fields that change single numbers.
NUMBER = "n:"


def _consent(text: str) -> bool:
    return text == "yes"


#: What a draft begins with, and for which area.
NEW = Form(NewDraft, source=line(80, needed=True), area_id=row_id)
#: The day from which a draft is in force.
SWITCH_ON = Form(SwitchOn, revision=row_id, first=iso_day, last=iso_day_or_none, consent=_consent)
#: The last day of a version.
END = Form(EndVersion, last=iso_day_or_none, consent=_consent)
#: From which day, and which month to count again.
PREVIEW = Form(PreviewRequest, from_day=Field(iso_day, "first"), month=or_none(month))
#: Why somebody wants to see names.
reason = line(100, needed=True)


def read_save(form: Mapping[str, str], draft_id: int) -> SaveDraft:
    """The text of the editor, with a block put in where one was asked for."""
    text = plain_text(form.get("text", ""))
    if form.get("do") == "insert":
        area = form.get("insert_area", "")
        text = with_snippet(text, form.get("insert", ""), area=area if is_area(area) and len(area) <= 200 else "?")
    return SaveDraft(draft_id, read_revision(form), text)


def read_revision(form: Mapping[str, str]) -> int:
    """Which revision of a draft the page was made from."""
    return row_id(form.get("revision", ""))


def read_numbers(form: Mapping[str, str]) -> dict[str, str]:
    """Path of a number -> what was typed for it."""
    return {name.removeprefix(NUMBER): text.strip()[:60] for name, text in form.items() if name.startswith(NUMBER)}


def read_period(form: Mapping[str, str], *, today: date) -> tuple[date, date | None, dict[str, BadInput]]:
    """First and last day of being in force, and what is wrong with either. Nothing typed: tomorrow's month."""
    fields = Fields(form)
    usual = months_on(today, 1)
    first = fields.take("first", iso_day_or_none, None) or usual
    return first, fields.take("last", iso_day_or_none, None), fields.errors


def read_page(args: Mapping[str, str]) -> int:
    """Which page of a list, from 0."""
    text = args.get("page", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def meal_rows(form: Mapping[str, str], *, today: date) -> list[dict[str, str]]:
    """The rows of the try page as they were typed; a first row to begin with."""
    if any(f"day{number}" in form for number in range(ROWS)):
        names = ("day", "slot", "price", "way", "days")
        return [{name: form.get(f"{name}{number}", "") for name in names} for number in range(ROWS)]
    row = {"day": "", "slot": "lunch", "price": "", "way": "dine_in", "days": "1"}
    first = {"day": today.replace(day=1).isoformat(), "price": "10.00", "days": "30"}
    return [row | first, *[row] * (ROWS - 1)]


def read_try(form: MultiDict[str, str]) -> TryRequest:
    """Who and which meals to try. Raises ``BadFields``."""
    fields = Fields(form)
    like_all = _every_meal(fields, form)
    meals: list[Meal] = []
    for number in range(ROWS):
        if form.get(f"day{number}", "").strip():
            meals += _row_of_meals(fields, number, like_all)
    if not meals and not fields.errors:
        fields.errors["day0"] = BadInput("请至少填写一餐")
    if len(meals) > MOST_MEALS:
        fields.errors["days0"] = BadInput("最多试 %(most)s 餐", most=MOST_MEALS)
    if any(meal.net_price_fen is not None and meal.net_price_fen > meal.price_fen for meal in meals):
        fields.errors["net_price"] = BadInput("折后价高于餐价")
    person, elder_id = None, None
    if form.get("elder_id"):
        elder_id = row_id(form["elder_id"])
    else:
        person = Person(**{name: _fact(fields, form, name) for name in PERSON_FACTS if name not in APPROVALS})
        if meals and min(meal.day for meal in meals) < person.birth_day:
            fields.errors["birth_day"] = BadInput("用餐日期早于出生日期")
    fields.stop()
    return TryRequest(person, elder_id, tuple(meals), form.get("with_others") == "yes")


def has_every_meal(form: Mapping[str, str]) -> bool:
    """Is something typed that holds for every meal, besides what nearly always does?"""
    return any(form.get(name, usual) not in ("", usual) for name, usual in _EVERY_MEAL.items())


def _every_meal(fields: Fields, form: Mapping[str, str]) -> Callable[[date], Meal]:
    """A meal on a day, with what is typed for all meals alike; price, slot and way are those of its row."""
    booked_time = fields.take("booked_time", _time, "")
    days_before = fields.take("booked_days", lambda text: whole(0, 62, "提前的天数是 0 到 62")(text.strip() or "0"), 0)
    if form.get("booked_days", "").strip() and not form.get("booked_time"):
        fields.errors["booked_time"] = BadInput("请填写预订的时间")
    alike = Meal(
        day=date.min,
        slot="",
        price_fen=0,
        way="",
        site_area=fields.take("site_area", _area, ""),
        set_meal=form.get("set_meal") != "no",
        second_portion=form.get("second_portion") == "yes",
        fee_fen=fields.take("fee", or_none(parse_yuan), None) or 0,
        net_price_fen=fields.take("net_price", or_none(parse_yuan), None),
        booked_time=booked_time,
    )
    return lambda day: replace(alike, day=day, booked_on=day - timedelta(days=days_before) if booked_time else None)


def _row_of_meals(fields: Fields, number: int, like_all: Callable[[date], Meal]) -> list[Meal]:
    first = fields.take(f"day{number}", iso_day, date(2000, 1, 1))
    price_fen = fields.take(f"price{number}", parse_yuan, 0)
    slot = fields.take(f"slot{number}", one_of(SLOTS), SLOTS[0])
    way = fields.take(f"way{number}", one_of(WAYS), WAYS[0])
    days = fields.take(f"days{number}", lambda text: whole(1, 62, "连续天数是 1 到 62")(text.strip() or "1"), 1)
    every_day = (first + timedelta(days=step) for step in range(days))
    return [replace(like_all(day), slot=slot, price_fen=price_fen, way=way) for day in every_day]


def _fact(fields: Fields, form: MultiDict[str, str], name: str) -> Any:
    """What is typed of an invented person; what is not typed is unknown, a status that is not ticked is a no."""
    fact = PERSON_FACTS[name]
    if fact.kind == "word":
        return fields.take(name, one_of(fact.words), "")
    if fact.kind == "area":
        return fields.take(name, _area_or_none, "")
    if fact.kind == "day":
        unknown: date | None = date(1950, 1, 1)
        return fields.take(name, lambda text: _long_ago(text) if text.strip() or fact.is_needed else None, unknown)
    return frozenset(word for word in form.getlist(name) if not fact.words or word in fact.words)


def _long_ago(text: str) -> date:
    """A birth day: may be in the last century."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError as error:
        raise BadInput("「%(text)s」不是日期,请写成 2026-11-21", text=text.strip()[:20]) from error
    if not 1890 <= day.year <= 2100:
        raise BadInput("日期的年份不对:%(text)s", text=text.strip()[:20])
    return day


def _time(text: str) -> str:
    """A time on the wall, "" for none."""
    plain = text.strip()
    if plain and not re.fullmatch(TIME, plain):
        raise BadInput("「%(text)s」不是时间,请写成 09:30", text=plain[:20])
    return plain


def _area(text: str) -> str:
    plain = text.strip().strip("/")
    if not is_area(plain) or len(plain) > 200:
        raise BadInput("请写地区,从上到下用 / 隔开,例如 金溪县/云溪镇")
    return plain


def _area_or_none(text: str) -> str:
    return _area(text) if text.strip() else ""
