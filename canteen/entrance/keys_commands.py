"""``flask --app wsgi keys rotate``."""

import click
from flask.cli import AppGroup

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.console import plain_trouble
from canteen.base.keys import the_keys
from canteen.entrance import rotating

keys = AppGroup("keys", help="密钥 (the keys)")


@keys.command("rotate")
def rotate() -> None:
    """更换两把密钥,所有密封的内容重新密封。先停止服务和打印程序。中断后再运行一次。

    Change both keys and seal everything anew. Stop the server and the print worker first. Cut half-way: run it again.
    """
    with plain_trouble():
        done = rotating.rotate(actor=COMMAND, now=clock.now(), show=lambda name: click.echo(name, err=True))
    click.echo(f"已更换密钥:重新密封 {done.values} 项、{done.files} 个文件 (sealed anew: values and files)")
    click.echo(
        f"旧密钥是 {the_keys().place} 里的 .old 文件:更换以前的备份要用它们,请移到那些备份的密钥旁边;新密钥请马上备份\n"
        "(the .old files open backups made before: move them to the keys of those; back the new keys up now)"
    )


commands = [keys]
