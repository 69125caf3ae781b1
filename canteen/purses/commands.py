"""``flask --app wsgi credit-run`` and ``expiry-run``."""

import json
from collections.abc import Callable
from datetime import date

import click
from flask.cli import with_appcontext

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.console import plain_trouble, today_option
from canteen.base.fields import iso_day, iso_day_or_none
from canteen.base.money import yuan
from canteen.purses import service
from canteen.purses.credits import board
from canteen.purses.credits.run import Job
from canteen.purses.credits.service import credit_month
from canteen.purses.rules import month_of


@click.command("credit-run")
@click.option("--month", required=True, help="月份 2026-11 (the month to credit)")
@click.option("--scheme", default="", help="只计入一个方案 (id of one scheme; default: every scheme with a purse)")
@click.option("--json", "as_json", is_flag=True, help="一行 JSON (one line of JSON)")
@today_option
@with_appcontext
def credit_run(month: str, scheme: str, as_json: bool, today: str) -> None:
    """计入一个月的额度;重复运行不会重复计入,中断后再运行会继续。 Credit a month; safe to repeat and to resume."""
    with plain_trouble():
        job = Job(month_of(month), scheme)
        show = _progress(job, quiet=as_json)
        credit_month(job, actor=COMMAND, now=clock.now(), show=show, confirmed=iso_day_or_none(today))
        run = board.run_of(job)
    assert run is not None
    if as_json:
        sums = {name: getattr(run, name) for name in ("credited", "amount_fen", "before", "reasons")}
        facts = {"month": run.month, "scheme": run.scheme, "elders": run.done} | sums
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    click.echo(
        f"{run.month}: 老人 {run.done} elders, 新计入 {run.credited} credits, 共 {yuan(run.amount_fen)}, "
        f"以前已计入 {run.before} before"
    )
    for words, count in board.reason_words(run.reasons):
        click.echo(f"  {count:>6}  {words}")


def _progress(job: Job, *, quiet: bool) -> Callable[[], None]:
    def show() -> None:
        run = board.run_of(job)
        if run is not None and not quiet:
            click.echo(f"{run.month} {run.done}/{run.total}", err=True)

    return show


@click.command("expiry-run")
@click.option("--day", default="", help="收回这一天以前到期的额度,默认今天 (lots whose last day was before it)")
@click.option("--undo", is_flag=True, help="退回还没有到期就收回的额度 (give back what lapsed before its last day)")
@click.option("--json", "as_json", is_flag=True, help="一行 JSON (one line of JSON)")
@today_option
@with_appcontext
def expiry_run(day: str, undo: bool, as_json: bool, today: str) -> None:
    """收回到期没有用完的额度;重复运行不会重复收回。 Take back credits that expired; safe to repeat."""
    with plain_trouble():
        now = clock.now()
        if undo:
            lots, fen = service.undo_lapse(actor=COMMAND, now=now)
            click.echo(f"退回 {lots} lots given back, 共 {yuan(fen)}")
            return
        until: date = iso_day(day) if day else clock.day_of(now)
        lots, fen = service.let_lapse(until, actor=COMMAND, now=now, confirmed=iso_day_or_none(today))
    if as_json:
        click.echo(json.dumps({"day": until.isoformat(), "lots": lots, "amount_fen": fen}))
    else:
        click.echo(f"收回 {lots} lots lapsed, 共 {yuan(fen)}")


commands = [credit_run, expiry_run]
