"""Where the rows of a sealed sheet are now, when somebody inserted or removed some."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from kpi_xl.collect.model import Content, FormSheet
from kpi_xl.ooxml.formula_cells import Address
from kpi_xl.ooxml.refs import parse_cell

_MOST_ROWS = 5_000
"""Longer sheets are compared row by row as they stand: aligning them would take minutes."""


@dataclass(frozen=True)
class Rows:
    """The rows of a sheet then and now. `now` maps an old row to its new place; absent: it is gone. `moved` False: none moved.

    Rows below the last old one moved with it (`tail` is their shift); `inserted` are new rows between old ones.
    """

    moved: bool = False
    now: Mapping[int, int] | None = None
    last: int = 0
    tail: int = 0
    inserted: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()

    def place(self, row: int) -> int | None:
        """Return where an old row is now, None when it is gone."""
        if not self.moved or self.now is None:
            return row
        return row + self.tail if row > self.last else self.now.get(row)


def align(old: FormSheet, new: FormSheet, sealed: Content, current: Content) -> Rows:
    """Find the rows again. While our defined names stand where they stood, nothing was inserted; else constants tell."""
    then = {name: parse_cell(cell) for name, (sheet, cell) in sealed.names.items() if sheet == old.name}
    here = {name: parse_cell(cell) for name, (sheet, cell) in current.names.items() if sheet == new.name}
    shared = [(place, found) for name, place in then.items() if place and (found := here.get(name))]
    first, last = _last_row(old), _last_row(new)
    if not (_looks_moved(shared) if shared else first != last) or max(first, last) > _MOST_ROWS:
        return Rows()
    before, after = _signatures(old), _signatures(new)
    now: dict[int, int] = {}
    inserted: list[int] = []
    removed: list[int] = []
    for _kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        common = min(b - a, d - c)
        now.update({a + n + 1: c + n + 1 for n in range(common)})
        removed += range(a + common + 1, b + 1)
        inserted += range(c + common + 1, d + 1)
    end = max(now.values(), default=0)
    inserted = [row for row in inserted if row < end]  # what was written below the last row is added cells, not inserted rows
    if not inserted and not removed:
        return Rows()
    return Rows(True, now, len(before), end - max(now, default=0), tuple(inserted), tuple(removed))


def _last_row(sheet: FormSheet) -> int:
    """Cells stand in the order of the file, row by row."""
    place = parse_cell(next(reversed(sheet.cells), ""))
    return place[0] if place else 0


def _looks_moved(shared: list[tuple[Address, Address]]) -> bool:
    """Rows were inserted when everything below some row moved by the same number; a single name elsewhere was re-pointed."""
    shifts = sorted((then[0], now[0] - then[0]) for then, now in shared if then[1] == now[1])
    return len(shifts) > 1 and shifts[-1][1] != 0 and shifts[-1][1] == shifts[-2][1]


def _signatures(sheet: FormSheet) -> list[tuple[tuple[int, str, str], ...]]:
    """Describe each row by its locked constants; formulas change when rows move, inputs when people type."""
    rows: dict[int, list[tuple[int, str, str]]] = {}
    for at, cell in sheet.cells.items():
        place = parse_cell(at)
        if place is not None:
            found = rows.setdefault(place[0], [])
            if at not in sheet.open:
                found.append((place[1], cell.kind, "" if cell.kind == "f" else cell.value))
    return [tuple(sorted(rows.get(number, ()))) for number in range(1, max(rows, default=0) + 1)]
