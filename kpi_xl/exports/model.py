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
    `decisions` is what was taken for the meaning of the files, each with its ground.
    """

    connection: duckdb.DuckDBPyConnection
    columns: Mapping[str, frozenset[str]]
    sources: tuple[SourceTable, ...]
    people: tuple[Person, ...]
    agents: tuple[Person, ...]
    data_end: dt.datetime
    decisions: tuple[Decision, ...] = ()

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


Area = tuple[int, int, int, int]
"""A merged area: first row, first column, last row, last column; from 0."""


@dataclass(frozen=True)
class Noticed:
    """A row that could be the header of a table (from 0, in the text), and the row with which that table would begin.

    `apart`: a blank row stands above, with nothing but titles between.
    """

    row: int
    start: int
    cells: tuple[str, ...]
    apart: bool = True


@dataclass(frozen=True)
class SheetFacts:
    """What a workbook's sheet is besides its values; a text file has none of it but the rows that could be headers.

    `rows_above` and `columns_before` tell where on the sheet the table's text begins, when it is one of several on the sheet.
    `merges` are the merged areas across columns and those of the first rows; `merged_areas` is how many there are in all.
    `hidden` and `hidden_columns` are runs of hidden rows and columns (first, last), `uncomputed` the first cells (row, column)
    whose formula has no result. Rows and columns count from 0 in the text.
    """

    rows_above: int = 0
    columns_before: int = 0
    merged_areas: int = 0
    merges: tuple[Area, ...] = ()
    hidden: tuple[tuple[int, int], ...] = ()
    hidden_columns: tuple[tuple[int, int], ...] = ()
    uncomputed: tuple[tuple[int, int], ...] = ()
    noticed: tuple[Noticed, ...] = ()


@dataclass(frozen=True)
class Unread:
    """A sheet, or (`row`, as the spreadsheet shows it) one of several tables on a sheet, that was not read."""

    sheet: str | None
    rows: int = 0
    hidden: bool = False
    row: int | None = None


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

    def row(self, index: int) -> int:
        """Return the number that the spreadsheet shows for a row of the text (from 0)."""
        return self.facts.rows_above + index + 1
