"""Ratings as people keep them in workbooks: merged cells, several tables on a sheet, hidden parts, formulas."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from kpi_xl.errors import KpiError
from kpi_xl.job.model import Assigned
from kpi_xl.job.ratings import Ratings, read_ratings
from kpi_xl.people import Person
from kpi_xl.periods import Period
from kpi_xl.schemes import load_scheme

from .samples import write_csv

PEOPLE = (Person("001", "张三"), Person("002", "李四"), Person("003", "王五"))
PERIOD = Period.parse("2025-09")


def book(folder: Path, rows: Sequence[Sequence[object]], merges: Sequence[str] = ()) -> Path:
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.worksheets[0].append(list(row))
    for area in merges:
        workbook.worksheets[0].merge_cells(area)
    workbook.save(folder / "评分.xlsx")
    return folder / "评分.xlsx"


def read(path: Path) -> Ratings:
    return read_ratings(path, [Assigned(p, load_scheme("appliance-agent"), "组", p.id) for p in PEOPLE], PERIOD)


STACKED = [
    ["一组"],
    ["工号", "服务专业性", "协同能力"],
    ["001", 90, 80],
    [],
    ["二组"],
    ["工号", "协同能力", "服务专业性"],
    ["002", 81, 91],
    ["003", 82, 92],
]


@pytest.mark.parametrize("blank", [True, False])
def test_each_line_belongs_to_the_header_above_it(tmp_path: Path, blank: bool) -> None:
    rows = STACKED if blank else [*STACKED[:3], *STACKED[5:]]
    for path in (book(tmp_path, rows), write_csv(tmp_path / "评分.csv", ("",), [tuple(row) for row in rows])):
        values = read(path).values
        assert {person: (given["professionalism"], given["collaboration"]) for person, given in values.items()} == {
            "001": (Decimal(90), Decimal(80)),
            "002": (Decimal(91), Decimal(81)),
            "003": (Decimal(92), Decimal(82)),
        }


def test_the_title_of_a_further_table_is_looked_at_too(tmp_path: Path) -> None:
    rows = [*STACKED[:4], ["2025年8月 二组"], *STACKED[5:]]
    with pytest.raises(KpiError, match="2025年8月"):
        read(book(tmp_path, rows))


def test_merged_cells_hold_for_all_their_lines(tmp_path: Path) -> None:
    rows = [["工号", "指标", "评分"], ["001", "服务专业性", 90], ["002", None, 80], ["003", None, None]]
    values = read(book(tmp_path, rows, ["B2:B4", "C3:C4"])).values
    assert {person: given["professionalism"] for person, given in values.items()} == {
        "001": Decimal(90),
        "002": Decimal(80),
        "003": Decimal(80),
    }


def test_indicators_under_a_group_of_their_own(tmp_path: Path) -> None:
    rows = [["2025年9月"], ["工号", "评分", None], [None, "服务专业性", "协同能力"], ["001", 90, 80]]
    assert read(book(tmp_path, rows, ["A1:C1", "A2:A3", "B2:C2"])).values["001"]["collaboration"] == Decimal(80)


def test_hidden_lines_count_and_are_told(tmp_path: Path) -> None:
    path = book(tmp_path, STACKED[1:3])
    workbook = openpyxl.load_workbook(path)
    workbook.worksheets[0].row_dimensions[2].hidden = True
    workbook.create_sheet("旧表").append(["工号", "服务专业性"])
    workbook["旧表"].sheet_state = "hidden"
    workbook.save(path)
    ratings = read(path)
    assert ratings.values["001"]["professionalism"] == Decimal(90)
    assert [(i.code, i.sheet, i.count) for i in ratings.issues] == [("hidden_sheet", "旧表", 1), ("hidden_rows", "Sheet", 1)]


def test_a_formula_without_a_result_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KpiError, match="用 Excel 或 WPS 打开并保存") as refused:
        read(book(tmp_path, [["工号", "服务专业性"], ["001", "=80+10"]]))
    assert "B2" in refused.value.message.zh
