"""What cannot be measured any more where a spreadsheet has changed ids (2.02509E+17), which are unknown then."""

# ruff: noqa: S608 - the SQL is put together from our own names and quoted literals

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from kpi_xl.exports.rows.stage import Stage

_FEW = 100
"""Where more than one customer in so many is unknown, nobody can tell who came again."""


def without_customers(
    connection: duckdb.DuckDBPyConnection, stages: Sequence[Stage], columns: Mapping[str, frozenset[str]]
) -> dict[str, frozenset[str]]:
    """Return the columns of the tables without the customer where too many were changed to tell who came again."""
    return {
        table: names - {"customer"} if "customer" in names and _too_many(connection, stages, table) else names
        for table, names in columns.items()
    }


def _too_many(connection: duckdb.DuckDBPyConnection, stages: Sequence[Stage], table: str) -> bool:
    changed = known = 0
    for stage in stages:
        column = stage.column(table, "customer")
        if column is None:
            continue
        query = "SELECT coalesce(sum(count), 0) FROM issues WHERE code = 'scientific_id' AND source = ? AND column_name = ?"
        row = connection.execute(query, [stage.number, column.label]).fetchone()
        changed += int(row[0]) if row else 0
        row = connection.execute(f"SELECT count({column.name}) FROM {stage.table} s WHERE s.fate IS NULL").fetchone()
        known += int(row[0]) if row else 0
    return changed * _FEW > changed + known
