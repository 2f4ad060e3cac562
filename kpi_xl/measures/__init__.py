"""Measures: definitions as data, counted by SQL on DuckDB; additive counts first, division last."""

from typing import TYPE_CHECKING

from kpi_xl.lazy import lazy

if TYPE_CHECKING:
    from kpi_xl.measures.catalog import Catalog, built_in_catalog, load_catalog
    from kpi_xl.measures.counting import measure, measure_tables
    from kpi_xl.measures.counts import Counts
    from kpi_xl.measures.model import By, Count, Evidence, Measure, MeasureRow
    from kpi_xl.measures.query import needed_columns

__all__ = [
    "By", "Catalog", "Count", "Counts", "Evidence", "Measure", "MeasureRow", "built_in_catalog", "load_catalog", "measure",
    "measure_tables", "needed_columns",
]  # fmt: skip
__getattr__ = lazy(
    __name__,
    {
        **dict.fromkeys(("Catalog", "built_in_catalog", "load_catalog"), "kpi_xl.measures.catalog"),
        **dict.fromkeys(("measure", "measure_tables"), "kpi_xl.measures.counting"),
        **dict.fromkeys(("By", "Count", "Evidence", "Measure", "MeasureRow"), "kpi_xl.measures.model"),
        "Counts": "kpi_xl.measures.counts",
        "needed_columns": "kpi_xl.measures.query",
    },
)
