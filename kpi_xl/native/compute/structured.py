"""Structured references: ``名单[得分]``, ``名单[[#This Row],[得分]]``."""

from __future__ import annotations

import re

from kpi_xl.native.compute.grid import Box, Cells
from kpi_xl.native.compute.values import UnknownError
from kpi_xl.ooxml.refs import Area

_TABLE = re.compile(r"([^\[\]]*)\[(.*)\]", re.DOTALL)
_PIECE = re.compile(r"\[((?:'.|[^\[\]'])*)\]")


def structured_box(cells: Cells, reference: str, sheet: str, row: int) -> Box:
    """Return the cells that a structured reference means in a row of a sheet. Raises UnknownError."""
    match = _TABLE.fullmatch(reference)
    table = cells.tables.get(match[1].casefold()) if match else None
    if match is None or table is None:
        raise UnknownError(reference)
    inner = match[2]
    pieces = _PIECE.findall(inner) if inner.startswith("[") else [inner]
    rest = _PIECE.sub("", inner) if inner.startswith("[") else ""
    if rest.strip(",: ") or len(pieces) > 3:
        raise UnknownError(reference)
    words = [re.sub(r"'(.)", r"\1", piece).strip().casefold() for piece in pieces]
    marks = [word for word in words if word.startswith("#")]
    columns = [table.columns.get(word.removeprefix("@")) for word in words if not word.startswith("#") and word]
    if None in columns or len(marks) > 1 or (len(columns) > 1 and ":" not in rest):
        raise UnknownError(reference)
    area, known = table.box.area, [column for column in columns if column is not None]
    left, right = (min(known), max(known)) if known else (area.left, area.right)
    top, bottom = area.top + table.headers, area.bottom - table.totals
    mark = marks[0] if marks else "#this row" if inner.startswith("@") else ""
    if mark == "#this row":
        if sheet != table.box.sheet or not top <= row <= bottom:
            raise UnknownError(reference)
        top = bottom = row
    elif mark == "#all":
        top, bottom = area.top, area.bottom
    elif mark not in ("", "#data"):
        raise UnknownError(reference)
    return Box(table.box.sheet, Area(top, left, bottom, right))
