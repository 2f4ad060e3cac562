"""The tables of a ratings sheet, one below the other: each line belongs to the header above it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from kpi_xl.exports.model import RawSheet

_HEADER_WITHIN = 30
_TITLES = 3


@dataclass(frozen=True)
class RatingTable:
    """One table of a sheet: all rows up to its end, the place of its header among them (from 0), and the rows of its title."""

    rows: list[list[str]]
    at: int
    above: list[list[str]]


def tables_of(sheet: RawSheet, is_header: Callable[[Sequence[str]], bool]) -> Iterator[RatingTable]:
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
