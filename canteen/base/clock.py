"""The only place that reads a clock. Instants are UTC and aware; canteen days are Asia/Shanghai.

China keeps one zone without summer time since 1991, so a fixed offset of eight hours is exact for
every day this program can see, and needs no time-zone data on the machine.
"""

from datetime import UTC, date, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


def now() -> datetime:
    """This instant, UTC, to the microsecond."""
    return datetime.now(UTC)


def day_of(instant: datetime) -> date:
    """The canteen day of an instant: before 08:00 in China the UTC date is still yesterday's."""
    return instant.astimezone(SHANGHAI).date()


def wall_time(instant: datetime) -> str:
    """``HH:MM`` on the wall of the canteen."""
    return instant.astimezone(SHANGHAI).strftime("%H:%M")


def today() -> date:
    """The canteen day of this instant."""
    return day_of(now())
