"""The cell functions as xlwings sees them: ``xlwings.conf`` names this module, xlwings Lite imports it, Python calls it.

Made from `kpi_xl.functions.CATALOG`. Every argument comes as rows of cells (``ndim=2``) with error values as texts, so that
ranges and single cells take one path; called from Python, a single value gives a single result.
"""

from __future__ import annotations

from typing import Any

import xlwings as xw

from kpi_xl.excel import workbook
from kpi_xl.functions import CATALOG, CATEGORY, Function
from kpi_xl.functions.results import told_by_workbook


def _excel_function(function: Function) -> Any:  # noqa: ANN401 - xlwings returns what it was given
    """Return a plain function of that name and signature with xlwings' decorators around it."""

    def call(*values: Any) -> Any:  # noqa: ANN401 - a cell holds anything
        if not function.workbook:
            return function(*values)
        with told_by_workbook(workbook.told()):
            return function(*values)

    call.__name__ = call.__qualname__ = function.name
    call.__doc__ = function.doc
    call.__annotations__ = {}  # xlwings would take hints for converters
    call.__signature__ = function.signature  # type: ignore[attr-defined]  # what xlwings inspects
    for argument in function.arguments:
        call = xw.arg(argument.name, ndim=2, err_to_str=True, doc=argument.doc)(call)
    return xw.func(category=CATEGORY)(call)  # last: xw.arg would set the category back


globals().update({function.name: _excel_function(function) for function in CATALOG})

__all__ = [function.name for function in CATALOG]
