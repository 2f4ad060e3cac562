"""Any workbook without the add-in: its calls as native formulas over an added sheet 评级标准, everything else as it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from kpi_xl.errors import Text
from kpi_xl.native.book_schemes import BookSchemes
from kpi_xl.native.cached import Computed, Different, compute_values
from kpi_xl.native.compute.grid import Grid, read_cells
from kpi_xl.native.compute.values import Error, Scalar
from kpi_xl.native.lowering import Kept
from kpi_xl.native.one_formula import MARK
from kpi_xl.native.whole_book import Rewritten, rewrite_book
from kpi_xl.ooxml.add_sheet import add_sheets
from kpi_xl.ooxml.book import Book, open_book
from kpi_xl.ooxml.cell_edits import NewCell, cell_edits
from kpi_xl.ooxml.formula_cells import Address
from kpi_xl.ooxml.package import Archive, Package, Packed, pack, read_package
from kpi_xl.ooxml.refs import MAX_TEXT
from kpi_xl.ooxml.xml import Edit, apply_edits, escape, escape_attribute, prefix_of, set_attribute
from kpi_xl.schemes.model import Scheme
from kpi_xl.template.dropped import drop_edits, dropped_parts, signature_parts
from kpi_xl.workbook.build import build_standard


@dataclass(frozen=True)
class LoweredBook:
    """A workbook without calls where a native formula can stand for them, and what is to be said about it.

    `lowered`: formulas rewritten; `kept`: formulas with a call that stays; `different`: cells that show something else now;
    `sheets`: names of the added sheets; `dropped`: formulas without a cached value, computed by the program that opens the file;
    `unsure`: native formulas whose value was not computed here as a check; `signed`: a digital signature was dropped.
    """

    data: bytes
    lowered: int = 0
    kept: tuple[Kept, ...] = ()
    different: tuple[Different, ...] = ()
    sheets: tuple[str, ...] = ()
    remarks: tuple[Text, ...] = ()
    dropped: int = 0
    unsure: int = 0
    signed: bool = False


def lower_workbook(source: bytes | Path, scheme: Scheme | None = None) -> LoweredBook:
    """Return a workbook with its ``KPI_*`` calls as native formulas; one without calls comes back as it is.

    `scheme` is the one of calls that name none; without it the workbook's own 评级标准, or else that of the functions. Raises
    KpiError for a file that is no workbook.
    """
    package = read_package(source)
    unchanged = LoweredBook(source.read_bytes() if isinstance(source, Path) else source)
    if not any(name.lower().endswith(".xml") and MARK in package.xml(name).lower() for name in package.entries):
        return unchanged
    book = open_book(package)
    done = rewrite_book(book, BookSchemes(book, scheme))
    if not done.lowered:
        return replace(unchanged, kept=tuple(done.kept))
    drawn = {added.sheet: build_standard(added.scheme, added.sheet) for added in done.added}
    computed = compute_values(done, {name: _grid(data) for name, data in drawn.items()})
    data = _Packing(book, done, computed, drawn).packed()
    signed = bool(signature_parts(package))
    return LoweredBook(
        data, done.lowered, tuple(done.kept), tuple(computed.different), tuple(drawn), tuple(done.schemes.remarks.values()),
        computed.dropped, computed.unsure, signed,
    )  # fmt: skip


def _grid(data: bytes) -> Grid:
    (grid,) = read_cells(open_book(read_package(data))).grids.values()
    return grid


@dataclass
class _Packing:
    book: Book
    done: Rewritten
    computed: Computed
    drawn: Mapping[str, bytes]

    def packed(self) -> bytes:
        """Put the package together: changed parts edited, new parts added, all others as the bytes that they were."""
        package = self.book.package
        names = "".join(self._name_elements())
        addition = add_sheets(self.book, [self._with_values(name, data) for name, data in self.drawn.items()], names)
        edits: dict[str, list[Edit]] = {part: list(of_part) for part, of_part in addition.edits.items()}
        for source in (self.done.edits, self._cells(), self._names_rewritten(), self._calculation()):
            for part, of_part in source.items():
                edits.setdefault(part, []).extend(of_part)
        dropped = dropped_parts(self.book)
        for part, edit in drop_edits(package, dropped):
            edits.setdefault(part, []).append(edit)
        found: list[Packed] = []
        for name, entry in package.entries.items():
            if name not in dropped:
                changed = edits.get(name)
                found.append(pack(name, apply_edits(package.xml(name), changed), once=True) if changed else entry)
        found += [pack(name, data, once=True) for name, data in addition.parts.items()]
        return Archive().extended(found).finish()

    def _cells(self) -> dict[str, list[Edit]]:
        """Return the edits of worksheets: new formulas, and values where a call decides them."""
        found: dict[str, list[Edit]] = {}
        for number, sheet in self.book.sheets.items():
            formulas, values = self.done.cells.get(number, {}), self.computed.cells.get(number, {})
            new: dict[Address, NewCell] = {}
            for at in {**formulas, **values}:
                typed = formulas.get(at)
                value = _written(values.get(at)) if at in values else self._there(number, at)
                new[at] = NewCell(value, typed.text if typed else None, typed.over if typed else None)
            if new:
                found[sheet.part] = list(cell_edits(sheet, new))
        return found

    def _there(self, number: int, at: Address) -> tuple[str, str] | None:
        """Return the value that a cell has: one of a shared formula that is written out."""
        grid = self.done.schemes.cells.grids[self.book.sheet_nodes[number].get("name").casefold()]
        return _written(grid.values.get(at))

    def _name_elements(self) -> list[str]:
        prefix = prefix_of(self.book.package.xml(self.book.part), self.book.tree).decode()
        tag = f"{prefix}definedName"
        return [
            f'<{tag} name="{escape_attribute(one.name)}" localSheetId="{one.sheet}">{escape(one.text)}</{tag}>'
            for one in self.done.names.new
        ]

    def _names_rewritten(self) -> dict[str, list[Edit]]:
        texts = self.done.names.rewritten
        return {
            self.book.part: [
                (name.node.inner, name.node.close, escape(texts[name.node.start]).encode())
                for name in self.book.names
                if name.node.start in texts
            ]
        }

    def _calculation(self) -> dict[str, list[Edit]]:
        """Let programs compute the workbook when they open it, where a value is not known."""
        if not self.computed.dropped:
            return {}
        package, tree = self.book.package, self.book.tree
        data = package.xml(self.book.part)
        present = tree.child("calcPr")
        if present is not None:
            return {self.book.part: [set_attribute(data, present, "fullCalcOnLoad", "1")]}
        before = ("sheets", "functionGroups", "externalReferences", "definedNames")
        at = max((node.end for node in tree.children if node.name in before), default=tree.close)
        element = f'<{prefix_of(data, tree).decode()}calcPr fullCalcOnLoad="1"/>'
        return {self.book.part: [(at, at, element.encode())]}

    def _with_values(self, name: str, data: bytes) -> bytes:
        """Return a drawn sheet with the values of its formulas."""
        package: Package = read_package(data)
        book = open_book(package)
        sheet = book.sheets[0]
        new = {at: NewCell(_written(value)) for at, value in self.computed.sheets.get(name, {}).items()}
        edited = pack(sheet.part, apply_edits(sheet.data, cell_edits(sheet, new)))
        return Archive().extended([edited if part == sheet.part else entry for part, entry in package.entries.items()]).finish()


def _written(value: Scalar) -> tuple[str, str] | None:
    """Return a value as a cell keeps it: its kind and its text; None for none."""
    if value is None or (isinstance(value, str) and len(value) > MAX_TEXT):
        return None
    if isinstance(value, bool):
        return "b", str(int(value))
    if isinstance(value, float):
        return "n", repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return ("e", value.code) if isinstance(value, Error) else ("str", value)
