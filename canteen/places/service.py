"""What a manager does with a site: its settings and its service calendar."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.db import LostRace, transaction
from canteen.base.errors import Refusal
from canteen.base.records import as_record, as_row
from canteen.places.models import CalendarException, Site, SiteSlot
from canteen.places.registry import audit_day, held_site, write_exception
from canteen.places.requests import ExceptionChange, SiteChange
from canteen.places.rules import SlotHours, check_hours, check_weekdays


def keep_site(change: SiteChange, *, actor: Actor, now: datetime) -> None:
    """Set name, phone, operating model, weekdays, hours and service period of a site.

    Writes the site, its slots and an audit row with what changed. Raises ``BadInput`` for hours or weekdays nobody
    could keep, ``Refusal`` (``name_taken``) for a name another site of the village has, ``NotFound`` out of reach.
    """
    check_hours(change.slots)
    weekdays = check_weekdays(change.weekdays)
    try:
        with transaction() as session:
            site = held_site(session, change.site_id, actor)
            before = _settings_of(site)
            site.name, site.phone, site.operating_model = change.name, change.phone, change.operating_model
            site.weekdays, site.opened_on, site.closed_on = weekdays, change.opened_on, change.closed_on
            site.absent_days = change.absent_days
            _keep_slots(session, site, change.slots)
            session.flush()
            after = _settings_of(site)
            changed = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
            if changed:
                trail.record(session, actor, "keep_site", f"site:{site.id}", now, site_id=site.id, **changed)
    except LostRace as race:
        raise Refusal(
            "name_taken", "本村已有名为「%(name)s」的助餐点", name=change.name, next_step="请换一个名称"
        ) from race


def set_exception(change: ExceptionChange, *, actor: Actor, now: datetime) -> None:
    """Close one day, or open it after all, with a reason; a second time replaces the first.

    Past days are allowed: what really happened counts for the operating grant, and the audit row says who wrote it
    when. Raises ``NotFound`` for a site out of reach.
    """
    with transaction() as session:
        write_exception(session, change, actor=actor, now=now)


def remove_exception(*, site_id: int, day: date, actor: Actor, now: datetime) -> None:
    """Let one day follow its weekday again. Removing what is not there changes nothing. Raises ``NotFound``."""
    with transaction() as session:
        site = held_site(session, site_id, actor)
        row = session.get(CalendarException, (site.id, day))
        if row is None:
            return
        session.delete(row)
        session.flush()
        audit_day(session, actor, "remove_exception", row, now)


def _settings_of(site: Site) -> dict[str, object]:
    """What the audit compares and keeps."""
    return {name: getattr(site, name) for name in ("name", "phone", "operating_model", "weekdays", "absent_days")} | {
        "opened_on": site.opened_on.isoformat(),
        "closed_on": site.closed_on.isoformat() if site.closed_on else "",
        "slots": sorted((list(as_row(as_record(SlotHours, one)).values()) for one in site.slots), key=str),
    }


def _keep_slots(session: Session, site: Site, slots: tuple[SlotHours, ...]) -> None:
    wanted = {hours.slot: hours for hours in slots}
    for row in list(site.slots):
        if row.slot not in wanted:
            site.slots.remove(row)
            session.delete(row)
    there = {row.slot: row for row in site.slots}
    for hours in slots:
        kept = there.get(hours.slot)
        if kept is None:
            kept = SiteSlot(slot=hours.slot)
            site.slots.append(kept)
        for name, value in as_row(hours, but=("slot",)).items():
            setattr(kept, name, value)
