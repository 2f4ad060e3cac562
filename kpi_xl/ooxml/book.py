"""What a workbook's parts say: sheets, defined names, shared strings, and the cells of a sheet with their place in the bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from kpi_xl.ooxml.formulas import split_sheet
from kpi_xl.ooxml.package import Package, broken
from kpi_xl.ooxml.refs import Area, cell_name, parse_area, parse_cell
from kpi_xl.ooxml.xml import Node, prefix_of

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class CellNode:
    """A cell of the template. `node` is None for a cell that the template does not have, but a defined name needs."""

    row: int
    column: int
    node: Node | None
    style: str = ""
    kind: str = "n"
    formula: Node | None = None
    value: Node | None = None

    @property
    def name(self) -> str:
        """Address (``C7``)."""
        return cell_name(self.row, self.column)


@dataclass(eq=False)
class Row:
    """A row of the template with its cells by column."""

    number: int
    node: Node | None
    cells: dict[int, CellNode] = field(default_factory=dict)


@dataclass(eq=False)
class Sheet:
    """A worksheet: number (order of the tabs), name, part, bytes, tree, rows."""

    number: int
    name: str
    part: str
    data: bytes
    tree: Node

    @cached_property
    def prefix(self) -> str:
        """Namespace prefix of the part with its colon, usually empty."""
        return prefix_of(self.data, self.tree).decode()

    @cached_property
    def grid(self) -> Node | None:
        """The element ``sheetData``."""
        return self.tree.child("sheetData")

    @cached_property
    def rows(self) -> dict[int, Row]:
        """All rows by number, in order; rows and cells without an address follow the one before them."""
        rows: dict[int, Row] = {}
        number = 0
        for node in self.grid.children if self.grid else ():
            if node.name == "row":
                number = int(node.get("r") or number + 1)
                row = rows.setdefault(number, Row(number, node))
                row.cells.update(_cells(node, number))
        return dict(sorted(rows.items()))

    @cached_property
    def merges(self) -> list[Area]:
        """The merged ranges."""
        areas = (parse_area(node.get("ref")) for node in self.tree.all("mergeCell"))
        return [area for area in areas if area is not None]

    def where(self, cell: str) -> str:
        """Return the place of a problem (``考核表!C7``)."""
        return f"{self.name}!{cell}"


def _cells(row: Node, number: int) -> dict[int, CellNode]:
    cells: dict[int, CellNode] = {}
    column = 0
    for node in row.children:
        if node.name != "c":
            continue
        place = parse_cell(node.get("r"))
        column = place[1] if place else column + 1
        cells[column] = CellNode(
            number, column, node, node.get("s"), node.get("t") or "n", node.child("f"), node.child("v") or node.child("is")
        )
    return dict(sorted(cells.items()))


@dataclass(frozen=True, slots=True)
class DefinedName:
    """A defined name; `local` is the number of the sheet it belongs to, None for the whole workbook."""

    name: str
    text: str
    local: int | None
    node: Node


@dataclass(frozen=True, slots=True)
class SharedString:
    """An entry of the shared strings; `rich`: with runs of different fonts."""

    text: str
    rich: bool
    node: Node


@dataclass(eq=False)
class Book:
    """A workbook's package with what its workbook part says."""

    package: Package
    part: str

    @cached_property
    def tree(self) -> Node:
        """The workbook part."""
        return self.package.tree(self.part)

    @cached_property
    def date1904(self) -> bool:
        """Whether dates count from 1904."""
        properties = self.tree.child("workbookPr")
        return properties is not None and properties.get("date1904").lower() in ("1", "true", "on")

    @cached_property
    def sheet_nodes(self) -> list[Node]:
        """The ``sheet`` elements in the order of the tabs, chart sheets too."""
        holder = self.tree.child("sheets")
        return [node for node in holder.children if node.name == "sheet"] if holder else []

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """Sheet names, casefolded, to sheet numbers."""
        return {node.get("name").casefold(): number for number, node in enumerate(self.sheet_nodes)}

    @cached_property
    def sheet_parts(self) -> dict[int, str]:
        """Sheet numbers to the parts of worksheets (not of chart sheets or dialogs)."""
        relations = self.package.relations(self.part)
        found = ((number, relations.get(node.relation())) for number, node in enumerate(self.sheet_nodes))
        return {number: relation[1] for number, relation in found if relation and relation[0] == "worksheet"}

    @cached_property
    def sheets(self) -> dict[int, Sheet]:
        """The worksheets by number."""
        return {
            number: Sheet(number, self.sheet_nodes[number].get("name"), part, self.package.xml(part), self.package.tree(part))
            for number, part in self.sheet_parts.items()
        }

    @cached_property
    def names(self) -> list[DefinedName]:
        """The defined names."""
        holder = self.tree.child("definedNames")
        found = []
        for node in holder.children if holder else ():
            local = node.get("localSheetId")
            found.append(DefinedName(node.get("name"), node.full_text(), int(local) if local.isdecimal() else None, node))
        return found

    def related(self, kind: str) -> str | None:
        """Return the part that the workbook names with a relation of this type."""
        return next(self.package.related(self.part, kind), None)

    @cached_property
    def strings(self) -> list[SharedString]:
        """The shared strings."""
        part = self.related("sharedStrings")
        return [shared_string(node) for node in self.package.tree(part).children if node.name == "si"] if part else []

    def text(self, cell: CellNode) -> SharedString | None:
        """Return the text of a cell that holds one (shared, inline, or the cached text of a formula)."""
        if cell.value is None:
            return None
        if cell.kind == "s":
            index = cell.value.text.strip()
            return self.strings[int(index)] if index.isdecimal() and int(index) < len(self.strings) else None
        if cell.kind == "inlineStr":
            return shared_string(cell.value)
        return SharedString(unescape(cell.value.text), False, cell.value) if cell.kind == "str" else None

    def target(self, text: str) -> tuple[int, Area] | None:
        """Return (sheet, area) of a name that stands for one cell or one rectangle, None for any other."""
        prefix, name = split_sheet(text)
        number = self.numbers.get((name or "").casefold())
        area = parse_area(text[len(prefix) :])
        return (number, area) if number is not None and area is not None else None


def shared_string(node: Node) -> SharedString:
    """Read ``si`` or ``is``: its text without phonetic guides, and whether it has runs of different fonts."""
    runs = [child for child in node.children if child.name == "r"]
    holders = runs or [node]
    text = "".join(child.full_text() for holder in holders for child in holder.children if child.name == "t")
    return SharedString(unescape(text), bool(runs), node)


def unescape(text: str) -> str:
    """Read the ``_xHHHH_`` escapes of the format."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def open_book(package: Package) -> Book:
    """Find the workbook part. Raises KpiError for a zip that is no Excel workbook (also .xlsb)."""
    part = next(package.related("", "officeDocument"), None) or package.find("xl/workbook.xml")
    if part is None or part.lower().endswith(".bin"):
        raise broken(package.label, "xl/workbook.xml")
    return Book(package, part)
