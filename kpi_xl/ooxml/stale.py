"""Which cached values become wrong when certain cells are filled: a walk along the references of all formulas."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from kpi_xl.ooxml.book import Book
from kpi_xl.ooxml.formula_cells import Address
from kpi_xl.ooxml.formulas import Formula, Ref, parse_formula
from kpi_xl.ooxml.refs import Area

CellPlace = tuple[int, int, int]
"""Sheet, row, column."""

_BLIND = frozenset({"INDIRECT", "OFFSET"})
"""Functions whose result may come from any cell: their caches are never trusted once anything is filled."""
_SMALL = 64


class References:
    """All formulas of a workbook, indexed by what they refer to."""

    def __init__(
        self, book: Book, formulas: Mapping[int, Mapping[Address, Formula]], tables: Mapping[str, tuple[int, Area]]
    ) -> None:
        self._names = {name.name.upper(): parse_formula(name.text, name.local, book.numbers) for name in book.names}
        self._tables = {name.upper(): place for name, place in tables.items()}
        self._cells: dict[CellPlace, list[CellPlace]] = defaultdict(list)
        self._areas: dict[int, dict[Area, list[CellPlace]]] = defaultdict(lambda: defaultdict(list))
        self.blind: list[CellPlace] = []
        for sheet, of_sheet in formulas.items():
            for (row, column), formula in of_sheet.items():
                self._add((sheet, row, column), formula)

    def _add(self, place: CellPlace, formula: Formula) -> None:
        areas, blind = self.reach(formula)
        if blind:
            self.blind.append(place)
        for sheet, area in areas:
            if (area.bottom - area.top + 1) * (area.right - area.left + 1) <= _SMALL:
                for row in range(area.top, area.bottom + 1):
                    for column in range(area.left, area.right + 1):
                        self._cells[sheet, row, column].append(place)
            else:
                self._areas[sheet][area].append(place)

    def reach(self, formula: Formula) -> tuple[list[tuple[int, Area]], bool]:
        """Return the areas that a formula reads, through names and tables, and whether it may read anything else."""
        areas: list[tuple[int, Area]] = []
        blind = formula.opaque
        pending, known = [formula], {id(formula)}
        while pending:
            present = pending.pop()
            areas += [area for ref in present.refs for area in _areas(ref)]
            for word in present.words:
                if word in _BLIND:
                    blind = True
                table = self._tables.get(word.partition("[")[0])
                if table:
                    areas.append(table)
                name = self._names.get(word.rpartition("!")[2])
                if name is not None and id(name) not in known:
                    known.add(id(name))
                    pending.append(name)
        return areas, blind

    def stale(self, changed: Iterable[CellPlace]) -> set[CellPlace]:
        """Return the changed cells and every formula cell that depends on them."""
        pending = list(changed)
        found = set(pending)
        if pending:
            pending += [place for place in self.blind if place not in found]
            found.update(self.blind)
        areas = {sheet: dict(of_sheet) for sheet, of_sheet in self._areas.items()}
        while pending:
            sheet, row, column = pending.pop()
            reached = list(self._cells.get((sheet, row, column), ()))
            hit = [area for area in areas.get(sheet, ()) if area.contains(row, column)]
            for area in hit:
                reached += areas[sheet].pop(area)
            for place in reached:
                if place not in found:
                    found.add(place)
                    pending.append(place)
        return found


def _areas(ref: Ref) -> list[tuple[int, Area]]:
    top, bottom = ref.rows
    left, right = ref.columns
    sheets = ref.sheets or ((ref.sheet,) if ref.sheet is not None else ())
    return [(sheet, Area(top, left, bottom, right)) for sheet in sheets]
