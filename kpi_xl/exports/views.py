"""The canonical tables, as views over the stage tables that feed them."""
# ruff: noqa: S608 - SQL made of our own names of tables and columns

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import duckdb

from kpi_xl.exports.agents import AGENT_COLUMN, Lookup
from kpi_xl.exports.meaning.tell import Bound
from kpi_xl.exports.rows.stage import Stage
from kpi_xl.tables import SQL_TYPES, TABLES


def create_views(
    connection: duckdb.DuckDBPyConnection,
    stages: Sequence[Stage],
    settled: Mapping[int, Sequence[Bound]],
    lookups: Mapping[int, Lookup],
) -> dict[str, frozenset[str]]:
    """Create one view per canonical table that any sheet feeds; returns the columns that are really there.

    `settled` tells per stage what takes the place of columns as they were read, for what they mean.
    """
    columns: dict[str, frozenset[str]] = {}
    for table in TABLES.values():
        parts: list[str] = []
        present: set[str] = set()
        for stage in stages:
            if table.name not in stage.bound:
                continue
            bound = _as_settled(stage.bound[table.name], [one.get(table.name, {}) for one in settled.get(stage.number, ())])
            present |= {name for name in bound if name in {c.name for c in table.columns}}
            parts.append(_view_part(stage, table.name, bound, lookups.get(stage.number, "none")))
        if parts:
            connection.execute(f"CREATE VIEW {table.name} AS {' UNION ALL '.join(parts)}")
            columns[table.name] = frozenset(present)
    return columns


def _as_settled(bound: Mapping[str, str], changes: Sequence[Mapping[str, str | None]]) -> dict[str, str]:
    merged: dict[str, str | None] = dict(bound)
    for change in changes:
        merged |= change
    return {name: sql for name, sql in merged.items() if sql is not None}


def rating_is_there(stage: Stage) -> str:
    """SQL: the row of a sheet that is not about ratings in the first place holds one."""
    bound = stage.bound["ratings"]
    if stage.primary.table == "ratings":
        return "true"
    return "(" + " OR ".join(f"{bound[n]} IS NOT NULL" for n in ("rating", "label") if n in bound) + ")"


def _view_part(stage: Stage, table: str, bound: Mapping[str, str], lookup: Lookup) -> str:
    agent = AGENT_COLUMN.get(table, "agent")
    chosen: list[str] = []
    for column in TABLES[table].columns:
        expr = bound.get(column.name, "NULL")
        if lookup == "agent" and column.name == agent:
            expr = "m.id"
        elif lookup != "none" and column.name in ("team", "region"):
            # not joined: a join costs every query that asks for neither, a sub-select nothing
            expr = f"(SELECT a.{column.name} FROM agents a WHERE a.id = {'m.id' if lookup == 'agent' else bound[agent]})"
        chosen.append(f'CAST({expr} AS {SQL_TYPES[column.type]}) AS "{column.name}"')
    where = ["s.fate IS NULL"]
    where += [f"{bound[n]} IS NOT NULL" for n in TABLES[table].required if n in bound and stage.primary.table != table]
    if table == "ratings":
        where.append(rating_is_there(stage))
    join = ""
    if lookup == "agent":
        own = stage.bound[stage.primary.table]
        team = own.get("team", "NULL")
        join = (
            f" JOIN agent_map m ON m.source = {stage.number} AND m.agent = {bound[agent]} AND m.team IS NOT DISTINCT FROM {team}"
        )
    place = f"{stage.number} AS source, s.rowid + {stage.first_row} AS row"
    return f"SELECT {', '.join(chosen)}, {place} FROM {stage.table} s{join} WHERE {' AND '.join(where)}"


def data_end(connection: duckdb.DuckDBPyConnection, columns: Mapping[str, frozenset[str]], now: dt.datetime) -> dt.datetime:
    """Return the latest time of any row: windows that reach beyond it are not over yet."""
    latest: list[dt.datetime] = []
    for table, present in columns.items():
        times = [c.name for c in TABLES[table].columns if c.type == "time" and not c.planned and c.name in present]
        if table == "roster" or not times:
            continue
        latest_of = ", ".join(f'max("{t}")' for t in times)
        row = connection.execute(f"SELECT greatest({latest_of}, NULL) FROM {table}").fetchone()
        if row and row[0]:
            latest.append(row[0])
    return max(latest, default=now)
