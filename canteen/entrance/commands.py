"""``flask --app wsgi serve``: the server of a canteen, with the print worker beside it."""

import ctypes
import os
import signal
import sys
from contextlib import suppress

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask_babel import gettext
from werkzeug.middleware.proxy_fix import ProxyFix

from canteen.base import clock, hosts, keys
from canteen.base.config import ROOT, Settings
from canteen.base.console import plain_trouble
from canteen.base.db.migrating import Migrations, is_of_this_version
from canteen.base.errors import StorageTrouble
from canteen.entrance import companion
from canteen.entrance.health import blueprint
from canteen.entrance.listening import Listener
from canteen.entrance.steward import Steward


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for the network.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on; 0 for any free one.")
@click.option("--print-worker/--no-print-worker", default=True, help="Start the print worker beside the server.")
@with_appcontext
def serve(host: str, port: int, print_worker: bool) -> None:
    """提供服务,直到 Ctrl-C。Serve until Ctrl-C or SIGTERM, with the print worker beside it."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    _refuse_old_schema()
    with plain_trouble():
        keys.require()
    _give_large_blocks_back()
    hosts.answer_to(app, host)
    server = _listen(app, host, port)
    # waitress takes SystemExit in its loop as the sign to let open requests finish.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    keeper = _print_worker(app.config["CANTEEN"]) if print_worker else None
    if keeper:
        keeper.start()
    steward = Steward(app, now=clock.now)
    steward.start()
    print(f"listening on http://{host}:{server.effective_port}", flush=True)
    try:
        server.run()
    finally:
        steward.stop()
        if keeper:
            keeper.stop()


def _give_large_blocks_back() -> None:
    """Let glibc return blocks of 1 MiB and more to the system: it would keep the MiB of the first password checked
    (it raises that limit by itself, mallopt(3), M_MMAP_THRESHOLD); and let the threads share two arenas (M_ARENA_MAX),
    since one at a time runs anyway. Elsewhere than on glibc nothing happens."""
    with suppress(AttributeError, OSError, TypeError):
        glibc = ctypes.CDLL(None)
        glibc.mallopt(-3, 1024 * 1024)
        glibc.mallopt(-8, 2)


def _refuse_old_schema() -> None:
    """A program that meets another version of its tables would fail in the middle of lunch: say it now."""
    try:
        fits = is_of_this_version()
    except StorageTrouble as trouble:
        raise click.ClickException(gettext("数据库没有回答:%(why)s", why=trouble.__cause__)) from trouble
    if not fits:
        raise click.ClickException(
            gettext("数据库还不是这个版本的结构,请先运行:%(command)s", command="flask --app wsgi db upgrade")
        )


def _listen(app: Flask, host: str, port: int) -> Listener:
    try:
        return Listener(app, host, port)
    except OSError as error:
        raise click.ClickException(
            gettext(
                "不能在 %(host)s:%(port)s 上提供服务(%(why)s),请换一个端口,例如 --port %(other)s",
                host=host,
                port=port,
                why=error.strerror,
                other=port + 1,
            )
        ) from error


def _print_worker(settings: Settings) -> companion.Keeper:
    """The worker runs from any directory, on the same data, with this very program."""
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    environ = {
        **os.environ,
        "CANTEEN_DATA_DIR": str(settings.data_dir),
        "CANTEEN_KEYS_DIR": str(settings.keys),
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
    }
    return companion.Keeper([sys.executable, "-m", "canteen.entrance.companion", "print-worker"], environ=environ)


commands = [serve, Migrations("db", help="数据库结构的升级。Database migrations.")]


def connect(app: Flask) -> None:
    """What running the program needs: ``serve``, ``db …``, ``/healthz``, and belief in proxies as far as set."""
    app.register_blueprint(blueprint)
    for command in commands:
        app.cli.add_command(command)
    trusted = app.config["CANTEEN"].proxies
    if trusted:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted, x_proto=trusted, x_host=trusted)  # type: ignore[method-assign]
