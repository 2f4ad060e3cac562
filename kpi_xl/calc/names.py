# ruff: noqa: ANN401 - UNO's objects have no types
"""Runs after a document was loaded: gives names that Calc could not resolve, ``KPI_GRADE``, the add-in's function.

Calc knows an add-in's short names when a formula is typed, not when it reads a file; there they are ``#NAME?``. Only the unknown
name inside the compiled formula is exchanged (its token): texts, separators, array constants and references stay what they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uno
import unohelper
from com.sun.star.task import XJob

_SERVICE = "org.kpixl.Functions"
_FORMULA_CELLS = 16  # com.sun.star.sheet.CellFlags.FORMULA
_ROWS_AT_ONCE = 20_000
_GAP = 64
_BAD = 14  # formula/opcode.hxx ocBad: a name that nobody knows; no constant of the API


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
    """Exchanges unknown names in one document."""

    def __init__(self, document: Any) -> None:
        self.document = document
        names = function_names()
        self.full = {name.upper(): f"{_SERVICE}.{name}" for name in names}
        self.external = document.createInstance("com.sun.star.sheet.FormulaOpCodeMapper").OpCodeExternal
        self.mentioned = re.compile(r"(?<![\w.])(?:" + "|".join(names) + r")\(", re.IGNORECASE)

    def resolve(self) -> None:
        """Resolve the names in defined names, cells, conditional formats and validations."""
        self._named(self.document.NamedRanges)
        for sheet in self.document.getSheets():
            self._named(sheet.NamedRanges)
            for block in _formula_areas(sheet):
                self._block(sheet, block)
        for sheet in self.document.getSheets():
            self._conditions(sheet)
            self._validations(sheet)

    def tokens(self, tokens: Any) -> Any:
        """Return the tokens with the functions in place of the names, None when there is nothing to exchange."""
        found = False
        for token in tokens:
            name = self.full.get(str(token.Data).upper()) if token.OpCode == _BAD else None
            if name:
                token.OpCode, token.Data, found = self.external, name, True
        return tuple(tokens) if found else None

    def _named(self, names: Any) -> None:
        for name in names.getElementNames():
            named = names.getByName(name)
            if self.mentioned.search(named.getContent()):
                changed = self.tokens(named.getTokens())
                if changed:
                    named.setTokens(changed)

    def _conditions(self, sheet: Any) -> None:
        """Enter the formulas of conditional formats again, as text: they have no tokens, and are read and set in one grammar."""
        for format_ in sheet.ConditionalFormats.getConditionalFormats():
            for place in range(format_.getCount()):
                entry = format_.getByIndex(place)
                for property_ in ("Formula1", "Formula2"):
                    formula = getattr(entry, property_, None)  # colour scales and bars have none
                    if formula and self.mentioned.search(formula):
                        setattr(entry, property_, formula)

    def _validations(self, sheet: Any) -> None:
        """Enter the formulas of validations again, as text, for the reason above."""
        for ranges in sheet.getUniqueCellFormatRanges():
            rule = ranges.Validation
            first, second = rule.getFormula1(), rule.getFormula2()
            if self.mentioned.search(first) or self.mentioned.search(second):
                rule.setFormula1(first)
                rule.setFormula2(second)
                ranges.Validation = rule

    def _block(self, sheet: Any, block: Any) -> None:
        for row, line in enumerate(block.getFormulaArray()):
            for column, formula in enumerate(line):
                if self.mentioned.search(formula):
                    self._cell(sheet, block.getCellByPosition(column, row), formula)

    def _cell(self, sheet: Any, cell: Any, formula: str) -> None:
        changed = self.tokens(cell.getTokens())
        if not changed:
            return
        if not formula.startswith("{"):
            cell.setTokens(changed)
            return
        array = sheet.createCursorByRange(cell)
        array.collapseToCurrentArray()
        array.setArrayTokens(changed)


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
