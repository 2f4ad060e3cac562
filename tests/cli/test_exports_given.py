"""``generate``, ``measure`` and ``demo``: files that cannot be used, periods without data, places that cannot be written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from job.samples import write_tickets
from typer.testing import CliRunner

from kpi_xl.cli.app import app
from kpi_xl.errors import KpiError


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
