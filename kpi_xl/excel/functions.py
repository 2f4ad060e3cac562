"""The cell functions as xlwings sees them: our add-in's wrappers name this module, xlwings Lite imports it, Python calls it.

Made from `kpi_xl.functions.CATALOG`. Every argument comes as rows of cells (``ndim=2``) with error values as texts, so that
ranges and single cells take one path; called from Python, a single value gives a single result.

Error values. Over COM a cell with an error holds a VT_ERROR, which pywin32 hands over as a negative integer: 0x800A0000 plus
the number of Excel's ``XlCVError`` (2042 for #N/A), read as 32 bits with a sign. xlwings knows the seven errors of Excel 97 and
leaves the others as integers, which are no numbers: Excel's numbers arrive as floats, whatever they show.
"""

from __future__ import annotations

import sys
from typing import Any

import xlwings as xw

from kpi_xl.excel import workbook
from kpi_xl.functions import CATALOG, CATEGORY, Function
from kpi_xl.functions.results import told_by_workbook

_FAMILY = range(-0x80000000 + 0xA0000, -0x80000000 + 0xB0000)
"""Every VT_ERROR of Excel: facility 10, whatever the number."""

_NAMES = {
    2000: "#NULL!",
    2007: "#DIV/0!",
    2015: "#VALUE!",
    2023: "#REF!",
    2029: "#NAME?",
    2036: "#NUM!",
    2042: "#N/A",
    2043: "#GETTING_DATA",
    2045: "#SPILL!",
    2046: "#CONNECT!",
    2047: "#BLOCKED!",
    2048: "#UNKNOWN!",
    2049: "#FIELD!",
    2050: "#CALC!",
    2051: "#BUSY!",
    2055: "#PYTHON!",
}
"""By the number of ``XlCVError`` (Excel's type library; 2051 and 2055 as observed over COM by others)."""

_OTHER = "#ERROR!"


def _read(argument: Any) -> Any:  # noqa: ANN401 - a cell holds anything
    """Return an argument with the error values in it as texts; an error that nobody knows yet is ``#ERROR!``."""
    if isinstance(argument, list):
        return [_read(one) for one in argument]
    if type(argument) is int and argument in _FAMILY:
        return _NAMES.get(argument - _FAMILY.start, _OTHER)
    return argument


def _excel_function(function: Function) -> Any:  # noqa: ANN401 - xlwings returns what it was given
    """Return a plain function of that name and signature with xlwings' decorators around it."""

    def call(*values: Any) -> Any:  # noqa: ANN401 - a cell holds anything
        cells = [_read(value) for value in values] if over_com else values
        if not function.workbook:
            return function(*cells)
        with told_by_workbook(workbook.told()):
            return function(*cells)

    over_com = sys.platform != "emscripten"  # in xlwings Lite errors are texts, and whole numbers are integers
    call.__name__ = call.__qualname__ = function.name
    call.__doc__ = function.doc
    call.__annotations__ = {}  # xlwings would take hints for converters
    call.__signature__ = function.signature  # type: ignore[attr-defined]  # what xlwings inspects
    for argument in function.arguments:
        call = xw.arg(argument.name, ndim=2, err_to_str=True, doc=argument.doc)(call)
    return xw.func(category=CATEGORY)(call)  # last: xw.arg would set the category back


globals().update({function.name: _excel_function(function) for function in CATALOG})

__all__ = [function.name for function in CATALOG]
