"""Rows of measures as a file, CSV or XLSX: written beside and renamed, so that a file is never half there."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from kpi_xl.errors import KpiError, Place, Text
from kpi_xl.outputs import Read, replacing

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_SHEET_ROWS = 1_048_576


def write_lines(
    path: Path, lines: Iterable[tuple[Any, ...]], title: str, widths: Sequence[int], inputs: Iterable[Read] = ()
) -> int:
    """Write lines, the header first, as ``.csv`` or ``.xlsx``; the file appears whole or not at all. Returns the number of lines.

    `title` and `widths` (a width per column) are for the sheet, `inputs` are the files that the command reads. Raises KpiError
    when the file cannot be written, or must not be (see `kpi_xl.outputs`).
    """
    counted = _Counted(lines)
    with replacing(path, inputs, folders=False) as file:
        if path.suffix.lower() == ".csv":
            _write_csv(file, counted)
        else:
            _write_xlsx(file, counted, title, widths, path)
    return counted.count


class _Counted:
    """Counts the lines as they pass."""

    def __init__(self, lines: Iterable[tuple[Any, ...]]) -> None:
        self._lines = lines
        self.count = 0

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        for line in self._lines:
            self.count += 1
            yield line


def _write_csv(file: IO[bytes], lines: Iterable[tuple[Any, ...]]) -> None:
    """Write UTF-8 with BOM, as Excel expects; text that would start a formula gets an apostrophe in front."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    for line in lines:
        writer.writerow([f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell for cell in line])
    text.detach()


def _write_xlsx(file: IO[bytes], lines: Iterable[tuple[Any, ...]], title: str, widths: Sequence[int], path: Path) -> None:
    """Write a workbook with one sheet; text stays text, whatever it begins with. Raises KpiError for more than a sheet holds."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    for number, line in enumerate(lines, start=1):
        if number > _SHEET_ROWS:
            raise KpiError(
                Text(f"超过一张工作表的 {_SHEET_ROWS} 行", f"more than the {_SHEET_ROWS} rows of a sheet"),
                Text("请写成 .csv，或缩小范围", "write a .csv file, or ask for less"),
                where=Place.of(path),
            )
        cells: list[Any] = []
        for value in line:
            if isinstance(value, str):
                cell = WriteOnlyCell(sheet, value=value)
                cell.data_type = "s"
                cells.append(cell)
            else:
                cells.append(value)
        sheet.append(cells)
    book.save(file)
