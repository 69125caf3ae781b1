"""A day in which something of everything is written, so that tests can look at what lies there afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from canteen.base.access import COMMAND
from canteen.base.db import reading, transaction
from canteen.base.vault import the_vault
from canteen.care import service as care
from canteen.care.requests import CareRequest, CareVoid
from canteen.counter.requests import ServeRequest, VoidRequest
from canteen.counter.service import serve_meal, void_serving
from canteen.deliveries.marking import service as marking
from canteen.deliveries.marking.requests import MarkRequest
from canteen.deliveries.models import Drop
from canteen.deliveries.planning import service as planning
from canteen.deliveries.planning.requests import DoorChange
from canteen.deliveries.planning.where import Point
from canteen.deliveries.requests import NewStop, RouteChange, RunRequest
from canteen.deliveries.service import routes, runs
from canteen.entitlements import look_back
from canteen.entitlements.requests import ObjectionInput, SanctionInput
from canteen.entitlements.service import public_lists, rights
from canteen.families import service as families
from canteen.families.rules import NewLink
from canteen.orders.freezing.service import freeze
from canteen.orders.papers import SittingAt
from canteen.people import service as people
from canteen.people.rules import LifePeriod
from canteen.places.queries import site_for
from canteen.printing.models import PrintJob
from canteen.printing.service.papers import reprint_ticket
from canteen.purses import service as purses
from canteen.purses.credits.run import Job
from canteen.purses.credits.service import credit_month
from canteen.purses.requests import PurseCorrection, TopUp
from canteen.schemes.switching import switch_on
from canteen.staff.models import Staff
from canteen.staff.second import factors
from canteen.staff.second.service import offer_new
from canteen.volunteers import service as volunteers
from canteen.volunteers.requests import VolunteerChange
from canteen.welfare import service as welfare
from canteen.welfare.models import WelfareCheck
from canteen.welfare.requests import StepInput
from canteen.welfare.seen import CheckEnd, Seen
from canteen.welfare.visits import service as visits
from canteen.welfare.visits.rules import NewVisitPlan
from tests.care.conftest import make_provider
from tests.entitlements.office import SCHEME, Office, approve, at, decide, show, switch, take
from tests.factories import (
    NOW,
    TODAY,
    VILLAGE,
    Person,
    Place,
    make_area,
    make_elder,
    make_menu,
    make_order,
    make_site,
    make_staff,
)
from tests.printing.records import make_printer, set_state

#: Class -> the status it asks for; an elder of each, in this order.
CLASSES = {
    "一类": "tekun",
    "二类": "dibao",
    "三类": "lost_only_child",
    "四类": "entitled_veteran",
    "五类": "hardship",
    "六类": "empty_nest",
}
NAMES = ("王秀兰", "李桂英", "赵福贵", "孙玉梅", "周德胜", "吴春花")
MEALS = """
id = "meals"
version = "1"
name = "测试助餐"
stack_group = "meals"
""" + "".join(
    f'[[classes]]\ncode = "{code}"\nwhen = {{ any_status = ["{kind}"] }}\namount = {{ kind = "per_meal", yuan = {yuan} }}\n'
    for yuan, (code, kind) in enumerate(CLASSES.items(), 2)
)
PURSE = """
id = "purse"
version = "1"
name = "测试服务券"
stack_group = "purse"
classes = [{ code = "一类", when = { any_status = ["tekun"] }, credit = { yuan = 100 } }]
[purse]
expires = "month_end"
pays_for = ["services"]
[[services]]
kind = "cleaning"
hour_yuan = 30
own_percent = 20
"""
#: Parts of sentences the engine made or somebody typed where it is sealed.
SENTENCES = (
    "每餐补助",
    "餐价 ",
    "按服务",
    "每月 100.00",
    "测试三楼",
    "测试住院",
    "测试平安",
    "测试头晕",
    "测试摔倒",
    "测试咳嗽",
    "测试意见",
    "测试儿媳",
    "测试膝盖",
    "测试更正",
    "测试认定",
)


@dataclass(frozen=True)
class Lived:
    """Where the day was, and the elders by class."""

    site: Place
    elders: dict[str, int]
    clerk: Person


def live() -> Lived:
    """Write the day."""
    site = make_site()
    make_menu(site)
    make_printer(site)
    county = make_area("金溪县")
    with transaction() as session:
        for text in (MEALS, PURSE):
            switch_on(session, text=text, area_id=county, valid_from=date(2026, 1, 1), actor=COMMAND, at=NOW)
    elders = {
        code: make_elder(name, site=site, statuses=(kind,))
        for name, (code, kind) in zip(NAMES, CLASSES.items(), strict=True)
    }
    lived = Lived(site, elders, make_staff("clerk", site=site))
    _meals(lived)
    _services(lived)
    _deliveries(lived)
    _helpers(lived)
    _rights(lived)
    _second_step(lived)
    return lived


def _second_step(lived: Lived) -> None:
    """An app on a phone, and a sign-in that waits for the set-up of one."""
    with transaction() as session:
        factors.put_totp(session, lived.clerk.id, "TESTSECRET", the_vault(), step=1)
        account = session.execute(select(Staff.__table__).where(Staff.id == lived.clerk.id)).one()
        step = factors.begin_step(session, account, aim="set_up", is_proven=True, at=NOW)
    offer_new(step, None, now=NOW)


def _meals(lived: Lived) -> None:
    """A lunch of every class and of a guest, two of them undone, a ticket printed twice."""
    site, clerk = lived.site.id, lived.clerk.actor
    for number, elder in enumerate(lived.elders.values()):
        request = ServeRequest(key=f"the-lunch-{number}", site_id=site, slot="lunch", elder_id=elder)
        served = serve_meal(request, actor=clerk, now=NOW)
    guest = serve_meal(ServeRequest(key="the-lunch-guest", site_id=site, guest_kind="villager"), actor=clerk, now=NOW)
    for number, serving in enumerate((served.id, guest.id)):
        void_serving(VoidRequest(serving_id=serving, key=f"the-undo-{number}", reason="登记错人"), actor=clerk, now=NOW)
    with reading() as session:
        ticket = session.scalars(select(PrintJob.id).order_by(PrintJob.id)).first()
    assert ticket is not None
    set_state(ticket, "printed")
    reprint_ticket(ticket, copy=1, reason="卡纸", actor=clerk, now=NOW)


def _services(lived: Lived) -> None:
    """A month's credit, two services paid out of it, one undone, own money and a correction."""
    credit_month(Job(TODAY.replace(day=1)), actor=COMMAND, now=NOW)
    elder, provider = lived.elders["一类"], make_provider()
    for number in range(2):
        request = CareRequest(
            key=f"the-service-{number}",
            site_id=lived.site.id,
            elder_id=elder,
            provider_id=provider,
            kind="cleaning",
            day=TODAY,
            minutes=60,
            price_fen=None,
            pay_way="cash",
            confirmed_by="elder",
            confirmer="",
        )
        done = care.record_service(request, actor=lived.clerk.actor, now=NOW)
    care.void_service(
        CareVoid(care_id=done.id, key="the-undo-service", reason="没有上门"), actor=lived.clerk.actor, now=NOW
    )
    paid = TopUp(
        elder_id=elder, site_id=lived.site.id, amount_fen=5000, pay_way="cash", key="the-top-up-1", note="测试更正"
    )
    purses.top_up(paid, actor=lived.clerk.actor, now=NOW)
    change = PurseCorrection(
        elder_id=elder, scheme="purse", amount_fen=-100, expires_on=None, reason="测试更正", key="the-correct-1"
    )
    purses.correct(change, actor=COMMAND, now=NOW)


