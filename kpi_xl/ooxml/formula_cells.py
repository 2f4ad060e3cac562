"""The formulas of a sheet by their cells, shared ones written out."""

from __future__ import annotations

from kpi_xl.ooxml.book import Book, Sheet
from kpi_xl.ooxml.formulas import Formula, parse_formula

Address = tuple[int, int]
"""Row and column."""


def read_formulas(book: Book, sheet: Sheet) -> tuple[dict[Address, Formula], dict[str, list[Address]]]:
    """Return the formulas of a sheet by (row, column), shared ones written out, and the cells of each shared one."""
    formulas: dict[Address, Formula] = {}
    groups: dict[str, list[Address]] = {}
    masters: dict[str, tuple[Address, Formula]] = {}
    cells = [cell for row in sheet.rows.values() for cell in row.cells.values() if cell.formula is not None]
    for cell in cells:
        node = cell.formula
        if node is not None and node.text.strip():
            formula = parse_formula(node.text, sheet.number, book.numbers)
            formulas[cell.row, cell.column] = formula
            if node.get("t") == "shared":
                masters.setdefault(node.get("si"), ((cell.row, cell.column), formula))
        elif node is not None and node.get("t") == "dataTable":
            formulas[cell.row, cell.column] = Formula(())
    for cell in cells:
        node = cell.formula
        if node is None or node.get("t") != "shared" or node.get("si") not in masters:
            continue
        (row, column), formula = masters[node.get("si")]
        groups.setdefault(node.get("si"), []).append((cell.row, cell.column))
        formulas.setdefault((cell.row, cell.column), formula.moved(cell.row - row, cell.column - column))
    return formulas, groups
