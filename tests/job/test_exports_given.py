"""Exports of another period, and exports of which one cannot be used."""

from __future__ import annotations

import openpyxl
import pytest

from kpi_xl.errors import KpiError
from kpi_xl.job import run

from .samples import TICKET_HEAD, order, run_document, totals, write_csv, write_roster, write_tickets


def test_exports_of_another_year_are_refused_and_say_when_their_data_is(tmp_path):
    """With a roster everybody would have a form, all of them empty: a typing error in the year must not pass for that."""
    asked = order(tmp_path, write_tickets(tmp_path), period="2031-01", roster=write_roster(tmp_path))
    with pytest.raises(KpiError, match="没有2031年1月的数据：数据从 2025-09-01 到 2025-09-10") as refused:
        run(asked)
    assert "--period" in refused.value.remedy.zh
    assert not asked.folder.exists()


def test_exports_without_a_row_are_refused(tmp_path):
    empty = write_csv(tmp_path / "工单.csv", TICKET_HEAD, [])
    with pytest.raises(KpiError, match="没有一行可用的数据"):
        run(order(tmp_path, empty, roster=write_roster(tmp_path)))


def test_ratings_alone_may_stand_for_a_period_without_exported_rows(tmp_path):
    ratings = write_csv(tmp_path / "评分.csv", ("工号", "指标", "评分", "评分人"), [("001", "服务意识", "90", "丁一")])
    asked = order(tmp_path, write_tickets(tmp_path), period="2025-10", roster=write_roster(tmp_path), ratings=ratings)
    assert run(asked).done == 4


def test_a_file_that_cannot_be_used_fails_and_the_others_go_on(tmp_path):
    broken = tmp_path / "评价.xlsx"
    broken.write_bytes(b"PK not a workbook")
    tickets = write_tickets(tmp_path)
    asked = order(tmp_path, tickets, broken)
    report = run(asked)
    assert [failed.file for failed in report.failed_files] == ["评价.xlsx"]
    document = run_document(asked)
    (entry,) = document["failed_files"]
    assert entry["file"] == "评价.xlsx"
    assert entry["reason"]
    assert entry["remedy"]
    alone = order(tmp_path / "alone", tickets)
    run(alone)
    assert totals(asked) == totals(alone)
    listed = openpyxl.load_workbook(asked.folder / "数据问题.xlsx")
    assert "评价.xlsx" in {cell.value for sheet in listed for row in sheet.iter_rows() for cell in row}


def test_no_usable_file_at_all_is_refused(tmp_path):
    broken = tmp_path / "评价.xlsx"
    broken.write_bytes(b"PK not a workbook")
    with pytest.raises(KpiError, match=r"评价\.xlsx"):
        run(order(tmp_path, broken))
    with pytest.raises(KpiError, match="2 个文件"):
        run(order(tmp_path, broken, tmp_path / "没有.csv"))


def test_the_wrong_period_is_told_together_with_the_file_that_may_hold_it(tmp_path):
    with pytest.raises(KpiError, match="没有2025年8月的数据") as refused:
        run(order(tmp_path, write_tickets(tmp_path), tmp_path / "八月.csv", period="2025-08"))
    assert [problem.where for problem in refused.value.problems] == ["八月.csv"]
