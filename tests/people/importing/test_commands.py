from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import func, select

from canteen.base.db import reading
from canteen.people.models import Elder
from tests.factories import Place, make_site
from tests.people.rosters import JINXI, JINXI_REJECTED, person, text, xlsx


def run(app: Flask, *words: str):
    return app.test_cli_runner().invoke(args=["import-elders", *words])


def people() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(Elder)) or 0


def test_the_real_roster_as_json(app: Flask, site: Place):
    first, second = run(app, str(JINXI), "--json"), run(app, str(JINXI), "--json")

    facts = json.loads(first.stdout)
    assert (first.exit_code, first.stdout.count("\n"), first.stderr) == (0, 1, "")
    assert {key: facts[key] for key in ("rows", "imported", "updated", "unchanged")} == {
        "rows": 326,
        "imported": 317,
        "updated": 0,
        "unchanged": 0,
    }
    assert facts["rejected"] == [{"row": row, "reason": reason} for row, reason in JINXI_REJECTED]
    again = json.loads(second.stdout)
    assert (again["imported"], again["updated"], again["unchanged"], len(again["rejected"])) == (0, 0, 317, 9)


def test_in_words(app: Flask, site: Place):
    lines = run(app, str(JINXI)).stdout.splitlines()

    assert lines[0] == "共 326 行:新登记 317 人,更新 0 人,没有变化 0 人,有问题 9 行"
    assert "新建的村:金溪县/云溪镇/石桥村" in lines and "第 71 行:没有姓名" in lines
    assert "请核对第 26 行:不满60周岁(56岁)" in lines


def test_a_dry_run_writes_nothing(app: Flask, site: Place):
    done = run(app, str(JINXI), "--dry-run", "--json")

    assert (json.loads(done.stdout)["imported"], people()) == (317, 0)


def test_the_bad_rows_are_written(app: Flask, site: Place, tmp_path: Path):
    out = tmp_path / "bad.xlsx"

    run(app, str(JINXI), "--bad-rows", str(out))

    assert openpyxl.load_workbook(out).active.max_row == 13


def test_a_site_is_chosen_by_code_or_name(app: Flask, site: Place, tmp_path: Path):
    other = make_site("石桥村助餐点", path="金溪县/云溪镇/石桥村")
    file = tmp_path / "名册.csv"
    file.write_bytes(text(person(1), encoding="gb18030"))

    unclear, by_code = run(app, str(file)), run(app, str(file), "--site", other.code)
    by_name = run(app, str(file), "--site", other.name, "--json")

    assert (unclear.exit_code, by_code.exit_code, by_name.exit_code) == (1, 0, 0)
    assert other.code in unclear.stderr
    assert json.loads(by_name.stdout)["unchanged"] == 1


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(b"<html>", "这是网页文件,不是表格,只是改了扩展名"), (xlsx(header=("品名", "数量")), "没有找到表头")],
)
def test_a_wrong_file_is_one_line_and_exit_1(app: Flask, site: Place, tmp_path: Path, data, sentence):
    file = tmp_path / "x.xlsx"
    file.write_bytes(data)

    done = run(app, str(file), "--json")

    assert (done.exit_code, done.stdout, sentence in done.stderr, people()) == (1, "", True, 0)


def test_no_such_file_is_exit_2(app: Flask, site: Place):
    assert run(app, "nowhere.xlsx").exit_code == 2
