"""``flask --app wsgi close-month``."""

import click
from flask.cli import with_appcontext

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.console import plain_trouble
from canteen.base.fields import month as parse_month
from canteen.places.queries import site_named, sites_of
from canteen.statements import service


@click.command("close-month")
@click.argument("month")
@click.option("--site", default="", help="助餐点编号或名称;不写就是全部 (code or name of a site; all without it)")
@with_appcontext
def close_month(month: str, site: str) -> None:
    """月结:之后这个月不再登记、作废。 Close a MONTH (2026-10): it takes no more entries."""
    with plain_trouble():
        first = parse_month(month)
        sites = [site_named(COMMAND, site)] if site else sites_of(COMMAND)
        closed = service.close_months(sites, month=first, actor=COMMAND, now=clock.now())
    click.echo(f"已月结 {closed} 个助餐点的 {first:%Y-%m} (closed {closed} of {len(sites)} sites)")


commands = [close_month]
