"""Every formula of any workbook rewritten: cells, arrays, conditional formats, validations, names, columns of tables.

What has no native form stays as it is and is listed: nothing is lost, and whoever has the add-in still computes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kpi_xl.native.book_schemes import Added, BookSchemes
from kpi_xl.native.cell_setting import CellSetting, Manner, NeedsCellsError, safe_as_array
from kpi_xl.native.compute.grid import Typed, size
from kpi_xl.native.forms import NoNativeFormError
from kpi_xl.native.lowering import Kept
from kpi_xl.native.names_of_places import NewNames
from kpi_xl.native.one_formula import called, has_call, inside, lower_in
from kpi_xl.native.places import calculated_columns, formulas_around
from kpi_xl.ooxml.book import Book, Sheet
from kpi_xl.ooxml.formula_cells import Address, read_formulas
from kpi_xl.ooxml.formulas import Formula, read_tokens
from kpi_xl.ooxml.refs import Area, cell_name, parse_area
from kpi_xl.ooxml.xml import Edit, Node, escape, set_attribute

_MOST_WRITTEN = 20_000
"""The cells of an array formula that is written out cell by cell."""


@dataclass
class Rewritten:
    """What becomes of a workbook's formulas.

    `cells`: the new formula of each changed cell, by sheet number and address; `calls`: cells that held a call; `edits`: changes
    of parts other than cells and names; `names`: new texts of defined names and new names;
    `used`: the schemes that native forms refer to.
    """

    schemes: BookSchemes
    names: NewNames
    cells: dict[int, dict[Address, Typed]] = field(default_factory=dict)
    calls: dict[int, set[Address]] = field(default_factory=dict)
    edits: dict[str, list[Edit]] = field(default_factory=dict)
    kept: list[Kept] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    lowered: int = 0

    @property
    def added(self) -> list[Added]:
        """The sheets that the workbook gets: those that a native form refers to."""
        return [added for reference, added in self.schemes.added.items() if reference in self.used]


def rewrite_book(book: Book, schemes: BookSchemes) -> Rewritten:
    """Return the native form of every formula of a workbook that calls a function."""
    work = _Work(book, Rewritten(schemes, NewNames(book)))
    for sheet in book.sheets.values():
        work.cells(sheet)
        work.around(sheet)
        work.columns(sheet)
    work.defined_names()
    return work.done


@dataclass
class _Work:
    book: Book
    done: Rewritten

    # --- cells ------------------------------------------------------------------------------------------------------------

    def cells(self, sheet: Sheet) -> None:
        """Rewrite the cells of a sheet; a shared formula of which one is rewritten is written out for all."""
        formulas, groups = read_formulas(self.book, sheet)
        new: dict[Address, Typed] = {}
        calls: set[Address] = set()
        for at, formula in formulas.items():
            text = formula.text()
            if not has_call(text):
                continue
            calls.add(at)
            node = sheet.rows[at[0]].cells[at[1]].formula
            try:
                new.update(self._cell(sheet, at, text, node))
                self.done.lowered += 1
            except NoNativeFormError as error:
                self._keep(sheet.where(cell_name(*at)), text, error)
        for members in groups.values():
            if any(at in new for at in members):
                for at in members:
                    new.setdefault(at, Typed(formulas[at].text()))
        if calls:
            self.done.calls[sheet.number] = calls
        if new:
            self.done.cells[sheet.number] = new

    def _cell(self, sheet: Sheet, at: Address, text: str, node: Node | None) -> Iterator[tuple[Address, Typed]]:
        """Yield the new formulas of a cell: one, or one for each cell of an array."""
        over = parse_area(node.get("ref")) if node is not None and node.get("t") == "array" else None
        if over is None:
            yield at, self._plain(sheet, at, text)
            return
        setting = CellSetting(self.done.schemes, sheet.number, "array")
        try:
            yield at, Typed(self._lower(text, setting), over)
        except NeedsCellsError:
            if not _is_one_call(text) or size(over) > _MOST_WRITTEN:
                raise
            yield from [((row, column), self._of_array(sheet, over, (row, column), text)) for row, column in _places(over)]

    def _of_array(self, sheet: Sheet, over: Area, at: Address, text: str) -> Typed:
        setting = CellSetting(self.done.schemes, sheet.number, "array", (at[0] - over.top, at[1] - over.left))
        return Typed(self._lower(text, setting))

    def _plain(self, sheet: Sheet, at: Address, text: str) -> Typed:
        setting = CellSetting(self.done.schemes, sheet.number, "plain")
        found = self._lower(text, setting)
        if not setting.needs_array:
            return Typed(found)
        merged = any(area.contains(*at) for area in sheet.merges)
        if merged or not safe_as_array(text, setting):
            raise NoNativeFormError(
                "区域要按数组计算，这个公式不能直接改成数组公式，请改为数组公式（Ctrl+Shift+Enter）",
                "it would have to be an array formula: enter it as one",
            )
        return Typed(found, Area(at[0], at[1], at[0], at[1], single=True))

    # --- around cells -----------------------------------------------------------------------------------------------------

    def around(self, sheet: Sheet) -> None:
        """Rewrite conditional formats and validations: the native form stands in a defined name.

        Excel takes 255 characters in a validation, and other sheets there and in a conditional format only by a name.
        """
        for found in formulas_around(sheet):
            text = found.node.full_text().removeprefix("=")
            if not has_call(text):
                continue
            where = sheet.where(found.area)
            try:
                native = self._lower(text, self._setting(sheet.number, "around"))
                name = self.done.names.for_place(found, sheet, native)
            except NoNativeFormError as error:
                self._keep(where, text, error)
                continue
            self._replace(sheet.part, found.node, name)

    def columns(self, sheet: Sheet) -> None:
        """Rewrite what tables give to new rows."""
        for part, node, where in calculated_columns(self.book, sheet.number):
            text = node.full_text()
            if not has_call(text):
                continue
            setting = self._setting(sheet.number, "plain")
            setting.fixed = True
            try:
                native = self._lower(text, setting)
                if setting.needs_array and not safe_as_array(text, setting):
                    raise NoNativeFormError("区域要按数组计算", "it would have to be an array formula")
            except NoNativeFormError as error:
                self._keep(sheet.where(where), text, error)
                continue
            self._replace(part, node, native)
            if setting.needs_array and node.get("array") not in ("1", "true"):
                self.done.edits[part].append(set_attribute(self.book.package.xml(part), node, "array", "1"))

    def defined_names(self) -> None:
        """Rewrite the texts of defined names."""
        for name in self.book.names:
            if not has_call(name.text):
                continue
            try:
                self.done.names.rewritten[name.node.start] = self._lower(name.text, self._setting(name.local, "around"))
                self.done.lowered += 1
            except NoNativeFormError as error:
                self._keep(name.name, name.text, error)

    def _lower(self, text: str, setting: CellSetting) -> str:
        found = lower_in(text, setting)
        self.done.used |= setting.used
        return found

    def _setting(self, sheet: int | None, manner: Manner) -> CellSetting:
        return CellSetting(self.done.schemes, sheet, manner)

    def _replace(self, part: str, node: Node, text: str) -> None:
        self.done.edits.setdefault(part, []).append((node.inner, node.close, escape(text).encode()))
        self.done.lowered += 1

    def _keep(self, where: str, text: str, error: NoNativeFormError) -> None:
        self.done.kept.append(Kept(where, f"={text}", error.reason))


def _is_one_call(formula: str) -> bool:
    """Tell whether a formula is nothing but one call of ours."""
    tokens = inside(read_tokens(formula) or ())
    if not tokens or not called(tokens[0].value):
        return False
    depth = 0
    for place, token in enumerate(tokens):
        depth += {"OPEN": 1, "CLOSE": -1}.get(token.subtype, 0) if token.type == "FUNC" else 0
        if depth == 0:
            return place == len(tokens) - 1
    return False


def _places(area: Area) -> Iterator[Address]:
    return ((row, column) for row in range(area.top, area.bottom + 1) for column in range(area.left, area.right + 1))


def formulas_by_sheet(book: Book) -> dict[int, dict[Address, Formula]]:
    """Return all formulas of a workbook by sheet number and address."""
    return {number: read_formulas(book, sheet)[0] for number, sheet in book.sheets.items()}
