"""The sheet 评级标准 as a range that a cell function is given."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from kpi_xl.schemes import load_scheme
from kpi_xl.standard.rows import standard_sections
from kpi_xl.standard.tables import StandardTable

Rows = list[list[Any]]


def sheet(reference: str) -> Rows:
    """Return the sheet's cells as Excel hands them over: numbers as floats, merged and empty cells as None."""
    rows: Rows = [["评级标准"], ["说明"]]
    for section in standard_sections(load_scheme(reference)):
        rows += [
            [None],
            [section.title + ("　　" + section.note if section.note else "")],
            _line(section, [c.header for c in section.columns]),
        ]
        rows += [_line(section, row) for row in section.rows]
    width = max(len(row) for row in rows)
    return [row + [None] * (width - len(row)) for row in rows]


def _line(section: StandardTable, cells: Any) -> list[Any]:
    line: list[Any] = []
    for column, cell in zip(section.columns, cells, strict=True):
        line += [float(cell) if isinstance(cell, Decimal | int) else cell, *[None] * (column.span - 1)]
    return line
