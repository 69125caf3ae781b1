"""The first set-up: areas, a site, the scheme of the county, a printer on screen and the first administrator.

One transaction: everything or nothing. What stands already in the same form is left alone; what stands otherwise is
refused, so that a second run never changes a running canteen.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import reading, transaction
from canteen.base.errors import BadInput, Refusal
from canteen.base.words import OPERATING_MODELS, SLOTS
from canteen.places.models import Area, Site
from canteen.places.registry import NewSite, add_site, ensure_area, usual_hours
from canteen.places.rules import AreaName, county_of, parse_area_path, plain_name
from canteen.printing.models import Printer
from canteen.schemes.builtin import builtin_schemes
from canteen.schemes.models import SchemeVersion
from canteen.schemes.switching import switch_on
from canteen.staff.accounts import add_account, by_username
from canteen.staff.rules import NewAccount, tidy_username

#: Name of the first printer: papers are shown, not printed.
SCREEN_PRINTER = "屏幕"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """What shall be there."""

    area: str
    site: str
    #: Id of a scheme that comes with the program.
    scheme: str
    admin: str
    slots: tuple[str, ...] = ("lunch", "dinner")
    operating_model: str = "village_run"


@dataclass(slots=True)
class Done:
    """What a run made and what was there; lines in Chinese."""

    made: list[str] = field(default_factory=list)
    existing: list[str] = field(default_factory=list)
    site_code: str = ""

    def note(self, what: str, *, is_new: bool) -> None:
        """Keep one line."""
        (self.made if is_new else self.existing).append(what)


def needs_password(admin: str) -> bool:
    """Whether the administrator is still to be added."""
    with reading() as session:
        return by_username(session, tidy_username(admin)) is None


def set_up(wanted: SetUp, *, password: str, now: datetime) -> Done:
    """Make what is missing of ``wanted``; ``password`` is only used for a new administrator.

    Raises ``BadInput`` for names that cannot be read and ``Refusal`` (``site_differs``, ``admin_differs``,
    ``version_in_use``) when something of that name is there in another form; then nothing is written.
    """
    areas = parse_area_path(wanted.area)
    text = _checked(wanted)
    done = Done()
    with transaction() as session:
        _set_up_areas(session, areas, done)
        village = ensure_area(session, wanted.area)
        county = session.scalars(select(Area).where(Area.path == county_of(areas).path)).one()
        site = _set_up_site(session, wanted, village, done, now)
        _set_up_scheme(session, wanted.scheme, text, county, done, now)
        _set_up_printer(session, site, done)
        _set_up_admin(session, wanted.admin, county, done, password=password, now=now)
        if done.made:
            trail.record(session, actor=COMMAND, action="init", subject=f"site:{site.id}", at=now, site_id=site.id)
        done.site_code = site.code
    return done


def _checked(wanted: SetUp) -> str:
    """The text of the scheme, after a look at everything that needs no database."""
    if set(wanted.slots) - set(SLOTS) or not wanted.slots:
        raise BadInput("餐次只能是 %(choices)s", field="slots", choices=SLOTS)
    if wanted.operating_model not in OPERATING_MODELS:
        raise BadInput("运营方式只能是 %(choices)s", field="model", choices=OPERATING_MODELS)
    plain_name(wanted.site)
    schemes = builtin_schemes()
    if wanted.scheme not in schemes:
        raise BadInput(
            "没有自带方案「%(name)s」",
            field="scheme",
            name=wanted.scheme,
            next_step="可用:%(names)s",
            names="、".join(schemes),
        )
    return schemes[wanted.scheme]


def _set_up_areas(session: Session, areas: tuple[AreaName, ...], done: Done) -> None:
    there = set(session.scalars(select(Area.path).where(Area.path.in_([area.path for area in areas]))))
    for area in areas:
        done.note(f"地区 {area.path}", is_new=area.path not in there)


def _set_up_site(session: Session, wanted: SetUp, village: Area, done: Done, now: datetime) -> Site:
    name = plain_name(wanted.site)
    site = session.scalar(select(Site).where(Site.area_id == village.id, Site.name == name))
    is_new = site is None
    if site is None:
        slots = tuple(usual_hours(slot) for slot in SLOTS if slot in wanted.slots)
        # The grant year counts from the first day of service; the manager corrects it on the site's page.
        site = add_site(
            session,
            NewSite(
                area_id=village.id,
                name=name,
                opened_on=clock.day_of(now),
                slots=slots,
                operating_model=wanted.operating_model,
            ),
        )
    elif {one.slot for one in site.slots} != set(wanted.slots) or site.operating_model != wanted.operating_model:
        raise Refusal(
            "site_differs",
            "助餐点「%(name)s」已经存在,但餐次或运营方式不同",
            name=name,
            next_step="请在「助餐点」页修改,或换一个名称;这次没有写入任何内容",
        )
    done.note(f"助餐点 {site.code} {name}", is_new=is_new)
    return site


def _set_up_scheme(session: Session, scheme: str, text: str, county: Area, done: Done, now: datetime) -> None:
    there = session.scalar(
        select(SchemeVersion.id).where(SchemeVersion.scheme == scheme, SchemeVersion.area_id == county.id).limit(1)
    )
    first = clock.day_of(now).replace(month=1, day=1)
    if there is None:
        switch_on(session, text=text, area_id=county.id, valid_from=first, actor=COMMAND, at=now)
    done.note(f"方案 {scheme}({county.name})", is_new=there is None)


def _set_up_printer(session: Session, site: Site, done: Done) -> None:
    has_any = session.scalar(select(Printer.id).where(Printer.site_id == site.id).limit(1)) is not None
    if not has_any:
        session.add(Printer(site_id=site.id, name=SCREEN_PRINTER, address=f"screen://{site.code}", is_default=True))
        session.flush()
    done.note("打印机(在屏幕上显示)" if not has_any else "打印机", is_new=not has_any)


def _set_up_admin(session: Session, username: str, county: Area, done: Done, *, password: str, now: datetime) -> None:
    there = by_username(session, tidy_username(username))
    if there is None:
        new = NewAccount(username, "系统管理员", "administrator", county.id, None, password)
        add_account(session, new, at=now)
    elif there.role != "administrator" or there.area_id != county.id or there.site_id is not None:
        raise Refusal(
            "admin_differs",
            "账号 %(username)s 已经存在,但不是%(county)s的管理员",
            username=username,
            county=county.name,
            next_step="请换一个用户名;这次没有写入任何内容",
        )
    done.note(f"管理员 {tidy_username(username)}", is_new=there is None)
