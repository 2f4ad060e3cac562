"""The tables of a ratings sheet, one below the other: each line belongs to the header above it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from pathlib import Path

from kpi_xl.errors import shown_name
from kpi_xl.exports.columns.header import make_header
from kpi_xl.exports.files.opening import open_file
from kpi_xl.exports.files.told import require_computed, sheet_issues, unread_issues
from kpi_xl.exports.model import RawSheet
from kpi_xl.issues import Issue

_HEADER_WITHIN = 30
_TITLES = 3


@dataclass(frozen=True)
class RatingTable:
    """One table of a sheet: all rows up to its end, the place of its header among them (from 0), and the rows of its title."""

    rows: list[list[str]]
    at: int
    above: list[list[str]]


def open_ratings(
    path: Path, workdir: Path, is_header: Callable[[Sequence[str]], bool]
) -> tuple[list[tuple[RawSheet, list[RatingTable]]], list[Issue]]:
    """Open a ratings file: its sheets with their tables (none: no ratings sheet), and what is to be told of hidden parts.

    Raises KpiError for a file that cannot be read, and for formulas that no spreadsheet program ever computed.
    """
    sheets, unread = open_file(path, None, workdir)
    headed = [(sheet, list(_tables_of(sheet, is_header))) for sheet in sheets]
    used = [(sheet, tables[0].rows, tables[0].at) for sheet, tables in headed if tables]
    require_computed([(sheet, at) for sheet, _, at in used] or [(sheet, -1) for sheet in sheets])
    told = list(unread_issues(shown_name(path), [one for one in unread if one.hidden and one.rows]))
    for sheet, rows, at in used:
        told += sheet_issues(sheet, make_header(rows[at], at))
    return headed, told


def _tables_of(sheet: RawSheet, is_header: Callable[[Sequence[str]], bool]) -> Iterator[RatingTable]:
    """Yield the tables of a sheet; each ends where the next one's header stands."""
    with sheet.path.open(encoding="utf-8-sig", newline="") as stream:
        rows = [[cell.strip() for cell in row] for row in csv.reader(stream, delimiter=sheet.delimiter)]
    first = next((i for i, row in enumerate(rows[:_HEADER_WITHIN]) if is_header(row)), None)
    if first is None:
        return
    headers = [first, *(i for i, row in enumerate(rows[first + 1 :], first + 1) if is_header(row))]
    for at, end in pairwise([*headers, len(rows)]):
        above = rows[:at] if at == first else list(takewhile(any, reversed(rows[max(at - _TITLES, 0) : at])))
        yield RatingTable(rows[:end], at, above if at == first or len(above) < _TITLES else [])
