"""``flask --app wsgi import-menu``: a menu file into the menus of a site."""

import json
from pathlib import Path

import click
from flask.cli import with_appcontext

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.clock import day_of
from canteen.base.console import plain_trouble
from canteen.base.sheets.reading import read_sheets
from canteen.menus.importing.knowing import known_of
from canteen.menus.importing.reading import MenuFile, read_menu
from canteen.menus.notes import note_text
from canteen.menus.queries import ImportPreview
from canteen.menus.service import import_menu
from canteen.places.queries import site_named


@click.command("import-menu")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--site", default="", help="助餐点编号或名称;只有一个时可不写 (code or name of the site)")
@click.option("--week", default="", help="只写星期的表是哪一周,例如 2026-12-07 (week of a table with names of days)")
@click.option("--price", default="", help="没有写价格的按多少元 (yuan of what has no price)")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON (print JSON)")
@with_appcontext
def import_menu_command(file: Path, site: str, week: str, price: str, as_json: bool) -> None:
    """导入菜单(.xlsx 或 .csv)。Import a menu file; bad rows are listed, good rows are written at once."""
    now = clock.now()
    with plain_trouble():
        place = site_named(COMMAND, site)
        known = known_of(place, week=week, price=price, today=day_of(now))
        menu_file = read_menu(read_sheets(file.read_bytes(), file.name), known)
        done = import_menu(site_id=place.id, file=menu_file, actor=COMMAND, now=now)
    notes = [note_text(note, today=day_of(now)) for note in done.notes]
    if as_json:
        click.echo(json.dumps(_facts(menu_file, done, notes), ensure_ascii=False))
        return
    click.echo(
        f"共 {menu_file.rows} 行:写入 {len(done.plan.changes)},未变 {done.plan.unchanged},"
        f"未导入 {len(menu_file.bad)};涉及 {len(done.plan.sittings)} 餐"
    )
    for bad in menu_file.bad:
        click.echo(f"{bad.sheet}第 {bad.row} 行未导入:{bad.reason}")
    for text in (*map(str, menu_file.remarks), *notes):
        click.echo(text)


def _facts(menu_file: MenuFile, done: ImportPreview, notes: list[str]) -> dict[str, object]:
    return {
        "rows": menu_file.rows,
        "imported": len(done.plan.changes),
        "unchanged": done.plan.unchanged,
        "rejected": [{"sheet": bad.sheet, "row": bad.row, "reason": bad.reason} for bad in menu_file.bad],
        "sittings": len(done.plan.sittings),
        "remarks": [str(remark) for remark in menu_file.remarks],
        "notes": notes,
    }


commands = [import_menu_command]
