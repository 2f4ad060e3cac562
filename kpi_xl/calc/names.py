# ruff: noqa: ANN401 - UNO's objects have no types
"""Runs after a document was loaded: gives names that Calc could not resolve, ``KPI_GRADE``, the add-in's function.

Calc knows an add-in's short names when a formula is typed, not when it reads a file; there they are ``#NAME?``. Formulas that
call one are entered again, as Calc itself writes and reads them; nothing else is touched: what another program computed stays.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import uno
import unohelper
from com.sun.star.table import CellAddress
from com.sun.star.task import XJob

_SERVICE = "org.kpixl.Functions"
_FORMULA_CELLS = 16  # com.sun.star.sheet.CellFlags.FORMULA
_BAD = 14  # formula/opcode.hxx ocBad: a name that nobody knows; no constant of the API
_QUOTED = re.compile(r"""\"[^"]*"|'[^']*'""")  # texts, and sheets whose names look like calls
_ROWS_AT_ONCE = 20_000
_GAP = 64


def function_names() -> list[str]:
    """Return the names of the functions as the type library of the add-in tells them: they are there even without the core."""
    context = uno.getComponentContext()
    manager = context.getValueByName("/singletons/com.sun.star.reflection.theTypeDescriptionManager")
    members = manager.getByHierarchicalName("kpixl.XFunctions").getMembers()
    return [member.getMemberName() for member in members]


class ResolveNames(unohelper.Base, XJob):  # type: ignore[misc] # UNO's types are made at run time
    """The job that LibreOffice starts when a document was loaded."""

    def execute(self, arguments: Any) -> None:
        """Resolve the names in a spreadsheet; leave other documents alone."""
        environment = next((pair.Value for pair in arguments if pair.Name == "Environment"), ())
        document = next((pair.Value for pair in environment if pair.Name == "Model"), None)
        if document is not None and document.supportsService("com.sun.star.sheet.SpreadsheetDocument"):
            with _unnoticed(document):
                Resolver(document).resolve()


@contextmanager
def _unnoticed(document: Any) -> Iterator[None]:
    """Leave no trace that the document was changed: not to be saved, nothing to undo, nothing painted in between."""
    modified, undo = document.isModified(), document.getUndoManager()
    undo.lock()
    document.addActionLock()
    try:
        yield
    finally:
        document.removeActionLock()
        undo.unlock()
        document.setModified(modified)


