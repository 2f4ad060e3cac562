"""One row for each thing: rows of one number, and rows that stand in several exports, count once."""

# ruff: noqa: S608 - the SQL is put together from our own names and quoted literals

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from kpi_xl.exports.rows.clean import set_aside
from kpi_xl.exports.rows.spellings import quote
from kpi_xl.exports.rows.stage import Stage
from kpi_xl.tables import TABLES


def resolve_duplicates(connection: duckdb.DuckDBPyConnection, stages: Sequence[Stage]) -> None:
    """Keep one row per ticket and per repair, over all sources: exact copies once, else the last update, else the last row."""
    for table in TABLES.values():
        if table.key is None or table.name == "roster":
            continue
        keyed = [s for s in stages if s.primary.table == table.name and table.key in s.bound[table.name]]
        if not keyed:
            continue
        union = " UNION ALL ".join(_keyed_rows(stage, table.name, table.key) for stage in keyed)
        repeated = f"SELECT key FROM ({union}) GROUP BY key HAVING count(*) > 1"
        connection.execute(f"CREATE TEMP TABLE repeated AS SELECT * FROM ({union}) WHERE key IN ({repeated})")
        count = connection.execute("SELECT count(*) FROM repeated").fetchone()
        if count and count[0]:
            _mark_duplicates(connection, keyed, table.name)
        connection.execute("DROP TABLE repeated")


def _keyed_rows(stage: Stage, table: str, key: str) -> str:
    bound = stage.bound[table]
    return (
        f"SELECT {bound[key]} AS key, {stage.number} AS source, s.rowid AS id"
        f" FROM {stage.table} s WHERE s.fate IS NULL AND {bound[key]} IS NOT NULL"
    )


def _mark_duplicates(connection: duckdb.DuckDBPyConnection, stages: Sequence[Stage], table: str) -> None:
    key = TABLES[table].key or ""
    names = [c.name for c in TABLES[table].columns]
    parts = []
    for stage in stages:
        bound = stage.bound[table]
        content = ", ".join(f"coalesce(CAST({bound[n]} AS VARCHAR), '')" if n in bound else "''" for n in names)
        updated = (
            "coalesce("
            + ", ".join([*(bound[n] for n in ("updated_at", "closed_at", "done_at") if n in bound), "NULL::TIMESTAMP"])
            + ")"
        )
        extra = "'' || " + bound["updated_at"] + "::VARCHAR" if "updated_at" in bound else "''"
        parts.append(
            f"SELECT {bound[key]} AS key, {stage.number} AS source, s.rowid AS id, {updated} AS updated,"
            f" [{content}, coalesce({extra}, '')] AS content"
            f" FROM {stage.table} s WHERE s.rowid IN (SELECT id FROM repeated WHERE source = {stage.number})"
        )
    connection.execute(
        f"CREATE TEMP TABLE losers AS WITH rows AS ({' UNION ALL '.join(parts)}),"
        " ranked AS (SELECT *,"
        " first_value(content) OVER (PARTITION BY key ORDER BY updated DESC NULLS LAST, source DESC, id DESC) AS winner,"
        " row_number() OVER (PARTITION BY key, content ORDER BY source, id) AS copy FROM rows)"
        " SELECT key, source, id, content = winner AS is_copy FROM ranked WHERE content <> winner OR copy > 1"
    )
    for stage in stages:
        for code, test in (("duplicate", "is_copy"), ("superseded", "NOT is_copy")):
            chosen = f"s.rowid IN (SELECT id FROM losers WHERE source = {stage.number} AND {test})"
            label = stage.labels.get(f"{table}.{key}", key)
            set_aside(connection, stage, code, chosen, quote(label), stage.bound[table][key])
    connection.execute("DROP TABLE losers")
