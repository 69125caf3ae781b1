"""``flask --app wsgi scheme check`` and ``scheme try``: a scheme file looked at and tried, without the database."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
from flask.cli import AppGroup

from canteen.schemes.builtin import builtin_schemes
from canteen.schemes.language.doubts import warnings_of
from canteen.schemes.language.scheme import Scheme, SchemeError, load_scheme
from canteen.schemes.trial.cases import CasesError, read_file
from canteen.schemes.trial.trial import try_schemes

scheme = AppGroup("scheme", help="方案:检查、试算,不动数据库。Check a subsidy scheme, or try it on cases.")
_FILE = click.Path(path_type=Path)
#: What is told of a purse.
_OF_A_PURSE = ("credited", "expires", "pays_for", "year_limit")
Read = TypeVar("Read")


@scheme.command("check", with_appcontext=False)
@click.argument("file", type=_FILE)
def check(file: Path) -> None:
    """检查一个方案。Read a scheme FILE (or the name of a built-in one) and print what it is.

    A scheme with a missing number is not complete and cannot be switched on; what is written and will hardly work is
    among the warnings. A file that cannot be used prints all its problems in one line and ends with code 2.
    """
    found = _scheme(file)
    _print(
        {
            "id": found.id,
            "version": found.version,
            "name": found.name,
            "complete": not found.incomplete,
            "missing": list(found.missing),
            "warnings": _warnings(found),
            "classes": [one.code for one in found.classes if one.code],
            "purse": {name: getattr(found.purse, name) for name in _OF_A_PURSE} if found.purse else None,
            "services": [service.kind for service in found.services],
            "frequency": len(found.frequency),
            "site_money": [one.code for one in found.site_money],
            "approval": [step.name for step in found.approval.steps] if found.approval else None,
            "sources": dict(found.sources),
        }
    )


@scheme.command("try", with_appcontext=False)
@click.argument("scheme_file", metavar="SCHEME.toml", type=_FILE)
@click.argument("cases_file", metavar="CASES.json", type=_FILE)
@click.option(
    "--with", "others", metavar="OTHER.toml", type=_FILE, multiple=True, help="另一个同时有效的方案,可以写多次。"
)
def try_on_cases(scheme_file: Path, cases_file: Path, others: tuple[Path, ...]) -> None:
    """用案例试算方案。Try SCHEME.toml on CASES.json and print one result a case.

    A scheme is a file, or the name of a built-in one (jinxi). Further schemes in force at the same time are given by
    --with, or as "schemes" in the cases file. Shares are in fen, with their reasons in words.

    Input that cannot be used prints all its problems in one line and ends with code 2.
    """
    first = _scheme(scheme_file)
    cases = _read(cases_file, read_file)
    further = [Path(name) if _is_builtin(name) else cases_file.parent / name for name in cases.schemes]
    schemes = [first, *(_scheme(other) for other in (*others, *further))]
    ids = [one.id for one in schemes]
    if len(set(ids)) < len(ids):
        _end(f"{cases_file}:同一个方案不能试两次:{'、'.join(ids)}")
    _print(
        {
            "scheme": first.id,
            "version": first.version,
            "complete": not any(one.incomplete for one in schemes),
            "missing": list(first.missing),
            "schemes": [{"id": one.id, "version": one.version, "missing": list(one.missing)} for one in schemes],
            "results": try_schemes(schemes, cases.cases),
        }
    )


def _scheme(file: Path) -> Scheme:
    """A scheme from a file, or the built-in one of this name when there is no such file."""
    if not file.exists() and _is_builtin(str(file)):
        return load_scheme(builtin_schemes()[str(file).removesuffix(".toml")])
    return _read(file, load_scheme)


def _is_builtin(name: str) -> bool:
    return name.removesuffix(".toml") in builtin_schemes()


def _warnings(found: Scheme) -> list[str]:
    approval: Sequence[str] = found.approval.warnings if found.approval else ()
    return list(dict.fromkeys([*warnings_of(found), *approval]))


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
