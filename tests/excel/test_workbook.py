"""The setting ``KPI RESULTS`` of the calling workbook, over xlwings' COM path."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kpi_xl.functions.results import NOT_SET

from .com import caller, xlwings_with_functions
from .pywin32_stub import Configuration, Workbook

ASKED = ("KPI_RESULT", [["001"], ["002"]], "2025-09", "总分")


@pytest.fixture(scope="module")
def udfs() -> Iterator[Any]:
    with xlwings_with_functions() as xlwings:
        yield xlwings


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A folder of results with two people, one of them pending."""
    row = {"name": "张三", "team": "一组", "position": "客服", "scheme_name": "方案"}
    none = dict.fromkeys(("grade", "coefficient", "payout", "error"))
    totals = (("001", "88.00"), ("002", None))
    people = [{"id": id_, "scheme": "s", "total": total, **none, "summary": {"row": row}} for id_, total in totals]
    folder = tmp_path / "结果" / "2025-09"
    folder.mkdir(parents=True)
    run = {"versions": {"kpi-xl": "1"}, "period": "2025-09", "people": people, "failed": [], "not_appraised": []}
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    return tmp_path


def configured(folder: Path, *rows: tuple[Any, Any]) -> Workbook:
    book = Workbook(folder=str(folder))
    book.Worksheets.append(Configuration(list(rows)))
    return book


def test_the_results_that_the_workbook_names(udfs: Any, results: Path) -> None:
    for written in ("结果", str(results / "结果"), " 结果 "):
        book = configured(results, ("Interpreter_Win", "python.exe"), ("kpi results ", written), (None, None))
        assert caller(udfs, book)(*ASKED) == [[88.0], ["待评"]]


def test_a_workbook_that_names_none_reads_none(udfs: Any, results: Path) -> None:
    for book in (
        Workbook(folder=str(results)),
        configured(results),
        configured(results, ("KPI RESULTS", None), ("OTHER", "结果")),
    ):
        assert caller(udfs, book)(*ASKED) == NOT_SET


def test_it_is_the_workbook_of_the_cell_and_no_other(udfs: Any, results: Path) -> None:
    """An add-in hands over the active workbook: another one than that of the cell, while Excel calculates all that are open."""
    active, of_the_cell = configured(results), configured(results, ("KPI RESULTS", "结果"))
    active.sheet.Parent = of_the_cell  # the calling range lies on this sheet
    assert caller(udfs, active)(*ASKED) == [[88.0], ["待评"]]
    active = configured(results, ("KPI RESULTS", "结果"))
    active.sheet.Parent = configured(results)
    assert caller(udfs, active)(*ASKED) == NOT_SET


def test_the_setting_of_one_call_is_gone_in_the_next(udfs: Any, results: Path) -> None:
    assert caller(udfs, configured(results, ("KPI RESULTS", "结果")))(*ASKED) == [[88.0], ["待评"]]
    assert caller(udfs, Workbook())(*ASKED) == NOT_SET
    from kpi_xl.functions import FUNCTIONS

    assert FUNCTIONS["KPI_RESULT"]("001", "2025-09", "总分") == NOT_SET


def test_from_python_no_workbook_calls() -> None:
    import kpi_xl

    assert kpi_xl.KPI_RESULT("001", "2025-09", "总分") == NOT_SET
