"""Tables from DataFrames (a notebook, ranges in Excel): canonical table and column names, no files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

import duckdb

from kpi_xl.cell_zones import DEPARTMENT
from kpi_xl.errors import KpiError, Problem, Text
from kpi_xl.exports.model import Tables
from kpi_xl.people import Person
from kpi_xl.tables import SQL_TYPES, TABLES

if TYPE_CHECKING:
    import pandas as pd


def tables_from_frames(frames: Mapping[str, pd.DataFrame], *, data_end: dt.datetime | None = None) -> Tables:
    """Return Tables over copies of the frames, keyed by canonical table name, with canonical columns (absent ones are NULL).

    Nothing is cleaned: this is for tables that are already right. `data_end` defaults to the latest time found. Raises
    KpiError, all mistakes at once, for unknown tables and columns, absent required columns and values that do not fit the
    column's type.
    """
    _check(frames)
    connection = duckdb.connect()
    # as read_exports sets them: row_number() = 1 is otherwise rewritten to arg_max, at twice the cost; times have no zone
    connection.execute("SET disabled_optimizers = 'top_n_window_elimination'; SET TimeZone = 'UTC'")
    columns: dict[str, frozenset[str]] = {}
    latest: list[dt.datetime] = []
    for name, frame in frames.items():
        table = TABLES[name]
        connection.register("frame", _without_zones(frame.reset_index(drop=True)))
        selected = [
            f'CAST("{column.name}" AS {SQL_TYPES[column.type]}) AS "{column.name}"'
            if column.name in frame.columns
            else f'CAST(NULL AS {SQL_TYPES[column.type]}) AS "{column.name}"'
            for column in table.columns
        ]
        try:
            connection.execute(
                f"CREATE TABLE {name} AS SELECT {', '.join(selected)}, 0 AS source, row_number() OVER () AS row FROM frame"
            )
        except duckdb.ConversionException as error:
            said = str(error).partition("\n\n")[0]  # DuckDB shows our SQL behind it
            raise KpiError(
                Text(f"表 {name} 中有值与列的类型不符：{said}", f"a value in table {name} does not fit its column: {said}"),
                Text("请先转换类型，或用 read_exports 读取原始文件", "convert it first, or read the raw file with read_exports"),
            ) from error
        connection.unregister("frame")
        columns[name] = frozenset(column.name for column in table.columns if column.name in frame.columns)
        for column in table.columns:
            if column.type == "time" and column.name in frame.columns and name != "roster":
                found = connection.execute(f'SELECT max("{column.name}") FROM {name}').fetchall()
                latest += [moment for (moment,) in found if moment]
    end = data_end or max(latest, default=dt.datetime(1970, 1, 1))  # noqa: DTZ001 - times carry no zone
    return Tables(connection, columns, (), _roster(connection, columns), _agents(connection, columns), end)


def _without_zones(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with times of a zone as China's clock shows them (`cell_zones.DEPARTMENT`); others stay."""
    zoned = [name for name in frame.columns if getattr(frame[name].dtype, "tz", None) is not None]
    return frame.assign(**{name: frame[name].dt.tz_convert(DEPARTMENT).dt.tz_localize(None) for name in zoned})


def _check(frames: Mapping[str, pd.DataFrame]) -> None:
    problems = []
    for name, frame in frames.items():
        if name not in TABLES:
            problems.append(
                Problem(name, Text("没有这张表", "there is no such table"), Text("、".join(TABLES), ", ".join(TABLES)))
            )
            continue
        known = [column.name for column in TABLES[name].columns]
        for column in frame.columns:
            if column not in known:
                problems.append(
                    Problem(
                        f"{name}.{column}",
                        Text("没有这一列", "there is no such column"),
                        Text("、".join(known), ", ".join(known)),
                    )
                )
        for column in TABLES[name].required:
            if column not in frame.columns:
                problems.append(
                    Problem(f"{name}.{column}", Text("缺少必需的列", "a required column is missing"), Text("请补上", "add it"))
                )
    if problems:
        raise KpiError(
            Text("表或列的名称不对", "tables or columns are not named as they must be"),
            Text("请按规范的表名和列名给出", "use the canonical names"),
            problems,
        )


def _roster(connection: duckdb.DuckDBPyConnection, columns: Mapping[str, frozenset[str]]) -> tuple[Person, ...]:
    if "roster" not in columns:
        return ()
    rows = connection.execute(
        "SELECT id, name, coalesce(team, ''), coalesce(region, ''), coalesce(position, ''), coalesce(manager, ''), "
        "CAST(joined_on AS DATE), coalesce(status, '在职'), scheme FROM roster ORDER BY id"
    ).fetchall()
    return tuple(Person(*row) for row in rows)


def _agents(connection: duckdb.DuckDBPyConnection, columns: Mapping[str, frozenset[str]]) -> tuple[Person, ...]:
    """Return everybody who occurs, with the most frequent team and region (ties: the first by name)."""
    tables = [name for name in columns if TABLES[name].when]
    if not tables:
        return ()
    union = " UNION ALL ".join(f"SELECT agent, team, region FROM {name}" for name in tables)
    rows = connection.execute(
        f"""
        WITH seen AS ({union}),
        counted AS (SELECT agent, team, region, count(*) AS times FROM seen WHERE agent IS NOT NULL GROUP BY ALL)
        SELECT agent, team, region FROM counted
        ORDER BY agent, team IS NULL, times DESC, team, region
        """
    ).fetchall()
    people: dict[str, Person] = {}
    for agent, team, region in rows:
        people.setdefault(agent, Person(agent, agent, team or "", region or ""))
    return tuple(people.values())
