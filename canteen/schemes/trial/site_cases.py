"""Reading a case with a site: what it is and what it did in a year. See ``cases.py``."""

from collections.abc import Mapping
from dataclasses import dataclass

from canteen.base.words import SETTLEMENTS
from canteen.schemes.facts import MonthVolume, SiteYear
from canteen.schemes.language.conditions import OLDEST
from canteen.schemes.language.reader import Table
from canteen.schemes.language.site_money import MODELS, OWNERSHIPS, PREMISES, SIZES, VOLUMES
from canteen.schemes.trial.invented import read_month

_MOST = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteCase:
    """One site and one year of it."""

    name: str
    year: int
    site: SiteYear


def read_site_case(table: Table, name: str) -> SiteCase:
    """Read ``{ name, site, year, months }``. Problems are noted on the table."""
    if not table.has("year"):
        table.notes.lacks(table.path("year"), "年份,例如 2026")
    year = table.whole("year", 1, 9998) if table.has("year") else 1
    months = tuple(_read_volume(month) for month in table.tables("months"))
    site = _read_site(table.table("site"), months)
    table.done()
    return SiteCase(name=name, year=year, site=site)


def _read_site(table: Table, months: tuple[MonthVolume, ...]) -> SiteYear:
    site = SiteYear(
        settlement=table.choice("settlement", ("", *SETTLEMENTS), default=""),
        area=table.area("area", default=""),
        premises=table.choice("premises", ("", *PREMISES), default=""),
        ownership=table.choice("ownership", ("", *OWNERSHIPS), default=""),
        operating_model=table.choice("operating_model", ("", *MODELS), default=""),
        opened_on=table.day("opened_on"),
        closed_on=table.day("closed_on"),
        size={what: table.whole(what, 0, _MOST) for what in SIZES if table.has(what)},
        investment_fen=table.money("investment") if table.has("investment") else None,
        serves_meals=table.flag("serves_meals") if table.has("serves_meals") else None,
        accepted=table.flag("accepted") if table.has("accepted") else None,
        assessment=table.text("assessment", default="", longest=20),
        planned_days=table.whole("planned_days", 0, 366) if table.has("planned_days") else 0,
        days_with=_read_days_with(table),
        months=months,
        received=frozenset(table.names("received")),
        decided=_read_decided(table),
    )
    if site.opened_on and site.closed_on and site.closed_on < site.opened_on:
        table.notes.problems.append(f"{table.path('closed_on')}:{site.closed_on} 早于 opened_on 的 {site.opened_on}")
    table.done()
    return site


def _read_days_with(table: Table) -> Mapping[int, int]:
    """``{ "1": 240, "2": 230 }``: planned days with at least so many meals."""
    days = table.table("days_with")
    found = {meals: days.whole(str(meals), 0, 366) for meals in (1, 2, 3) if days.has(str(meals))}
    days.done()
    return found


def _read_decided(table: Table) -> Mapping[str, tuple[int, str]]:
    """What a person decided within a range, and why."""
    found: dict[str, tuple[int, str]] = {}
    for one in table.tables("decided"):
        found[one.text("code", longest=20)] = (one.money("amount"), one.text("why", longest=200))
        one.done()
    return found


def _read_volume(table: Table) -> MonthVolume:
    counts = {what: table.whole(what, 0, _MOST) if table.has(what) else 0 for what in VOLUMES}
    volume = MonthVolume(
        read_month(table, "month"),
        **counts,
        ages=_read_ages(table, "ages"),
        subsidised_ages=_read_ages(table, "subsidised_ages"),
    )
    table.done()
    return volume


def _read_ages(table: Table, key: str) -> Mapping[int, int]:
    """``{ "72": 30 }``: meals by the diner's age."""
    ages = table.table(key)
    counted: dict[int, int] = {}
    written = ages.keys()
    for text in written:
        if text.isascii() and text.isdigit() and len(text) < 4 and int(text) <= OLDEST:
            counted[int(text)] = ages.whole(text, 0, _MOST)
        else:
            ages.take(text)
            table.notes.wrong(table.path(key), text, f"年龄(0 到 {OLDEST} 的整数)= 餐数")
    return counted
