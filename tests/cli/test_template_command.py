"""``kpi-xl template``: blank and filled forms, ratings sheets, checks of edited templates."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from kpi_xl.cli.app import app
from kpi_xl.errors import KpiError
from kpi_xl.schemes import load_scheme
from kpi_xl.workbook.ratings_sheet import typed_inputs


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["template", *arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_a_blank_form_has_no_placeholder_left_and_says_pending(tmp_path: Path) -> None:
    out = tmp_path / "blank.xlsx"
    assert run("fill", "appliance-agent", "--out", str(out))[0] == 0
    book = openpyxl.load_workbook(out, data_only=True)
    texts = [str(c.value) for s in book.worksheets for row in s.iter_rows() for c in row if c.value is not None]
    assert not [text for text in texts if "{{" in text]
    assert "待评" in texts


def test_values_on_the_command_line_are_scored(tmp_path: Path) -> None:
    out = tmp_path / "one.xlsx"
    run("fill", "ob-satisfaction", "ratings.5=3", "ratings.4=1", "--out", str(out))
    book = openpyxl.load_workbook(out, data_only=True)
    cell = book.defined_names["out_total"].attr_text.rpartition("!")[2].replace("$", "")
    assert book.worksheets[0][cell].value == 4.75


def test_a_wrong_value_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KpiError):
        run("fill", "appliance-agent", "fcr=85", "--out", str(tmp_path / "x.xlsx"))
    with pytest.raises(KpiError):
        run("fill", "appliance-agent", "fcr", "--out", str(tmp_path / "x.xlsx"))


def test_list_names_every_file_and_all_are_present() -> None:
    code, output = run("list", "--json")
    rows = json.loads(output)
    assert code == 0
    assert len({row["scheme"].partition(":")[0] for row in rows}) == 20
    assert all(row["present"] for row in rows)


def test_check_names_a_placeholder_that_cannot_be_read(tmp_path: Path) -> None:
    out = tmp_path / "one"
    run("build", "appliance-agent", "--out", str(out))
    file = out / "appliance-agent.xlsx"
    assert run("check", str(file))[0] == 0
    book = openpyxl.load_workbook(file)
    book["考核表"]["A3"] = "{{ person. }}"
    book.save(file)
    code, output = run("check", str(file))
    assert code == 1
    assert "A3" in output


def test_a_ratings_sheet_has_a_column_for_everything_that_people_type(tmp_path: Path) -> None:
    out = tmp_path / "ratings.xlsx"
    run("ratings", "service-awareness", "--out", str(out), "--rows", "5")
    sheet = openpyxl.load_workbook(out)["评分"]
    header = [cell.value for cell in sheet[3]]
    names = [entry.name for entry in typed_inputs(load_scheme("service-awareness"))]
    assert header == ["工号", "姓名", *names]
    assert len(names) == 6
    assert [entry.key for entry in typed_inputs(load_scheme("appliance-agent"))] == [
        "professionalism",
        "completeness",
        "collaboration",
        "knowledge",
    ]
