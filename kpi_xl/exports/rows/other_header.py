"""A further table among the rows of one that was read: refused, for its rows would count for the wrong table."""

# ruff: noqa: S608 - the SQL is put together from our own names and quoted literals

from __future__ import annotations

import duckdb

from kpi_xl.errors import KpiError, Place, Text
from kpi_xl.exports.columns.header import header_score
from kpi_xl.exports.columns.vocabulary import normalise, spellings
from kpi_xl.exports.rows.spellings import quote
from kpi_xl.exports.rows.stage import Stage, header_cells

_KNOWN = 3


def refuse_other_header(connection: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    """Raise KpiError when a doubtful row is the header of another table: words only, three or more of them known
    headers, one of them where a number or a time is read."""
    typed = [column for column in stage.columns if column.type not in ("id", "text") and not column.counts]
    if not typed:
        return
    words = ", ".join(map(quote, sorted(spellings())))
    failed = " OR ".join(f"(s.{column.name} IS NULL AND {column.kept} IS NOT NULL)" for column in typed)
    rows = connection.execute(
        f"SELECT s.rowid, s.raw, [{', '.join(column.kept for column in typed)}] FROM {stage.table} s"
        f" WHERE CASE WHEN s.raw IS NOT NULL AND ({failed}) THEN len(list_intersect(s.raw, [{words}])) >= {_KNOWN - 1} END"
        f" ORDER BY s.rowid LIMIT 100"
    ).fetchall()
    own = {normalise(cell) for _, cell in header_cells(stage)} | {normalise(name) for name in stage.header.names if name}
    for number, raw, values in rows:
        said = {cell.strip() for cell in raw if cell} - {""}
        known = header_score(tuple(said)) // 10
        names_a_column = header_score(tuple(value for value in values if value)) > 0
        if known >= _KNOWN and known * 3 >= 2 * len(said) and names_a_column and {normalise(s) for s in said} - own:
            raise _another(stage, number + stage.first_row, sorted(said))


def _another(stage: Stage, row: int, said: list[str]) -> KpiError:
    shown = "、".join(said[:5])
    return KpiError.at(
        Place(stage.sheet.file, stage.sheet.sheet),
        Text(
            f"第 {row} 行是另一张表的表头（{shown}），一个文件里有几张表", f"row {row} is the header of another table ({shown})"
        ),
        Text("请把每张表另存为一个文件，或放在各自的工作表里", "save each table as a file of its own, or on a sheet of its own"),
    )
