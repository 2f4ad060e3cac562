"""The one list of the cell functions: names, Chinese documentation, arguments, examples, implementation.

The xlwings module, the Calc add-in, the lowering to native formulas and the reference page are all made from it, so that they
cannot differ. Excel cuts a function's or an argument's documentation at 255 characters (a test keeps below).
"""

from __future__ import annotations

from collections.abc import Mapping

from kpi_xl.functions.catalog import grades, groups, judging, points, rates, schemes, tables, times
from kpi_xl.functions.function import Function

CATEGORY = "KPI 考核"

CATALOG: tuple[Function, ...] = (
    *grades.FUNCTIONS,
    *points.FUNCTIONS,
    *judging.FUNCTIONS,
    *rates.FUNCTIONS,
    *times.FUNCTIONS,
    *groups.FUNCTIONS,
    *schemes.FUNCTIONS,
    *tables.FUNCTIONS,
)

FUNCTIONS: Mapping[str, Function] = {function.name: function for function in CATALOG}
