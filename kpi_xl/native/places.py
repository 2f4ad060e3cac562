"""Where formulas stand outside of cells: conditional formats, validations, columns of tables; is 评级标准 as planned?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from kpi_xl.ooxml.book import Book, Sheet
from kpi_xl.ooxml.xml import Node
from kpi_xl.standard.plan import StandardPlan

MAX_VALIDATION = 255
"""Characters of a formula of a validation: Excel takes a file with a longer one for damaged."""

Kind = Literal["condition", "validation"]


@dataclass(frozen=True, slots=True)
class Around:
    """A formula of a conditional format or a validation: its element, and the cells that it is for."""

    kind: Kind
    node: Node
    area: str


def formulas_around(sheet: Sheet) -> Iterator[Around]:
    """Walk over the formulas of conditional formats and validations, also those of Excel 2010 and later (``x14:``)."""
    for holder in sheet.tree.all("conditionalFormatting", "dataValidation"):
        area = holder.child("sqref")
        text = area.text if area is not None else holder.get("sqref")
        kind: Kind = "validation" if holder.name == "dataValidation" else "condition"
        for node in holder.all("formula", "formula1", "formula2", "f"):
            if not node.children:  # x14:formula1 holds xm:f
                yield Around(kind, node, text.strip())


def calculated_columns(book: Book, sheet: int) -> Iterator[tuple[str, Node, str]]:
    """Walk over the formulas that a table gives to new rows and to its totals: part, element, place (``名单[等级]``)."""
    for part in book.package.related(book.sheet_parts[sheet], "table"):
        tree = book.package.tree(part)
        for column in tree.all("tableColumn"):
            for node in column.all("calculatedColumnFormula", "totalsRowFormula"):
                name = tree.get("displayName") or tree.get("name")
                yield part, node, f"{name}[{column.get('name')}]"


def in_place(book: Book, sheet: Sheet, plan: StandardPlan) -> bool:
    """Tell whether the tables of a sheet stand where the plan of a scheme has them: native forms point at their cells."""

    def shown(row: int) -> str:
        cell = sheet.rows[row].cells.get(1) if row in sheet.rows else None
        string = book.text(cell) if cell is not None else None
        return string.text if string is not None else ""

    for placed in plan.placed:
        if not shown(placed.title_row).startswith(placed.section.title):
            return False
        names = [str(row[0]) if isinstance(row[0], str) else "" for row in placed.section.rows]
        if any(name and shown(placed.first_row + offset) != name for offset, name in enumerate(names)):
            return False
    return True
