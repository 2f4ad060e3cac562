"""Ratings in per cent where points are wanted: asked about with the cell, never taken for a hundredth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ..command_line import kpi_xl
from .samples import write_csv

TICKET_HEAD = ("工单编号", "客服工号", "客户编号", "创建时间", "办结时间", "工单类型", "首次解决")


def _ratings(folder: Path, kind: str, cell: object, code: str = "General") -> Path:
    head, row = ("工号", "姓名", "服务专业性", "协同能力"), ["A1", "张伟", cell, 80]
    if kind == "csv":
        return write_csv(folder / "评分.csv", head, [row])
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(list(head))
    sheet.append(row)
    sheet["C2"].number_format = code
    book.save(folder / "评分.xlsx")
    return folder / "评分.xlsx"


def _generated(folder: Path, ratings: Path) -> tuple[dict[str, Any], str]:
    """Return the person of run.json and the text of 数据问题.xlsx."""
    days = range(1, 9)
    rows = [(f"T{n}", "A1", f"C{n}", f"2025-09-{n:02} 08:00", f"2025-09-{n:02} 20:00", "咨询", "是") for n in days]
    tickets = write_csv(folder / "工单.csv", TICKET_HEAD, rows)
    roster = write_csv(folder / "花名册.csv", ("工号", "姓名", "班组", "岗位"), [("A1", "张伟", "一组", "客服")])
    asked = ["generate", tickets, "--scheme", "appliance-agent", "--period", "2025-09", "--roster", roster, "--ratings", ratings]
    made = kpi_xl(*asked, "--out", folder / "out", "--no-html")
    assert made.returncode == 0, made.stderr
    run = json.loads((folder / "out" / "2025-09" / "run.json").read_text(encoding="utf-8"))
    book = openpyxl.load_workbook(folder / "out" / "2025-09" / "数据问题.xlsx")
    said = "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None)
    form = openpyxl.load_workbook(folder / "out" / "2025-09" / "一组" / "A1_张伟.xlsx")
    sheet, _, cell = form.defined_names["in_professionalism"].attr_text.rpartition("!")
    return {**run["people"][0], "typed": form[sheet.strip("'")][cell.replace("$", "")].value}, said


@pytest.mark.parametrize(
    ("kind", "cell", "code"),
    [
        ("xlsx", 0.9, "0%"), ("xlsx", 0.9, "General"), ("xlsx", 1, "General"), ("xlsx", "90%", "@"), ("xlsx", "90 %", "@"),
        ("csv", "90%", ""), ("csv", "９０％", ""), ("csv", "0.9", ""), ("csv", "1", ""),
    ],
)  # fmt: skip
def test_a_percentage_is_listed_with_its_cell_and_missing(tmp_path: Path, kind: str, cell: object, code: str) -> None:
    person, said = _generated(tmp_path, _ratings(tmp_path, kind, cell, code))
    assert person["typed"] is None
    assert "评分无法采用" in said
    assert "服务专业性" in said
    assert f"评分.{kind}" in said
    assert "百分号" in said


@pytest.mark.parametrize(("kind", "cell"), [("xlsx", 90), ("csv", "90"), ("csv", "0"), ("csv", "1.5"), ("csv", "90分")])
def test_points_are_taken_and_nothing_is_listed(tmp_path: Path, kind: str, cell: object) -> None:
    person, said = _generated(tmp_path, _ratings(tmp_path, kind, cell))
    assert person["typed"] is not None
    assert "评分无法采用" not in said


@pytest.mark.parametrize("cell", ["0.9", "90%", "1"])
def test_a_column_of_ratios_takes_both(tmp_path: Path, cell: str) -> None:
    ratings = write_csv(tmp_path / "评分.csv", ("工号", "客户满意度"), [("A1", cell)])
    _person, said = _generated(tmp_path, ratings)
    assert "评分无法采用" not in said


@pytest.mark.parametrize(("typed", "said"), [("0.9", "0.9 分还是 90 分"), ("1", "1 分还是 100 分"), ("90%", "不应带百分号")])
def test_score_asks_too(typed: str, said: str) -> None:
    refused = kpi_xl("score", "appliance-agent", f"professionalism={typed}")
    assert refused.returncode == 2
    assert said in refused.stderr
    assert kpi_xl("score", "appliance-agent", "fcr=0.9", "csat=90%", "professionalism=90").returncode == 0
