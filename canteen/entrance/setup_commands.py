"""``flask --app wsgi init``: the first set-up of a real canteen."""

import os

import click
from flask.cli import with_appcontext

from canteen.base import clock, keys
from canteen.base.console import plain_trouble
from canteen.base.words import SLOTS
from canteen.entrance.setup import SetUp, needs_password, set_up


@click.command("init")
@click.option("--area", required=True, help="地区,从大到小:金溪县/云溪镇/枫林村 (area path)")
@click.option("--site", required=True, help="助餐点名称 (name of the site)")
@click.option("--scheme", required=True, help="启用的方案:jinxi (built-in scheme)")
@click.option("--admin", required=True, help="第一个管理员的用户名 (first administrator)")
@click.option("--slots", default="lunch,dinner", show_default=True, help=f"餐次:{','.join(SLOTS)}")
@click.option("--model", default="village_run", show_default=True, help="运营方式:contracted、village_run、mutual")
@with_appcontext
def init(area: str, site: str, scheme: str, admin: str, slots: str, model: str) -> None:
    """建立地区、助餐点、方案和第一个管理员。Set up areas, a site, its scheme and the first administrator.

    再运行一次不会改动已有的内容。密码会询问,或取自 CANTEEN_ADMIN_PASSWORD。
    """
    wanted = SetUp(
        area=area,
        site=site,
        scheme=scheme,
        admin=admin,
        operating_model=model,
        slots=tuple(dict.fromkeys(word.strip() for word in slots.split(",") if word.strip())),
    )
    with plain_trouble():
        keys.require()
        password = _ask_password() if needs_password(admin) else ""
        done = set_up(wanted, password=password, now=clock.now())
    for line in done.made:
        click.echo(f"已建立:{line}")
    for line in done.existing:
        click.echo(f"已有,未改动:{line}")
    click.echo(f"助餐点编号:{done.site_code} (site code)")


def _ask_password() -> str:
    given = os.environ.get("CANTEEN_ADMIN_PASSWORD", "")
    if given:
        return given
    found: str = click.prompt("管理员密码 (password)", hide_input=True, confirmation_prompt="再输入一次 (again)")
    return found


commands = [init]
