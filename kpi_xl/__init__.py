"""kpi-xl: appraisal of after-sales service staff, from raw exports to one signed-off-ready workbook and page per person.

The rooms in the order in which data flows::

    exports -> measures -> scoring (by schemes) -> view -> workbook, page        job runs them; cli and excel are faces

Everything below is imported on first use, so that cell functions and ``kpi-xl score`` start without pandas or DuckDB.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kpi_xl.job import generate
    from kpi_xl.measures import measure
    from kpi_xl.scoring import score
    from kpi_xl.standard import open_scheme as load_scheme

__all__ = ["__version__", "generate", "load_scheme", "measure", "score"]
__version__ = "0.1.0"

_HOMES = {
    "load_scheme": ("kpi_xl.standard", "open_scheme"),
    "score": ("kpi_xl.scoring", "score"),
    "measure": ("kpi_xl.measures", "measure"),
    "generate": ("kpi_xl.job", "generate"),
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the four functions have four types
    if name in _HOMES:
        module, attribute = _HOMES[name]
        return getattr(import_module(module), attribute)
    if name.startswith("KPI_"):
        return getattr(import_module("kpi_xl.excel.functions"), name)
    raise AttributeError(f"module 'kpi_xl' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
