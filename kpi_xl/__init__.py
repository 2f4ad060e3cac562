"""kpi-xl: appraisal of after-sales service staff, from raw exports to one signed-off-ready workbook and page per person.

The rooms in the order in which data flows::

    exports -> measures -> scoring (by schemes) -> view -> workbook, page        job runs them; cli and excel are faces

Everything below is imported on first use, so that cell functions and ``kpi-xl score`` start without pandas or DuckDB.
docs/python.md shows a month with it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kpi_xl.collect.intake import Intake
    from kpi_xl.collect.outcome import Collection
    from kpi_xl.errors import KpiError, Problem, Text
    from kpi_xl.exports import Tables, read_exports
    from kpi_xl.issues import Issue
    from kpi_xl.job import Order, Report, collect_forms, generate, run
    from kpi_xl.measures import MeasureRow, measure
    from kpi_xl.people import Person
    from kpi_xl.periods import Period
    from kpi_xl.schemes import Scheme
    from kpi_xl.scoring import Appraisal, IndicatorResult, score
    from kpi_xl.standard import open_scheme as load_scheme

__all__ = [
    "Appraisal",
    "Collection",
    "IndicatorResult",
    "Intake",
    "Issue",
    "KpiError",
    "MeasureRow",
    "Order",
    "Period",
    "Person",
    "Problem",
    "Report",
    "Scheme",
    "Tables",
    "Text",
    "__version__",
    "collect_forms",
    "generate",
    "load_scheme",
    "measure",
    "read_exports",
    "run",
    "score",
]
__version__ = "0.2.0"

_HOMES = {
    **dict.fromkeys(("KpiError", "Problem", "Text"), "kpi_xl.errors"),
    **dict.fromkeys(("Order", "Report", "collect_forms", "generate", "run"), "kpi_xl.job"),
    **dict.fromkeys(("Appraisal", "IndicatorResult", "score"), "kpi_xl.scoring"),
    **dict.fromkeys(("MeasureRow", "measure"), "kpi_xl.measures"),
    **dict.fromkeys(("Tables", "read_exports"), "kpi_xl.exports"),
    "Collection": "kpi_xl.collect.outcome",
    "Intake": "kpi_xl.collect.intake",
    "Issue": "kpi_xl.issues",
    "Period": "kpi_xl.periods",
    "Person": "kpi_xl.people",
    "Scheme": "kpi_xl.schemes",
    "load_scheme": "kpi_xl.standard",
}
_NAMES = {"load_scheme": "open_scheme"}
"""What a name is called at home, where that differs: the room schemes has a `load_scheme` too, which reads no workbooks."""

if not TYPE_CHECKING:  # hidden from type checkers, to which any name would be right

    def __getattr__(name: str) -> object:
        if name in _HOMES:
            return getattr(import_module(_HOMES[name]), _NAMES.get(name, name))
        if name.startswith("KPI_"):
            return getattr(import_module("kpi_xl.excel.functions"), name)
        raise AttributeError(f"module 'kpi_xl' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
