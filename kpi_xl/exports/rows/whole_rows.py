"""Rows without a number that stand in several exports, or on several sheets, count once: the whole row is the key.

The columns that are used are compared by their values (2025/9/1 in one file is 2025-09-01 in another), all others by their text;
those are read once more, and only where the used columns of some rows agree. Rows are compared as multisets: two penalties on one
day stay two, and two in each of two overlapping exports are two.
"""

# ruff: noqa: S608 - the SQL is put together from our own names and quoted literals

from __future__ import annotations

import re
from collections.abc import Sequence

import duckdb

from kpi_xl.exports.columns.header import column_values
from kpi_xl.exports.columns.mapping import EXTRA_COLUMNS
from kpi_xl.exports.columns.vocabulary import normalise
from kpi_xl.exports.rows.clean import set_aside
from kpi_xl.exports.rows.spellings import quote
from kpi_xl.exports.rows.stage import Stage, StageColumn, read_csv_sql
from kpi_xl.tables import TABLES

_EXPORTED = re.compile(r"(导出|下载|打印|统计|生成报表).*(时间|日期|人|批次)|export.*(date|time|at|by)")
"""Headers of what is said about the export, not about the row."""
_COUNTERS = frozenset({"序号", "行号", "no", "index", "row", "rownumber"})


def one_of_equal_rows(connection: duckdb.DuckDBPyConnection, stages: Sequence[Stage], table: str, number: str) -> None:
    """Set aside, in later sources, the rows without a number that an earlier source holds as often."""
    compared = [stage for stage in stages if not (table == "hr_ratings" and "rater" not in stage.bound[table])]
    if len(compared) < 2:  # each of two raters who are not named gave a file: equal ratings are two
        return
    union = " UNION ALL ".join(_used(stage, table, number) for stage in compared)
    alike = "SELECT used FROM rows GROUP BY used HAVING min(source) <> max(source)"
    connection.execute(f"CREATE TEMP TABLE alike AS WITH rows AS ({union}) SELECT * FROM rows WHERE used IN ({alike})")
    found = {source for (source,) in connection.execute("SELECT DISTINCT source FROM alike").fetchall()}
    if found:
        _mark(connection, [stage for stage in compared if stage.number in found], table)
    connection.execute("DROP TABLE alike")


def _mark(connection: duckdb.DuckDBPyConnection, stages: Sequence[Stage], table: str) -> None:
    parts = []
    for stage in stages:
        connection.execute(f"CREATE TEMP TABLE rest{stage.number} AS SELECT {_rest(stage, table)}")
        parts.append(
            f"SELECT a.*, r.rest FROM alike a JOIN rest{stage.number} r ON r.rowid = a.id WHERE a.source = {stage.number}"
        )
    connection.execute(
        f"CREATE TEMP TABLE equal AS WITH rows AS ({' UNION ALL '.join(parts)}), counted AS (SELECT *,"
        " row_number() OVER (PARTITION BY used, rest, source ORDER BY id) AS nth FROM rows)"
        " SELECT source, id, first_value(source) OVER (PARTITION BY used, rest, nth ORDER BY source) AS kept FROM counted"
    )
    for stage in stages:
        again = f"FROM equal WHERE source = {stage.number} AND kept <> source"
        for kept, found in [(other, f"{again} AND kept = {other.number}") for other in stages]:
            set_aside(connection, stage, "duplicate", f"s.rowid IN (SELECT id {found})", value=quote(_place(kept)))
        connection.execute(f"DROP TABLE rest{stage.number}")
    connection.execute("DROP TABLE equal")


def _place(stage: Stage) -> str:
    return stage.sheet.file + (f" {stage.sheet.sheet}" if stage.sheet.sheet is not None else "")


def _used(stage: Stage, table: str, number: str) -> str:
    """SELECT the hash of the values of the table's columns, of the rows that have no number."""
    bound = stage.bound[table]
    names = [*(column.name for column in TABLES[table].columns), *EXTRA_COLUMNS[table]]
    values = ", ".join(_value(stage, table, name) if name in bound else "NULL" for name in names)
    unnumbered = f" AND {bound[number]} IS NULL" if number in bound else ""
    return (
        f"SELECT {stage.number} AS source, s.rowid AS id, hash([{values}]) AS used"
        f" FROM {stage.table} s WHERE s.fate IS NULL{unnumbered}"
    )


def _value(stage: Stage, table: str, name: str) -> str:
    """SQL: the value as text; where it could not be read, the text that stands there."""
    value, column = f"CAST({stage.bound[table][name]} AS VARCHAR)", stage.column(table, name)
    return f"coalesce({value}, {column.kept})" if column else value


def _rest(stage: Stage, table: str) -> str:
    """SELECT one hash per row of the file: the texts of all columns that the table does not use, by their headers."""
    header = stage.header
    used = {place for column in stage.read[table].values() for place in _places(column)}
    names = {place: normalise(name) for place, name in enumerate(header.names) if name is not None and place not in used}
    told = sorted((name, place) for place, name in names.items() if not _says_nothing(stage, name, place))
    texts = ", ".join(f"CASE WHEN trim(c{place}) <> '' THEN {quote(name + '=')} || trim(c{place}) END" for name, place in told)
    chosen = f"hash(concat_ws(chr(31), {texts}))" if texts else "0::UBIGINT"
    return f"{chosen} AS rest FROM {read_csv_sql(stage.sheet, header, len(header.names))}"


def _places(column: StageColumn) -> tuple[int, ...]:
    """Return the columns of the file that the value tells in full; of several of which one is taken, none."""
    return column.positions if not column.counts and (len(column.positions) == 1 or column.type == "time") else ()


def _says_nothing(stage: Stage, name: str, place: int) -> bool:
    """Tell whether a column is about the export: when it was made, or the number of the row in it."""
    if _EXPORTED.search(name):
        return True
    values = column_values(place, stage.sheet.head[stage.header.index + 1 :])
    return name in _COUNTERS and [v.strip() for v in values] == [str(n) for n in range(1, len(values) + 1)]
