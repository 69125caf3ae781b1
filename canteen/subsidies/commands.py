"""``flask --app wsgi scheme check`` and ``scheme try``: a scheme file looked at and tried, without the database."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
from flask.cli import AppGroup

from canteen.subsidies.scheme import SchemeError, load_scheme
from canteen.subsidies.trial import CasesError, read_cases, try_scheme

scheme = AppGroup("scheme", help="方案:检查、试算,不动数据库。Check a subsidy scheme, or try it on cases.")
_FILE = click.Path(path_type=Path)
Read = TypeVar("Read")


@scheme.command("check", with_appcontext=False)
@click.argument("file", type=_FILE)
def check(file: Path) -> None:
    """检查一个方案文件。Read a scheme FILE and print what it is: id, version, name, and the numbers that are missing.

    A scheme with a missing number is not complete and cannot be switched on. A file that cannot be used prints
    all its problems in one line and ends with code 2.
    """
    found = _read(file, load_scheme)
    _print(
        {
            "id": found.id,
            "version": found.version,
            "name": found.name,
            "complete": not found.incomplete,
            "missing": list(found.missing),
            "classes": [one.code for one in found.classes if one.code],
            "sources": dict(found.sources),
        }
    )


@scheme.command("try", with_appcontext=False)
@click.argument("scheme_file", metavar="SCHEME.toml", type=_FILE)
@click.argument("cases_file", metavar="CASES.json", type=_FILE)
def try_on_cases(scheme_file: Path, cases_file: Path) -> None:
    """用案例试算一个方案。Try SCHEME.toml on CASES.json and print one result a case.

    Shares are in fen, with their reasons in words.

    Input that cannot be used prints all its problems in one line and ends with code 2.
    """
    found = _read(scheme_file, load_scheme)
    cases = _read(cases_file, read_cases)
    _print(
        {
            "scheme": found.id,
            "version": found.version,
            "complete": not found.incomplete,
            "missing": list(found.missing),
            "results": try_scheme(found, cases),
        }
    )


def _read(file: Path, read: Callable[[str], Read]) -> Read:
    """Read a file (UTF-8, with or without a byte order mark), or end with code 2 and one line."""
    try:
        return read(file.read_text("utf-8-sig"))
    except OSError as trouble:
        _end(f"{file}:不能读取({trouble.strerror})")
    except UnicodeDecodeError:
        _end(f"{file}:不是 UTF-8 编码的文本,请另存为 UTF-8")
    except (SchemeError, CasesError) as trouble:
        _end(f"{file}:{trouble}")


def _end(line: str) -> NoReturn:
    click.echo(line, err=True)
    raise SystemExit(2)


def _print(answer: dict[str, Any]) -> None:
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