class Resolver:
    """Resolves the names in one document."""

    def __init__(self, document: Any) -> None:
        self.document = document
        names = function_names()
        self.full = {name.upper(): f"{_SERVICE}.{name}" for name in names}
        self.external = document.createInstance("com.sun.star.sheet.FormulaOpCodeMapper").OpCodeExternal
        self.call = re.compile(r"(?<![\w.])(?:" + "|".join(names) + r")\(", re.IGNORECASE)

    def resolve(self) -> None:
        """Resolve the names in defined names, cells, conditional formats and validations."""
        self._named(self.document.NamedRanges)
        sheets = list(self.document.getSheets())
        for sheet in sheets:
            self._named(sheet.NamedRanges)
        refused = [self._cells(sheet) for sheet in sheets]
        if any(refused):
            self._compile_unknown()
        for sheet in sheets:
            self._conditions(sheet)
            self._validations(sheet)

    def calls(self, formula: str) -> bool:
        """Tell whether a formula calls a function by its short name, outside of texts."""
        return bool(self.call.search(formula)) and bool(self.call.search(_QUOTED.sub("", formula)))

    def _named(self, names: Any) -> None:
        """Exchange the unknown name itself: as text, the relative references of a defined name would depend on the place."""
        for key in names.getElementNames():
            named = names.getByName(key)
            if not self.calls(named.getContent()):
                continue
            tokens = named.getTokens()
            for token in tokens:
                full = self.full.get(str(token.Data).upper()) if token.OpCode == _BAD else None
                if full:
                    token.OpCode, token.Data = self.external, full
            named.setTokens(tokens)

    def _conditions(self, sheet: Any) -> None:
        """Enter the formulas of conditional formats again, as text: they have no tokens, and are read and set in one grammar."""
        for format_ in sheet.ConditionalFormats.getConditionalFormats():
            for place in range(format_.getCount()):
                entry = format_.getByIndex(place)
                for property_ in ("Formula1", "Formula2"):
                    formula = getattr(entry, property_, None)  # colour scales and bars have none
                    if formula and self.calls(formula):
                        setattr(entry, property_, formula)

    def _validations(self, sheet: Any) -> None:
        """Enter the formulas of validations again, as text, for the reason above."""
        for ranges in sheet.getUniqueCellFormatRanges():
            rule = ranges.Validation
            first, second = rule.getFormula1(), rule.getFormula2()
            if self.calls(first) or self.calls(second):
                rule.setFormula1(first)
                rule.setFormula2(second)
                ranges.Validation = rule

    def _cells(self, sheet: Any) -> bool:
        """Enter formulas again; return whether Calc refused one: an array formula on a protected sheet."""
        refused = False
        for block in _formula_areas(sheet):
            rows = block.getFormulaArray()
            for column in range(len(rows[0])):
                called = [row for row, line in enumerate(rows) if self.calls(line[column]) and _is_formula(block, column, row)]
                arrays = [row for row in called if rows[row][column].startswith("{")]
                for first, last in _runs(row for row in called if not rows[row][column].startswith("{")):
                    cells = block.getCellRangeByPosition(column, first, column, last)
                    _enter(cells, [rows[row][column] for row in range(first, last + 1)], sheet.isProtected())
                for row in arrays:
                    refused |= not self._array(sheet, block.getCellByPosition(column, row))
        return refused

    def _array(self, sheet: Any, cell: Any) -> bool:
        """Enter the array formula that the cell is part of; return whether it was taken. The others of its cells follow it."""
        formula = cell.getFormula()
        if not self.calls(formula):
            return True
        array = sheet.createCursorByRange(cell)
        array.collapseToCurrentArray()
        array.setArrayFormula(formula[1:-1])
        return not self.calls(cell.getFormula())

    def _compile_unknown(self) -> None:
        """Have Calc itself read all formulas with unknown names again, on protected sheets too, as it does for every new name."""
        names = self.document.NamedRanges
        key = "kpixl_" + uuid.uuid4().hex
        names.addNewByName(key, "0", CellAddress(), 0)
        names.removeByName(key)


def _is_formula(block: Any, column: int, row: int) -> bool:
    """Tell a formula from a text between formulas that looks like one."""
    return bool(block.getCellByPosition(column, row).getType().value == "FORMULA")


def _enter(cells: Any, formulas: list[str], protected: bool) -> None:
    """Enter formulas below each other: all at once, or one by one where the sheet is protected and Calc refuses a range."""
    if not protected:
        cells.setFormulaArray(tuple((formula,) for formula in formulas))
        return
    for row, formula in enumerate(formulas):
        cells.getCellByPosition(0, row).setFormula(formula)


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of numbers that follow each other."""
    first = last = None
    for number in numbers:
        if first is None or last is None:
            first = last = number
        elif number == last + 1:
            last = number
        else:
            yield first, last
            first = last = number
    if first is not None and last is not None:
        yield first, last


def _formula_areas(sheet: Any) -> Iterator[Any]:
    """Yield ranges that hold all formula cells of the sheet, of `_ROWS_AT_ONCE` rows at most; small gaps are read as well.

    Calc's own search would be quicker, but it leaves out the rows that a filter hides.
    """
    merged: list[Any] = []
    found = sheet.queryContentCells(_FORMULA_CELLS).RangeAddresses
    for area in sorted(found, key=lambda one: (one.StartColumn, one.EndColumn, one.StartRow)):
        last = merged[-1] if merged else area
        beside = (last.StartColumn, last.EndColumn) == (area.StartColumn, area.EndColumn)
        if merged and beside and area.StartRow <= last.EndRow + _GAP:
            last.EndRow = area.EndRow
        else:
            merged.append(area)
    for area in merged:
        for top in range(area.StartRow, area.EndRow + 1, _ROWS_AT_ONCE):
            bottom = min(top + _ROWS_AT_ONCE - 1, area.EndRow)
            yield sheet.getCellRangeByPosition(area.StartColumn, top, area.EndColumn, bottom)
