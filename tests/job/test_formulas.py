"""``--formulas`` of `generate` and `template fill`: native, functions, values, from the command to the cell."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from kpi_xl.cli.app import app
from kpi_xl.errors import KpiError
from kpi_xl.job import run
from kpi_xl.native.lowering import MODES, Mode

from .samples import order, write_roster, write_tickets


def grade_of(file: Path) -> tuple[object, object]:
    """Return what stands in the cell of the grade, and the value that it shows."""
    found = []
    for shown in (False, True):
        book = openpyxl.load_workbook(file, data_only=shown)
        cell = book.defined_names["out_grade"].attr_text.rpartition("!")[2].replace("$", "")
        found.append(book.worksheets[0][cell].value)
    return found[0], found[1]


@pytest.mark.parametrize(("mode", "begins"), [("native", "=IF(ISNUMBER("), ("functions", "=KPI_GRADE("), ("values", "待评")])
def test_generate(mode: Mode, begins: str, tmp_path: Path) -> None:
    asked = order(tmp_path, write_tickets(tmp_path), roster=write_roster(tmp_path), formulas=mode, html=False)
    report = run(asked)
    assert not report.failed
    content, shown = grade_of(asked.folder / "一组" / "001_张三.xlsx")
    assert str(content).startswith(begins)
    assert shown == "待评"


def test_another_mode_makes_the_files_again(tmp_path: Path) -> None:
    asked = order(tmp_path, write_tickets(tmp_path), roster=write_roster(tmp_path), html=False)
    run(asked)
    assert run(asked).unchanged > 0
    again = order(tmp_path, *asked.exports, roster=asked.roster, html=False, formulas="values")
    assert run(again).unchanged == 0


def test_template_fill_has_the_same_option(tmp_path: Path) -> None:
    for mode in MODES:
        out = tmp_path / f"{mode}.xlsx"
        done = CliRunner().invoke(app, ["template", "fill", "appliance-agent", "--out", str(out), "--formulas", mode])
        assert done.exit_code == 0
    begins = [str(grade_of(tmp_path / f"{mode}.xlsx")[0])[:11] for mode in MODES]
    assert begins == ["=IF(ISNUMBE", "=KPI_GRADE(", "待评"]


def test_another_word_is_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["template", "fill", "appliance-agent", "--out", str(tmp_path / "x.xlsx"), "--formulas", "macros"]
    )
    assert isinstance(done.exception, KpiError)
    assert "macros" in done.exception.message.zh
