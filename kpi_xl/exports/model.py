"""What this room hands on: the cleaned tables in a DuckDB connection, where they came from, and what was wrong with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_xl.decisions import Decision
from kpi_xl.errors import Text
from kpi_xl.exports.kinds import issue_of
from kpi_xl.issues import Issue
from kpi_xl.people import Person
from kpi_xl.periods import Reckoning

if TYPE_CHECKING:
    import duckdb

Progress = Callable[[Text, float], None]
"""Called with a stage and the share of the whole that is done (0 to 1)."""

ISSUE_CAP = 200
"""Issues of one kind in one source that are listed row by row; the rest becomes one issue with a count."""


@dataclass(frozen=True)
class SourceTable:
    """One file, or one sheet of a workbook, that was read.

    ``rows_read == rows_used + rows_set_aside`` always holds: data rows below the header, blank rows between them included.
    `header_row` counts as a spreadsheet shows it, from 1. `columns` tells which header feeds ``table.column``.
    """

    file: str
    sheet: str | None
    sha256: str
    rows_read: int
    rows_used: int
    rows_set_aside: int
    header_row: int
    tables: tuple[str, ...]
    columns: Mapping[str, str]
    encoding: str
    mapping: str | None = None


@dataclass(frozen=True)
class Tables:
    """The cleaned canonical tables.

    In `connection` every usable canonical table is a relation of its canonical name with all columns of `kpi_xl.tables` in
    their SQL types (absent ones NULL), plus ``source INTEGER`` (index in `sources`) and ``row BIGINT`` (spreadsheet row).
    Rows outside the period are still in them, as history for windows. The table ``agents(id, name, team, region)`` has one
    row per agent that occurs, with the roster's team and region, else the agent's most frequent ones; the columns ``team``
    and ``region`` of the other tables agree with it. The table ``issues`` holds what `issues` returns.

    `columns` are the canonical columns really present per usable table; `people` is the roster, empty without one;
    `agents` are the same rows as the table ``agents``; `data_end` is the latest time in the data (naive, local time);
    `decisions` is what was taken for the meaning of the files, each with its ground; `reckoning` is how the department reckons
    its months, as the mapping file (or the scheme) says.
    """

    connection: duckdb.DuckDBPyConnection
    columns: Mapping[str, frozenset[str]]
    sources: tuple[SourceTable, ...]
    people: tuple[Person, ...]
    agents: tuple[Person, ...]
    data_end: dt.datetime
    decisions: tuple[Decision, ...] = ()
    reckoning: Reckoning = field(default_factory=Reckoning)

    def issues(self) -> list[Issue]:
        """Return every issue, by source and kind; beyond `ISSUE_CAP` of one kind and source, one with the rest's count."""
        rows = self.connection.execute(
            "SELECT code, file, sheet, row, column_name, value, count FROM issues"
            " ORDER BY source, code, row NULLS FIRST, column_name, value"
        ).fetchall()
        return [
            issue_of(code, file, sheet, row=row, column=column, value=value, count=count)
            for code, file, sheet, row, column, value, count in rows
        ]


@dataclass(frozen=True)
class SheetFacts:
    """What a workbook's sheet is besides its values; a text file has none of it.

    `rows_above` and `columns_before` tell where on the sheet the table's text begins, when it is one of several on the sheet.
    `merges` are the merged areas of the first rows (first row, first column, last row, last column; from 0, in the text).
    """

    rows_above: int = 0
    columns_before: int = 0
    merged_areas: int = 0
    hidden_rows: int = 0
    hidden_columns: int = 0
    merges: tuple[tuple[int, int, int, int], ...] = ()


@dataclass(frozen=True)
class RawSheet:
    """The text of one sheet as a UTF-8 delimited file on disk, its first rows, and how to read the rest.

    `path` may be the user's own file (fast path) or a temporary copy; `path_has_header` is False when it holds the data rows
    only. `head` are the first rows of the sheet as text, unpadded. `plain_lines`: each of the first rows is one line.
    """

    file: str
    sheet: str | None
    path: Path
    delimiter: str
    head: tuple[tuple[str, ...], ...]
    encoding: str
    sha256: str
    plain_lines: bool = True
    date1904: bool = False
    bad_rows: tuple[tuple[int, str], ...] = ()
    """Spreadsheet rows that could not be split into columns, with their text; they stand as blank rows in `path`."""
    path_has_header: bool = True
    facts: SheetFacts = field(default_factory=SheetFacts)
