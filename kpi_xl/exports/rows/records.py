"""Ratings, checks, contributions and events that have a number: of overlapping exports, the last one counts for each record.

Several rows of one export may share a number (the questions of one survey, the items of one check, the people of one penalty):
they all count. So the rows of one number, person and time in a later export take the place of those in earlier ones.
"""

# ruff: noqa: S608 - the SQL is put together from our own names and quoted literals

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from kpi_xl.exports.rows.clean import add_issues, set_aside
from kpi_xl.exports.rows.spellings import quote
from kpi_xl.exports.rows.stage import Stage
from kpi_xl.tables import TABLES

NUMBER = "record_id"
"""The helping column with the number of a record."""


def one_record_per_number(connection: duckdb.DuckDBPyConnection, stages: Sequence[Stage], table: str) -> None:
    """Set aside the rows of records that stand in a later source, too; tell numbers that stand on different records."""
    rows = " UNION ALL ".join(_record(stage, table) for stage in stages)
    connection.execute(
        f"CREATE TEMP TABLE records AS WITH rows AS ({rows}), kept AS (SELECT * FROM rows WHERE key IN"
        " (SELECT key FROM rows GROUP BY key HAVING min(source) <> max(source))),"
        " ranked AS (SELECT *, max(source) OVER (PARTITION BY key, record) AS last FROM kept)"
        " SELECT source, id, key, record, source < last AS earlier,"
        " bool_or(source = last) OVER (PARTITION BY key, record, content) AS is_copy FROM ranked"
    )
    anew = "SELECT key FROM records GROUP BY key HAVING count(DISTINCT record) > 1"
    for stage in stages:
        own, number = f"source = {stage.number}", stage.bound[table][NUMBER]
        label = quote(stage.labels.get(f"{table}.{NUMBER}", NUMBER))
        for code, test in (("duplicate", "is_copy"), ("superseded", "NOT is_copy")):
            chosen = f"s.rowid IN (SELECT id FROM records WHERE {own} AND earlier AND {test})"
            set_aside(connection, stage, code, chosen, label, number)
        again = f"s.fate IS NULL AND s.rowid IN (SELECT id FROM records WHERE {own} AND key IN ({anew}))"
        add_issues(connection, stage, "same_number", again, label, number)
    connection.execute("DROP TABLE records")


def _record(stage: Stage, table: str) -> str:
    bound = stage.bound[table]
    who, when = bound.get("person", bound.get("agent", "NULL")), bound.get(TABLES[table].when or "", "NULL")
    names = [column.name for column in TABLES[table].columns if column.name in bound]
    content = ", ".join(f"{name} := CAST({bound[name]} AS VARCHAR)" for name in names)
    return (
        f"SELECT {stage.number} AS source, s.rowid AS id, {bound[NUMBER]} AS key,"
        f" hash({who}, date_trunc('minute', CAST({when} AS TIMESTAMP))) AS record, hash(struct_pack({content})) AS content"
        f" FROM {stage.table} s WHERE s.fate IS NULL AND {bound[NUMBER]} IS NOT NULL"
    )