def _deliveries(lived: Lived) -> None:
    """A door without an answer: hint, remark, and how the person was found."""
    manager, elder = make_staff("manager", site=lived.site), lived.elders["六类"]
    volunteer = make_staff("volunteer", site=lived.site)
    change = RouteChange(site_id=lived.site.id, route_id=None, name="东线", staff_id=volunteer.id)
    route = routes.keep_route(change, actor=manager.actor, now=NOW)
    routes.add_stop(NewStop(route_id=route, elder_id=elder, hint="测试三楼"), actor=manager.actor, now=NOW)
    make_order(elder, lived.site, way="delivery")
    freeze(SittingAt(site=site_for(COMMAND, lived.site.id), day=TODAY, slot="lunch"), now=NOW)
    planning.keep_door(elder, DoorChange(place=Point(27.91, 116.4)), actor=manager.actor, now=NOW)
    runs.plan_run(RunRequest(route_id=route, day=TODAY, slot="lunch"), actor=manager.actor, now=NOW)
    with reading() as session:
        drop = session.scalars(select(Drop.id)).one()
    marking.record_drop(
        drop, MarkRequest(outcome="no_answer", key="tap-00000001", note="测试住院"), now=NOW, actor=volunteer.actor
    )
    with reading() as session:
        check = session.scalars(select(WelfareCheck.id)).one()
    step = StepInput(key="the-step-1", kind="call", result="needs_help", words="测试头晕")
    welfare.take_step(check, step, actor=manager.actor, now=NOW)
    welfare.close_check(check, CheckEnd("well", "测试平安"), actor=manager.actor, now=NOW)
    weekly = NewVisitPlan(
        site_id=lived.site.id,
        elder_id=elder,
        village_group="",
        staff_id=volunteer.id,
        partner_id=None,
        every_days=7,
        from_day=TODAY,
    )
    plan = visits.add_plan(weekly, actor=manager.actor, now=NOW)
    visits.record_visit(plan, elder, "met", Seen((), "测试咳嗽"), key="the-visit-1", actor=volunteer.actor, now=NOW)
    seen = Seen(("doctor",), "测试摔倒")
    marking.raise_concern(drop, seen, key="the-concern-1", actor=volunteer.actor, now=NOW)


