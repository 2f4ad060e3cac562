"""Excel's workbook to begin with, opened by a program that has the functions: every result is what stands beside it."""

from __future__ import annotations

import io
import re
from pathlib import Path

import openpyxl
import pytest

from kpi_xl.excel.starter import HEAD_ROW, build_starter

from .. import office

pytestmark = pytest.mark.office


def test_every_example_agrees(calc: office.Drive, tmp_path: Path) -> None:
    path = tmp_path / "入门.xlsx"
    path.write_bytes(build_starter())
    sheet = openpyxl.load_workbook(io.BytesIO(path.read_bytes())).worksheets[0]
    first = next(cell for cell in sheet[HEAD_ROW] if cell.value == "相符")
    area = f"{first.column_letter}{HEAD_ROW + 1}:{sheet.cell(sheet.max_row, sheet.max_column).coordinate}"
    (found,) = calc({"open": path.as_uri(), "recalculate": True, "data": [area]})["data"]
    total = re.search(r"/ (\d+)", str(sheet["A3"].value))
    assert total
    assert [sign for row in found for sign in row if sign] == ["✓"] * int(total[1])
