"""Measures: definitions as data, counted by SQL on DuckDB; additive counts first, division last."""

from kpi_xl.measures.catalog import Catalog, built_in_catalog, load_catalog
from kpi_xl.measures.counts import Counts
from kpi_xl.measures.measure import measure, measure_tables
from kpi_xl.measures.model import By, Count, Evidence, Measure, MeasureRow

__all__ = [
    "By", "Catalog", "Count", "Counts", "Evidence", "Measure", "MeasureRow", "built_in_catalog", "load_catalog", "measure",
    "measure_tables",
]  # fmt: skip
