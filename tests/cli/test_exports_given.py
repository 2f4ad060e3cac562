"""``generate``, ``measure`` and ``demo``: files that cannot be used, periods without data, places that cannot be written."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from kpi_xl.cli.app import app
from kpi_xl.errors import KpiError

from ..job.samples import write_tickets


def test_generate_lists_a_file_that_cannot_be_used_and_exits_with_1(tmp_path: Path) -> None:
    tickets, absent = str(write_tickets(tmp_path)), str(tmp_path / "评价.csv")
    common = ["--scheme", "appliance-agent", "--period", "2025-09", "--workers", "1", "--no-html", "--out", str(tmp_path / "out")]
    told = CliRunner().invoke(app, ["generate", tickets, absent, *common])
    assert told.exit_code == 1
    assert "3 人" in told.stdout
    assert "评价.csv" in told.stderr
    as_json = CliRunner().invoke(app, ["generate", tickets, absent, *common, "--json"])
    assert as_json.exit_code == 1
    assert [entry["file"] for entry in json.loads(as_json.stdout)["failed_files"]] == ["评价.csv"]


def test_measure_refuses_a_period_without_data(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["measure", str(write_tickets(tmp_path)), "--period", "2024-09"])
    assert isinstance(result.exception, KpiError)
    with pytest.raises(KpiError, match="数据从 2025-09-01 到 2025-09-10"):
        raise result.exception


def test_measure_writes_the_evidence_to_the_file(tmp_path: Path) -> None:
    asked = ["measure", str(write_tickets(tmp_path)), "--period", "2025-09", "--measure", "fcr", "--evidence"]
    for name in ("明细.csv", "明细.xlsx"):
        told = CliRunner().invoke(app, [*asked, "--out", str(tmp_path / name)])
        assert told.exit_code == 0
        assert f"30 行明细写入 {tmp_path / name}" in told.stdout
    with (tmp_path / "明细.csv").open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.DictReader(stream))
    document = json.loads(CliRunner().invoke(app, [*asked, "--json", "--out", str(tmp_path / "明细.csv")]).stdout)
    assert [(line["客服"], line["单号"], line["达标"] == "是") for line in lines] == [
        (row["agent"], row["record"], row["hit"]) for row in document["evidence"]
    ]
    sheet = openpyxl.load_workbook(tmp_path / "明细.xlsx")["明细"]
    assert [row[3] for row in sheet.iter_rows(min_row=2, values_only=True)] == [line["单号"] for line in lines]


def test_measure_tells_that_the_evidence_cannot_be_written(tmp_path: Path) -> None:
    out = tmp_path / "没有这个文件夹" / "明细.csv"
    asked = ["measure", str(write_tickets(tmp_path)), "--period", "2025-09", "--measure", "fcr", "--evidence", "--out", str(out)]
    with pytest.raises(KpiError, match="写不了"):
        raise CliRunner().invoke(app, asked).exception or AssertionError


def test_demo_tells_that_its_folder_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "结果").write_text("a file, not a folder", encoding="utf-8")
    with pytest.raises(KpiError, match="写不了") as refused:
        raise CliRunner().invoke(app, ["demo", "--out", str(tmp_path / "结果")]).exception or AssertionError
    assert "文件夹" in refused.value.remedy.zh
