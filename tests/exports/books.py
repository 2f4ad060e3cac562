"""Workbooks as people keep them: merged cells, formats, hidden rows, several tables on a sheet."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from kpi_xl.exports import read_exports
from kpi_xl.exports.model import Tables

from .files import NOW, write

TICKETS = ("工单编号", "客服", "创建时间", "办结时间", "工单类型")
RATINGS = ("客服", "评价时间", "评分")
CALLS = ("通话编号", "坐席", "来电时间", "是否接听", "等待时长", "通话时长")

Row = Sequence[object]


def ticket(number: int, agent: str | None = "张伟") -> list[object]:
    """Return a ticket of September that took an hour."""
    day = 1 + number % 28
    return [f"T{number}", agent, dt.datetime(2025, 9, day, 8), dt.datetime(2025, 9, day, 9), "咨询"]


def rating(number: int) -> list[object]:
    """Return a rating of 3 to 5 by number."""
    return ["李娜", dt.datetime(2025, 9, 1 + number % 28, 8), 3 + number % 3]


def call(number: int, talk: object = 100) -> list[object]:
    """Return an answered call."""
    return [f"P{number}", "王芳", dt.datetime(2025, 9, 1 + number % 28, 8), "是", 20, talk]


def book(
    folder: Path,
    rows: Sequence[Row],
    merges: Sequence[str] = (),
    change: Callable[[Worksheet], None] = lambda sheet: None,
    name: str = "工单.xlsx",
) -> Path:
    """Write rows as the one sheet of a workbook, merge areas and change the sheet."""
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    for row in rows:
        sheet.append(list(row))
    for area in merges:
        sheet.merge_cells(area)
    change(sheet)
    workbook.save(folder / name)
    return folder / name


def formats(cells: dict[str, str]) -> Callable[[Worksheet], None]:
    """Return the change that gives cells their number formats."""

    def change(sheet: Worksheet) -> None:
        for address, code in cells.items():
            sheet[address].number_format = code

    return change


def text(folder: Path, rows: Sequence[Row], name: str = "工单.csv") -> Path:
    """Write the same rows as a text export."""
    return write(folder, *(",".join(_shown(cell) for cell in row) for row in rows), name=name)


def _shown(cell: object) -> str:
    return "" if cell is None else f"{cell:%Y-%m-%d %H:%M:%S}" if isinstance(cell, dt.datetime) else str(cell)


def rewrite(path: Path, part: str, pattern: str, replacement: str) -> Path:
    """Change the text of one part of a workbook."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    changed = re.sub(pattern, replacement, parts[part].decode())
    assert changed != parts[part].decode()
    parts[part] = changed.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return path


def read(*paths: Path, **options: object) -> Tables:
    """Read exports at the usual moment."""
    return read_exports(list(paths), now=NOW, **options)  # type: ignore[arg-type]
