"""The job on public files that nobody here wrote."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kpi_xl.errors import KpiError
from kpi_xl.job import run

from .samples import files_below, order, run_document

pytestmark = pytest.mark.data


def people_files(names: set[str], suffix: str) -> list[str]:
    return [name for name in names if re.search(r"/[^/]+_[^/]+\." + suffix + "$", name)]


def test_the_call_centre_gets_eight_workbooks_and_pages_that_show_what_is_missing(test_data: Path, tmp_path: Path) -> None:
    asked = order(tmp_path, test_data / "exports/call-centre.xlsx", period="2021-Q1")
    report = run(asked)
    names = set(files_below(asked.folder))
    assert (report.people, report.done, report.pending) == (8, 8, 8)
    assert len(people_files(names, "xlsx")) == len(people_files(names, "html")) == 8
    counts = run_document(asked)["counts"]
    assert counts["rows_used"] + counts["rows_set_aside"] == counts["rows_read"] == 5000
    page = (asked.folder / people_files(names, "html")[0]).read_text(encoding="utf-8")
    assert "待评" in page
    assert "缺数据" in page


def test_field_service_orders(test_data: Path, tmp_path: Path) -> None:
    asked = order(tmp_path, test_data / "exports/IMS装机明细_202102.xlsx", period="2021-02")
    report = run(asked)
    assert not report.failed
    assert report.people > 5
    counts = run_document(asked)["counts"]
    assert counts["rows_used"] + counts["rows_set_aside"] == counts["rows_read"] == 469


def test_tickets_without_an_agent_are_refused_with_a_reason(test_data: Path, tmp_path: Path) -> None:
    with pytest.raises(KpiError) as error:
        run(order(tmp_path, test_data / "exports/测试故障工单.csv", period="2021-02"))
    assert "客服" in str(error.value)


@pytest.mark.slow
def test_thirteen_hundred_agents(test_data: Path, tmp_path: Path) -> None:
    asked = order(tmp_path, test_data / "exports/ecommerce-csat.csv", period="2023-08", html=False, workers=2)
    report = run(asked)
    assert not report.failed
    assert report.people > 1000
    assert len(people_files(set(files_below(asked.folder)), "xlsx")) == report.people
