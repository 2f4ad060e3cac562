"""The cell functions: one list (`catalog`), thin over the scoring core, for Excel, xlwings Lite and LibreOffice Calc alike.

Standard library + schemes + scoring only (they run in Pyodide); KPI_MEASURES alone loads the measure engine, when it is called.
"""

from __future__ import annotations

from kpi_xl.functions.catalog import CATALOG, CATEGORY, FUNCTIONS
from kpi_xl.functions.function import Argument, Example, Function

__all__ = ["CATALOG", "CATEGORY", "FUNCTIONS", "Argument", "Example", "Function"]
