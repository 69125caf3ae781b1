"""The command line: printers and the worker as a process of its own."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from canteen.audit.models import Audit
from canteen.base import clock
from canteen.base.config import ROOT
from canteen.base.db import Base, database, reading
from canteen.printing.drawing.glyphs import draw_box
from canteen.printing.models import Printer
from canteen.printing.sending.claiming import LEASE
from canteen.printing.sending.journal import Journal
from canteen.printing.sending.supply import LocalSupply
from canteen.printing.sending.wires import Patience
from canteen.printing.sending.worker import Station, Surroundings
from tests.conftest import make_app
from tests.factories import Place, make_site
from tests.printing.fake_printer import LIMITS, FakePrinter
from tests.printing.records import job_row, make_printer, printer_row, queue_ticket, states
from tests.server import Program


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=words)


def test_add_and_test_page(app: Flask) -> None:
    site = make_site()

    added = run(
        app,
        "printer",
        "add",
        "柜台",
        "--site",
        site.code,
        "--address",
        "tcp://192.168.1.50:9100",
        "--width",
        "80",
        "--encoding",
        "gbk",
        "--rom",
        "gb2312",
        "--cutter",
        "--no-answers",
    )
    tested = run(app, "printer", "test", "柜台")

    printer = printer_row(1)
    assert (added.exit_code, tested.exit_code) == (0, 0), added.output + tested.output
    assert (printer.name, printer.site_id, printer.width_mm, printer.encoding) == ("柜台", site.id, 80, "gbk")
    assert (printer.rom, printer.has_cutter, printer.answers, printer.is_default) == ("gb2312", True, False, True)
    assert (job_row(1).kind, job_row(1).printer_id) == ("test_page", 1)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_each_command_says_what_it_did_and_what_comes_next(app: Flask) -> None:
    make_site()

    added = run(app, "printer", "add", "柜台", "--address", "screen://a")
    changed = run(app, "printer", "change", "柜台", "--width", "80")
    tested = run(app, "printer", "test", "柜台")
    wrong = run(app, "printer", "change", "柜台", "--mode", "x")

    assert (added.output, changed.output, tested.output, wrong.output) == (
        "已添加打印机 柜台 (printer 1). 测试页 (test page): flask --app wsgi printer test 柜台\n",
        "已保存 柜台 (saved). 测试页 (test page): flask --app wsgi printer test 柜台\n",
        "测试页已排队 (job 1);打印程序 (worker): flask --app wsgi print-worker\n",
        "--mode x 不对,只能是 text, raster (not one of the allowed values)\n",
    )
    with reading() as session:
        assert set(session.scalars(select(Audit.actor).where(Audit.action != "write"))) == {"command"}


def test_change_what_is_given_and_nothing_else(app: Flask) -> None:
    make_site()
    run(app, "printer", "add", "柜台", "--address", "tcp://192.168.1.50:9100", "--rom", "gb2312", "--cutter")

    changed = run(app, "printer", "change", "柜台", "--width", "80", "--no-qr", "--no-cutter")
    refused = run(app, "printer", "change", "柜台", "--rom", "all")
    unknown = run(app, "printer", "change", "厨房", "--width", "80")

    printer = printer_row(1)
    assert (changed.exit_code, refused.exit_code, unknown.exit_code) == (0, 1, 1)
    assert (printer.address, printer.rom, printer.answers) == ("tcp://192.168.1.50:9100", "gb2312", True)
    assert (printer.width_mm, printer.has_qr, printer.has_cutter) == (80, False, False)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["--address", "tcp://8.8.8.8:9100"], "地址 8.8.8.8 不在打印机网段内", id="address"),
        pytest.param(["--address", "tcp://10.0.0.1:22"], "端口 22 不是打印机端口", id="port"),
        pytest.param([], "打印机地址「」看不懂", id="no address"),
        pytest.param(["--address", "screen://a", "--width", "57"], "--width 57 不对,只能是 58, 80", id="width"),
        pytest.param(["--address", "screen://a", "--encoding", "big5"], "--encoding big5 不对", id="encoding"),
        pytest.param(["--address", "screen://a", "--rom", "all"], "--rom all 不对", id="rom"),
        pytest.param(["--address", "screen://a", "--site", "S999"], "没有找到唯一的助餐点", id="site"),
    ],
)
def test_a_wrong_value_is_one_clear_line(app: Flask, words: list[str], said: str) -> None:
    make_site()

    result = run(app, "printer", "add", "柜台", *words)

    assert result.exit_code == 1
    assert result.output.startswith(said)
    assert "Traceback" not in result.output


def test_a_printer_that_is_not_there(app: Flask) -> None:
    make_site()

    result = run(app, "printer", "test", "厨房")

    assert (result.exit_code, result.output) == (
        1,
        "「枫林村助餐点」没有叫「厨房」的打印机\n请核对名字,或先 printer add\n",
    )


@pytest.fixture
def own_app(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """An application on a SQLite file that another process can open."""
    app = make_app("sqlite", tmp_path, request)
    with app.app_context():
        Base.metadata.create_all(database.engine)
        yield app
        database.session.remove()


@pytest.fixture
def worker(own_app: Flask) -> Iterator[subprocess.Popen[str]]:
    """``flask print-worker`` as a process on the same file."""
    program = Program(own_app.config["CANTEEN"].data_dir, ENV="test", PRINTER_PORTS="1024-65535")
    process = subprocess.Popen(
        program.command("print-worker"), cwd=ROOT, env=program.environ, stdout=subprocess.PIPE, encoding="utf-8"
    )
    yield process
    process.kill()
    process.communicate(timeout=30)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_worker_prints_and_ends_cleanly(own_app: Flask, worker: subprocess.Popen[str], how: int) -> None:
    with FakePrinter() as fake:
        printer_id = make_printer(make_site(), address=fake.address)
        assert worker.stdout and "打印程序已启动" in worker.stdout.readline()
        job_id = queue_ticket_now(printer_id)
        fake.papers.get(timeout=60)
        worker.send_signal(how)
        said, _ = worker.communicate(timeout=30)

    assert (worker.returncode, said) == (0, "打印程序已停止 (stopped)\n")
    assert states(job_id) == ["printed"]
    assert printer_row(printer_id).lease_by is None


def test_a_worker_without_tables_says_what_to_do(tmp_path: Path) -> None:
    done = Program(tmp_path, ENV="test").run("print-worker")

    assert done.returncode == 1
    assert "db upgrade" in done.stderr and "Traceback" not in done.stderr


def test_a_worker_killed_inside_a_job_leaves_it_uncertain(own_app: Flask, worker: subprocess.Popen[str]) -> None:
    with FakePrinter() as fake:
        fake.while_printing = lambda _job: worker.kill()
        printer_id = make_printer(make_site(), address=fake.address)
        job_id = queue_ticket_now(printer_id)
        fake.papers.get(timeout=60)
        worker.wait(timeout=30)
        assert states(job_id) == ["sending"]

        later = clock.now() + LEASE * 2
        Station(
            printer_id, LocalSupply(worker="next", now=lambda: later, draw=draw_box), Surroundings(LIMITS, Patience())
        ).step()

        assert states(job_id) == ["uncertain"]
        assert len(fake.printed) == 1


def queue_ticket_now(printer_id: int) -> int:
    """A ticket made a moment ago by the clock the worker process reads."""
    site_id = printer_row(printer_id).site_id
    return queue_ticket(Place(site_id, "", "", 0, ""), at=clock.now() - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(("--server", "https://canteen.example"), "请给出令牌", id="no token"),
        pytest.param(("--server", "http://8.8.8.8", "--token", "t"), "没有加密", id="in the open"),
        pytest.param(("--server", "ftp://a", "--token", "t"), "看不懂", id="no server"),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_an_agent_that_cannot_begin_says_why(app: Flask, words: tuple[str, ...], told: str) -> None:
    result = run(app, "print-agent", *words)

    assert result.exit_code != 0 and told in result.output


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_journal_of_an_agent_that_runs_is_refused(app: Flask, tmp_path: Path) -> None:
    running = Journal(tmp_path / "agent.journal")

    result = run(
        app,
        "print-agent",
        "--server",
        "https://a.example",
        "--token",
        "t",
        "--journal",
        str(tmp_path / "agent.journal"),
    )
    running.close()

    assert result.exit_code != 0 and "日志文件不能用" in result.output


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_printer_of_a_remote_site_is_added_and_changed(app: Flask) -> None:
    site = make_site()
    added = run(
        app,
        "printer",
        "add",
        "柜台",
        "--site",
        site.code,
        "--address",
        "usb://0416:5011",
        "--remote",
        "--fence",
        "gs_h",
        "--drawer",
    )
    assert added.exit_code == 0, added.output
    assert run(app, "printer", "change", "柜台", "--site", site.code, "--local", "--mode", "raster").exit_code == 0

    with reading() as session:
        printer = session.get_one(Printer, 1)
    assert (printer.address, printer.is_remote, printer.fence, printer.mode, printer.has_drawer) == (
        "usb://0416:5011",
        False,
        "gs_h",
        "raster",
        True,
    )
    assert "--fence" in run(app, "printer", "change", "柜台", "--site", site.code, "--fence", "x").output
