"""``flask --app wsgi entitlements due``: rights by age, and what the calendar brings. Meant for a daily timer."""

import json

import click
from flask.cli import AppGroup

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.console import plain_trouble, today_option
from canteen.base.fields import iso_day_or_none
from canteen.entitlements.due import due as who_is_due
from canteen.entitlements.due import on_roster
from canteen.entitlements.service import rights

entitlements = AppGroup("entitlements", help="资格:到龄认定 (entitlements)")


@entitlements.command("due")
@click.option("--dry-run", is_flag=True, help="只看,不写入 (look, write nothing)")
@click.option("--json", "as_json", is_flag=True, help="一行 JSON (one line of JSON)")
@today_option
def due(dry_run: bool, as_json: bool, today: str) -> None:
    """给到龄的老人认定资格,并按生日、身份到期更新停发。可以每天运行,重复运行不会重复认定。

    Give everybody who is entitled by age the right, and follow birthdays and ends of statuses. Safe to repeat.
    """
    with plain_trouble():
        now = clock.now()
        if dry_run:
            count = len(who_is_due(COMMAND, today=clock.day_of(now)))
        else:
            count = rights.grant_due(actor=COMMAND, now=now, confirmed=iso_day_or_none(today))
    if as_json:
        click.echo(json.dumps({"granted": 0 if dry_run else count, "due": count if dry_run else 0}))
    else:
        click.echo(f"{'应认定' if dry_run else '已认定'} {count} 人 ({'due' if dry_run else 'granted'})")


@entitlements.command("adopt-roster")
@click.option("--dry-run", is_flag=True, help="只看,不写入 (look, write nothing)")
@today_option
def adopt_roster(dry_run: bool, today: str) -> None:
    """把导入名册上身份符合、从未申请过的人全部认定为已批准。Take over everybody on imported rosters as approved."""
    with plain_trouble():
        now = clock.now()
        if dry_run:
            count = len(on_roster(COMMAND, today=clock.day_of(now)))
        else:
            count = rights.adopt_roster(None, actor=COMMAND, now=now, confirmed=iso_day_or_none(today))
    click.echo(f"{'应认定' if dry_run else '已认定'} {count} 人 ({'on rosters' if dry_run else 'adopted'})")


commands = [entitlements]
