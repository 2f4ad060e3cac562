"""Reads the sheet 评级标准 of a workbook as a scheme; what its tables mean, `kpi_xl.standard.decode` knows."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from kpi_xl.errors import KpiError, Place, Problem, Text
from kpi_xl.schemes.model import Scheme
from kpi_xl.standard.decode import scheme_from_rows
from kpi_xl.standard.tables import SHEET, TABLES


def scheme_from_workbook(path: Path) -> Scheme:
    """Read a scheme from a workbook. Raises KpiError: unreadable file, no sheet 评级标准, mistakes (all, with their cells)."""
    return scheme_from_rows(sheet_rows(path), path.name)


def sheet_rows(path: Path) -> list[list[Any]]:
    """Return the values of the sheet 评级标准, row by row. Raises KpiError when there is none."""
    try:
        data = path.read_bytes()
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)  # whatever its name ends in
        written = openpyxl.load_workbook(io.BytesIO(data))
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise KpiError(
            Text(f"打不开工作簿 {path}", f"cannot open the workbook {path}"),
            Text("确认它是未加密的 .xlsx 文件", "make sure that it is an .xlsx file without a password"),
            where=Place.of(path),
        ) from error
    if SHEET not in book.sheetnames:
        raise KpiError(
            Text(f"{path.name} 里没有“{SHEET}”工作表", f"{path.name} has no sheet {SHEET}"),
            Text(
                "用 kpi-xl scheme export 编号 --out my.xlsx 生成一份再修改", "make one with kpi-xl scheme export ID --out my.xlsx"
            ),
            where=Place.of(path),
        )
    sheet = book[SHEET]
    _refuse_numbers_above(written[SHEET], path)
    return [list(row) for row in sheet.iter_rows(max_col=40, max_row=min(sheet.max_row, 5000), values_only=True)]


def _refuse_numbers_above(sheet: Worksheet, path: Path) -> None:
    """Refuse numbers typed over the formulas of the printed tables: they would change nothing. Raises KpiError with the cells."""
    rows = list(sheet.iter_rows(max_col=40, max_row=min(sheet.max_row, 5000)))
    below = next((number for number, row in enumerate(rows) if row[0].value == TABLES["scheme"][0]), 0)
    typed = [
        cell for row in rows[:below] for cell in row if isinstance(cell.value, int | float) and not isinstance(cell.value, bool)
    ]
    problems = [
        Problem(
            f"{SHEET}!{cell.coordinate}",
            Text(f"这里的公式被改成了 {cell.value}，不起作用", f"a formula was overwritten with {cell.value}"),
            Text(f"恢复公式，在第 {below + 1} 行以下的数据区里修改", f"restore it; change the data from row {below + 1} on"),
        )
        for cell in typed
    ]
    if problems:
        raise KpiError(
            Text(f"{path.name} 的“{SHEET}”改错了地方", f"{path.name}: the printed part of {SHEET} was edited"),
            Text("按每条提示在数据区里修改", "change the data below, as the lines say"),
            problems,
            where=Place.of(path, SHEET, cell=typed[0].coordinate),
        )
