"""The desk's forms: text becomes types here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from werkzeug.datastructures import MultiDict

from canteen.base.errors import BadInput
from canteen.base.fields import Fields, iso_day, iso_day_or_none, line, one_of, row_id
from canteen.base.money import parse_yuan
from canteen.desk.drafts import plain_text
from canteen.desk.requests import End, NewDraft, PreviewAsked, Save, SwitchOn
from canteen.desk.snippets import with_snippet
from canteen.desk.trial import TryAsked
from canteen.schemes.deciding.meals import Meal, Person
from canteen.schemes.facts import ABILITIES, SETTLEMENTS, SLOTS, STATUSES, WAYS
from canteen.schemes.language.reader import is_area

#: Rows of meals on the try page, and the most meals they may make.
ROWS, MOST_MEALS = 4, 200
#: Prefix of the fields that change single numbers.
NUMBER = "n:"


def read_new(form: Mapping[str, str]) -> NewDraft:
    """What a draft begins with, and for which area."""
    return NewDraft(line(80, needed=True)(form.get("source", "")), row_id(form.get("area_id", "")))


def read_save(form: Mapping[str, str], draft_id: int) -> Save:
    """The text of the editor, with a block put in where one was asked for."""
    text = plain_text(form.get("text", ""))
    if form.get("do") == "insert":
        area = form.get("insert_area", "")
        text = with_snippet(text, form.get("insert", ""), area=area if is_area(area) and len(area) <= 200 else "?")
    return Save(draft_id, read_revision(form), text)


def read_revision(form: Mapping[str, str]) -> int:
    """Which revision of a draft the page was made from."""
    return row_id(form.get("revision", ""))


def read_numbers(form: Mapping[str, str]) -> dict[str, str]:
    """Path of a number -> what was typed for it."""
    return {name.removeprefix(NUMBER): text.strip()[:60] for name, text in form.items() if name.startswith(NUMBER)}


def read_period(form: Mapping[str, str], *, today: date) -> tuple[date, date | None, dict[str, str]]:
    """First and last day of being in force, and a sentence for each that is wrong. Nothing typed: tomorrow's month."""
    fields = Fields(form)
    usual = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    first = fields.take("first", iso_day, usual) if form.get("first") else usual
    return first, fields.take("last", iso_day_or_none, None), fields.errors


def read_switch_on(form: Mapping[str, str], draft_id: int) -> SwitchOn:
    """The day from which a draft is in force."""
    return SwitchOn(
        draft_id,
        read_revision(form),
        iso_day(form.get("first", "")),
        iso_day_or_none(form.get("last", "")),
        form.get("consent") == "yes",
    )


def read_end(form: Mapping[str, str], version_id: int) -> End:
    """The last day of a version."""
    return End(version_id, iso_day_or_none(form.get("last", "")), form.get("consent") == "yes")


def read_preview(form: Mapping[str, str]) -> PreviewAsked:
    """From which day, and which month to count again."""
    month = form.get("month", "").strip()
    return PreviewAsked(iso_day(form.get("first", "")), iso_day(f"{month}-01") if month else None)


def read_page(args: Mapping[str, str]) -> int:
    """Which page of a list, from 0."""
    text = args.get("page", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def read_reason(form: Mapping[str, str]) -> str:
    """Why somebody wants to see names."""
    return line(100, needed=True)(form.get("reason", ""))


@dataclass(frozen=True, slots=True)
class MealRow:
    """One row of the try page as typed."""

    day: str
    slot: str
    price: str
    way: str
    days: str


def meal_rows(form: Mapping[str, str], *, today: date) -> list[MealRow]:
    """The rows as they were typed; a first row to begin with."""
    names = ("day", "slot", "price", "way", "days")
    if not any(f"day{number}" in form for number in range(ROWS)):
        first = MealRow(today.replace(day=1).isoformat(), "lunch", "10.00", "dine_in", "30")
        return [first, *[MealRow("", "lunch", "", "dine_in", "1")] * (ROWS - 1)]
    return [MealRow(*(form.get(f"{name}{number}", "") for name in names)) for number in range(ROWS)]


def read_try(form: MultiDict[str, str]) -> tuple[TryAsked | None, dict[str, str]]:
    """Who and which meals to try, or None and a sentence for each field that is wrong."""
    fields = Fields(form)
    site_area = fields.take("site_area", _area, "")
    meals: list[Meal] = []
    for number in range(ROWS):
        if form.get(f"day{number}", "").strip():
            meals += _row_of_meals(fields, number, site_area)
    if not meals and not fields.errors:
        fields.errors["day0"] = str(BadInput("请至少填写一餐"))
    if len(meals) > MOST_MEALS:
        fields.blame(BadInput("最多试 %(most)s 餐", field="days0", most=MOST_MEALS))
    with_others = form.get("with_others") == "yes"
    if form.get("elder_id"):
        asked = TryAsked(None, row_id(form["elder_id"]), tuple(meals), with_others)
    else:
        person = _person(fields, form)
        if meals and min(meal.day for meal in meals) < person.birth_day:
            fields.blame(BadInput("用餐日期早于出生日期", field="birth_day"))
        asked = TryAsked(person, None, tuple(meals), with_others)
    return (None if fields.errors else asked), fields.errors


def _row_of_meals(fields: Fields, number: int, site_area: str) -> list[Meal]:
    first = fields.take(f"day{number}", iso_day, date(2000, 1, 1))
    price_fen = fields.take(f"price{number}", parse_yuan, 0)
    slot = fields.take(f"slot{number}", one_of(SLOTS), SLOTS[0])
    way = fields.take(f"way{number}", one_of(WAYS), WAYS[0])
    days = fields.take(f"days{number}", _days, 1)
    return [
        Meal(day=first + timedelta(days=step), slot=slot, price_fen=price_fen, way=way, site_area=site_area)
        for step in range(days)
    ]


def _person(fields: Fields, form: MultiDict[str, str]) -> Person:
    """What is typed of an invented person; what is not typed is unknown, a status that is not ticked is a no."""
    kinds = frozenset(kind for kind in form.getlist("statuses") if kind in STATUSES)
    return Person(
        birth_day=fields.take("birth_day", iso_day_long_ago, date(1950, 1, 1)),
        hukou=fields.take("hukou", _area_or_none, ""),
        residence=fields.take("residence", _area_or_none, ""),
        settlement=fields.take("settlement", one_of(("", *SETTLEMENTS)), ""),
        statuses=kinds,
        ability=fields.take("ability", one_of(("", *ABILITIES)), ""),
    )


def iso_day_long_ago(text: str) -> date:
    """A birth day: may be in the last century."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError as error:
        raise BadInput("「%(text)s」不是日期,请写成 2026-11-21", text=text.strip()[:20]) from error
    if not 1890 <= day.year <= 2100:
        raise BadInput("日期的年份不对:%(text)s", text=text.strip()[:20])
    return day


def _days(text: str) -> int:
    plain = text.strip() or "1"
    if not (plain.isascii() and plain.isdigit() and 1 <= int(plain[:4]) <= 62):
        raise BadInput("连续天数是 1 到 62")
    return int(plain)


def _area(text: str) -> str:
    plain = text.strip().strip("/")
    if not is_area(plain) or len(plain) > 200:
        raise BadInput("请写地区,从上到下用 / 隔开,例如 金溪县/云溪镇")
    return plain


def _area_or_none(text: str) -> str:
    return _area(text) if text.strip() else ""
