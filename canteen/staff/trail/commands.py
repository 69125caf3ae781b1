"""``flask --app wsgi audit …``: the trail as a signed file, and proving such a file wherever it is."""

import shutil
from datetime import datetime
from pathlib import Path
from typing import IO

import click
from flask.cli import AppGroup

from canteen.audit.signing import prove_signed
from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.console import plain_trouble
from canteen.staff.trail import forms, queries, service

audit = AppGroup("audit", help="日志:导出并签名,核对导出的文件。The audit trail as a signed file, and proving one.")
_DAY = click.DateTime(["%Y-%m-%d"])


@audit.command("export")
@click.option("--first", type=_DAY, required=True, help="第一天 (first day, 2026-11-01)")
@click.option("--last", type=_DAY, required=True, help="最后一天 (last day)")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="写到哪里 (a new file)")
def export(first: datetime, last: datetime, out: Path) -> None:
    """导出日志并签名。The trail of some days as a signed file."""
    with plain_trouble():
        forms.days_of_export(first.date(), last.date())
        try:
            target = out.open("xb")
        except OSError as wrong:
            raise click.ClickException(f"{out}: {wrong.strerror}") from wrong
        with target, service.export_trail(COMMAND, first.date(), last.date(), now=clock.now()) as file:
            shutil.copyfileobj(file, target)
        click.echo(f"已写入 {out};公钥指纹 (fingerprint): {queries.fingerprint()}")


@audit.command("fingerprint")
def fingerprint() -> None:
    """显示签名公钥的指纹。The fingerprint of the key that signs."""
    with plain_trouble():
        click.echo(queries.fingerprint() or "还没有记下任何内容 (nothing was written yet)")


@audit.command("verify")
@click.argument("file", type=click.File("rb"))
@click.option("--fingerprint", default="", help="导出单位公布的指纹 (as the office shows it)")
def verify(file: IO[bytes], fingerprint: str) -> None:
    """核对导出的文件,不需要数据库;不对时退出码为 1。Prove such a file, anywhere; exit status 1 when it was changed."""
    with plain_trouble():
        found = prove_signed(file, fingerprint)
    days = f"{found.head.get('first')} – {found.head.get('last')}"
    click.echo(f"签名正确,文件没有改过 (the signature is right): {days}, {found.rows} 条 rows")
    if not fingerprint:
        click.echo(f"请与导出单位的日志页面核对指纹 (compare with the office's page): {found.fingerprint}")


commands = [audit]
