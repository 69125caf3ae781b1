"""What every command shares: trouble said in plain lines with exit status 1."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from canteen.base.errors import CanteenError, KeyTrouble
from canteen.base.web import say, say_next_step

#: For commands that do much at once by the day: whoever runs them has looked at a calendar.
today_option = click.option(
    "--yes-the-date-is",
    "today",
    default="",
    help="电脑时间有疑问时,写上日历上的今天 2026-12-01 (today by the calendar, when the clock is in doubt)",
)


@contextmanager
def plain_trouble() -> Iterator[None]:
    """Turn what can go wrong on purpose, and missing tables, into words on standard error and exit status 1."""
    try:
        yield
    except CanteenError as error:
        click.echo(say(error), err=True)
        if error.next_step:
            click.echo(say_next_step(error), err=True)
        if getattr(error, "code", "") == "clock_doubt":
            click.echo("命令行上写今天的日期 (say today by the calendar): --yes-the-date-is 2026-12-01", err=True)
        if isinstance(error, KeyTrouble):
            click.echo(f"密钥目录 (directory of the keys): {error.place}", err=True)
        raise SystemExit(1) from error
    except (OperationalError, ProgrammingError) as error:
        if not any(sign in str(error.orig) for sign in ("no such table", "does not exist")):
            raise
        click.echo("数据库里还没有表,请先运行:flask --app wsgi db upgrade", err=True)
        raise SystemExit(1) from error
