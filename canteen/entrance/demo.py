"""``flask --app wsgi demo``: an invented canteen to try everything on. Nobody in it exists.

Everything goes through the same functions as real work; the demo only makes up what people would type.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import func, select, update

from canteen.base import clock, keys
from canteen.base.access import COMMAND, Actor
from canteen.base.clock import SHANGHAI
from canteen.base.console import plain_trouble
from canteen.base.db import reading, transaction
from canteen.base.months import full_years
from canteen.base.vault import the_vault
from canteen.counter.requests import ServeRequest
from canteen.counter.servings import record_serving
from canteen.deliveries.models import DoorPlace, Route, RouteStop
from canteen.deliveries.requests import RunRequest
from canteen.deliveries.service.runs import plan_run
from canteen.entrance.setup import SetUp, set_up
from canteen.menus.registry import put_sets
from canteen.menus.rules import SetDraft
from canteen.orders.models import Order, StandingOrder
from canteen.people.facts import Contact, Personal
from canteen.people.registry import ElderDraft, StatusDraft, add_elder
from canteen.places.models import Area, Site
from canteen.places.registry import ensure_area
from canteen.printing.models import PrintJob
from canteen.staff.accounts import add_account
from canteen.staff.models import Staff
from canteen.staff.rules import NewAccount
from canteen.welfare.visits.models import VisitPlan

VILLAGE = "金溪县/云溪镇/枫林村"
SITE = "枫林村助餐点(演示)"
#: One password for every demo account: shown at the start, and useless anywhere else.
PASSWORD = "demo-canteen-2026"  # noqa: S105
#: Username, name, role, whether bound to the site.
ACCOUNTS = (
    ("clerk", "演示柜台", "clerk", True),
    ("manager", "演示站长", "manager", True),
    ("volunteer", "演示志愿者", "volunteer", True),
    ("committee", "演示村委", "committee", True),
    ("civil", "演示民政", "civil_affairs", False),
)
#: Obviously invented names; the rare characters are there because real rosters have them.
NAMES = (
    *("张试吃", "李样板", "王范例", "赵演示", "钱模拟", "孙练习", "周示例", "吴测试", "郑假定", "冯虚构", "陈样品"),
    *("褚演练", "欧阳示范", "张䶮样", "李𠮷例", "阿依·示例", "单试饭", "仇样本", "查演习", "曾模板", "乐示意"),
    *("区样例", "解范本", "朴试用"),
)
DIETS = ("", "少盐", "", "糖尿病", "", "软食", "", "")
SETS = (
    SetDraft("A套餐", 1000, "红烧豆腐、清炒白菜、冬瓜汤、米饭"),
    SetDraft("B套餐", 1000, "清蒸鱼、丝瓜、软饭", "少油少糖少盐、软食"),
)
#: Days of history, so that the committee has something to look at.
DAYS_BACK = 12


@dataclass(frozen=True, slots=True)
class Made:
    """What the demo works with."""

    site_id: int
    elders: tuple[int, ...]
    clerk: Actor


@click.command()
@with_appcontext
def demo() -> None:
    """Make the invented demo canteen, or bring its menus up to today."""
    with plain_trouble():
        if current_app.config["CANTEEN"].env != "demo":
            raise click.UsageError("the demo is only made where CANTEEN_ENV=demo")
        keys.require()
        now = clock.now()
        if _is_empty():
            _make(now)
        _menus_for(clock.day_of(now))
        _run_for(now)
    for line in _accounts_table():
        click.echo(line)


def _is_empty() -> bool:
    with reading() as session:
        return session.execute(select(func.count()).select_from(Site)).scalar_one() == 0


def _make(now: datetime) -> None:
    today = clock.day_of(now)
    set_up(SetUp(area=VILLAGE, site=SITE, scheme="jinxi", admin="admin"), password=PASSWORD, now=now)
    made = _people(now, today)
    for back in range(DAYS_BACK, 0, -1):
        _menus_for(today - timedelta(days=back))
        _history(made, today - timedelta(days=back))
    _route(made)


def _people(now: datetime, today: date) -> Made:
    with transaction() as session:
        site = session.scalars(select(Site)).one()
        site.opened_on = today - timedelta(days=DAYS_BACK)
        village = ensure_area(session, VILLAGE)
        county_id = session.scalars(select(Area.id).where(Area.level == "county")).one()
        for username, name, role, at_site in ACCOUNTS:
            area_id, site_id = (village.id, site.id) if at_site else (county_id, None)
            add_account(session, NewAccount(username, name, role, area_id, site_id, PASSWORD), at=now)
        elders = tuple(
            add_elder(
                session, _draft(number, name, village.id, site.id, today), actor=COMMAND, at=now, vault=the_vault()
            )
            for number, name in enumerate(NAMES, 1)
        )
        clerk = session.scalars(select(Staff).where(Staff.username == "clerk")).one()
        return Made(site.id, elders, Actor("staff", clerk.id, clerk.name, "clerk", VILLAGE, site.id))


def _draft(number: int, name: str, area_id: int, site_id: int, today: date) -> ElderDraft:
    birth_day = date(today.year - 61 - number * 7 % 33, number % 12 + 1, number % 28 + 1)
    kinds = {0: ("hardship",), 1: ("dibao",), 2: (), 3: ("hardship", "empty_nest"), 4: ("entitled_veteran",)}[
        number % 5
    ]
    if number % 8 == 6 and full_years(birth_day, today) >= 70:
        kinds = ("left_behind",)
    return ElderDraft(
        name=name,
        birth_day=birth_day,
        residence_area_id=area_id,
        hukou_area_id=area_id,
        sex="female" if number % 2 else "male",
        settlement="rural",
        village_group=f"{number % 7 + 1}组",
        home_site_id=site_id,
        wants_delivery=number % 6 == 0,
        card=f"{number:06d}",
        personal=Personal(
            ability="able",
            living="living_alone" if number % 3 == 0 else "with_family",
            diet=DIETS[number % len(DIETS)],
            phone=f"1990000{number:04d}",
            address=f"演示路{number}号",
            contacts=(Contact("演示家属", f"1990001{number:04d}", "子女"),),
        ),
        statuses=tuple(
            StatusDraft(kind=kind, from_day=date(today.year, 1, 1), issuer="枫林村村委会(演示)", evidence="演示名册")
            for kind in kinds
        ),
    )


def _menus_for(first: date) -> None:
    """Menus from a day to a week after it, where there are none."""
    with transaction() as session:
        site = session.scalars(select(Site)).first()
        if site is None:
            return
        for ahead in range(8):
            for hours in site.slots:
                put_sets(
                    session,
                    site_id=site.id,
                    sitting=(first + timedelta(days=ahead), hours.slot),
                    sets=SETS,
                    keep_others=True,
                )


def _history(made: Made, day: date) -> None:
    """A day as it might have been: most came for lunch, a few for dinner, one guest."""
    with transaction() as session:
        for slot, hour, every in (("lunch", 11, 2), ("dinner", 17, 5)):
            for place, elder_id in enumerate(made.elders):
                if (place + day.toordinal()) % every:
                    continue
                at = datetime.combine(day, time(hour, 5), SHANGHAI).astimezone(UTC) + timedelta(seconds=40 * place)
                request = ServeRequest(
                    key=f"demo-{day}-{slot}-{elder_id}",
                    site_id=made.site_id,
                    slot=slot,
                    elder_id=elder_id,
                    way="take_away" if place % 4 == 3 else "dine_in",
                    set_name=SETS[place % 2].name,
                    till="1号台",
                )
                record_serving(session, request, actor=made.clerk, now=at)
        session.execute(
            update(PrintJob).where(PrintJob.state == "queued").values(state="printed", finished_at=clock.now())
        )


def _route(made: Made) -> None:
    with transaction() as session:
        volunteer = session.scalars(select(Staff).where(Staff.username == "volunteer")).one()
        session.get_one(Site, made.site_id).place = "27.912000,116.402000"
        route = Route(site_id=made.site_id, name="村东线(演示)", staff_id=volunteer.id)
        session.add_all([route, Route(site_id=made.site_id, name="村西线(演示)")])
        session.flush()
        weekly = {"elder_id": made.elders[0], "every_days": 7, "from_day": clock.today(), "recorded_at": clock.now()}
        session.add(VisitPlan(site_id=made.site_id, staff_id=volunteer.id, **weekly))
        for position, elder_id in enumerate(made.elders[5::6], 1):
            session.add(RouteStop(route_id=route.id, elder_id=elder_id, position=position))
            if position > 1:  # the first door's place is still to be found out
                known = {
                    "at": f"{27.91 + position % 3 / 200:.6f},{116.4 + position / 400:.6f}",
                    "minutes": 3,
                    "eats_by": "",
                }
                sealed = the_vault().seal(known, f"door_place:{elder_id}")
                session.add(DoorPlace(elder_id=elder_id, sealed=sealed))
            session.add(
                StandingOrder(
                    site_id=made.site_id,
                    elder_id=elder_id,
                    slot="lunch",
                    weekdays="1234567",
                    way="delivery",
                    from_day=clock.today(),
                    recorded_at=clock.now() - timedelta(days=1),
                )
            )


def _run_for(now: datetime) -> None:
    """Today's lunch run of the demo route, so that the volunteer's phone has doors at any hour."""
    with transaction() as session:
        route_id = session.scalar(select(Route.id).order_by(Route.id))
        day, slot = clock.day_of(now), "lunch"
        there = select(Order.elder_id).where(Order.day == day, Order.slot == slot)
        for habit in session.scalars(select(StandingOrder).where(StandingOrder.elder_id.not_in(there))):
            session.add(
                Order(
                    site_id=habit.site_id,
                    elder_id=habit.elder_id,
                    day=day,
                    slot=slot,
                    way=habit.way,
                    set_name=SETS[0].name,
                    standing_id=habit.id,
                    ordered_at=now,
                )
            )
    if route_id is not None:
        plan_run(RunRequest(route_id=route_id, day=clock.day_of(now), slot="lunch"), actor=COMMAND, now=now)


def _accounts_table() -> list[str]:
    lines = [f"演示账号,密码都是 {PASSWORD} (demo accounts, one password):"]
    lines += [
        f"  {username:<10} {name}" for username, name in (("admin", "系统管理员"), *((a, n) for a, n, _, _ in ACCOUNTS))
    ]
    lines.append(f"演示卡号 (demo cards): 000001 – {len(NAMES):06d}")
    return lines


commands = [demo]
