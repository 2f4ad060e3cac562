"""Exports of after-sales systems -> Tables + Issues: guard, read, map columns, clean.

``read_exports(paths, mapping=None, roster=None, period=None, progress=None) -> Tables`` is the whole room;
``open_sheets(path, workdir)`` guards and opens a single table file for rooms that read small tables of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpi_xl.lazy import lazy

if TYPE_CHECKING:
    from kpi_xl.exports.files.opening import open_sheets
    from kpi_xl.exports.load import read_exports
    from kpi_xl.exports.model import SourceTable, Tables

__all__ = ["SourceTable", "Tables", "open_sheets", "read_exports"]
__getattr__ = lazy(
    __name__,
    {
        "SourceTable": "kpi_xl.exports.model",
        "Tables": "kpi_xl.exports.model",
        "open_sheets": "kpi_xl.exports.files.opening",
        "read_exports": "kpi_xl.exports.load",
    },
)
