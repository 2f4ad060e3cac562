"""The cells of a workbook as the calculator reads them: values, formulas, arrays, names, tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from kpi_xl.native.compute.values import Error, Scalar
from kpi_xl.ooxml.book import Book, CellNode, Sheet, unescape
from kpi_xl.ooxml.formula_cells import Address, read_formulas
from kpi_xl.ooxml.refs import MAX_COLUMN, MAX_ROW, Area, parse_area
from kpi_xl.template import parts

MAX_CELLS = 1_000_000
"""The largest area that is read: a small file can name one of 17,000,000,000 cells."""


def size(area: Area) -> int:
    """Return how many cells an area has."""
    return (area.bottom - area.top + 1) * (area.right - area.left + 1)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of cells of a sheet (its name, casefolded)."""

    sheet: str
    area: Area

    @property
    def single(self) -> bool:
        """Whether it is one cell."""
        return (self.area.top, self.area.left) == (self.area.bottom, self.area.right)


@dataclass(frozen=True, slots=True)
class Typed:
    """The formula of a cell; `over` is the area of an array formula, None for a plain one."""

    text: str
    over: Area | None = None


@dataclass
class Grid:
    """A sheet: constants and cached values by address, formulas by address, and which array a cell belongs to."""

    name: str
    values: dict[Address, Scalar] = field(default_factory=dict)
    formulas: dict[Address, Typed] = field(default_factory=dict)
    arrays: dict[Address, Address] = field(default_factory=dict)
    bottom: int = 1
    right: int = 1

    def put(self, at: Address, typed: Typed) -> None:
        """Put a formula into a cell; of an array formula into its first. One over a million cells is not computed."""
        if typed.over is not None and size(typed.over) > MAX_CELLS:
            typed = Typed("UNKNOWN()")
        self.formulas[at] = typed
        for row in range(typed.over.top, typed.over.bottom + 1) if typed.over else ():
            for column in range(typed.over.left, typed.over.right + 1) if typed.over else ():
                if (row, column) != at:
                    self.arrays[row, column] = at

    def known(self, area: Area) -> Area:
        """Return the part of whole columns and rows in which anything stands; other areas as they are."""
        bottom = max(area.top, self.bottom) if area.bottom == MAX_ROW else area.bottom
        return Area(area.top, area.left, bottom, max(area.left, self.right) if area.right == MAX_COLUMN else area.right)


@dataclass(frozen=True)
class Table:
    """A table: where its data stand, and its columns by name, casefolded."""

    box: Box
    columns: dict[str, int]
    headers: int
    totals: int


@dataclass
class Cells:
    """A workbook: its sheets by name, casefolded, its names by (sheet or empty, name), its tables."""

    grids: dict[str, Grid] = field(default_factory=dict)
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)

    def name(self, text: str, sheet: str) -> str | None:
        """Return what a defined name stands for on a sheet."""
        return self.names.get((sheet, text.casefold()), self.names.get(("", text.casefold())))


def read_cells(book: Book) -> Cells:
    """Read a workbook with what it says now."""
    found = Cells()
    bottom = right = 1
    labels = {number: node.get("name").casefold() for number, node in enumerate(book.sheet_nodes)}
    for sheet in book.sheets.values():
        grid = found.grids[sheet.name.casefold()] = _grid(book, sheet)
        bottom, right = max(bottom, grid.bottom), max(right, grid.right)
    for grid in found.grids.values():  # whole columns of two sheets are alike in size
        grid.bottom, grid.right = bottom, right
    for name in book.names:
        local = labels.get(name.local, "") if name.local is not None else ""
        found.names[local, name.name.casefold()] = name.text
    for title, (number, area, part) in parts.tables(book).items():
        tree = book.package.tree(part)
        columns = {node.get("name").casefold(): area.left + n for n, node in enumerate(tree.all("tableColumn"))}
        heads, totals = int(tree.get("headerRowCount") or 1), int(tree.get("totalsRowCount") or 0)
        found.tables[title.casefold()] = Table(Box(labels[number], area), columns, heads, totals)
    return found


def _grid(book: Book, sheet: Sheet) -> Grid:
    grid = Grid(sheet.name)
    formulas, _groups = read_formulas(book, sheet)
    for cell in every_cell(sheet):
        at = (cell.row, cell.column)
        value = cell_value(book, cell)
        if value is not None:
            grid.values[at] = value
        if value is not None or cell.formula is not None:
            grid.bottom, grid.right = max(grid.bottom, cell.row), max(grid.right, cell.column)
        if cell.formula is not None and cell.formula.get("t") != "dataTable" and at in formulas:
            over = parse_area(cell.formula.get("ref")) if cell.formula.get("t") == "array" else None
            grid.put(at, Typed(formulas[at].text(), over))
    return grid


def every_cell(sheet: Sheet) -> Iterable[CellNode]:
    """Walk over the cells of a sheet."""
    return (cell for row in sheet.rows.values() for cell in row.cells.values())


def cell_value(book: Book, cell: CellNode) -> Scalar:
    """Return the value that a cell holds or shows; None for a blank."""
    if cell.value is None:
        return None
    if cell.kind in ("s", "inlineStr"):
        found = book.text(cell)
        return found.text if found is not None else None
    text = cell.value.text
    if cell.kind == "str":
        return unescape(text)
    if cell.kind == "b":
        return text.strip() in ("1", "true")
    if cell.kind == "e":
        return Error(text.strip())
    if cell.kind == "d":
        return text.strip()
    try:
        return float(text)
    except ValueError:
        return None
