"""``flask --app wsgi printer add|change|test`` and ``flask --app wsgi print-worker``."""

import secrets
import signal
import threading
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from canteen.base import clock, keys
from canteen.base.access import COMMAND
from canteen.base.console import plain_trouble
from canteen.base.db import reading
from canteen.base.errors import BadInput, NotFound
from canteen.base.records import as_record
from canteen.places.queries import site_named
from canteen.printing import queries, service
from canteen.printing.drawing.device import DOTS, ENCODINGS, FENCES, MODES, ROMS
from canteen.printing.models import Printer
from canteen.printing.requests import NewPrinter
from canteen.printing.sending.address import EXAMPLES, Limits
from canteen.printing.sending.agent import PrintAgent, RemoteSupply
from canteen.printing.sending.agent_http import HttpServer
from canteen.printing.sending.journal import Journal, JournalTaken
from canteen.printing.sending.wires import Patience
from canteen.printing.sending.worker import Surroundings, Worker

group = AppGroup("printer", help="打印机:添加、改设置、打测试页。 Printers: add, change, test page.")


def _device_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say what a printer is; an option not given is None."""
    for option in reversed(
        (
            click.option("--site", default="", help="助餐点编号或名称,只有一个时可省 (site code or name)"),
            click.option("--address", help=", ".join(EXAMPLES)),
            click.option("--width", help="纸宽毫米 (paper, mm): 58, 80"),
            click.option("--encoding", help=f"编码 (encoding): {', '.join(ENCODINGS)}"),
            click.option("--rom", help=f"字库 (characters it has): {', '.join(ROMS)}"),
            click.option("--cutter/--no-cutter", "has_cutter", default=None, help="切刀 (knife)"),
            click.option("--qr/--no-qr", "has_qr", default=None, help="打印二维码 (QR codes)"),
            click.option("--answers/--no-answers", default=None, help="回答状态 (answers status questions)"),
            click.option("--fence", help=f"打完怎么确认 (question at the end): {', '.join(FENCES)}"),
            click.option("--mode", help=f"文字或图形 (letters or pictures): {', '.join(MODES)}"),
            click.option("--drawer/--no-drawer", "has_drawer", default=None, help="接了钱箱 (cash drawer)"),
            click.option(
                "--remote/--local", "is_remote", default=None, help="由站点的打印代理打印 (served by an agent)"
            ),
        )
    ):
        command = option(command)
    return command


def _with_given(current: NewPrinter, *, width: str | None, **more: Any) -> NewPrinter:
    """``current`` with the options that were given. Raises ``BadInput``."""
    wanted = {"width_mm": width and int(_one_of("--width", width, [str(mm) for mm in DOTS])), **more}
    for name, allowed in (("encoding", ENCODINGS), ("rom", ROMS), ("fence", FENCES), ("mode", MODES)):
        if wanted.get(name) is not None:
            _one_of(f"--{name}", str(wanted[name]), allowed)
    return replace(current, **{name: value for name, value in wanted.items() if value is not None})


def _one_of(option: str, value: str, allowed: Collection[str]) -> str:
    if value not in allowed:
        sentence = "%(option)s %(value)s 不对,只能是 %(allowed)s (not one of the allowed values)"
        raise BadInput(sentence, option=option, value=value, allowed=", ".join(allowed))
    return value


def _named(site: str, name: str) -> Printer:
    found = site_named(COMMAND, site)
    with reading() as session:
        printer = queries.printer_named(session, site_id=found.id, name=name)
    if printer is None:
        step = "请核对名字,或先 printer add"
        raise NotFound("「%(site)s」没有叫「%(name)s」的打印机", next_step=step, site=found.name, name=name)
    return printer


def _limits() -> Limits:
    return Limits.of(current_app.config["CANTEEN"])


@group.command("add")
@click.argument("name")
@_device_options
def add(name: str, site: str, **given: Any) -> None:
    """添加打印机。 Put a printer into use."""
    with plain_trouble():
        new = _with_given(NewPrinter(site_id=site_named(COMMAND, site).id, name=name, address=""), **given)
        printer_id = service.printers.add_printer(new, limits=_limits(), actor=COMMAND, now=clock.now())
    click.echo(f"已添加打印机 {name} (printer {printer_id}). 测试页 (test page): flask --app wsgi printer test {name}")


@group.command("change")
@click.argument("name")
@_device_options
def change(name: str, site: str, **given: Any) -> None:
    """改打印机的设置。 Change the settings that are given."""
    with plain_trouble():
        printer = _named(site, name)
        current = as_record(NewPrinter, printer)
        new = _with_given(current, **given)
        service.printers.change_printer(printer.id, new, limits=_limits(), actor=COMMAND, now=clock.now())
    click.echo(f"已保存 {name} (saved). 测试页 (test page): flask --app wsgi printer test {name}")


@group.command("test")
@click.argument("name")
@click.option("--site", default="", help="助餐点编号或名称,只有一个时可省 (site code or name)")
def test(name: str, site: str) -> None:
    """打一张测试页。 Queue a test page."""
    with plain_trouble():
        key = secrets.token_hex(8)
        job_id = service.printers.print_test_page(_named(site, name).id, key=key, actor=COMMAND, now=clock.now())
    click.echo(f"测试页已排队 (job {job_id});打印程序 (worker): flask --app wsgi print-worker")


def _until_told() -> threading.Event:
    """Set by SIGTERM or Ctrl-C."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


@click.command("print-worker")
@with_appcontext
def print_worker() -> None:
    """打印程序:一直运行,直到收到停止信号。 Prints what waits, until SIGTERM or Ctrl-C."""
    with plain_trouble():
        keys.require()
    stop = _until_told()
    worker = Worker(cast(Any, current_app)._get_current_object(), stop=stop)
    click.echo(f"打印程序已启动 (print worker {worker.worker})")
    with plain_trouble():
        worker.run()
    click.echo("打印程序已停止 (stopped)")


@click.command("print-agent")
@click.option("--server", required=True, help="服务器地址 (address of the server): https://…")
@click.option("--token", envvar="CANTEEN_PRINT_TOKEN", help="打印代理的令牌 (token); 或 CANTEEN_PRINT_TOKEN")
@click.option("--journal", type=click.Path(path_type=Path), help="日志文件 (journal); 默认在数据目录")
@click.option("--ca", default="", help="证书文件,自签证书时用 (certificate file)")
@click.option("--insecure", is_flag=True, help="允许不加密的 http (allow plain http)")
@with_appcontext
def print_agent(server: str, token: str | None, journal: Path | None, ca: str, insecure: bool) -> None:
    """打印代理:在站点打印服务器上排队的小票,直到收到停止信号。 Prints at a site what waits on the server."""
    settings = current_app.config["CANTEEN"]
    if not token:
        raise click.UsageError("请给出令牌:--token 或 CANTEEN_PRINT_TOKEN (a token is needed)")
    stop = _until_told()
    with plain_trouble():
        far = HttpServer(server, token, is_plain_allowed=insecure, ca_file=ca)
    try:
        kept = Journal(journal or settings.data_dir / "print-agent.journal")
    except (JournalTaken, OSError) as error:
        raise click.ClickException(
            f"日志文件不能用,或已有一个打印代理在用 (the journal cannot be used): {error}"
        ) from error
    agent = PrintAgent(RemoteSupply(far, kept), Surroundings(Limits.of(settings), Patience()), stop)
    click.echo(f"打印代理已启动 (print agent {kept.agent})")
    agent.run()
    click.echo("打印代理已停止 (stopped)")


commands = [group, print_worker, print_agent]
