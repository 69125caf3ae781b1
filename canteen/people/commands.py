"""``flask --app wsgi import-elders``: a roster from the command line."""

import json
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from canteen.base import clock, keys
from canteen.base.access import COMMAND
from canteen.base.console import plain_trouble
from canteen.people.importing import service
from canteen.people.importing.badrows import workbook
from canteen.people.importing.results import ImportOutcome
from canteen.places.queries import site_named


@click.command("import-elders")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--site", default="", help="助餐点编号或名称;只有一个时可以不写 (code or name of the site)")
@click.option("--json", "as_json", is_flag=True, help="只输出一个 JSON 对象 (print one JSON object)")
@click.option("--bad-rows", type=click.Path(dir_okay=False, path_type=Path), help="有问题的行另存为 .xlsx (bad rows)")
@click.option("--dry-run", is_flag=True, help="只看,不写入 (look, write nothing)")
@with_appcontext
def import_elders(file: Path, site: str, as_json: bool, bad_rows: Path | None, dry_run: bool) -> None:
    """导入老人名册(.xlsx 或 .csv)。Import a roster of elders; good rows are taken, each bad row is named."""
    now = clock.now()
    with plain_trouble():
        keys.require()
        site_id = site_named(COMMAND, site).id
        data = file.read_bytes()
        if dry_run:
            seen = service.preview_roster(data, file.name, site_id=site_id, actor=COMMAND, day=clock.day_of(now))
            _tell(_facts(seen, imported=seen.new, updated=len(seen.changes)), as_json=as_json)
            return
        done = service.import_roster(data, file.name, site_id=site_id, actor=COMMAND, now=now)
    if bad_rows and done.rejected:
        bad_rows.write_bytes(workbook(done.bad_rows))
    _tell(_facts(done, imported=done.imported, updated=done.updated), as_json=as_json)


def _facts(done: ImportOutcome, *, imported: int, updated: int) -> dict[str, Any]:
    return {
        "rows": done.rows,
        "imported": imported,
        "updated": updated,
        "unchanged": done.unchanged,
        "rejected": [{"row": row, "reason": reason} for row, reason in done.rejected],
        "warnings": [{"row": one.row, "text": str(one)} for one in done.warnings],
        "new_areas": list(done.new_areas),
    }


def _tell(facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    click.echo(
        f"共 {facts['rows']} 行:新登记 {facts['imported']} 人,更新 {facts['updated']} 人,"
        f"没有变化 {facts['unchanged']} 人,有问题 {len(facts['rejected'])} 行"
    )
    for path in facts["new_areas"]:
        click.echo(f"新建的村:{path}")
    for one in facts["rejected"]:
        click.echo(f"第 {one['row']} 行:{one['reason']}")
    for one in facts["warnings"]:
        click.echo(f"请核对第 {one['row']} 行:{one['text']}")


commands = [import_elders]
