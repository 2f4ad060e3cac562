"""`kpi-xl template check` finds names that no view has, before anybody fills the template."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from kpi_xl.cli.app import app
from kpi_xl.resources import templates_folder

BUILT_IN = sorted(templates_folder("workbook").glob("*.xlsx"))


def check(*files: Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["template", "check", *map(str, files)])
    return result.exit_code, result.output


def test_every_built_in_template_passes() -> None:
    code, output = check(*BUILT_IN)
    assert code == 0, output
    assert output.count("没有错误") == len(BUILT_IN)


@pytest.mark.parametrize(
    ("name", "copy"),
    [
        ("appliance-agent", "appliance-agent"),
        ("appliance-agent", "我们的表"),
        ("summary", "summary"),
        ("summary", "汇总模板"),
        ("issues", "issues"),
        ("remedy", "回访清单模板"),
    ],
)
def test_a_misspelt_name_is_told_with_sheet_and_cell(tmp_path: Path, name: str, copy: str) -> None:
    book = openpyxl.load_workbook(templates_folder("workbook") / f"{name}.xlsx")
    sheet = book.worksheets[0]
    places = [
        cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str) and "{{ period_label }}" in cell.value
    ]
    places[0].value = str(places[0].value).replace("period_label", "period_lable")
    path = tmp_path / f"{copy}.xlsx"
    book.save(path)
    code, output = check(path)
    assert code == 1
    assert f"{sheet.title}!{places[0].coordinate}" in output
    assert "period_lable" in output
    assert "1 处" in output


def test_an_untouched_copy_under_another_name_passes(tmp_path: Path) -> None:
    for path in BUILT_IN:
        shutil.copy(path, tmp_path / f"x{path.name}")
    code, output = check(*tmp_path.iterdir())
    assert code == 0, output
