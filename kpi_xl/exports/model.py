"""What this room hands on: the cleaned tables in a DuckDB connection, where they came from, and what was wrong with them."""

# ruff: noqa: S608 - the SQL is put together from our own names and codes

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
"""Issues of one kind in one source that screens list row by row; the rest becomes one issue with a count."""


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
class UnknownPerson:
    """Somebody in the exports whom the roster does not have: as the exports write him, and the name that stands beside an id.

    `rows` in all `files`, `rows_in_period` of them in the period; `near` names the people of the roster who may be meant.
    """

    agent: str
    name: str
    files: tuple[str, ...]
    rows: int
    rows_in_period: int
    near: str


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
        """Return the issues, by source and kind; beyond `ISSUE_CAP` of one kind and source, one with the rest's count.

        For screens: `every_issue` lists all of a kind, `unknown_people` names everybody whom the roster does not have.
        """
        sizes = self.connection.execute("SELECT source, code, count(*) FROM issues GROUP BY ALL ORDER BY ALL").fetchall()
        if all(size <= ISSUE_CAP for _, _, size in sizes):
            return list(self.every_issue())
        found: list[Issue] = []
        for source, code, size in sizes:
            found += self._first_issues(source, code, size)
        return found

    def _first_issues(self, source: int, code: str, size: int) -> list[Issue]:
        """Return the issues of a kind and source up to the cap, and one for the rest."""
        listed = size if size <= ISSUE_CAP else ISSUE_CAP - 1
        where = f"i.source = {source} AND i.code = '{code}'"
        rows = self.connection.execute(f"{_ISSUES} WHERE {where} {_ORDER} LIMIT {listed}").fetchall()
        found = [_issue(row) for row in rows]
        if listed < size:
            rest = f"{_ISSUES} WHERE {where} {_ORDER} OFFSET {listed}"
            of_rest = "first(file), first(sheet), min(row), sum(count)::BIGINT, sum(elsewhere)::BIGINT"
            file, sheet, row, count, elsewhere = self.connection.execute(f"SELECT {of_rest} FROM ({rest})").fetchall()[0]
            found.append(issue_of(code, file, sheet, row=row, count=count, elsewhere=elsewhere))
        return found

    def every_issue(self, code: str | None = None) -> Iterator[Issue]:
        """Yield every issue (of one kind), by source, kind and row: one a row, however many there are.

        Kinds that are only counted (``fold`` in `kpi_xl.exports.kinds`) have one with the rest's count in any case.
        """
        where = "" if code is None else f"WHERE i.code = '{code}'"
        with self.connection.cursor() as cursor:
            cursor.execute(f"{_ISSUES} {where} {_ORDER}")
            while rows := cursor.fetchmany(_AT_ONCE):
                yield from map(_issue, rows)

    def issue_sizes(self) -> dict[str, int]:
        """Return how many issues `every_issue` yields of each kind."""
        return dict(self.connection.execute("SELECT code, count(*) FROM issues GROUP BY code ORDER BY code").fetchall())

    def unknown_people(self) -> list[UnknownPerson]:
        """Return everybody in the exports whom the roster does not have, those with rows in the period and near people first."""
        rows = self.connection.execute(
            "SELECT i.value, max(n.name), max(n.near), list(DISTINCT i.file ORDER BY i.file), sum(i.count)::BIGINT,"
            " sum(i.count - i.elsewhere)::BIGINT FROM issues i LEFT JOIN doubtful_people n USING (source, code, value)"
            " WHERE code = 'unknown_agent' GROUP BY i.value"
            " ORDER BY sum(i.count - i.elsewhere) = 0, coalesce(max(n.near), '') = '', i.value"
        ).fetchall()
        return [
            UnknownPerson(agent, name or "", tuple(files), count, inside, near or "")
            for agent, name, near, files, count, inside in rows
        ]


_AT_ONCE = 4096
_ISSUES = (
    "SELECT i.code, i.file, i.sheet, i.row, i.column_name, i.value, i.count, i.elsewhere, n.near, i.source"
    " FROM issues i LEFT JOIN doubtful_people n ON n.source = i.source AND n.code = i.code AND n.value = i.value"
)
_ORDER = "ORDER BY i.source, i.code, i.row NULLS FIRST, i.column_name, i.value"


def _issue(found: Sequence[Any]) -> Issue:
    code, file, sheet, row, column, value, count, elsewhere, near, _ = found
    return issue_of(
        code, file, sheet, row=row, column=column, value=value, count=count, elsewhere=elsewhere, near=near or ""
    )  # fmt: skip


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
