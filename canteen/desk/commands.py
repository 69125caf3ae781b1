"""``flask --app wsgi scheme switch-on`` and ``scheme preview``: the desk's deeds from the command line."""

from datetime import datetime
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.console import plain_trouble
from canteen.base.db import transaction
from canteen.base.errors import BadInput, Refusal
from canteen.base.money import yuan
from canteen.desk import drafts
from canteen.desk.preview import working_out
from canteen.desk.trial_commands import scheme
from canteen.places.models import Area
from canteen.schemes.queries import parsed
from canteen.schemes.rules import check_days
from canteen.schemes.switching import switch_on

_DAY = click.DateTime(["%Y-%m-%d"])


@scheme.command("switch-on")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--area", required=True, help="地区路径,例如 金溪县/云溪镇。Area path.")
@click.option("--from", "first", type=_DAY, required=True, help="从哪一天起。First day.")
@click.option("--to", "last", type=_DAY, help="到哪一天为止。Last day.")
@click.option("--yes", is_flag=True, help="我知道这个日期意味着什么。The day has passed, or is in mid-month: meant so.")
@with_appcontext
def switch_on_file(file: Path, area: str, first: datetime, last: datetime | None, yes: bool) -> None:
    """从一天起启用一个方案文件。Put a scheme FILE in force for an area from a day."""
    first_day, last_day, now = first.date(), last.date() if last else None, clock.now()
    with plain_trouble():
        text = _read(file)
        check_days(first_day, last_day, today=clock.day_of(now))
        with transaction() as session:
            area_id = session.scalar(select(Area.id).where(Area.path == area))
            if area_id is None:
                raise BadInput("没有地区「%(area)s」", area=area)
            found = parsed(text)
            notes = drafts.notes_on_start(session, found, area, first_day, today=clock.day_of(now))
            for note in notes:
                click.echo(note.text % note.fields, err=True)
            if any(note.needs_consent for note in notes) and not yes:
                raise Refusal("needs_consent", "没有启用", next_step="看过上面的说明后,加上 --yes 再运行")
            version_id = switch_on(
                session, text=text, area_id=area_id, valid_from=first_day, valid_to=last_day, actor=COMMAND, at=now
            )
        click.echo(f"已启用 (switched on): {found.name} {found.version}, {area}, {first_day}, version {version_id}")


@scheme.command("preview")
@click.argument("draft_id", type=int)
@with_appcontext
def preview(draft_id: int) -> None:
    """计算一份草稿的影响(由页面启动)。Work out a preview that the page asked for, and print its sums."""
    with plain_trouble():
        try:
            totals = working_out.run(draft_id, now=clock.now)
        except BaseException:
            working_out.fail(draft_id, now=clock.now())
            raise
    if totals is None:
        raise SystemExit("没有等待计算的预览 (nothing to work out)")
    click.echo(f"{totals.elders} 人, {totals.meals} 餐; 自付 (own) {yuan(totals.own[0])} -> {yuan(totals.own[1])}")


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput("%(file)s 不是 UTF-8 编码的文本", file=file.name) from error


commands = [switch_on_file, preview]
