"""``flask --app wsgi check``."""

import json

import click
from flask.cli import with_appcontext

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.console import plain_trouble
from canteen.check import proving, rebuilding


@click.command("check")
@click.option("--json", "as_json", is_flag=True, help="一行 JSON (one line of JSON)")
@click.option("--rebuild", "rebuilds", is_flag=True, help="先按事实重建累计数 (first make the running sums anew)")
@click.option("--anchor", "anchors", multiple=True, help="日结单上的账簿印记,可以给多个 (what a closing paper says)")
@with_appcontext
def check(as_json: bool, rebuilds: bool, anchors: tuple[str, ...]) -> None:
    """核对账本,不修改任何内容;有问题时退出码为 1。 Prove the books; exit status 1 when they do not hold.

    With --rebuild the running sums are made anew from the facts first, and every change is named. With --anchor it is
    proved too that nothing was cut off since a closing paper was printed.
    """
    with plain_trouble():
        changes = rebuilding.rebuild(actor=COMMAND, now=clock.now()) if rebuilds else []
        report = proving.prove(anchors)
    counted = {"servings": report.servings, "entries": report.entries, "tickets": report.tickets}
    if as_json:
        rebuilt = {"rebuilt": changes} if rebuilds else {}
        click.echo(json.dumps({"ok": report.ok, **counted, **rebuilt, "problems": report.problems}, ensure_ascii=False))
    else:
        for change in changes:
            click.echo(f"rebuilt: {change}")
        if rebuilds:
            click.echo(f"已重建 {len(changes)} 处累计数 (running sums put right)")
        for problem in report.problems:
            click.echo(problem, err=True)
        verdict = "账本无误 (the books hold)" if report.ok else f"有 {len(report.problems)} 处问题 (problems)"
        click.echo(
            f"{verdict}: 用餐 {report.servings} servings, 分录 {report.entries} entries, 小票 {report.tickets} tickets"
        )
    if not report.ok:
        raise SystemExit(1)


commands = [check]
