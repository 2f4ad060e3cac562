"""What the workbook of the calling cell says on its sheet ``xlwings.conf``: the one setting that a cell function asks for.

Not seen in a real Excel: ``Application.Caller`` is asked over COM while the function runs; where it is no cell, the workbook
that xlwings was given by the VBA wrapper is taken.
"""

from __future__ import annotations

from typing import Any

from kpi_xl.functions.issued import SETTING
from kpi_xl.functions.results import Told

SHEET = "xlwings.conf"
_ROWS = "A1:B200"


def told() -> Told | None:
    """Return what the calling workbook says of the place of results; None where it says nothing, or no workbook calls."""
    try:
        book = _calling()
        for sheet in book.Worksheets:
            if sheet.Name == SHEET:
                return _read(sheet.Range(_ROWS).Value, str(book.Path or ""))
    except Exception:  # COM fails in many ways, and without a workbook there is no setting: the function says so
        return None
    return None


def _calling() -> Any:  # noqa: ANN401 - an object of Excel
    """Return the workbook of the cell that calls, as an object of Excel."""
    import xlwings as xw  # the one that runs the function, whoever loaded this module first

    given = xw.Book.caller().api
    try:
        return given.Application.Caller.Worksheet.Parent
    except Exception:  # called by a macro, not by a cell
        return given


def _read(rows: Any, folder: str) -> Told | None:  # noqa: ANN401 - what COM gives for a range
    for key, value, *_others in rows:
        if str(key or "").strip().upper() == SETTING and value is not None and str(value).strip():
            return Told(str(value), folder)
    return None
