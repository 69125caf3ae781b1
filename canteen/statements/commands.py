"""``flask --app wsgi close-month``."""

import click
from flask.cli import with_appcontext

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.console import plain_trouble, today_option
from canteen.base.fields import iso_day_or_none
from canteen.base.fields import month as parse_month
from canteen.places.queries import site_named, sites_of
from canteen.statements import service


@click.command("close-month")
@click.argument("month")
@click.option("--site", default="", help="助餐点编号或名称;不写就是全部 (code or name of a site; all without it)")
@today_option
@with_appcontext
def close_month(month: str, site: str, today: str) -> None:
    """月结:之后这个月不再登记、作废。 Close a MONTH (2026-10): it takes no more entries."""
    with plain_trouble():
        first = parse_month(month)
        sites = [site_named(COMMAND, site)] if site else sites_of(COMMAND)
        closed = service.close_months(
            sites, month=first, actor=COMMAND, now=clock.now(), confirmed=iso_day_or_none(today)
        )
    click.echo(f"已月结 {closed} 个助餐点的 {first:%Y-%m} (closed {closed} of {len(sites)} sites)")


@click.command("reopen-month")
@click.argument("month")
@click.option("--site", required=True, help="助餐点编号或名称 (code or name of a site)")
@click.option("--reason", required=True, help="为什么 (why)")
@with_appcontext
def reopen_month(month: str, site: str, reason: str) -> None:
    """撤销电脑时间不对时误办的月结。 Open a MONTH again that was closed while the clock was wrong."""
    with plain_trouble():
        first, at = parse_month(month), site_named(COMMAND, site)
        service.reopen_month(at.id, month=first, reason=reason, actor=COMMAND, now=clock.now())
    click.echo(f"已撤销月结 {at.name} {first:%Y-%m} (open again)")


commands = [close_month, reopen_month]
