"""Every measure under each of its definitions, and every column that they may read."""

from __future__ import annotations

from kpi_xl.measures import built_in_catalog
from kpi_xl.measures.catalog import choose
from kpi_xl.tables import TABLES

COLUMNS = {name: [column.name for column in table.columns] for name, table in TABLES.items()}


def every_definition():
    """Return each built-in measure under each of its definitions, keyed ``measure@definition``."""
    catalog = built_in_catalog()
    return [
        choose(measure, name, f"{measure.id}@{name}")
        for measure in catalog.measures.values()
        for name in (measure.default, *(alternative.name for alternative in measure.alternatives))
    ]
