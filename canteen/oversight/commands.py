"""``flask --app wsgi check``."""

from __future__ import annotations

import json

import click
from flask.cli import with_appcontext

from canteen.console import plain_trouble
from canteen.oversight import books


@click.command("check")
@click.option("--json", "as_json", is_flag=True, help="一行 JSON (one line of JSON)")
@with_appcontext
def check(as_json: bool) -> None:
    """核对账本,不修改任何内容;有问题时退出码为 1。 Prove the books; exit status 1 when they do not hold."""
    with plain_trouble():
        report = books.prove()
    counted = {"servings": report.servings, "entries": report.entries, "tickets": report.tickets}
    if as_json:
        click.echo(json.dumps({"ok": report.ok, **counted, "problems": report.problems}, ensure_ascii=False))
    else:
        for problem in report.problems:
            click.echo(problem, err=True)
        verdict = "账本无误 (the books hold)" if report.ok else f"有 {len(report.problems)} 处问题 (problems)"
        click.echo(f"{verdict}: 用餐 {report.servings} servings, 分录 {report.entries} entries, "
                   f"小票 {report.tickets} tickets")
    if not report.ok:
        raise SystemExit(1)


commands = [check]