def _helpers(lived: Lived) -> None:
    """A link for a family, and somebody in the register of volunteers."""
    manager = make_staff("manager", site=lived.site).actor
    link = NewLink(elder_id=lived.elders["六类"], for_whom="测试儿媳", last_day=TODAY)
    families.make_link(link, actor=manager, now=NOW)
    helper = VolunteerChange(
        site_id=lived.site.id,
        volunteer_id=None,
        name="测试志愿者甲",
        staff_id=None,
        phone="13900000009",
        note="测试膝盖",
        weekdays="135",
        slots=("lunch",),
        routes=(),
        joined_on=TODAY,
        left_on=None,
    )
    volunteers.keep_volunteer(helper, actor=manager, now=NOW)


def _rights(lived: Lived) -> None:
    """A right applied for and given, one refused after an objection, a sanction, a death looked back at."""
    office = Office(
        site=lived.site,
        version_id=switch(SCHEME),
        clerk=lived.clerk,
        village=make_staff("committee", path=VILLAGE),
        township=make_staff("civil_affairs", path="金溪县/云溪镇"),
        county=make_staff("civil_affairs", path="金溪县"),
    )
    approve(office, lived.elders["五类"])
    refused = take(office, lived.elders["三类"], key="f" * 32)
    show(office, refused)
    objection = ObjectionInput(application_id=refused, received_on=TODAY, by="测试邻居", text="测试意见")
    public_lists.record_objection(objection, actor=lived.clerk.actor, now=NOW)
    decide(office.village, refused, 0, TODAY, "refused", "测试意见")
    later = TODAY + timedelta(days=9)
    sanction = SanctionInput(
        elder_id=lived.elders["五类"], scheme="care", number=0, reason="测试认定", decided_on=later
    )
    rights.sanction_elder(sanction, actor=office.county.actor, now=at(later))
    gone = lived.elders["四类"]
    people.record_event(gone, LifePeriod("died", TODAY - timedelta(days=1), None, ""), actor=COMMAND, now=NOW)
    with reading() as session:
        [meal] = look_back.lines(session, actor=office.county.actor, elder_id=gone)
    rights.settle_look_back(meal.serving_id, "测试更正", actor=office.county.actor, now=NOW)
